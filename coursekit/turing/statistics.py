"""What the votes say, and how surely. The fooling rate is the share of test pairs in which the fake was taken for real.

At 50 % nobody can tell. Votes of one participant hang together, for some people see better than others, so an
interval must count participants, not only trials; `fooling_interval` does, and `wilson` beside it does not.
Functions on counts take arrays whose last axis is the participants, and any number of axes before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import special, stats

from .protocol import TEST, VIGILANCE, TuringError


class Rate(NamedTuple):
    """A fooling rate: counts; ``rate`` with its `fooling_interval` ``low``…``high``; the plain `wilson` interval, the
    two-level `bootstrap` interval and its standard error; ``p`` of the exact binomial test against 50 %."""

    name: str
    fooled: int
    trials: int
    participants: int
    rate: float
    low: float
    high: float
    wilson: tuple[float, float]
    bootstrap: tuple[float, float]
    standard_error: float
    p: float


class Difference(NamedTuple):
    """One rate minus another, with the interval ``low``…``high``; if 0 lies outside, they differ."""

    difference: float
    low: float
    high: float


def rates(votes: Sequence[dict], by: str = "colorizer", level: float = 0.95) -> list[Rate]:
    """The fooling rate of each colorizer, or of each photo; vigilance and practice pairs do not count.

    Parameters: ``votes`` of `Store.votes`; ``by`` "colorizer" or "photo"; ``level`` of the intervals.
    Returns: most convincing first. Empty if there is no test vote yet.
    """
    test = _test(votes)
    names = list(dict.fromkeys(vote[by] for vote in test))
    found = []
    for name in names:
        fooled, trials = counts([vote for vote in test if vote[by] == name])
        k, n = int(fooled.sum()), int(trials.sum())
        spread = _bootstrapped(fooled, trials, 2000, seed=0)
        found.append(
            Rate(
                name,
                k,
                n,
                len(trials),
                k / n,
                *map(float, fooling_interval(fooled, trials, level)),
                tuple(map(float, wilson(k, n, level))),
                tuple(map(float, _quantiles(spread, level))),
                float(spread.std(ddof=1)),
                float(stats.binomtest(k, n, 0.5).pvalue),
            )
        )
    return sorted(found, key=lambda each: (each.rate, each.trials), reverse=True)


def compare(votes: Sequence[dict], one: str, other: str, level: float = 0.95) -> Difference:
    """How much larger the fooling rate of one colorizer is than that of another.

    That the same people judged both is taken into account. Raises: TuringError if one has no test vote.
    """
    test = _test(votes)
    for name in (one, other):
        if not any(vote["colorizer"] == name for vote in test):
            raise TuringError(
                f"no test vote on {name!r}; there are votes on "
                f"{', '.join(sorted({vote['colorizer'] for vote in test})) or 'nothing'}"
            )
    return _compare(test, lambda vote: {one: 0, other: 1}.get(vote["colorizer"]), level)


def learning(votes: Sequence[dict]) -> Difference:
    """Fooling rate in the second half of each participant's test pairs, minus that in the first.

    Negative: people learn to see it. Positive: they tire. Raises: TuringError without test votes in both halves.
    """
    test = _test(votes)
    middle = {
        name: np.median([vote["number"] for vote in test if vote["participant"] == name])
        for name in dict.fromkeys(vote["participant"] for vote in test)
    }
    if not any(vote["number"] > middle[vote["participant"]] for vote in test):
        raise TuringError("nobody has two test votes yet")
    return _compare(test, lambda vote: int(vote["number"] <= middle[vote["participant"]]))


def side_bias(votes: Sequence[dict]) -> Rate:
    """How often the *left* picture was called fake; 50 % without bias, because sides are balanced. A `Rate`."""
    test = [
        {**vote, "fooled": vote["side"] == "left", "colorizer": "left"} for vote in _test(votes)
    ]
    if not test:
        raise TuringError("no test vote yet")
    return rates(test)[0]


def vigilant(votes: Sequence[dict], least: float = 0.75) -> tuple[list[dict], list[str]]:
    """Keep the votes of those who looked: who saw through at least this share of the random-colour fakes.

    Choose ``least`` before you look at the votes. Who had no such pair is kept.
    Returns: the votes kept; the codes of those left out.
    """
    fooled: dict[str, list[bool]] = {}
    for vote in votes:
        if vote["kind"] == VIGILANCE:
            fooled.setdefault(vote["participant"], []).append(vote["fooled"])
    out = [name for name, each in fooled.items() if 1 - np.mean(each) < least]
    return [vote for vote in votes if vote["participant"] not in out], out


def reaction_times(votes: Sequence[dict]) -> dict[str, dict[str, float]]:
    """Median seconds to a vote in the test, by colorizer: when "right", when "fooled"; NaN where none was measured."""
    test = [vote for vote in _test(votes) if vote["seconds"] is not None]

    def median(name, fooled):
        chosen = [
            vote["seconds"]
            for vote in test
            if (vote["colorizer"], vote["fooled"]) == (name, fooled)
        ]
        return float(np.median(chosen)) if chosen else float("nan")

    return {
        name: {"right": median(name, False), "fooled": median(name, True)}
        for name in dict.fromkeys(vote["colorizer"] for vote in test)
    }


def counts(votes: Sequence[dict]) -> tuple[np.ndarray, np.ndarray]:
    """How often each participant was fooled, and in how many pairs; two int arrays in the order of the votes."""
    names = {name: i for i, name in enumerate(dict.fromkeys(vote["participant"] for vote in votes))}
    of = np.array([names[vote["participant"]] for vote in votes], int)
    fooled = np.array([vote["fooled"] for vote in votes], int)
    return np.bincount(of, fooled, len(names)).astype(int), np.bincount(of, minlength=len(names))


def wilson(fooled, trials, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Wilson's score interval of a share, as if every vote came from another person.

    Source: E. B. Wilson, J. Am. Stat. Assoc. 22, 1927. ``trials`` may be a fraction, as in `fooling_interval`.
    """
    z = special.ndtri((1 + level) / 2)
    rate = np.divide(fooled, trials)
    middle = (rate + z**2 / (2 * trials)) / (1 + z**2 / trials)
    half = z * np.sqrt(rate * (1 - rate) / trials + (z / (2 * trials)) ** 2) / (1 + z**2 / trials)
    return np.maximum(middle - half, 0), np.minimum(middle + half, 1)


def fooling_interval(fooled, trials, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Wilson's interval with the *effective* number of trials: fewer, the more the participants differ.

    The variance of a ratio over participants, divided by what independent votes would have, says how many times
    fewer; and as that is itself estimated from P participants, the t distribution takes the normal's place. It is never
    narrower than `wilson`. A single participant says nothing about others: then it is `wilson`, about that person.

    Parameters: ``fooled`` and ``trials`` (..., P), counts of each participant; ``level``.
    Returns: lower and upper ends, (...). Source: E. L. Korn, B. I. Graubard, Survey Methodology 24, 1998, 193–201.
    """
    k, n = np.sum(fooled, axis=-1), np.sum(trials, axis=-1)
    people = np.shape(fooled)[-1]
    effective = np.asarray(n, float)
    if people > 1:
        rate = k / n
        independent = rate * (1 - rate) / n
        observed = (_influence(fooled, trials) ** 2).sum(axis=-1) * people / (people - 1)
        shrink = (
            special.ndtri((1 + level) / 2) / special.stdtrit(people - 1, (1 + level) / 2)
        ) ** 2
        times = np.divide(observed, independent, out=np.ones_like(observed), where=independent > 0)
        effective = n * np.minimum(shrink / np.maximum(times, shrink), 1)
    return wilson(k * effective / n, effective, level)


def difference_interval(one, other, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Interval of a difference of two fooling rates that the same participants gave.

    Each is (fooled, trials), two arrays (..., P) in the same order of participants, with 0 trials for who saw none.
    The two `fooling_interval` are put together as R. G. Newcombe does, with the correlation over participants.
    Source: R. G. Newcombe, Statistics in Medicine 17, 1998, 873–890 (apart) and 2635–2650 (paired).
    """
    rate, low, high = zip(
        *[
            (np.sum(k, axis=-1) / np.sum(n, axis=-1), *fooling_interval(k, n, level))
            for k, n in (one, other)
        ],
        strict=True,
    )
    first, second = _influence(*one), _influence(*other)
    size = np.sqrt((first**2).sum(axis=-1) * (second**2).sum(axis=-1))
    together = np.divide(
        (first * second).sum(axis=-1), size, out=np.zeros_like(size), where=size > 0
    )

    def reach(a, b):
        return np.sqrt(np.maximum(a**2 + b**2 - 2 * together * a * b, 0))

    between = rate[0] - rate[1]
    return (
        between - reach(rate[0] - low[0], high[1] - rate[1]),
        between + reach(high[0] - rate[0], rate[1] - low[1]),
    )


def bootstrap(fooled, trials, level: float = 0.95, repeats: int = 2000, seed: int = 0):
    """The paper's interval: draw participants again, then trials within each; quantiles of the rates that come out.

    It counts the luck within a participant twice, so it is too wide where participants hardly differ.
    Parameters: ``fooled`` and ``trials`` (P,). Returns: lower and upper end.
    """
    return _quantiles(_bootstrapped(np.asarray(fooled), np.asarray(trials), repeats, seed), level)


def power(one: float, other: float, trials: float, level: float = 0.95) -> float:
    """How likely a test with so many trials a colorizer tells two true rates apart, every vote being independent."""
    slack = special.ndtri((1 + level) / 2) * np.sqrt((one + other) * (1 - (one + other) / 2))
    spread = np.sqrt(one * (1 - one) + other * (1 - other))
    return float(special.ndtr((np.sqrt(trials) * abs(one - other) - slack) / spread))


def trials_needed(one: float, other: float, power: float = 0.8, level: float = 0.95) -> int:
    """How many trials a colorizer tell two true fooling rates apart with this `power`, every vote being independent.

    Raises: TuringError for equal rates, or rates outside 0…1.
    """
    if not (0 < one < 1 and 0 < other < 1) or one == other:
        raise TuringError(f"rates {one!r} and {other!r}: give two different ones between 0 and 1")
    slack = special.ndtri((1 + level) / 2) * np.sqrt((one + other) * (1 - (one + other) / 2))
    spread = special.ndtri(power) * np.sqrt(one * (1 - one) + other * (1 - other))
    return int(np.ceil(((slack + spread) / (one - other)) ** 2))


def _test(votes: Sequence[dict]) -> list[dict]:
    return [vote for vote in votes if vote["kind"] == TEST]


def _compare(test: list[dict], which, level: float = 0.95) -> Difference:
    """The rate of votes for which ``which`` is 0, minus that for which it is 1."""
    people = {name: i for i, name in enumerate(dict.fromkeys(vote["participant"] for vote in test))}
    table = np.zeros((2, 2, len(people)))  # which, fooled or trials, participant
    for vote in test:
        side = which(vote)
        if side is not None:
            table[side, :, people[vote["participant"]]] += vote["fooled"], 1
    table = table[..., table[:, 1].sum(axis=0) > 0]
    (k1, n1), (k2, n2) = table
    between = k1.sum() / n1.sum() - k2.sum() / n2.sum()
    return Difference(float(between), *map(float, difference_interval((k1, n1), (k2, n2), level)))


def _influence(fooled, trials) -> np.ndarray:
    """How far each participant moves the rate; the sum of squares is the rate's variance over participants."""
    total = np.sum(trials, axis=-1, keepdims=True)
    rate = np.sum(fooled, axis=-1, keepdims=True) / total
    return (fooled - rate * trials) / total


def _bootstrapped(fooled: np.ndarray, trials: np.ndarray, repeats: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    drawn = rng.integers(len(trials), size=(repeats, len(trials)))
    # Drawing n of a participant's n votes again is a binomial draw.
    again = rng.binomial(trials[drawn], (fooled / trials)[drawn])
    return again.sum(axis=-1) / trials[drawn].sum(axis=-1)


def _quantiles(rates: np.ndarray, level: float) -> np.ndarray:
    return np.quantile(rates, [(1 - level) / 2, (1 + level) / 2])
