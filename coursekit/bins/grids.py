"""Which colours are bins: the published 313, grids counted from sRGB itself, and two axes of 16."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import ArrayLike

from coursekit import color

# The published list as runs without gaps: at each a, b goes from the first to the last value in
# steps of 10.
_RUNS = {
    -90: (50, 90),
    -80: (20, 90),
    -70: (0, 90),
    -60: (-20, 90),
    -50: (-30, 100),
    -40: (-40, 100),
    -30: (-50, 100),
    -20: (-50, 100),
    -10: (-60, 100),
    0: (-70, 100),
    10: (-80, 90),
    20: (-80, 90),
    30: (-90, 90),
    40: (-100, 90),
    50: (-100, 80),
    60: (-110, 80),
    70: (-110, 80),
    80: (-110, 70),
    90: (-110, 70),
    100: (-90, 0),
}

# Centres, in CIELAB units, of 16 bins of width 16 on an axis of 8-bit Lab, which stores a + 128 and
# b + 128.
AXIS = (np.arange(16, dtype=np.float32) + 0.5) * 16 - 128


def published() -> np.ndarray:
    """List the 313 in-gamut bins of Zhang et al., in their order: by a, then by b.

    The list is that of the file of bin centres which the authors of [1]_ published.

    Returns
    -------
    ndarray of float32, shape (313, 2)
        Centres in CIELAB units.

    References
    ----------
    .. [1] R. Zhang, P. Isola, A. A. Efros, "Colorful Image Colorization", ECCV 2016.
       arXiv:1603.08511
    """
    runs = [(a, b) for a, (first, last) in _RUNS.items() for b in range(first, last + 10, 10)]
    return np.array(runs, np.float32)


def from_srgb(spacing: float = 10, rule: str = "nearest") -> np.ndarray:
    """List the bins of a square grid that 8-bit sRGB needs.

    They are found by going through all of its 16.7 million colours. At a spacing of 10 the two
    rules give 261 and 309 bins; the published list, 313, holds both.

    Parameters
    ----------
    spacing : float
        Of the grid, in CIELAB units, 1…100.
    rule : {"nearest", "corners"}
        Keep each grid point that is the nearest one to some colour, or the four corners of each
        cell that some colour falls into.

    Returns
    -------
    ndarray of float32, shape (Q, 2)
        Centres in CIELAB units, by a, then by b.

    Raises
    ------
    ValueError
        For another rule, or a spacing outside 1…100.
    """
    if rule not in ("nearest", "corners"):
        raise ValueError(f"rule {rule!r} unknown; choose nearest or corners")
    if not 1 <= spacing <= 100:
        raise ValueError(f"spacing must lie in 1…100 CIELAB units, got {spacing}")
    return _from_srgb(float(spacing), rule).copy()


@functools.lru_cache(maxsize=16)
def _from_srgb(spacing: float, rule: str) -> np.ndarray:
    half = int(128 // spacing) + 1  # cells on each side of grey, one more than sRGB reaches
    hit = np.zeros((2 * half + 1, 2 * half + 1), bool)
    into_cell = np.rint if rule == "nearest" else np.floor
    level = np.arange(256, dtype=np.uint8)
    plane = np.stack([*np.broadcast_arrays(level[0], level[:, None], level)], axis=-1)
    for plane[..., 0] in level:  # one level of red at a time: all colours would fill the memory
        cell = into_cell(color.split(plane)[1] / spacing).astype(np.intp) + half
        hit[cell[..., 0], cell[..., 1]] = True
    if rule == "corners":  # a cell is known by its lower corner so far
        hit[1:] |= hit[:-1].copy()
        hit[:, 1:] |= hit[:, :-1].copy()
    return ((np.argwhere(hit) - half) * spacing).astype(np.float32)


def axis_index(ab: ArrayLike) -> np.ndarray:
    """Find the bins of a and of b on their two axes of 16.

    Parameters
    ----------
    ab : array_like of float, shape (..., 2)
        Colours in CIELAB units.

    Returns
    -------
    ndarray of int32, shape (..., 2)
        Indices into ``AXIS``.

    Raises
    ------
    ValueError
        For NaN, no pixel, or ab beyond ±128.
    """
    return np.minimum((check_ab(ab, 128) + 128) // 16, len(AXIS) - 1).astype(np.int32)


def check_ab(ab: ArrayLike, reach: float) -> np.ndarray:
    """Convert ab to float32, and refuse what is no colour.

    Parameters
    ----------
    ab : array_like of float, shape (..., 2)
        Colours in CIELAB units.
    reach : float
        The largest absolute value that is allowed.

    Returns
    -------
    ndarray of float32, shape (..., 2)
        The same, contiguous.

    Raises
    ------
    ValueError
        For another shape, no pixel, NaN, or ab beyond ``reach``.
    """
    ab = np.asarray(ab, np.float32)
    if ab.ndim == 0 or ab.shape[-1] != 2 or ab.size == 0:
        raise ValueError(f"ab must be (..., 2) and hold a pixel, got shape {ab.shape}")
    # Cut out of Lab, ab has gaps, over which NumPy would walk in slow steps of two.
    if not ab.flags.c_contiguous:
        ab = np.stack([ab[..., 0], ab[..., 1]], axis=-1)
    low, high = ab.min(), ab.max()
    if not (low >= -reach and high <= reach):  # NaN fails both
        raise ValueError(
            f"ab must be CIELAB units within ±{reach}, where all of sRGB lies, "
            f"got {low:.4g}…{high:.4g}; is it 8-bit Lab, or NaN?"
        )
    return ab


def check_centres(centres: ArrayLike) -> np.ndarray:
    """Convert bins to float32, and refuse what is no list of bins.

    Parameters
    ----------
    centres : array_like of float, shape (Q, 2)
        The bins, in CIELAB units.

    Returns
    -------
    ndarray of float32, shape (Q, 2)
        The same.

    Raises
    ------
    ValueError
        For another shape, NaN, bins outside ±128, or bins that stand there twice.
    """
    centres = np.asarray(centres, np.float32)
    if centres.ndim != 2 or centres.shape[-1] != 2 or len(centres) == 0:
        raise ValueError(f"bins must be (Q, 2), a and b of each centre, got shape {centres.shape}")
    outside = ~np.all(np.abs(centres) <= 128, axis=-1)
    if outside.any():
        first = outside.argmax()
        raise ValueError(
            f"{outside.sum()} of {len(centres)} bins are NaN or lie outside ±128 CIELAB units; "
            f"the first is bin {first}, {centres[first].tolist()}"
        )
    if len(np.unique(centres, axis=0)) < len(centres):
        raise ValueError("some bins stand there twice; keep each once: np.unique(centres, axis=0)")
    return centres
