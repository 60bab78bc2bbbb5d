"""Two ways of doing a thing, timed in one run, in turn: a busy machine meets both."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import NamedTuple


class Ratio(NamedTuple):
    """How many times faster ``what`` is than ``against``: median and extremes of the repeats."""

    what: str
    against: str
    ratio: float
    low: float
    high: float
    repeats: int
    note: str = ""

    def __str__(self):
        note = f"; {self.note}" if self.note else ""
        return (
            f"{self.what}: {self.ratio:.3g} times {self.against} ({self.low:.3g}–{self.high:.3g}, "
            f"{self.repeats} repeats){note}"
        )


def seconds(work: Callable[[], object]) -> float:
    """How long one call takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def compare(
    what: str,
    against: str,
    ours: Callable,
    alternative: Callable,
    repeats: int = 7,
    note: str = "",
    times: int = 1,
) -> Ratio:
    """Time both in turn. The first call of each, which compiles and fills caches, does not count.

    Ours runs ``times`` for one run of the alternative, where it is too quick to be timed.
    """
    ours(), alternative()
    pairs = []
    for number in range(repeats):
        # Who goes first changes, so that a warm cache or a hot core favours nobody.
        order = (0, 1) if number % 2 else (1, 0)
        measured = [0.0, 0.0]
        for side in order:
            if side == 0:
                measured[0] = seconds(lambda: [ours() for _ in range(times)]) / times
            else:
                measured[1] = seconds(alternative)
        pairs.append(measured)
    return from_pairs(what, against, pairs, note)


def from_pairs(what: str, against: str, pairs: list, note: str = "") -> Ratio:
    """A `Ratio` of (seconds of ours, seconds of the alternative) that were measured elsewhere."""
    ratios = sorted(alternative / ours for ours, alternative in pairs)
    return Ratio(what, against, statistics.median(ratios), ratios[0], ratios[-1], len(ratios), note)
