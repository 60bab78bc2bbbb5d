"""Large loads, remembered as arrays, so that a notebook that starts again does not decode them again."""

import hashlib
import os
import shutil
import warnings
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from filelock import FileLock

from coursekit import files

from .registry import DatasetError

LEAST = 500  # photos; fewer are decoded in no time
MOST, KEEP = 2**29, 2**30  # bytes of one load, and of all that is remembered


Decoded = tuple[np.ndarray, int]  # photos, and how many of them were enlarged


def recall(content: str, size: int, keys: list, make: Callable[[], Decoded]) -> Decoded:
    """What `make` returns, from a file if the same photos were loaded at this size before.

    `content` names the content of the cache that the photos come from, so a changed cache is never mistaken
    for the old one. A damaged file (its CRC is checked) is named in a warning and made anew.
    """
    if not content or not LEAST <= len(keys) <= MOST / (3 * size**2):
        return make()
    folder = files.spare("decoded")
    if folder is None:
        return make()
    file = folder / f"{_name(content, size, keys)}.npz"
    try:
        with np.load(file, allow_pickle=False) as arrays:
            rgb, small = arrays["rgb"], int(arrays["small"])
        os.utime(file)  # so that the least recently used goes first
        return rgb, small
    except FileNotFoundError:
        pass
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        warnings.warn(f"{file}: damaged ({error}); it is made anew", stacklevel=4)
    rgb, small = make()
    try:
        with files.replacing(file) as part, open(part, "wb") as out:
            np.savez(out, rgb=rgb, small=small)
        _forget(folder)
    except OSError:  # a full disk: then it is decoded next time too
        pass
    return rgb, small


def on_disk(content: str, size: int, keys: list, fill: Callable[[np.ndarray], int]) -> Decoded:
    """Photos of `keys` as a read-only map of a file in the folder `on_disk`, where nothing is ever forgotten.

    `fill` writes them into an array, uint8 (N, size, size, 3), unless an earlier call did; what it returns (how many
    were enlarged) is passed on, else 0. Raises DatasetError if the disk has no room for them.
    """
    folder = files.spare("on_disk") or files.writable(
        files.location() / "on_disk"
    )  # which says why not
    file = folder / f"{_name(content, size, keys)}.npy"
    small = 0
    with FileLock(file.with_suffix(".lock")):  # so that what a killed process left is overwritten
        if not (content and file.exists()):
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
                small = fill(rgb)
                del rgb  # closes the map: Windows renames no open file
    return np.load(file, mmap_mode="r"), small


def _name(content: str, size: int, keys: list) -> str:
    return hashlib.sha256(repr((content, size, keys)).encode()).hexdigest()[:24]


def _forget(folder: Path) -> None:
    """Delete the least recently used files beyond KEEP bytes, and what killed processes left."""
    total = 0
    for file in sorted(folder.iterdir(), key=lambda f: f.stat().st_mtime, reverse=True):
        total += file.stat().st_size
        if total > KEEP:
            file.unlink(missing_ok=True)
