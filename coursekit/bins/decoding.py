"""From scores on bins back to one colour a pixel: mode, mean, and the annealed mean between them.

All take logits; log-probabilities are logits too (``np.log(p)``), for softmax gives them back as p.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from .grids import AXIS, check_centres


def mode(logits, centres) -> np.ndarray:
    """The centre of the likeliest bin: vivid, but it speckles where two bins are close.

    Parameters: ``logits`` (..., Q); ``centres`` (Q, 2), CIELAB units. Returns: float32 (..., 2), CIELAB
    units.
    Raises: ValueError for NaN, or where the numbers of bins differ.
    """
    logits, centres = _check(logits, check_centres(centres))
    return centres[logits.argmax(axis=-1)]


def mean(logits, centres) -> np.ndarray:
    """The mean of the distribution: smooth, but grey where colours compete. As `annealed_mean` at T = 1."""
    return annealed_mean(logits, centres, temperature=1)


def annealed_mean(logits, centres, temperature: float = 0.38) -> np.ndarray:
    """The mean of the sharpened distribution: softmax of logits / T. T = 1 is the mean, T → 0 the mode.

    Parameters: ``logits`` (..., Q); ``centres`` (Q, 2), CIELAB units; ``temperature``, T > 0.
    Returns: float32 (..., 2), CIELAB units.
    Raises: ValueError for T ≤ 0, NaN, or where the numbers of bins differ.
    Source: Zhang, Isola, Efros, ECCV 2016, section 2.3: T = 0.38.
    """
    check_temperature(temperature)
    logits, centres = _check(logits, check_centres(centres))
    return special.softmax(logits / np.float32(temperature), axis=-1) @ centres


def axes_mode(logits) -> np.ndarray:
    """The centres of the likeliest bin of a and of b, each axis by itself.

    Parameters: ``logits`` (..., 32), 16 for a, then 16 for b. Returns: float32 (..., 2), CIELAB units.
    Raises: ValueError for NaN, or another number of channels.
    """
    return np.stack([AXIS[half.argmax(axis=-1)] for half in _halves(logits)], axis=-1)


def axes_annealed_mean(logits, temperature: float = 0.38) -> np.ndarray:
    """The annealed mean on each axis by itself. As `axes_mode`, and as `annealed_mean` in T."""
    check_temperature(temperature)
    sharpened = [
        special.softmax(half / np.float32(temperature), axis=-1) for half in _halves(logits)
    ]
    return np.stack(sharpened, axis=-2) @ AXIS


def check_temperature(temperature: float) -> None:
    if not 0 < temperature < float("inf"):
        raise ValueError(
            f"temperature must be positive, got {temperature}; for its limit at 0 take the mode"
        )


def _halves(logits) -> tuple[np.ndarray, np.ndarray]:
    logits, _ = _check(logits, np.concatenate([AXIS, AXIS]))
    return logits[..., : len(AXIS)], logits[..., len(AXIS) :]


def _check(logits, centres: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    logits = np.asarray(logits, np.float32)
    if logits.ndim == 0 or logits.shape[-1] != len(centres):
        raise ValueError(
            f"logits {logits.shape} need a last axis of {len(centres)}, one for each bin"
        )
    if (
        logits.size and not np.isfinite(logits.max(axis=-1)).all()
    ):  # NaN, +∞, or no bin possible at all
        raise ValueError(
            "a pixel's logits are NaN or infinite, or rule out every bin; did training diverge?"
        )
    return logits, centres
