"""Checks of the fifth assignment: statistics of a colorization Turing test.

Graded, so there are no solutions here; see `cases`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from .answers import NotYet, agree, number, parts
from .cases import Case
from .exercise import exercise

KINDS = ("practice", "vigilance", "test")
COLORIZERS = ("beta", "colorful", "random")


def votes(columns: np.ndarray) -> list[dict]:
    """Write stored votes as an assignment has them.

    Parameters
    ----------
    columns : ndarray of int, shape (votes, 5)
        Participant, number of the pair, place in `KINDS`, place in `COLORIZERS`, whether fooled.

    Returns
    -------
    list of dict
        One for each vote, in the same order.
    """
    return [
        {
            "participant": f"P{person:02}",
            "number": pair,
            "kind": KINDS[kind],
            "colorizer": COLORIZERS[colorizer],
            "fooled": bool(fooled),
        }
        for person, pair, kind, colorizer, fooled in columns.tolist()
    ]


@exercise(
    "A5.1",
    hint=(
        'Take the votes whose `kind` is "test" and whose `colorizer` is the one asked for; the '
        "rate is the share of them with `fooled` true."
    ),
    stored=True,
)
def _rate(answer: Callable, case: Case) -> str:
    """Check a share of votes, of one kind and one colorizer."""
    expected = case.expected["rate"]
    found = number(answer(votes(case.given["votes"]), "beta"), "fooling_rate(votes, colorizer)")
    messages = {
        "practice counts": "Practice pairs are in it: people were still learning what to look for.",
        "all colorizers": "You counted the votes on all colorizers.",
        "everything counts": "You counted every vote, practice and vigilance too.",
        "who was right": "This is how often people were *right*.",
        "the mean over people": "You averaged people's rates; here somebody with five votes "
        "counts as much as one with 25. Count votes.",
        "per cent, not a share": "Right as per cent; a share lies between 0 and 1.",
        "a share of all test votes": "You divided by the test votes on all colorizers; divide by "
        "those on this one.",
        "a count, not a share": "This is a number of votes; divide by how many there are.",
        "the other colorizer": "This is the rate of the other colorizer.",
    }
    agree(
        found,
        expected,
        case.mistaken("rate", messages),
        f"{expected:.3f} is right, you say {found:.3f}.",
    )
    return "Test pairs only, of one colorizer."


@exercise(
    "A5.2",
    hint=(
        "For each participant collect `fooled` of the vigilance pairs. Seen through is *not* "
        "fooled. Keep all votes of those whose share of seen-through pairs is at least `least`, "
        "and of those who had no such pair."
    ),
    stored=True,
)
def _vigilant(answer: Callable, case: Case) -> str:
    """Check which participants are kept, each with all votes.

    P01 is at the limit, P09 had no vigilance pair.
    """
    given = votes(case.given["votes"])
    kept = answer(given, 0.5)
    if kept is None:
        raise NotYet(
            "nothing returned", "vigilant(votes, least) returns None. Is there a `return`?"
        )
    if not isinstance(kept, (list, tuple)) or not all(isinstance(v, dict) for v in kept):
        raise NotYet(
            "not votes", "Return the votes that are kept, a list of the same dictionaries."
        )

    def names(some: Iterable[dict]) -> list[tuple]:
        return sorted((vote["participant"], vote["number"]) for vote in some)

    def chosen(mask: np.ndarray) -> list[tuple]:
        return names(vote for vote, is_in in zip(given, mask, strict=True) if is_in)

    found = names(kept)
    if found == chosen(case.expected["kept"]):
        return "Who did not look is left out with all their votes, by a rule that was fixed before."
    messages = {
        "more than, not at least": "P01 saw through exactly half of them, and half was to be "
        "enough: ≥.",
        "the wrong ones are kept": "You kept those who did *not* look.",
        "fooled is not seen through": "`fooled` means taken for real: seen through is the "
        "opposite.",
        "no vigilance pair, no votes": "P09 had no vigilance pair, so nothing speaks against "
        "them. Keep their votes.",
        "nobody left out": "All votes are kept.",
        "one is enough": "You kept who saw through one vigilance pair at least; a share of "
        "`least` is asked for.",
        "all, not half": "You kept only who saw through all vigilance pairs; a share of `least` "
        "is asked for.",
        "vigilance votes left out": "The right people are kept, without their vigilance votes. "
        "Keep all of theirs.",
    }
    for misconception, (mask, message) in case.mistaken("kept", messages).items():
        if found == chosen(mask):
            raise NotYet(misconception, message)
    people = {name for name, _ in found}
    all_of_theirs = names(vote for vote in given if vote["participant"] in people)
    if found == sorted(set(found)) and len(found) < len(all_of_theirs):
        raise NotYet(
            "votes, not people",
            "Of some participants only a part of the votes is kept. Who did not look did "
            "not look at the other pairs either: keep all or none.",
        )
    wanted = {name for name, _ in chosen(case.expected["kept"])}
    raise NotYet("another result", f"{len(people)} participants are kept; {len(wanted)} should be.")


@exercise(
    "A5.3",
    hint=(
        "With p the share in n trials and z = 1.96: middle (p + z²/2n) / (1 + z²/n), half width z "
        "· √(p(1 − p)/n + z²/4n²) / (1 + z²/n)."
    ),
    stored=True,
)
def _wilson(answer: Callable, case: Case) -> str:
    """Check Wilson's interval of three shares, one of them 0 of 12."""
    messages = {
        "one-sided z": "You took z = 1.645, which leaves 5 % on *each* side. For 95 % in the "
        "middle it is 1.96.",
        "Clopper and Pearson's": "This is the exact interval, which is wider; Wilson's is asked "
        "for.",
        "with continuity correction": "This is Wilson's interval with continuity correction; "
        "leave it out.",
        "ends exchanged": "The lower end comes first.",
        "per cent, not a share": "Right as per cent; shares are wanted.",
        "z of 2": "z = 2 is close; 1.96 is the number.",
        "z of 1": "You took z = 1, which leaves a third outside. For 95 % it is 1.96.",
        "Agresti and Coull's": "This is Agresti and Coull's interval: the same middle, but wider. "
        "Wilson's is asked for.",
        "z not squared": "Wherever the formula says z², you took z.",
    }
    for at, (fooled, trials) in enumerate(case.given["fooled of trials"].tolist()):
        low, high = (
            number(end, "an end of the interval")
            for end in parts(answer(fooled, trials), 2, "interval(fooled, trials)")
        )
        right = case.expected["intervals"][at]
        messages["the normal interval"] = (
            f"{fooled} of {trials} give {low:.3f}…{high:.3f}: p ± 1.96 · √(p(1 − p)/n), which has "
            "no width at 0 of 12, as if twelve votes proved that nobody is ever fooled."
        )
        mistakes = case.mistaken("intervals", messages).items()
        agree(
            np.array([low, high]),
            right,
            {name: (found[at], message) for name, (found, message) in mistakes},
            f"{fooled} of {trials}: {right[0]:.3f}…{right[1]:.3f} is right, you say "
            f"{low:.3f}…{high:.3f}.",
            within=5e-4,
        )
    return "As SciPy has it, also where nobody was fooled."


@exercise(
    "A5.4",
    hint=(
        "One repeat: draw P places of participants with `rng.integers`, some twice, some not at "
        "all; take their counts, fooled and trials, add up each, and divide the sums. Repeat "
        "2,000 times; `np.quantile` at 0.025 and 0.975."
    ),
    stored=True,
    parts=("bug", "interval", "seed"),
)
def _bootstrap(answer: Callable, case: Case, part: str | None) -> str:
    """Check an interval by drawing people, within what 2,000 repeats leave to chance."""
    given = case.given["fooled"], case.given["trials"], 1
    low, high = (
        number(end, "an end of the interval")
        for end in parts(answer(*given), 2, "bootstrap(fooled, trials, seed)")
    )
    right, of_votes = case.expected["interval"], case.facts["width, votes drawn"]
    width, wanted = high - low, np.ptp(right)
    if width < 0:
        raise NotYet("ends exchanged", "The lower end comes first.")
    if width < 0.02 * wanted:
        raise NotYet(
            "drawn without replacement",
            "The interval has no width. Drawing all participants without putting "
            "them back gives the same ones each time.",
        )
    if high < right[0]:
        raise NotYet(
            "quantiles taken for per cent",
            f"Both ends of your interval lie below {right[0]:.3f}, where it should begin. "
            "`np.percentile` takes 2.5 and 97.5, `np.quantile` 0.025 and 0.975.",
        )
    if abs(width / of_votes - 1) < 0.15:
        raise NotYet(
            "votes drawn, not people",
            f"Your interval is {width:.2f} wide, {wanted:.2f} is right: you draw single votes, as "
            "if each came from another person. Draw participants, with all their votes.",
        )

    def off(interval: np.ndarray) -> float:
        return np.abs([low, high] - interval).max() / wanted

    # The bug is found where the width is about that of drawing people, at whatever level; only of
    # such an interval is it worth a point that it can be repeated.
    ratio = width / wanted
    people = 0.75 < ratio < 1.3 and off(right) < 0.5
    if part == "bug" and people:
        return "You draw participants, with all their votes."
    # An end of 2,000 repeats varies by some hundredths of the width.
    exact = part != "seed" or not people
    messages = {
        "the mean of people's rates": "You average the participants' rates; the fooling rate "
        "counts votes: sums over sums.",
        "fooled and trials of other people": "You drew twice, once for `fooled` and once for "
        "`trials`, so one person's fooled votes are divided by another's pairs. Draw places once.",
        "divided by all trials": "You divided by the pairs of *all* participants; divide by those "
        "of the participants who were drawn.",
        "the spread of people": "This is where single participants lie. Draw as many as there are, "
        "take their rate together, and see how that varies.",
    }
    for misconception, (interval, message) in case.mistaken("interval", messages).items():
        if exact and off(right) > 0.12 and off(interval) < 0.12:
            raise NotYet(misconception, message)
    if exact and np.abs(np.array([low, high]) / 100 - right).max() < 0.12 * wanted:
        raise NotYet("per cent, not a share", "Right as per cent; shares are wanted.")
    if exact and (abs(ratio - 1) > 0.12 or off(right) > 0.18):
        narrow = {"one standard error": 0.51, "90 %": 0.84, "50 %": 0.344}
        near = next((name for name, of in narrow.items() if abs(ratio - of) < 0.05), None)
        raise NotYet(
            "another level" if near else "another result",
            f"Your interval is {low:.3f}…{high:.3f}, {right[0]:.3f}…{right[1]:.3f} is right."
            + (f" Its width would fit {near}." if near else ""),
        )
    if part != "interval" and tuple(answer(*given)) != (low, high):
        raise NotYet(
            "another interval each time",
            "The same seed gives two intervals. Make the generator from the "
            "seed, inside the function.",
        )
    return f"{width / of_votes:.1f} times as wide as if every vote came from another person."


@exercise(
    "A5.5",
    hint=(
        "If the two colorizers were equal, each participant's difference could as well have the "
        "other sign. Draw signs ±1 for all participants some thousand times (or go through all "
        "2^P); p is the share of draws whose mean difference is at least as far from 0 as the one "
        "seen."
    ),
    stored=True,
)
def _permutation(answer: Callable, case: Case) -> str:
    """Check a p-value against all signs, within what 4,000 draws leave to chance."""
    given, exact, within = (case.given["one"], case.given["other"], 1), case.expected["p"], 0.03
    p = number(answer(*given), "p_value(one, other, seed)")
    if abs(p - exact) <= within:
        # Of two draws with other seeds, one in a hundred pairs gives the same count; of four, none.
        if any(answer(*given) != p for _ in range(3)):
            raise NotYet(
                "another p each time",
                "The same seed gives two p-values. Make the generator from the seed, "
                "inside the function.",
            )
        return f"p = {p:.3f}; going through all {2 ** len(given[0])} signs gives {exact:.3f}."
    if p == 1:
        raise NotYet(
            "every draw as seen",
            "p = 1: in each of your draws the mean difference is as large as the one seen. One "
            "sign for all participants does not change it, nor does another order of people. "
            "Each participant needs a sign of their own.",
        )
    if p == 0:
        raise NotYet(
            "no draw as seen",
            "p = 0: none of your draws is as far from 0 as what was seen, and the signs as they "
            "were would be one of them. Do you compare means with a sum, or leave the draws' signs "
            "in the mean difference seen?",
        )
    if abs(p - case.facts["p, signs alone"]) < 0.005:
        raise NotYet(
            "signs alone",
            f"p = {p:.2f}, {exact:.3f} is right: you counted only which colorizer fooled whom more "
            "often. By how much counts as well: draw signs, and keep the sizes.",
        )
    if abs(p - (1 - exact)) <= within:
        raise NotYet("1 − p", "This is the share of draws that are *nearer* to 0.")
    if abs(p - case.facts["p, participants torn apart"]) < 0.06:
        raise NotYet(
            "participants torn apart",
            f"p = {p:.2f}, {exact:.3f} is right: you shuffled all rates together, so the "
            "difference between *people* hides that between colorizers. Flip the sign of each "
            "person's difference.",
        )
    if abs(p - exact / 2) <= within / 2 or abs(p - (1 - exact / 2)) <= within / 2:
        raise NotYet(
            "one side only",
            f"p = {p:.2f}: you counted draws on one side of 0 only. Nobody said beforehand "
            "which colorizer is better, so count both sides, and draw signs −1 and 1, not 0 and 1.",
        )
    if p > 1 or p < 0:
        raise NotYet("no probability", f"p = {p:.3g}; a p-value lies between 0 and 1.")
    raise NotYet(
        "another result",
        f"p = {p:.3f}; going through all signs gives {exact:.3f}. Is it two-sided?",
    )
