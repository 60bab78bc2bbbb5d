"""The photos inside an archive or folder, one after the other; nothing is ever unpacked to disk."""

import bz2
import gzip
import lzma
import re
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

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
    """An archive that is broken, or that tries to do what an archive of photos has no need to do."""


@dataclass(frozen=True)
class Limits:
    """What an honest archive of photos stays below; photos hardly compress, so the ratio is a sure sign."""

    members: int = 1_000_000
    total: int = 100 * 2**30  # bytes, unpacked
    member: int = 2**30
    ratio: int = 50
    free: int = 100 * 2**20  # below this total the ratio does not matter


def is_photo(name: str) -> bool:
    """True for the name of a photo file; hidden files and macOS leftovers are none."""
    path = PurePosixPath(name)
    return path.suffix.lower() in photos.SUFFIXES and not any(
        part.startswith(".") or part == "__MACOSX" for part in path.parts
    )


def members(
    path: Path, wanted: Callable[[str], bool] = is_photo, limits: Limits = Limits()
) -> Iterator[tuple[str, bytes]]:
    """Name (with /) and bytes of each wanted file in a folder, zip or tar (plain, gz, bz2, xz).

    Raises ArchiveError for a broken archive, a member that points outside, a link, a device, or a bomb.
    """
    path = Path(path)
    if path.is_dir():
        yield from _folder(path, wanted)
        return
    if not path.is_file():
        raise DatasetError(f"{path}: no such file or folder")
    try:
        yield from (_zip if zipfile.is_zipfile(path) else _tar)(path, wanted, limits)
    except _BROKEN as error:
        raise ArchiveError(
            f"{path}: broken archive, or none at all ({error or type(error).__name__}); fetch it again"
        ) from error


def names(path: Path) -> list[str]:
    """Names of the photos in a folder or archive, none of which is read; raises as `members`."""
    found: list[str] = []
    for _ in members(
        path, lambda name: is_photo(name) and found.append(name)
    ):  # append says no to each
        pass
    return found


def _folder(path: Path, wanted) -> Iterator[tuple[str, bytes]]:
    for file in photos.find(path):
        name = file.relative_to(path).as_posix()
        if wanted(name):
            yield name, file.read_bytes()


def _zip(path: Path, wanted, limits: Limits) -> Iterator[tuple[str, bytes]]:
    budget = _Budget(path, limits)
    with zipfile.ZipFile(path) as archive:
        infos = archive.infolist()
        for (
            info
        ) in infos:  # the whole table first: nothing is read from an archive with one bad entry
            mode = stat.S_IFMT(info.external_attr >> 16)
            budget.member(info.filename, info.file_size)
            budget.spend(info.file_size)
            if mode not in (0, stat.S_IFREG, stat.S_IFDIR):
                budget.refuse(f"member {info.filename!r} is a link or a device")
            if info.flag_bits & 1:
                budget.refuse(f"member {info.filename!r} is encrypted")
        for info in infos:
            if not info.is_dir() and wanted(_slashes(info.filename)):
                yield (
                    _slashes(info.filename),
                    archive.read(info),
                )  # never more than file_size, CRC checked


def _tar(path: Path, wanted, limits: Limits) -> Iterator[tuple[str, bytes]]:
    budget = _Budget(path, limits)
    with open(path, "rb") as file:
        opener = _OPEN.get(file.read(2), open)
    # As a stream, through the budget: headers and skipped members count too, before they fill memory.
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
        while archive.fileobj.read(2**20):  # to the end, where gzip's checksum is
            pass


class _Metered:
    """A file that stops when its budget is spent."""

    def __init__(self, file, budget):
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

    def refuse(self, reason: str):
        raise ArchiveError(f"{self.path}: {reason}; refused, do not use this archive")

    def member(self, name: str, size: int) -> None:
        self.count += 1
        if self.count > self.limits.members:
            self.refuse(f"more than {self.limits.members:,} members")
        if size > self.limits.member:
            self.refuse(f"member {name!r} is {size:,} bytes")
        if (
            re.match(r"/|[A-Za-z]:", _slashes(name))
            or ".." in _slashes(name).split("/")
            or "\0" in name
        ):
            self.refuse(f"member {name!r} leaves the folder")

    def spend(self, size: int) -> None:
        self.total += size
        if self.total > self.most:
            self.refuse(f"unpacks to more than {self.most:,} bytes")


def _slashes(name: str) -> str:
    return name.replace("\\", "/")
