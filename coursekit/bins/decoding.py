"""From scores on bins back to one colour a pixel: mode, mean, and the annealed mean between them.

All take logits; log-probabilities are logits too (``np.log(p)``), for softmax gives them back as p.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .grids import AXIS, check_centres


def mode(logits: ArrayLike, centres: ArrayLike) -> np.ndarray:
    """Take the centre of the likeliest bin: vivid, but it speckles where two bins are close.

    Parameters
    ----------
    logits : array_like of float, shape (..., Q)
        Scores of the bins.
    centres : array_like of float, shape (Q, 2)
        The bins, in CIELAB units.

    Returns
    -------
    ndarray of float32, shape (..., 2)
        Colours, ab in CIELAB units.

    Raises
    ------
    ValueError
        For NaN, or where the numbers of bins differ.
    """
    logits, centres = _check(logits, check_centres(centres))
    return centres[logits.argmax(axis=-1)]


def mean(logits: ArrayLike, centres: ArrayLike) -> np.ndarray:
    """Take the mean of the distribution: smooth, but grey where colours compete.

    Parameters
    ----------
    logits : array_like of float, shape (..., Q)
        Scores of the bins.
    centres : array_like of float, shape (Q, 2)
        The bins, in CIELAB units.

    Returns
    -------
    ndarray of float32, shape (..., 2)
        Colours, ab in CIELAB units.

    Raises
    ------
    ValueError
        As `annealed_mean`, whose result at T = 1 this is.
    """
    return annealed_mean(logits, centres, temperature=1)


def annealed_mean(logits: ArrayLike, centres: ArrayLike, temperature: float = 0.38) -> np.ndarray:
    """Take the mean of the sharpened distribution, the softmax of logits / T.

    T = 1 is the mean, T → 0 the mode; 0.38 is the value of [1]_, section 2.3.

    Parameters
    ----------
    logits : array_like of float, shape (..., Q)
        Scores of the bins.
    centres : array_like of float, shape (Q, 2)
        The bins, in CIELAB units.
    temperature : float
        T, above 0.

    Returns
    -------
    ndarray of float32, shape (..., 2)
        Colours, ab in CIELAB units.

    Raises
    ------
    ValueError
        For T ≤ 0, NaN, or where the numbers of bins differ.

    References
    ----------
    .. [1] R. Zhang, P. Isola, A. A. Efros, "Colorful Image Colorization", ECCV 2016.
       arXiv:1603.08511

    Examples
    --------
    Two bins, one three times as likely as the other:

    >>> import numpy as np
    >>> from coursekit import bins
    >>> logits, centres = np.log([0.75, 0.25]), [[0, 0], [40, 40]]
    >>> for T in (1, 0.38, 0.01):
    ...     print(T, bins.annealed_mean(logits, centres, T).round(1))
    1 [10. 10.]
    0.38 [2.1 2.1]
    0.01 [0. 0.]
    """
    check_temperature(temperature)
    logits, centres = _check(logits, check_centres(centres))
    return _softmax(logits / np.float32(temperature), axis=-1) @ centres


def axes_mode(logits: ArrayLike) -> np.ndarray:
    """Take the centres of the likeliest bin of a and of b, each axis by itself.

    Parameters
    ----------
    logits : array_like of float, shape (..., 32)
        Scores of the bins, 16 for a, then 16 for b.

    Returns
    -------
    ndarray of float32, shape (..., 2)
        Colours, ab in CIELAB units.

    Raises
    ------
    ValueError
        For NaN, or another number of channels.
    """
    return np.stack([AXIS[half.argmax(axis=-1)] for half in _halves(logits)], axis=-1)


def axes_annealed_mean(logits: ArrayLike, temperature: float = 0.38) -> np.ndarray:
    """Take the annealed mean on each axis by itself.

    Parameters
    ----------
    logits : array_like of float, shape (..., 32)
        Scores of the bins, 16 for a, then 16 for b.
    temperature : float
        T, above 0, as in `annealed_mean`.

    Returns
    -------
    ndarray of float32, shape (..., 2)
        Colours, ab in CIELAB units.

    Raises
    ------
    ValueError
        For T ≤ 0, NaN, or another number of channels.
    """
    check_temperature(temperature)
    sharpened = [_softmax(half / np.float32(temperature), axis=-1) for half in _halves(logits)]
    return np.stack(sharpened, axis=-2) @ AXIS


def check_temperature(temperature: float) -> None:
    """Refuse a temperature by which nothing can be divided.

    Parameters
    ----------
    temperature : float
        T, above 0 and finite.

    Raises
    ------
    ValueError
        For another.
    """
    if not 0 < temperature < float("inf"):
        raise ValueError(
            f"temperature must be positive, got {temperature}; for its limit at 0 take the mode"
        )


def _softmax(scores: np.ndarray, axis: int) -> np.ndarray:
    """Bring scores to probabilities; SciPy's would keep photos from being coloured without it."""
    powers = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


def _halves(logits: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    logits, _ = _check(logits, np.concatenate([AXIS, AXIS]))
    return logits[..., : len(AXIS)], logits[..., len(AXIS) :]


def _check(logits: ArrayLike, centres: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    logits = np.asarray(logits, np.float32)
    if logits.ndim == 0 or logits.shape[-1] != len(centres):
        raise ValueError(
            f"logits {logits.shape} need a last axis of {len(centres)}, one for each bin"
        )
    # The largest logit of a pixel is NaN or +∞ where any is, and −∞ where no bin is possible at
    # all: such a pixel has no softmax. Single bins of −∞, of probability 0, are welcome.
    if logits.size and not np.isfinite(logits.max(axis=-1)).all():
        raise ValueError(
            "a pixel's logits are NaN or infinite, or rule out every bin; did training diverge?"
        )
    return logits, centres
