"""Large loads, kept as arrays, so that a notebook that starts again does not decode them again."""

from __future__ import annotations

import hashlib
import os
import shutil
import warnings
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock

from coursekit import files

from .registry import DatasetError

LEAST = 500  # photos; fewer are decoded in no time
MOST, KEEP = 2**29, 2**30  # bytes of one load, and of all that is remembered

# Decodes the photos of the keys into an array, and says how many of them had to be enlarged.
Fill = Callable[[Sequence[Any], np.ndarray], int]


def recall(content: str, keys: Sequence[Any], size: int, fill: Fill) -> tuple[np.ndarray, int]:
    """Get photos from a file if the same ones were loaded at this size before, else decode them.

    A damaged file (its CRC is checked) is named in a warning and made anew.

    Parameters
    ----------
    content : str
        Names the content of the source, so that a changed one is never mistaken for the old; empty
        if unknown.
    keys : sequence
        Which photos, N of them.
    size : int
        How large, pixels.
    fill : callable
        Decodes the photos of keys into an array, and returns how many had to be enlarged.

    Returns
    -------
    rgb : np.ndarray
        The photos, uint8 (N, size, size, 3).
    enlarged : int
        What ``fill`` returned.
    """

    def decode() -> tuple[np.ndarray, int]:
        rgb = np.empty((len(keys), size, size, 3), np.uint8)
        return rgb, fill(keys, rgb)

    if not content or not LEAST <= len(keys) <= MOST / (3 * size**2):
        return decode()
    folder = files.spare("decoded")
    if folder is None:
        return decode()
    file = folder / f"{_name(content, keys, size)}.npz"
    try:
        with np.load(file, allow_pickle=False) as arrays:
            rgb, enlarged = arrays["rgb"], int(arrays["small"])
        os.utime(file)  # so that the least recently used goes first
        return rgb, enlarged
    except FileNotFoundError:
        pass
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        warnings.warn(f"{file}: damaged ({error}); it is made anew", stacklevel=4)
    rgb, enlarged = decode()
    try:
        with files.replacing(file) as part, open(part, "wb") as out:
            np.savez(out, rgb=rgb, small=enlarged)
        _forget(folder)
    except OSError:  # a full disk: then it is decoded next time too
        pass
    return rgb, enlarged


def on_disk(content: str, keys: Sequence[Any], size: int, fill: Fill) -> tuple[np.ndarray, int]:
    """Decode photos into a file in the cache's folder ``on_disk``, where nothing is ever forgotten.

    Parameters
    ----------
    content : str
        Names the content of the source; if it is empty, an earlier file is not trusted.
    keys : sequence
        Which photos, N of them, in the order wanted.
    size : int
        How large, pixels.
    fill : callable
        As for `recall`; it is called unless an earlier load has left the file.

    Returns
    -------
    rgb : np.memmap
        The photos, uint8 (N, size, size, 3), read-only.
    enlarged : int
        What ``fill`` returned, 0 if it was not called.

    Raises
    ------
    DatasetError
        If the disk has no room for them.
    FolderError
        If there is no folder that can be written.
    """
    # The second says why not.
    folder = files.spare("on_disk") or files.writable(files.location() / "on_disk")
    file = folder / f"{_name(content, keys, size)}.npy"
    if content and file.exists():
        return np.load(file, mmap_mode="r"), 0
    enlarged = 0
    # One process at a time, so what is half written was left by a killed one.
    with FileLock(folder / ".lock"):
        if not (content and file.exists()):
            for left in folder.glob(".*.part"):
                left.unlink()
            shape = len(keys), size, size, 3
            needed, free = np.prod(shape) / 1e9, shutil.disk_usage(folder).free / 1e9
            if needed > free:
                raise DatasetError(
                    f"{folder} has room for {free:.1f} GB, and {len(keys):,} photos of {size} px "
                    f"take {needed:.1f}; delete what you do not need, or set COURSEKIT_DATA to "
                    "a folder on a larger disk"
                )
            with files.replacing(file) as part:
                rgb = np.lib.format.open_memmap(part, "w+", np.uint8, shape)
                enlarged = fill(keys, rgb)
                del rgb  # closes the map: Windows renames no open file
    return np.load(file, mmap_mode="r"), enlarged


def _name(content: str, keys: Sequence[Any], size: int) -> str:
    return hashlib.sha256(repr((content, size, keys)).encode()).hexdigest()[:24]


def _forget(folder: Path) -> None:
    """Delete the least recently used files beyond KEEP bytes, and what killed processes left."""
    total = 0
    for file in sorted(folder.iterdir(), key=lambda f: f.stat().st_mtime, reverse=True):
        total += file.stat().st_size
        if total > KEEP:
            file.unlink(missing_ok=True)
