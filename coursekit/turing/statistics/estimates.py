"""Fooling rates, and how they differ, with their intervals: over rooms, or over people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

from ..protocol import TuringError
from .intervals import bootstrap_rates, difference_interval, fooling_interval, wilson
from .votes import counts, only_test, rooms

# Rooms that an interval over rooms takes at least. In simulated studies of six, 95 % intervals held
# in 95 of 100, in 93 where the largest room was five times the smallest; of fewer rooms, in as few
# as 90 there, and they are so wide that they say little.
ROOMS = 6


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
        The `fooling_interval`: over rooms if there are at least `ROOMS`, else over people.
    wilson : tuple of float
        The plain `wilson` interval, as if every vote came from another person.
    bootstrap : tuple of float
        The `bootstrap` interval: people are drawn, and votes within them; of several rooms, rooms
        first.
    standard_error : float
        Standard deviation of the rate over the same bootstrap.
    p : float or None
        Two-sided p value of the exact binomial test against 50 %, of one person's votes. None for
        several people, whose votes are not independent: there the interval tells.
    rooms : int
        Of how many rooms the votes are; 1 if they have none.
    caveat : str
        What the interval does not cover, if a study has several rooms, but too few; else empty.
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
    p: float | None
    rooms: int
    caveat: str


class Difference(NamedTuple):
    """One rate minus another; they differ if 0 lies outside the interval.

    Attributes
    ----------
    difference : float
        The one rate minus the other, −1…1.
    low, high : float
        Its `difference_interval`: over rooms if there are at least `ROOMS`, else over people.
    rooms : int
        Of how many rooms the votes are; 1 if they have none.
    caveat : str
        What the interval does not cover, if a study has several rooms, but too few; else empty.
    """

    difference: float
    low: float
    high: float
    rooms: int
    caveat: str


def caveat(rooms: int) -> str:
    """Say what an interval of a study of several rooms does not cover.

    Parameters
    ----------
    rooms : int
        Of how many rooms its votes are.

    Returns
    -------
    str
        A sentence; empty if there are at least `ROOMS`.

    Examples
    --------
    >>> caveat(6), caveat(2)
    ('', '2 rooms are too few for an interval over rooms (6 at least): intervals count people, and
    hold for these rooms only')
    """
    if rooms >= ROOMS:
        return ""
    few = "1 room is" if rooms == 1 else f"{rooms} rooms are"
    return (
        f"{few} too few for an interval over rooms ({ROOMS} at least): intervals count people, and "
        "hold for these rooms only"
    )


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
    test = only_test(votes)
    found = []
    for name in dict.fromkeys(vote[by] for vote in test):
        chosen = [vote for vote in test if vote[by] == name]
        fooled, trials = counts(chosen)
        k, n = int(fooled.sum()), int(trials.sum())
        over, places, doubt = _level(chosen, test)
        low, high = fooling_interval(*counts(chosen, over))
        again = bootstrap_rates(fooled, trials, 2000, seed=0, rooms=rooms(chosen))
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
                bootstrap=tuple(map(float, np.quantile(again, (0.025, 0.975)))),
                standard_error=float(again.std(ddof=1)),
                p=float(stats.binomtest(k, n, 0.5).pvalue) if len(trials) == 1 else None,
                rooms=places,
                caveat=doubt,
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
    test = only_test(votes)
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
    test = only_test(votes)
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
        {**vote, "fooled": vote["side"] == "left", "colorizer": "left"} for vote in only_test(votes)
    ]
    if not left:
        raise TuringError("no test vote yet")
    return rates(left)[0]


def _compare(test: list[dict], group: Callable[[dict], int | None]) -> Difference:
    """Subtract the rate of the votes in group 1 from that of those in group 0."""
    # Who is in neither group would count as one person more in P / (P − 1), and in t.
    chosen = [vote for vote in test if group(vote) is not None]
    over, places, doubt = _level(chosen, test)
    names = {name: i for i, name in enumerate(dict.fromkeys(vote.get(over) for vote in chosen))}
    table = np.zeros((2, 2, len(names)))  # group, fooled or trials, participant or room
    for vote in chosen:
        table[group(vote), :, names[vote.get(over)]] += vote["fooled"], 1
    (k0, n0), (k1, n1) = table
    between = k0.sum() / n0.sum() - k1.sum() / n1.sum()
    ends = difference_interval((k0, n0), (k1, n1))
    return Difference(float(between), *map(float, ends), places, doubt)


def _level(chosen: list[dict], test: list[dict]) -> tuple[str, int, str]:
    """Say what an interval counts, rooms or participants, of how many rooms, and with what caveat.

    A photo may be of few rooms, or of one, in a study of many.
    """
    found, all_of_them = (len({vote.get("room") for vote in votes}) for votes in (chosen, test))
    over = "room" if found >= ROOMS else "participant"
    return over, found, caveat(found) if all_of_them > 1 else ""
