"""The photos of a report: which, how many, and what stands for the truth."""

from __future__ import annotations

import os
from typing import NamedTuple

import numpy as np

from coursekit import color, datasets, metrics

DEFAULT = ("flowers", "landscapes", "imagenette", "photos", "historic")
# The classes of "historic" whose true colours are known: composites, and exposures of their plates.
TRUTH, EXPOSURE = "prokudin_color", "prokudin_bw"


class PhotoSet(NamedTuple):
    """Photos to measure on.

    Attributes
    ----------
    rgb : ndarray of uint8, shape (N, size, size, 3)
        The truth.
    given : ndarray of uint8, shape (N, size, size, 3)
        What the colorizers see, of each.
    mean : ndarray of float64, shape (2,)
        The mean colour for `metrics.measure`, in CIELAB units.
    facts : dict
        What a reader must know to judge the numbers.
    """

    rgb: np.ndarray
    given: np.ndarray
    mean: np.ndarray
    facts: dict


def load(
    name: str | os.PathLike, size: int = 64, limit: int | None = None, split: str | None = None
) -> list[PhotoSet]:
    """Load the photos of a data set, folder or zip, without those that have no colour.

    Of "historic" only Prokudin-Gorskii's plates have true colours; they come twice: with the L of
    the composite as the input, as for every set, and with the black-and-white exposure of the same
    scene, as an old camera saw it (the red, green and blue exposures differ, so it is not the L of
    the composite).

    Parameters
    ----------
    name : str or path-like
        A data set, folder or zip.
    size : int
        Side of the photos in pixels.
    limit : int, optional
        At most so many photos.
    split : {"val", "all"}, optional
        The photos held back, or all; by default "val" for a set of the course, "all" for a folder
        or zip, which nobody has trained on.

    Returns
    -------
    list of PhotoSet
        One, or two for "historic".

    Raises
    ------
    DatasetError
        For sets that are not to be had or have fewer than two photos in colour, and for another
        split or a smaller limit.
    """
    split = split or ("val" if name in datasets.list() else "all")
    if split not in ("val", "all"):
        raise datasets.DatasetError(f"split {split!r}: give 'val' or 'all'")
    if limit is not None and limit < 2:
        raise datasets.DatasetError(f"limit {limit}: give at least 2 photos; one has no interval")
    historic = name == "historic"
    rgb = _read(name, split, size, TRUTH if historic else None)
    coloured = np.array([not color.is_grey(photo) for photo in rgb])
    kept = np.flatnonzero(coloured)[:limit]
    if len(kept) < 2:
        raise datasets.DatasetError(
            f"{name}: {len(kept)} of {len(rgb)} photos are in colour, and intervals take "
            "two at least; add photos in colour"
        )
    facts = {
        "set": str(name),
        "split": split,
        "photos": len(kept),
        "size": size,
        "seen": "L of the photos",
        "grey": int((~coloured).sum()),
    }
    mean, facts["mean colour of"] = _mean(name, split, size, rgb[kept])
    found = [PhotoSet(rgb[kept], rgb[kept], mean, facts)]
    if historic:
        # Files of both classes are named alike, and their names decide the order.
        given = _read(name, split, size, EXPOSURE)
        if len(given) == len(rgb):
            seen = "one black-and-white exposure of each plate"
            facts = {**facts, "set": f"{name}, exposures", "seen": seen}
            found.append(PhotoSet(rgb[kept], given[kept], mean, facts))
    return found


def _read(name: str | os.PathLike, split: str, size: int, only: str | None) -> np.ndarray:
    """Read the photos, in an order by lot."""
    found, missing = [], None
    for part in ("val",) if split == "val" else ("train", "val"):
        try:
            found.append(datasets.load(name, part, size, classes=only)[0])
        except datasets.DatasetError as error:  # a small folder may have no photo in one of them
            missing = error
    if not found:
        raise missing
    rgb = np.concatenate(found)
    # A split is in an order by lot already; two of them are mixed, so that a limit takes of both.
    return rgb if len(found) == 1 else rgb[np.random.default_rng(0).permutation(len(rgb))]


def _mean(
    name: str | os.PathLike, split: str, size: int, rgb: np.ndarray
) -> tuple[np.ndarray, str]:
    """Find the mean colour to guess with: the training photos', where others are measured."""
    if split == "val":
        try:
            training = datasets.load(name, "train", size)[0]
            return metrics.mean_ab(training), f"its {len(training):,} training photos"
        except datasets.DatasetError:
            pass  # all that the set has is held back
    return metrics.mean_ab(rgb), "the measured photos themselves, which flatters it"
