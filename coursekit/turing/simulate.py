"""Made-up participants whose true fooling rates are known, to see whether statistics find them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from .pairs import Experiment
from .protocol import SIDES, Trial
from .session import Session
from .store import Store


def personal(rate: ArrayLike, gullibility: ArrayLike, spread: float) -> np.ndarray:
    """Compute the fooling rates of single people.

    Parameters
    ----------
    rate : array_like
        The mean over all people, 0…1.
    gullibility : array_like
        Who the person is: standard normal over people.
    spread : float
        How much people differ: with 0 all are alike, with 0.5 two thirds of them have 15 % to 49 %
        for a rate of 32 %.

    Returns
    -------
    ndarray
        The rates, 0…1, of the two shapes broadcast together.
    """
    # A probit model. For standard normal g, E Φ(a + s g) = Φ(a / √(1 + s²)): the root undoes what
    # averaging over people does to the rate.
    return special.ndtr(special.ndtri(rate) * np.sqrt(1 + spread**2) + spread * gullibility)


def counts(
    rates: Sequence[float],
    participants: int,
    trials: int,
    experiments: int,
    spread: float = 0.0,
    seed: int = 0,
) -> np.ndarray:
    """Simulate whole experiments at once, as counts.

    Parameters
    ----------
    rates : sequence of float
        True fooling rates, 0…1, one a colorizer.
    participants : int
        Number of people in each experiment.
    trials : int
        Number of pairs for each participant and colorizer.
    experiments : int
        Number of experiments.
    spread : float, optional
        How much people differ, as in `personal`. A person is as gullible with each colorizer.
    seed : int, optional
        Of the lots.

    Returns
    -------
    ndarray
        How often each participant was fooled, int (colorizers, experiments, participants).
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
    """Take the test, or the rest of it, as a participant does.

    Look at each pair, vote, until all are done. Reaction times are made up, of about a second and a
    half.

    Parameters
    ----------
    session : Session
        The participant's session.
    rate : callable
        ``rate(trial)`` is the mean probability, 0…1, that people take its fake for real.
    rng : numpy.random.Generator
        The lots.
    gullibility : float, optional
        Who the participant is, as in `personal`.
    spread : float, optional
        How much people differ, as in `personal`.
    """
    while (shown := session.current) is not None:
        trial = session.trials[shown.number - 1]
        fooled = rng.random() < personal(rate(trial), gullibility, spread)
        side = trial.real if fooled else SIDES[trial.real == "left"]  # the other side
        session.vote(shown.number, side, round(rng.lognormal(0.4, 0.4), 3))


def classroom(
    experiment: Experiment,
    store: Store,
    rate: Callable[[Trial], float],
    participants: int,
    spread: float = 0.3,
    seed: int = 0,
) -> None:
    """Let a class take the test, one after the other.

    Parameters
    ----------
    experiment : Experiment
        The pictures.
    store : Store
        Where votes go.
    rate : callable
        ``rate(trial)`` is the mean probability, 0…1, that people take its fake for real.
    participants : int
        Number of people.
    spread : float, optional
        How much they differ, as in `personal`.
    seed : int, optional
        Of the lots. The same seed gives the same votes under other codes.
    """
    rng = np.random.default_rng(seed)
    for _ in range(participants):
        session = Session.start(experiment, store, int(rng.integers(2**32)))
        take(session, rate, rng, rng.standard_normal(), spread)
