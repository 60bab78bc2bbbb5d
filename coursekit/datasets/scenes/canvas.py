"""A canvas for L, the object map and the instance map: shapes with soft edges in L, hard edges in the maps.

Positions are fractions of the picture, x to the right, y down. Every random number is drawn in these units,
never a pixel, so a scene is the same picture at any size.
"""

from __future__ import annotations

import functools
import math

import numpy as np

from .palettes import HIGHEST, LOWEST, NUMBER

INSTANCES = 128  # more things than one scene ever holds; the instance map is uint8


def clip(values, low, high):
    """``np.clip`` for the small arrays here, where its overhead would be most of the drawing time."""
    return np.minimum(np.maximum(values, low), high)


def norm(x, y):
    """``np.hypot`` without its care for overflow, which costs most of its time."""
    return np.sqrt(x * x + y * y)


def interpolation(at: np.ndarray, cells: int) -> np.ndarray:
    """Weights (len(at), cells + 1) of a smooth interpolation at positions 0…1 between equidistant knots."""
    position = np.clip(at, 0, 1) * cells
    left = np.minimum(position.astype(int), cells - 1)
    t = position - left
    t = t * t * (3 - 2 * t)
    weights = np.zeros((len(at), cells + 1), np.float32)
    rows = np.arange(len(at))
    weights[rows, left], weights[rows, left + 1] = 1 - t, t
    return weights


@functools.lru_cache(maxsize=64)
def _fixed(size: int, cells: int) -> np.ndarray:
    return interpolation((np.arange(size) + 0.5) / size, cells)


def ellipse(X, Y, cx, cy, rx, ry):
    """Signed distance (approximate, negative inside) to an upright ellipse."""
    return (norm((X - cx) / rx, (Y - cy) / ry) - 1) * min(rx, ry)


def polygon(X, Y, points):
    """Signed distance (negative inside) to a convex polygon whose corners go clockwise on the screen."""
    distance = None
    for (x0, y0), (x1, y1) in zip(points, points[1:] + points[:1], strict=True):
        length = math.hypot(x1 - x0, y1 - y0)
        nx, ny = (y1 - y0) / length, (x0 - x1) / length
        edge = nx * (X - x0) + ny * (Y - y0)
        distance = edge if distance is None else np.maximum(distance, edge, out=distance)
    return distance


def trapezoid(x, top, half_top, foot, half_foot):
    """The corners of an upright trapezoid around ``x``; a triangle where ``half_top`` is 0."""
    crown = [(x - half_top, top), (x + half_top, top)] if half_top else [(x, top)]
    return [*crown, (x + half_foot, foot), (x - half_foot, foot)]


def segment(X, Y, x0, y0, x1, y1, width):
    """Signed distance (negative inside) to a line of some width with round ends."""
    dx, dy = x1 - x0, y1 - y0
    X, Y = X - x0, Y - y0
    square = dx * dx + dy * dy
    t = clip(X * (dx / square) + Y * (dy / square), 0, 1)
    return norm(X - t * dx, Y - t * dy) - width / 2


class Window:
    """A rectangle of the canvas: where it lies, and the coordinates of its pixels."""

    def __init__(self, canvas: Canvas, x0, y0, x1, y1):
        n = canvas.size
        columns = slice(min(max(int(x0 * n) - 1, 0), n), min(max(int(x1 * n) + 2, 0), n))
        rows = slice(min(max(int(y0 * n) - 1, 0), n), min(max(int(y1 * n) + 2, 0), n))
        self.at, self.edges = (rows, columns), (x0, y0, x1, y1)
        self.X, self.Y = canvas.X[:, columns], canvas.Y[rows]

    @property
    def u(self):
        """X as -1…1 from the left edge of the rectangle to the right one, shape (1, w)."""
        x0, _, x1, _ = self.edges
        return (self.X - (x0 + x1) / 2) * (2 / max(x1 - x0, 1e-3))

    @property
    def v(self):
        """Y as -1…1 from the top edge of the rectangle to the bottom one, shape (h, 1)."""
        _, y0, _, y1 = self.edges
        return (self.Y - (y0 + y1) / 2) * (2 / max(y1 - y0, 1e-3))


class Canvas:
    """One scene while it is being drawn; later shapes cover earlier ones."""

    def __init__(self, size: int, rng: np.random.Generator):
        self.size, self.rng = size, rng
        centres = ((np.arange(size) + 0.5) / size).astype(np.float32)
        self.X, self.Y = centres[None, :], centres[:, None]
        self.L = np.zeros((size, size), np.float32)
        self.parts = np.zeros(
            (size, size), np.uint16
        )  # which paint a pixel shows: a place in the list
        self.painted = []  # (object number, instance) of each paint
        self.count = 0  # instances so far; instance 0 is the sky and all that takes its mood
        self.sun = 1.0 if self.chance(0.5) else -1.0  # light comes from the right, or the left
        self.coarse = self.noise(5, 5) * 0.7 + self.noise(13, 13) * 0.45
        self.fine = self.noise(34, 34) * 0.6 + self.noise(80, 80) * 0.6

    # Randomness
    def uniform(self, low: float, high: float) -> float:
        return self.rng.uniform(low, high)

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def noise(self, rows: int, columns: int) -> np.ndarray:
        """Value noise -1…1 over the canvas, smooth between rows × columns random knots."""
        knots = self.rng.random((rows + 1, columns + 1), dtype=np.float32) * 2 - 1
        return _fixed(self.size, rows) @ knots @ _fixed(self.size, columns).T

    def profile(self, cells: int) -> np.ndarray:
        """Value noise -1…1 along x, shape (1, size)."""
        return (_fixed(self.size, cells) @ (self.rng.random(cells + 1, dtype=np.float32) * 2 - 1))[
            None
        ]

    # Paint
    def instance(self) -> int:
        self.count = min(self.count + 1, INSTANCES - 1)
        return self.count

    def window(self, x0=0.0, y0=0.0, x1=1.0, y1=1.0) -> Window:
        return Window(self, x0, y0, x1, y1)

    def paint(self, name: str, distance, window: Window, L, shade=0.0, grain=0.0, instance=None):
        """Cover what lies within a signed distance.

        L mixes by the share of a pixel that is covered; the maps change where that is over a half.
        ``L`` is a number or an array over the window; ``shade`` lightens towards the sun and the top,
        ``grain`` roughens.
        """
        at = window.at
        if shade:
            x0, y0, x1, y1 = window.edges
            across, down = 1.2 * self.sun * shade / (x1 - x0), 1.2 * shade / (y1 - y0)
            L = (L + across * (window.X - (x0 + x1) / 2)) - down * (window.Y - (y0 + y1) / 2)
        if grain:
            L = L + grain * self.fine[at]
        number = NUMBER[name]
        under = self.L[at]
        covered = distance * -self.size
        covered += 0.5
        np.maximum(covered, 0, out=covered)
        np.minimum(covered, 1, out=covered)
        covered *= L - under
        under += covered
        self.parts[at][distance < 0] = len(self.painted)
        self.painted.append((number, self.instance() if instance is None else instance))

    def ellipse(self, name, cx, cy, rx, ry, L, **how):
        w = self.window(cx - rx, cy - ry, cx + rx, cy + ry)
        self.paint(name, ellipse(w.X, w.Y, cx, cy, rx, ry), w, L, **how)

    def polygon(self, name, points, L, **how):
        xs, ys = zip(*points, strict=True)
        w = self.window(min(xs), min(ys), max(xs), max(ys))
        self.paint(name, polygon(w.X, w.Y, points), w, L, **how)

    def box(self, name, x0, y0, x1, y1, L, **how):
        w = self.window(x0, y0, x1, y1)
        across = np.abs(w.X - (x0 + x1) / 2) - (x1 - x0) / 2
        down = np.abs(w.Y - (y0 + y1) / 2) - (y1 - y0) / 2
        self.paint(name, np.maximum(across, down), w, L, **how)

    def line(self, name, x0, y0, x1, y1, width, L, **how):
        r = width / 2
        w = self.window(min(x0, x1) - r, min(y0, y1) - r, max(x0, x1) + r, max(y0, y1) + r)
        self.paint(name, segment(w.X, w.Y, x0, y0, x1, y1, width), w, L, **how)

    def shadow(self, cx, cy, rx, ry, depth):
        """Darken L softly; the maps stay."""
        w = self.window(cx - 1.6 * rx, cy - 1.6 * ry, cx + 1.6 * rx, cy + 1.6 * ry)
        self.L[w.at] -= depth * np.exp(-2 * (((w.X - cx) / rx) ** 2 + ((w.Y - cy) / ry) ** 2))

    def finish(self):
        """L within the range of each pixel's object, the object map, the instance map: each (size, size)."""
        objects, instances = np.array(self.painted, np.uint8).T
        L = clip(self.L, LOWEST[objects][self.parts], HIGHEST[objects][self.parts])
        return L, objects[self.parts], instances[self.parts]
