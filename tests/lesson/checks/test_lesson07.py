"""Wrong answers to the exercises of lesson 07 that learners give, and other right ones."""

import re

import numpy as np
import pytest
from mistakes import enough, named
from skimage.color import rgb2hsv

from coursekit import color
from coursekit.lesson import checks
from coursekit.lesson.checks.lesson07 import cheat


def outside(low, high):
    return (low > 0) | (high < 0)


MISTAKES = [
    ("07.1", "right answers counted as seen", lambda rates: 1 - rates),
    ("07.1", "the formula forwards", lambda rates: (1 - rates) / 2),
    ("07.1", "guesses never fool", lambda rates: rates / 2),
    ("07.1", "cut off at 0", lambda rates: np.maximum(1 - 2 * rates, 0)),
    ("07.1", "the sign taken away", lambda rates: np.abs(1 - 2 * rates)),
    ("07.1", "the pairs that were guessed", lambda rates: 2 * rates),
    ("07.1", "the distance from chance", lambda rates: 0.5 - rates),
    ("07.1", "per cent, not a share", lambda rates: 100 - 200 * rates),
    ("07.1", "the rate itself", lambda rates: rates),
    ("07.1", "the sign the wrong way round", lambda rates: 2 * rates - 1),
    ("07.1", "half of those fooled", lambda rates: 1 - rates / 2),
    ("07.1", "the mean of the rates", lambda rates: np.full(len(rates), 1 - 2 * rates.mean())),
    ("07.1", "odds", lambda rates: rates / (1 - rates)),
    ("07.1", "another result", lambda rates: rates**2),
    ("07.1", "another shape", lambda rates: 1 - 2 * rates.mean()),
    ("07.2", "always the same side", lambda left, right: "left"),
    (
        "07.2",
        "the less colourful one",
        lambda left, right: {"left": "right", "right": "left"}[cheat(left, right)],
    ),
    (
        "07.2",
        "brightness, not colour",
        lambda left, right: "left" if left.mean() > right.mean() else "right",
    ),
    (
        "07.2",
        "darkness, not colour",
        lambda left, right: "left" if left.mean() < right.mean() else "right",
    ),
    (
        "07.2",
        "contrast, not colour",
        lambda left, right: "left" if left.std() > right.std() else "right",
    ),
    (
        "07.2",
        "red, not colour",
        lambda left, right: "left" if left[..., 0].mean() > right[..., 0].mean() else "right",
    ),
    (
        "07.2",
        "green, not colour",
        lambda left, right: "left" if left[..., 1].mean() > right[..., 1].mean() else "right",
    ),
    (
        "07.2",
        "blue, not colour",
        lambda left, right: "left" if left[..., 2].mean() > right[..., 2].mean() else "right",
    ),
    (
        "07.2",
        "the lightest level, not colour",
        lambda left, right: "left" if left.max() > right.max() else "right",
    ),
    (
        "07.2",
        "the range of levels, not colour",
        lambda left, right: "left" if np.ptp(left) > np.ptp(right) else "right",
    ),
    (
        "07.2",
        "HSV's saturation, not colour",
        lambda left, right: (
            "left" if rgb2hsv(left)[..., 1].mean() > rgb2hsv(right)[..., 1].mean() else "right"
        ),
    ),
    (
        "07.2",
        "the signs of a and b",
        lambda left, right: (
            "left" if color.split(left)[1].sum() > color.split(right)[1].sum() else "right"
        ),
    ),
    (
        "07.2",
        "another measure",
        lambda left, right: (
            cheat(left, right) if max(left.max(), right.max()) < 255 else cheat(right, left)
        ),
    ),
    ("07.2", "not a side", lambda left, right: left if cheat(left, right) == "left" else right),
    ("07.3", "only the last look", lambda low, high: outside(low, high)[-1].mean()),
    ("07.3", "only the first look", lambda low, high: outside(low, high)[0].mean()),
    ("07.3", "finds, not experiments", lambda low, high: outside(low, high).sum() / low.shape[1]),
    ("07.3", "two looks or more", lambda low, high: (outside(low, high).sum(axis=0) >= 2).mean()),
    (
        "07.3",
        "experiments without a find",
        lambda low, high: 1 - outside(low, high).any(axis=0).mean(),
    ),
    ("07.3", "below 0 only", lambda low, high: (high < 0).any(axis=0).mean()),
    ("07.3", "the first two looks", lambda low, high: outside(low, high)[:2].any(axis=0).mean()),
    (
        "07.3",
        "the last look left out",
        lambda low, high: outside(low[:-1], high[:-1]).any(0).mean(),
    ),
    (
        "07.3",
        "two looks in a row",
        lambda low, high: (outside(low, high)[1:] & outside(low, high)[:-1]).any(axis=0).mean(),
    ),
    ("07.3", "exactly one look", lambda low, high: (outside(low, high).sum(axis=0) == 1).mean()),
    (
        "07.3",
        "looks taken for independent",
        lambda low, high: 1 - np.prod(1 - outside(low, high).mean(axis=1)),
    ),
    ("07.3", "per cent, not a share", lambda low, high: 100 * outside(low, high).any(0).mean()),
    (
        "07.3",
        "found, and lost again",
        lambda low, high: (outside(low, high).any(axis=0) & ~outside(low, high)[-1]).mean(),
    ),
    ("07.3", "found at every look", lambda low, high: outside(low, high).all(axis=0).mean()),
    ("07.3", "a mean over looks", lambda low, high: outside(low, high).mean()),
    ("07.3", "above 0 only", lambda low, high: (low > 0).any(axis=0).mean()),
    ("07.3", "a count, not a share", lambda low, high: outside(low, high).any(axis=0).sum()),
    (
        "07.3",
        "intervals that contain 0",
        lambda low, high: (~outside(low, high)).any(axis=0).mean(),
    ),
    ("07.3", "your code raised an error", lambda low, high: low > 0 or high < 0),
]

test_a_mistake_is_called_by_its_name = named(MISTAKES)
test_every_exercise_has_mistakes = enough("07", MISTAKES)


def chromatic(left, right):
    chroma = [np.linalg.norm(color.split(picture)[1], axis=-1).mean() for picture in (left, right)]
    return "left" if chroma[0] > chroma[1] else "right"


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("07.1", lambda rates: [1 - rate - rate for rate in rates]),
        ("07.2", chromatic),
        (
            "07.3",
            lambda low, high: np.mean(
                [
                    any(l > 0 or h < 0 for l, h in zip(*looks, strict=True))  # noqa: E741
                    for looks in zip(low.T, high.T, strict=True)
                ]
            ),
        ),
    ],
)
def test_another_right_answer_is_correct_too(name, answer):
    for seed in range(5):
        assert checks.check(name, answer, seed).status == checks.CORRECT


def test_the_message_shows_a_rate_at_which_the_answer_is_wrong():
    def first_only_right(rates):
        return np.where(rates == rates[0], 1 - 2 * rates, 0.9)

    said = checks.check("07.1", first_only_right).message
    right, told = re.fullmatch(
        r"At .* saw through (.*) of the pairs; you say (.*)\.", said
    ).groups()
    assert right != told == "90.0%"
