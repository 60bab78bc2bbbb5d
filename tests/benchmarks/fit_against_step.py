"""`fit` with augmentation, against the bare compiled step on a batch already in memory.

A ratio near 1 means that feeding the network costs nothing. A few epochs, for that is how one trains: what Keras does
once, at the start of each `fit`, would else count for more than it weighs in a lesson.
"""

import sys

import keras
import numpy as np
from paired import compare

from coursekit import losses, networks, training

# Name → how it is built and the side of its photos, as the lessons use it on two cores.
NETWORKS = {
    "alpha": (networks.alpha, 64), "beta": (networks.beta, 64), "small_cnn": (networks.small_cnn, 32),
    "study": (networks.study, 32), "small_colorful": (networks.small_colorful, 64),
}


def measure(*names: str, batch: int = 16, steps: int = 12, epochs: int = 4):
    for name in names or NETWORKS:
        build, size = NETWORKS[name]
        training.seed_everything(0)
        rng = np.random.default_rng(0)
        L = rng.uniform(-1, 1, (batch * steps, size, size, 1)).astype("float32")
        ab = rng.uniform(-1, 1, (batch * steps, size, size, 2)).astype("float32")
        model = build()
        loss = {2: "mse", 32: losses.AxesCrossEntropy(), 313: losses.SoftCrossEntropy()}[model.output_shape[-1]]
        model.compile(keras.optimizers.Adam(), loss, jit_compile=False)
        batches = training.Batches(L, ab, batch, augmentation={})

        def bare(model=model, L=L, ab=ab) -> None:
            for _ in range(steps * epochs):
                model.train_on_batch(L[:batch], ab[:batch])

        def fit(model=model, batches=batches) -> None:
            model.fit(batches, epochs=epochs, verbose=0)

        yield compare(f"fit of {name}", "its bare step", fit, bare, note=f"{size} px, augmentation on")


if __name__ == "__main__":
    for ratio in measure(*sys.argv[1:]):
        print(ratio, flush=True)
