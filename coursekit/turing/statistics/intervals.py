"""Intervals of rates and of their differences, from counts.

Counts are arrays whose last axis is the participants, with any number of axes before. In a study of
several rooms these take the place of participants, for people of one room hang together as votes of
one person do.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

Interval = tuple[np.ndarray, np.ndarray]  # lower and upper ends


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
        Counts of each of P participants, (..., P); or of each of P rooms, whose people's counts are
        added up, for an interval that holds for other rooms too.
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

    For rooms it is the same: how people differ within a room, and votes within a person, is in the
    differences between rooms already [1]_.

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
    fooled: ArrayLike,
    trials: ArrayLike,
    repeats: int = 2000,
    seed: int = 0,
    rooms: ArrayLike | None = None,
) -> np.ndarray:
    """Compute the interval of the paper [1]_: draw participants again, then trials within each.

    It counts the luck within a participant twice, so it is too wide where participants hardly
    differ [2]_. Where there are several rooms, they are drawn first, and participants within each:
    then the luck within a room is counted twice too. Of few rooms it is too narrow all the same.

    Parameters
    ----------
    fooled, trials : array_like
        Counts of each participant, (P,).
    repeats : int, optional
        How often everything is drawn again.
    seed : int, optional
        Of the lots.
    rooms : array_like, optional
        The room of each participant, (P,); by default all are in one.

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
    return np.quantile(bootstrap_rates(fooled, trials, repeats, seed, rooms), (0.025, 0.975))


def bootstrap_rates(
    fooled: ArrayLike, trials: ArrayLike, repeats: int, seed: int, rooms: ArrayLike | None = None
) -> np.ndarray:
    """Draw rooms, participants within each, and trials within each, and take the rates.

    Parameters
    ----------
    fooled, trials : array_like
        Counts of each participant, (P,).
    repeats : int
        How often everything is drawn again.
    seed : int
        Of the lots.
    rooms : array_like, optional
        The room of each participant, (P,); by default all are in one, and nothing is drawn there.

    Returns
    -------
    ndarray
        The rates, 0…1, (repeats,).
    """
    fooled, trials, rng = np.asarray(fooled), np.asarray(trials), np.random.default_rng(seed)
    names, of = np.unique(np.zeros(len(trials)) if rooms is None else rooms, return_inverse=True)
    places = rng.integers(len(names), size=(repeats, len(names)))  # which room is drawn for each
    again, shown = np.zeros(places.shape), np.zeros(places.shape)
    for room in range(len(names)):
        here, people = places == room, np.flatnonzero(of == room)
        drawn = people[rng.integers(len(people), size=(here.sum(), len(people)))]
        # Drawing n of a participant's n votes again, with replacement, is a binomial draw.
        again[here] = rng.binomial(trials[drawn], (fooled / trials)[drawn]).sum(axis=-1)
        shown[here] = trials[drawn].sum(axis=-1)
    return again.sum(axis=-1) / shown.sum(axis=-1)


def _influence(fooled: ArrayLike, trials: ArrayLike) -> np.ndarray:
    """How far each participant moves the rate, (..., P).

    Linearized: fooled votes beyond what the common rate would have given, over all trials. They sum
    to 0; their squares sum to the variance of the rate over participants, but for P / (P − 1).
    """
    total = np.sum(trials, axis=-1, keepdims=True)
    rate = np.sum(fooled, axis=-1, keepdims=True) / total
    return (fooled - rate * trials) / total
