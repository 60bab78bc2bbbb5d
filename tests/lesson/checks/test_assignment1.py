"""Wrong answers to the tasks of assignment 1 that students give."""

import numpy as np
from graded import answers
from mistakes import enough, named
from skimage import color as skcolor

from coursekit import color
from coursekit.teach import hidden

RIGHT = {name: answer for name, answer in answers(1).items()}


def rounded(function):
    return lambda *photos: np.rint(function(*photos)).astype(np.uint8)


def light(rgb):
    code = rgb / 255
    return np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)


def coded(light):
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def blocks(ab, f):
    return ab.reshape(len(ab) // f, f, ab.shape[1] // f, f, 2)


def spread(small, f):
    return small.repeat(f, axis=0).repeat(f, axis=1)


def prepared(L=None, ab=None):
    def prepare(rgb):
        right_L, right_ab = RIGHT["A1.5"](rgb)
        return L(rgb) if L else right_L, ab(rgb) if ab else right_ab

    return prepare


def distance(first, second):
    return skcolor.rgb2lab(first), skcolor.rgb2lab(second)


MISTAKES = [
    ("A1.1", "codes were averaged", rounded(lambda a, b: (a.astype(float) + b) / 2)),
    ("A1.1", "sums of uint8 overflow", lambda a, b: (a + b) // 2),
    ("A1.1", "light was not coded again", rounded(lambda a, b: 255 * (light(a) + light(b)) / 2)),
    (
        "A1.1",
        "a plain power",
        rounded(lambda a, b: 255 * ((a / 255) ** 2.2 / 2 + (b / 255) ** 2.2 / 2) ** (1 / 2.2)),
    ),
    (
        "A1.1",
        "light added, not averaged",
        rounded(lambda a, b: coded(np.minimum(light(a) + light(b), 1))),
    ),
    ("A1.1", "the lighter of the two", np.maximum),
    ("A1.1", "multiplied, as filters do", rounded(lambda a, b: coded(light(a) * light(b)))),
    ("A1.1", "not uint8", lambda a, b: RIGHT["A1.1"](a, b).astype(float)),
    ("A1.1", "another result", lambda a, b: a),
    ("A1.2", "L times 2.55", lambda L: 2.55 * L),
    ("A1.2", "light, not code", lambda L: 255 * light(RIGHT["A1.2"](L))),
    ("A1.2", "from 0 to 1", lambda L: RIGHT["A1.2"](L) / 255),
    ("A1.2", "a plain power", lambda L: 255 * light(RIGHT["A1.2"](L)) ** (1 / 2.2)),
    ("A1.2", "L taken for light", lambda L: coded(L / 100)),
    ("A1.2", "coded twice", lambda L: coded(RIGHT["A1.2"](L) / 255)),
    ("A1.2", "the 16 is missing", lambda L: coded((L / 116) ** 3)),
    ("A1.2", "another result", lambda L: 255 - RIGHT["A1.2"](L)),
    (
        "A1.3",
        "a count, not a share",
        lambda rgb, limit: RIGHT["A1.3"](rgb, limit) * rgb[..., 0].size,
    ),
    ("A1.3", "per cent, not a share", lambda rgb, limit: 100 * RIGHT["A1.3"](rgb, limit)),
    ("A1.3", "the quiet ones", lambda rgb, limit: 1 - RIGHT["A1.3"](rgb, limit)),
    (
        "A1.3",
        "L counts as colour",
        lambda rgb, limit: (np.linalg.norm(color.rgb_to_lab(rgb), axis=-1) > limit).mean(),
    ),
    (
        "A1.3",
        "sum instead of root",
        lambda rgb, limit: (np.abs(color.split(rgb)[1]).sum(-1) > limit).mean(),
    ),
    (
        "A1.3",
        "largest of a and b",
        lambda rgb, limit: (np.abs(color.split(rgb)[1]).max(-1) > limit).mean(),
    ),
    (
        "A1.3",
        "the signs of a and b",
        lambda rgb, limit: (color.split(rgb)[1].sum(-1) > limit).mean(),
    ),
    (
        "A1.3",
        "the root is missing",
        lambda rgb, limit: ((color.split(rgb)[1] ** 2).sum(-1) > limit).mean(),
    ),
    (
        "A1.3",
        "the spread of R, G and B",
        lambda rgb, limit: (rgb.max(-1).astype(int) - rgb.min(-1) > limit).mean(),
    ),
    (
        "A1.3",
        "the mean chroma",
        lambda rgb, limit: np.linalg.norm(color.split(rgb)[1], axis=-1).mean(),
    ),
    ("A1.3", "only a", lambda rgb, limit: (np.abs(color.split(rgb)[1][..., 0]) > limit).mean()),
    ("A1.3", "another result", lambda rgb, limit: 0.5 * RIGHT["A1.3"](rgb, limit)),
    ("A1.4", "one pixel a block", lambda ab, f: spread(ab[::f, ::f], f)),
    ("A1.4", "the middle pixel", lambda ab, f: spread(ab[f // 2 :: f, f // 2 :: f], f)),
    (
        "A1.4",
        "a and b mixed",
        lambda ab, f: np.stack([spread(blocks(ab, f).mean((1, 3, 4)), f)] * 2, axis=-1),
    ),
    (
        "A1.4",
        "only rows",
        lambda ab, f: blocks(ab, f).mean(1).reshape(-1, ab.shape[1], 2).repeat(f, axis=0),
    ),
    (
        "A1.4",
        "only columns",
        lambda ab, f: blocks(ab, f).mean(3).reshape(len(ab), -1, 2).repeat(f, axis=1),
    ),
    ("A1.4", "nothing done", lambda ab, f: ab),
    (
        "A1.4",
        "the median of a block",
        lambda ab, f: spread(np.median(blocks(ab, f), axis=(1, 3)), f),
    ),
    ("A1.4", "the sum of a block", lambda ab, f: spread(blocks(ab, f).sum((1, 3)), f)),
    ("A1.4", "tiled, not enlarged", lambda ab, f: np.tile(blocks(ab, f).mean((1, 3)), (f, f, 1))),
    ("A1.4", "another result", lambda ab, f: 0 * ab),
    ("A1.4", "another shape", lambda ab, f: blocks(ab, f).mean((1, 3))),
    ("A1.5", "luma is not L (601)", prepared(L=lambda rgb: color.luma(rgb)[..., None] / 127.5 - 1)),
    (
        "A1.5",
        "luma is not L (709)",
        prepared(L=lambda rgb: color.luma(rgb, 709)[..., None] / 127.5 - 1),
    ),
    (
        "A1.5",
        "the mean of R, G and B",
        prepared(L=lambda rgb: rgb.mean(-1, keepdims=True) / 127.5 - 1),
    ),
    ("A1.5", "L from 0 to 1", prepared(L=lambda rgb: color.split(rgb)[0] / 100)),
    ("A1.5", "L from 0 to 100", prepared(L=lambda rgb: color.split(rgb)[0])),
    ("A1.5", "L divided as a level", prepared(L=lambda rgb: color.split(rgb)[0] / 127.5 - 1)),
    ("A1.5", "ab from 0 to 1", prepared(ab=lambda rgb: color.split(rgb)[1] / 256 + 0.5)),
    (
        "A1.5",
        "divided by the largest",
        prepared(ab=lambda rgb: color.split(rgb)[1] / np.abs(color.split(rgb)[1]).max()),
    ),
    ("A1.5", "another result", prepared(ab=lambda rgb: -color.split(rgb)[1] / 128)),
    ("A1.5", "ab not scaled", prepared(ab=lambda rgb: color.split(rgb)[1])),
    ("A1.5", "ab divided by 100", prepared(ab=lambda rgb: color.split(rgb)[1] / 100)),
    ("A1.5", "a and b exchanged", prepared(ab=lambda rgb: color.split(rgb)[1][..., ::-1] / 128)),
    ("A1.6", "ΔE 1976", lambda a, b, limit: (skcolor.deltaE_cie76(*distance(a, b)) > limit).mean()),
    (
        "A1.6",
        "ΔE 1994",
        lambda a, b, limit: (skcolor.deltaE_ciede94(*distance(a, b)) > limit).mean(),
    ),
    (
        "A1.6",
        "light without colour",
        lambda a, b, limit: (np.abs(color.split(a)[0] - color.split(b)[0]) > limit).mean(),
    ),
    (
        "A1.6",
        "a count, not a share",
        lambda a, b, limit: a[..., 0].size * RIGHT["A1.6"](a, b, limit),
    ),
    ("A1.6", "another result", lambda a, b, limit: RIGHT["A1.6"](a, b, 2 * limit)),
    (
        "A1.6",
        "distance in RGB",
        lambda a, b, limit: (np.linalg.norm(a.astype(float) - b, axis=-1) > limit).mean(),
    ),
    (
        "A1.6",
        "colour without light",
        lambda a, b, limit: (
            np.linalg.norm(color.split(a)[1] - color.split(b)[1], axis=-1) > limit
        ).mean(),
    ),
    (
        "A1.6",
        "the mean difference",
        lambda a, b, limit: skcolor.deltaE_ciede2000(*distance(a, b)).mean(),
    ),
    ("A1.6", "the invisible ones", lambda a, b, limit: 1 - RIGHT["A1.6"](a, b, limit)),
    ("A1.6", "per cent, not a share", lambda a, b, limit: 100 * RIGHT["A1.6"](a, b, limit)),
]

test_a_mistake_is_called_by_its_name = named(MISTAKES)
test_a_mistake_is_called_by_its_name_in_hidden_tests = named(MISTAKES, hidden.check)
test_every_task_has_mistakes = enough("A1", MISTAKES)
