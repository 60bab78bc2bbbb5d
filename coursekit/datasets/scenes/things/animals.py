"""What lives in the scenes. Each function draws one on a canvas, see `things`."""

from __future__ import annotations

import numpy as np

from ..canvas import Canvas
from ..shapes import segment


def birds(
    c: Canvas, x: float, y: float, s: float, count: int = 3, name: str = "dark", L: float = 34
) -> None:
    """Draw a flight of birds, each two wing strokes.

    Parameters
    ----------
    c : Canvas
        Where to draw.
    x, y : float
        Where about they are.
    s : float
        Length of a wing.
    count : int
        How many.
    name : str
        Which object they are.
    L : float
        Their lightness, 0…100.
    """
    for _ in range(count):
        bx, by, k = x + c.uniform(-4, 4) * s, y + c.uniform(-2, 2) * s, s * c.uniform(0.7, 1.1)
        w = c.window(bx - 1.2 * k, by - 0.7 * k, bx + 1.2 * k, by + 0.2 * k)
        c.paint(name, segment(np.abs(w.X - bx), w.Y, 0, by, k, by - k * 0.5, k * 0.26), w, L)


def beast(
    c: Canvas,
    x: float,
    y: float,
    s: float,
    body: str,
    head: float = 0.2,
    face: str | None = None,
    neck: float = 0.35,
    legs: float = 0.42,
    hump: float = 0.0,
    horns: bool = False,
) -> None:
    """Draw a four-legged animal, facing either way.

    Parameters
    ----------
    c : Canvas
        Where to draw.
    x : float
        Its middle.
    y : float
        The line where it meets the ground.
    s : float
        Height of the shoulder; the other lengths are shares of it.
    body : str
        The object that it is: wool, hide or fur.
    head : float
        Half of the head's length.
    face : str, optional
        The object that the face is; by default the body's.
    neck, legs, hump : float
        How high they are.
    horns : bool
        Whether it has some.
    """
    way, one = (1 if c.chance(0.5) else -1), c.instance()
    face, woolly = face or body, body == "wool"
    middle = y - s * (legs + 0.24)
    L = {"wool": 80, "hide": 49, "fur": 54}[body]
    c.shadow(x, y, s * 0.75, s * 0.13, 15)
    w = c.window(x - s * 0.47, middle, x + s * 0.47, y)
    # The four legs, folded onto one: left onto right, then outer onto inner.
    two = np.abs(np.abs(w.X - x) - s * 0.345) - s * 0.075
    four = np.maximum(np.abs(two) - s * 0.045, np.maximum(middle - w.Y, w.Y - y))
    c.paint("dark" if woolly else body, four, w, 30 if woolly else L - 10, instance=one)
    hx, hy = x + way * s * (0.58 + neck * 0.35), middle - s * neck
    c.line(body, x + way * s * 0.4, middle, hx, hy, s * 0.2, L - 2, shade=5, instance=one)
    if hump:
        c.ellipse(body, x, middle - s * 0.24, s * 0.2, s * hump, L + 2, shade=8, instance=one)
    fat, rough, L_face = (0.34, 9, 28) if woolly else (0.27, 3, L + 2)
    c.ellipse(body, x, middle, s * 0.58, s * fat, L, shade=10, grain=rough, instance=one)
    c.ellipse(
        face, hx + way * s * 0.08, hy, s * head, s * head * 0.68, L_face, shade=6, instance=one
    )
    if horns:
        for k in (0, 0.12):
            root = hx + way * s * k
            c.line("trunk", root, hy - s * 0.08, root - way * s * 0.08, hy - s * 0.4, s * 0.05, 38)
