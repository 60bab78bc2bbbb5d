"""Checks of lesson 07: the Turing test."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from coursekit import color, metrics

from .answers import NotYet, agree, array, number
from .exercise import exercise


def saw_through(rates: np.ndarray) -> np.ndarray:
    """Give the share of pairs in which people saw the fake, if they guess in all others."""
    return 1 - 2 * np.asarray(rates)


@exercise(
    "07.1",
    solution=saw_through,
    hint=(
        "Turn the formula of section 7.3 around: who sees a share d and guesses the rest is "
        "fooled in (1 − d) / 2 of all pairs."
    ),
)
def _seen(answer: Callable, rng: np.random.Generator) -> str:
    """Turn five random rates of being fooled into shares seen through."""
    # The last one beyond one half, where people take fakes for real more often than by luck.
    rates = np.append(np.sort(rng.uniform(0.05, 0.45, 4)), rng.uniform(0.53, 0.6)).round(3)
    found = array(answer(rates), rates.shape, "saw_through(rates)")
    worst = np.abs(found - saw_through(rates)).argmax()
    agree(
        found,
        saw_through(rates),
        {
            "right answers counted as seen": (
                1 - rates,
                f"At a rate of {rates[0]:.1%} you say {1 - rates[0]:.1%}: that is how often the "
                "answer was right. Half of the guesses are right too.",
            ),
            "the formula forwards": (
                (1 - rates) / 2,
                "This turns a share seen into a rate; the other way is asked for.",
            ),
            "guesses never fool": (
                rates / 2,
                "This is half the rate. In which pairs is somebody fooled: those seen, or those "
                "guessed?",
            ),
            "cut off at 0": (
                np.maximum(1 - 2 * rates, 0),
                "Over 50 % the share is negative: fakes were taken for real more often than by "
                "luck. Do not hide that.",
            ),
            "the sign taken away": (
                np.abs(1 - 2 * rates),
                f"At {rates[-1]:.1%} the share is negative, {1 - 2 * rates[-1]:.1%}: fakes were "
                "taken for real more often than by luck. That is not the same as seeing them.",
            ),
            "the pairs that were guessed": (
                2 * rates,
                "This is the share that was guessed, of which half fooled; the rest was seen.",
            ),
            "the rate itself": (
                rates,
                "You give the rates back: in so many pairs people were fooled, which takes a "
                "guess.",
            ),
            "the sign the wrong way round": (
                2 * rates - 1,
                f"At {rates[0]:.1%} you say {2 * rates[0] - 1:.1%}: the fewer are fooled, the more "
                "was seen. The sign is the wrong way round.",
            ),
            "half of those fooled": (
                1 - rates / 2,
                "You took half of the rate away. Of the pairs that are guessed *half* fool: how "
                "many guesses stand behind a rate?",
            ),
            "the mean of the rates": (
                np.full(rates.shape, 1 - 2 * rates.mean()),
                "You took the mean rate for all; each rate has a share of its own.",
            ),
            "odds": (
                rates / (1 - rates),
                "These are the odds of being fooled; a share of all pairs is asked for.",
            ),
            "the distance from chance": (
                0.5 - rates,
                "This is how far the rate lies from 50 %; who sees a pair moves the rate by half a "
                "pair only, for the other half would have been right by luck.",
            ),
            "per cent, not a share": (
                100 * (1 - 2 * rates),
                "The numbers are right as per cent; a share lies between 0 and 1.",
            ),
        },
        f"At {rates[worst]:.1%} people saw through {1 - 2 * rates[worst]:.1%} of the pairs; you "
        f"say {found[worst]:.1%}.",
    )
    return "At 50 % it is 0: nobody saw anything. At 32 % it is about a third of the pairs."


def cheat(left: np.ndarray, right: np.ndarray) -> str:
    """Take the more colourful picture for the fake."""
    return "left" if metrics.colorfulness(left) > metrics.colorfulness(right) else "right"


@exercise(
    "07.2",
    solution=cheat,
    hint=(
        '`metrics.colorfulness` of both pictures; the answer is the word "left" or "right", the '
        "side that you take for the fake."
    ),
)
def _habit(answer: Callable, rng: np.random.Generator) -> str:
    """Vote on eight pairs, in which the colourful picture is now brighter, now darker."""
    from skimage.color import rgb2hsv as hsv

    # The colourful one changes sides from pair to pair: to vote for one side is never right.
    flip = int(rng.integers(2))
    pairs = [pair if (at + flip) % 2 else pair[::-1] for at, pair in enumerate(_PAIRS)]
    found = [answer(*pair) for pair in pairs]
    wrong = [side for side in found if not isinstance(side, str) or side not in ("left", "right")]
    if wrong:
        raise NotYet(
            "not a side",
            f'You answer with a {type(wrong[0]).__name__}; a vote is "left" or "right".',
        )
    right = [cheat(*pair) for pair in pairs]
    if found == right:
        return (
            "Let it take the test: far from 50 %, it says what a colorizer does to colour, not "
            "whether it convinces."
        )
    if len(set(found)) == 1:
        raise NotYet("always the same side", f"You answer {found[0]!r} whatever the pictures are.")
    if not any(map(str.__eq__, found, right)):
        raise NotYet(
            "the less colourful one",
            "You name the duller picture; the cheat takes the *more* colourful one for the fake.",
        )
    for misconception, measure, message in (
        (
            "brightness, not colour",
            np.mean,
            "You compare how bright the pictures are; a white page is bright and has no colour.",
        ),
        (
            "darkness, not colour",
            lambda picture: -np.mean(picture),
            "You compare how dark the pictures are; a dark picture need not be colourful.",
        ),
        (
            "contrast, not colour",
            np.std,
            "You compare how much the levels vary; black letters on a white page vary much and "
            "have no colour.",
        ),
        (
            "red, not colour",
            lambda picture: picture[..., 0].mean(),
            "You compare how much red there is; white is full of red, and green is a colour too.",
        ),
        (
            "green, not colour",
            lambda picture: picture[..., 1].mean(),
            "You compare how much green there is; white is full of green, and red is a colour too.",
        ),
        (
            "blue, not colour",
            lambda picture: picture[..., 2].mean(),
            "You compare how much blue there is; white is full of blue, and red is a colour too.",
        ),
        (
            "the lightest level, not colour",
            np.max,
            "You compare the largest level; white has the largest of all and no colour.",
        ),
        (
            "the range of levels, not colour",
            np.ptp,
            "You compare the range from the smallest level to the largest; black beside white has "
            "the widest and no colour.",
        ),
        (
            "HSV's saturation, not colour",
            lambda picture: hsv(picture)[..., 1].mean(),
            "You compare saturation as HSV has it, which is high for all but black pixels too; "
            "`metrics.colorfulness` measures what people see.",
        ),
        (
            "the signs of a and b",
            lambda picture: color.split(picture)[1].mean(),
            "You compare the mean of a and b with their signs; blue and green lie below 0 and are "
            "colours too.",
        ),
    ):
        if found == [_larger(measure, *pair) for pair in pairs]:
            raise NotYet(misconception, message)
    raise NotYet(
        "another measure",
        f"For {sum(map(str.__ne__, found, right))} of {len(pairs)} pairs `metrics.colorfulness` "
        "says the other side.",
    )


def _larger(measure: Callable, left: np.ndarray, right: np.ndarray) -> str:
    return "left" if measure(left) > measure(right) else "right"


def _flat(*colours) -> np.ndarray:
    """Two vertical stripes, uint8 (8, 16, 3)."""
    return np.repeat(np.repeat(np.uint8([colours]), 8, axis=0), 8, axis=1)


# (colourful, dull). What is measured in colorfulness's stead names the other side in some pair,
# each measure in pairs of its own.
_PAIRS = (
    (_flat((171, 119, 182), (67, 152, 71)), _flat((168, 166, 187), (104, 102, 129))),
    (_flat((254, 195, 235), (54, 242, 110)), _flat((255, 255, 252), (201, 200, 214))),
    (_flat((139, 144, 137), (21, 1, 197)), _flat((195, 177, 166), (5, 43, 45))),
    (_flat((31, 182, 200), (149, 156, 124)), _flat((159, 138, 138), (138, 186, 167))),
    (_flat((211, 169, 167), (79, 239, 192)), _flat((78, 39, 60), (216, 198, 223))),
    (_flat((244, 247, 79), (139, 24, 183)), _flat((239, 218, 208), (82, 97, 95))),
    (_flat((24, 28, 173), (147, 121, 104)), _flat((0, 24, 0), (240, 255, 230))),
    (_flat((96, 204, 182), (188, 238, 207)), _flat((64, 22, 17), (104, 103, 100))),
)


def found_by_peeking(low: np.ndarray, high: np.ndarray) -> float:
    """Give the share of experiments in which 0 lies outside the interval at one look at least."""
    return np.mean(((low > 0) | (high < 0)).any(axis=0))


@exercise(
    "07.3",
    solution=found_by_peeking,
    hint=(
        '`(low > 0) | (high < 0)` is a table (looks, experiments) of "a difference was found". '
        "Who stops at the first one needs `any` over the looks; the share is the mean over the "
        "experiments."
    ),
)
def _peeking(answer: Callable, rng: np.random.Generator) -> str:
    """Count the finds in experiments that look four times."""
    # What each experiment shows at its four looks: above 0, below 0, or nothing. Every wrong count
    # gives another share.
    shown = (
        "++-+ +-++ +--- +0++ +0+- +000 +000 ---- ---0 --0+ --0- -0+0 -0+0 -0-+ -0-- -00+ 0++0 0-0- "
        "0-00 00+0 00-+ 00-0 000- 0000 0000 0000 0000 0000"
    )
    shown = shown.split()
    sign = np.array(
        [["-0+".index(look) - 1 for look in looks] for looks in rng.permutation(shown)]
    ).T
    half = rng.uniform(0.5, 1, sign.shape)
    low, high = 2 * sign - half, 2 * sign + half
    outside = (low > 0) | (high < 0)
    found = number(answer(low, high), "found_by_peeking(low, high)")
    agree(
        found,
        outside.any(axis=0).mean(),
        {
            "only the last look": (
                outside[-1].mean(),
                f"You say {found:.0%}: that is for somebody who looks once, at the end. Who peeks "
                "stops at the *first* look that shows something.",
            ),
            "only the first look": (
                outside[0].mean(),
                f"You say {found:.0%}: that is for somebody who looks once, at the beginning. Who "
                "peeks looks again until something shows.",
            ),
            "finds, not experiments": (
                outside.sum() / outside.shape[1],
                "You counted looks that show something; an experiment with three of them is one "
                "find: `any` over the looks.",
            ),
            "two looks or more": (
                (outside.sum(axis=0) > 1).mean(),
                "You ask for two looks that show a difference; who peeks stops at the first.",
            ),
            "experiments without a find": (
                (~outside).all(axis=0).mean(),
                "This is the share of experiments that never show a difference.",
            ),
            "below 0 only": (
                (high < 0).any(axis=0).mean(),
                "You count only intervals below 0; one above 0 is a find as well.",
            ),
            "a mean over looks": (
                outside.mean(),
                f"You say {found:.0%}, the share of single looks; an experiment is lost if *any* "
                "of its looks misleads.",
            ),
            "the first two looks": (
                outside[:2].any(axis=0).mean(),
                "You stop looking after the second look; who peeks looks at all of them.",
            ),
            "the last look left out": (
                outside[:-1].any(axis=0).mean(),
                "You left the last look out; who has found nothing before looks then, too.",
            ),
            "two looks in a row": (
                (outside[1:] & outside[:-1]).any(axis=0).mean(),
                "You ask for two looks in a row; who peeks stops at the first.",
            ),
            "exactly one look": (
                (outside.sum(axis=0) == 1).mean(),
                "You count experiments in which exactly one look shows a difference; one or more "
                "is enough.",
            ),
            "looks taken for independent": (
                1 - np.prod(1 - outside.mean(axis=1)),
                "You multiplied the shares of the looks as if each saw other people. A later look "
                "sees the earlier people again: count experiments.",
            ),
            "per cent, not a share": (
                100 * outside.any(axis=0).mean(),
                "The number is right as per cent; a share lies between 0 and 1.",
            ),
            "found, and lost again": (
                (outside.any(axis=0) & ~outside[-1]).mean(),
                "You count finds that the last look takes back; who peeks has stopped at any find.",
            ),
            "found at every look": (
                outside.all(axis=0).mean(),
                "You ask for a difference at every look; one is enough to stop.",
            ),
            "above 0 only": (
                (low > 0).any(axis=0).mean(),
                "You count only one of the colorizers as the better one; an interval below 0 is a "
                "find as well.",
            ),
            "intervals that contain 0": (
                ((low <= 0) & (high >= 0)).any(axis=0).mean(),
                "You count the intervals that contain 0; those show nothing.",
            ),
            "a count, not a share": (
                outside.any(axis=0).sum(),
                "Divide by the number of experiments.",
            ),
        },
        f"In {outside.any(axis=0).mean():.0%} of these experiments some look shows a difference; "
        f"you say {found:.0%}.",
    )
    return "Each look is another chance to be wrong: fix the number of people before."
