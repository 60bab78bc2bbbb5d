"""One participant's way through the test, without a widget: it can be left at any pair and resumed."""

from __future__ import annotations

import math
import secrets
from typing import NamedTuple

from .pairs import Experiment
from .protocol import PRACTICE, SIDES, TEST, VIGILANCE, Trial, plan
from .store import Store, VoteError


class Shown(NamedTuple):
    """What a participant may know of a pair: its ``number``, whether it is ``practice``, two pictures as PNG."""

    number: int
    practice: bool
    left: bytes
    right: bytes


class Feedback(NamedTuple):
    """After a practice vote: was it ``right``, and which side was the ``fake``."""

    right: bool
    fake: str


class Result(NamedTuple):
    """How often the participant, and all others in the store together, took a fake for real in the test.

    ``rate`` and ``group_rate`` are shares, None without trials; vigilance pairs are counted by themselves.
    """

    fooled: int
    trials: int
    rate: float | None
    group_fooled: int
    group_trials: int
    group_rate: float | None
    group_participants: int
    vigilance_right: int
    vigilance_trials: int


class Session:
    """Leads a participant through the pairs: look at ``current``, give a ``vote``, until ``done``.

    Begin with `Session.start`, come back with `Session.resume`. The participant is asked which of the two has colours
    made by a computer: a vote names the side taken for the fake. Attributes: ``code`` of the participant;
    ``trials``, the plan with the truth in it, which no page may show; ``experiment``, ``store``.
    """

    def __init__(self, experiment: Experiment, store: Store, code: str, trials: list[Trial]):
        self.experiment, self.store, self.code, self.trials = experiment, store, code, trials

    @classmethod
    def start(cls, experiment: Experiment, store: Store, seed: int | None = None) -> Session:
        """Begin with a new participant. ``seed`` of the plan; random by default, and stored either way.

        Raises: TuringError if there are too few photos; StoreError if the store belongs to another experiment.
        """
        seed = secrets.randbits(32) if seed is None else seed
        trials = plan(experiment.photos, experiment.colorizers, experiment.protocol, seed)
        return cls(experiment, store, store.begin(experiment.id, trials, seed), trials)

    @classmethod
    def resume(cls, experiment: Experiment, store: Store, code: str) -> Session:
        """Go on where the participant with this code stopped, in whatever process that was.

        Raises: VoteError if nobody has the code; StoreError if the store belongs to another experiment.
        """
        return cls(experiment, store, *store.resume(experiment.id, code))

    @property
    def protocol(self):
        """The rules, a `Protocol`."""
        return self.experiment.protocol

    @property
    def total(self) -> int:
        """How many pairs there are."""
        return len(self.trials)

    @property
    def voted(self) -> int:
        """How many pairs have their vote, read from the store."""
        return self.store.voted(self.code)

    @property
    def done(self) -> bool:
        """Whether all pairs have their vote."""
        return self.voted == self.total

    @property
    def current(self) -> Shown | None:
        """The first pair without a vote; None when all are done. Looking does not change anything."""
        voted = self.voted
        if voted == self.total:
            return None
        trial = self.trials[voted]
        return Shown(trial.number, trial.kind == PRACTICE, *self.experiment.pair(trial))

    def vote(
        self, number: int, side: str, seconds: float | None = None, exposure: float | None = None
    ) -> Feedback | None:
        """Say which side of the current pair is the fake; it is on the disk when this returns.

        Parameters: ``number`` of the pair as shown; ``side`` "left" or "right"; ``seconds`` from the moment it was
        shown to the vote, and seconds of ``exposure`` for which it was really shown, if they were measured.
        Returns: `Feedback` in practice, else None.
        Raises: VoteError for a pair that has its vote or was not shown, another side, impossible seconds. Nothing has
        changed then; ``current`` is what to show.
        """
        if side not in SIDES:
            raise VoteError(f"side {side!r}: say 'left' or 'right'")
        for measured in (seconds, exposure):
            if measured is not None and not 0 <= measured < math.inf:
                raise VoteError(f"{measured!r} seconds: give a time from 0, or None")
        self.store.vote(self.code, number, side, seconds, exposure)
        trial = self.trials[number - 1]
        if trial.kind != PRACTICE:
            return None
        return Feedback(side != trial.real, SIDES[trial.real == "left"])

    def result(self) -> Result:
        """The participant's own figures beside those of all others in the store."""
        votes = self.store.votes()
        test = [vote for vote in votes if vote["kind"] == TEST]
        own = [vote["fooled"] for vote in test if vote["participant"] == self.code]
        others = [vote["fooled"] for vote in test if vote["participant"] != self.code]
        checks = [
            vote["fooled"]
            for vote in votes
            if vote["kind"] == VIGILANCE and vote["participant"] == self.code
        ]
        return Result(
            sum(own),
            len(own),
            sum(own) / len(own) if own else None,
            sum(others),
            len(others),
            sum(others) / len(others) if others else None,
            len({vote["participant"] for vote in test} - {self.code}),
            len(checks) - sum(checks),
            len(checks),
        )
