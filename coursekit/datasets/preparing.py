"""Data sets into the cache: fetched or given, under a lock, each in its own folder."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from filelock import FileLock

from coursekit import files

from . import archive, cifar, download, findings, registry
from .archive import ArchiveError
from .pack import Layout, pack
from .registry import Card, DatasetError
from .sources import open_folder, split_of

OWN_SIZE = 256
SORTING = 2  # counts up when folders become other classes or splits: own photos are packed anew


def prepare(
    name: str,
    file: str | os.PathLike | None = None,
    size: int | None = None,
    again: bool = False,
    progress: bool = True,
) -> Path:
    """Fetch a data set, check it, and write its photos, made small, into the cache.

    There is nothing to do if it is in the cache.

    Parameters
    ----------
    name : str
        One of `list`.
    file : str or path-like, optional
        An archive or folder that you already have, instead of a download; replaces what is in the
        cache.
    size : int, optional
        Short side of the photos in the cache, pixels; the card's (128 or 256) by default.
    again : bool
        Whether to make it anew.
    progress : bool
        Whether to show bars.

    Returns
    -------
    Path
        Folder of the set.

    Raises
    ------
    DatasetError
        If there is no network, or the file is broken or a wrong one; says the way out.
    FolderError
        If the cache cannot be written.
    """
    card = registry.card(name)
    folder = files.location() / name
    if card.fetch == "built in":
        return folder
    again = again or file is not None or size is not None
    if not again and open_folder(folder):
        return folder
    if file is None and card.fetch == "by hand":
        raise DatasetError(
            f"{name} cannot be fetched by a program. {card.steps.removesuffix('.')}: {card.home} "
            f"Then run `coursekit data get {name} --from PATH`."
        )
    files.writable(folder)
    with _lock(folder, progress):
        # Another process may have been quicker.
        if not again and open_folder(folder):
            return folder
        if file is None:
            source = download.fetch(card, folder / "download", progress)
        else:
            source = Path(file).expanduser()
            _compare(source, card)
        try:
            if card.arrays:
                cifar.write(source, folder)
            else:
                layout = Layout(_by_card(card), size or card.size, card.keep_grey, card.toned)
                pack(source, folder, layout, progress)
        except ArchiveError:
            if file is None:
                source.unlink()  # what we fetched and cannot use
            raise
        if file is None:
            shutil.rmtree(source.parent)  # the archive has done its work
    return folder


def prepare_own(source: Path, again: bool = False, progress: bool = True) -> Path:
    """Pack a reader's own photos into the cache, unless nothing changed since they were.

    Parameters
    ----------
    source : Path
        Folder or archive.
    again : bool
        Whether to make it anew.
    progress : bool
        Whether to show a bar.

    Returns
    -------
    Path
        Where they are: in the cache, or in a temporary folder where the cache is for reading only.

    Raises
    ------
    DatasetError
        If it does not exist, is broken, holds no photos, or a name in it is not UTF-8.

    Warns
    -----
    UserWarning
        Of what it holds that an owner may not expect, see `findings`; once, when it is packed.
    """
    source = source.resolve()
    stem = re.sub(r"[^\w-]", "_", source.stem)[:40]
    name = f"{stem}-{hashlib.sha256(os.fsencode(source)).hexdigest()[:8]}"
    state = f"{SORTING} {archive.state(source)}"
    folder = files.location() / "own" / name
    if not again and _mark(folder) == state:
        return folder
    try:
        files.writable(folder)
    except files.FolderError:  # which must not keep people from their own photos
        folder = files.writable(Path(tempfile.gettempdir()) / f"coursekit-{os.getpid()}" / name)
    with _lock(folder, progress):
        # Another process may have been quicker.
        if again or _mark(folder) != state:
            # Written last, so that a killed run does not pass for a whole one.
            (folder / "state.txt").unlink(missing_ok=True)
            inside = archive.listing(source)
            if not inside.photos:
                raise DatasetError(f"{source}: no photos; {findings.kinds(inside.others)}")
            sort, beside = _by_folder(inside.photos)
            packed = pack(source, folder, Layout(sort, OWN_SIZE, True, {}), progress)
            given = bool(sort(inside.photos[0])[0])
            findings.warn(source, inside.others, beside, packed, given)
            (folder / "state.txt").write_text(state)
    return folder


def _mark(folder: Path) -> str:
    """Read of which state the photos are that were packed into a folder."""
    mark = folder / "state.txt"
    return mark.read_text() if mark.is_file() else ""


def _compare(source: Path, card: Card) -> None:
    """Warn if a given file is not the one that the card describes."""
    if card.sha256 and source.is_file():
        with open(source, "rb") as stream:
            if hashlib.file_digest(stream, "sha256").hexdigest() != card.sha256:
                text = f"its SHA-256 is not the card's; another edition of {card.name}, or damaged"
                warnings.warn(f"{source}: {text}", stacklevel=3)


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
    # Nobody else writes here now, so this is what a killed process left.
    for left in folder.glob(".*.part"):
        left.unlink()
    try:
        yield
    finally:
        lock.release()


def _by_card(card: Card) -> Callable[[str], tuple[str, str] | None]:
    """Sort photos by what the card says of paths."""

    def sort(name: str) -> tuple[str, str] | None:
        match = re.fullmatch(card.pattern, name, re.IGNORECASE)
        if not match:
            return None
        found = match.groupdict("")
        kind = found.get("cls", "photo") + found.get("part", "")
        split = split_of(found["split"]) if found.get("split") else card.split
        return split, card.rename.get(kind, kind.lower())

    return sort


def _by_folder(names: list[str]) -> tuple[Callable[[str], tuple[str, str]], list[str]]:
    """Sort photos by folder: the first is the class; above it may be the split, train and val.

    The second is what lies beside folders of both splits, so that they are classes after all.
    """
    folders = [PurePosixPath(name).parts[:-1] for name in names]
    # One folder around everything says nothing.
    strip = 0
    while len({f[strip : strip + 1] for f in folders}) == 1 and any(
        len(f) > strip + 1 for f in folders
    ):
        strip += 1
    tops = {parts[strip] if len(parts) > strip else "" for parts in folders}
    splits = {split_of(top) for top in tops}
    beside = [top or "photos" for top in sorted(tops) if not split_of(top)]

    def sort(name: str) -> tuple[str, str]:
        parts = PurePosixPath(name).parts[strip:-1]
        if splits != {"train", "val"}:
            return "", parts[0] if parts else "photo"
        split, *rest = parts
        # Archives like to hold training_set/training_set/cats.
        while rest and split_of(rest[0]) == split_of(split):
            rest.pop(0)
        return split_of(split), rest[0] if rest else "photo"

    return sort, beside if {"train", "val"} < splits else []
