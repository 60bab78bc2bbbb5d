"""How often colours occur, and how much more the rare ones should count."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike

from .encoding import SoftEncoding
from .grids import AXIS, axis_index, check_centres

PIECE = 2**20  # pixels of an array that are counted at once


def prior(photos: Iterable[ArrayLike], encoding: SoftEncoding) -> np.ndarray:
    """Count the share of pixels whose nearest bin is each bin, in one pass over the photos.

    Parameters
    ----------
    photos : array_like or iterable of array_like, shape (..., 2)
        Their ab in CIELAB units; of an iterable, any number, only one is held at a time.
    encoding : SoftEncoding
        Whose bins are meant.

    Returns
    -------
    ndarray of float64, shape (Q,)
        Shares, of sum 1.

    Raises
    ------
    ValueError
        If there is no photo, or for bad ab.
    """
    count = np.zeros(len(encoding.centres), np.int64)
    for ab in _pieces(photos):
        count += np.bincount(encoding.nearest(ab).ravel(), minlength=len(count))
    return _share(count)


def axis_prior(photos: Iterable[ArrayLike]) -> np.ndarray:
    """Count the share of pixels in each of the 16 bins of a, and of b.

    Parameters
    ----------
    photos : array_like or iterable of array_like, shape (..., 2)
        As in `prior`.

    Returns
    -------
    ndarray of float64, shape (2, 16)
        Shares, each row of sum 1.

    Raises
    ------
    ValueError
        As `prior`.
    """
    count = np.zeros((2, len(AXIS)), np.int64)
    for ab in _pieces(photos):
        for row, index in zip(count, np.moveaxis(axis_index(ab), -1, 0), strict=True):
            row += np.bincount(index.ravel(), minlength=len(row))
    return _share(count)


def _pieces(photos: Iterable[ArrayLike]) -> Iterable[ArrayLike]:
    """Cut an array, of photos or of pixels, into pieces; leave anything else as it comes."""
    if not isinstance(photos, np.ndarray) or photos.ndim < 2:
        return photos
    pixels = photos.reshape(-1, photos.shape[-1])
    return (pixels[at : at + PIECE] for at in range(0, len(pixels), PIECE))


def _share(count: np.ndarray) -> np.ndarray:
    if not count.any():
        raise ValueError("no photo to count colours in; pass at least one ab array")
    return count / count.sum(axis=-1, keepdims=True)


def smooth(prior: ArrayLike, centres: ArrayLike, sigma: float = 5.0) -> np.ndarray:
    """Spread each bin's share over its neighbours *in the ab plane*, as a Gaussian.

    Nothing is lost. Neighbours in the list are no neighbours in the plane: where one run of b ends,
    the next begins far away.

    Parameters
    ----------
    prior : array_like of float, shape (Q,)
        Shares of the bins.
    centres : array_like of float, shape (Q, 2)
        The bins, in CIELAB units.
    sigma : float
        Of the Gaussian, in CIELAB units.

    Returns
    -------
    ndarray of float64, shape (Q,)
        Shares, of the same sum.

    Raises
    ------
    ValueError
        For a prior that is none, or sigma that is not positive.
    """
    prior, centres = _check(prior), check_centres(centres).astype(np.float64)
    if prior.shape != (len(centres),):
        raise ValueError(f"the prior holds {prior.shape} bins, the list {len(centres)}")
    if not sigma > 0:
        raise ValueError(f"sigma must be positive, got {sigma}")
    kernel = np.exp(-((centres[:, None] - centres) ** 2).sum(axis=-1) / (2 * sigma**2))
    # Each bin hands out all it has: divided by what it would give, not by what the taker would get,
    # which differs at the rim of the gamut and would lose shares there.
    return kernel @ (prior / kernel.sum(axis=0))


def rebalancing_weights(prior: ArrayLike, lam: float = 0.5) -> np.ndarray:
    """Weigh a pixel by its bin: the inverse of the prior, softened by a share λ of the uniform one.

    λ = ½ is the value of [1]_, section 2.2.

    Parameters
    ----------
    prior : array_like of float, shape (..., Q)
        Shares of the bins, smoothed as a rule.
    lam : float
        The share λ: 0 for the bare inverse, 1 for no rebalancing.

    Returns
    -------
    ndarray of float32, shape (..., Q)
        Weights, of mean 1 under the prior, so that the loss keeps its size.

    Raises
    ------
    ValueError
        For λ outside 0…1, for a prior that is none, or where a bin is so empty that its weight is
        infinite.

    References
    ----------
    .. [1] R. Zhang, P. Isola, A. A. Efros, "Colorful Image Colorization", ECCV 2016.
       arXiv:1603.08511

    Examples
    --------
    >>> from coursekit import bins
    >>> bins.rebalancing_weights([0.75, 0.25]).round(2)
    array([0.86, 1.43], dtype=float32)
    """
    if not 0 <= lam <= 1:
        raise ValueError(f"lam must lie in 0…1, got {lam}")
    prior = _check(prior)
    mixed = (1 - lam) * prior + lam / prior.shape[-1]
    # What divides by nothing is refused below, by a name that says what to do.
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        weights = 1 / mixed
        weights = (weights / (prior * weights).sum(axis=-1, keepdims=True)).astype(np.float32)
    if not np.isfinite(weights).all():
        raise ValueError(
            f"an empty bin weighs infinitely much at lam = {lam}, and {(prior < 1e-38).sum()} "
            f"of {prior.size} are empty; smooth the prior first, or take lam > 0"
        )
    return weights


def balanced_weights(prior: ArrayLike) -> np.ndarray:
    """Weigh a pixel by the inverse of the prior alone; a bin that never occurs weighs nothing.

    These are the weights that scikit-learn calls ``class_weight="balanced"``: n / (classes ·
    count).

    Parameters
    ----------
    prior : array_like of float, shape (..., Q)
        Shares of the bins.

    Returns
    -------
    ndarray of float32, shape (..., Q)
        Weights, of mean 1 under the prior.

    Raises
    ------
    ValueError
        For a prior that is none, or a share so small that its weight is infinite.
    """
    prior = _check(prior)
    occurs = prior > 0
    # Only bins that occur are classes; of the others not even the division may happen.
    with np.errstate(over="ignore"):
        weights = occurs / np.where(occurs, prior, 1) / occurs.sum(axis=-1, keepdims=True)
        weights = weights.astype(np.float32)
    if not np.isfinite(weights).all():
        raise ValueError(
            f"a bin of share {prior[occurs].min():.3g} weighs infinitely much; is it a prior of "
            "counted pixels? Else set shares below 1e-30 to 0"
        )
    return weights


def _check(prior: ArrayLike) -> np.ndarray:
    prior = np.asarray(prior, np.float64)
    if not (prior.ndim and (prior >= 0).all() and np.allclose(prior.sum(axis=-1), 1, atol=1e-4)):
        raise ValueError(
            f"a prior is shares ≥ 0 of sum 1, got shape {prior.shape}, sum {prior.sum():.4g}"
        )
    return prior
