"""How often colours occur, and how much more the rare ones should count."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from .encoding import SoftEncoding
from .grids import AXIS, axis_index, check_centres


def prior(photos: Iterable, encoding: SoftEncoding) -> np.ndarray:
    """The share of pixels whose nearest bin is each bin, in one pass over any number of photos.

    Parameters: ``photos``, an array or any iterable of ab arrays (..., 2) in CIELAB units; only one is held
    at a time; ``encoding``, whose bins are meant.
    Returns: float64 (Q,), sum 1. Raises: ValueError if there is no photo, or for bad ab.
    """
    count = np.zeros(len(encoding.centres), np.int64)
    for ab in _pieces(photos):
        count += np.bincount(encoding.nearest(ab).ravel(), minlength=len(count))
    return _share(count)


def axis_prior(photos: Iterable) -> np.ndarray:
    """The share of pixels in each of the 16 bins of a, and of b.

    Parameters: ``photos`` as in `prior`. Returns: float64 (2, 16), rows of sum 1. Raises: as `prior`.
    """
    count = np.zeros((2, len(AXIS)), np.int64)
    for ab in _pieces(photos):
        for row, index in zip(count, np.moveaxis(axis_index(ab), -1, 0), strict=True):
            row += np.bincount(index.ravel(), minlength=len(row))
    return _share(count)


def _pieces(photos: Iterable) -> Iterable:
    """An array, of photos or of pixels, a megapixel at a time; anything else as it comes."""
    if not isinstance(photos, np.ndarray) or photos.ndim < 2:
        return photos
    pixels = photos.reshape(-1, photos.shape[-1])
    return (pixels[at : at + 2**20] for at in range(0, len(pixels), 2**20))


def _share(count: np.ndarray) -> np.ndarray:
    if not count.any():
        raise ValueError("no photo to count colours in; pass at least one ab array")
    return count / count.sum(axis=-1, keepdims=True)


def smooth(prior, centres, sigma: float = 5.0) -> np.ndarray:
    """Spread each bin's share over its neighbours *in the ab plane*, as a Gaussian; nothing is lost.

    Neighbours in the list are no neighbours in the plane: where one run of b ends, the next begins far away.

    Parameters: ``prior`` (Q,); ``centres`` (Q, 2) and ``sigma``, in CIELAB units.
    Returns: float64 (Q,), of the same sum. Raises: ValueError for a prior that is none, or sigma that is not
    positive.
    """
    prior, centres = _check(prior), check_centres(centres).astype(np.float64)
    if prior.shape != (len(centres),):
        raise ValueError(f"the prior holds {prior.shape} bins, the list {len(centres)}")
    if not sigma > 0:
        raise ValueError(f"sigma must be positive, got {sigma}")
    kernel = np.exp(-((centres[:, None] - centres) ** 2).sum(axis=-1) / (2 * sigma**2))
    return kernel @ (prior / kernel.sum(axis=0))


def rebalancing_weights(prior, lam: float = 0.5) -> np.ndarray:
    """How much a pixel counts by its bin: the inverse of the prior, softened by a share λ of the uniform one.

    Parameters: ``prior`` (..., Q), smoothed as a rule; ``lam``, λ: 0 for the bare inverse, 1 for no
    rebalancing.
    Returns: float32 (..., Q), of mean 1 under the prior, so that the loss keeps its size.
    Raises: ValueError for λ outside 0…1, for a prior that is none, or where a bin is so empty that its weight
    is infinite.
    Source: Zhang, Isola, Efros, ECCV 2016, section 2.2: λ = ½.
    """
    if not 0 <= lam <= 1:
        raise ValueError(f"lam must lie in 0…1, got {lam}")
    prior = _check(prior)
    mixed = (1 - lam) * prior + lam / prior.shape[-1]
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        weights = 1 / mixed
        weights = (weights / (prior * weights).sum(axis=-1, keepdims=True)).astype(np.float32)
    if not np.isfinite(weights).all():
        raise ValueError(
            f"an empty bin weighs infinitely much at lam = {lam}, and {(prior < 1e-38).sum()} "
            f"of {prior.size} are empty; smooth the prior first, or take lam > 0"
        )
    return weights


def balanced_weights(prior) -> np.ndarray:
    """ "Balanced" class weights: the inverse of the prior; a bin that never occurs weighs nothing.

    Parameters: ``prior`` (..., Q). Returns: float32 (..., Q), of mean 1 under the prior. Raises: ValueError
    as above.
    Source: scikit-learn's ``class_weight="balanced"``: n / (classes · count).
    """
    prior = _check(prior)
    occurs = prior > 0
    return (occurs / np.where(occurs, prior, 1) / occurs.sum(axis=-1, keepdims=True)).astype(
        np.float32
    )


def _check(prior) -> np.ndarray:
    prior = np.asarray(prior, np.float64)
    if not (prior.ndim and (prior >= 0).all() and np.allclose(prior.sum(axis=-1), 1, atol=1e-4)):
        raise ValueError(
            f"a prior is shares ≥ 0 of sum 1, got shape {prior.shape}, sum {prior.sum():.4g}"
        )
    return prior
