"""Soft encoding: a colour as weights on its few nearest bins, read from a table over the plane."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import ArrayLike
from scipy import special
from scipy.spatial import KDTree

from .grids import check_ab, check_centres, published

REACH = 110  # the table covers ab within ±110; sRGB ends at 107.9


class SoftEncoding:
    """Encode ab as weights on its K nearest bins, Gaussian in the distance.

    The neighbours of every point of a fine grid over the ab plane are searched once; a pixel then
    costs one look-up. ab is rounded to that grid (half a unit is less than 8-bit sRGB resolves in
    most places); nothing else is approximate. The defaults are those of [1]_, section 2.2; the
    authors' training code takes K = 10.

    Parameters
    ----------
    centres : array_like of float, shape (Q, 2), optional
        The bins, in CIELAB units; by default the published 313.
    neighbours : int
        K, the bins that share a colour.
    sigma : float
        Of the Gaussian, in CIELAB units.
    step : float
        Of the table's grid, in CIELAB units.

    Attributes
    ----------
    centres : ndarray of float32, shape (Q, 2)
        The bins, in CIELAB units.
    neighbours : int
        K.
    sigma, step : float
        The parameters of these names.
    indices : ndarray of int32, shape (rows, K)
        The bins of each grid point, nearest first.
    weights : ndarray of float32, shape (rows, K)
        Their weights.

    Raises
    ------
    ValueError
        For bins outside the plane, K > Q, or a sigma or step that is not positive.

    References
    ----------
    .. [1] R. Zhang, P. Isola, A. A. Efros, "Colorful Image Colorization", ECCV 2016.
       arXiv:1603.08511

    Examples
    --------
    A colour between two bins, three units from one and seven from the other:

    >>> from coursekit import bins
    >>> encoding = bins.SoftEncoding(neighbours=2, step=1)
    >>> indices, weights = encoding([3, 0])
    >>> for centre, weight in zip(encoding.centres[indices], weights, strict=True):
    ...     print(centre, f"{weight:.2f}")
    [0. 0.] 0.69
    [10.  0.] 0.31
    """

    def __init__(
        self,
        centres: ArrayLike | None = None,
        neighbours: int = 5,
        sigma: float = 5.0,
        step: float = 0.5,
    ):
        self.centres = check_centres(published() if centres is None else centres)
        if not 1 <= neighbours <= len(self.centres):
            raise ValueError(
                f"neighbours must lie in 1…{len(self.centres)}, the bins; got {neighbours}"
            )
        if not sigma > 0:
            raise ValueError(
                f"sigma must be positive, got {sigma}; for hard targets take neighbours=1"
            )
        # Below, the table takes minutes to build and nobody sees a difference.
        if not 0.25 <= step <= 10:
            raise ValueError(f"step must lie in 0.25…10 CIELAB units, got {step}")
        self.neighbours, self.sigma, self.step = int(neighbours), float(sigma), float(step)
        self._table = _table(self.centres.tobytes(), self.neighbours, self.sigma, self.step)
        self.indices, self.weights = self._halves(self._table)

    def __call__(self, ab: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        """Encode pixels.

        Parameters
        ----------
        ab : array_like of float, shape (..., 2)
            Colours in CIELAB units.

        Returns
        -------
        indices : ndarray of int32, shape (..., K)
            The bins, nearest first.
        weights : ndarray of float32, shape (..., K)
            Their weights, of sum 1.

        Raises
        ------
        ValueError
            For NaN, no pixel, or ab beyond ``REACH``.
        """
        rows = self._rows(check_ab(ab, REACH))
        # mode="clip" skips a check that was made above.
        return self._halves(self._table.take(rows, axis=0, mode="clip"))

    def nearest(self, ab: ArrayLike) -> np.ndarray:
        """Find the nearest bin of each pixel.

        Parameters
        ----------
        ab : array_like of float, shape (..., 2)
            Colours in CIELAB units.

        Returns
        -------
        ndarray of int32, shape (...)
            The bins.

        Raises
        ------
        ValueError
            For NaN, no pixel, or ab beyond ``REACH``.
        """
        return self.indices[:, 0].take(self._rows(check_ab(ab, REACH)))

    def dense(self, ab: ArrayLike) -> np.ndarray:
        """Encode pixels with a number for every bin, which the loss never builds.

        Parameters
        ----------
        ab : array_like of float, shape (..., 2)
            Colours in CIELAB units.

        Returns
        -------
        ndarray of float32, shape (..., Q)
            The weights, most of them 0, of sum 1.

        Raises
        ------
        ValueError
            For NaN, no pixel, or ab beyond ``REACH``.
        """
        indices, weights = self(ab)
        target = np.zeros((*indices.shape[:-1], len(self.centres)), np.float32)
        np.put_along_axis(target, indices, weights, axis=-1)
        return target

    def _rows(self, ab: np.ndarray) -> np.ndarray:
        """Find the rows of the table that hold these colours: ab rounded to the grid, a by a."""
        # A half is added and the fraction cut off, which is rounding, in one pass less over memory.
        scale, shift = np.float32(1 / self.step), np.float32(REACH / self.step + 0.5)
        row, b = ((ab[..., axis] * scale + shift).astype(np.int32) for axis in (0, 1))
        row *= side(self.step)
        row += b
        return row

    def _halves(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return rows[..., : self.neighbours], rows[..., self.neighbours :].view(np.float32)


def side(step: float) -> int:
    """Count the values of the table's grid on each axis.

    Parameters
    ----------
    step : float
        Of the grid, in CIELAB units.

    Returns
    -------
    int
        The values from −``REACH`` to ``REACH``.
    """
    return int(2 * REACH / step + 0.5) + 1


@functools.lru_cache(maxsize=8)
def _table(centres: bytes, neighbours: int, sigma: float, step: float) -> np.ndarray:
    """Search the neighbours of each grid point, once for each choice of parameters.

    Returns int32 (rows, 2K): K indices, then K float32 weights whose bits are taken for int32. Both
    halves share a row, so that a look-up touches memory once.
    """
    axis = np.arange(side(step)) * step - REACH
    grid = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    # As bytes, because an array has no hash by which a cache could know it.
    centres = np.frombuffer(centres, np.float32).reshape(-1, 2)
    distance, index = KDTree(centres).query(grid, neighbours)
    # For a single neighbour the tree leaves the last axis out.
    distance, index = (found.reshape(-1, neighbours) for found in (distance, index))
    # Not simply exp(-d²/2σ²) over its sum: far from every bin that is 0/0.
    weights = special.softmax(-(distance**2) / (2 * sigma**2), axis=-1).astype(np.float32)
    table = np.concatenate([index.astype(np.int32), weights.view(np.int32)], axis=-1)
    # All encodings of these parameters share it, and so do `indices` and `weights`.
    table.flags.writeable = False
    return table
