"""Which colours are bins: the published 313, grids counted from sRGB itself, and two axes of 16."""

from __future__ import annotations

import functools

import numpy as np

from .. import color

# The published list as runs without gaps: at each a, b goes from the first to the last value in steps of 10.
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

# 16 bins of width 16 on an axis of 8-bit Lab, which stores a and b plus 128; centres, in CIELAB units.
AXIS = (np.arange(16, dtype=np.float32) + 0.5) * 16 - 128


def published() -> np.ndarray:
    """The 313 in-gamut bins of the paper, in its order: by a, then by b.

    Returns: float32 (313, 2), centres in CIELAB units.
    Source: Zhang, Isola, Efros, "Colorful Image Colorization", ECCV 2016, the authors' file of bin centres.
    """
    runs = [(a, b) for a, (first, last) in _RUNS.items() for b in range(first, last + 10, 10)]
    return np.array(runs, np.float32)


def from_srgb(spacing: float = 10, rule: str = "nearest") -> np.ndarray:
    """The bins of a square grid that 8-bit sRGB needs, found by going through all 16.7 million colours.

    Parameters: ``spacing`` of the grid in CIELAB units, 1…100; ``rule``: "nearest" keeps each grid point that
    is the nearest one to some colour, "corners" the four corners of each cell that some colour falls into. At
    10 they give 261 and 309 bins; the published list, 313, holds both.
    Returns: float32 (Q, 2), centres in CIELAB units, by a, then by b.
    Raises: ValueError for another rule, or a spacing outside 1…100.
    """
    if rule not in ("nearest", "corners"):
        raise ValueError(f"rule {rule!r} unknown; choose nearest or corners")
    if not 1 <= spacing <= 100:
        raise ValueError(f"spacing must lie in 1…100 CIELAB units, got {spacing}")
    return _from_srgb(float(spacing), rule).copy()


@functools.lru_cache(maxsize=16)
def _from_srgb(spacing: float, rule: str) -> np.ndarray:
    half = int(128 // spacing) + 1
    hit = np.zeros((2 * half + 1, 2 * half + 1), bool)
    into_cell = np.rint if rule == "nearest" else np.floor
    level = np.arange(256, dtype=np.uint8)
    plane = np.stack([*np.broadcast_arrays(level[0], level[:, None], level)], axis=-1)
    for plane[..., 0] in level:
        cell = into_cell(color.split(plane)[1] / spacing).astype(np.intp) + half
        hit[cell[..., 0], cell[..., 1]] = True
    if rule == "corners":
        hit[1:] |= hit[:-1].copy()
        hit[:, 1:] |= hit[:, :-1].copy()
    return ((np.argwhere(hit) - half) * spacing).astype(np.float32)


def axis_index(ab) -> np.ndarray:
    """The bins of a and of b on their two axes of 16.

    Parameters: ``ab`` (..., 2) in CIELAB units. Returns: int32 (..., 2), places in ``AXIS``.
    Raises: ValueError for NaN, no pixel, or ab beyond ±128.
    """
    return np.minimum((check_ab(ab, 128) + 128) // 16, len(AXIS) - 1).astype(np.int32)


def check_ab(ab, reach: float) -> np.ndarray:
    """``ab`` as float32. Raises: ValueError unless it is (..., 2), of some pixels, all within ``reach``."""
    ab = np.asarray(ab, np.float32)
    if ab.ndim == 0 or ab.shape[-1] != 2 or ab.size == 0:
        raise ValueError(f"ab must be (..., 2) and hold a pixel, got shape {ab.shape}")
    if (
        not ab.flags.c_contiguous
    ):  # ab cut out of Lab: NumPy would walk over it in slow steps of two
        ab = np.stack([ab[..., 0], ab[..., 1]], axis=-1)
    low, high = ab.min(), ab.max()
    if not (low >= -reach and high <= reach):  # NaN fails both
        raise ValueError(
            f"ab must be CIELAB units within ±{reach}, where all of sRGB lies, "
            f"got {low:.4g}…{high:.4g}; is it 8-bit Lab, or NaN?"
        )
    return ab


def check_centres(centres) -> np.ndarray:
    """``centres`` as float32. Raises: ValueError unless they are (Q, 2), in the plane, each there once."""
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
