"""Checks of the fifth assignment: statistics of a colorization Turing test."""

from __future__ import annotations

import itertools

import numpy as np
from scipy import stats

from .answers import NotYet, agree, number, parts
from .exercise import exercise


def _votes(rng, people: int = 12) -> list[dict]:
    """Made-up votes of people who are fooled unequally often and were given unequal numbers of pairs."""
    votes = []
    for person in range(people):
        kinds = ["practice"] * 4 + ["vigilance"] * 4 + ["test"] * int(rng.integers(5, 25))
        for place, kind in enumerate(kinds):
            colorizer = (
                "random" if kind == "vigilance" else ["beta", "colorful"][int(rng.integers(2))]
            )
            chance = {"vigilance": 0.1 if person % 4 else 0.5, "practice": 0.8}.get(
                kind, 0.1 + 0.05 * person
            )
            chance += 0.1 * (colorizer == "colorful")
            votes.append(
                {
                    "participant": f"P{person:02}",
                    "number": place + 1,
                    "kind": kind,
                    "colorizer": colorizer,
                    "fooled": bool(rng.random() < chance),
                }
            )
    return [votes[i] for i in rng.permutation(len(votes))]


@exercise(
    "A5.1",
    hint=(
        'Take the votes whose `kind` is "test" and whose `colorizer` is the one asked for; the rate is the share of them '
        "with `fooled` true."
    ),
)
def rate(answer, rng):
    votes = _votes(rng)
    found = number(answer(votes, "beta"), "fooling_rate(votes, colorizer)")

    def share(kinds, names=("beta",)):
        return np.mean(
            [v["fooled"] for v in votes if v["kind"] in kinds and v["colorizer"] in names]
        )

    people = {}
    for vote in votes:
        if vote["kind"] == "test" and vote["colorizer"] == "beta":
            people.setdefault(vote["participant"], []).append(vote["fooled"])
    agree(
        found,
        share(["test"]),
        {
            "practice counts": (
                share(["test", "practice"]),
                "Practice pairs are in it: people were still learning what to look for.",
            ),
            "all colorizers": (
                share(["test"], ("beta", "colorful")),
                "You counted the votes on all colorizers.",
            ),
            "everything counts": (
                share(["test", "practice", "vigilance"], ("beta", "colorful", "random")),
                "You counted every vote, practice and vigilance too.",
            ),
            "who was right": (1 - share(["test"]), "This is how often people were *right*."),
            "the mean over people": (
                np.mean([np.mean(p) for p in people.values()]),
                "You averaged people's rates; here "
                "somebody "
                "with five votes counts as much as one with 25. Count votes.",
            ),
            "per cent, not a share": (
                100 * share(["test"]),
                "Right as per cent; a share lies between 0 and 1.",
            ),
        },
        f"{share(['test']):.3f} is right, you say {found:.3f}.",
    )
    return "Test pairs only, of one colorizer."


@exercise(
    "A5.2",
    hint=(
        "For each participant collect `fooled` of the vigilance pairs. Seen through is *not* fooled. Keep all votes of "
        "those whose share of seen-through pairs is at least `least`, and of those who had no such pair."
    ),
)
def vigilant(answer, rng):
    votes = _votes(rng, people=16)
    seen = {}
    for name in {v["participant"] for v in votes}:
        number_seen = {"P00": 1, "P01": 2, "P02": 3, "P03": 0}.get(name, 4)
        mine = [v for v in votes if v["participant"] == name and v["kind"] == "vigilance"]
        for place, vote in enumerate(mine):
            vote["fooled"] = place >= number_seen
        seen[name] = number_seen / 4
    votes = [
        v for v in votes if not (v["participant"] == "P09" and v["kind"] == "vigilance")
    ]  # had no such pair
    kept = answer(votes, 0.5)
    if kept is None:
        raise NotYet(
            "nothing returned", "vigilant(votes, least) returns None. Is there a `return`?"
        )
    if not isinstance(kept, (list, tuple)) or not all(isinstance(v, dict) for v in kept):
        raise NotYet(
            "not votes", "Return the votes that are kept, a list of the same dictionaries."
        )

    def of(condition):
        return sorted((v["participant"], v["number"]) for v in votes if condition(v["participant"]))

    found = sorted((v["participant"], v["number"]) for v in kept)
    if found == of(lambda p: p == "P09" or seen[p] >= 0.5):
        return "Who did not look is left out with all their votes, by a rule that was fixed before."
    for misconception, condition, message in [
        (
            "more than, not at least",
            lambda p: p == "P09" or seen[p] > 0.5,
            "P01 saw through exactly half of them, and half was to be enough: ≥.",
        ),
        (
            "the wrong ones are kept",
            lambda p: p == "P09" or seen[p] < 0.5,
            "You kept those who did *not* look.",
        ),
        (
            "fooled is not seen through",
            lambda p: p == "P09" or 1 - seen[p] >= 0.5,
            "`fooled` means taken for real: seen through is the opposite.",
        ),
        (
            "no vigilance pair, no votes",
            lambda p: p != "P09" and seen[p] >= 0.5,
            "P09 had no vigilance pair, so nothing speaks against them. Keep their votes.",
        ),
        ("nobody left out", lambda p: True, "All votes are kept."),
    ]:
        if found == of(condition):
            raise NotYet(misconception, message)
    whole = {p for p, _ in found}
    if found == sorted(set(found)) and len(found) < len(of(lambda p: p in whole)):
        raise NotYet(
            "votes, not people",
            "Of some participants only a part of the votes is kept. Who did not look did "
            "not look at the other pairs either: keep all or none.",
        )
    raise NotYet(
        "another result",
        f"{len(whole)} participants are kept; {sum(s >= 0.5 for s in seen.values())} should be.",
    )


@exercise(
    "A5.3",
    hint=(
        "With p = fooled / trials and z = 1.96: middle (p + z²/2n) / (1 + z²/n), half width z · √(p(1 − p)/n + z²/4n²) / "
        "(1 + z²/n)."
    ),
)
def wilson(answer, rng):
    for fooled, trials in [
        (int(rng.integers(8, 15)), 40),
        (0, 12),
        (int(rng.integers(60, 90)), 200),
    ]:
        low, high = (
            number(end, "an end of the interval")
            for end in parts(answer(fooled, trials), 2, "interval(fooled, trials)")
        )
        found, p = np.array([low, high]), fooled / trials

        def of(method, level=0.95, k=fooled, n=trials):
            return np.array(stats.binomtest(k, n).proportion_ci(level, method))

        wald = p + np.array([-1, 1]) * 1.96 * np.sqrt(p * (1 - p) / trials)
        agree(
            found,
            of("wilson"),
            {
                "the normal interval": (
                    wald,
                    f"{fooled} of {trials} give {low:.3f}…{high:.3f}: p ± 1.96 · √(p(1 − p)/n), "
                    "which "
                    "has no width at 0 of 12, as if twelve votes proved that nobody is ever fooled.",
                ),
                "one-sided z": (
                    of("wilson", 0.9),
                    "You took z = 1.645, which leaves 5 % on *each* side. For 95 % in the "
                    "middle it is 1.96.",
                ),
                "Clopper and Pearson's": (
                    of("exact"),
                    "This is the exact interval, which is wider; Wilson's is asked for.",
                ),
                "with continuity correction": (
                    of("wilsoncc"),
                    "This is Wilson's interval with continuity correction; leave it out.",
                ),
                "ends exchanged": (of("wilson")[::-1], "The lower end comes first."),
                "per cent, not a share": (
                    100 * of("wilson"),
                    "Right as per cent; shares are wanted.",
                ),
                "z of 2": (
                    np.array(_wilson(fooled, trials, 2.0)),
                    "z = 2 is close; 1.96 is the number.",
                ),
            },
            f"{fooled} of {trials}: {of('wilson')[0]:.3f}…{of('wilson')[1]:.3f} is right, you say {low:.3f}…{high:.3f}.",
            within=5e-4,
        )
    return "As SciPy has it, also where nobody was fooled."


def _wilson(fooled, trials, z):
    p = fooled / trials
    middle = (p + z**2 / (2 * trials)) / (1 + z**2 / trials)
    half = z * np.sqrt(p * (1 - p) / trials + z**2 / (4 * trials**2)) / (1 + z**2 / trials)
    return middle - half, middle + half


def _spread(rng, fooled, trials, draw, rate):
    """The bootstrap interval by one way of drawing and one of rating, of many repeats."""
    rates = [rate(*draw(rng, fooled, trials)) for _ in range(2000)]
    return np.quantile(rates, [0.025, 0.975])


def _people(rng, fooled, trials):
    drawn = rng.integers(len(trials), size=len(trials))
    return fooled[drawn], trials[drawn]


def _single_votes(rng, fooled, trials):
    return rng.binomial(trials.sum(), fooled.sum() / trials.sum(), 1), trials.sum(keepdims=True)


@exercise(
    "A5.4",
    hint=(
        "One repeat: `drawn = rng.integers(P, size=P)` are P participants, some twice, some not at all; the rate is "
        "`fooled[drawn].sum() / trials[drawn].sum()`. Repeat 2,000 times; `np.quantile` at 0.025 and 0.975."
    ),
)
def bootstrap(answer, rng):
    order = rng.permutation(25)
    trials = np.concatenate([rng.integers(6, 12, 12), rng.integers(40, 60, 13)])[order]
    fooled = rng.binomial(
        trials, np.concatenate([np.full(12, 0.1), np.tile([0.3, 0.9], 7)[:13]])[order]
    )
    low, high = (
        number(end, "an end of the interval")
        for end in parts(answer(fooled, trials, 1), 2, "bootstrap(fooled, trials, seed)")
    )

    def pooled(k, n):
        return k.sum() / n.sum()

    right = _spread(rng, fooled, trials, _people, pooled)
    width, wanted = high - low, np.ptp(right)
    if width < 0:
        raise NotYet("ends exchanged", "The lower end comes first.")
    if width < 0.02 * wanted:
        raise NotYet(
            "drawn without replacement",
            "The interval has no width. Drawing all participants without putting "
            "them back gives the same ones each time.",
        )
    votes = np.ptp(_spread(rng, fooled, trials, _single_votes, pooled))
    if abs(width / votes - 1) < 0.15:
        raise NotYet(
            "votes drawn, not people",
            f"Your interval is {width:.2f} wide, {wanted:.2f} is right: you draw "
            "single "
            "votes, as if each came from another person. Draw participants, with all their votes.",
        )
    mean = _spread(rng, fooled, trials, _people, lambda k, n: (k / n).mean())
    scale = 0.12 * wanted
    if np.abs([low, high] - right).max() > scale and np.abs([low, high] - mean).max() < scale:
        raise NotYet(
            "the mean of people's rates",
            "You average the participants' rates; the fooling rate counts votes: sums over sums.",
        )
    ratio = width / wanted
    if abs(ratio - 1) > 0.12 or np.abs([low, high] - right).max() > 1.5 * scale:
        narrow = {"one standard error": 0.51, "90 %": 0.84, "50 %": 0.344}
        near = next((name for name, of in narrow.items() if abs(ratio - of) < 0.05), None)
        raise NotYet(
            "another level" if near else "another result",
            f"Your interval is {low:.3f}…{high:.3f}, "
            f"{right[0]:.3f}…{right[1]:.3f} is right."
            + (f" Its width would fit {near}." if near else ""),
        )
    if tuple(answer(fooled, trials, 1)) != (low, high):
        raise NotYet(
            "another interval each time",
            "The same seed gives two intervals. Make the generator from the "
            "seed, inside the function.",
        )
    return f"{width / votes:.1f} times as wide as if every vote came from another person."


@exercise(
    "A5.5",
    hint=(
        "If the two colorizers were equal, each participant's difference could as well have the other sign. Draw signs ±1 "
        "for all participants some thousand times (or go through all 2^P); p is the share of draws whose mean difference "
        "is at least as far from 0 as the one seen."
    ),
)
def permutation(answer, rng):
    one, other, exact = np.zeros(11), np.ones(11), 0.0
    signs = np.array(list(itertools.product([1, -1], repeat=11)))
    while not 0.18 < exact < 0.3:  # a p that one side, or people torn apart, would change plainly
        people = rng.permutation(np.linspace(0.05, 0.9, 11))
        one, other = people + rng.normal(0.01, 0.02, 11), people + rng.normal(0, 0.01, 11)
        seen = abs((one - other).sum()) - 1e-9
        exact = (np.abs(signs @ (one - other)) >= seen).mean()
    p, within = number(answer(one, other, 1), "p_value(one, other, seed)"), 0.03
    if abs(p - exact) <= within:
        again = number(answer(one, other, 1), "p_value(one, other, seed)")
        if again != p:
            raise NotYet(
                "another p each time",
                "The same seed gives two p-values. Make the generator from the seed, "
                "inside the function.",
            )
        return f"p = {p:.3f}; going through all {len(signs)} signs gives {exact:.3f}."
    if abs(p - (1 - exact)) <= within:
        raise NotYet("1 − p", "This is the share of draws that are *nearer* to 0.")
    pool = np.concatenate([one, other])
    unpaired = np.mean(
        [
            abs(np.diff(rng.permutation(pool).reshape(2, -1).mean(axis=1))[0]) * 11 >= seen
            for _ in range(2000)
        ]
    )
    if abs(p - unpaired) < 0.06:
        raise NotYet(
            "participants torn apart",
            f"p = {p:.2f}, {exact:.3f} is right: you shuffled all rates together, "
            "so the difference between *people* hides that between colorizers. "
            "Flip the sign of each person's difference.",
        )
    if abs(p - exact / 2) <= within / 2 or abs(p - (1 - exact / 2)) <= within / 2:
        raise NotYet(
            "one side only",
            f"p = {p:.2f}: you counted draws on one side of 0 only. Nobody said beforehand "
            "which colorizer is better, so count both sides.",
        )
    if p > 1 or p < 0:
        raise NotYet("no probability", f"p = {p:.3g}; a p-value lies between 0 and 1.")
    raise NotYet(
        "another result",
        f"p = {p:.3f}; going through all signs gives {exact:.3f}. Is it two-sided?",
    )
