"""What people leave about in the scenes. Each function draws one on a canvas, see `things`."""

from __future__ import annotations

import numpy as np

from ..canvas import Canvas
from ..shapes import clip, ellipse, norm, polygon, segment, trapezoid


def boat(c: Canvas, x: float, y: float, s: float) -> None:
    """Draw a sailing boat.

    Parameters
    ----------
    c : Canvas
        Where to draw.
    x : float
        Its middle.
    y : float
        The water line.
    s : float
        Height.
    """
    c.shadow(x, y + s * 0.06, s * 0.5, s * 0.1, 14)
    c.line("trunk", x, y - s, x, y, s * 0.03, 40)
    right, left, boom = x + s * 0.05, x - s * 0.05, y - s * 0.2
    c.polygon(
        "sail", [(right, y - s * 0.97), (x + s * 0.48, boom), (right, boom)], 86, shade=6, grain=2
    )
    c.polygon(
        "sail", [(left, y - s * 0.85), (left, boom), (x - s * 0.32, boom)], 82, shade=6, grain=2
    )
    c.polygon("hull", trapezoid(x, y - s * 0.14, s * 0.48, y + s * 0.06, s * 0.33), 44, shade=6)


def parasol(c: Canvas, x: float, y: float, s: float) -> None:
    """Draw a beach parasol with panels.

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
    c.shadow(x - c.sun * s * 0.3, y, s * 0.5, s * 0.12, 15)
    c.line("fence", x, y - s * 0.9, x, y, s * 0.05, 60)
    w = c.window(x - s * 0.55, y - s, x + s * 0.55, y - s * 0.55)
    d = np.maximum(ellipse(w.X, w.Y, x, y - s * 0.55, s * 0.55, s * 0.45), w.Y - (y - s * 0.58))
    c.paint("parasol", d, w, 55 + 4 * np.sign(np.cos(w.u * 8)) + 5 * c.sun * w.u)


def lamp(c: Canvas, x: float, y: float, s: float) -> None:
    """Draw a street lantern.

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
    c.line("dark", x, y - s * 0.8, x, y, s * 0.045, 20)
    c.polygon("dark", trapezoid(x, y - s, 0, y - s * 0.92, s * 0.09), 22)
    c.polygon("lantern", trapezoid(x, y - s * 0.92, s * 0.075, y - s * 0.79, s * 0.04), 82, shade=3)


def hay_bale(c: Canvas, x: float, y: float, s: float) -> None:
    """Draw a round bale, wound like a snail.

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
    r = s / 2
    c.shadow(x - c.sun * r, y, r * 1.7, r * 0.4, 16)
    w = c.window(x - r * 1.5, y - s, x + r, y)
    side = norm(np.maximum(np.abs(w.X - (x - r * 0.3)) - r * 0.35, 0), w.Y - (y - r)) - r
    c.paint("hay", side, w, 60, shade=7, grain=6)
    one = ellipse(w.X, w.Y, x + r * 0.25, y - r, r * 0.72, r)
    turns = np.cos(norm((w.X - x - r * 0.25) / 0.72, w.Y - y + r) / r * 16)
    c.paint("hay", one, w, 70 + 6 * turns + 5 * c.sun * w.u, grain=3)


def fence(c: Canvas, y: float, s: float) -> None:
    """Draw a paling across the whole picture.

    Parameters
    ----------
    c : Canvas
        Where to draw.
    y : float
        The line where it meets the ground.
    s : float
        Height of the posts.
    """
    w = c.window(0, y - s, 1, y)
    rail = np.minimum(np.abs(w.Y - (y - s * 0.7)), np.abs(w.Y - (y - s * 0.35))) - s * 0.07
    post = np.maximum(np.abs((w.X / (s * 1.15)) % 1 - 0.5) * s * 1.15 - s * 0.11, y - s - w.Y)
    c.paint("fence", np.maximum(np.minimum(rail, post), w.Y - y), w, 60 + 6 * c.fine[w.at])


def snowman(c: Canvas, x: float, y: float, s: float) -> None:
    """Draw three balls, a hat, a carrot and a scarf.

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
    c.shadow(x - c.sun * s * 0.3, y, s * 0.5, s * 0.1, 12)
    for up, r in ((0.24, 0.26), (0.56, 0.19), (0.8, 0.14)):
        c.ellipse("snow", x, y - s * up, s * r, s * r, 84, shade=10)
    c.box("scarf", x - s * 0.15, y - s * 0.7, x + s * 0.15, y - s * 0.63, 48, shade=3)
    c.box("dark", x - s * 0.18, y - s * 0.93, x + s * 0.18, y - s * 0.89, 18)
    c.box("dark", x - s * 0.11, y - s * 1.1, x + s * 0.11, y - s * 0.9, 22, shade=5)
    c.line("pumpkin", x, y - s * 0.8, x - c.sun * s * 0.13, y - s * 0.78, s * 0.04, 58)


def balloon(c: Canvas, x: float, y: float, r: float) -> None:
    """Draw a hot-air balloon; the gores show in L only.

    Parameters
    ----------
    c : Canvas
        Where to draw.
    x, y : float
        Its middle.
    r : float
        Radius.
    """
    w = c.window(x - r, y - r, x + r, y + r * 1.45)
    throat = trapezoid(x, y + r * 0.5, r * 0.86, y + r * 1.42, r * 0.2)
    d = np.minimum(norm(w.X - x, w.Y - y) - r, polygon(w.X, w.Y, throat))
    narrowing = np.maximum(1 - 0.44 * np.maximum((w.Y - y) / r, 0) ** 1.5, 0.2)
    across = clip((w.X - x) / r / narrowing, -1, 1)
    gores = np.sign(np.cos(np.arcsin(across) * 6))
    below = c.window(x - r * 0.25, y + r * 1.35, x + r * 0.25, y + r * 1.75)
    ropes = segment(
        np.abs(below.X - x), below.Y, r * 0.2, y + r * 1.4, r * 0.16, y + r * 1.75, r * 0.05
    )
    c.paint("dark", ropes, below, 30)
    c.paint("balloon", d, w, 53 + 2.4 * gores + 4 * c.sun * w.u - 2 * w.v)
    c.box("basket", x - r * 0.19, y + r * 1.68, x + r * 0.19, y + r * 1.95, 42, shade=7)


def kite(c: Canvas, x: float, y: float, s: float) -> None:
    """Draw a kite with its tail.

    Parameters
    ----------
    c : Canvas
        Where to draw.
    x, y : float
        Its middle.
    s : float
        Half of its height.
    """
    one, lean = c.instance(), c.uniform(-0.5, 0.5) * s
    c.line("dark", x - lean, y + s, x - lean - s * 0.9 * c.sun, y + s * 2.6, s * 0.07, 38)
    corners = [(x + lean, y - s), (x + s * 0.65, y), (x - lean, y + s), (x - s * 0.65, y)]
    c.polygon("kite", corners, 55, shade=5, instance=one)
