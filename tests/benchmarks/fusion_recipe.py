"""The fusion network with its embedding stored, against computing it twice in every batch.

Inception-ResNet-v2 on both sides, in one run: 10 epochs of 400 photos. Our side is timed whole,
from L in memory to the last step, the embedding and its storing included. The other side, as in
widely copied code, asks the classifier twice a batch in every epoch; that would take most of an
hour, so a few of its batches are timed, and each stands for all. Only compiling is left out, on
both sides. The weights are of chance, which takes as long; the fusion network has the width that
two cores can train.
"""

import os
import sys
import tempfile
from unittest import mock

import keras
import numpy as np
from paired import from_pairs, seconds

from coursekit import color, embeddings, networks, training
from coursekit.datasets import scenes
from coursekit.embeddings import inception


def measure(
    size: int = 64,
    width: float = 0.5,
    photos: int = 400,
    epochs: int = 10,
    batch: int = 20,
    timed: int = 3,
):
    L, ab = color.split(scenes.draw(photos, size).rgb)
    scaled_L, scaled_ab = color.scale_L(L), color.scale_ab(ab)
    untrained = inception.classifier(False)
    # As if these were the ImageNet weights: kept on disk like them.
    inception.classifier = lambda *_: untrained

    def network():
        training.seed_everything(0)
        model = networks.fusion(1000, width=width)
        model.compile(keras.optimizers.Adam(1e-3), "mse", jit_compile=False)
        model.train_on_batch(
            [scaled_L[:batch], np.zeros((batch, 1000), np.float32)], scaled_ab[:batch]
        )  # compiles
        return model

    def twice_a_batch(model, some) -> None:
        for _ in range(2):
            vectors = untrained.predict_on_batch(inception.prepare(L[some]))
        model.train_on_batch([scaled_L[some], vectors], scaled_ab[some])

    theirs, ours, their_seconds = network(), network(), []

    def time_theirs() -> None:  # in between too, for a machine is not equally fast all the time
        for _ in range(timed):
            some = np.arange(len(their_seconds), len(their_seconds) + batch)
            their_seconds.append(seconds(lambda some=some: twice_a_batch(theirs, some)))

    with tempfile.TemporaryDirectory() as cache, mock.patch.dict(os.environ, COURSEKIT_DATA=cache):
        for count in (batch, embeddings.AT_ONCE):  # compiles
            untrained.predict_on_batch(inception.prepare(L[:count]))
        time_theirs()
        embedding = []
        once = seconds(
            lambda: embedding.append(embeddings.embed(L, "inception_resnet_v2", progress=False))
        )
        time_theirs()
        batches = training.Batches(scaled_L, scaled_ab, batch, embedding=embedding[0].vectors)
        rest = seconds(lambda: ours.fit(batches, epochs=epochs, verbose=0))
        time_theirs()
        again = seconds(lambda: embeddings.embed(L, "inception_resnet_v2", progress=False))
    whole, batches = once + rest, epochs * photos / batch
    yield from_pairs(
        "fusion, embedding stored",
        "fusion, embedding twice a batch",
        [(whole, batches * each) for each in their_seconds],
        f"{size} px, width {width}, {epochs} epochs of {photos} photos; of our {whole:.0f} s, "
        f"{once:.0f} were the embedding, which is read back at {photos / again:.0f} photos/s",
    )


if __name__ == "__main__":
    print(*measure(*[kind(value) for kind, value in zip((int, float), sys.argv[1:], strict=False)]))
