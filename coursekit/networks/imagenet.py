"""Weights that were trained on ImageNet: from Keras' own cache, fetched once, checked, or a clear word why not."""

from __future__ import annotations

import hashlib
import os
import socket
from pathlib import Path

from coursekit.files import offline

STALL = 30  # seconds without an answer

# Title, address and MD5, as in keras.applications, with which the files are shared.
_HOST = "https://storage.googleapis.com/tensorflow/keras-applications"
FILES = {
    "vgg19": (
        "VGG-19",
        f"{_HOST}/vgg19/vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5",
        "253f8cb515780f3b799900260a226db6",
    ),
    "inception_resnet_v2": (
        "Inception-ResNet-v2",
        f"{_HOST}/inception_resnet_v2/inception_resnet_v2_weights_tf_dim_ordering_tf_kernels.h5",
        "e693bd0210a403b3192acc6073ad2e96",
    ),
}


class WeightsError(RuntimeError):
    """Weights that cannot be had; the message says why, and the way out."""


def imagenet_weights(name: str) -> Path:
    """The file of a network's ImageNet weights, in the folder and under the name that keras.applications uses.

    Parameters: ``name``, "vgg19" (its convolutions) or "inception_resnet_v2" (with its classifier).
    Returns: a path for the ``weights`` argument of keras.applications; its MD5 has been checked.
    Raises: WeightsError if the file is neither there nor to be had.
    """
    title, url, md5 = FILES[name]
    folder = Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser() / "models"
    file = folder / url.rpartition("/")[2]
    if _whole(file, md5):
        return file
    missing = f"{title}'s ImageNet weights are not in {folder}"
    way = f"get {url} another way and put it there"
    if offline():
        raise WeightsError(f"{missing}, and COURSEKIT_OFFLINE is set; {way}")
    import keras
    from filelock import FileLock

    patience = socket.getdefaulttimeout()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(
            f"{file}.lock"
        ):  # Keras writes to the file itself, so two must not fetch at once
            socket.setdefaulttimeout(STALL)
            return Path(
                keras.utils.get_file(
                    file.name, url, cache_dir=folder.parent, cache_subdir="models", file_hash=md5
                )
            )
    except Exception as error:  # what Keras raises is a bare Exception
        file.unlink(missing_ok=True)
        raise WeightsError(f"{missing} and could not be fetched ({error}); {way}") from error
    finally:
        socket.setdefaulttimeout(patience)


def _whole(file: Path, md5: str) -> bool:
    if not file.is_file():
        return False
    with open(file, "rb") as content:
        return (
            hashlib.file_digest(content, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
            == md5
        )
