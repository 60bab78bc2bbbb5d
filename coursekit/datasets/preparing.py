"""Data sets into the cache: fetched or given, under a lock, each in its own folder."""

import hashlib
import os
import re
import shutil
import tempfile
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from filelock import FileLock

from coursekit import files

from . import archive, cifar, registry
from .archive import ArchiveError
from .cache import SPLITS, complete
from .pack import Place, pack
from .registry import DatasetError

OWN_SIDE = 256


def prepare(
    name: str,
    file: str | os.PathLike | None = None,
    side: int | None = None,
    again: bool = False,
    progress: bool = True,
) -> Path:
    """Fetch a data set, check it, and write its photos, made small, into the cache; nothing to do if there.

    Parameters
    ----------
    name : a data set of `list()`
    file : an archive or folder that you already have, instead of a download; replaces what is in the cache
    side : short side of the photos in the cache, pixels; the card's (128 or 256) by default
    again : make it anew

    Returns
    -------
    Path of the folder

    Raises
    ------
    DatasetError : no network, a broken or wrong file, a cache that cannot be written; says the way out
    """
    card = registry.card(name)
    folder = files.location() / name
    if card.fetch == "built in":
        return folder
    again = again or file is not None or side is not None
    if not again and folder.is_dir() and complete(folder):
        return folder
    if file is None and card.fetch == "by hand":
        raise DatasetError(
            f"{name} cannot be fetched by a program. {card.steps.removesuffix('.')}: {card.home} "
            f"Then run `coursekit data get {name} --from FILE`."
        )
    files.writable(folder)
    with _lock(folder, progress):
        if not again and complete(folder):  # another process was quicker
            return folder
        source = _given(card, file) if file is not None else _fetch(card, folder, progress)
        try:
            if card.arrays:
                cifar.write(source, folder)
            else:
                pack(source, folder, _by_card(card), side or card.side, card.keep_grey, progress)
        except ArchiveError:
            if file is None:
                source.unlink()  # what we fetched and cannot use
            raise
        if file is None:
            shutil.rmtree(source.parent)  # the archive has done its work
    return folder


def prepare_own(source: Path, again: bool = False, progress: bool = True) -> Path:
    """Pack a reader's own folder or archive of photos into the cache, unless nothing changed since it was."""
    source = source.resolve()
    digest = hashlib.sha256(str(source).encode()).hexdigest()[:8]
    stem = re.sub(r"[^\w-]", "_", source.stem)[:40]
    name = f"{stem}-{digest}"
    names = archive.names(source)
    try:
        folder = files.writable(files.location() / "own" / name)
    except files.FolderError:  # a cache for reading only must not keep people from their own photos
        folder = files.writable(Path(tempfile.gettempdir()) / f"coursekit-{os.getpid()}" / name)
    state = _state(source, names)
    with _lock(folder, progress):
        mark = folder / "state.txt"
        if again or not complete(folder) or not mark.is_file() or mark.read_text() != state:
            mark.unlink(
                missing_ok=True
            )  # written last, so a killed run does not pass for a whole one
            pack(source, folder, _by_folder(names), OWN_SIDE, True, progress)
            mark.write_text(state)
    return folder


def _given(card: registry.Card, file: str | os.PathLike) -> Path:
    file = Path(file).expanduser()
    if card.sha256 and file.is_file():
        with open(file, "rb") as stream:
            if hashlib.file_digest(stream, "sha256").hexdigest() != card.sha256:
                text = f"{file}: its SHA-256 is not the card's; another edition of {card.name}, or damaged"
                warnings.warn(text, stacklevel=3)
    return file


def _fetch(card: registry.Card, folder: Path, progress: bool) -> Path:
    from . import download

    return download.fetch(card, folder / "download", progress)


@contextmanager
def _lock(folder: Path, progress: bool) -> Iterator[None]:
    """One process at a time; the system frees the lock of a process that dies."""
    lock = FileLock(folder / ".lock")
    try:
        lock.acquire(timeout=0.2)
    except TimeoutError:
        if progress:
            print(f"{folder.name}: another process is preparing it; waiting")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _by_card(card: registry.Card) -> Place:
    def place_of(name: str):
        match = re.fullmatch(card.pattern, name, re.IGNORECASE)
        if not match:
            return None
        found = match.groupdict()
        kind = found.get("cls") or "photo"
        split = found.get("split")
        return split and SPLITS[split.lower()], card.rename.get(kind, kind.lower())

    return place_of


def _by_folder(names: list[str]) -> Place:
    """First sub-folder: the class; above it train and val or test, if both are there: the split."""
    folders = [PurePosixPath(name).parts[:-1] for name in names]
    strip = 0
    while len({f[strip : strip + 1] for f in folders}) == 1 and any(
        len(f) > strip + 1 for f in folders
    ):
        strip += 1  # one folder around everything says nothing
    tops = {parts[strip].lower() if len(parts) > strip else "" for parts in folders}
    own_split = {SPLITS.get(top) for top in tops} == {"train", "val"}

    def place_of(name: str):
        parts = PurePosixPath(name).parts[strip:-1]
        split, rest = (SPLITS[parts[0].lower()], parts[1:]) if own_split else (None, parts)
        return split, rest[0] if rest else "photo"

    return place_of


def _state(source: Path, names: list[str]) -> str:
    """What changes when the photos do: names, sizes, and times or (in a zip) checksums."""
    if source.is_dir():
        stats = [(name, (source / name).stat()) for name in names]
        parts = [(name, stat.st_size, stat.st_mtime_ns) for name, stat in stats]
    elif zipfile.is_zipfile(source):
        with zipfile.ZipFile(source) as file:
            parts = [(info.filename, info.file_size, info.CRC) for info in file.infolist()]
    else:
        parts = [(source.stat().st_size, source.stat().st_mtime_ns)]
    return hashlib.sha256(repr(sorted(parts)).encode()).hexdigest()
