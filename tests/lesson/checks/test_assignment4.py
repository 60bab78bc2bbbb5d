"""Wrong answers to the tasks of assignment 4 that students give."""

import re

import numpy as np
import pytest
from graded import answers
from mistakes import enough, named
from scipy import ndimage
from scipy.integrate import trapezoid
from scipy.spatial.distance import cdist
from scipy.special import log_softmax, softmax

from coursekit.lesson import checks
from coursekit.teach import hidden

RIGHT = answers(4)


def gather(scores, indices):
    return np.take_along_axis(scores, indices, axis=-1)


def table(centres, sigma):
    return np.exp(-((centres[:, None] - centres) ** 2).sum(-1) / (2 * sigma**2))


def given_away(prior, kernel):
    return kernel @ (prior / kernel.sum(axis=0))


def whole(shares):
    return shares / shares.sum()


def swapped(logits, indices, shares):
    target = np.zeros(logits.shape)
    np.put_along_axis(target, indices, shares, axis=-1)
    return -(softmax(logits, axis=-1) * np.log(target + 1e-7)).sum(-1)


def unsafe(logits, indices, shares):
    q = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    return -(shares * np.log(gather(q, indices))).sum(-1)


def area(right, thresholds=range(151)):
    """AuC by some rule of what is right: right(true, predicted, threshold)."""
    return lambda true, predicted, weights: (
        100 * np.mean([np.average(right(true, predicted, t), weights=weights) for t in thresholds])
    )


def error(true, predicted):
    return np.linalg.norm(true - predicted, axis=-1)


def searched(reached):
    """Bisection, for the T at which some chroma is reached."""

    def temperature_for(logits, centres, chroma):
        low, high = 0.05, 1.0
        for _ in range(30):
            T = (low + high) / 2
            low, high = (
                (T, high) if reached(softmax(logits / T, axis=-1), centres) > chroma else (low, T)
            )
        return T

    return temperature_for


MISTAKES = [
    ("A4.1", "the farthest bin", lambda ab, c: ((ab[..., None, :] - c) ** 2).sum(-1).argmax(-1)),
    ("A4.1", "distances added", lambda ab, c: np.abs(ab[..., None, :] - c).sum(-1).argmin(-1)),
    ("A4.1", "only a", lambda ab, c: np.abs(ab[..., :1] - c[:, 0]).argmin(-1)),
    ("A4.1", "only b", lambda ab, c: np.abs(ab[..., 1:] - c[:, 1]).argmin(-1)),
    (
        "A4.1",
        "the larger difference",
        lambda ab, c: np.abs(ab[..., None, :] - c).max(-1).argmin(-1),
    ),
    (
        "A4.1",
        "a and b exchanged",
        lambda ab, c: ((ab[..., None, ::-1] - c) ** 2).sum(-1).argmin(-1),
    ),
    ("A4.1", "not places", lambda ab, c: ((ab[..., None, :] - c) ** 2).sum(-1).min(-1)),
    ("A4.1", "another result", lambda ab, c: np.zeros(ab.shape[:2])),
    ("A4.2", "along the list", lambda p, c, sigma: ndimage.gaussian_filter1d(p, sigma)),
    (
        "A4.2",
        "along the list",
        lambda p, c, sigma: ndimage.gaussian_filter1d(p, sigma, mode="constant"),
    ),
    ("A4.2", "not normalised", lambda p, c, sigma: table(c, sigma) @ p),
    (
        "A4.2",
        "what a bin gets, not what it gives",
        lambda p, c, sigma: (table(c, sigma) / table(c, sigma).sum(1, keepdims=True)) @ p,
    ),
    (
        "A4.2",
        "one sum for all",
        lambda p, c, sigma: table(c, sigma) @ p / (table(c, sigma) @ p).sum(),
    ),
    ("A4.2", "the 2 is missing", lambda p, c, sigma: RIGHT["A4.2"](p, c, sigma / np.sqrt(2))),
    ("A4.2", "nothing smoothed", lambda p, c, sigma: p),
    (
        "A4.2",
        "what a bin gets, made to sum to 1",
        lambda p, c, sigma: whole((table(c, sigma) / table(c, sigma).sum(1, keepdims=True)) @ p),
    ),
    ("A4.2", "sigma not squared", lambda p, c, sigma: RIGHT["A4.2"](p, c, np.sqrt(sigma))),
    (
        "A4.2",
        "the distance not squared",
        lambda p, c, sigma: given_away(p, np.exp(-cdist(c, c) / (2 * sigma**2))),
    ),
    (
        "A4.2",
        "a bin keeps nothing",
        lambda p, c, sigma: given_away(p, table(c, sigma) - np.eye(len(c))),
    ),
    ("A4.2", "another result", lambda p, c, sigma: np.full(len(p), 1 / len(p))),
    ("A4.3", "the sign", lambda z, i, s: -RIGHT["A4.3"](z, i, s)),
    ("A4.3", "logits are no logarithms", lambda z, i, s: -(s * gather(z, i)).sum(-1)),
    (
        "A4.3",
        "normalised over five bins",
        lambda z, i, s: -(s * log_softmax(gather(z, i), axis=-1)).sum(-1),
    ),
    (
        "A4.3",
        "probabilities, no logarithm",
        lambda z, i, s: -(s * gather(softmax(z, axis=-1), i)).sum(-1),
    ),
    ("A4.3", "shares not used", lambda z, i, s: -gather(log_softmax(z, axis=-1), i).mean(-1)),
    ("A4.3", "the nearest bin only", lambda z, i, s: -gather(log_softmax(z, axis=-1), i)[..., 0]),
    ("A4.3", "target and prediction swapped", swapped),
    ("A4.3", "bits, not nats", lambda z, i, s: RIGHT["A4.3"](z, i, s) / np.log(2)),
    (
        "A4.3",
        "the logarithm of the mixture",
        lambda z, i, s: -np.log((s * gather(softmax(z, axis=-1), i)).sum(-1)),
    ),
    ("A4.3", "a mean over five bins", lambda z, i, s: RIGHT["A4.3"](z, i, s) / 5),
    ("A4.3", "another result", lambda z, i, s: 0 * s[..., 0]),
    ("A4.3", "overflow", unsafe),
    ("A4.3", "another shape", lambda z, i, s: RIGHT["A4.3"](z, i, s).mean()),
    ("A4.4", "weights not used", lambda t, p, w: RIGHT["A4.4"](t, p, np.ones_like(w))),
    ("A4.4", "a share, not per cent", lambda t, p, w: RIGHT["A4.4"](t, p, w) / 100),
    ("A4.4", "smaller, not smaller or equal", area(lambda t, p, limit: error(t, p) < limit)),
    ("A4.4", "150 thresholds", area(lambda t, p, limit: error(t, p) <= limit, range(150))),
    ("A4.4", "thresholds from 1", area(lambda t, p, limit: error(t, p) <= limit, range(1, 151))),
    ("A4.4", "a and b apart", area(lambda t, p, limit: (np.abs(t - p) <= limit).mean(-1))),
    ("A4.4", "squared error", area(lambda t, p, limit: error(t, p) ** 2 <= limit)),
    (
        "A4.4",
        "not divided by the weights",
        lambda t, p, w: (
            100 * np.mean([(w * (error(t, p) <= limit)).mean() for limit in range(151)])
        ),
    ),
    ("A4.4", "the wrong ones", lambda t, p, w: 100 - RIGHT["A4.4"](t, p, w)),
    (
        "A4.4",
        "thresholds in steps of ten",
        area(lambda t, p, limit: error(t, p) <= limit, range(0, 151, 10)),
    ),
    (
        "A4.4",
        "the trapezoid rule",
        lambda t, p, w: (
            trapezoid([np.average(error(t, p) <= limit, weights=w) for limit in range(151)]) / 1.5
        ),
    ),
    ("A4.4", "another result", lambda t, p, w: 50),
    ("A4.5", "multiplied by T", lambda z, c, chroma: 1 / RIGHT["A4.5"](z, c, chroma)),
    (
        "A4.5",
        "the chroma of the mean colour",
        searched(lambda p, c: np.linalg.norm((p @ c).mean(axis=0))),
    ),
    (
        "A4.5",
        "an end of the interval",
        searched(lambda p, c: 2 * (p @ np.linalg.norm(c, axis=-1)).mean()),
    ),
    ("A4.5", "the median chroma", searched(lambda p, c: np.median(np.linalg.norm(p @ c, axis=-1)))),
    (
        "A4.5",
        "the root of the mean square",
        searched(lambda p, c: np.sqrt(((p @ c) ** 2).sum(axis=-1).mean())),
    ),
    ("A4.5", "steps too coarse", lambda z, c, chroma: round(RIGHT["A4.5"](z, c, chroma), 1)),
    ("A4.5", "an end of the interval", lambda z, c, chroma: 0.05),
    ("A4.5", "a fixed temperature", lambda z, c, chroma: 1),
    ("A4.5", "not a temperature", lambda z, c, chroma: -0.4),
    ("A4.5", "another result", lambda z, c, chroma: 0.1234),
]

pytestmark = pytest.mark.filterwarnings(
    "ignore:overflow", "ignore:invalid value", "ignore:divide by zero"
)
test_a_mistake_is_called_by_its_name = named(MISTAKES)
test_a_mistake_is_called_by_its_name_in_hidden_tests = named(MISTAKES, hidden.check)
test_every_task_has_mistakes = enough("A4", MISTAKES)


def test_another_smoothing_is_told_the_bin_that_is_most_off():
    message = checks.check("A4.2", lambda p, c, sigma: RIGHT["A4.2"](p, c, 2 * sigma)).message
    told, right = re.search(r"has (\S+) thousandths, and (\S+) are right", message).groups()
    assert "The sum is 1.000" in message and told != right
