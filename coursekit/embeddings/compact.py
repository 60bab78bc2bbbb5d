"""Compact: a small classifier of our own that names scenes and objects from L alone.

Its weights come with it. Keras is imported where a network is built: importing the course must be
quick.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from coursekit import color, weights

if TYPE_CHECKING:
    import keras

WEIGHTS, FACTS = (Path(__file__).with_name(f"compact.{kind}") for kind in ("npz", "json"))
SIDE = 64  # pixels, the short side of what it is shown
PREPROCESSING = f"L, short side {SIDE}, bicubic, -1...1"


def network(classes: int) -> keras.Model:
    """Build the untrained classifier: a residual network, then the mean of each channel.

    Parameters
    ----------
    classes : int
        How many it tells apart.

    Returns
    -------
    keras.Model
        From L scaled to −1…1, (N, H, W, 1), to logits (N, classes).
    """
    from keras import Model, layers

    from coursekit.networks import resnet

    L = layers.Input((None, None, 1), name="L")
    *_, x = resnet.encode(L)
    x = layers.Dropout(0.2)(layers.GlobalAveragePooling2D(name="features")(x))
    return Model(L, layers.Dense(classes, name="logits")(x), name="compact")


@functools.lru_cache(maxsize=1)
def classifier(trained: bool = True) -> keras.Model:
    """Give the classifier of the course, without a softmax.

    Parameters
    ----------
    trained : bool
        False for weights of chance.

    Returns
    -------
    keras.Model
        As `network` makes it, its numbers in the order of `classes`.

    Raises
    ------
    ValueError
        If the file of weights is missing or damaged.
    """
    model = network(len(classes()))
    if trained:
        weights.load(model, WEIGHTS, checksum())
    return model


def classes() -> list[str]:
    """List what the classifier can name.

    Returns
    -------
    list of str
        In the order of its numbers.
    """
    return facts()["classes"]


def checksum() -> str:
    """Tell the checksum that the file of weights must have.

    Returns
    -------
    str
        SHA-256, in hexadecimal digits.
    """
    return facts()["sha256"]


def facts() -> dict:
    """Read what the card says, as data.

    Returns
    -------
    dict
        Classes, checksum, recipe, results.
    """
    return json.loads(FACTS.read_text(encoding="utf-8"))


def prepare(L: np.ndarray) -> np.ndarray:
    """Make of L what the classifier takes.

    Parameters
    ----------
    L : np.ndarray
        Lightness, float32 (N, H, W, 1), 0…100.

    Returns
    -------
    np.ndarray
        The same with a short side of 64 pixels, scaled to −1…1.
    """
    from keras import ops

    short = min(L.shape[1:3])
    if short != SIDE:
        shape = tuple(round(length * SIDE / short) for length in L.shape[1:3])
        L = ops.convert_to_numpy(ops.image.resize(L, shape, "bicubic", antialias=True)).clip(0, 100)
    return color.scale_L(L)
