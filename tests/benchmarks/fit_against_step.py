"""Photos a second of ``fit`` with augmentation, as a share of the bare compiled step on a batch already in memory.

    python tests/benchmarks/fit_against_step.py [network] [size]

One run, both sides in turn, median of the repeats. Near 1 means that feeding the network costs nothing.
"""

import statistics
import sys
import time

import keras
import numpy as np

from coursekit import networks, training


def main(name: str = "beta", size: int = 64, batch: int = 16, steps: int = 12, repeats: int = 7) -> None:
    training.seed_everything(0)
    rng = np.random.default_rng(0)
    L = rng.uniform(-1, 1, (batch * steps, size, size, 1)).astype("float32")
    ab = rng.uniform(-1, 1, (batch * steps, size, size, 2)).astype("float32")
    model = getattr(networks, name)()
    model.compile(keras.optimizers.Adam(), "mse", jit_compile=False)
    batches = training.Batches(L, ab, batch, augmentation={})

    def bare() -> None:
        for _ in range(steps):
            model.train_on_batch(L[:batch], ab[:batch])

    def fit() -> None:
        model.fit(batches, epochs=1, verbose=0)

    def seconds(work) -> float:
        started = time.perf_counter()
        work()
        return time.perf_counter() - started

    bare(), fit()  # compile both
    pairs = [(seconds(bare), seconds(fit)) for _ in range(repeats)]
    ratios = sorted(step / whole for step, whole in pairs)
    rate = batch * steps / statistics.median(whole for _, whole in pairs)
    print(f"{name} at {size} px on {keras.backend.backend()}: fit reaches {statistics.median(ratios):.2f} "
          f"of the bare step ({ratios[0]:.2f}–{ratios[-1]:.2f}, {repeats} repeats), {rate:.0f} photos/s")


if __name__ == "__main__":
    main(*[kind(value) for kind, value in zip((str, int), sys.argv[1:], strict=False)])
