"""Checks of lesson 00: the opening."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from coursekit import color

from .answers import NotYet, agree, array
from .exercise import exercise


def fade(photo: np.ndarray, strength: float) -> np.ndarray:
    """Keep a share of a photo's colour, and all of its lightness."""
    L, ab = color.split(photo)
    return color.join(L, strength * ab)


@exercise(
    "00.1",
    solution=fade,
    hint=(
        "`color.split(photo)` gives L and ab, `color.join(L, ab)` the photo again. Change one of "
        "the two in between."
    ),
)
def _faded(answer: Callable, rng: np.random.Generator) -> str:
    """Fade a random photo by a random strength."""
    # Not too dark and not too bright: what is tried here, mistakes included, lies within sRGB.
    photo, strength = rng.integers(60, 200, (6, 7, 3)).astype(np.uint8), rng.uniform(0.3, 0.7)
    found = array(answer(photo, strength), photo.shape, "fade(photo, strength)")
    if found.max() <= 1:
        raise NotYet(
            "levels from 0 to 1",
            "A photo of this course is uint8, 0 to 255; yours has nothing above 1.",
        )
    L, ab = color.split(photo)
    expected = fade(photo, strength).astype(float)
    if found.min() < 0 and np.allclose(found[..., :1], L, atol=0.5):
        raise NotYet(
            "Lab, not RGB",
            "You return L, a and b; `color.join` makes a photo of them, with R, G and B.",
        )
    agree(
        found,
        expected,
        {
            "the photo itself": (
                photo,
                "Nothing was taken away: the colours are as strong as before.",
            ),
            "lightness faded too": (
                color.join(strength * L, strength * ab),
                "The photo became darker: L should stay.",
            ),
            "lightness faded instead": (
                color.join(strength * L, ab),
                "You faded L; it is ab that should fade.",
            ),
            "no colour left": (color.join(L, 0 * ab), "All colour is gone, whatever the strength."),
            "made stronger": (
                color.join(L, ab / strength),
                "The colours became stronger: at 0.5 half of them should be left.",
            ),
            "codes multiplied": (
                np.floor(strength * photo),
                "You multiplied R, G and B, so the photo became darker: L should stay.",
            ),
            "HSV's saturation": (
                photo.max(axis=-1, keepdims=True) * (1 - strength) + strength * photo,
                "You faded the saturation of HSV, in which grey is as bright as the brightest "
                "channel: compare its L with the photo's.",
            ),
            "the other way round": (
                color.join(L, (1 - strength) * ab),
                "At strength 1 this gives grey, and at 0 the photo; it should be the other way "
                "round.",
            ),
            "only a faded": (
                color.join(L, ab * [strength, 1]),
                "Red and green faded, blue and yellow did not: b should fade as well.",
            ),
            "only b faded": (
                color.join(L, ab * [1, strength]),
                "Blue and yellow faded, red and green did not: a should fade as well.",
            ),
            "mixed with luma": (
                np.rint(strength * photo + (1 - strength) * color.luma(photo)[..., None]),
                "You mix codes with their luma, which is another grey than L: compare their L.",
            ),
            "mixed with the mean of RGB": (
                np.rint(strength * photo + (1 - strength) * photo.mean(axis=-1, keepdims=True)),
                "You mix with the mean of R, G and B, which is another grey than L: compare their "
                "L.",
            ),
        },
        f"At strength {strength:.2f} you are up to {np.abs(found - expected).max():.0f} of 255 "
        "levels off.",
        within=0.01,
    )
    return (
        "With 0.5, an over-vivid colorization often looks more believable than with 1. Try it on "
        "0.4."
    )
