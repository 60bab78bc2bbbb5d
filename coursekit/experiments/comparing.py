"""What runs say together: their spread, their differences in pairs, a verdict."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike


def spread(
    results: list[dict], measure: str, by: Sequence[str]
) -> dict[tuple, tuple[float, float]]:
    """Take mean and standard deviation of a measure over runs that agree in some settings.

    Parameters
    ----------
    results : list of dict
        As `run` returns them.
    measure : str
        A name in the results.
    by : sequence of str
        Names of settings.

    Returns
    -------
    dict of tuple to (float, float)
        Values of those settings → mean and standard deviation (NaN for a single run), in the order
        of the results.

    Raises
    ------
    KeyError
        If no run has the measure.

    Examples
    --------
    >>> runs = [{"model": 1, "seed": 0, "auc": 60.0}, {"model": 1, "seed": 1, "auc": 64.0}]
    >>> mean, deviation = spread(runs, "auc", ["model"])[1,]
    >>> print(f"{mean} ± {deviation:.1f}")
    62.0 ± 2.8
    """
    groups: dict[tuple, list[float]] = {}
    for each in results:
        if measure in each:
            groups.setdefault(tuple(each.get(name) for name in by), []).append(each[measure])
    if not groups:
        there = ", ".join(dict.fromkeys(itertools.chain(*results)))
        raise KeyError(f"no run has {measure!r}; they have {there}")
    return {
        group: (
            float(np.mean(values)),
            float(np.std(values, ddof=1)) if len(values) > 1 else float("nan"),
        )
        for group, values in groups.items()
    }


def differences(
    results: list[dict], measure: str, one: dict, other: dict, pair: Sequence[str]
) -> np.ndarray:
    """Say how much larger a measure is in one kind of run than in another, pair by pair.

    Runs of a pair share what ``pair`` names (seed, photos): what is good or bad luck for both falls
    out.

    Parameters
    ----------
    results : list of dict
        As `run` returns them.
    measure : str
        A name in the results.
    one, other : dict
        Settings that tell the two kinds.
    pair : sequence of str
        Names of the settings that the two of a pair share.

    Returns
    -------
    np.ndarray
        One difference a pair, float64 (P,).

    Raises
    ------
    ValueError
        If there is no pair, or a run has two partners.
    """

    def chosen(kind: dict) -> dict[tuple, float]:
        found = [
            each for each in results if all(each.get(name) == value for name, value in kind.items())
        ]
        named = {tuple(each.get(name) for name in pair): each[measure] for each in found}
        if len(named) < len(found):
            raise ValueError(
                f"several runs of {kind} agree in {', '.join(pair)}; name more settings"
            )
        return named

    ones, others = chosen(one), chosen(other)
    shared = [name for name in ones if name in others]
    if not shared:
        raise ValueError(
            f"no run of {one} has a partner of {other} with the same {', '.join(pair)}"
        )
    return np.array([ones[name] - others[name] for name in shared])


def verdict(differences: ArrayLike) -> str:
    """Judge from paired differences the claim that they are positive.

    It holds if every pair says so and the mean exceeds the standard deviation; it does not if every
    pair says the opposite by that much; else it is unclear, as it is with fewer than three pairs or
    with NaN. Three pairs agree by luck alone one time in four: this is a sieve, no proof.

    Parameters
    ----------
    differences : array_like
        One number a pair, (P,).

    Returns
    -------
    {"holds", "does not hold", "unclear"}
        The verdict.

    Examples
    --------
    >>> verdict([2, 3, 4]), verdict([0.1, 0.1, 9])
    ('holds', 'unclear')
    """
    values = np.asarray(differences, np.float64)
    if len(values) < 3 or not np.isfinite(values).all():
        return "unclear"
    if abs(values.mean()) <= values.std(ddof=1):
        return "unclear"
    return "holds" if (values > 0).all() else "does not hold" if (values < 0).all() else "unclear"
