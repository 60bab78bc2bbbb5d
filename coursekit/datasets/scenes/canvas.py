"""A canvas for L and the maps of objects and instances: edges are soft in L, hard in the maps.

Positions are fractions of the picture, x to the right, y down. Every random number is drawn in
these units, never a pixel, so a scene is the same picture at any size.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .palettes import HIGHEST, LOWEST, NUMBER
from .shapes import clip, ellipse, polygon, segment, weights

INSTANCES = 128  # more things than one scene ever holds; the instance map is uint8


class Window:
    """A rectangle of the canvas: where it lies, and the coordinates of its pixels.

    Parameters
    ----------
    canvas : Canvas
        The canvas.
    x0, y0, x1, y1 : float
        Left, top, right and bottom; what is outside the canvas is cut off.

    Attributes
    ----------
    at : tuple of slice
        Rows and columns.
    edges : tuple of float
        Left, top, right and bottom, before they are cut off.
    X, Y : np.ndarray
        Coordinates of the pixels, (1, w) and (h, 1).
    """

    def __init__(self, canvas: Canvas, x0: float, y0: float, x1: float, y1: float):
        n = canvas.size
        # A pixel more on each side, for soft edges.
        columns = slice(min(max(int(x0 * n) - 1, 0), n), min(max(int(x1 * n) + 2, 0), n))
        rows = slice(min(max(int(y0 * n) - 1, 0), n), min(max(int(y1 * n) + 2, 0), n))
        self.at, self.edges = (rows, columns), (x0, y0, x1, y1)
        self.X, self.Y = canvas.X[:, columns], canvas.Y[rows]

    @property
    def u(self) -> np.ndarray:
        """Scale X to -1…1 from the left edge of the rectangle to the right one.

        Returns
        -------
        np.ndarray
            Float32 (1, w).
        """
        x0, _, x1, _ = self.edges
        return (self.X - (x0 + x1) / 2) * (2 / max(x1 - x0, 1e-3))

    @property
    def v(self) -> np.ndarray:
        """Scale Y to -1…1 from the top edge of the rectangle to the bottom one.

        Returns
        -------
        np.ndarray
            Float32 (h, 1).
        """
        _, y0, _, y1 = self.edges
        return (self.Y - (y0 + y1) / 2) * (2 / max(y1 - y0, 1e-3))


class Canvas:
    """One scene while it is being drawn; later shapes cover earlier ones.

    Parameters
    ----------
    size : int
        Height and width, pixels.
    rng : np.random.Generator
        Decides all that is left to chance.

    Attributes
    ----------
    size, rng
        As given.
    X, Y : np.ndarray
        Coordinates of the pixels' centres, 0…1, (1, size) and (size, 1).
    L : np.ndarray
        Lightness so far, float32 (size, size).
    parts : np.ndarray
        Which paint each pixel shows, places in `painted`, uint16 (size, size).
    painted : list of (int, int)
        Object number and instance of each paint.
    count : int
        Instances so far; instance 0 is the sky and all that takes its mood.
    sun : float
        1 if the light comes from the right, -1 if from the left.
    coarse, fine : np.ndarray
        Noise for clouds and grain, about -1…1, (size, size).
    """

    def __init__(self, size: int, rng: np.random.Generator):
        self.size, self.rng = size, rng
        centres = ((np.arange(size) + 0.5) / size).astype(np.float32)
        self.X, self.Y = centres[None, :], centres[:, None]
        self.L = np.zeros((size, size), np.float32)
        self.parts = np.zeros((size, size), np.uint16)
        self.painted: list[tuple[int, int]] = []
        self.count = 0
        self.sun = 1.0 if self.chance(0.5) else -1.0
        self.coarse = self.noise(5, 5) * 0.7 + self.noise(13, 13) * 0.45
        self.fine = self.noise(34, 34) * 0.6 + self.noise(80, 80) * 0.6

    # Randomness
    def uniform(self, low: float, high: float) -> float:
        """Draw a number.

        Parameters
        ----------
        low, high : float
            The limits.

        Returns
        -------
        float
            Anywhere between them.
        """
        return self.rng.uniform(low, high)

    def chance(self, probability: float) -> bool:
        """Decide by lot.

        Parameters
        ----------
        probability : float
            How likely it is, 0…1.

        Returns
        -------
        bool
            Whether it happens.
        """
        return self.rng.random() < probability

    def noise(self, rows: int, columns: int) -> np.ndarray:
        """Draw value noise over the canvas, smooth between random knots.

        Parameters
        ----------
        rows, columns : int
            Spaces between knots, down and across.

        Returns
        -------
        np.ndarray
            Values -1…1, (size, size).
        """
        knots = self.rng.random((rows + 1, columns + 1), dtype=np.float32) * 2 - 1
        return weights(self.size, rows) @ knots @ weights(self.size, columns).T

    def profile(self, cells: int) -> np.ndarray:
        """Draw value noise along x.

        Parameters
        ----------
        cells : int
            Spaces between knots.

        Returns
        -------
        np.ndarray
            Values -1…1, (1, size).
        """
        knots = self.rng.random(cells + 1, dtype=np.float32) * 2 - 1
        return (weights(self.size, cells) @ knots)[None]

    # Paint
    def instance(self) -> int:
        """Begin a new thing: all that is painted with its number shares one draw of a colour.

        Returns
        -------
        int
            Its number.
        """
        self.count = min(self.count + 1, INSTANCES - 1)
        return self.count

    def window(self, x0: float = 0.0, y0: float = 0.0, x1: float = 1.0, y1: float = 1.0) -> Window:
        """Choose a rectangle of the canvas.

        Parameters
        ----------
        x0, y0, x1, y1 : float
            Left, top, right and bottom; by default the whole canvas.

        Returns
        -------
        Window
            The rectangle.
        """
        return Window(self, x0, y0, x1, y1)

    def paint(
        self,
        name: str,
        distance: np.ndarray,
        window: Window,
        L: float | np.ndarray,
        shade: float = 0.0,
        grain: float = 0.0,
        instance: int | None = None,
    ) -> None:
        """Cover what lies within a signed distance.

        L mixes by the share of a pixel that is covered; the maps change where that is over a half.

        Parameters
        ----------
        name : str
            Which object it is.
        distance : np.ndarray
            Signed distance of each pixel of the window to the edge, negative inside, (h, w).
        window : Window
            Where the shape is.
        L : float or np.ndarray
            Its lightness, 0…100: a number or an array over the window.
        shade : float
            How much lighter it is towards the sun and the top.
        grain : float
            How rough it is.
        instance : int, optional
            The thing that it belongs to; by default a new one.
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
        # In place, for these lines run a hundred times a scene: the share of a pixel that is
        # covered goes from 0 to 1 as its centre crosses the edge, from half a pixel out to in.
        covered = distance * -self.size
        covered += 0.5
        np.maximum(covered, 0, out=covered)
        np.minimum(covered, 1, out=covered)
        covered *= L - under
        under += covered
        self.parts[at][distance < 0] = len(self.painted)
        self.painted.append((number, self.instance() if instance is None else instance))

    def ellipse(
        self, name: str, cx: float, cy: float, rx: float, ry: float, L: float, **how: Any
    ) -> None:
        """Paint an upright ellipse.

        Parameters
        ----------
        name : str
            Which object it is.
        cx, cy : float
            Its middle.
        rx, ry : float
            Half of its width and height.
        L : float
            Its lightness, 0…100.
        **how : object
            Shade, grain and instance, see `paint`.
        """
        w = self.window(cx - rx, cy - ry, cx + rx, cy + ry)
        self.paint(name, ellipse(w.X, w.Y, cx, cy, rx, ry), w, L, **how)

    def polygon(self, name: str, points: list[tuple[float, float]], L: float, **how: Any) -> None:
        """Paint a convex polygon.

        Parameters
        ----------
        name : str
            Which object it is.
        points : list of (float, float)
            Corners x and y, clockwise on the screen.
        L : float
            Its lightness, 0…100.
        **how : object
            Shade, grain and instance, see `paint`.
        """
        xs, ys = zip(*points, strict=True)
        w = self.window(min(xs), min(ys), max(xs), max(ys))
        self.paint(name, polygon(w.X, w.Y, points), w, L, **how)

    def box(
        self, name: str, x0: float, y0: float, x1: float, y1: float, L: float, **how: Any
    ) -> None:
        """Paint an upright rectangle.

        Parameters
        ----------
        name : str
            Which object it is.
        x0, y0, x1, y1 : float
            Left, top, right and bottom.
        L : float
            Its lightness, 0…100.
        **how : object
            Shade, grain and instance, see `paint`.
        """
        w = self.window(x0, y0, x1, y1)
        across = np.abs(w.X - (x0 + x1) / 2) - (x1 - x0) / 2
        down = np.abs(w.Y - (y0 + y1) / 2) - (y1 - y0) / 2
        self.paint(name, np.maximum(across, down), w, L, **how)

    def line(
        self,
        name: str,
        x0: float,
        y0: float,
        x1: float,
        y1: float,
        width: float,
        L: float,
        **how: Any,
    ) -> None:
        """Paint a line with round ends.

        Parameters
        ----------
        name : str
            Which object it is.
        x0, y0, x1, y1 : float
            Its ends.
        width : float
            Its width.
        L : float
            Its lightness, 0…100.
        **how : object
            Shade, grain and instance, see `paint`.
        """
        r = width / 2
        w = self.window(min(x0, x1) - r, min(y0, y1) - r, max(x0, x1) + r, max(y0, y1) + r)
        self.paint(name, segment(w.X, w.Y, x0, y0, x1, y1, width), w, L, **how)

    def shadow(self, cx: float, cy: float, rx: float, ry: float, depth: float) -> None:
        """Darken L softly; the maps stay.

        Parameters
        ----------
        cx, cy : float
            The middle of the shadow.
        rx, ry : float
            Half of its width and height.
        depth : float
            How much darker the middle is, in units of L.
        """
        w = self.window(cx - 1.6 * rx, cy - 1.6 * ry, cx + 1.6 * rx, cy + 1.6 * ry)
        self.L[w.at] -= depth * np.exp(-2 * (((w.X - cx) / rx) ** 2 + ((w.Y - cy) / ry) ** 2))

    def finish(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Finish the scene.

        Returns
        -------
        L : np.ndarray
            Lightness within the range of each pixel's object, float32 (size, size).
        objects : np.ndarray
            Object map, uint8 (size, size), places in ``OBJECTS``.
        instances : np.ndarray
            Instance map, uint8 (size, size).
        """
        objects, instances = np.array(self.painted, np.uint8).T
        L = clip(self.L, LOWEST[objects][self.parts], HIGHEST[objects][self.parts])
        return L, objects[self.parts], instances[self.parts]
