"""Shapes as signed distances, and what else is computed of coordinates."""

from __future__ import annotations

import functools
import math

import numpy as np
from numpy.typing import ArrayLike


def clip(values: np.ndarray, low: ArrayLike, high: ArrayLike) -> np.ndarray:
    """Clip as ``np.clip`` does.

    For the small arrays here its overhead would be most of the drawing time.

    Parameters
    ----------
    values : np.ndarray
        What to clip.
    low, high : array-like
        The limits.

    Returns
    -------
    np.ndarray
        The values within the limits.
    """
    return np.minimum(np.maximum(values, low), high)


def norm(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Compute the length of vectors.

    ``np.hypot`` takes care of overflow, which costs most of its time.

    Parameters
    ----------
    x, y : np.ndarray
        Their components.

    Returns
    -------
    np.ndarray
        Their lengths.
    """
    return np.sqrt(x * x + y * y)


def interpolation(at: np.ndarray, cells: int) -> np.ndarray:
    """Compute weights of a smooth interpolation between equidistant knots.

    Parameters
    ----------
    at : np.ndarray
        Positions 0…1.
    cells : int
        Spaces between knots.

    Returns
    -------
    np.ndarray
        Weight of each knot at each position, (len(at), cells + 1).
    """
    position = np.clip(at, 0, 1) * cells
    left = np.minimum(position.astype(int), cells - 1)
    t = position - left
    t = t * t * (3 - 2 * t)
    weights = np.zeros((len(at), cells + 1), np.float32)
    rows = np.arange(len(at))
    weights[rows, left], weights[rows, left + 1] = 1 - t, t
    return weights


# The same few sizes and counts come again in every scene.
@functools.lru_cache(maxsize=64)
def weights(size: int, cells: int) -> np.ndarray:
    """Compute `interpolation` at the centres of the pixels of a row.

    Parameters
    ----------
    size : int
        How many pixels.
    cells : int
        Spaces between knots.

    Returns
    -------
    np.ndarray
        Weight of each knot at each pixel, (size, cells + 1).
    """
    return interpolation((np.arange(size) + 0.5) / size, cells)


def ellipse(X: np.ndarray, Y: np.ndarray, cx: float, cy: float, rx: float, ry: float) -> np.ndarray:
    """Measure the signed distance (approximate, negative inside) to an upright ellipse.

    Parameters
    ----------
    X, Y : np.ndarray
        Coordinates of the pixels, (1, w) and (h, 1).
    cx, cy : float
        Its middle.
    rx, ry : float
        Half of its width and height.

    Returns
    -------
    np.ndarray
        The distance of each pixel, (h, w).
    """
    return (norm((X - cx) / rx, (Y - cy) / ry) - 1) * min(rx, ry)


def polygon(X: np.ndarray, Y: np.ndarray, points: list[tuple[float, float]]) -> np.ndarray:
    """Measure the signed distance (negative inside) to a convex polygon.

    Parameters
    ----------
    X, Y : np.ndarray
        Coordinates of the pixels, (1, w) and (h, 1).
    points : list of (float, float)
        Corners x and y, clockwise on the screen.

    Returns
    -------
    np.ndarray
        The distance of each pixel, (h, w).
    """
    distance = None
    for (x0, y0), (x1, y1) in zip(points, points[1:] + points[:1], strict=True):
        length = math.hypot(x1 - x0, y1 - y0)
        nx, ny = (y1 - y0) / length, (x0 - x1) / length
        edge = nx * (X - x0) + ny * (Y - y0)
        distance = edge if distance is None else np.maximum(distance, edge, out=distance)
    return distance


def trapezoid(
    x: float, top: float, half_top: float, foot: float, half_foot: float
) -> list[tuple[float, float]]:
    """List the corners of an upright trapezoid, or of a triangle.

    Parameters
    ----------
    x : float
        Its axis.
    top, half_top : float
        The y of its upper side, and half of that side's length; 0 for a triangle.
    foot, half_foot : float
        The same of its lower side.

    Returns
    -------
    list of (float, float)
        Corners as `polygon` takes them.
    """
    crown = [(x - half_top, top), (x + half_top, top)] if half_top else [(x, top)]
    return [*crown, (x + half_foot, foot), (x - half_foot, foot)]


def segment(
    X: np.ndarray, Y: np.ndarray, x0: float, y0: float, x1: float, y1: float, width: float
) -> np.ndarray:
    """Measure the signed distance (negative inside) to a line of some width with round ends.

    Parameters
    ----------
    X, Y : np.ndarray
        Coordinates of the pixels, (1, w) and (h, 1).
    x0, y0, x1, y1 : float
        Its ends.
    width : float
        Its width.

    Returns
    -------
    np.ndarray
        The distance of each pixel, (h, w).
    """
    dx, dy = x1 - x0, y1 - y0
    X, Y = X - x0, Y - y0
    square = dx * dx + dy * dy
    t = clip(X * (dx / square) + Y * (dy / square), 0, 1)
    return norm(X - t * dx, Y - t * dy) - width / 2
