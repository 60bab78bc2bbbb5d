"""What a reader's own photos turn out to be, said in warnings: nobody has looked at them before."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from .deduplicate import groups
from .pack import Photo

SOME = 3  # examples in a message


def warn(
    source: Path,
    others: Mapping[str, int],
    beside: Sequence[str],
    photos: Sequence[Photo],
    given: bool,
) -> None:
    """Warn of what an owner may not expect.

    Files of kinds that are not read; splits that are taken for classes; photos without colour; and
    the same photo in both splits, where folders are the splits.

    Parameters
    ----------
    source : Path
        The folder or archive.
    others : mapping of str to int
        How many files of other kinds it holds, by suffix.
    beside : sequence of str
        Folders beside those that are called like splits.
    photos : sequence of Photo
        Those that were packed.
    given : bool
        Whether folders are the splits; a split by content has no photo in both.
    """
    twins = _in_both(photos) if given else ""
    for text in (_others(others), _beside(beside), _grey(photos), twins):
        if text:
            # Where load was called.
            warnings.warn(f"{source}: {text}", stacklevel=6)


def kinds(others: Mapping[str, int]) -> str:
    """Say what is there instead of photos.

    Parameters
    ----------
    others : mapping of str to int
        How many files of other kinds, by suffix.

    Returns
    -------
    str
        A clause.

    Examples
    --------
    >>> kinds({".txt": 1, ".heic": 3})
    'it holds 3 .heic, 1 .txt; save photos as JPEG or PNG'
    """
    return f"it holds {_counted(others)}; save photos as JPEG or PNG" if others else "it is empty"


def _counted(others: Mapping[str, int]) -> str:
    ordered = sorted(others.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{count:,} {suffix}" for suffix, count in ordered)


def _others(others: Mapping[str, int]) -> str:
    if not others:
        return ""
    return (
        f"left out files of kinds that are not read: {_counted(others)}; "
        "save photos among them as JPEG or PNG"
    )


def _beside(beside: Sequence[str]) -> str:
    if not beside:
        return ""
    return (
        f"folders that are called like splits are taken for classes, for beside them lies "
        f"{_some(beside)}; move that away to have the splits"
    )


def _grey(photos: Sequence[Photo]) -> str:
    grey = sum(photo.grey for photo in photos)
    if not grey:
        return ""
    return f"{grey:,} of {len(photos):,} have no colour, and teach a network to paint grey"


def _in_both(photos: Sequence[Photo]) -> str:
    """Find photos of val that look like one of train."""
    train: dict[int, Photo] = {}
    number = groups([photo.hash for photo in photos])
    for group, photo in zip(number, photos, strict=True):
        if photo.split == "train":
            train.setdefault(group, photo)
    twins = [
        f"{photo.source} like {train[group].source}"
        for group, photo in zip(number, photos, strict=True)
        if photo.split == "val" and group in train
    ]
    if not twins:
        return ""
    count = sum(photo.split == "val" for photo in photos)
    return (
        f"{len(twins):,} of {count:,} photos to validate on look like one that is trained on "
        f"({_some(twins)}), so results on them say too much; take them out of one split"
    )


def _some(items: Iterable[str]) -> str:
    items = [*items]
    return "; ".join(items[:SOME]) + ("; …" if len(items) > SOME else "")
