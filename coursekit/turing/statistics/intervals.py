"""What the votes say, and how surely.

The fooling rate is the share of test pairs in which the fake was taken for real; at 50 % nobody can
tell. Votes of one participant hang together, for some people see better than others, so an interval
must count participants, not only trials: `fooling_interval` does, and `wilson` beside it does not.
Functions on counts take arrays whose last axis is the participants, and any number of axes before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special, stats

from .protocol import TEST, VIGILANCE, TuringError

Interval = tuple[np.ndarray, np.ndarray]  # lower and upper ends


class Rate(NamedTuple):
    """A fooling rate, and how surely it is known.

    Attributes
    ----------
    name : str
        The colorizer or the photo.
    fooled, trials, participants : int
        How many votes were fooled, how many there are, and of how many people.
    rate : float
        Share of votes that were fooled, 0…1.
    low, high : float
        The `fooling_interval`.
    wilson : tuple of float
        The plain `wilson` interval, as if every vote came from another person.
    bootstrap : tuple of float
        The two-level `bootstrap` interval.
    standard_error : float
        Standard deviation of the rate over the same bootstrap.
    p : float
        Two-sided p value of the exact binomial test against 50 %, as if every vote came from
        another person.
    """

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
    """One rate minus another; they differ if 0 lies outside the interval.

    Attributes
    ----------
    difference : float
        The one rate minus the other, −1…1.
    low, high : float
        Its `difference_interval`.
    """

    difference: float
    low: float
    high: float


def rates(votes: Sequence[dict], by: str = "colorizer") -> list[Rate]:
    """Compute the fooling rate of each colorizer, or of each photo.

    Parameters
    ----------
    votes : sequence of dict
        Votes, as of `Store.votes`. Vigilance and practice pairs do not count.
    by : {"colorizer", "photo"}, optional
        What to tell rates apart by.

    Returns
    -------
    list of Rate
        Most convincing first, with 95 % intervals; empty if there is no test vote yet.
    """
    test = _test(votes)
    found = []
    for name in dict.fromkeys(vote[by] for vote in test):
        fooled, trials = counts([vote for vote in test if vote[by] == name])
        k, n = int(fooled.sum()), int(trials.sum())
        low, high = fooling_interval(fooled, trials)
        again = _bootstrapped(fooled, trials, 2000, seed=0)
        found.append(
            Rate(
                name,
                fooled=k,
                trials=n,
                participants=len(trials),
                rate=k / n,
                low=float(low),
                high=float(high),
                wilson=tuple(map(float, wilson(k, n))),
                bootstrap=tuple(map(float, _quantiles(again, 0.95))),
                standard_error=float(again.std(ddof=1)),
                p=float(stats.binomtest(k, n, 0.5).pvalue),
            )
        )
    return sorted(found, key=lambda each: (each.rate, each.trials), reverse=True)


def compare(votes: Sequence[dict], one: str, other: str) -> Difference:
    """Compute how much larger the fooling rate of one colorizer is than that of another.

    That the same people judged both is taken into account.

    Parameters
    ----------
    votes : sequence of dict
        Votes, as of `Store.votes`.
    one, other : str
        Names of the colorizers.

    Returns
    -------
    Difference
        Rate of the one minus rate of the other, with a 95 % interval.

    Raises
    ------
    TuringError
        If one has no test vote.
    """
    test = _test(votes)
    for name in (one, other):
        if not any(vote["colorizer"] == name for vote in test):
            raise TuringError(
                f"no test vote on {name!r}; there are votes on "
                f"{', '.join(sorted({vote['colorizer'] for vote in test})) or 'nothing'}"
            )
    return _compare(test, lambda vote: {one: 0, other: 1}.get(vote["colorizer"]))


def learning(votes: Sequence[dict]) -> Difference:
    """Compare the fooling rates in the two halves of each participant's test pairs.

    Parameters
    ----------
    votes : sequence of dict
        Votes, as of `Store.votes`.

    Returns
    -------
    Difference
        Rate in the second half minus that in the first, with a 95 % interval. Negative: people
        learn to see it. Positive: they tire.

    Raises
    ------
    TuringError
        Without test votes in both halves.
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
    """Compute how often the *left* picture was called fake.

    Parameters
    ----------
    votes : sequence of dict
        Votes, as of `Store.votes`.

    Returns
    -------
    Rate
        Share of such votes; 50 % without bias, because sides are balanced.

    Raises
    ------
    TuringError
        Without test votes.
    """
    left = [
        {**vote, "fooled": vote["side"] == "left", "colorizer": "left"} for vote in _test(votes)
    ]
    if not left:
        raise TuringError("no test vote yet")
    return rates(left)[0]


def vigilant(votes: Sequence[dict], least: float = 0.75) -> tuple[list[dict], list[str]]:
    """Keep the votes of those who looked.

    Parameters
    ----------
    votes : sequence of dict
        Votes, as of `Store.votes`.
    least : float, optional
        Share of the random-colour fakes, 0…1, that one must have seen through. Choose it before
        you look at the votes.

    Returns
    -------
    kept : list of dict
        The votes of those who reached that share, and of those who had no such pair.
    left_out : list of str
        Codes of the other participants.
    """
    fooled: dict[str, list[bool]] = {}
    for vote in votes:
        if vote["kind"] == VIGILANCE:
            fooled.setdefault(vote["participant"], []).append(vote["fooled"])
    left_out = [name for name, each in fooled.items() if 1 - np.mean(each) < least]
    return [vote for vote in votes if vote["participant"] not in left_out], left_out


def reaction_times(votes: Sequence[dict]) -> dict[str, dict[str, float]]:
    """Compute the median time to a vote in the test, for each colorizer.

    Parameters
    ----------
    votes : sequence of dict
        Votes, as of `Store.votes`; those without a time do not count.

    Returns
    -------
    dict of str to dict
        For each colorizer seconds when the vote was "right" and when it was "fooled"; NaN where
        there is no such vote.
    """
    test = [vote for vote in _test(votes) if vote["seconds"] is not None]

    def median(name: str, fooled: bool) -> float:
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
    """Count votes by participant.

    Parameters
    ----------
    votes : sequence of dict
        Votes, as of `Store.votes`, of any kind.

    Returns
    -------
    fooled : ndarray
        How often each participant was fooled, int (P,), in the order of their first votes.
    trials : ndarray
        In how many pairs, int (P,).
    """
    names = {name: i for i, name in enumerate(dict.fromkeys(vote["participant"] for vote in votes))}
    of = np.array([names[vote["participant"]] for vote in votes], int)
    fooled = np.array([vote["fooled"] for vote in votes], int)
    return np.bincount(of, fooled, len(names)).astype(int), np.bincount(of, minlength=len(names))


def wilson(fooled: ArrayLike, trials: ArrayLike, level: float = 0.95) -> Interval:
    """Compute Wilson's score interval of a share, as if every vote came from another person.

    Parameters
    ----------
    fooled, trials : array_like
        Counts, of one shape. They may be fractions, as in `fooling_interval`.
    level : float, optional
        Of confidence, 0…1.

    Returns
    -------
    low : ndarray
        Lower end of the interval, of the same shape.
    high : ndarray
        Upper end of it.

    References
    ----------
    .. [1] E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference",
       Journal of the American Statistical Association 22, 1927, 209–212.

    Examples
    --------
    >>> low, high = wilson(81, 263)
    >>> print(f"{low:.4f} to {high:.4f}")
    0.2553 to 0.3662
    """
    # The true shares p that the observed one does not refute, |rate − p| ≤ z √(p (1 − p) / n): the
    # roots of a quadratic equation in p, which lie around a middle that is drawn towards ½.
    z = special.ndtri((1 + level) / 2)
    rate = np.divide(fooled, trials)
    middle = (rate + z**2 / (2 * trials)) / (1 + z**2 / trials)
    half = z * np.sqrt(rate * (1 - rate) / trials + (z / (2 * trials)) ** 2) / (1 + z**2 / trials)
    return np.maximum(middle - half, 0), np.minimum(middle + half, 1)


def fooling_interval(fooled: ArrayLike, trials: ArrayLike, level: float = 0.95) -> Interval:
    """Compute the interval of a fooling rate that holds for other participants too.

    It is `wilson` with the *effective* number of trials: fewer, the more the participants differ.
    It is never narrower than `wilson`. A single participant says nothing about others: then it is
    `wilson`, about that person.

    Parameters
    ----------
    fooled, trials : array_like
        Counts of each of P participants, (..., P).
    level : float, optional
        Of confidence, 0…1.

    Returns
    -------
    low : ndarray
        Lower end of the interval, (...).
    high : ndarray
        Upper end of it.

    Notes
    -----
    The rate is a ratio of two sums over participants. Its variance over participants [1]_, divided
    by the variance that independent votes would have, is the design effect: how many times fewer
    votes, if they were independent, would say as much [2]_. As it is itself estimated from P
    participants, the t distribution with P − 1 degrees of freedom takes the normal's place [3]_.

    References
    ----------
    .. [1] W. G. Cochran, *Sampling Techniques*, 3rd ed., Wiley 1977, section 3.12.
    .. [2] J. N. K. Rao, A. J. Scott, "A Simple Method for the Analysis of Clustered Binary Data",
       Biometrics 48, 1992, 577–585.
    .. [3] E. L. Korn, B. I. Graubard, "Confidence Intervals for Proportions with Small Expected
       Number of Positive Counts Estimated from Survey Data", Survey Methodology 24, 1998, 193–201.

    Examples
    --------
    Forty votes of four people who are alike, and of four who differ:

    >>> for fooled in ([3, 3, 3, 3], [0, 1, 4, 7]):
    ...     low, high = fooling_interval(fooled, [10, 10, 10, 10])
    ...     print(f"{low:.2f} to {high:.2f}")
    0.18 to 0.45
    0.05 to 0.77
    """
    k, n = np.sum(fooled, axis=-1), np.sum(trials, axis=-1)
    people = np.shape(fooled)[-1]
    if people == 1:
        return wilson(k, n, level)
    rate = k / n
    independent = rate * (1 - rate) / n
    # P / (P − 1), because residuals are taken from a rate that the same people gave.
    over_people = people / (people - 1) * (_influence(fooled, trials) ** 2).sum(axis=-1)
    # Where nobody was fooled, or everybody always, both variances are 0: nothing says that people
    # differ, so the design effect is 1.
    design_effect = np.divide(
        over_people, independent, out=np.ones_like(over_people), where=independent > 0
    )
    # An interval with t for z is as wide as one with z and (t / z)² times fewer trials.
    quantile = (1 + level) / 2
    wider = (special.stdtrit(people - 1, quantile) / special.ndtri(quantile)) ** 2
    # People who are more alike than lots would make them are so by chance: never more than n.
    effective = n / np.maximum(design_effect * wider, 1)
    return wilson(k * effective / n, effective, level)


def difference_interval(
    one: tuple[ArrayLike, ArrayLike], other: tuple[ArrayLike, ArrayLike], level: float = 0.95
) -> Interval:
    """Compute the interval of a difference of two fooling rates that the same people gave.

    Parameters
    ----------
    one, other : tuple of array_like
        The counts ``(fooled, trials)`` behind either rate, each (..., P), participants in the same
        order, with 0 trials for who saw none.
    level : float, optional
        Of confidence, 0…1.

    Returns
    -------
    low : ndarray
        Lower end of the interval of the one rate minus the other, (...).
    high : ndarray
        Upper end of it.

    Notes
    -----
    The two `fooling_interval` are put together as Newcombe puts Wilson's: either end is as far from
    the difference as the square root of the sum of the squares of two distances, from the rates to
    the ends of their own intervals [1]_, less what the rates share because the same people gave
    both [2]_. The correlation in that term is the one of the participants' residuals.

    References
    ----------
    .. [1] R. G. Newcombe, "Interval Estimation for the Difference Between Independent Proportions",
       Statistics in Medicine 17, 1998, 873–890, method 10.
    .. [2] R. G. Newcombe, "Improved Confidence Intervals for the Difference Between Binomial
       Proportions Based on Paired Data", Statistics in Medicine 17, 1998, 2635–2650.

    Examples
    --------
    >>> low, high = difference_interval(([56], [70]), ([48], [80]))
    >>> print(f"{low:.4f} to {high:.4f}")
    0.0524 to 0.3339
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
    # Influences have mean 0, so this is a correlation; 0 where one of the rates moves with nobody.
    correlation = np.divide(
        (first * second).sum(axis=-1), size, out=np.zeros_like(size), where=size > 0
    )

    def reach(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        # Var(x − y) = Var x + Var y − 2 Cov(x, y), with distances for standard deviations. Rounding
        # may bring it below 0 where a = b and the correlation is 1.
        return np.sqrt(np.maximum(a**2 + b**2 - 2 * correlation * a * b, 0))

    between = rate[0] - rate[1]
    # The difference is smallest where the one rate is low and the other high.
    return (
        between - reach(rate[0] - low[0], high[1] - rate[1]),
        between + reach(high[0] - rate[0], rate[1] - low[1]),
    )


def bootstrap(
    fooled: ArrayLike, trials: ArrayLike, repeats: int = 2000, seed: int = 0
) -> np.ndarray:
    """Compute the interval of the paper [1]_: draw participants again, then trials within each.

    It counts the luck within a participant twice, so it is too wide where participants hardly
    differ [2]_.

    Parameters
    ----------
    fooled, trials : array_like
        Counts of each participant, (P,).
    repeats : int, optional
        How often everything is drawn again.
    seed : int, optional
        Of the lots.

    Returns
    -------
    ndarray
        Lower and upper end, (2,): the 2.5 % and 97.5 % quantiles of the rates that come out.

    References
    ----------
    .. [1] R. Zhang, P. Isola, A. A. Efros, "Colorful Image Colorization", ECCV 2016,
       arXiv:1603.08511.
    .. [2] A. C. Davison, D. V. Hinkley, *Bootstrap Methods and their Application*, Cambridge
       University Press 1997, section 3.8.
    """
    return _quantiles(_bootstrapped(np.asarray(fooled), np.asarray(trials), repeats, seed), 0.95)


def trials_needed(one: float, other: float, power: float = 0.8) -> int:
    """Compute how many trials a colorizer tell two true fooling rates apart.

    Every vote is taken to be independent; where people differ, it takes more.

    Parameters
    ----------
    one, other : float
        The true rates, between 0 and 1.
    power : float, optional
        How likely a 95 % interval of the difference is to leave out 0, 0…1.

    Returns
    -------
    int
        Trials for each of the two colorizers.

    Raises
    ------
    TuringError
        For equal rates, or rates outside 0…1.

    References
    ----------
    .. [1] J. L. Fleiss, B. Levin, M. C. Paik, *Statistical Methods for Rates and Proportions*, 3rd
       ed., Wiley 2003, section 4.2, without continuity correction; R's ``power.prop.test`` agrees.

    Examples
    --------
    >>> trials_needed(0.5, 0.75, power=0.9)
    77
    """
    if not (0 < one < 1 and 0 < other < 1) or one == other:
        raise TuringError(f"rates {one!r} and {other!r}: give two different ones between 0 and 1")
    # In units of 1 / √n: how far chance may carry the observed difference from 0 if the rates are
    # equal, both their mean, which the test allows for …
    mean = (one + other) / 2
    slack = special.ndtri(0.975) * np.sqrt(2 * mean * (1 - mean))
    # … and how far below the true one it falls at most, with this power, as they are not.
    spread = special.ndtri(power) * np.sqrt(one * (1 - one) + other * (1 - other))
    return int(np.ceil(((slack + spread) / (one - other)) ** 2))


def _test(votes: Sequence[dict]) -> list[dict]:
    return [vote for vote in votes if vote["kind"] == TEST]


def _compare(test: list[dict], group: Callable[[dict], int | None]) -> Difference:
    """Subtract the rate of the votes in group 1 from that of those in group 0."""
    people = {name: i for i, name in enumerate(dict.fromkeys(vote["participant"] for vote in test))}
    table = np.zeros((2, 2, len(people)))  # group, fooled or trials, participant
    for vote in test:
        which = group(vote)
        if which is not None:
            table[which, :, people[vote["participant"]]] += vote["fooled"], 1
    # Who is in neither group would count as one person more in P / (P − 1), and in t.
    table = table[..., table[:, 1].sum(axis=0) > 0]
    (k0, n0), (k1, n1) = table
    between = k0.sum() / n0.sum() - k1.sum() / n1.sum()
    return Difference(float(between), *map(float, difference_interval((k0, n0), (k1, n1))))


def _influence(fooled: ArrayLike, trials: ArrayLike) -> np.ndarray:
    """How far each participant moves the rate, (..., P).

    Linearized: fooled votes beyond what the common rate would have given, over all trials. They sum
    to 0; their squares sum to the variance of the rate over participants, but for P / (P − 1).
    """
    total = np.sum(trials, axis=-1, keepdims=True)
    rate = np.sum(fooled, axis=-1, keepdims=True) / total
    return (fooled - rate * trials) / total


def _bootstrapped(fooled: np.ndarray, trials: np.ndarray, repeats: int, seed: int) -> np.ndarray:
    """Rates that come out if people and their votes are drawn again, (repeats,)."""
    rng = np.random.default_rng(seed)
    drawn = rng.integers(len(trials), size=(repeats, len(trials)))
    # Drawing n of a participant's n votes again, with replacement, is a binomial draw.
    again = rng.binomial(trials[drawn], (fooled / trials)[drawn])
    return again.sum(axis=-1) / trials[drawn].sum(axis=-1)


def _quantiles(rates: np.ndarray, level: float) -> np.ndarray:
    return np.quantile(rates, [(1 - level) / 2, (1 + level) / 2])
