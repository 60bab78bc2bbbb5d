"""What grows in the scenes. Each function draws one plant on a canvas, see `things`."""

from __future__ import annotations

import numpy as np

from ..canvas import Canvas
from ..shapes import clip, norm, trapezoid

# The clumps of a crown spiral outwards by the golden angle.
_TURN = np.arange(7, dtype=np.float32)[:, None, None] * 2.4
_REACH = np.sqrt(np.arange(7, dtype=np.float32) / 7)[:, None, None] * 0.72


def tree(c: Canvas, x: float, y: float, s: float, slim: float = 1.0) -> None:
    """Draw a leafy tree: a crown of overlapping clumps, each lit from the sun's side.

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
    slim : float
        Width of the crown for its height.
    """
    r = s * 0.36
    top = y - s + r
    c.shadow(x - 0.5 * c.sun * r, y, r * 1.3 * slim, r * 0.3, 16)
    w = 0.045 * s
    c.polygon("trunk", trapezoid(x, top, w * 0.6, y, w), 36, shade=8, grain=4)
    random = c.rng.random((8, 1, 1), dtype=np.float32)
    angle, size = _TURN + 6 * random[7], (0.42 + 0.18 * random[:7]) * r
    cx, cy = x + (r * slim) * _REACH * np.cos(angle), top + (r / slim**0.5) * _REACH * np.sin(angle)
    high = r * 1.25 / slim**0.5
    window = c.window(x - r * 1.3 * slim, top - high, x + r * 1.3 * slim, top + high)
    dx, dy = (window.X - cx) / (size * slim), (window.Y - cy) / (size / slim**0.5)
    depths = dx * dx + dy * dy
    depth = depths.min(0)
    # of the clump in front
    light = np.where(depths == depth, (0.55 * c.sun) * dx - 0.6 * dy, -9).max(0)
    fine = c.fine[window.at]
    light += 0.45 * fine - 0.35 * window.v
    d = (np.sqrt(depth) - 1) * r * 0.5 + fine * r * 0.09
    one = c.instance()
    c.paint("leaves", d, window, 52 + 11 * light, instance=one)
    light += 0.35
    c.paint("leaves_shade", np.maximum(d, light * r * 0.4), window, 42 + 14 * light, instance=one)


def fir(c: Canvas, x: float, y: float, s: float) -> None:
    """Draw a fir: tiers that widen downwards, snow on each.

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
    half = s * 0.27
    c.shadow(x - 0.5 * c.sun * half, y, half * 1.4, half * 0.3, 14)
    c.box("trunk", x - 0.035 * s, y - 0.14 * s, x + 0.035 * s, y, 30)
    top, foot = y - s, y - 0.08 * s
    w = c.window(x - half * 1.1, top, x + half * 1.1, foot)
    down = (w.Y - top) / (foot - top)
    tier = clip(np.floor(down * 4), 0, 3)
    within = down * 4 - tier
    width = half * (0.12 + 0.22 * tier) * 0.35 + half * (0.3 + 0.22 * tier) * 0.75 * clip(
        within, 0, 1.2
    )
    fine = c.fine[w.at]
    d = np.maximum(np.abs(w.X - x) - width, (np.abs(down - 0.5) - 0.5) * s) * 0.8 + fine * 0.012 * s
    c.paint("fir", d, w, 34 + 10 * c.sun * w.u - 9 * within + 7 * fine + 4)
    load = within - 0.42 + 0.3 * fine - 0.12 * c.sun * w.u
    L = 83 + 7 * c.sun * w.u - 8 * within + 3 * fine
    c.paint("snow", np.maximum(d, load * s * 0.2), w, L)


def cactus(c: Canvas, x: float, y: float, s: float) -> None:
    """Draw a saguaro; some flower.

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
    one, r = c.instance(), s * 0.13
    c.shadow(x - c.sun * r * 2, y, s * 0.35, s * 0.05, 14)
    for side, up in ((-1, 0.45), (1, 0.58)):
        if c.chance(0.8):
            ax, ay = x + side * s * 0.25, y - s * up
            c.line("cactus", x, ay, ax, ay, r, 43, shade=5, instance=one)
            c.line("cactus", ax, ay, ax, ay - s * 0.22, r, 47, shade=9, grain=4, instance=one)
            if c.chance(0.5):
                c.ellipse("cactus_flower", ax, ay - s * 0.3, s * 0.05, s * 0.045, 53)
    w = c.window(x - r, y - s, x + r, y)
    d = norm(w.X - x, w.Y - clip(w.Y, y - s + r, y)) - r * 0.9
    ribs = np.cos(clip(w.u, -1, 1) * 11)
    c.paint("cactus", d, w, 47 + 9 * c.sun * w.u + 4 * ribs, instance=one)
    if c.chance(0.4):
        c.ellipse("cactus_flower", x, y - s, s * 0.07, s * 0.055, 53)


def flowers(
    c: Canvas, name: str, x: float, y: float, s: float, count: int, size: float, L: float
) -> None:
    """Draw blossoms strewn over a patch, smaller farther up.

    Parameters
    ----------
    c : Canvas
        Where to draw.
    name : str
        Which object they are.
    x, y : float
        Middle of the patch.
    s : float
        Half-width of the patch.
    count : int
        How many.
    size : float
        Radius of the nearest.
    L : float
        Their lightness, 0…100.
    """
    spots = c.rng.uniform(-1, 1, (count, 2)).astype(np.float32)
    w = c.window(x - s - size, y - s * 0.4 - size, x + s + size, y + s * 0.4 + size)
    cx, cy = (x + spots[:, 0] * s)[:, None, None], (y + spots[:, 1] * s * 0.4)[:, None, None]
    radius = size * (0.75 + 0.25 * spots[:, 1])[:, None, None]
    d = (norm(w.X - cx, 1.4 * (w.Y - cy)) - radius).min(0)
    c.paint(name, d, w, L, grain=5)


def pumpkin(c: Canvas, x: float, y: float, r: float) -> None:
    """Draw a pumpkin with its stalk.

    Parameters
    ----------
    c : Canvas
        Where to draw.
    x, y : float
        Its middle.
    r : float
        Half of its height.
    """
    c.shadow(x, y + r * 0.7, r * 1.5, r * 0.5, 12)
    c.ellipse("pumpkin", x, y, r * 1.2, r, 57, shade=6)
    c.box("trunk", x - r * 0.15, y - r * 1.3, x + r * 0.15, y - r * 0.8, 34)
