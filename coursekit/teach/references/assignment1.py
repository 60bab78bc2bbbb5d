"""Assignment 1, Lab: inputs, right answers, and what known mistakes give."""

from __future__ import annotations

import numpy as np
from skimage import color as skcolor

from coursekit import color
from coursekit.lesson.checks.cases import Case


def _linear(rgb: np.ndarray) -> np.ndarray:
    code = rgb / 255
    return np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)


def _coded(light: np.ndarray) -> np.ndarray:
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def _mix(rng: np.random.Generator) -> Case:
    """A1.1: two photos on one screen."""
    first, second = rng.integers(0, 256, (2, 9, 8, 3), dtype=np.uint8)
    first[0, 0], second[0, 0] = 0, 255
    light = (_linear(first) + _linear(second)) / 2
    codes = (first.astype(float) + second) / 2
    power = (first / 255) ** 2.2 / 2 + (second / 255) ** 2.2 / 2
    mistakes = {
        "codes were averaged": codes,
        "sums of uint8 overflow": np.uint8(first + second) / 2,
        "light was not coded again": 255 * light,
        "coded, not decoded": _coded(codes / 255),
        "a plain power": 255 * power ** (1 / 2.2),
        "light added, not averaged": _coded(np.minimum(2 * light, 1)),
        "the lighter of the two": np.maximum(first, second),
        "multiplied, as filters do": _coded(_linear(first) * _linear(second)),
    }
    return Case({"first": first, "second": second}, {"photo": _coded(light)}, {"photo": mistakes})


def _level(rng: np.random.Generator) -> Case:
    """A1.2: the level of a grey. The first four L are those that the check speaks of."""
    L = np.concatenate([[0, 5, 50, 100], rng.uniform(2, 98, 12)])
    grey = np.stack([L, 0 * L, 0 * L], axis=-1)
    expected = 255 * skcolor.lab2rgb(grey[None])[0].mean(axis=-1)
    f = (L + 16) / 116
    Y = np.where(f > 0.206893, f**3, (f - 16 / 116) / 7.787)
    mistakes = {
        "L times 2.55": 2.55 * L,
        "light, not code": 255 * Y,
        "from 0 to 1": expected / 255,
        "a cube down to black": _coded(np.clip(f**3, 0, 1)),
        "a plain power": 255 * Y ** (1 / 2.2),
        "L taken for light": _coded(L / 100),
        "coded twice": _coded(_coded(Y) / 255),
        "the 16 is missing": _coded((L / 116) ** 3),
    }
    return Case({"L": L}, {"level": expected}, {"level": mistakes})


def _vivid(rng: np.random.Generator) -> Case:
    """A1.3: a share of vivid pixels."""
    rgb, limit = rng.integers(0, 256, (12, 12, 3), dtype=np.uint8), rng.uniform(25, 35)
    lab = color.rgb_to_lab(rgb)
    a, b = lab[..., 1], lab[..., 2]
    over = np.hypot(a, b) > limit
    mistakes = {
        "a count, not a share": over.sum(),
        "per cent, not a share": 100 * over.mean(),
        "the quiet ones": 1 - over.mean(),
        "L counts as colour": (np.linalg.norm(lab, axis=-1) > limit).mean(),
        "sum instead of root": (np.abs(a) + np.abs(b) > limit).mean(),
        "largest of a and b": (np.maximum(np.abs(a), np.abs(b)) > limit).mean(),
        "the signs of a and b": ((a + b) > limit).mean(),
        "the root is missing": (a**2 + b**2 > limit).mean(),
        "the spread of R, G and B": (np.ptp(rgb, axis=-1) > limit).mean(),
        "the mean chroma": np.hypot(a, b).mean(),
        "only a": (np.abs(a) > limit).mean(),
    }
    return Case({"rgb": rgb, "limit": limit}, {"share": over.mean()}, {"share": mistakes})


def _coarse(rng: np.random.Generator) -> Case:
    """A1.4: blocks of one colour."""
    factor = 3
    ab = rng.uniform(-60, 60, (12, 9, 2)) + np.linspace(0, 30, 12)[:, None, None]
    ab = ab.round(2)

    def enlarged(blocks: np.ndarray) -> np.ndarray:
        return blocks.repeat(factor, axis=0).repeat(factor, axis=1)

    blocks = ab.reshape(4, 3, 3, 3, 2)
    mistakes = {
        "one pixel a block": enlarged(ab[::factor, ::factor]),
        "the middle pixel": enlarged(ab[1::factor, 1::factor]),
        "a and b mixed": np.repeat(enlarged(blocks.mean(axis=(1, 3, 4)))[..., None], 2, axis=-1),
        "only rows": blocks.mean(axis=1).reshape(4, 9, 2).repeat(factor, axis=0),
        "only columns": blocks.mean(axis=3).reshape(12, 3, 2).repeat(factor, axis=1),
        "nothing done": ab,
        "the median of a block": enlarged(np.median(blocks, axis=(1, 3))),
        "the sum of a block": enlarged(blocks.sum(axis=(1, 3))),
        "tiled, not enlarged": np.tile(blocks.mean(axis=(1, 3)), (factor, factor, 1)),
    }
    expected = enlarged(blocks.mean(axis=(1, 3)))
    return Case({"ab": ab, "factor": factor}, {"ab": expected}, {"ab": mistakes})


def _prepare(rng: np.random.Generator) -> Case:
    """A1.5: input and target of a network."""
    rgb = rng.integers(0, 256, (3, 6, 5, 3), dtype=np.uint8)
    lab = skcolor.rgb2lab(rgb)
    L, ab = lab[..., :1], lab[..., 1:]
    inputs = {
        "luma is not L (601)": color.luma(rgb, 601)[..., None] / 127.5 - 1,
        "luma is not L (709)": color.luma(rgb, 709)[..., None] / 127.5 - 1,
        "the mean of R, G and B": rgb.mean(axis=-1, keepdims=True) / 127.5 - 1,
        "L from 0 to 1": L / 100,
        "L from 0 to 100": L,
        "L divided as a level": L / 127.5 - 1,
    }
    targets = {
        "ab not scaled": ab,
        "ab divided by 100": ab / 100,
        "a and b exchanged": ab[..., ::-1] / 128,
        "ab from 0 to 1": ab / 256 + 0.5,
        "divided by the largest": ab / np.abs(ab).max(),
    }
    return Case({"rgb": rgb}, {"L": L / 50 - 1, "ab": ab / 128}, {"L": inputs, "ab": targets})


def _visible(rng: np.random.Generator) -> Case:
    """A1.6: a share of pixels that look different."""
    first = rng.integers(0, 256, (14, 14, 3), dtype=np.uint8)
    second = np.clip(first + rng.normal(0, 14, first.shape), 0, 255).astype(np.uint8)
    limit = 4.0
    lab = skcolor.rgb2lab(first), skcolor.rgb2lab(second)
    difference = skcolor.deltaE_ciede2000(*lab)
    ab = lab[0][..., 1:] - lab[1][..., 1:]
    share = (difference > limit).mean()
    mistakes = {
        "ΔE 1976": (skcolor.deltaE_cie76(*lab) > limit).mean(),
        "distance in RGB": (np.linalg.norm(first.astype(float) - second, axis=-1) > limit).mean(),
        "uint8 wraps around": (np.abs(first - second).mean(axis=-1) > limit).mean(),
        "colour without light": (np.linalg.norm(ab, axis=-1) > limit).mean(),
        "the mean difference": difference.mean(),
        "the invisible ones": 1 - share,
        "per cent, not a share": 100 * share,
        "ΔE 1994": (skcolor.deltaE_ciede94(*lab) > limit).mean(),
        "light without colour": (np.abs(lab[0] - lab[1])[..., 0] > limit).mean(),
        "a count, not a share": (difference > limit).sum(),
    }
    return Case(
        {"first": first, "second": second, "limit": limit}, {"share": share}, {"share": mistakes}
    )


CASES = {
    "A1.1": _mix,
    "A1.2": _level,
    "A1.3": _vivid,
    "A1.4": _coarse,
    "A1.5": _prepare,
    "A1.6": _visible,
}
