"""One participant's way through the test: it can be left at any pair and resumed."""

from __future__ import annotations

import math
import secrets
from typing import NamedTuple

from .pairs import Experiment
from .protocol import PRACTICE, SIDES, TEST, VIGILANCE, Protocol, Trial, plan
from .store import Store, VoteError


class Shown(NamedTuple):
    """What a participant may know of a pair.

    Attributes
    ----------
    number : int
        Its place in the test, from 1.
    practice : bool
        Whether it is practice.
    left, right : bytes
        The two pictures, PNG files.
    """

    number: int
    practice: bool
    left: bytes
    right: bytes


class Feedback(NamedTuple):
    """What a participant is told after a practice vote.

    Attributes
    ----------
    right : bool
        Whether the vote was right.
    fake : {"left", "right"}
        The side of the fake.
    """

    right: bool
    fake: str


class Result(NamedTuple):
    """How often a participant, and all others in the store, took a fake for real in the test.

    Attributes
    ----------
    fooled, trials : int
        The participant's test pairs that were fooled, and all of them.
    rate : float, optional
        Their share, 0…1; None without trials.
    group_fooled, group_trials : int
        The same of all others together.
    group_rate : float, optional
        Their share, 0…1; None without trials.
    group_participants : int
        How many others there are.
    vigilance_right, vigilance_trials : int
        The participant's vigilance pairs that were seen through, and all of them.
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
    """Lead a participant through the pairs: look at ``current``, give a ``vote``, until ``done``.

    Begin with `Session.start`, come back with `Session.resume`. The participant is asked which of
    the two has colours made by a computer: a vote names the side taken for the fake.

    Parameters
    ----------
    experiment : Experiment
        The pictures.
    store : Store
        Where votes go.
    code : str
        The participant's code.
    trials : list of Trial
        The plan, as it is stored.

    Attributes
    ----------
    experiment : Experiment
        The pictures.
    store : Store
        Where votes go.
    code : str
        The participant's code.
    trials : list of Trial
        The plan, with the truth in it, which no page may show.
    """

    def __init__(self, experiment: Experiment, store: Store, code: str, trials: list[Trial]):
        self.experiment, self.store, self.code, self.trials = experiment, store, code, trials

    @classmethod
    def start(cls, experiment: Experiment, store: Store, seed: int | None = None) -> Session:
        """Begin with a new participant.

        Parameters
        ----------
        experiment : Experiment
            The pictures.
        store : Store
            Where votes go.
        seed : int, optional
            Of the plan; random by default, and stored either way.

        Returns
        -------
        Session
            With all pairs to come.

        Raises
        ------
        TuringError
            If there are too few photos.
        StoreError
            If the store belongs to another experiment.
        """
        seed = secrets.randbits(32) if seed is None else seed
        trials = plan(experiment.photos, experiment.colorizers, experiment.protocol, seed)
        return cls(experiment, store, store.begin(experiment.id, trials, seed), trials)

    @classmethod
    def resume(cls, experiment: Experiment, store: Store, code: str) -> Session:
        """Go on where a participant stopped, in whatever process that was.

        Parameters
        ----------
        experiment : Experiment
            The pictures.
        store : Store
            Where votes go.
        code : str
            The participant's code; capitals, spaces and hyphens do not matter.

        Returns
        -------
        Session
            With the pairs that have no vote yet to come.

        Raises
        ------
        VoteError
            If nobody has the code.
        StoreError
            If the store belongs to another experiment.
        """
        return cls(experiment, store, *store.resume(experiment.id, code))

    @property
    def protocol(self) -> Protocol:
        """The rules of the test.

        Returns
        -------
        Protocol
            Those of the experiment.
        """
        return self.experiment.protocol

    @property
    def total(self) -> int:
        """Number of pairs.

        Returns
        -------
        int
            Of practice and trials.
        """
        return len(self.trials)

    @property
    def voted(self) -> int:
        """Number of pairs that have their vote.

        Returns
        -------
        int
            Read from the store, in which another page may have voted too.
        """
        return self.store.voted(self.code)

    @property
    def done(self) -> bool:
        """Whether all pairs have their vote.

        Returns
        -------
        bool
            True if there is nothing more to show.
        """
        return self.voted == self.total

    @property
    def current(self) -> Shown | None:
        """The first pair without a vote; looking does not change anything.

        Returns
        -------
        Shown or None
            The pair; None when all are done.

        Raises
        ------
        TuringError
            If a picture is missing or damaged.
        """
        voted = self.voted
        if voted == self.total:
            return None
        trial = self.trials[voted]
        return Shown(trial.number, trial.kind == PRACTICE, *self.experiment.pair(trial))

    def vote(
        self,
        number: int,
        side: str,
        seconds: float | None = None,
        exposure: float | None = None,
        hidden: bool | None = None,
    ) -> Feedback | None:
        """Say which side of the current pair is the fake; it is on the disk when this returns.

        Parameters
        ----------
        number : int
            The pair, as shown.
        side : {"left", "right"}
            The side that is taken for the fake.
        seconds : float, optional
            From the moment the pair was shown to the vote, if it was measured.
        exposure : float, optional
            Seconds for which the pair was really shown, if they were measured.
        hidden : bool, optional
            Whether the page was out of sight between the showing and the vote, if that is known.

        Returns
        -------
        Feedback or None
            The answer in practice, else None.

        Raises
        ------
        VoteError
            For a pair that has its vote or was not shown, another side, impossible seconds. Nothing
            has changed then; ``current`` is what to show.
        """
        if side not in SIDES:
            raise VoteError(f"side {side!r}: say 'left' or 'right'")
        for measured in (seconds, exposure):
            if measured is not None and not 0 <= measured < math.inf:
                raise VoteError(f"{measured!r} seconds: give a time from 0, or None")
        self.store.vote(self.code, number, side, seconds, exposure, hidden)
        trial = self.trials[number - 1]
        if trial.kind != PRACTICE:
            return None
        return Feedback(right=side != trial.real, fake=SIDES[trial.real == "left"])

    def result(self) -> Result:
        """Count the participant's own votes, and those of all others in the store.

        Returns
        -------
        Result
            Both counts.
        """
        own: dict[str, list[int]] = {TEST: [0, 0], VIGILANCE: [0, 0], PRACTICE: [0, 0]}
        others, people = [0, 0], set()
        for name, kind, _, fooled, trials in self.store.tally():
            if name != self.code and kind != TEST:
                continue
            if name != self.code:
                people.add(name)
            counted = own[kind] if name == self.code else others
            counted[0] += fooled
            counted[1] += trials
        (fooled, trials), (missed, checks) = own[TEST], own[VIGILANCE]
        return Result(
            fooled=fooled,
            trials=trials,
            rate=fooled / trials if trials else None,
            group_fooled=others[0],
            group_trials=others[1],
            group_rate=others[0] / others[1] if others[1] else None,
            group_participants=len(people),
            vigilance_right=checks - missed,
            vigilance_trials=checks,
        )


def measured(milliseconds: object) -> float | None:
    """Convert a time that a browser measured.

    Parameters
    ----------
    milliseconds : object
        What the browser says.

    Returns
    -------
    float or None
        Seconds; None if that is no time.
    """
    number = isinstance(milliseconds, int | float) and not isinstance(milliseconds, bool)
    return milliseconds / 1000 if number and 0 <= milliseconds < math.inf else None
