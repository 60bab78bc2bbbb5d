"""`fit` with augmentation, against the bare compiled step on a batch already in memory.

A ratio near 1 means that feeding the network costs nothing. Epochs are as long as with the 400
photos of lesson 02, and quick networks train for more of them: what Keras does once a `fit` and
once an epoch would else count for more than it weighs in a lesson. One line more: `fit` with
TensorFlow's threads kept apart, as the lessons do, against `fit` without.
"""

import os
import subprocess
import sys

import keras
import numpy as np
from paired import compare, seconds

from coursekit import device, losses, networks, training

# Name → how it is built, the size of its photos, numbers of its embedding: as lessons have it.
NETWORKS = {
    "alpha": (networks.alpha, 64, 0),
    "beta": (networks.beta, 64, 0),
    "small_cnn": (networks.small_cnn, 32, 0),
    "study": (networks.study, 32, 0),
    "small_colorful": (networks.small_colorful, 64, 0),
    "fusion": (lambda: networks.fusion(96, width=1 / 4), 64, 96),
    "vgg_skip": (lambda: networks.vgg_skip(None, width=1 / 8), 64, 0),
}

STEPS = 25  # an epoch's batches


def measure(*names: str):
    apart = device.keep_threads_apart()
    for name in names or NETWORKS:
        yield against_step(name)
    if apart and not names:
        yield threads_apart()


def against_step(name: str):
    model, batches = prepare(name)
    x, y = batches[0]

    def bare(epochs: int) -> None:
        for _ in range(STEPS * epochs):
            model.train_on_batch(x, y)

    bare(1)  # compiles
    # Some three seconds, at most what a lesson takes.
    epochs = min(12, 1 + int(3 / seconds(lambda: bare(1))))
    return compare(
        f"fit of {name}",
        "its bare step",
        lambda: model.fit(batches, epochs=epochs, verbose=0),
        lambda: bare(epochs),
        note=f"{y.shape[1]} px, {epochs} × {STEPS} batches, augmentation on",
    )


def prepare(name: str, batch: int = 16):
    """Returns: the network, compiled, and its batches."""
    build, size, dimensions = NETWORKS[name]
    training.seed_everything(0)
    rng = np.random.default_rng(0)
    L = rng.uniform(-1, 1, (batch * STEPS, size, size, 1)).astype("float32")
    ab = rng.uniform(-1, 1, (batch * STEPS, size, size, 2)).astype("float32")
    known = rng.normal(size=(batch * STEPS, dimensions)).astype("float32") if dimensions else None
    model = build()
    loss = {2: "mse", 32: losses.AxesCrossEntropy(), 313: losses.SoftCrossEntropy()}[
        model.output_shape[-1]
    ]
    model.compile(keras.optimizers.Adam(), loss, jit_compile=False)
    return model, training.Batches(L, ab, batch, augmentation={}, embedding=known)


def threads_apart(name: str = "small_cnn", epochs: int = 4):
    """Threads keep the policy that they started with: each way has a process of its own.

    One waits for the other.
    """

    def process(way: str):
        child = subprocess.Popen(
            [sys.executable, __file__, way, name, str(epochs)],
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

        def fit() -> None:
            print("fit", file=child.stdin, flush=True)
            if child.stdout.readline() != "done\n":
                raise RuntimeError(f"the process that fits {name} ended")

        return child, fit

    (ours, apart), (other, together) = process("--apart"), process("--together")
    with ours, other:
        return compare(
            f"fit of {name}, threads kept apart",
            "fit as the system schedules it",
            apart,
            together,
            note=f"{NETWORKS[name][1]} px, {epochs} × {STEPS} batches, augmentation on",
        )


def fit_when_told(way: str, name: str, epochs: str) -> None:
    # The policy of who started this was handed down.
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    if way == "--apart":
        device.keep_threads_apart()
    model, batches = prepare(name)
    for _ in sys.stdin:
        model.fit(batches, epochs=int(epochs), verbose=0)
        print("done", flush=True)


if __name__ == "__main__":
    if sys.argv[1:] and sys.argv[1].startswith("--"):
        fit_when_told(*sys.argv[1:])
    else:
        for ratio in measure(*sys.argv[1:]):
            print(ratio, flush=True)
