"""The photos of a folder: found in the same order everywhere, and read one at a time."""

import os
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from .reading import PhotoError, read

SUFFIXES = frozenset(".jpg .jpeg .jpe .jfif .png .webp .gif .tif .tiff .bmp".split())


def iter_photos(
    files: Iterable | str | os.PathLike,
    skip_broken: bool = False,
    progress: bool = False,
    broken: list | None = None,
) -> Iterator[tuple]:
    """Read photos one at a time, so that memory stays constant over any number of them.

    Parameters
    ----------
    files : a folder, or any number of what `read` takes
    skip_broken : after a broken photo append (file, reason) to `broken`, or warn without that list; go on
    progress : show a progress bar

    Yields (file, uint8 array (H, W, 3)). Raises PhotoError at the first broken photo, unless skip_broken.
    """
    if isinstance(files, (str, os.PathLike)):
        files = find(files)
    if progress:
        from tqdm.auto import tqdm

        files = tqdm(files, desc="reading photos", unit="photo")
    for file in files:
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
    files: Iterable | str | os.PathLike, skip_broken: bool = False, progress: bool = False
) -> tuple[list[np.ndarray], list[tuple]]:
    """Read photos at full size into memory; parameters and errors as `iter_photos`, for thousands use that.

    Returns the list of uint8 arrays (H, W, 3), in the order of the files, and that of broken (file, reason).
    """
    broken = []
    return [rgb for _, rgb in iter_photos(files, skip_broken, progress, broken)], broken


def find(folder: str | os.PathLike) -> list[Path]:
    """List the photos in a folder and its sub-folders, by suffix, without hidden ones and linked folders.

    Returns a list of Path, in the same order on every system.
    Raises NotADirectoryError if `folder` is none, another OSError if a sub-folder cannot be listed.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder}: not a folder; give the path of a folder of photos")

    def stop(error: OSError):
        raise error

    found = []
    for parent, folders, names in os.walk(folder, onerror=stop):
        folders[:] = [name for name in folders if name[0] != "."]
        found += [
            Path(parent, n) for n in names if n[0] != "." and Path(n).suffix.lower() in SUFFIXES
        ]
    return sorted(found, key=lambda path: path.relative_to(folder).as_posix())
