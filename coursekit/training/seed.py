"""One seed for everything that is random."""

from __future__ import annotations

import keras


def seed_everything(seed: int) -> None:
    """Seed Python, NumPy and the backend: the same seed gives the same numbers on one machine.

    Parameters
    ----------
    seed : int
        Any, from 0 on.
    """
    keras.utils.set_random_seed(seed)
