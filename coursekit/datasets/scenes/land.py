"""Sky, clouds, hills, ground and water: what the scenes share, drawn on a canvas."""

from __future__ import annotations

import numpy as np

from .canvas import Canvas, Window
from .palettes import NUMBER
from .shapes import clip, ellipse, interpolation, norm

MOOD = 0  # the instance of the sky, the clouds and the water, which share one mood


def sky(c: Canvas, horizon: float) -> None:
    """Draw five bands that pale towards the horizon, the sun on some days, clouds on most.

    Parameters
    ----------
    c : Canvas
        Where to draw.
    horizon : float
        Where the sky ends.
    """
    sx, sy = 0.5 + c.sun * c.uniform(0.12, 0.4), horizon * c.uniform(0.2, 0.7)
    glow = np.exp(-((c.X - sx) ** 2 + (c.Y - sy) ** 2) * 14)
    depth = c.Y / horizon
    c.L[:] = 60 + 24 * depth + 9 * glow + 2.2 * c.coarse + 0.5 * c.fine
    c.painted += [(NUMBER[f"sky_{band}"], MOOD) for band in range(1, 6)]
    # The bands are the first five paints, so their numbers are places in the list.
    c.parts[:] = clip(depth * 5.2 + 0.9 * glow + 0.5 * c.coarse - 0.1, 0, 4)
    if c.chance(0.5):
        r = c.uniform(0.035, 0.06)
        c.ellipse("sun", sx, sy, r, r, 94)
    for _ in range(int(c.rng.integers(1, 5))):
        cloud(c, c.uniform(0, 1), horizon * c.uniform(0.12, 0.7), c.uniform(0.06, 0.15))


# x, y and radius of the puffs of a cloud, before chance moves them by 0.12 on average
_PUFFS = np.array(
    [
        [-1.12, -0.57, 0.03, 0.53, 1.03],
        [-0.02, -0.32, -0.44, -0.22, 0.0],
        [0.3, 0.43, 0.5, 0.38, 0.24],
    ],
    np.float32,
)[..., None, None]


def cloud(c: Canvas, x: float, y: float, s: float) -> None:
    """Draw a heap of puffs on a flat base, bright above and towards the sun, shaded below.

    Parameters
    ----------
    c : Canvas
        Where to draw.
    x, y : float
        Its middle.
    s : float
        A third of its width.
    """
    cx, cy, r = s * (_PUFFS + 0.24 * c.rng.random(_PUFFS.shape, dtype=np.float32))
    w = c.window(x - 1.7 * s, y - s, x + 1.7 * s, y + 0.4 * s)
    dx, dy = w.X - x - cx, w.Y - y - cy
    rough = 0.1 * s * (c.fine[w.at] + c.coarse[w.at])
    d = np.maximum((norm(dx, dy) - r).min(0), w.Y - y - 0.3 * s) + rough
    light = -w.v * 0.8 + 0.35 * c.sun * w.u + 4 * rough / s
    c.paint("cloud", d, w, 86 + 8 * light, instance=MOOD)
    shade = light + 0.25
    c.paint("cloud_shade", np.maximum(d, shade * 0.3 * s), w, 79 + 9 * shade, instance=MOOD)


def slope(c: Canvas, line: np.ndarray) -> np.ndarray:
    """Measure how steeply a line falls to the right (y runs down).

    Parameters
    ----------
    c : Canvas
        Where to draw.
    line : np.ndarray
        The y of each column, (1, size).

    Returns
    -------
    np.ndarray
        Change of y by change of x, (1, size).
    """
    rise = np.diff(line, prepend=line[:, :1], append=line[:, -1:])
    return (rise[:, 1:] + rise[:, :-1]) * (c.size / 2)


def ridge(
    c: Canvas,
    name: str,
    base: float,
    height: float,
    cells: int,
    L: float,
    contrast: float = 6.0,
    shape: np.ndarray | None = None,
) -> np.ndarray:
    """Draw land below a wavy line, lit where it leans to the sun.

    Parameters
    ----------
    c : Canvas
        Where to draw.
    name : str
        Which object it is.
    base, height : float
        Where the line runs, and how far it strays.
    cells : int
        How many waves it has.
    L : float
        Its lightness, 0…100.
    contrast : float
        How much lighter the slopes towards the sun are.
    shape : np.ndarray, optional
        The line itself, (1, size), instead of base, height and cells.

    Returns
    -------
    np.ndarray
        The line: the y of each column, (1, size).
    """
    line = shape
    if line is None:
        line = base - height * (0.7 * c.profile(cells) + 0.3 * c.profile(cells * 3))
    lean = slope(c, line)
    w = c.window()
    below = clip((c.Y - line) / 0.25, 0, 1)
    light = np.tanh(c.sun * lean * 2.2) * (1 - below)
    L = L + contrast * light + 4 * c.coarse + 2.5 * c.fine - 5 * below
    # The distance to a leaning line is shorter than the way up to it.
    c.paint(name, (line - c.Y) / np.sqrt(1 + lean * lean), w, L)
    return line


def ground(c: Canvas, top: float, roll: float = 0.02) -> np.ndarray:
    """Draw the ground.

    Its L follows one law in every kind of scene, so only the rest of the picture tells its
    colour.

    Parameters
    ----------
    c : Canvas
        Where to draw.
    top : float
        Where it begins.
    roll : float
        How far its upper edge strays.

    Returns
    -------
    np.ndarray
        The upper edge: the y of each column, (1, size).
    """
    line = top - roll * c.profile(3)
    depth = clip((c.Y[:, 0] - top) / (1 - top), 0, 1)
    # Blades of grass: noise whose knots lie closer together far away.
    rows = interpolation(depth**0.55, 40)
    knots = c.rng.random((41, 91), dtype=np.float32) * 2 - 1
    blades = rows @ knots @ interpolation(c.X[0], 90).T
    w = c.window()
    near = depth[:, None]
    L = 75 - 8 * near + 4.5 * c.coarse + (2 + 3 * near) * blades + (1 + 2.5 * near) * c.fine
    c.paint("ground", line - c.Y, w, L)
    return line


def path(c: Canvas, top: float) -> None:
    """Draw a pale path that winds to the front.

    Parameters
    ----------
    c : Canvas
        Where to draw.
    top : float
        Where it begins.
    """
    bend, end, start = c.uniform(-0.25, 0.25), c.uniform(0.2, 0.8), c.uniform(0.3, 0.7)
    w = c.window(0, top, 1, 1)
    t = clip((w.Y - top) / (1 - top), 0, 1)
    middle = start + (end - start) * t + bend * np.sin(t * 4.5) * (1 - 0.4 * t)
    d = np.abs(w.X - middle) - (0.008 + 0.085 * t**1.4) + 0.012 * t * c.fine[w.at]
    c.paint("path", np.maximum(d, top - w.Y), w, 74 + 5 * c.coarse[w.at] + 4 * c.fine[w.at] - 4 * t)


def water(c: Canvas, window: Window, distance: np.ndarray, far: float) -> None:
    """Draw water that mirrors the sky's light and carries ripples, long in x.

    Its mood is the sky's.

    Parameters
    ----------
    c : Canvas
        Where to draw.
    window : Window
        The part of the canvas.
    distance : np.ndarray
        Signed distance to the shore, negative in the water.
    far : float
        The y of the far shore.
    """
    depth = clip((window.Y - far) / (1 - far), 0, 1)
    ripples = interpolation(np.sqrt(depth[:, 0]), 44) @ (
        c.rng.random((45, 9), dtype=np.float32) * 2 - 1
    )
    ripples = ripples @ interpolation(window.X[0], 8).T
    glitter = np.exp(-(((window.X - 0.5 - c.sun * 0.25) / (0.06 + 0.25 * depth)) ** 2))
    L = (
        70
        - 16 * depth**0.7
        + 7 * ripples * (0.5 + depth)
        + glitter * (7 + 12 * np.maximum(ripples, 0))
    )
    c.paint("water", distance, window, L, instance=MOOD)


def pond(c: Canvas, top: float) -> tuple[float, float, float]:
    """Draw a round pond with a stony rim.

    Parameters
    ----------
    c : Canvas
        Where to draw.
    top : float
        Where the ground begins.

    Returns
    -------
    tuple of float
        Its middle, x and y, and its half-width.
    """
    x, y, r = c.uniform(0.25, 0.75), c.uniform(top + 0.14, 0.85), c.uniform(0.12, 0.2)
    w = c.window(x - r * 1.3, y - r * 0.45, x + r * 1.3, y + r * 0.45)
    d = ellipse(w.X, w.Y, x, y, r, r * 0.28) + 0.03 * r * c.coarse[w.at]
    c.paint("stone", d - 0.012, w, 60, grain=8)
    water(c, w, d, y - r * 0.4)
    return x, y, r


def dry(lake: tuple[float, float, float] | None, x: float, y: float) -> bool:
    """Say whether an animal would not stand in the pond.

    Parameters
    ----------
    lake : tuple of float or None
        What `pond` returns; None if there is none.
    x, y : float
        The place.

    Returns
    -------
    bool
        True on land.
    """
    if lake is None:
        return True
    middle, level, r = lake
    return ((x - middle) / (r + 0.08)) ** 2 + ((y - level) / (0.3 * r + 0.05)) ** 2 > 1


def mist(c: Canvas, y: float, height: float) -> None:
    """Draw a bank of haze at the foot of the hills.

    Parameters
    ----------
    c : Canvas
        Where to draw.
    y, height : float
        Its middle, and how far it reaches up and down.
    """
    w = c.window(0, y - height, 1, y + height)
    d = np.abs(w.Y - y) - height * (0.45 + 0.5 * c.coarse[w.at])
    c.paint("mist", d, w, 80 + 4 * c.coarse[w.at])


def rocks(c: Canvas, x: float, y: float, s: float) -> None:
    """Draw two rocks.

    Parameters
    ----------
    c : Canvas
        Where to draw.
    x, y : float
        Where about they are.
    s : float
        Height.
    """
    for _ in range(2):
        at, k = x + c.uniform(-1, 1) * s, s * c.uniform(0.6, 1)
        c.shadow(at - c.sun * k * 0.5, y, k * 1.2, k * 0.3, 12)
        corners = [(at - k * 0.4, y - k), (at + k * 0.5, y - k * 0.85), (at + k, y), (at - k, y)]
        c.polygon("rock", corners, 54, shade=14, grain=6)
