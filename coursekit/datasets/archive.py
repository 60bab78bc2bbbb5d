"""The photos inside an archive or folder, one after the other; nothing is ever unpacked to disk."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import lzma
import re
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NoReturn

from coursekit import photos

from .registry import DatasetError

_OPEN = {b"\x1f\x8b": gzip.open, b"BZ": bz2.open, b"\xfd7": lzma.open}
_BROKEN = (
    EOFError,
    OSError,
    zlib.error,
    lzma.LZMAError,
    tarfile.TarError,
    zipfile.BadZipFile,
    NotImplementedError,
)


class ArchiveError(DatasetError):
    """An archive that is broken, or does what an archive of photos has no need to do."""


@dataclass(frozen=True)
class Limits:
    """What an honest archive of photos stays below.

    Attributes
    ----------
    members : int
        How many files.
    total, member : int
        Bytes of all and of one, unpacked.
    ratio : int
        Bytes unpacked for one packed: photos hardly compress, so a high ratio is a sure sign of a
        bomb.
    free : int
        Bytes below which the ratio does not matter.
    """

    members: int = 1_000_000
    total: int = 100 * 2**30
    member: int = 2**30
    ratio: int = 50
    free: int = 100 * 2**20


_HONEST = Limits()


def is_photo(name: str) -> bool:
    """Tell photos by their file names.

    Parameters
    ----------
    name : str
        Path inside an archive or folder, with ``/``.

    Returns
    -------
    bool
        True for the suffix of a photo; hidden files and macOS leftovers are none.

    Examples
    --------
    >>> [is_photo(name) for name in ("a/1.JPG", "a/.1.jpg", "__MACOSX/a/._1.jpg", "notes.txt")]
    [True, False, False, False]
    """
    path = PurePosixPath(name)
    return path.suffix.lower() in photos.SUFFIXES and not any(
        part.startswith(".") or part == "__MACOSX" for part in path.parts
    )


def members(
    path: Path, wanted: Callable[[str], bool] = is_photo, limits: Limits = _HONEST
) -> Iterator[tuple[str, bytes]]:
    """Read the wanted files of a folder, zip or tar (plain, gz, bz2, xz), one after the other.

    Parameters
    ----------
    path : Path
        The folder or archive.
    wanted : callable
        Says of a name whether its file is to be read.
    limits : Limits
        What the archive must stay below, its other members included.

    Yields
    ------
    name : str
        Path inside, with ``/``.
    data : bytes
        Content of the file.

    Raises
    ------
    ArchiveError
        If the archive is broken or a bomb, or a member is a link, a device, encrypted, or points
        outside.
    DatasetError
        If there is no such file or folder.
    """
    path = Path(path)
    if path.is_dir():
        for file in photos.find(path):
            name = file.relative_to(path).as_posix()
            if wanted(name):
                yield name, file.read_bytes()
        return
    if not path.is_file():
        raise DatasetError(f"{path}: no such file or folder")
    try:
        yield from (_zip if zipfile.is_zipfile(path) else _tar)(path, wanted, limits)
    except _BROKEN as error:
        raise ArchiveError(
            f"{path}: broken archive, or none at all ({error or type(error).__name__}); "
            "fetch it again"
        ) from error


def names(path: Path) -> list[str]:
    """List the photos in a folder or archive without reading any.

    Parameters
    ----------
    path : Path
        The folder or archive.

    Returns
    -------
    list of str
        Paths inside, with ``/``.

    Raises
    ------
    DatasetError
        As `members` does.
    """
    found: list[str] = []
    # append returns None, so every photo is noted and none is wanted
    for _ in members(path, lambda name: is_photo(name) and found.append(name)):
        pass
    return found


def state(path: Path) -> str:
    """Tell one content of a folder or archive from another without reading it all.

    Parameters
    ----------
    path : Path
        The folder or archive.

    Returns
    -------
    str
        A digest that changes when the photos do: of names, sizes, and times or (in a zip)
        checksums.

    Raises
    ------
    DatasetError
        If there is no such file or folder.
    """
    if path.is_dir():
        stats = [(str(file), file.stat()) for file in photos.find(path)]
        parts = [(name, found.st_size, found.st_mtime_ns) for name, found in stats]
    elif not path.is_file():
        raise DatasetError(f"{path}: no such file or folder")
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as file:
            parts = [(info.filename, info.file_size, info.CRC) for info in file.infolist()]
    else:
        parts = [(path.stat().st_size, path.stat().st_mtime_ns)]
    return hashlib.sha256(repr(sorted(parts)).encode()).hexdigest()


def _zip(path: Path, wanted: Callable[[str], bool], limits: Limits) -> Iterator[tuple[str, bytes]]:
    budget = _Budget(path, limits)
    with zipfile.ZipFile(path) as archive:
        infos = archive.infolist()
        # the whole table first: nothing is read from an archive with one bad entry
        for info in infos:
            mode = stat.S_IFMT(info.external_attr >> 16)
            budget.member(info.filename, info.file_size)
            budget.spend(info.file_size)
            if mode not in (0, stat.S_IFREG, stat.S_IFDIR):
                budget.refuse(f"member {info.filename!r} is a link or a device")
            if info.flag_bits & 1:
                budget.refuse(f"member {info.filename!r} is encrypted")
        for info in infos:
            name = _slashes(info.filename)
            if not info.is_dir() and wanted(name):
                # zipfile gives never more than file_size, and checks the CRC
                yield name, archive.read(info)


def _tar(path: Path, wanted: Callable[[str], bool], limits: Limits) -> Iterator[tuple[str, bytes]]:
    budget = _Budget(path, limits)
    with open(path, "rb") as file:
        opener = _OPEN.get(file.read(2), open)
    # As a stream, through the budget: headers and skipped members count too, before they fill
    # memory.
    with (
        opener(path, "rb") as file,
        tarfile.open(fileobj=_Metered(file, budget), mode="r|") as archive,
    ):
        for member in archive:
            budget.member(member.name, member.size)
            if not (member.isreg() or member.isdir()) or member.issparse():
                budget.refuse(f"member {member.name!r} is a link or a device")
            if member.isreg() and wanted(_slashes(member.name)):
                yield _slashes(member.name), archive.extractfile(member).read()
        # to the end, where gzip's checksum is
        while archive.fileobj.read(2**20):
            pass


class _Metered:
    """A file that stops when its budget is spent."""

    def __init__(self, file: BinaryIO, budget: _Budget):
        self.file, self.budget = file, budget

    def read(self, size: int) -> bytes:
        data = self.file.read(size)
        self.budget.spend(len(data))
        return data


class _Budget:
    """Counts what comes out of an archive and refuses it when that is too much."""

    def __init__(self, path: Path, limits: Limits):
        self.path, self.limits, self.count, self.total = path, limits, 0, 0
        self.most = min(limits.total, max(limits.free, limits.ratio * path.stat().st_size))

    def refuse(self, reason: str) -> NoReturn:
        raise ArchiveError(f"{self.path}: {reason}; refused, do not use this archive")

    def member(self, name: str, size: int) -> None:
        self.count += 1
        if self.count > self.limits.members:
            self.refuse(f"more than {self.limits.members:,} members")
        if size > self.limits.member:
            self.refuse(f"member {name!r} is {size:,} bytes")
        path = _slashes(name)
        if re.match(r"/|[A-Za-z]:", path) or ".." in path.split("/") or "\0" in name:
            self.refuse(f"member {name!r} leaves the folder")

    def spend(self, size: int) -> None:
        self.total += size
        if self.total > self.most:
            self.refuse(f"unpacks to more than {self.most:,} bytes")


def _slashes(name: str) -> str:
    return name.replace("\\", "/")
