"""From the cache to arrays: which photos, in which order, how large."""

import os
import warnings
import zlib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice, zip_longest
from pathlib import Path

import numpy as np

from coursekit import files, photos

from . import array_cache, registry
from .cache import Damaged, complete, open_cache, to_rgb
from .preparing import prepare, prepare_own
from .registry import DatasetError, closest

SPLITS = ("train", "val")
Loaded = tuple[np.ndarray, np.ndarray, list[str]]

# scikit-image's colour photographs that its wheel contains: file -> class, split.
_SKIMAGE = {
    "astronaut.png": ("everyday", "train"),
    "chelsea.png": ("everyday", "train"),
    "coffee.png": ("everyday", "val"),
    "hubble_deep_field.jpg": ("scientific", "train"),
    "ihc.png": ("scientific", "train"),
    "motorcycle_left.png": ("everyday", "train"),
    "retina.jpg": ("scientific", "val"),
    "rocket.jpg": ("everyday", "train"),
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
) -> Loaded:
    """Photos of a data set as centre-cropped squares, in an order that mixes the classes.

    A set that is not in the cache yet is fetched first (see `prepare`).

    Parameters
    ----------
    name : a data set of `list()`, or the path of a folder or zip of photos whose sub-folders are classes
    split : "train" or "val"
    size : pixels; the largest centred square is resized with antialiasing
    classes : names of the classes wanted, in the order of their labels; None for all, by name
    limit : number of photos, as equal a number of each class as there are; a smaller limit with the same
        seed gives a subset of a larger one
    seed : which photos `limit` takes, and the order of all
    on_disk : for more photos than memory holds; they are decoded into a file in the cache's folder `on_disk`, which
        stays there until you delete it, and only those that are looked at are read

    Returns
    -------
    rgb uint8 (N, size, size, 3), with `on_disk` a read-only `numpy.memmap`; labels int64 (N,); class names, list of str

    Raises
    ------
    DatasetError : unknown set, split or class; limit or size out of range; not cached and not to be had;
        no room on the disk; scenes with `on_disk`, for they are drawn in memory
    """
    if split not in SPLITS:
        raise DatasetError(
            f'no split {split!r}{closest(split, SPLITS)}; there are "train" and "val"'
        )
    for what, value, least in (("size", size, 1), ("limit", limit, 1), ("seed", seed, 0)):
        if not (value is None and what == "limit") and not (_is_int(value) and value >= least):
            raise DatasetError(f"{what}={value!r}: give a whole number of at least {least}")
    classes = [classes] if isinstance(classes, str) else classes if classes is None else [*classes]
    if name == "scenes":
        if on_disk:
            raise DatasetError(
                "scenes are drawn in memory: leave out on_disk, or draw parts with scenes.draw(first=…)"
            )
        return _scenes(split, size, classes, limit, seed)
    label = str(name)
    if name == "skimage":
        return _arrays(label, _Skimage(), split, size, classes, limit, seed, progress, on_disk)
    folder = _prepared(name, progress=progress)
    try:
        return _arrays(
            label, open_cache(folder), split, size, classes, limit, seed, progress, on_disk
        )
    except Damaged as damage:
        warnings.warn(f"{label}: {damage}; it is made anew", stacklevel=2)
        try:
            folder = _prepared(name, again=True, progress=progress)
            return _arrays(
                label, open_cache(folder), split, size, classes, limit, seed, progress, on_disk
            )
        except (Damaged, DatasetError) as error:
            raise DatasetError(f"{label}: {damage}, and could not be made anew: {error}") from error


def available(name: str | os.PathLike) -> bool:
    """True if `load(name)` needs no network: a prepared or built-in set, or an existing folder or archive."""
    if _is_path(name):
        return Path(name).expanduser().exists()
    card = registry.card(str(name))
    folder = files.location() / card.name
    return card.fetch == "built in" or (folder.is_dir() and complete(folder))


def choose(*names: str) -> str:
    """The first name that is cached, or can be fetched now (asks its server; never if COURSEKIT_OFFLINE=1).

    Raises DatasetError if there is none; end the list with "scenes", which always works.
    """
    from . import download

    for name in names:
        if available(name):
            return name
        card = None if _is_path(name) else registry.card(name)
        if card and card.fetch == "download" and download.reachable(card):
            return name
    raise DatasetError(
        f"none of {', '.join(map(str, names))} is cached or can be fetched now; add 'scenes'"
    )


def _is_int(value) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def _is_path(name) -> bool:
    """A registered name wins over a folder of that name; write ./flowers for the folder."""
    return isinstance(name, os.PathLike) or (
        name not in registry.CARDS and Path(name).expanduser().exists()
    )


def _prepared(name, progress: bool, again: bool = False) -> Path:
    """The folder of a prepared set, prepared now if need be."""
    if _is_path(name):
        return prepare_own(Path(name).expanduser(), again=again, progress=progress)
    if again or not available(name):
        prepare(str(name), again=again, progress=progress)
    return files.location() / str(name)


class _Skimage:
    """A reader, as those in `cache`, for the photographs in scikit-image's own folder."""

    content = ""

    def __init__(self):
        import skimage.data

        files = [
            (Path(skimage.data.__file__).parent / file, rest) for file, rest in _SKIMAGE.items()
        ]
        self.entries = [(split, kind, file) for file, (kind, split) in files if file.exists()]

    def read(self, keys):
        return map(photos.read, keys)


def _scenes(
    split: str, size: int, classes: list[str] | None, limit: int | None, seed: int
) -> Loaded:
    from . import scenes

    names = [*scenes.KINDS] if classes is None else _wanted("scenes", classes, scenes.KINDS)
    count = limit or (2000 if split == "train" else 500)
    drawn = scenes.draw(count, size=size, kinds=names, seed=2 * seed + SPLITS.index(split))
    labels = [names.index(scenes.KINDS[label]) for label in drawn.labels]
    return drawn.rgb, np.array(labels, np.int64), names


def _wanted(name: str, classes: list[str], known: Iterable[str]) -> list[str]:
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


def _arrays(name, cache, split, size, classes, limit, seed, progress, on_disk) -> Loaded:
    """Choose among the entries, decode them, and put them in their seeded order."""
    mine = [(kind, key) for side, kind, key in cache.entries if side == split]
    if not mine:
        there = sorted({side for side, *_ in cache.entries})
        raise DatasetError(
            f'{name} has no "{split}" photos, only: {", ".join(there) or "none at all"}'
        )
    known = {kind for _, kind, _ in cache.entries}
    names = sorted(known) if classes is None else _wanted(name, classes, known)
    chosen = _pick(mine, names, seed)
    if limit is not None and limit > len(chosen):
        raise DatasetError(
            f'limit={limit}: {name} has {len(chosen):,} "{split}" photos of {", ".join(names)}; '
            f"pass at most {len(chosen)}, or None for all"
        )
    chosen = sorted(
        chosen[:limit], key=lambda item: str(item[1])
    )  # for reading; the seed's order comes last
    keys = [key for _, key in chosen]
    order = np.random.default_rng(seed).permutation(len(chosen))

    def decode(rgb, places) -> int:
        return _decode(name, cache.read(keys), rgb, places, progress)

    def make():
        rgb = np.empty((len(keys), size, size, 3), np.uint8)
        return rgb, decode(rgb, range(len(keys)))

    if on_disk:
        rgb, small = array_cache.on_disk(
            cache.content,
            size,
            [keys[i] for i in order],
            lambda rgb: decode(rgb, np.argsort(order)),
        )
    else:
        rgb, small = array_cache.recall(cache.content, size, keys, make)
        rgb = rgb[order]
    if small:
        text = f"{name}: {small:,} of {len(keys):,} photos are smaller than size={size} and were enlarged"
        warnings.warn(text, stacklevel=3)
    labels = np.array([names.index(kind) for kind, _ in chosen], np.int64)
    return rgb, labels[order], names


def _pick(
    entries: list[tuple[str, object]], names: list[str], seed: int
) -> list[tuple[str, object]]:
    """The entries of the named classes, each class shuffled by its own generator, dealt out in turn."""
    piles = []
    for kind in names:
        pile = sorted(((k, key) for k, key in entries if k == kind), key=lambda item: str(item[1]))
        order = np.random.default_rng([seed, zlib.crc32(kind.encode())]).permutation(len(pile))
        piles.append([pile[i] for i in order])
    return [item for turn in zip_longest(*piles) for item in turn if item is not None]


def _decode(name: str, items: Iterator, rgb: np.ndarray, places, progress: bool) -> int:
    """All items into rgb, uint8 (N, size, size, 3), each in its place; returns how many were smaller than that."""
    from tqdm.auto import tqdm

    count, size = rgb.shape[:2]

    def some(start: int, chunk: list) -> int:
        small = 0
        for i, item in enumerate(chunk, start):
            photo = to_rgb(item)
            small += min(photo.shape[:2]) < size
            rgb[places[i]] = (
                photo if photo.shape[:2] == (size, size) else photos.center_crop(photo, size)
            )
        return small

    small = 0
    bar = tqdm(total=count, desc=name, unit="photo", delay=3, leave=False, disable=not progress)
    with bar, ThreadPoolExecutor(os.cpu_count()) as pool:
        waiting = []
        for start in range(0, count, 64):
            waiting.append(pool.submit(some, start, [*islice(items, 64)]))
            if len(waiting) > 2 * pool._max_workers:
                small += waiting.pop(0).result()
                bar.update(64)
        return small + sum(job.result() for job in waiting)
