"""Made-up participants whose true fooling rates are known, to see whether the statistics find them again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy import special

from .pairs import Experiment
from .protocol import SIDES, Trial
from .session import Session
from .store import Store


def personal(rate, gullibility, spread: float):
    """The fooling rate of a person, such that its mean over all people is ``rate``.

    Parameters: ``rate`` 0…1; ``gullibility``, standard normal, who the person is; ``spread``, how much people differ:
    with 0 all are alike, with 0.5 two thirds of them have 15 % to 49 % for a rate of 32 %.
    """
    return special.ndtr(special.ndtri(rate) * np.sqrt(1 + spread**2) + spread * gullibility)


def counts(
    rates: Sequence[float],
    participants: int,
    trials: int,
    experiments: int,
    spread: float = 0.0,
    seed: int = 0,
) -> np.ndarray:
    """Whole experiments at once, as counts: how often each participant was fooled by each colorizer.

    Parameters: true ``rates``, one a colorizer; ``trials`` a participant and colorizer; ``experiments``, how many;
    ``spread`` of the participants, the same person being as gullible with each colorizer; ``seed``.
    Returns: int (colorizers, experiments, participants).
    """
    rng = np.random.default_rng(seed)
    people = rng.standard_normal((experiments, participants))
    return np.stack([rng.binomial(trials, personal(rate, people, spread)) for rate in rates])


def take(
    session: Session,
    rate: Callable[[Trial], float],
    rng: np.random.Generator,
    gullibility: float = 0.0,
    spread: float = 0.0,
) -> None:
    """Take the test, or the rest of it, as a participant does: look at each pair, vote, until all are done.

    Parameters: ``session``; ``rate``, the probability that people take the fake of a trial for real; ``rng``;
    ``gullibility`` and ``spread`` as in `personal`. Reaction times are made up, of about a second and a half.
    """
    while (shown := session.current) is not None:
        trial = session.trials[shown.number - 1]
        fooled = rng.random() < personal(rate(trial), gullibility, spread)
        side = trial.real if fooled else SIDES[trial.real == "left"]
        session.vote(shown.number, side, round(rng.lognormal(0.4, 0.4), 3))


def classroom(
    experiment: Experiment,
    store: Store,
    rate: Callable[[Trial], float],
    participants: int,
    spread: float = 0.3,
    seed: int = 0,
) -> None:
    """A class that takes the test, one after the other. The same seed gives the same votes under other codes."""
    rng = np.random.default_rng(seed)
    for _ in range(participants):
        session = Session.start(experiment, store, int(rng.integers(2**32)))
        take(session, rate, rng, rng.standard_normal(), spread)
