"""The things that stand, grow, fly and walk in the scenes. Each function draws one on a canvas.

Lengths and places are fractions of the picture, x to the right, y down. Numbers in the code are
proportions of a thing, chosen by eye, and lightness within the range of its object.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .canvas import Canvas, clip, ellipse, norm, polygon, segment, trapezoid

# What grows
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


# What people build
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


# What flies
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


# What walks
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
