"""Compact: a small classifier of our own that names scenes and objects from L alone; its weights come with it."""

from __future__ import annotations

import functools
import json
from pathlib import Path

import numpy as np

from coursekit import color
from coursekit.networks import resnet
from coursekit.networks import weights as stored

WEIGHTS, FACTS = (Path(__file__).with_name(f"compact.{kind}") for kind in ("npz", "json"))
SIDE = 64  # pixels, the short side of what it is shown
PREPROCESSING = f"L, short side {SIDE}, bicubic, -1...1"


def network(classes: int):
    """The untrained classifier: a residual network, 1/16 of the photo's sides at its end, then one mean a channel.

    Parameters: ``classes``, how many it tells apart.
    Returns: a keras.Model from L scaled to −1…1, (N, H, W, 1), to logits (N, classes).
    """
    from keras import Model, layers

    L = layers.Input((None, None, 1), name="L")
    *_, x = resnet.encode(L)
    x = layers.Dropout(0.2)(layers.GlobalAveragePooling2D(name="features")(x))
    return Model(L, layers.Dense(classes, name="logits")(x), name="compact")


@functools.lru_cache(maxsize=1)
def classifier(weights: str | None = "shipped"):
    """The classifier of the course, without a softmax.

    Parameters: ``weights``, "shipped", or None for an untrained one.
    Returns: a keras.Model as `network` makes it, its numbers in the order of `classes`.
    Raises: ValueError if the file of weights is damaged.
    """
    model = network(len(classes()))
    if weights:
        stored.load(model, WEIGHTS, checksum())
    return model


def classes() -> list[str]:
    """What the classifier can name, in the order of its numbers."""
    return facts()["classes"]


def checksum() -> str:
    """SHA-256 that the file of weights must have."""
    return facts()["sha256"]


def facts() -> dict:
    """What the card says, as data: classes, checksum, recipe, results."""
    return json.loads(FACTS.read_text(encoding="utf-8"))


def prepare(L: np.ndarray) -> np.ndarray:
    """L (N, H, W, 1), 0…100, as the classifier wants it: short side 64, scaled to −1…1."""
    from keras import ops

    short = min(L.shape[1:3])
    if short != SIDE:
        shape = tuple(round(length * SIDE / short) for length in L.shape[1:3])
        L = ops.convert_to_numpy(ops.image.resize(L, shape, "bicubic", antialias=True)).clip(0, 100)
    return color.scale_L(L)
