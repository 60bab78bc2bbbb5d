"""The things that stand, grow, fly and walk in the scenes. Each function draws one on a canvas.

Lengths and places are fractions of the picture, x to the right, y down. Numbers in the code are
proportions of a thing, chosen by eye, and lightness within the range of its object.
"""

from .animals import beast, birds
from .belongings import balloon, boat, fence, hay_bale, kite, lamp, parasol, snowman
from .buildings import barn, cottage, lighthouse, townhouse
from .plants import cactus, fir, flowers, pumpkin, tree

__all__ = [
    "balloon",
    "barn",
    "beast",
    "birds",
    "boat",
    "cactus",
    "cottage",
    "fence",
    "fir",
    "flowers",
    "hay_bale",
    "kite",
    "lamp",
    "lighthouse",
    "parasol",
    "pumpkin",
    "snowman",
    "townhouse",
    "tree",
]
