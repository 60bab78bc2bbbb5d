"""Checks of lesson 07: the Turing test."""

from __future__ import annotations

import numpy as np

from coursekit import metrics

from .exercise import exercise
from .learner import NotYet, agree, number


def people():
    return 40 * 4**2


@exercise("07.1", value=True, solution=people, hint=(
    "The width of an interval falls with the *root* of how many people there are: twice as many make it 1.4 times "
    "narrower."))
def enough_people(answer, rng):
    found = number(answer)
    agree(found, 640, {
        "width falls with n": (160, "Four times as many people make the interval only half as wide: it falls with the "
                                    "root "
                               "of their number."),
        "the root the wrong way round": (80, "Twice as many people make the interval 1.4 times narrower; it should "
                                             "become "
                                         "4 times narrower."),
        "only the further ones": (600, "So many *more* than 40 are needed; how many in all?"),
        "cubed": (40 * 4**3, "4 times narrower takes 4² times as many, not 4³."),
        "votes, not people": (640 * 18, "These are votes; how many people?"),
    }, f"You say {found:g}. With 4 times as many people the interval is half as wide; go on from there.")
    return "640 people. This is why one decides beforehand how small a difference is worth it."


def found_by_peeking(low, high):
    """The share of experiments in which 0 lies outside the interval at any look."""
    return ((low > 0) | (high < 0)).any(axis=0).mean()


@exercise("07.2", solution=found_by_peeking, hint=(
    "`(low > 0) | (high < 0)` is a table (looks, experiments). Who stops at the first look that \"finds\" something "
    "has "
    "found something if *any* of the looks does: `any(axis=0)`. Then the mean over experiments."))
def peeking(answer, rng):
    truth = rng.normal(0, 1, (4, 200)).cumsum(axis=0) / np.arange(1, 5)[:, None]
    half = 1.3 / np.sqrt(np.arange(1, 5))[:, None]
    low, high = truth - half, truth + half
    found = number(answer(low, high), "found_by_peeking(low, high)")
    outside = (low > 0) | (high < 0)
    agree(found, outside.any(axis=0).mean(), {
        "only the last look": (outside[-1].mean(), "This is what one finds who looks once, at the end. Who peeks "
                                                   "stops at "
                               "the first look that finds something."),
        "only the first look": (outside[0].mean(), "You looked at the first look only."),
        "every look agrees": (outside.all(axis=0).mean(), "You asked for a difference at *every* look; one is enough "
                                                          "to stop "
                              "and to publish."),
        "the mean over looks": (outside.mean(), "You averaged over looks and experiments; an experiment counts once, "
                                                "if any "
                                "of its looks finds something."),
        "looks added up": (outside.sum(axis=0).mean(), "You counted looks; an experiment counts once."),
        "one side only": ((low > 0).any(axis=0).mean(), "0 may lie below the interval or above it."),
        "0 inside": (1 - outside.any(axis=0).mean(), "This is the share in which nothing was found."),
    }, f"{outside.any(axis=0).mean():.1%} of these experiments find something at some look; you say {found:.3g}.")
    once = outside[-1].mean()
    return f"{found:.0%} find something by peeking, {once:.0%} by looking once: and there is nothing to find."


def suspect(left, right):
    """The side of the more colourful picture."""
    return "left" if metrics.colorfulness(left) > metrics.colorfulness(right) else "right"


@exercise("07.3", solution=suspect, hint=(
    "`metrics.colorfulness` gives one number a picture; return \"left\" or \"right\"."))
def cheat(answer, rng):
    said, vivid, spread, brighter = [], [], [], []
    for _ in range(40):
        grey = rng.integers(60, 200, (8, 8, 1))
        pair = []
        for _ in range(2):  # one hue all over is colourful without spread
            tint = rng.normal(0, 1, (1, 1, 3)) * rng.uniform(5, 40) + rng.normal(0, 1, (8, 8, 3)) * rng.uniform(2, 25)
            pair.append(np.clip(grey + tint, 0, 255).astype(np.uint8))
        said.append(answer(*pair))
        vivid.append(suspect(*pair))
        spread.append("left" if pair[0].std() > pair[1].std() else "right")
        brighter.append("left" if pair[0].mean() > pair[1].mean() else "right")
    if any(side is None for side in said):
        raise NotYet("nothing returned", "suspect(left, right) returns None for some pair. Is there a `return` for "
                                         "both?")
    if not all(isinstance(side, str) and side in ("left", "right") for side in said):
        raise NotYet("not a side", f"Return \"left\" or \"right\", got {str(said[0])[:40]!r}.")
    if len(set(said)) == 1:
        raise NotYet("always one side", f"Of 40 pairs you always say {said[0]!r}; look at the pictures.")
    right = np.mean(np.array(said) == vivid)
    if right == 1:
        return "Now let it take the test: what it finds, a person with this habit finds too."
    if right == 0:
        raise NotYet("the paler one", "You suspect the *less* colourful picture in all 40 pairs.")
    for guess, misconception, message in [
            (spread, "contrast, not colour", "You compare how much the numbers spread; a grey photo with contrast "
                                             "spreads too. "
             "`metrics.colorfulness` looks at the differences between channels."),
            (brighter, "light, not colour", "You compare how bright the pictures are.")]:
        if np.array_equal(said, guess):
            raise NotYet(misconception, message)
    raise NotYet("another result", f"You name the more colourful picture in {right:.0%} of 40 pairs.")
