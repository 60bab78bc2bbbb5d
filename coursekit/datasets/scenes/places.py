"""The six kinds of scene, each composed on a canvas from land and things."""

from __future__ import annotations

import numpy as np

from . import things
from .canvas import Canvas
from .land import dry, ground, mist, path, pond, ridge, rocks, sky, slope, water
from .shapes import clip, trapezoid


def spread(c: Canvas, count: int, low: float = 0.06, high: float = 0.94) -> list[float]:
    """Choose places across the picture that keep apart.

    Parameters
    ----------
    c : Canvas
        Where to draw.
    count : int
        How many.
    low, high : float
        The first and last that may be.

    Returns
    -------
    list of float
        Their x, in random order.
    """
    steps = (np.arange(count) + c.rng.uniform(0.15, 0.85, count)) / count
    return c.rng.permutation(low + (high - low) * steps).tolist()


def in_the_air(c: Canvas, horizon: float) -> None:
    """Draw balloons on most days, a kite on some.

    Parameters
    ----------
    c : Canvas
        Where to draw.
    horizon : float
        Where the sky ends.
    """
    for x in spread(c, int(c.rng.integers(0, 3)), 0.12, 0.88):
        r = c.uniform(0.05, 0.1)
        things.balloon(c, x, c.uniform(r + 0.02, max(horizon - r, r + 0.03)), r)
    if c.chance(0.25):
        things.kite(c, c.uniform(0.1, 0.9), c.uniform(0.08, 0.25), c.uniform(0.022, 0.034))


def meadow(c: Canvas) -> None:
    """Compose rolling hills, round trees, a cottage, sheep and cows, daisies and poppies.

    Parameters
    ----------
    c : Canvas
        Where to draw.
    """
    horizon = c.uniform(0.46, 0.58)
    sky(c, horizon)
    ridge(c, "hill_far", horizon - 0.08, 0.06, 3, 70)
    ridge(c, "hill_mid", horizon - 0.02, 0.05, 4, 62)
    if c.chance(0.4):
        mist(c, horizon, 0.03)
    line = ridge(c, "hill_near", horizon + 0.02, 0.035, 3, 58)
    top = horizon + 0.06
    ground(c, top)
    things.flowers(c, "daisy", c.uniform(0.1, 0.9), 0.9, 0.28, 14, 0.013, 88)
    things.flowers(c, "poppy", c.uniform(0.1, 0.9), c.uniform(0.84, 0.95), 0.25, 9, 0.017, 48)
    lake = None
    if c.chance(0.45):
        path(c, top)
    elif c.chance(0.6):
        lake = pond(c, top)
    for x in spread(c, 3):
        things.tree(c, x, line[0, int(x * c.size)].item() + 0.03, c.uniform(0.1, 0.16))
    in_the_air(c, horizon)
    home, *places = spread(c, 4)
    if c.chance(0.7):
        things.cottage(c, home, top + c.uniform(0.04, 0.08), c.uniform(0.13, 0.18))
    for x in places[:2]:
        things.tree(
            c, x, c.uniform(top + 0.04, top + 0.14), c.uniform(0.22, 0.34), c.uniform(0.85, 1.15)
        )
    for x in spread(c, int(c.rng.integers(2, 5))):
        y = c.uniform(top + 0.12, 0.92)
        s = 0.045 + 0.09 * (y - top)
        if not dry(lake, x, y):
            continue
        if c.chance(0.7):
            things.beast(c, x, y, s, "wool", face="dark", neck=0.12, legs=0.3)
        else:
            things.beast(c, x, y, s * 1.4, "hide", neck=0.2, head=0.22)


def autumn(c: Canvas) -> None:
    """Compose the harvest: hay bales, poplars, a barn behind a fence, pumpkins, rooks.

    Parameters
    ----------
    c : Canvas
        Where to draw.
    """
    horizon = c.uniform(0.44, 0.56)
    sky(c, horizon)
    ridge(c, "hill_far", horizon - 0.06, 0.05, 4, 70)
    ridge(c, "hill_mid", horizon - 0.01, 0.04, 5, 60)
    if c.chance(0.6):
        mist(c, horizon + 0.02, 0.035)
    ridge(c, "hill_near", horizon + 0.03, 0.025, 4, 56)
    top = horizon + 0.06
    ground(c, top)
    if c.chance(0.35):
        path(c, top)
    first = c.uniform(0.05, 0.6)
    for k in range(int(c.rng.integers(3, 6))):  # a row of poplars
        things.tree(c, first + 0.085 * k, top + 0.02, c.uniform(0.2, 0.27), 0.42)
    in_the_air(c, horizon)
    things.birds(c, c.uniform(0.2, 0.8), c.uniform(0.1, 0.3), 0.025, 4)
    home, *places = spread(c, 4)
    if c.chance(0.75):
        things.barn(c, home, top + c.uniform(0.06, 0.1), c.uniform(0.17, 0.22))
    for x in places[:2]:
        things.tree(
            c, x, c.uniform(top + 0.05, top + 0.14), c.uniform(0.22, 0.33), c.uniform(0.9, 1.2)
        )
    for x in spread(c, int(c.rng.integers(2, 5))):
        y = c.uniform(top + 0.14, 0.88)
        things.hay_bale(c, x, y, 0.05 + 0.16 * (y - top))
    if c.chance(0.5):
        things.beast(
            c, c.uniform(0.15, 0.85), c.uniform(0.75, 0.88), 0.1, "hide", neck=0.2, head=0.22
        )
    if c.chance(0.5):
        things.fence(c, 0.97, 0.09)
    x = c.uniform(0.1, 0.85)
    for k in range(int(c.rng.integers(1, 4))):
        things.pumpkin(c, x + 0.06 * k, 0.93 + 0.02 * (k % 2), c.uniform(0.02, 0.03))


def desert(c: Canvas) -> None:
    """Compose mesas, dunes, saguaros, a caravan of camels.

    Parameters
    ----------
    c : Canvas
        Where to draw.
    """
    horizon = c.uniform(0.5, 0.6)
    sky(c, horizon)
    for name, base, height, L in (("hill_far", -0.02, 0.1, 68), ("hill_mid", 0.0, 0.12, 60)):
        steps = np.tanh(7 * (c.profile(7) - 0.15))  # cliffs: a smooth line pushed to two levels
        line = horizon + base - height * (steps + 1) / 2 - 0.008 * c.profile(16)
        ridge(c, name, 0, 0, 1, L, shape=line)
    line = ridge(c, "hill_near", horizon + 0.05, 0.03, 2, 60, contrast=9)
    top = horizon + 0.08
    ground(c, top, 0.03)
    if c.chance(0.25):
        path(c, top)
    in_the_air(c, horizon)
    lead = c.uniform(0.1, 0.5)
    if c.chance(0.65):
        for k in range(int(c.rng.integers(2, 5))):
            x, y = lead + 0.14 * k, top + 0.08 + 0.01 * (k % 2)
            things.beast(c, x, y, 0.085, "fur", neck=0.5, head=0.15, legs=0.55, hump=0.26)
    for x in spread(c, int(c.rng.integers(3, 6))):
        y = c.uniform(top + 0.02, 0.94)
        things.cactus(c, x, y, 0.1 + 0.5 * (y - top))
    rocks(c, c.uniform(0.1, 0.9), c.uniform(top + 0.1, 0.95), c.uniform(0.03, 0.06))
    rocks(c, c.uniform(0.1, 0.9), c.uniform(top + 0.1, 0.95), c.uniform(0.02, 0.04))


def winter(c: Canvas) -> None:
    """Compose jagged snowy mountains, firs, a cabin with lit windows, a snowman, deer.

    Parameters
    ----------
    c : Canvas
        Where to draw.
    """
    horizon = c.uniform(0.5, 0.6)
    sky(c, horizon)
    ridge(c, "hill_far", horizon - 0.12, 0.12, 7, 70, contrast=5)
    peaks = horizon - 0.1 - 0.17 * (1 - 2 * np.abs(c.profile(5))) * 0.8 - 0.03 * c.profile(17)
    ridge(c, "rock", 0, 0, 1, 50, contrast=13, shape=peaks)
    lean = slope(c, peaks)
    cap = np.maximum(peaks - c.Y, (c.Y - peaks) - 0.1 - 0.09 * c.coarse - 0.05 * c.fine)
    c.paint("snow", cap, c.window(), 84 + 8 * np.tanh(c.sun * lean * 1.5) + 3 * c.fine)
    if c.chance(0.5):
        mist(c, horizon, 0.035)
    ridge(c, "hill_near", horizon + 0.02, 0.025, 4, 60)
    top = horizon + 0.05
    ground(c, top, 0.025)
    lake = None
    if c.chance(0.3):
        path(c, top)
    elif c.chance(0.4):
        lake = pond(c, top)
    for x in spread(c, 6, 0, 1):
        things.fir(c, x, top + c.uniform(0, 0.03), c.uniform(0.12, 0.2))
    in_the_air(c, horizon)
    home, *places = spread(c, 5)
    if c.chance(0.7):
        things.cottage(
            c, home, top + c.uniform(0.06, 0.1), c.uniform(0.15, 0.19), wall="door", snowy=True
        )
    for x in places[:3]:
        y = c.uniform(top + 0.06, 0.92)
        if dry(lake, x, y):
            things.fir(c, x, y, 0.2 + 0.4 * (y - top))
    if c.chance(0.6):
        things.snowman(c, c.uniform(0.1, 0.9), c.uniform(0.88, 0.96), c.uniform(0.13, 0.19))
    x, y = c.uniform(0.15, 0.85), c.uniform(top + 0.1, 0.85)
    if dry(lake, x, y) and c.chance(0.6):
        things.beast(c, x, y, 0.085, "fur", neck=0.42, head=0.14, legs=0.5, horns=True)


def coast(c: Canvas) -> None:
    """Compose the sea with boats, a headland with a lighthouse, the beach, parasols, gulls.

    Parameters
    ----------
    c : Canvas
        Where to draw.
    """
    horizon = c.uniform(0.4, 0.5)
    sky(c, horizon)
    side = 1 if c.chance(0.5) else -1
    if c.chance(0.6):
        ridge(c, "hill_far", horizon - 0.01, 0.035, 4, 72)
    top = c.uniform(0.7, 0.78)
    w = c.window(0, horizon, 1, 1)
    water(c, w, horizon - w.Y + 0 * w.X, horizon)
    for x in sorted(spread(c, int(c.rng.integers(1, 4)))):
        y = c.uniform(horizon + 0.04, top - 0.1)
        things.boat(c, x, y, 0.08 + 0.5 * (y - horizon))
    edge = 0.5 + side * c.uniform(0.12, 0.25)
    out = clip(side * (c.X - edge) / 0.3, -0.2, 1)
    cliff = horizon + 0.09 - 0.17 * np.sqrt(np.maximum(out, 0)) - 0.02 * c.profile(9)
    cliff[out < 0] += 0.3  # out of sight
    if c.chance(0.75):
        ridge(c, "rock", 0, 0, 1, 52, contrast=4, shape=cliff + 0.018)
        low = c.Y - horizon - 0.03 - 0.03 * c.coarse
        c.paint(
            "hill_near", np.maximum(cliff - c.Y, low), c.window(), 58 + 5 * c.coarse + 5 * c.fine
        )
        water(c, w, np.maximum(horizon + 0.1 - w.Y + 0.02 * c.coarse[w.at], -1), horizon)
        x = edge + side * 0.17
        things.lighthouse(c, x, horizon - 0.03, c.uniform(0.2, 0.28))
    line = ground(c, top, 0.03)
    foam = np.abs(c.Y - line + 0.012) - 0.009 - 0.012 * c.fine
    c.paint("wall", foam, c.window(), 89)
    in_the_air(c, horizon)
    things.birds(c, c.uniform(0.2, 0.8), c.uniform(0.1, horizon - 0.05), 0.03, 3, "wool", 90)
    rocks(c, 0.5 - side * c.uniform(0.2, 0.45), top + 0.02, c.uniform(0.03, 0.06))
    for x in spread(c, int(c.rng.integers(1, 4))):
        things.parasol(c, x, c.uniform(top + 0.1, 0.96), c.uniform(0.13, 0.19))
    if c.chance(0.3):
        things.beast(
            c, c.uniform(0.1, 0.9), c.uniform(top + 0.12, 0.96), 0.06, "fur", neck=0.25, head=0.18
        )


def town(c: Canvas) -> None:
    """Compose a square: gabled houses, a spire behind, street lanterns, small trees, a dog.

    Parameters
    ----------
    c : Canvas
        Where to draw.
    """
    horizon = c.uniform(0.6, 0.66)
    sky(c, horizon)
    ridge(c, "hill_far", horizon - 0.2, 0.05, 4, 70)
    x = c.uniform(0.15, 0.85)
    c.box("hill_mid", x - 0.05, 0.26, x + 0.05, horizon, 62, shade=5)
    c.polygon("hill_mid", trapezoid(x, 0.06, 0, 0.27, 0.06), 58, shade=7)
    top = horizon + 0.03
    ground(c, top, 0.0)
    in_the_air(c, 0.3)
    x = c.uniform(-0.1, 0.0)
    while x < 1:
        w = c.uniform(0.075, 0.115)
        if not c.chance(0.12):
            things.townhouse(c, x + w, top + 0.01, w, c.uniform(0.24, 0.4), int(c.rng.integers(3)))
        x += 2 * w
    c.shadow(0.5, top + 0.02, 1.2, 0.05, 7)
    if c.chance(0.7):
        path(c, top + 0.03)
    for x in spread(c, int(c.rng.integers(1, 3))):
        things.tree(c, x, top + c.uniform(0.05, 0.12), c.uniform(0.2, 0.28))
    for x in spread(c, int(c.rng.integers(1, 4))):
        y = c.uniform(top + 0.06, 0.95)
        things.lamp(c, x, y, 0.2 + 0.5 * (y - top))
    if c.chance(0.6):
        body = "fur" if c.chance(0.5) else "hide"
        things.beast(
            c, c.uniform(0.15, 0.85), c.uniform(0.82, 0.94), 0.075, body, neck=0.25, head=0.18
        )
    if c.chance(0.4):
        things.birds(c, c.uniform(0.2, 0.8), c.uniform(0.08, 0.25), 0.02)


PLACES = {place.__name__: place for place in (meadow, autumn, desert, winter, coast, town)}
