"""Where photos are read from: a zip or arrays in the cache, or files that come with a package.

All of them answer alike, see `Source`.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, cached_property
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from PIL import Image

from coursekit import photos

# What folders are called that hold a split: training_set, train2017, Test Images, seg_test, devset.
_FILLER = r"(?:seg|data|sets?|images?|imgs?|photos?|pictures?|split|files)*"
_TRAIN = "training|train|trn"
_VAL = "validation|valid|val|development|dev|testing|test|tst|evaluation|eval|holdout"
_DAMAGE = (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile, zlib.error)
_ARRAYS = {"train": "train.npz", "val": "test.npz"}


@cache
def split_of(folder: str) -> str | None:
    """Tell which split a folder holds by its name.

    Parameters
    ----------
    folder : str
        Its name; capitals, digits and what stands between words do not matter.

    Returns
    -------
    str or None
        Train or val, which stands for all that is not trained on; None for another name.

    Examples
    --------
    >>> [split_of(name) for name in ("training_set", "Test Images", "val2017", "trains")]
    ['train', 'val', 'val', None]
    """
    letters = re.sub(r"[\W\d_]", "", folder.lower())
    for split, words in (("train", _TRAIN), ("val", _VAL)):
        if re.fullmatch(f"{_FILLER}(?:{words}){_FILLER}", letters):
            return split
    return None


class Damaged(Exception):
    """A file of the cache is not what was once written.

    Parameters
    ----------
    file : Path
        The file.
    reason : object
        How that shows.
    """

    def __init__(self, file: Path, reason: object):
        super().__init__(f"{file}: damaged ({reason})")


class Entry(NamedTuple):
    """One photo of a source.

    Attributes
    ----------
    split : str
        Train or val.
    kind : str
        Its class.
    key : object
        What `Source.read` knows it by; ``str(key)`` puts the photos of a source in order.
    """

    split: str
    kind: str
    key: Any


class Source(Protocol):
    """What holds the photos of one data set.

    Attributes
    ----------
    entries : list of Entry
        All photos.
    content : str
        Tells one content from another without reading it all; empty if that cannot be done.
    """

    entries: list[Entry]
    content: str

    def read(self, keys: Sequence[Any]) -> Iterator[bytes | np.ndarray]:
        """Read photos.

        Parameters
        ----------
        keys : sequence
            Keys of entries, all of one split.

        Yields
        ------
        bytes or np.ndarray
            Each photo as a JPEG, or as uint8 RGB (H, W, 3).

        Raises
        ------
        Damaged
            If a file is not what was once written.
        """


class ZipSource:
    """A prepared zip: ``<split>/<class>/<file>.jpg``, or ``<split>/<file>.jpg`` without classes.

    Parameters
    ----------
    path : Path
        The zip.

    Attributes
    ----------
    entries, content
        See `Source`.
    """

    def __init__(self, path: Path):
        self.path = path

    @cached_property
    def _table(self) -> list[tuple[str, int, int]]:
        """Name, size and CRC of each file."""
        try:
            with zipfile.ZipFile(self.path) as archive:
                return _table(archive)
        except _DAMAGE as error:
            raise Damaged(self.path, error) from error

    @property
    def content(self) -> str:
        """The digest of names, sizes and CRCs.

        Returns
        -------
        str
            See `Source`.
        """
        return _digest(self._table)

    @property
    def entries(self) -> list[Entry]:
        """All photos; the keys are their names in the zip.

        Returns
        -------
        list of Entry
            See `Source`.
        """
        parts = [(name.split("/"), name) for name, *_ in self._table if name[-1] != "/"]
        return [
            Entry(split_of(p[0]) or p[0], p[1] if len(p) > 2 else "photo", name)
            for p, name in parts
        ]

    def read(self, keys: Sequence[str]) -> Iterator[bytes]:
        """Read photos, see `Source`.

        Parameters
        ----------
        keys : sequence of str
            Names in the zip.

        Yields
        ------
        bytes
            Each photo as a JPEG.

        Raises
        ------
        Damaged
            If the zip is not what was once written.
        """
        try:
            with zipfile.ZipFile(self.path) as archive:
                yield from map(archive.read, keys)  # zipfile checks the CRC of each
        except _DAMAGE as error:
            raise Damaged(self.path, error) from error


class ArraySource:
    """Prepared arrays: train.npz and test.npz with ``rgb``, ``labels`` and ``class_names``.

    Parameters
    ----------
    folder : Path
        Where both are.

    Attributes
    ----------
    entries, content
        See `Source`.
    """

    def __init__(self, folder: Path):
        self.folder = folder

    @property
    def content(self) -> str:
        """The digest of the CRCs of both files.

        Returns
        -------
        str
            See `Source`.
        """
        try:
            tables = []
            for file in _ARRAYS.values():
                with zipfile.ZipFile(self.folder / file) as archive:
                    tables += _table(archive)
            return _digest(tables)
        except _DAMAGE as error:
            raise Damaged(self.folder / file, error) from error

    @property
    def entries(self) -> list[Entry]:
        """All photos; the keys are the file and the row in it.

        Returns
        -------
        list of Entry
            See `Source`.
        """
        found = []
        for split, file in _ARRAYS.items():
            labels, names = self._arrays(file, "labels", "class_names")
            found += [Entry(split, str(names[n]), (file, i)) for i, n in enumerate(labels)]
        return found

    def read(self, keys: Sequence[tuple[str, int]]) -> Iterator[np.ndarray]:
        """Read photos, see `Source`.

        Parameters
        ----------
        keys : sequence of (str, int)
            File and row, all of one file.

        Yields
        ------
        np.ndarray
            Each photo, uint8 (32, 32, 3).

        Raises
        ------
        Damaged
            If the file is not what was once written.
        """
        (rgb,) = self._arrays(keys[0][0], "rgb")
        yield from (rgb[row] for _, row in keys)

    def _arrays(self, file: str, *names: str) -> list[np.ndarray]:
        try:
            with np.load(self.folder / file, allow_pickle=False) as arrays:
                return [arrays[name] for name in names]
        except _DAMAGE as error:
            raise Damaged(self.folder / file, error) from error


class FileSource:
    """Photo files that come with a package.

    Parameters
    ----------
    kinds : mapping of Path to (str, str)
        Split and class of each file; files that do not exist are left out.

    Attributes
    ----------
    entries, content
        See `Source`.
    """

    content = ""

    def __init__(self, kinds: Mapping[Path, tuple[str, str]]):
        self.entries = [Entry(*rest, file) for file, rest in kinds.items() if file.exists()]

    def read(self, keys: Sequence[Path]) -> Iterator[np.ndarray]:
        """Read photos, see `Source`.

        Parameters
        ----------
        keys : sequence of Path
            The files.

        Yields
        ------
        np.ndarray
            Each photo, uint8 RGB (H, W, 3).
        """
        yield from map(photos.read, keys)


def open_folder(folder: Path) -> Source | None:
    """Open what was prepared in a folder of the cache.

    Only names are looked at: that a file is damaged shows when it is read.

    Parameters
    ----------
    folder : Path
        The folder, called as the zip in it.

    Returns
    -------
    Source or None
        None if nothing is there, or not all of it: the manifest is written last and vouches for the
        rest.
    """
    if not (folder / "manifest.csv").is_file():
        return None
    packed = folder / f"{folder.name}.zip"
    if packed.is_file():
        return ZipSource(packed)
    return (
        ArraySource(folder)
        if all(map(_holds_rgb, map(folder.joinpath, _ARRAYS.values())))
        else None
    )


def _holds_rgb(file: Path) -> bool:
    """Say whether arrays are as we write them; what is no archive, reading will name."""
    try:
        with zipfile.ZipFile(file) as archive:
            return "rgb.npy" in archive.namelist()
    except zipfile.BadZipFile:
        return True
    except OSError:
        return False


def _table(archive: zipfile.ZipFile) -> list[tuple[str, int, int]]:
    return [(info.filename, info.file_size, info.CRC) for info in archive.infolist()]


def _digest(table: list[tuple[str, int, int]]) -> str:
    return hashlib.sha256(repr(table).encode()).hexdigest()


def faults(folder: Path) -> list[str]:
    """Compare a prepared folder with its manifest.

    Parameters
    ----------
    folder : Path
        The folder, called as the zip in it.

    Returns
    -------
    list of str
        What differs, one line each; empty if nothing does.
    """
    path, found = folder / f"{folder.name}.zip", []
    try:
        with contextlib.ExitStack() as stack:
            manifest = open(folder / "manifest.csv", newline="", encoding="utf-8")
            rows = [*csv.DictReader(stack.enter_context(manifest))]
            if not rows or not {"file", "sha256", "split"} <= rows[0].keys():
                return [f"{manifest.name}: no rows, or columns missing"]
            archive = stack.enter_context(zipfile.ZipFile(path)) if path.is_file() else None
            for row in rows:
                file = row["file"]
                try:
                    data = archive.read(file) if archive else (folder / file).read_bytes()
                except _DAMAGE as error:
                    found.append(f"{file}: {error}")
                else:
                    if hashlib.sha256(data).hexdigest() != row["sha256"]:
                        found.append(f"{file}: its SHA-256 is not the manifest's")
            if archive and (extra := set(archive.namelist()) - {row["file"] for row in rows}):
                found.append(f"{path}: {len(extra)} files that the manifest does not name")
    except _DAMAGE as error:
        found.append(f"{folder}: {error}")
    return found


def to_rgb(item: bytes | np.ndarray) -> np.ndarray:
    """Decode one item that a source has read.

    Parameters
    ----------
    item : bytes or np.ndarray
        What `Source.read` yields.

    Returns
    -------
    np.ndarray
        The photo, uint8 RGB (H, W, 3).
    """
    if isinstance(item, np.ndarray):
        return item
    # Ours are plain JPEGs whose CRC was checked; the care of photos.read with foreign files takes
    # half of the time.
    with Image.open(BytesIO(item), formats=("JPEG",)) as image:
        return np.asarray(image) if image.mode == "RGB" else photos.read(item)
