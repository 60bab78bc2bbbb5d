"""Inception-ResNet-v2: 1,000 numbers a photo, one for each class of ImageNet.

Keras is imported where the network is built: importing the course must be quick.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from coursekit import color, photos
from coursekit.embeddings import efficientnet_lite0

if TYPE_CHECKING:
    import keras

SIDE = 299
PREPROCESSING = f"L as grey sRGB, {SIDE}x{SIDE}, -1...1"


# Building it takes several seconds.
@functools.lru_cache(maxsize=1)
def classifier(trained: bool = True) -> keras.Model:
    """Give the classifier of keras.applications, without its softmax.

    Parameters
    ----------
    trained : bool
        Whether with ImageNet weights; False for weights of chance.

    Returns
    -------
    keras.Model
        From what `prepare` gives to logits (N, 1000).

    Raises
    ------
    coursekit.networks.WeightsError
        If the weights cannot be had.
    """
    from keras import applications

    from coursekit.networks import imagenet

    file = str(imagenet.imagenet_weights("inception_resnet_v2")) if trained else None

    return applications.InceptionResNetV2(weights=file, classifier_activation=None)


def classes() -> list[str]:
    """List what the classifier can name.

    Returns
    -------
    list of str
        The 1,000 classes of ImageNet, in the order of its numbers.
    """
    return efficientnet_lite0.classes()


def checksum() -> str:
    """Tell the checksum that the file of weights must have.

    Returns
    -------
    str
        MD5, in hexadecimal digits.
    """
    from coursekit.networks import imagenet

    return imagenet.FILES["inception_resnet_v2"][-1]


def prepare(L: np.ndarray) -> np.ndarray:
    """Make of L what the classifier takes.

    Parameters
    ----------
    L : np.ndarray
        Lightness, float32 (N, H, W, 1), 0…100.

    Returns
    -------
    np.ndarray
        Grey sRGB in three equal channels, float32 (N, 299, 299, 3), −1…1.
    """
    from keras.applications.inception_resnet_v2 import preprocess_input

    # The channels agree but for rounding: one stands for all.
    grey = color.join(L, np.zeros((*L.shape[:3], 2), np.float32))[..., :1]
    grey = np.stack([photos.resize(np.repeat(photo, 3, axis=-1), SIDE, SIDE) for photo in grey])
    return preprocess_input(grey.astype(np.float32))
