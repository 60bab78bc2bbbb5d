"""Soft encoding: a colour as weights on its few nearest bins, read from a table over the ab plane."""

from __future__ import annotations

import functools

import numpy as np
from scipy import special
from scipy.spatial import KDTree

from .grids import check_ab, check_centres, published

REACH = 110  # the table covers ab within ±110; sRGB ends at 107.9


class SoftEncoding:
    """Encodes ab as weights on its K nearest bins, Gaussian in the distance.

    The neighbours of every point of a fine grid over the ab plane are searched once; a pixel then costs one
    look-up. ab is rounded to that grid (half a unit is less than 8-bit sRGB resolves in most places); nothing
    else is approximate.

    Parameters: ``centres`` (Q, 2) in CIELAB units, by default the published 313; ``neighbours``, K; ``sigma``
    of the Gaussian and ``step`` of the table's grid, in CIELAB units.
    Attributes: the parameters; ``indices`` int32 and ``weights`` float32 (rows, K), the table, nearest bin
    first.
    Raises: ValueError for bins outside the plane, K > Q, or a sigma or step that is not positive.
    Source: Zhang, Isola, Efros, ECCV 2016, section 2.2: K = 5, σ = 5 (their released training code: K = 10).
    """

    def __init__(self, centres=None, neighbours: int = 5, sigma: float = 5.0, step: float = 0.5):
        self.centres = check_centres(published() if centres is None else centres)
        if not 1 <= neighbours <= len(self.centres):
            raise ValueError(
                f"neighbours must lie in 1…{len(self.centres)}, the bins; got {neighbours}"
            )
        if not sigma > 0:
            raise ValueError(
                f"sigma must be positive, got {sigma}; for hard targets take neighbours=1"
            )
        if (
            not 0.25 <= step <= 10
        ):  # below, the table takes minutes to build and nobody sees a difference
            raise ValueError(f"step must lie in 0.25…10 CIELAB units, got {step}")
        self.neighbours, self.sigma, self.step = int(neighbours), float(sigma), float(step)
        self._table = _table(self.centres.tobytes(), self.neighbours, self.sigma, self.step)
        self.indices, self.weights = self._halves(self._table)

    def __call__(self, ab) -> tuple[np.ndarray, np.ndarray]:
        """Encode pixels.

        Parameters: ``ab`` (..., 2) in CIELAB units.
        Returns: ``indices`` int32 (..., K), nearest bin first, and ``weights`` float32 (..., K), which sum to
        1.
        Raises: ValueError for NaN, no pixel, or ab beyond ``REACH``.
        """
        rows = self._rows(check_ab(ab, REACH))
        # mode="clip" skips a check that was made above.
        return self._halves(self._table.take(rows, axis=0, mode="clip"))

    def nearest(self, ab) -> np.ndarray:
        """The nearest bin of each pixel. ``ab`` (..., 2); int32 (...). Raises: ValueError as above."""
        return self.indices[:, 0].take(self._rows(check_ab(ab, REACH)))

    def dense(self, ab) -> np.ndarray:
        """The same with a number for every bin, which the loss never builds: float32 (..., Q)."""
        indices, weights = self(ab)
        target = np.zeros((*indices.shape[:-1], len(self.centres)), np.float32)
        np.put_along_axis(target, indices, weights, axis=-1)
        return target

    def _rows(self, ab: np.ndarray) -> np.ndarray:
        """The rows of the table that hold these colours: ab rounded to the grid, a by a."""
        scale, shift = np.float32(1 / self.step), np.float32(REACH / self.step + 0.5)
        row, b = (
            (ab[..., axis] * scale + shift).astype(np.int32) for axis in (0, 1)
        )  # truncates a half more
        row *= side(self.step)
        row += b
        return row

    def _halves(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return rows[..., : self.neighbours], rows[..., self.neighbours :].view(np.float32)


def side(step: float) -> int:
    """How many values of the table's grid lie on each axis."""
    return int(2 * REACH / step + 0.5) + 1


@functools.lru_cache(maxsize=8)
def _table(centres: bytes, neighbours: int, sigma: float, step: float) -> np.ndarray:
    """The neighbours of each grid point: int32 (rows, 2K), K indices, then K float32 weights seen as int32.

    Both halves share a row, so that a look-up touches memory once.
    """
    axis = np.arange(side(step)) * step - REACH
    grid = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    centres = np.frombuffer(centres, np.float32).reshape(-1, 2)
    # Not simply exp(-d²/2σ²) over its sum: far from every bin that is 0/0.
    distance, index = KDTree(centres).query(grid, neighbours)
    distance, index = (found.reshape(-1, neighbours) for found in (distance, index))
    weights = special.softmax(-(distance**2) / (2 * sigma**2), axis=-1).astype(np.float32)
    table = np.concatenate([index.astype(np.int32), weights.view(np.int32)], axis=-1)
    table.flags.writeable = False
    return table
