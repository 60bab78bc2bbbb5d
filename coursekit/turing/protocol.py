"""The protocol: how many pairs, for how long, which photo with which fake on which side, in which order."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

REAL, RANDOM = "real", "random"  # names that no colorizer may have
SIDES = ("left", "right")
PRACTICE, TEST, VIGILANCE = KINDS = ("practice", "test", "vigilance")


class TuringError(ValueError):
    """Something about the test that a person has to decide; the message names it and the way out."""


@dataclass(frozen=True)
class Protocol:
    """The rules of a test; the defaults are those of *Colorful Image Colorization* (2016), arXiv 1603.08511.

    Parameters: ``size``, side of each picture in pixels; ``exposure``, seconds until both are hidden, None for
    never; ``practice`` pairs come first, with feedback; ``trials`` pairs follow, without; ``vigilance``, the share of
    those whose fake has random colours, which who looks sees at once.
    Raises: TuringError for numbers that make no test.
    """

    size: int = 256
    exposure: float | None = 1.0
    practice: int = 10
    trials: int = 40
    vigilance: float = 0.1

    def __post_init__(self):
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
        """How many of ``trials`` check attention."""
        return round(self.vigilance * self.trials)

    @property
    def total(self) -> int:
        """How many pairs a participant sees, and so how many photos the test needs."""
        return self.practice + self.trials


class Trial(NamedTuple):
    """One pair, with the truth in it: ``number`` from 1; ``kind`` "practice", "test" or "vigilance"; names of the
    ``photo`` and of the ``colorizer`` of its fake; ``real``, the side of the true colours, "left" or "right"."""

    number: int
    kind: str
    photo: str
    colorizer: str
    real: str


def plan(
    photos: Sequence[str], colorizers: Sequence[str], protocol: Protocol, seed: int
) -> list[Trial]:
    """What one participant sees, in order. The same arguments give the same plan.

    No photo comes twice. In practice and in the test, colorizers come equally often, and each has its true photo
    left as often as right; where a number is odd, the lot decides, so that it evens out over participants.

    Parameters: names of ``photos`` and ``colorizers``; ``protocol``; ``seed``, one for each participant.
    Returns: ``protocol.total`` trials. Raises: TuringError for no colorizer or too few photos.
    """
    if not colorizers:
        raise TuringError("no colorizers; name at least one")
    if len(photos) < protocol.total:
        raise TuringError(
            f"{len(photos)} photos for {protocol.practice} practice pairs and {protocol.trials} more, "
            f"and nobody may see a photo twice: add {protocol.total - len(photos)} photos, "
            "or make a Protocol with fewer pairs"
        )
    rng = np.random.default_rng(seed)
    checks = protocol.vigilance_trials
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
    """``count`` times (kind, colorizer, side), all numbers as equal as they can be."""
    taken = [colorizers[i] for i in rng.permutation(len(colorizers))]
    each = {name: count // len(taken) + (i < count % len(taken)) for i, name in enumerate(taken)}
    # One coin for the first side, then in turn: odd numbers of two colorizers fall on different sides.
    side = itertools.cycle(SIDES if rng.random() < 0.5 else SIDES[::-1])
    return [(kind, name, next(side)) for name, times in each.items() for _ in range(times)]
