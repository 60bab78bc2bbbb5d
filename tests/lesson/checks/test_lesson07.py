"""Wrong answers to the exercises of lesson 07 that learners give, and other right ones."""

import numpy as np
import pytest
from mistakes import enough, named

from coursekit import color
from coursekit.lesson import checks
from coursekit.lesson.checks.lesson07 import cheat


def outside(low, high):
    return (low > 0) | (high < 0)


MISTAKES = [
    ("07.1", "right answers counted as seen", lambda rates: 1 - rates),
    ("07.1", "the formula forwards", lambda rates: (1 - rates) / 2),
    ("07.1", "guesses never fool", lambda rates: rates / 2),
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
    ("07.2", "not a side", lambda left, right: left if cheat(left, right) == "left" else right),
    ("07.3", "only the last look", lambda low, high: outside(low, high)[-1].mean()),
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


def test_a_rate_over_half_is_not_hidden():
    def cut(rates):
        return np.maximum(1 - 2 * rates, 0)

    results = [checks.check("07.1", cut, seed) for seed in range(20)]
    assert "cut off at 0" in {result.misconception for result in results}
