"""From photos as they are kept to arrays: which photos, in which order, how large.

scikit-image's data module is imported where it is used: most loads do without it.
"""

from __future__ import annotations

import csv
import os
import warnings
import zlib
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any

import numpy as np
from tqdm.auto import tqdm

from coursekit import files, photos

from . import array_cache, download, registry, scenes
from .preparing import prepare, prepare_own
from .registry import Card, DatasetError, closest
from .sources import Damaged, Entry, FileSource, Source, open_folder, to_rgb

SPLITS = ("train", "val")

OLD_PHOTOGRAPHS = Path(__file__).parent / "old_photographs"

# scikit-image's colour photographs that its wheel contains: file -> split, class.
_SKIMAGE = {
    "astronaut.png": ("train", "everyday"),
    "chelsea.png": ("train", "everyday"),
    "coffee.png": ("val", "everyday"),
    "hubble_deep_field.jpg": ("train", "scientific"),
    "ihc.png": ("train", "scientific"),
    "motorcycle_left.png": ("train", "everyday"),
    "retina.jpg": ("val", "scientific"),
    "rocket.jpg": ("train", "everyday"),
}


def load(
    name: str | os.PathLike,
    split: str = "train",
    size: int = 64,
    classes: Iterable[str] | None = None,
    limit: int | None = None,
    seed: int = 0,
    progress: bool = True,
    on_disk: bool = False,
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Load photos of a data set as centre-cropped squares, in an order that mixes the classes.

    A set that is not in the cache yet is fetched first (see `prepare`).

    Parameters
    ----------
    name : str or path-like
        A data set of `list`, or the path of a folder or zip of photos whose sub-folders are
        classes; above them may stand folders of both splits, by any common name. What such photos
        turn out to be is said in warnings when they are first loaded.
    split : str
        "train" or "val".
    size : int
        Pixels; the largest centred square is resized with antialiasing.
    classes : iterable of str, optional
        Names of the classes wanted, in the order of their labels; by default all, by name.
    limit : int, optional
        Number of photos, as equal a number of each class as there are. A smaller limit with the
        same seed gives a subset of a larger one.
    seed : int
        Decides which photos ``limit`` takes, and the order of all.
    progress : bool
        Whether to show a bar where it takes long.
    on_disk : bool
        For more photos than memory holds: they are decoded into a file in the cache's folder
        ``on_disk``, which stays there until you delete it, and only those that are looked at are
        read.

    Returns
    -------
    rgb : np.ndarray
        Uint8 (N, size, size, 3), with ``on_disk`` a read-only `numpy.memmap`.
    labels : np.ndarray
        Int64 (N,), places in the names.
    names : list of str
        Names of the classes.

    Raises
    ------
    DatasetError
        If the set, split or a class is unknown, limit or size out of range, the set not cached and
        not to be had, or there is no room on the disk; also for scenes with ``on_disk``, for they
        are drawn in memory.
    FolderError
        If the cache cannot be written.

    Examples
    --------
    >>> rgb, labels, names = load("skimage", "val", size=32)
    >>> rgb.shape, sorted(names[label] for label in labels)
    ((2, 32, 32, 3), ['everyday', 'scientific'])
    """
    _check(split, size, limit, seed)
    if classes is not None:
        classes = [classes] if isinstance(classes, str) else [*classes]
    if name == "scenes":
        if on_disk:
            raise DatasetError(
                "scenes are drawn in memory: leave out on_disk, or draw parts with "
                "scenes.draw(first=…)"
            )
        return _draw(split, size, classes, limit, seed)

    # Open the source, choose, decode, shuffle: a second time, if what is stored is damaged.
    def arrays(again: bool) -> tuple[np.ndarray, np.ndarray, list[str]]:
        source = open_source(name, again, progress)
        names, chosen = _choose(name, source.entries, split, classes, limit, seed)
        labels = np.array([names.index(entry.kind) for entry in chosen], np.int64)
        keys = [entry.key for entry in chosen]
        order = np.random.default_rng(seed).permutation(len(keys))
        fill = partial(_decode, source, str(name) if progress else "")
        if on_disk:
            keys = [keys[i] for i in order]
            rgb, enlarged = array_cache.on_disk(source.content, keys, size, fill)
        else:
            # Shuffled last, so that all seeds share what is remembered.
            rgb, enlarged = array_cache.recall(source.content, keys, size, fill)
            rgb = rgb[order]
        if enlarged:
            text = (
                f"{name}: {enlarged:,} of {len(keys):,} photos are smaller than size={size} "
                "and were enlarged"
            )
            warnings.warn(text, stacklevel=3)
        return rgb, labels[order], names

    try:
        return arrays(again=False)
    except Damaged as damage:
        warnings.warn(f"{name}: {damage}; it is made anew", stacklevel=2)
        try:
            return arrays(again=True)
        except (Damaged, DatasetError, files.FolderError) as error:
            raise DatasetError(f"{name}: {damage}, and could not be made anew: {error}") from error


def open_source(name: str | os.PathLike, again: bool = False, progress: bool = True) -> Source:
    """Open what holds the photos of a data set; if need be, they are fetched or packed first.

    Parameters
    ----------
    name : str or path-like
        A data set of `list`, but "scenes", or the path of a folder or archive of photos.
    again : bool
        Whether to make what is in the cache anew.
    progress : bool
        Whether to show bars.

    Returns
    -------
    Source
        Its entries, and a way to read them.

    Raises
    ------
    DatasetError
        If there is no such set, or it is not to be had.
    FolderError
        If the cache cannot be written.
    Damaged
        If its files are gone from the cache.
    """
    found = registry.find(name)
    if isinstance(found, Path):
        folder = prepare_own(found, again, progress)
    elif found.fetch == "built in":
        return _built_in(found)
    else:
        folder = files.location() / found.name
        if not again and (source := open_folder(folder)):
            return source
        prepare(found.name, again=again, progress=progress)
    source = open_folder(folder)
    if source is None:
        raise Damaged(folder, "files are missing")
    return source


def available(name: str | os.PathLike) -> bool:
    """Say whether a set can be loaded without a network.

    Parameters
    ----------
    name : str or path-like
        A data set of `list`, or a path.

    Returns
    -------
    bool
        True for a built-in set, one that is in the cache, and an existing folder or archive.

    Raises
    ------
    DatasetError
        If there is no such set.
    """
    found = registry.find(name)
    return found.exists() if isinstance(found, Path) else download.ready(found)


def choose(*names: str | os.PathLike) -> str | os.PathLike:
    """Choose the first set that is cached, or can be fetched now.

    It asks the sets' servers, but never if ``COURSEKIT_OFFLINE`` is set.

    Parameters
    ----------
    *names : str or path-like
        Data sets of `list`, or paths; end with "scenes", which always works.

    Returns
    -------
    str or path-like
        One of the names.

    Raises
    ------
    DatasetError
        If there is none.

    Examples
    --------
    >>> choose("scenes", "skimage")
    'scenes'
    """
    for name in names:
        found = registry.find(name)
        fetched = isinstance(found, Card) and found.fetch == "download"
        if available(name) or (fetched and download.reachable(found)):
            return name
    raise DatasetError(
        f"none of {', '.join(map(str, names))} is cached or can be fetched now; add 'scenes'"
    )


def _check(split: str, size: int, limit: int | None, seed: int) -> None:
    if split not in SPLITS:
        raise DatasetError(
            f'no split {split!r}{closest(split, SPLITS)}; there are "train" and "val"'
        )
    for what, value, least in (("size", size, 1), ("limit", limit, 1), ("seed", seed, 0)):
        if value is None and what == "limit":
            continue
        # True is an int too.
        whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
        if not (whole and value >= least):
            raise DatasetError(f"{what}={value!r}: give a whole number of at least {least}")


def _built_in(card: Card) -> FileSource:
    if card.name == "skimage":
        import skimage.data

        folder = Path(skimage.data.__file__).parent
        return FileSource({folder / file: rest for file, rest in _SKIMAGE.items()})
    with open(OLD_PHOTOGRAPHS / "photos.csv", newline="", encoding="utf-8") as file:
        rows = [*csv.DictReader(file)]
    return FileSource({OLD_PHOTOGRAPHS / row["file"]: ("val", row["class"]) for row in rows})


def _draw(
    split: str, size: int, classes: list[str] | None, limit: int | None, seed: int
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Scenes as `load` returns them; train and val are drawn with seeds of their own."""
    names = [*scenes.KINDS] if classes is None else _wanted("scenes", classes, scenes.KINDS)
    count = limit or (2000 if split == "train" else 500)
    drawn = scenes.draw(count, size=size, kinds=names, seed=2 * seed + SPLITS.index(split))
    labels = [names.index(scenes.KINDS[label]) for label in drawn.labels]
    return drawn.rgb, np.array(labels, np.int64), names


def _wanted(name: str, classes: list[str], known: Iterable[str]) -> list[str]:
    """Check that there are such classes, and return them."""
    known = sorted(known)
    for wanted in classes:
        if wanted not in known:
            there = ", ".join(known)
            raise DatasetError(
                f"{name} has no class {wanted!r}{closest(wanted, known)}; it has: {there}"
            )
    if len(set(classes)) < len(classes) or not classes:
        raise DatasetError(
            f"classes={classes!r}: name each class once, at least one, or pass None for all"
        )
    return classes


def _choose(
    name: str | os.PathLike,
    entries: list[Entry],
    split: str,
    classes: list[str] | None,
    limit: int | None,
    seed: int,
) -> tuple[list[str], list[Entry]]:
    """Choose photos: the names of the classes, and the entries in the order of their keys."""
    there = sorted({entry.split for entry in entries})
    if split not in there:
        raise DatasetError(
            f'{name} has no "{split}" photos, only: {", ".join(there) or "none at all"}'
        )
    known = {entry.kind for entry in entries}
    names = sorted(known) if classes is None else _wanted(name, classes, known)
    # Each class is shuffled by its own generator, then they are dealt out in turn: so a limit takes
    # equally of all, and neither another limit nor other classes change which photos come first.
    piles = []
    for kind in names:
        pile = [entry for entry in entries if (entry.split, entry.kind) == (split, kind)]
        pile.sort(key=lambda entry: str(entry.key))
        order = np.random.default_rng([seed, zlib.crc32(kind.encode())]).permutation(len(pile))
        piles.append([pile[i] for i in order])
    dealt = [entry for turn in zip_longest(*piles) for entry in turn if entry is not None]
    if limit is not None and limit > len(dealt):
        raise DatasetError(
            f'limit={limit}: {name} has {len(dealt):,} "{split}" photos of {", ".join(names)}; '
            f"pass at most {len(dealt)}, or None for all"
        )
    return names, sorted(dealt[:limit], key=lambda entry: str(entry.key))


def _decode(source: Source, title: str, keys: Sequence[Any], rgb: np.ndarray) -> int:
    """Decode photos into ``rgb``, uint8 (N, size, size, 3); return how many had to be enlarged."""
    count, size = rgb.shape[:2]
    items = iter(source.read(keys))

    def some(start: int, chunk: list) -> int:
        enlarged = 0
        for i, item in enumerate(chunk, start):
            photo = to_rgb(item)
            enlarged += min(photo.shape[:2]) < size
            fits = photo.shape[:2] == (size, size)
            rgb[i] = photo if fits else photos.center_crop(photo, size)
        return enlarged

    bar = tqdm(total=count, desc=title, unit="photo", delay=3, leave=False, disable=not title)
    enlarged, workers = 0, os.cpu_count() or 1
    with bar, ThreadPoolExecutor(workers) as pool:
        waiting = []
        for start in range(0, count, 64):
            waiting.append(pool.submit(some, start, [*islice(items, 64)]))
            # Reading is quicker than decoding: wait, or all files would be in memory at once.
            if len(waiting) > 2 * workers:
                enlarged += waiting.pop(0).result()
                bar.update(64)
        return enlarged + sum(job.result() for job in waiting)
