"""Wrong answers to the exercises of lesson 07 that learners give, and other right ones."""

import numpy as np
import pytest
from mistakes import enough, named

from coursekit import checks, metrics


def outside(low, high):
    return (low > 0) | (high < 0)


MISTAKES = [
    ("07.1", "width falls with n", 160),
    ("07.1", "the root the wrong way round", 80),
    ("07.1", "only the further ones", 600),
    ("07.1", "another result", 44),
    ("07.2", "only the last look", lambda low, high: outside(low, high)[-1].mean()),
    ("07.2", "only the first look", lambda low, high: outside(low, high)[0].mean()),
    ("07.2", "every look agrees", lambda low, high: outside(low, high).all(axis=0).mean()),
    ("07.2", "the mean over looks", lambda low, high: outside(low, high).mean()),
    ("07.2", "looks added up", lambda low, high: outside(low, high).sum() / 200),
    ("07.2", "one side only", lambda low, high: (low > 0).any(axis=0).mean()),
    ("07.2", "0 inside", lambda low, high: 1 - outside(low, high).any(axis=0).mean()),
    ("07.3", "the paler one",
     lambda left, right: "right" if metrics.colorfulness(left) > metrics.colorfulness(right) else "left"),
    ("07.3", "always one side", lambda left, right: "left"),
    ("07.3", "contrast, not colour", lambda left, right: "left" if left.std() > right.std() else "right"),
    ("07.3", "light, not colour", lambda left, right: "left" if left.mean() > right.mean() else "right"),
    ("07.3", "not a side", lambda left, right: 0),
    ("07.3", "another result", lambda left, right: "left" if left[0, 0, 0] % 2 else "right"),
]

test_a_mistake_is_called_by_its_name = named(MISTAKES)
test_every_exercise_has_mistakes = enough("07", MISTAKES)


def stop_at_the_first(low, high):
    """As one would do it in a class, experiment by experiment."""
    stopped = 0
    for experiment in range(low.shape[1]):
        for look in range(len(low)):
            if not low[look, experiment] <= 0 <= high[look, experiment]:
                stopped += 1
                break
    return stopped / low.shape[1]


def by_hand(left, right):
    """Hasler and Süsstrunk's formula, written out."""
    values = []
    for picture in (left, right):
        r, g, b = np.moveaxis(picture.astype(float), -1, 0)
        rg, yb = r - g, (r + g) / 2 - b
        values.append(np.hypot(rg.std(), yb.std()) + 0.3 * np.hypot(rg.mean(), yb.mean()))
    return "left" if values[0] > values[1] else "right"


@pytest.mark.parametrize(("name", "answer"), [("07.1", 640.0), ("07.2", stop_at_the_first), ("07.3", by_hand)])
def test_another_right_answer_is_correct_too(name, answer):
    assert checks.check(name, answer).status == checks.CORRECT
