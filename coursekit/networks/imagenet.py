"""Weights that were trained on ImageNet: from Keras' own cache, fetched once and checked.

Keras is imported where a file is fetched: what lies there is found without it.
"""

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
    """Weights cannot be had; the message says why, and the way out."""


def imagenet_weights(name: str) -> Path:
    """Find a network's ImageNet weights where keras.applications keeps them, or fetch them.

    Parameters
    ----------
    name : {"vgg19", "inception_resnet_v2"}
        Of the first its convolutions, of the second with its classifier.

    Returns
    -------
    Path
        For the ``weights`` argument of keras.applications; its MD5 has been checked.

    Raises
    ------
    WeightsError
        If the file is neither there nor to be had.
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
        # Keras writes to the file itself, so two must not fetch at once.
        with FileLock(f"{file}.lock"):
            socket.setdefaulttimeout(STALL)
            cache = {"cache_dir": folder.parent, "cache_subdir": "models"}
            return Path(keras.utils.get_file(file.name, url, file_hash=md5, **cache))
    except Exception as error:  # what Keras raises is a bare Exception
        file.unlink(missing_ok=True)
        raise WeightsError(f"{missing} and could not be fetched ({error}); {way}") from error
    finally:
        socket.setdefaulttimeout(patience)


def _whole(file: Path, md5: str) -> bool:
    if not file.is_file():
        return False
    with open(file, "rb") as content:
        # A checksum, no secret: so also where MD5 is forbidden for those.
        found = hashlib.file_digest(content, lambda: hashlib.md5(usedforsecurity=False))
    return found.hexdigest() == md5
