"""Assignment 5, a Turing test: inputs, right answers, and what known mistakes give."""

from __future__ import annotations

import itertools

import numpy as np
from scipy import stats

from coursekit.lesson.checks.assignment5 import COLORIZERS, KINDS
from coursekit.lesson.checks.cases import Case

PRACTICE, VIGILANCE, TEST = range(len(KINDS))
BETA, COLORFUL, RANDOM = range(len(COLORIZERS))


def _votes(rng: np.random.Generator, people: int) -> np.ndarray:
    """Votes of people who are fooled unequally often and were given unequal numbers of pairs.

    As `checks.assignment5.votes` reads them. All cases have as many votes, so that they can be
    stored together.
    """
    rows = []
    for person, tests in enumerate(rng.permutation(np.linspace(5, 24, people).astype(int))):
        kinds = [PRACTICE] * 4 + [VIGILANCE] * 4 + [TEST] * tests
        for pair, kind in enumerate(kinds, 1):
            colorizer = RANDOM if kind == VIGILANCE else [BETA, COLORFUL][rng.integers(2)]
            chance = {VIGILANCE: 0.1 if person % 4 else 0.5, PRACTICE: 0.8}.get(
                kind, 0.1 + 0.05 * person
            )
            chance += 0.1 * (colorizer == COLORFUL)
            rows.append([person, pair, kind, colorizer, rng.random() < chance])
    return rng.permutation(np.array(rows, np.uint8))


def _rate(rng: np.random.Generator) -> Case:
    """A5.1: the share of fooled votes on beta."""
    votes = _votes(rng, people=12)
    person, _, kind, colorizer, fooled = votes.T

    def share(kinds: list[int], colorizers: list[int] = (BETA,)) -> float:
        return fooled[np.isin(kind, kinds) & np.isin(colorizer, colorizers)].mean()

    right = share([TEST])
    mine = (kind == TEST) & (colorizer == BETA)
    mistakes = {
        "practice counts": share([TEST, PRACTICE]),
        "all colorizers": share([TEST], [BETA, COLORFUL]),
        "everything counts": fooled.mean(),
        "who was right": 1 - right,
        "the mean over people": np.mean(
            [fooled[mine & (person == name)].mean() for name in np.unique(person[mine])]
        ),
        "per cent, not a share": 100 * right,
        "a share of all test votes": fooled[mine].sum() / (kind == TEST).sum(),
        "a count, not a share": fooled[mine].sum(),
        "the other colorizer": share([TEST], [COLORFUL]),
    }
    return Case({"votes": votes}, {"rate": right}, {"rate": mistakes})


def _vigilant(rng: np.random.Generator) -> Case:
    """A5.2: whose votes are kept at a limit of one half.

    P00 to P03 saw through 1, 2, 3 and 0 of four vigilance pairs, the others through all; P09 had
    none.
    """
    votes = _votes(rng, people=16)
    votes = votes[~((votes[:, 0] == 9) & (votes[:, 2] == VIGILANCE))]
    seen_through = np.full(16, 4)
    seen_through[:4] = 1, 2, 3, 0
    for name, count in enumerate(seen_through):
        pairs = np.flatnonzero((votes[:, 0] == name) & (votes[:, 2] == VIGILANCE))
        votes[pairs, 4] = np.arange(len(pairs)) >= count
    share, had_none = seen_through[votes[:, 0]] / 4, votes[:, 0] == 9
    mistakes = {
        "more than, not at least": had_none | (share > 0.5),
        "the wrong ones are kept": had_none | (share < 0.5),
        "fooled is not seen through": had_none | (1 - share >= 0.5),
        "no vigilance pair, no votes": ~had_none & (share >= 0.5),
        "nobody left out": np.full(len(votes), True),
        "one is enough": had_none | (share > 0),
        "all, not half": had_none | (share == 1),
        "vigilance votes left out": (votes[:, 2] != VIGILANCE) & (had_none | (share >= 0.5)),
    }
    return Case({"votes": votes}, {"kept": had_none | (share >= 0.5)}, {"kept": mistakes})


def _wilson_of(fooled: int, trials: int, z: float, power: int = 2) -> tuple[float, float]:
    p, squared = fooled / trials, z**power
    middle = (p + squared / (2 * trials)) / (1 + squared / trials)
    half = z * np.sqrt(p * (1 - p) / trials + squared / (4 * trials**2)) / (1 + squared / trials)
    return middle - half, middle + half


def _wilson(rng: np.random.Generator) -> Case:
    """A5.3: Wilson's interval, by SciPy."""
    shares = np.array([[rng.integers(8, 15), 40], [0, 12], [rng.integers(60, 90), 200]])

    def of(method: str, level: float = 0.95) -> np.ndarray:
        return np.array(
            [stats.binomtest(k, n).proportion_ci(level, method) for k, n in shares.tolist()]
        )

    k, n = shares.T
    p, right = k / n, of("wilson")
    half = 1.96 * np.sqrt(p * (1 - p) / n)
    # As if two more were fooled and two more not, nearly.
    middle = (k + 1.96**2 / 2) / (n + 1.96**2)
    wider = 1.96 * np.sqrt(middle * (1 - middle) / (n + 1.96**2))
    mistakes = {
        "the normal interval": np.stack([p - half, p + half], axis=-1),
        "one-sided z": of("wilson", 0.9),
        "Clopper and Pearson's": of("exact"),
        "with continuity correction": of("wilsoncc"),
        "ends exchanged": right[:, ::-1],
        "per cent, not a share": 100 * right,
        "z of 2": np.stack(_wilson_of(k, n, 2), axis=-1),
        "z of 1": np.stack(_wilson_of(k, n, 1), axis=-1),
        "Agresti and Coull's": np.stack([middle - wider, middle + wider], axis=-1),
        "z not squared": np.stack(_wilson_of(k, n, 1.96, power=1), axis=-1),
    }
    return Case({"fooled of trials": shares}, {"intervals": right}, {"intervals": mistakes})


def _bootstrap(rng: np.random.Generator) -> Case:
    """A5.4: the interval of a rate by drawing people, of so many repeats that chance does not show.

    Those who did few pairs are fooled seldom, so that votes and people have other rates.
    """
    order = rng.permutation(25)
    trials = np.concatenate([rng.integers(6, 12, 12), rng.integers(40, 60, 13)])[order]
    chances = np.concatenate([np.full(12, 0.1), np.tile([0.3, 0.9], 7)[:13]])[order]
    fooled = rng.binomial(trials, chances)
    drawn = rng.integers(25, size=(20_000, 25))
    others = rng.integers(25, size=drawn.shape)
    sums = fooled[drawn].sum(axis=1)
    votes, share = trials.sum(), fooled.sum() / trials.sum()

    def interval(rates: np.ndarray) -> np.ndarray:
        return np.quantile(rates, [0.025, 0.975])

    return Case(
        {"fooled": fooled, "trials": trials},
        {"interval": interval(sums / trials[drawn].sum(axis=1))},
        {
            "interval": {
                "the mean of people's rates": interval((fooled / trials)[drawn].mean(axis=1)),
                "fooled and trials of other people": interval(sums / trials[others].sum(axis=1)),
                "divided by all trials": interval(sums / trials.sum()),
                "the spread of people": interval(fooled / trials),
            }
        },
        # Exactly, for what NumPy draws from so large a binomial differs from version to version.
        {"width, votes drawn": np.ptp(stats.binom.ppf([0.025, 0.975], votes, share) / votes)},
    )


def _permutation(rng: np.random.Generator) -> Case:
    """A5.5: p of a difference, by all signs.

    One that looking at one side, tearing people apart, or counting only who was fooled more often,
    would change plainly.
    """
    signs = np.array(list(itertools.product([1, -1], repeat=11)))
    exact = by_sign = 0
    while not (0.18 < exact < 0.3 and 0.4 < by_sign < 0.8):
        people = rng.permutation(np.linspace(0.05, 0.9, 11))
        one, other = people + rng.normal(0.01, 0.02, 11), people + rng.normal(0, 0.01, 11)
        seen = abs((one - other).sum()) - 1e-9
        exact = (np.abs(signs @ (one - other)) >= seen).mean()
        by_sign = stats.binomtest(int((one > other).sum()), 11).pvalue
    pool = np.concatenate([one, other])
    halves = rng.permuted(np.tile(pool, (20_000, 1)), axis=1).reshape(-1, 2, 11).sum(axis=-1)
    torn = (np.abs(halves[:, 0] - halves[:, 1]) >= seen).mean()
    return Case(
        {"one": one, "other": other},
        {"p": exact},
        {},
        {"p, participants torn apart": torn, "p, signs alone": by_sign},
    )


CASES = {
    "A5.1": _rate,
    "A5.2": _vigilant,
    "A5.3": _wilson,
    "A5.4": _bootstrap,
    "A5.5": _permutation,
}
