"""The protocol: how many pairs, for how long, which fake on which side, in which order."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

REAL, RANDOM = "real", "random"  # kinds of picture, so no colorizer may be called so
SIDES = ("left", "right")
PRACTICE, TEST, VIGILANCE = KINDS = ("practice", "test", "vigilance")


class TuringError(ValueError):
    """Something that a person has to decide; the message names it and the way out."""


@dataclass(frozen=True)
class Protocol:
    """The rules of a test; the defaults are those of the paper [1]_.

    Attributes
    ----------
    size : int
        Height and width of each picture, in pixels.
    exposure : float, optional
        Seconds until both pictures are hidden; None for never.
    practice : int
        Number of pairs that come first, with feedback.
    trials : int
        Number of pairs that follow, without.
    vigilance : float
        Share of those trials, 0…1, whose fake has random colours: who looks sees that at once.

    Raises
    ------
    TuringError
        For numbers that make no test.

    References
    ----------
    .. [1] R. Zhang, P. Isola, A. A. Efros, "Colorful Image Colorization", ECCV 2016,
       arXiv:1603.08511.
    """

    size: int = 256
    exposure: float | None = 1.0
    practice: int = 10
    trials: int = 40
    vigilance: float = 0.1

    def __post_init__(self) -> None:
        """Refuse numbers that make no test."""
        for name, least in (("size", 16), ("practice", 0), ("trials", 1)):
            value = getattr(self, name)
            if not isinstance(value, int) or value < least:
                raise TuringError(f"{name}={value!r}: give a whole number of at least {least}")
        if self.exposure is not None and not 0 < self.exposure < math.inf:
            raise TuringError(
                f"exposure={self.exposure!r}: give seconds, or None to leave the pictures there"
            )
        if not 0 <= self.vigilance < 1 or self.vigilance_trials == self.trials:
            raise TuringError(
                f"vigilance={self.vigilance!r} of {self.trials} trials leaves none for the test; "
                "give a smaller share, from 0"
            )

    @property
    def vigilance_trials(self) -> int:
        """Number of trials that check attention.

        Returns
        -------
        int
            The share of all trials, rounded.
        """
        return round(self.vigilance * self.trials)

    @property
    def total(self) -> int:
        """Number of pairs that a participant sees, and so of photos that the test needs.

        Returns
        -------
        int
            Practice and trials together.
        """
        return self.practice + self.trials


class Trial(NamedTuple):
    """One pair, with the truth in it.

    Attributes
    ----------
    number : int
        Its place in the participant's test, from 1.
    kind : {"practice", "test", "vigilance"}
        What it is for.
    photo : str
        Name of the photo.
    colorizer : str
        Name of the colorizer of its fake; "random" for a vigilance pair.
    real : {"left", "right"}
        Side of the true colours.
    """

    number: int
    kind: str
    photo: str
    colorizer: str
    real: str


def plan(
    photos: Sequence[str], colorizers: Sequence[str], protocol: Protocol, seed: int
) -> list[Trial]:
    """Plan what one participant sees, in order.

    No photo comes twice. In practice and in the test, colorizers come equally often, and each has
    its true photo left as often as right; where a number is odd, the lot decides, so that it evens
    out over participants.

    Parameters
    ----------
    photos : sequence of str
        Names of the photos.
    colorizers : sequence of str
        Names of the colorizers.
    protocol : Protocol
        The rules of the test.
    seed : int
        Of the lots, one for each participant. The same arguments give the same plan.

    Returns
    -------
    list of Trial
        As many trials as ``protocol.total``.

    Raises
    ------
    TuringError
        For no colorizer or too few photos.

    Examples
    --------
    >>> protocol = Protocol(practice=1, trials=2, vigilance=0)
    >>> trials = plan(["cat", "dog", "owl", "fox"], ["alpha", "beta"], protocol, seed=0)
    >>> [trial.kind for trial in trials]
    ['practice', 'test', 'test']
    >>> sorted(trial.colorizer for trial in trials[1:])
    ['alpha', 'beta']
    """
    if not colorizers:
        raise TuringError("no colorizers; name at least one")
    if len(photos) < protocol.total:
        raise TuringError(
            f"{len(photos)} photos for {protocol.practice} practice pairs and {protocol.trials} "
            "more, and nobody may see a photo twice: "
            f"add {protocol.total - len(photos)} photos, or make a Protocol with fewer pairs"
        )
    rng = np.random.default_rng(seed)
    checks = protocol.vigilance_trials
    # Each part is balanced first and put in order by lot after, so that no place gives a hint.
    opening = _balanced(PRACTICE, colorizers, protocol.practice, rng)
    rest = _balanced(TEST, colorizers, protocol.trials - checks, rng) + _balanced(
        VIGILANCE, [RANDOM], checks, rng
    )
    order = [opening[i] for i in rng.permutation(len(opening))] + [
        rest[i] for i in rng.permutation(len(rest))
    ]
    shown = rng.choice(len(photos), protocol.total, replace=False)
    return [
        Trial(number, kind, photos[photo], colorizer, side)
        for number, (photo, (kind, colorizer, side)) in enumerate(
            zip(shown, order, strict=True), start=1
        )
    ]


def _balanced(
    kind: str, colorizers: Sequence[str], count: int, rng: np.random.Generator
) -> list[tuple]:
    """Return (kind, colorizer, side) ``count`` times, all numbers as equal as they can be."""
    # Which colorizers get one pair more, if they do not share evenly, is a matter of lot.
    taken = [colorizers[i] for i in rng.permutation(len(colorizers))]
    each = {name: count // len(taken) + (i < count % len(taken)) for i, name in enumerate(taken)}
    # One coin for the first side, then in turn: odd numbers of two colorizers fall on different
    # sides.
    side = itertools.cycle(SIDES if rng.random() < 0.5 else SIDES[::-1])
    return [(kind, name, next(side)) for name, times in each.items() for _ in range(times)]
