"""How many votes a question takes."""

from __future__ import annotations

import numpy as np
from scipy import special

from ..protocol import TuringError


def trials_needed(one: float, other: float, power: float = 0.8) -> int:
    """Compute how many trials a colorizer tell two true fooling rates apart.

    Every vote is taken to be independent; where people differ, it takes more.

    Parameters
    ----------
    one, other : float
        The true rates, between 0 and 1.
    power : float, optional
        How likely a 95 % interval of the difference is to leave out 0, 0…1.

    Returns
    -------
    int
        Trials for each of the two colorizers.

    Raises
    ------
    TuringError
        For equal rates, or rates outside 0…1.

    References
    ----------
    .. [1] J. L. Fleiss, B. Levin, M. C. Paik, *Statistical Methods for Rates and Proportions*, 3rd
       ed., Wiley 2003, section 4.2, without continuity correction; R's ``power.prop.test`` agrees.

    Examples
    --------
    >>> trials_needed(0.5, 0.75, power=0.9)
    77
    """
    if not (0 < one < 1 and 0 < other < 1) or one == other:
        raise TuringError(f"rates {one!r} and {other!r}: give two different ones between 0 and 1")
    # In units of 1 / √n: how far chance may carry the observed difference from 0 if the rates are
    # equal, both their mean, which the test allows for …
    mean = (one + other) / 2
    slack = special.ndtri(0.975) * np.sqrt(2 * mean * (1 - mean))
    # … and how far below the true one it falls at most, with this power, as they are not.
    spread = special.ndtri(power) * np.sqrt(one * (1 - one) + other * (1 - other))
    return int(np.ceil(((slack + spread) / (one - other)) ** 2))
