"""What people build in the scenes. Each function draws one on a canvas, see `things`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..canvas import Canvas
from ..shapes import polygon, trapezoid


def cottage(
    c: Canvas, x: float, y: float, s: float, wall: str = "wall", snowy: bool = False
) -> None:
    """Draw a house from its long side: wall, door, windows, tiled roof, chimney and smoke.

    Parameters
    ----------
    c : Canvas
        Where to draw.
    x : float
        Its middle.
    y : float
        The line where it meets the ground.
    s : float
        Height.
    wall : str
        The object that the walls are.
    snowy : bool
        Whether snow lies on the roof and there is light in the windows.
    """
    w, eaves = s * 0.72, y - s * 0.5
    c.shadow(x - c.sun * w * 0.6, y, w * 1.1, s * 0.12, 16)
    cx = x + w * 0.55
    # Smoke: three puffs that rise, drift and grow.
    for k in range(3):
        rise = s * (0.14 + 0.17 * k)
        rx, ry = s * (0.05 + 0.03 * k), s * (0.045 + 0.02 * k)
        c.ellipse("mist", cx + rise * 0.5, y - s * 1.1 - rise, rx, ry, 84 + 2 * k)
    c.box("stone", cx - s * 0.06, y - s * 1.12, cx + s * 0.06, y - s * 0.7, 58, shade=8)
    c.box(wall, x - w, eaves, x + w, y, 82 if wall == "wall" else 44, shade=7, grain=3)
    c.box("door", x - s * 0.1, y - s * 0.34, x + s * 0.1, y, 36, shade=4)
    lit = [side for side in (-1, 1) if snowy and c.chance(0.75)]
    panes(c, x, y - s * 0.27, w * 0.58, s * 0.11, s * 0.1, lit)
    slope = trapezoid(x, y - s, w * 0.78, eaves, w * 1.14)
    win = c.window(x - w * 1.14, y - s, x + w * 1.14, eaves)
    tiles = np.cos(win.v * 9) * 3 + np.cos(win.u * 22) * 1.5 + 4 * c.fine[win.at]
    L = (84 if snowy else 45) + (2 if snowy else 1) * tiles + 5 * c.sun * win.u - 3 * win.v
    c.paint("snow" if snowy else "roof", polygon(win.X, win.Y, slope), win, L)


def panes(
    c: Canvas, x: float, y: float, apart: float, w: float, h: float, lit: Sequence[int]
) -> None:
    """Draw two windows.

    Parameters
    ----------
    c : Canvas
        Where to draw.
    x, y : float
        The middle between them.
    apart : float
        How far left and right of it they are.
    w, h : float
        Half of a window's width and height.
    lit : sequence of int
        Those with light in them: -1 is the left, 1 the right one.
    """
    win = c.window(x - apart - w * 1.3, y - h * 1.3, x + apart + w * 1.3, y + h * 1.3)
    across, down = np.abs(np.abs(win.X - x) - apart), np.abs(win.Y - y)
    c.paint("wall", np.maximum(across - w * 1.25, down - h * 1.25), win, 88)
    c.paint("glass", np.maximum(across - w, down - h), win, 40, shade=-8)
    for side in lit:
        c.box("lantern", x + side * apart - w, y - h, x + side * apart + w, y + h, 82, shade=3)
    c.paint("wall", np.maximum(across - w * 0.12, down - h), win, 80)


def barn(c: Canvas, x: float, y: float, s: float) -> None:
    """Draw a timber barn with a gambrel gable and a barred gate.

    Parameters
    ----------
    c : Canvas
        Where to draw.
    x : float
        Its middle.
    y : float
        The line where it meets the ground.
    s : float
        Height.
    """
    w = s * 0.55
    c.shadow(x - c.sun * w, y, w * 1.3, s * 0.12, 16)
    win = c.window(x - w, y - s, x + w, y)
    d = polygon(
        win.X,
        win.Y,
        [
            (x, y - s),
            (x + w * 0.62, y - s * 0.86),
            (x + w, y - s * 0.5),
            (x + w, y),
            (x - w, y),
            (x - w, y - s * 0.5),
            (x - w * 0.62, y - s * 0.86),
        ],
    )
    c.paint("fence", d - s * 0.05, win, 66)
    planks = np.cos(win.u * 26)
    c.paint("barn", d, win, 43 + 3 * planks + 4 * c.sun * win.u + 3 * c.fine[win.at])
    g = w * 0.5
    c.box("fence", x - g, y - s * 0.46, x + g, y, 70)
    c.box("barn", x - g * 0.86, y - s * 0.42, x + g * 0.86, y, 38)
    for way in (-1, 1):
        c.line("fence", x - way * g, y - s * 0.44, x + way * g, y, s * 0.035, 70)
    c.box("dark", x - w * 0.2, y - s * 0.74, x + w * 0.2, y - s * 0.58, 26)


def townhouse(c: Canvas, x: float, y: float, w: float, h: float, gable: int) -> None:
    """Draw a tall house with rows of windows.

    Parameters
    ----------
    c : Canvas
        Where to draw.
    x : float
        Its middle.
    y : float
        The line where it meets the ground.
    w : float
        Half of its width.
    h : float
        Height of the walls.
    gable : int
        0 pointed, 1 flat, 2 mansard.
    """
    top, rise, ridge = y - h, w * (0.95, 0.16, 0.6)[gable], w * (0, 1.06, 0.62)[gable]
    c.box("stone", x + w * 0.3, top - rise - w * 0.16, x + w * 0.52, top, 56, shade=6)
    c.box("facade", x - w, top, x + w, y, 73, shade=6, grain=3)
    roof = trapezoid(x, top - rise, ridge, top, w * 1.06)
    c.polygon("stone" if gable == 1 else "roof", roof, 72 if gable == 1 else 46, shade=7, grain=4)
    columns, floors = 3 if w > 0.085 else 2, max(2, round(h / w / 1.15))
    win = c.window(x - w, top, x + w, y)
    i, j = (win.u + 1) / 2 * columns, (win.v + 1) / 2 * floors
    du, dv = np.abs(i % 1 - 0.5), np.abs(j % 1 - 0.5)
    wide, high = 2 * w / columns, h / floors
    shop = (j >= floors - 1).astype(np.float32)
    d = np.maximum((du - 0.23 - 0.13 * shop) * wide, (dv - 0.29) * high)
    c.paint("wall", np.maximum(d - 0.06 * wide, 99 * shop), win, 88)
    c.paint("glass", d, win, 38 + 10 * (i % 1) - 14 * (j % 1))
    if c.chance(0.35):
        px = x - w + (int(c.rng.integers(columns)) + 0.5) * wide
        py = top + (int(c.rng.integers(floors - 1)) + 0.5) * high
        c.box("lantern", px - 0.23 * wide, py - 0.29 * high, px + 0.23 * wide, py + 0.29 * high, 82)
    px = x - w + (int(c.rng.integers(columns)) + 0.5) * wide
    c.box("stone", px - wide * 0.42, y - high * 0.92, px + wide * 0.42, y, 76)
    c.box("door", px - wide * 0.28, y - high * 0.8, px + wide * 0.28, y, 36, shade=5)


def lighthouse(c: Canvas, x: float, y: float, s: float) -> None:
    """Draw a white tower with two bands and a lamp.

    Parameters
    ----------
    c : Canvas
        Where to draw.
    x : float
        Its middle.
    y : float
        The line where it meets the ground.
    s : float
        Height.
    """

    # Half of its width at a share of the height.
    def at(t: float) -> float:
        return s * (0.11 - 0.045 * t)

    c.polygon("wall", trapezoid(x, y - s * 0.78, at(1), y, at(0)), 80, shade=12)
    for low, high in ((0.2, 0.34), (0.5, 0.63)):
        c.polygon("stripe", trapezoid(x, y - s * high, at(high), y - s * low, at(low)), 48, shade=5)
    c.box("dark", x - s * 0.09, y - s * 0.81, x + s * 0.09, y - s * 0.77, 30)
    c.box("lantern", x - s * 0.045, y - s * 0.9, x + s * 0.045, y - s * 0.81, 82)
    c.polygon("dark", trapezoid(x, y - s, 0, y - s * 0.89, s * 0.075), 32)
