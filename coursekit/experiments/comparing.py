"""What runs say together: differences in pairs, a verdict over seeds and photos."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

LEVEL = 0.95


class Comparison(NamedTuple):
    """Say how much larger one score is than another.

    Attributes
    ----------
    effect : float
        The mean difference, in the score's unit.
    low, high : float
        The ends of its interval; NaN where a single seed cannot tell.
    verdict : {"holds", "does not hold", "unclear"}
        On the claim that the first is larger: the interval lies above 0, below it, or around it.
    """

    effect: float
    low: float
    high: float
    verdict: str


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


def compare(one: ArrayLike, other: ArrayLike = 0, family: int = 1) -> Comparison:
    r"""Judge the claim that one score is larger than another, over seeds and over photos.

    Both are a sample: training again, and other photos, would give other numbers. Each has its
    standard error of the mean difference and Student's t for its degrees of freedom, and

    .. math:: \text{half width}^2 = (t_{S-1} s_S)^2 / S + (t_{P-1} s_P)^2 / P

    with the standard deviations of the differences' means over photos, one a seed, and over seeds,
    one a photo. Drawing seeds and photos again, with replacement, gives the same two parts, but
    from three seeds knows too little of how far a fourth may be; t does.

    Parameters
    ----------
    one : array_like of float, shape (S, P)
        A row a seed, a column a photo.
    other : array_like of float, shape (S, P) or (P,) or ()
        Of the same seeds and photos; of photos alone for what has no seed, such as a baseline.
    family : int
        In how many comparisons a mistake would be noticed: each is judged at a level of
        1 - 0.05 / family (Bonferroni), so that all of them together go wrong one time in twenty.

    Returns
    -------
    Comparison
        The mean difference, its interval, and the verdict; with a single seed it is "unclear".

    Raises
    ------
    ValueError
        For other shapes, numbers that are not finite, or a family of none.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> photos = rng.normal(80, 5, size=100)
    >>> one = photos + 2 + rng.normal(size=(3, 100))
    >>> effect, low, high, verdict = compare(one, photos, family=10)
    >>> print(f"{effect:.1f} ({low:.1f} to {high:.1f}): {verdict}")
    1.9 (1.5 to 2.4): holds
    """
    one, other = np.asarray(one, np.float64), np.asarray(other, np.float64)
    if one.ndim != 2 or one.shape[1] < 2 or other.shape not in (one.shape, one.shape[1:], ()):
        raise ValueError(
            f"scores must be (seeds, photos) of two photos or more, and (seeds, photos), (photos,) "
            f"or one number to compare with; got {one.shape} and {other.shape}"
        )
    if not (np.isfinite(one).all() and np.isfinite(other).all()):
        raise ValueError("scores must be finite; a run that went wrong is no score")
    if family < 1:
        raise ValueError(f"family must be 1 or more comparisons, got {family}")
    differences = one - other
    effect = float(differences.mean())
    if len(one) == 1:
        return Comparison(effect, float("nan"), float("nan"), "unclear")
    half = float(_half_width(differences, family))
    low, high = effect - half, effect + half
    verdict = "holds" if low > 0 else "does not hold" if high < 0 else "unclear"
    return Comparison(effect, low, high, verdict)


def false_alarms(
    family: int,
    seeds: int = 3,
    photos: int = 400,
    spreads: tuple[float, float, float] = (0.3, 1.0, 2.0),
    families: int = 1000,
    seed: int = 0,
) -> float:
    """Simulate how often `compare` sees a difference where there is none.

    Parameters
    ----------
    family : int
        Comparisons in a family, all of them without any true difference.
    seeds, photos : int
        Of each comparison.
    spreads : tuple of float
        Standard deviations of the differences: from seed to seed, from photo to photo, and of a
        seed on a photo.
    families : int
        Simulated ones.
    seed : int
        Of the simulation.

    Returns
    -------
    float
        The share of the families in which any comparison gets a verdict, 0…1.
    """
    rng, alarms = np.random.default_rng(seed), 0
    of_seed, of_photo, of_both = spreads
    for _ in range(families):
        differences = (
            of_seed * rng.normal(size=(family, seeds, 1))
            + of_photo * rng.normal(size=(family, 1, photos))
            + of_both * rng.normal(size=(family, seeds, photos))
        )
        half = _half_width(differences, family)
        alarms += (np.abs(differences.mean(axis=(-2, -1))) > half).any()
    return float(alarms / families)


def _half_width(differences: np.ndarray, family: int) -> np.ndarray:
    """Compute half of the interval of the mean difference, from (..., seeds, photos)."""
    parts = []
    for axis in (-1, -2):  # means over photos, one a seed; means over seeds, one a photo
        means = differences.mean(axis=axis)
        count = means.shape[-1]
        quantile = stats.t.ppf(1 - (1 - LEVEL) / 2 / family, count - 1)
        parts.append(quantile * means.std(axis=-1, ddof=1) / np.sqrt(count))
    return np.hypot(*parts)
