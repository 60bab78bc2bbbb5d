"""EfficientNet-Lite0: 1,000 numbers a photo, one for each class of ImageNet, from L alone.

The weights are the published ones and come with the course, kernels in half precision. Keras is
imported where it is needed: importing the course must be quick.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from coursekit import color, weights

if TYPE_CHECKING:
    import keras

WEIGHTS, FACTS = (
    Path(__file__).with_name(f"efficientnet_lite0.{kind}") for kind in ("npz", "json")
)
# Weights of the classifier's last layers, which an encoder lacks: a convolution, its batch norm,
# the layer of the classes.
BESIDE = 1 + 4 + 2
SIZE = 224  # pixels, the short side of what it is shown, as in its training
PREPROCESSING = f"L, short side {SIZE}, bicubic, -1...1"


@functools.lru_cache(maxsize=2)
def network(trained: bool = True, channels: int = 1) -> keras.Model:
    """Build the network with its weights.

    Parameters
    ----------
    trained : bool
        With ImageNet's weights; else with weights of chance.
    channels : {1, 3}
        1 for L, as everywhere in the course; 3 for RGB, as published.

    Returns
    -------
    keras.Model
        `networks.efficientnet_lite0`, from the photo to a dict of features and ``"logits"``.

    Raises
    ------
    ValueError
        If the file of weights is missing or damaged.
    """
    from coursekit.networks import efficientnet_lite0

    model = efficientnet_lite0(channels=channels)
    if trained:
        first, *others = weights.read(WEIGHTS, checksum())
        # A grey photo shows the same plane to all three kernels of a filter: their sum, shown once.
        first = first if channels == 3 else first.sum(axis=2, keepdims=True)
        model.set_weights([first, *others])
    return model


def encoder_weights() -> list[np.ndarray]:
    """Read ImageNet's weights of the encoder of `networks.unet`.

    Returns
    -------
    list of np.ndarray
        Float32, in the order of ``unet_encoder().get_weights()``.

    Raises
    ------
    ValueError
        If the file of weights is missing or damaged.
    """
    first, *others = weights.read(WEIGHTS, checksum())
    return [first.sum(axis=2, keepdims=True), *others[:-BESIDE]]


def load_encoder(model: keras.Model) -> None:
    """Load ImageNet's weights into the encoder of `networks.unet`.

    Parameters
    ----------
    model : keras.Model
        What `networks.unet` or `networks.unet_encoder` gave; what else it holds stays as it is.

    Raises
    ------
    ValueError
        If the file of weights is missing or damaged.
    """
    model.get_layer("levels").set_weights(encoder_weights())


@functools.lru_cache(maxsize=1)
def classifier(trained: bool = True) -> keras.Model:
    """Build the classifier, without its softmax.

    Parameters
    ----------
    trained : bool
        With ImageNet's weights; else with weights of chance.

    Returns
    -------
    keras.Model
        From what `prepare` gives to (N, 1000).

    Raises
    ------
    ValueError
        If the file of weights is missing or damaged.
    """
    import keras

    whole = network(trained)
    return keras.Model(whole.input, whole.output["logits"])


def classes() -> list[str]:
    """List what the classifier can name.

    Returns
    -------
    list of str
        The 1,000 classes of ImageNet, in the order of its numbers.
    """
    return facts()["classes"]


def checksum() -> str:
    """Say which file of weights is the right one.

    Returns
    -------
    str
        Its SHA-256.
    """
    return facts()["sha256"]


@functools.cache
def facts() -> dict:
    """Read what the card says, as data.

    Returns
    -------
    dict
        Classes, checksum, source, accuracy.
    """
    return json.loads(FACTS.read_text(encoding="utf-8"))


def prepare(L: np.ndarray) -> np.ndarray:
    """Bring photos to the size and range that the classifier wants.

    Parameters
    ----------
    L : np.ndarray
        Float32 (N, H, W, 1), 0…100.

    Returns
    -------
    np.ndarray
        Float32, short side 224 pixels, −1…1.
    """
    height, width = (round(length * SIZE / min(L.shape[1:3])) for length in L.shape[1:3])
    planes = [Image.fromarray(plane[..., 0]).resize((width, height), Image.BICUBIC) for plane in L]
    return color.scale_L(np.stack(planes)[..., None].clip(0, 100))
