"""Inception-ResNet-v2: 1,000 numbers a photo, one for each class of ImageNet."""

from __future__ import annotations

import functools

import numpy as np

from coursekit import color, photos
from coursekit.networks import imagenet

SIDE = 299
PREPROCESSING = f"L as grey sRGB, {SIDE}x{SIDE}, -1...1"


@functools.lru_cache(maxsize=1)  # building it takes several seconds
def classifier(weights: str | None = "imagenet"):
    """The classifier of keras.applications, without its softmax.

    Parameters: ``weights``, "imagenet" or None.
    Returns: a keras.Model from what `prepare` gives to logits (N, 1000).
    Raises: coursekit.networks.WeightsError if the weights cannot be had.
    """
    file = str(imagenet.imagenet_weights("inception_resnet_v2")) if weights else None
    from keras import applications

    return applications.InceptionResNetV2(weights=file, classifier_activation=None)


def checksum() -> str:
    """MD5 of the ImageNet weights; the file with any other is refused."""
    return imagenet.FILES["inception_resnet_v2"][-1]


def prepare(L: np.ndarray) -> np.ndarray:
    """L (N, H, W, 1), 0…100, as the classifier wants it: float32 (N, 299, 299, 3), −1…1, three equal channels."""
    from keras.applications.inception_resnet_v2 import preprocess_input

    grey = color.join(L, np.zeros((*L.shape[:3], 2), np.float32))[
        ..., :1
    ]  # its channels agree but for rounding
    grey = np.stack([photos.resize(np.repeat(photo, 3, axis=-1), SIDE, SIDE) for photo in grey])
    return preprocess_input(grey.astype(np.float32))
