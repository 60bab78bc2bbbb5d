"""Checks of lesson 06: experiments."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import stats

from .answers import NotYet, agree, close, number, parts
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
    runs = np.array([[58.5, 56, 63.5, 62.5, 66.5], [56.5, 66, 63, 59.5, 64.5]])
    runs = runs[:, rng.permutation(5)]
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
            "sorted, then paired": (
                (np.sort(worse) > np.sort(better)).mean(),
                "You compared the best run with the best, the second with the second, …; somebody "
                "who trains once has any run of each: compare all pairs.",
            ),
            "one comparison": (
                float(found > 0.5),
                f"{found:.0f} is the answer to one comparison, of means or of best runs for "
                "example; compare all pairs of single runs.",
            ),
            "equal seeds left out": (
                (worse[:, None] > better)[~np.eye(len(worse), dtype=bool)].mean(),
                "You left the pairs of equal seeds out; somebody who trains once has any run of "
                "each.",
            ),
            "a mean against runs": (
                (worse.mean() > better).mean(),
                "You compared a mean with single runs; the reader of one run of each has no mean.",
            ),
            "a p-value": (
                stats.mannwhitneyu(worse, better).pvalue,
                "This is the p-value of the Mann-Whitney test, a probability if the models were "
                "equal. Its statistic, not its p, counts these pairs.",
            ),
            "a difference, not a share": (
                worse.mean() - better.mean(),
                "This is the mean difference in score; wanted is a share of pairs.",
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
    # What a seed brings is far larger than what else differs, so that pairing pays. On one seed
    # the second wins, and by more than half as on the others: signs and medians matter.
    luck = rng.permutation([-7.0, -4.5, -1.0, 2.0, 4.0, 6.5]) + rng.normal(0, 0.3, 6)
    ahead = dict(zip((0, 1, 2, 4), rng.permutation([-1.4, 1.1, 2.2, 3.3]), strict=True))
    second = {seed: round(58 + luck[seed], 2) for seed in (4, 2, 0, 5, 1)}
    first = {
        seed: round(58 + luck[seed] + ahead.get(seed, 1.5) + rng.normal(0, 0.1), 2)
        for seed in (0, 1, 2, 3, 4)
    }
    mean, spread = parts(answer(dict(first), dict(second)), 2, "paired(first, second)")
    mean, spread = number(mean, "the mean"), number(spread, "the spread")
    by_seed = np.array([first[seed] - second[seed] for seed in (0, 1, 2, 4)])
    by_order = np.array(list(first.values())) - list(second.values())
    of_each = [list(scores.values()) for scores in (first, second)]
    # Paired in any order, or not at all, differences have one mean; their spread tells them apart.
    if close(mean, by_order.mean()) and not any(
        close(spread, by_order.std(ddof=less)) for less in (0, 1)
    ):
        raise NotYet(
            "seeds that only one has",
            f"{mean:.2f} is the difference between the means over all seeds; a seed that only one "
            "model has counts for neither.",
        )
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
            "absolute differences": (
                np.abs(by_seed).mean(),
                "You took the size of each difference; a seed on which the second model wins "
                "counts against the first: leave the signs.",
            ),
            "relative differences": (
                (by_seed / [second[seed] for seed in (0, 1, 2, 4)]).mean(),
                "You divided each difference by the second model's score; leave it in points.",
            ),
            "a missing seed counts as 0": (
                (by_seed.sum() + first[3] - second[5]) / 6,
                "A seed that one model lacks was taken for a score of 0; leave it out.",
            ),
            "divided by all seeds": (
                by_seed.sum() / len(first),
                "You divided by the number of runs of one model; divide by the seeds that both "
                "have.",
            ),
            "spread and mean exchanged": (
                by_seed.std(ddof=1),
                "This is the spread; the mean comes first.",
            ),
            "squared differences": (
                (by_seed**2).mean(),
                "You squared the differences; the mean of the plain ones is asked for.",
            ),
            "the sum, not the mean": (
                by_seed.sum(),
                f"This is the sum over {len(by_seed)} seeds; the mean is asked for.",
            ),
            "the median, not the mean": (
                np.median(by_seed),
                "This is the median of the differences; the mean is asked for.",
            ),
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
            "half an interval": (
                1.96 * by_seed.std(ddof=1) / 2,
                "This is 1.96 standard errors, half an interval of the mean; wanted is the spread "
                "of single differences.",
            ),
            "the root of the mean square": (
                np.sqrt((by_seed**2).mean()),
                "You left the mean in: a spread is measured from the mean, not from 0.",
            ),
            "the mean deviation": (
                np.abs(by_seed - by_seed.mean()).mean(),
                "This is the mean absolute deviation; the standard deviation squares.",
            ),
            "the spread of one model": (
                np.std(of_each[0], ddof=1),
                "This is the spread of the first model's scores; wanted is that of the "
                "differences.",
            ),
            "the variance, not the spread": (
                by_seed.var(ddof=1),
                "This is the variance, in squared units; the spread is its root.",
            ),
            "the range": (
                np.ptp(by_seed),
                "This is the distance from the smallest difference to the largest, which grows "
                "with every seed; wanted is the standard deviation.",
            ),
            "the spread of absolute differences": (
                np.abs(by_seed).std(ddof=1),
                "You took the size of each difference before the spread: leave the signs.",
            ),
            "spreads, not the spread of differences": (
                np.hypot(*(np.std(scores, ddof=1) for scores in of_each)),
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
    choosing[best], judging[best] = 63.1, 52.9
    choosing[other], judging[other] = 60.4, 61.7
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
            "the lists exchanged": (
                choosing[other],
                "You chose with the photos that judge and reported from those that choose: it is "
                "the other way round.",
            ),
            "a mean over settings": (
                judging.mean(),
                "This is the mean of all settings; report the one that you would use.",
            ),
            "the mean of both scores": (
                (choosing[best] + judging[best]) / 2,
                "Half of your number is the score that chose, which is lucky; report the other "
                "half alone.",
            ),
            "what the choice flattered": (
                choosing.max() - judging[best],
                "This is by how much the choice flattered the setting; report the score itself.",
            ),
            "the worst of the judging": (
                judging.min(),
                "This is the lowest score of all; report the one of the setting that you chose.",
            ),
            "the mean of the choosing": (
                choosing.mean(),
                "This is the mean score on the photos to choose with; report one setting's, on the "
                "others.",
            ),
            "the place in the other list": (
                other,
                "This is the number of the setting that judges best; report a score, of the "
                "setting that you chose.",
            ),
            "the median setting": (
                np.median(judging),
                "This is the median of all settings; report the one that you would use.",
            ),
            "the worst to choose": (
                judging[choosing.argmin()],
                "You took the setting of the lowest score; higher is better here.",
            ),
        },
        f"You report {found:.1f}. Choose with the first list, report from the second.",
    )
    return "Chosen on some photos, judged on others: the number may be smaller, but it is one."
