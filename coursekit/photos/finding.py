"""The photos of a folder: found in the same order everywhere, and read one at a time."""

from __future__ import annotations

import os
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from tqdm.auto import tqdm

from .formats import SUFFIXES, unread
from .reading import PhotoError, read

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
    found = survey(folder)
    if found.closed:
        # To pass over the folder in silence would change what is trained or measured on.
        raise found.closed[0]
    return found.photos


class Survey(NamedTuple):
    """What lies in a folder and its sub-folders.

    Attributes
    ----------
    photos : list of Path
        In the same order on every system.
    unread : Counter of str
        The number of other files, by suffix in lower case, "" for none; `unread_kinds` puts it into
        words.
    linked : list of Path
        Links to folders, which are not followed.
    closed : list of OSError
        What was raised by sub-folders that cannot be listed; each names its own.
    """

    photos: list[Path]
    unread: Counter[str]
    linked: list[Path]
    closed: list[OSError]


def survey(folder: str | os.PathLike) -> Survey:
    """List the photos in a folder and its sub-folders, and count what else is there.

    Hidden files and folders are left out of both.

    Parameters
    ----------
    folder : str or path-like
        The folder.

    Returns
    -------
    Survey
        Photos, other files by suffix, linked folders, folders that cannot be listed.

    Raises
    ------
    NotADirectoryError
        If ``folder`` is none.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder}: not a folder; give the path of a folder of photos")
    found, others, linked, closed = [], Counter(), [], []
    # Names stay text until it is known that they are photos': albums hold ten thousands.
    for parent, folders, names in os.walk(folder, onerror=closed.append):
        folders[:] = [name for name in folders if name[0] != "."]
        linked += [path for name in folders if (path := Path(parent, name)).is_symlink()]
        for name in names:
            suffix = os.path.splitext(name)[1].lower()
            if name[0] == ".":
                continue
            if suffix in SUFFIXES:
                found.append(os.path.join(parent, name))
            else:
                others[suffix] += 1
    found.sort(key=lambda path: path.replace(os.sep, "/"))
    return Survey([Path(path) for path in found], others, linked, closed)


def unread_kinds(counted: Counter[str]) -> list[str]:
    """Say how many files of which kinds were not read, and how to convert them.

    Parameters
    ----------
    counted : Counter of str
        Their number by suffix, as `survey` gives it.

    Returns
    -------
    list of str
        A line for each kind that a photo may come as; one for all others together.
    """
    lines, others = [], []
    for suffix, count in sorted(counted.items()):
        kind = unread(suffix)
        if kind:
            lines.append(f"{count} {suffix} not read: {kind.what}; {kind.way_out}")
        else:
            others.append(f"{count} {suffix or 'without a suffix'}")
    if others:
        lines.append(f"{', '.join(others)} not read: no photos by their names")
    return lines


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
