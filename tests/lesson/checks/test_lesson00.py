"""Wrong answers to the exercise of lesson 00 that learners give, and another right one."""

import numpy as np
from mistakes import enough, named
from skimage import color as skcolor

from coursekit import color
from coursekit.lesson import checks


def both(photo, strength):
    L, ab = color.split(photo)
    return color.join(strength * L, strength * ab)


def lightness(photo, strength):
    L, ab = color.split(photo)
    return color.join(strength * L, ab)


def reverse(photo, strength):
    L, ab = color.split(photo)
    return color.join(L, (1 - strength) * ab)


def part_faded(by):
    def fade(photo, strength):
        L, ab = color.split(photo)
        return color.join(L, ab * by(strength))

    return fade


MISTAKES = [
    ("00.1", "the photo itself", lambda photo, strength: photo),
    ("00.1", "lightness faded too", both),
    ("00.1", "lightness faded instead", lightness),
    ("00.1", "the other way round", reverse),
    (
        "00.1",
        "mixed with the mean of RGB",
        lambda photo, strength: (
            strength * photo + (1 - strength) * photo.mean(axis=-1, keepdims=True)
        ).round(),
    ),
    ("00.1", "only a faded", part_faded(lambda strength: [strength, 1])),
    ("00.1", "only b faded", part_faded(lambda strength: [1, strength])),
    (
        "00.1",
        "mixed with luma",
        lambda photo, strength: np.rint(
            strength * photo + (1 - strength) * color.luma(photo)[..., None]
        ),
    ),
    ("00.1", "no colour left", part_faded(lambda strength: 0)),
    ("00.1", "made stronger", part_faded(lambda strength: 1 / strength)),
    ("00.1", "codes multiplied", lambda photo, strength: (strength * photo).astype(np.uint8)),
    (
        "00.1",
        "HSV's saturation",
        lambda photo, strength: np.rint(
            255 * skcolor.hsv2rgb(skcolor.rgb2hsv(photo) * [1, strength, 1])
        ),
    ),
    (
        "00.1",
        "Lab, not RGB",
        lambda photo, strength: color.rgb_to_lab(photo) * [1, strength, strength],
    ),
    ("00.1", "another result", part_faded(lambda strength: strength**2)),
    ("00.1", "levels from 0 to 1", lambda photo, strength: photo / 255),
    ("00.1", "another shape", lambda photo, strength: photo[..., 0]),
]

test_a_mistake_is_called_by_its_name = named(MISTAKES)
test_every_exercise_has_mistakes = enough("00", MISTAKES)


def test_another_right_answer_is_correct_too():
    def library(photo, strength):
        lab = skcolor.rgb2lab(photo)
        lab[..., 1:] *= strength
        return np.rint(255 * skcolor.lab2rgb(lab)).astype(np.uint8)

    assert all(checks.check("00.1", library, seed).status == checks.CORRECT for seed in range(5))
