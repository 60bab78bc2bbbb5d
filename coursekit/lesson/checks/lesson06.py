"""Checks of lesson 06: experiments."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import stats

from .answers import agree, number, parts
from .exercise import exercise


def misleading(worse: np.ndarray, better: np.ndarray) -> float:
    """Give the share of pairs of single runs in which the model that is worse on average wins."""
    return stats.mannwhitneyu(worse, better).statistic / (len(worse) * len(better))


@exercise(
    "06.1",
    solution=misleading,
    hint=(
        "Every run of one against every run of the other: `np.array(worse)[:, None] > "
        "np.array(better)`. The mean of that table is a share."
    ),
)
def _pairs(answer: Callable, rng: np.random.Generator) -> str:
    """Compare five runs each of two models whose order single runs often get wrong."""
    # In these five runs each, every wrong way to count gives another share.
    runs = np.array([[66, 59, 58, 62.5, 57], [62, 63, 58.5, 64, 60]])[:, rng.permutation(5)]
    worse, better = (rng.uniform(-5, 5) + rng.uniform(0.5, 1) * runs).round(2)
    found = number(answer(worse, better), "misleading(worse, better)")
    expected = misleading(worse, better)
    agree(
        found,
        expected,
        {
            "only equal seeds": (
                (worse > better).mean(),
                "You compared run 1 with run 1, 2 with 2, …; somebody who trains once has any run "
                "of each: compare all pairs.",
            ),
            "the pairs that agree": (
                1 - expected,
                "This is the share of pairs that tell the truth.",
            ),
            "a count, not a share": (expected * 25, "Divide by the number of pairs."),
            "per cent, not a share": (
                expected * 100,
                "The number is right as per cent; a share lies between 0 and 1.",
            ),
            "runs against a mean": (
                (worse > better.mean()).mean(),
                "You compared single runs with a mean; the reader of one run of each has no mean.",
            ),
        },
        f"Of {worse.size * better.size} pairs {expected:.0%} mislead; you say {found:.2f}.",
    )
    return "That is how often a study of one run each prints the opposite conclusion."


def paired(first: dict[int, float], second: dict[int, float]) -> tuple[float, float]:
    """Give mean and spread of the differences first − second, seed by seed."""
    differences = [first[seed] - second[seed] for seed in first if seed in second]
    return np.mean(differences), np.std(differences, ddof=1)


@exercise(
    "06.2",
    solution=paired,
    hint=(
        "Loop over the seeds that *both* dictionaries hold and look each up by its key; their "
        "order means nothing. A spread estimated from few runs divides by n − 1: `ddof=1`."
    ),
)
def _pairing(answer: Callable, rng: np.random.Generator) -> str:
    """Pair runs that share their luck, stand in another order and lack a seed each."""
    # What a seed brings is far larger than what else differs, so that pairing pays.
    luck = rng.normal(0, 4, 6)
    first = {seed: round(60 + luck[seed] + rng.normal(), 2) for seed in (0, 1, 2, 3, 4)}
    second = {seed: round(58 + luck[seed] + rng.normal(), 2) for seed in (4, 2, 0, 5, 1)}
    mean, spread = parts(answer(dict(first), dict(second)), 2, "paired(first, second)")
    mean, spread = number(mean, "the mean"), number(spread, "the spread")
    by_seed = np.array([first[seed] - second[seed] for seed in (0, 1, 2, 4)])
    by_order = np.array(list(first.values())) - list(second.values())
    agree(
        mean,
        by_seed.mean(),
        {
            "paired by order": (
                by_order.mean(),
                "You paired the runs in the order in which they stand; pair them by seed, and "
                "leave out a seed that only one model has.",
            ),
            "second − first": (-by_seed.mean(), "The sign: first − second is wanted."),
        },
        f"The mean difference over the seeds that both have is {by_seed.mean():.2f}; you say "
        f"{mean:.2f}.",
    )
    agree(
        spread,
        by_seed.std(ddof=1),
        {
            "divided by n": (
                by_seed.std(),
                f"You say {spread:.2f}: that divides by n. With {len(by_seed)} runs this is too "
                "small; divide by n − 1 (`ddof=1`).",
            ),
            "a standard error": (
                by_seed.std(ddof=1) / 2,
                "This is the standard error of the mean; wanted is the spread of single "
                "differences.",
            ),
            "spreads, not the spread of differences": (
                np.hypot(
                    np.std(list(first.values()), ddof=1), np.std(list(second.values()), ddof=1)
                ),
                "You combined the spreads of both models. What is luck for both falls out of the "
                "differences: take their spread.",
            ),
        },
        f"The mean is right; the spread of the differences is {by_seed.std(ddof=1):.2f}, you say "
        f"{spread:.2f}.",
    )
    return f"The models spread by about 4, their differences only by {spread:.1f}: pairing pays."


def honest(choosing: np.ndarray, judging: np.ndarray) -> float:
    """Report the score that the best setting to choose has on the photos to judge with."""
    return judging[np.argmax(choosing)]


@exercise(
    "06.3",
    solution=honest,
    hint=(
        "`np.argmax(choosing)` says which setting to take. What you report is that setting's "
        "score on the *other* photos."
    ),
)
def _reporting(answer: Callable, rng: np.random.Generator) -> str:
    """Report on eight settings, where one is best to choose and another one best to judge."""
    choosing, judging = rng.uniform(50, 60, 8), rng.uniform(48, 58, 8)
    best, other = rng.permutation(8)[:2]
    choosing[best], judging[best], judging[other] = 63.1, 52.9, 61.7
    found = number(answer(choosing, judging), "honest(choosing, judging)")
    agree(
        found,
        judging[best],
        {
            "the best of the judging": (
                judging.max(),
                f"You report {found:.1f}, the best score on the photos that judge: then they have "
                "chosen, and nothing is left to judge with.",
            ),
            "the score that chose": (
                choosing.max(),
                f"You report {found:.1f}, the score on which the setting was chosen. The best of "
                f"8 draws is lucky; on new photos it scores {judging[best]:.1f}.",
            ),
            "a place, not a score": (best, "This is the number of the setting; report its score."),
        },
        f"You report {found:.1f}. Choose with the first list, report from the second.",
    )
    return "Chosen on some photos, judged on others: the number may be smaller, but it is one."
