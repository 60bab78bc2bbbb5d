"""The photos inside an archive or folder, one after the other; nothing is ever unpacked to disk."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import lzma
import os
import re
import stat
import tarfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NamedTuple, NoReturn

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


class Listing(NamedTuple):
    """What a folder or archive holds.

    Attributes
    ----------
    photos : list of str
        Paths inside, with ``/``.
    others : dict of str to int
        How many files of other kinds, by suffix in lower case; hidden ones do not count.
    """

    photos: list[str]
    others: dict[str, int]


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
    return PurePosixPath(name).suffix.lower() in photos.SUFFIXES and not _hidden(name)


def members(
    path: Path, wanted: Callable[[str], bool] = is_photo, limits: Limits = _HONEST
) -> Iterator[tuple[str, bytes | OSError]]:
    """Read the wanted files of a folder, zip or tar (plain, gz, bz2, xz), one after the other.

    Links in a folder are followed, each folder once; those in an archive are refused.

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
    data : bytes or OSError
        Content of the file; in a folder it may be the reason why it cannot be read.

    Raises
    ------
    ArchiveError
        If the archive is broken or a bomb, or a member is a link, a device, encrypted, or points
        outside.
    DatasetError
        If there is no such file or folder, a folder cannot be listed, or the name of a wanted file
        is not UTF-8.
    """
    path = Path(path)

    def ours(name: str) -> bool:
        return wanted(name) and _utf8(path, name)

    if path.is_dir():
        for name, file in _files(path):
            if ours(name):
                try:
                    yield name, file.read_bytes()
                except OSError as error:  # a link that leads nowhere, a file of somebody else
                    yield name, error
        return
    if not path.is_file():
        raise DatasetError(f"{path}: no such file or folder")
    try:
        yield from (_zip if zipfile.is_zipfile(path) else _tar)(path, ours, limits)
    except _BROKEN as error:
        raise ArchiveError(
            f"{path}: broken archive, or none at all ({error or type(error).__name__}); "
            "fetch it again"
        ) from error


def listing(path: Path) -> Listing:
    """List what is in a folder or archive without reading any file.

    Parameters
    ----------
    path : Path
        The folder or archive.

    Returns
    -------
    Listing
        The photos, and how many files of other kinds.

    Raises
    ------
    DatasetError
        As `members` does.
    """
    found, others = [], Counter()

    def note(name: str) -> bool:
        if is_photo(name):
            _utf8(path, name)
            found.append(name)
        elif not _hidden(name):
            others[PurePosixPath(name).suffix.lower() or "without suffix"] += 1
        return False

    for _ in members(path, note):
        pass
    return Listing(found, dict(others))


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
        shown = [file for name, file in _files(path) if is_photo(name)]
        # Of a link that leads nowhere, those of the link.
        stats = [(str(file), file.stat() if file.exists() else file.lstat()) for file in shown]
        parts = [(name, found.st_size, found.st_mtime_ns) for name, found in stats]
    elif not path.is_file():
        raise DatasetError(f"{path}: no such file or folder")
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as file:
            parts = [(info.filename, info.file_size, info.CRC) for info in file.infolist()]
    else:
        parts = [(path.stat().st_size, path.stat().st_mtime_ns)]
    return hashlib.sha256(repr(sorted(parts)).encode()).hexdigest()


def _files(folder: Path) -> list[tuple[str, Path]]:
    """List a folder's files by their path inside; links are followed, hidden files left out."""

    def stop(error: OSError) -> NoReturn:
        # os.walk would pass over the folder in silence.
        raise DatasetError(f"{error.filename}: cannot be listed ({error.strerror})") from error

    found, seen, waiting = [], set(), [folder]
    # Linked folders wait until all others are listed: so a link back up, or to a folder that is
    # there under its own name, finds it seen, and no photo comes in twice.
    while waiting:
        for parent, folders, names in os.walk(waiting.pop(0), onerror=stop):
            if (real := os.path.realpath(parent)) in seen:
                folders.clear()
                continue
            seen.add(real)
            shown = [Path(parent, name) for name in sorted(folders) if name[0] != "."]
            waiting += [path for path in shown if path.is_symlink()]
            folders[:] = [path.name for path in shown if not path.is_symlink()]
            found += [Path(parent, name) for name in names if name[0] != "."]
    return sorted((path.relative_to(folder).as_posix(), path) for path in found)


def _hidden(name: str) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in PurePosixPath(name).parts)


def _utf8(path: Path, name: str) -> bool:
    """Refuse a name that no zip or manifest could hold."""
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise DatasetError(
            f"{path}: the name {os.fsencode(name)!r} is not UTF-8, perhaps of an old system; "
            "rename it (convmv does a whole folder)"
        ) from error
    return True


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
