"""Weights that come with the package: one small checked file a network.

Reading them needs no Keras: photos are coloured where there is none.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras


def pack(arrays: Sequence[np.ndarray]) -> bytes:
    """Pack weights; the same weights give the same bytes.

    Parameters
    ----------
    arrays : sequence of np.ndarray
        As ``model.get_weights()`` gives them.

    Returns
    -------
    bytes
        An .npz file: kernels in half precision, vectors in full.
    """
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        **{
            f"{number:03}": np.asarray(each, np.float16 if np.ndim(each) > 1 else np.float32)
            for number, each in enumerate(arrays)
        },
    )
    return buffer.getvalue()


def read(file: str | os.PathLike, sha256: str) -> list[np.ndarray]:
    """Read what `pack` made.

    Parameters
    ----------
    file : str or path-like
        An .npz file.
    sha256 : str
        The checksum that it must have, in hexadecimal digits.

    Returns
    -------
    list of np.ndarray
        Float32, in the order of ``model.get_weights()``.

    Raises
    ------
    ValueError
        If the file is missing or not what it was.
    """
    try:
        data = Path(file).read_bytes()
    except FileNotFoundError:
        raise ValueError(f"{file}: missing; install coursekit again") from None
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ValueError(f"{file}: damaged, its SHA-256 is not {sha256}; install coursekit again")
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        return [arrays[name].astype(np.float32) for name in sorted(arrays)]


def load(model: keras.Model, file: str | os.PathLike, sha256: str) -> None:
    """Load what `pack` made into the same network.

    Parameters
    ----------
    model : keras.Model
        Built as the one that was packed.
    file : str or path-like
        An .npz file.
    sha256 : str
        The checksum that it must have, in hexadecimal digits.

    Raises
    ------
    ValueError
        If the file is missing or not what it was.
    """
    model.set_weights(read(file, sha256))
