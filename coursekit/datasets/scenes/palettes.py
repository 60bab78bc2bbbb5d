"""What the scenes are made of: for each object its range of L and the colours it may have.

Every ab point of an object lies inside sRGB over the object's whole range of L, so nothing clips,
and L says nothing about which of the points was drawn. A palette is a list of equally likely
points, or of (probability, a, b).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

#: The kinds of scene, in the order of their labels.
KINDS = ("meadow", "autumn", "desert", "winter", "coast", "town")


class Object(NamedTuple):
    """One thing that a scene is made of; its number in a map is its place in ``OBJECTS``.

    Attributes
    ----------
    L : tuple of float
        Lowest and highest lightness.
    palette : list or dict
        Points, the same in every kind of scene, or points by kind.
    rare : bool
        Whether it is vivid, and on few pixels.
    """

    L: tuple[float, float]
    palette: list | dict
    rare: bool = False


_Point = tuple[float, float]


def _moods(clear: _Point, evening: _Point, rose: _Point, overcast: _Point) -> list:
    """Weigh the sky's moods; what a mood touches shares one draw, so a scene stays in harmony."""
    return [(0.36, *clear), (0.17, *evening), (0.12, *rose), (0.35, *overcast)]


def _kinds(*points: _Point | list[_Point] | None) -> dict[str, list[_Point]]:
    """Give each kind of scene, in the order of ``KINDS``, its point or points; None for none."""
    return {
        kind: chosen if isinstance(chosen, list) else [chosen]
        for kind, chosen in zip(KINDS, points, strict=True)
        if chosen
    }


_AUTUMN_LEAVES = [(36, 34), (26, 44), (7, 45)]

OBJECTS: dict[str, Object] = {
    # Air and light. The five bands of the sky pale towards the horizon.
    "sky_1": Object((55, 72), _moods((-3, -36), (14, -26), (22, -14), (-1, -5))),
    "sky_2": Object((60, 77), _moods((-5, -30), (19, -14), (21, -9), (-1, -4))),
    "sky_3": Object((65, 81), _moods((-6, -24), (21, 2), (18, -3), (-1, -3))),
    "sky_4": Object((70, 84), _moods((-6, -18), (18, 18), (15, 3), (-1, -2))),
    "sky_5": Object((74, 87), _moods((-5, -11), (10, 27), (11, 8), (0, 0))),
    "sun": Object((88, 95), [(-3, 27)]),
    "cloud": Object((76, 93), _moods((0, -2), (5, 5), (5, 1), (0, -1))),
    "cloud_shade": Object((62, 86), _moods((-1, -7), (10, -5), (8, -6), (0, -3))),
    "mist": Object((70, 90), [(-1, -3)]),
    # Land and water.
    "hill_far": Object((58, 82), _kinds((-4, -9), (3, -6), (12, 4), (1, -11), (-3, -8), (-1, -6))),
    "hill_mid": Object((46, 76), _kinds((-13, 12), (12, 22), (22, 20), (0, -9), (-10, 8), (0, -4))),
    "hill_near": Object(
        (40, 72), _kinds((-22, 28), (8, 36), (26, 30), (-2, -9), (-14, 18), (-14, 14))
    ),
    "ground": Object((52, 83), _kinds((-24, 38), (6, 41), (14, 33), (-2, -10), (3, 20), (1, 3))),
    "path": Object((54, 86), [(2, 6)]),
    "rock": Object((28, 76), [(0, 2)]),
    "snow": Object((70, 94), [(-1, -5)]),
    "water": Object((42, 84), _moods((-10, -20), (8, 2), (8, -5), (-4, -6))),
    # What grows.
    "leaves": Object(
        (40, 66), _kinds((-26, 36), _AUTUMN_LEAVES, (-18, 30), None, (-20, 28), (-22, 30))
    ),
    "leaves_shade": Object(
        (22, 50),
        _kinds((-19, 18), [(22, 20), (17, 27), (6, 29)], (-14, 18), None, (-15, 14), (-17, 15)),
    ),
    "fir": Object((20, 52), [(-15, 8)]),
    "trunk": Object((20, 52), [(9, 15)]),
    "cactus": Object((32, 62), [(-20, 20)]),
    "hay": Object((52, 82), [(5, 40)]),
    "daisy": Object((82, 95), [(0, 2)]),
    "poppy": Object((42, 54), [(62, 44)], rare=True),
    "pumpkin": Object((50, 64), [(38, 56)], rare=True),
    "cactus_flower": Object((46, 58), [(64, -8)], rare=True),
    # What people build.
    "wall": Object((64, 93), [(1, 6)]),
    "facade": Object((60, 84), [(6, 20), (14, 9), (-3, -11), (-8, 8)]),
    "roof": Object((32, 58), [(32, 28), (-3, -14)]),
    "barn": Object((30, 54), [(32, 23)]),
    "door": Object((22, 50), [(11, 18)]),
    "glass": Object((20, 60), [(-2, -6)]),
    "fence": Object((40, 76), [(3, 9)]),
    "stone": Object((40, 84), [(0, 3)]),
    "stripe": Object((42, 54), [(54, 36)], rare=True),
    "hull": Object((34, 55), [(44, 28), (2, -34), (-26, 10)]),
    "sail": Object((74, 95), [(0, 4)]),
    "parasol": Object((46, 64), [(52, 32), (-2, -38), (-28, 2)]),
    "balloon": Object((47, 60), [(54, 34), (-4, -40)]),
    "basket": Object((26, 55), [(10, 22)]),
    "kite": Object((50, 60), [(66, -28), (46, 56), (-46, 44)], rare=True),
    "lantern": Object((76, 86), [(2, 64)], rare=True),
    "scarf": Object((42, 54), [(60, 38), (-38, 26)], rare=True),
    "dark": Object((8, 44), [(0, 1)]),
    # Animals.
    "wool": Object((62, 94), [(1, 5)]),
    "hide": Object((34, 62), [(16, 25), (1, 4)]),
    "fur": Object((38, 70), [(12, 24)]),
}

NUMBER = {name: number for number, name in enumerate(OBJECTS)}
LOWEST = np.array([thing.L[0] for thing in OBJECTS.values()], np.float32)
HIGHEST = np.array([thing.L[1] for thing in OBJECTS.values()], np.float32)
RARE = np.array([thing.rare for thing in OBJECTS.values()])


def _tables() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Tabulate the palettes.

    Probabilities (kinds, objects, 4), ab points (kinds, objects, 4, 2), and which kind holds which
    object. A palette has four points at most; the rest have probability 0.
    """
    probability = np.zeros((len(KINDS), len(OBJECTS), 4))
    points = np.zeros((len(KINDS), len(OBJECTS), 4, 2), np.float32)
    held = np.ones((len(KINDS), len(OBJECTS)), bool)
    for o, thing in enumerate(OBJECTS.values()):
        for k, kind in enumerate(KINDS):
            palette = (
                thing.palette.get(kind, []) if isinstance(thing.palette, dict) else thing.palette
            )
            held[k, o] = bool(palette)
            for i, point in enumerate(palette):
                probability[k, o, i] = point[0] if len(point) == 3 else 1 / len(palette)
                points[k, o, i] = point[-2:]
    return probability, points, held


PROBABILITY, POINTS, HELD = _tables()
