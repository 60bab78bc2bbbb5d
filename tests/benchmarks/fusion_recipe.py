"""Photos a second of fusion with the embedding computed once and stored, against computing it twice in every batch.

    python tests/benchmarks/fusion_recipe.py [size] [width]

Inception-ResNet-v2 on both sides, in one run: 10 epochs of 400 photos. Our side is timed whole, from L in memory to the
last step, the embedding and its storing included. The other side, as in widely copied code, asks the classifier twice a
batch in every epoch; that would take most of an hour, so a few of its batches are timed, and their median stands for
all. The weights are of chance, which takes as long; the fusion network has the width that two cores can train.
"""

import os
import statistics
import sys
import tempfile
import time

import keras
import numpy as np

from coursekit import color, embeddings, networks, training
from coursekit.datasets import scenes
from coursekit.embeddings import inception


def main(size: int = 64, width: float = 0.5, photos: int = 400, epochs: int = 10, batch: int = 20,
         timed: int = 5) -> None:
    L, ab = color.split(scenes.draw(photos, size).rgb)
    scaled_L, scaled_ab = color.scale_L(L), color.scale_ab(ab)
    untrained = inception.classifier(None)
    inception.classifier = lambda *_: untrained  # as if these were the ImageNet weights: kept on disk like them

    def network():
        training.seed_everything(0)
        model = networks.fusion(1000, width=width)
        model.compile(keras.optimizers.Adam(1e-3), "mse", jit_compile=False)
        model.train_on_batch([scaled_L[:batch], np.zeros((batch, 1000), np.float32)], scaled_ab[:batch])  # compiles
        return model

    def twice_a_batch(model, some) -> None:
        for _ in range(2):
            vectors = untrained.predict_on_batch(inception.prepare(L[some]))
        model.train_on_batch([scaled_L[some], vectors], scaled_ab[some])

    with tempfile.TemporaryDirectory() as cache:
        os.environ["COURSEKIT_DATA"] = cache
        untrained.predict_on_batch(inception.prepare(L[:batch]))  # compiles
        theirs, seconds = network(), []
        for number in range(timed):
            started = time.perf_counter()
            twice_a_batch(theirs, np.arange(number * batch, (number + 1) * batch) % photos)
            seconds.append(time.perf_counter() - started)
        their_rate = batch / statistics.median(seconds)

        ours = network()
        started = time.perf_counter()
        vectors = embeddings.embed(L, "inception_resnet_v2", progress=False).vectors
        once = time.perf_counter() - started
        ours.fit(training.Batches(scaled_L, scaled_ab, batch, embedding=vectors), epochs=epochs, verbose=0)
        whole = time.perf_counter() - started
        our_rate = photos * epochs / whole

        started = time.perf_counter()
        embeddings.embed(L, "inception_resnet_v2", progress=False)
        again = time.perf_counter() - started
    print(f"fusion at {size} px, width {width}, on {keras.backend.backend()}, {epochs} epochs of {photos} photos:\n"
          f"  {our_rate:.1f} photos/s ({whole:.0f} s, of which the embedding {once:.0f}) against {their_rate:.2f} with "
          f"the embedding twice a batch ({timed} batches timed, {min(seconds):.1f}–{max(seconds):.1f} s each): "
          f"{our_rate / their_rate:.1f} times as many\n"
          f"  reading the embedding back: {photos / again:.0f} photos/s")


if __name__ == "__main__":
    main(*[kind(value) for kind, value in zip((int, float), sys.argv[1:], strict=False)])
