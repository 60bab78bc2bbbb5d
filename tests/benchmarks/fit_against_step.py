"""`fit` with augmentation, against the bare compiled step on a batch already in memory.

A ratio near 1 means that feeding the network costs nothing. Epochs are as long as with the 400 photos of lesson 02, and
quick networks train for more of them: what Keras does once a `fit` and once an epoch would else count for more than it
weighs in a lesson.
"""

import sys

import keras
import numpy as np
from paired import compare, seconds

from coursekit import losses, networks, training

# Name → how it is built, the side of its photos and numbers of its embedding, as the lessons use it on two cores.
NETWORKS = {
    "alpha": (networks.alpha, 64, 0), "beta": (networks.beta, 64, 0), "small_cnn": (networks.small_cnn, 32, 0),
    "study": (networks.study, 32, 0), "small_colorful": (networks.small_colorful, 64, 0),
    "fusion": (lambda: networks.fusion(96, width=1 / 4), 64, 96),
    "vgg_skip": (lambda: networks.vgg_skip(None, width=1 / 8), 64, 0), "unet": (networks.unet, 64, 0),
}


def measure(*names: str):
    for name in names or NETWORKS:
        yield measure_one(name, *NETWORKS[name])


def measure_one(name: str, build, size: int, dimensions: int, batch: int = 16, steps: int = 25):
    training.seed_everything(0)
    rng = np.random.default_rng(0)
    L = rng.uniform(-1, 1, (batch * steps, size, size, 1)).astype("float32")
    ab = rng.uniform(-1, 1, (batch * steps, size, size, 2)).astype("float32")
    known = rng.normal(size=(batch * steps, dimensions)).astype("float32") if dimensions else None
    model = build()
    loss = {2: "mse", 32: losses.AxesCrossEntropy(), 313: losses.SoftCrossEntropy()}[model.output_shape[-1]]
    model.compile(keras.optimizers.Adam(), loss, jit_compile=False)
    batches = training.Batches(L, ab, batch, augmentation={}, embedding=known)
    x, y = batches[0]

    def bare(epochs: int) -> None:
        for _ in range(steps * epochs):
            model.train_on_batch(x, y)

    bare(1)  # compiles
    epochs = min(12, 1 + int(3 / seconds(lambda: bare(1))))  # some three seconds, at most what a lesson takes
    return compare(f"fit of {name}", "its bare step", lambda: model.fit(batches, epochs=epochs, verbose=0),
                   lambda: bare(epochs), note=f"{size} px, {epochs} × {steps} batches, augmentation on")


if __name__ == "__main__":
    for ratio in measure(*sys.argv[1:]):
        print(ratio, flush=True)
