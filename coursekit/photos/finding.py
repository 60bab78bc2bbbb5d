"""The photos of a folder: found in the same order everywhere, and read one at a time."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
from tqdm.auto import tqdm

from .reading import PhotoError, read

SUFFIXES = frozenset(".jpg .jpeg .jpe .jfif .png .webp .gif .tif .tiff .bmp".split())

File = str | os.PathLike | bytes | BinaryIO


def find(folder: str | os.PathLike) -> list[Path]:
    """List the photos in a folder and its sub-folders, by suffix.

    Hidden files and folders are left out, and so are linked folders.

    Parameters
    ----------
    folder : str or path-like
        The folder.

    Returns
    -------
    list of Path
        In the same order on every system.

    Raises
    ------
    NotADirectoryError
        If ``folder`` is none.
    OSError
        If a sub-folder cannot be listed.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder}: not a folder; give the path of a folder of photos")

    def stop(error: OSError) -> None:
        # os.walk would pass over the folder in silence.
        raise error

    found = []
    for parent, folders, names in os.walk(folder, onerror=stop):
        folders[:] = [name for name in folders if name[0] != "."]
        shown = (Path(parent, name) for name in names if name[0] != ".")
        found += [path for path in shown if path.suffix.lower() in SUFFIXES]
    return sorted(found, key=lambda path: path.relative_to(folder).as_posix())


def iter_photos(
    files: Iterable[File] | str | os.PathLike,
    skip_broken: bool = False,
    progress: bool = False,
    broken: list[tuple[File, str]] | None = None,
) -> Iterator[tuple[File, np.ndarray]]:
    """Read photos one at a time, so that memory stays constant over any number of them.

    Parameters
    ----------
    files : iterable, or str or path-like
        What `read` takes, any number of it; or a folder.
    skip_broken : bool
        Whether to go on after a broken photo.
    progress : bool
        Whether to show a progress bar.
    broken : list, optional
        Gets a pair (file, reason) for each photo that is skipped; without it, each is a warning.

    Yields
    ------
    file : what ``files`` holds
        As it was given.
    rgb : ndarray of uint8, shape (H, W, 3)
        Its pixels in sRGB.

    Raises
    ------
    PhotoError
        At the first broken photo, unless ``skip_broken``.
    """
    if isinstance(files, (str, os.PathLike)):
        files = find(files)
    for file in tqdm(files, "reading photos", disable=not progress, unit="photo"):
        try:
            rgb = read(file)
        except PhotoError as error:
            if not skip_broken:
                way_out = f"{error.way_out}, or pass skip_broken=True"
                raise PhotoError(error.file, error.reason, way_out) from error
            if broken is None:
                warnings.warn(f"skipped {error}", stacklevel=2)
            else:
                broken.append((file, f"{error.reason}; {error.way_out}"))
        else:
            yield file, rgb


def read_many(
    files: Iterable[File] | str | os.PathLike, skip_broken: bool = False, progress: bool = False
) -> tuple[list[np.ndarray], list[tuple[File, str]]]:
    """Read photos at full size into memory; for thousands of them use `iter_photos`.

    Parameters
    ----------
    files : iterable, or str or path-like
        As in `iter_photos`.
    skip_broken : bool
        Whether to go on after a broken photo.
    progress : bool
        Whether to show a progress bar.

    Returns
    -------
    rgb : list of ndarray of uint8, each (H, W, 3)
        In the order of the files.
    broken : list of (file, reason)
        The photos that were skipped.

    Raises
    ------
    PhotoError
        At the first broken photo, unless ``skip_broken``.
    """
    broken: list[tuple[File, str]] = []
    return [rgb for _, rgb in iter_photos(files, skip_broken, progress, broken)], broken
