"""Wrong answers to the exercises of lesson 05 that learners give, and other right ones."""

import numpy as np
import pytest
from mistakes import enough, named
from scipy import stats
from scipy.special import softmax

from coursekit import bins
from coursekit.lesson import checks
from coursekit.lesson.checks.lesson05 import annealed, rebalancing


def bell(d, sigma):
    return np.exp(-(d**2) / (2 * sigma**2))


def mixed(prior, lam):
    return (1 - lam) * prior + lam / len(prior)


def averaged(prior, weights):
    return weights / (prior * weights).sum()


MISTAKES = [
    ("05.1", "not normalised", bell),
    ("05.1", "normalised over all pixels", lambda d, sigma: bell(d, sigma) / bell(d, sigma).sum()),
    ("05.1", "the 2 is missing", lambda d, sigma: softmax(-(d**2) / sigma**2, axis=-1)),
    ("05.1", "distance not squared", lambda d, sigma: softmax(-d / (2 * sigma**2), axis=-1)),
    ("05.1", "sigma not squared", lambda d, sigma: softmax(-(d**2) / (2 * sigma), axis=-1)),
    ("05.1", "farther bins weigh more", lambda d, sigma: softmax(d**2 / (2 * sigma**2), axis=-1)),
    (
        "05.1",
        "far from every bin",
        lambda d, sigma: bell(d, sigma) / (bell(d, sigma).sum(-1, keepdims=True) + 1e-9),
    ),
    ("05.1", "the nearest bin only", lambda d, sigma: np.eye(d.shape[-1])[d.argmin(axis=-1)]),
    ("05.1", "one over the distance", lambda d, sigma: 1 / d / (1 / d).sum(-1, keepdims=True)),
    ("05.1", "normalised over the wrong axis", lambda d, s: bell(d, s) / bell(d, s).sum(axis=0)),
    ("05.1", "a density", lambda d, sigma: stats.norm.pdf(d, scale=sigma)),
    ("05.1", "the nearest weighs 1", lambda d, s: bell(d, s) / bell(d, s).max(-1, keepdims=True)),
    ("05.1", "σ is not used", lambda d, sigma: softmax(-(d**2) / 2, axis=-1)),
    ("05.1", "the softmax of weights", lambda d, sigma: softmax(bell(d, sigma), axis=-1)),
    ("05.1", "all alike", lambda d, sigma: np.full(d.shape, 0.2)),
    ("05.1", "another result", lambda d, sigma: softmax(-d, axis=-1)),
    ("05.2", "not normalised", lambda prior, lam: 1 / mixed(prior, lam)),
    (
        "05.2",
        "mean 1 over bins",
        lambda prior, lam: 1 / mixed(prior, lam) / (1 / mixed(prior, lam)).mean(),
    ),
    (
        "05.2",
        "sum 1 over bins",
        lambda prior, lam: 1 / mixed(prior, lam) / (1 / mixed(prior, lam)).sum(),
    ),
    ("05.2", "λ the wrong way round", lambda prior, lam: rebalancing(prior, 1 - lam)),
    (
        "05.2",
        "the prior itself",
        lambda prior, lam: mixed(prior, lam) / (prior * mixed(prior, lam)).sum(),
    ),
    ("05.2", "λ is not used", lambda prior, lam: 1 / prior / (prior / prior).sum()),
    ("05.2", "λ, not λ / Q", lambda prior, lam: averaged(prior, 1 / ((1 - lam) * prior + lam))),
    (
        "05.2",
        "mean 1 under the mixture",
        lambda prior, lam: averaged(mixed(prior, lam), 1 / mixed(prior, lam)),
    ),
    (
        "05.2",
        "the root of the inverse",
        lambda prior, lam: averaged(prior, mixed(prior, lam) ** -0.5),
    ),
    ("05.2", "one minus, not one over", lambda prior, lam: averaged(prior, 1 - mixed(prior, lam))),
    ("05.2", "the logarithm", lambda prior, lam: averaged(prior, -np.log(mixed(prior, lam)))),
    (
        "05.2",
        "mixed after inverting",
        lambda prior, lam: averaged(prior, (1 - lam) / prior + lam * len(prior)),
    ),
    ("05.2", "λ as an exponent", lambda prior, lam: averaged(prior, prior ** -(1 - lam))),
    (
        "05.2",
        "the prior keeps all",
        lambda prior, lam: averaged(prior, 1 / (prior + lam / len(prior))),
    ),
    ("05.2", "inverted twice", lambda prior, lam: averaged(prior, mixed(prior, lam) ** -2.0)),
    ("05.2", "negative weights", lambda prior, lam: np.log(mixed(prior, lam))),
    ("05.2", "another result", lambda prior, lam: 2 * rebalancing(prior, lam)),
    ("05.3", "multiplied by T", lambda z, c, T: softmax(z * T, axis=-1) @ c),
    ("05.3", "T is not used", lambda z, c, T: softmax(z, axis=-1) @ c),
    ("05.3", "argmax", lambda z, c, T: c[z.argmax(axis=-1)]),
    ("05.3", "not normalised again", lambda z, c, T: softmax(z, axis=-1) ** (1 / T) @ c),
    (
        "05.3",
        "softmax first, then T",
        lambda z, c, T: softmax(softmax(z, axis=-1) / T, axis=-1) @ c,
    ),
    ("05.3", "softmax over the wrong axis", lambda z, c, T: softmax(z / T, axis=0) @ c),
    ("05.3", "softmax over everything", lambda z, c, T: softmax(z / T) @ c),
    ("05.3", "the colour divided by T", lambda z, c, T: softmax(z, axis=-1) @ c / T),
    ("05.3", "logits are no probabilities", lambda z, c, T: z / T @ c),
    ("05.3", "T squared", lambda z, c, T: softmax(z / T**2, axis=-1) @ c),
    ("05.3", "always 0.38", lambda z, c, T: softmax(z / 0.38, axis=-1) @ c),
    ("05.3", "the root of T", lambda z, c, T: softmax(z / np.sqrt(T), axis=-1) @ c),
    ("05.3", "exp, not divided by its sum", lambda z, c, T: np.exp(z / T) @ c),
    (
        "05.3",
        "a mean over the bins",
        lambda z, c, T: (softmax(z / T, axis=-1)[..., None] * c).mean(axis=-2),
    ),
    ("05.3", "a and b exchanged", lambda z, c, T: (softmax(z / T, axis=-1) @ c)[..., ::-1]),
    ("05.3", "another result", lambda z, c, T: 0 * (z @ c)),
    ("05.3", "overflow", lambda z, c, T: np.exp(z / T) @ c / np.exp(z / T).sum(-1, keepdims=True)),
    ("05.3", "another shape", lambda z, c, T: softmax(z / T, axis=-1)),
    ("05.4", "nothing undone", lambda z, w: z),
    ("05.4", "divided the logits", lambda z, w: z / w),
    ("05.4", "rebalanced twice", lambda z, w: z + np.log(w)),
    ("05.4", "subtracted the weights", lambda z, w: z - w),
    ("05.4", "probabilities, not logits", lambda z, w: softmax(z - np.log(w), axis=-1)),
    ("05.4", "multiplied the logits", lambda z, w: z * w),
    ("05.4", "the logarithm to another base", lambda z, w: z - np.log2(w)),
    ("05.4", "the exponential, not the logarithm", lambda z, w: z - np.exp(w)),
    ("05.4", "the logarithm to base 10", lambda z, w: z - np.log10(w)),
    ("05.4", "undone twice", lambda z, w: z - 2 * np.log(w)),
    ("05.4", "divided by the logarithm", lambda z, w: z / np.log(w)),
    ("05.4", "the logarithm of 1 + w", lambda z, w: z - np.log1p(w)),
    ("05.4", "exp of the logits", lambda z, w: np.exp(z) / w),
    ("05.4", "another result", lambda z, w: 0 * z),
]

pytestmark = pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")
test_a_mistake_is_called_by_its_name = named(MISTAKES)
test_every_exercise_has_mistakes = enough("05", MISTAKES)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("05.2", bins.rebalancing_weights),
        ("05.3", bins.annealed_mean),
        (
            "05.4",
            lambda z, w: np.log(
                softmax(z, axis=-1) / w / (softmax(z, axis=-1) / w).sum(-1, keepdims=True)
            ),
        ),
    ],
)
def test_another_right_answer_is_correct_too(name, answer):
    for seed in range(5):
        assert checks.check(name, answer, seed).status == checks.CORRECT


def test_the_reference_of_soft_weights_is_what_the_package_encodes_with():
    encoding = bins.SoftEncoding()
    indices, weights = encoding([23.0, 31.0])
    distances = np.linalg.norm(encoding.centres[indices] - [23, 31], axis=-1)
    np.testing.assert_allclose(checks.find("05.1").solution(distances, 5), weights, atol=1e-5)


def test_the_message_tells_the_average_that_was_seen():
    found = checks.check(
        "05.2", lambda prior, lam: 1 / mixed(prior, lam) / (1 / mixed(prior, lam)).mean()
    )
    assert "under the prior, they should average 1: did you normalise by Q?" in found.message


def test_sharpening_by_a_power_is_right_when_it_is_normalised_again():
    def powered(z, c, T):
        p = softmax(z, axis=-1) ** (1 / T)
        return p @ c / p.sum(axis=-1, keepdims=True)

    assert checks.check("05.3", powered).status == checks.CORRECT
    assert annealed(np.zeros(3), np.eye(3)[:, :2], 0.38).tolist() == pytest.approx([1 / 3, 1 / 3])
