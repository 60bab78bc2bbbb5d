"""The measures one by one: functions of the true and the predicted colours."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from coursekit import bins, color

THRESHOLDS = np.arange(0, 151)
RARE_SHARE = 0.1  # of all pixels, at most, lie in the rare bins
RECALLED_WITHIN = 20.0  # CIELAB units


def rmse(ab_true: ArrayLike, ab_predicted: ArrayLike) -> float:
    """Compute the root mean square error over both planes of ab.

    Parameters
    ----------
    ab_true, ab_predicted : array_like of float, shape (..., 2)
        Colours in CIELAB units.

    Returns
    -------
    float
        The error in CIELAB units.

    Raises
    ------
    ValueError
        For shapes that do not fit.
    """
    true, predicted = _pair(ab_true, ab_predicted, 2)
    return float(np.sqrt(np.mean((true - predicted) ** 2)))


def psnr(rgb_true: ArrayLike, rgb_predicted: ArrayLike) -> float:
    """Compute the peak signal-to-noise ratio.

    Parameters
    ----------
    rgb_true, rgb_predicted : array_like of uint8, shape (..., 3)
        Photos.

    Returns
    -------
    float
        The ratio in decibels, of all pixels together; infinite where the photos are equal.

    Raises
    ------
    ValueError
        For shapes that do not fit.
    """
    true, predicted = _pair(rgb_true, rgb_predicted, 3)
    error = np.mean((true - predicted) ** 2)
    return float(10 * np.log10(255**2 / error)) if error else float("inf")


def pixel_auc(ab_true: ArrayLike, ab_predicted: ArrayLike) -> np.ndarray:
    """Compute the area under the curve of each pixel, whose mean is `auc`.

    A single pixel's curve is a step, from wrong to right, at the distance of its ab from the truth.
    The area is the share of the thresholds 0, 1, … 150 that are no smaller.

    Parameters
    ----------
    ab_true, ab_predicted : array_like of float, shape (..., 2)
        Colours in CIELAB units.

    Returns
    -------
    ndarray of float64, shape (...)
        Per cent, 0…100.

    Raises
    ------
    ValueError
        For shapes that do not fit.
    """
    true, predicted = _pair(ab_true, ab_predicted, 2)
    # A pixel of error d is right at every threshold from ceil(d) on.
    passed = len(THRESHOLDS) - np.ceil(np.linalg.norm(true - predicted, axis=-1))
    return 100 * np.clip(passed, 0, None) / len(THRESHOLDS)


def auc(ab_true: ArrayLike, ab_predicted: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Compute the area under the curve of how many pixels are right, over how near is right.

    A pixel is right at a threshold if its ab lies within that distance of the truth; the thresholds
    are 0, 1, … 150, as in [1]_, section 3.1.

    Parameters
    ----------
    ab_true, ab_predicted : array_like of float, shape (..., 2)
        Colours in CIELAB units.
    weights : array_like of float, shape (...), optional
        How much each pixel counts; by default all count the same.

    Returns
    -------
    float
        Per cent, 0…100.

    Raises
    ------
    ValueError
        For shapes that do not fit.

    References
    ----------
    .. [1] R. Zhang, P. Isola, A. A. Efros, "Colorful Image Colorization", ECCV 2016.
       arXiv:1603.08511
    """
    each = pixel_auc(ab_true, ab_predicted).ravel()
    weights = np.ones_like(each) if weights is None else np.asarray(weights, np.float64).ravel()
    if weights.shape != each.shape:
        raise ValueError(f"weights hold {weights.size} pixels, the photos {each.size}")
    return float(np.average(each, weights=weights))


def rebalanced_auc(
    ab_true: ArrayLike,
    ab_predicted: ArrayLike,
    prior: ArrayLike | None = None,
    centres: ArrayLike | None = None,
) -> float:
    """Compute `auc` with each pixel weighted by the inverse probability of its true bin.

    So the many pixels that are nearly grey no longer decide; see [1]_, section 3.1.

    Parameters
    ----------
    ab_true, ab_predicted : array_like of float, shape (..., 2)
        Colours in CIELAB units.
    prior : array_like of float, shape (Q,), optional
        The probability of each bin (`bins.prior`); by default that of the true pixels themselves,
        which makes every bin that occurs count the same.
    centres : array_like of float, shape (Q, 2), optional
        The bins, in CIELAB units; by default the published 313.

    Returns
    -------
    float
        Per cent, 0…100.

    Raises
    ------
    ValueError
        For shapes that do not fit, or a prior that holds a true colour for impossible.

    References
    ----------
    .. [1] R. Zhang, P. Isola, A. A. Efros, "Colorful Image Colorization", ECCV 2016.
       arXiv:1603.08511
    """
    true, predicted = _pair(ab_true, ab_predicted, 2)
    index, prior = _bins_of(true, prior, centres)
    if (prior[index] == 0).any():
        raise ValueError(
            f"{np.mean(prior[index] == 0):.1%} of the pixels lie in bins of prior 0, so weigh "
            "infinitely much; smooth the prior (bins.smooth), or count it on more photos"
        )
    return auc(true, predicted, weights=1 / prior[index])


def rare_recall(
    ab_true: ArrayLike,
    ab_predicted: ArrayLike,
    prior: ArrayLike | None = None,
    centres: ArrayLike | None = None,
    share: float = RARE_SHARE,
    within: float = RECALLED_WITHIN,
) -> float:
    """Compute how many pixels of rare colour are predicted about right.

    Rare are the bins of the smallest probability that hold, together, no more than ``share`` of it;
    a pixel is rare if the bin of its true colour is.

    Parameters
    ----------
    ab_true, ab_predicted : array_like of float, shape (..., 2)
        Colours in CIELAB units.
    prior : array_like of float, shape (Q,), optional
        The probability of each bin (`bins.prior`); by default that of the true pixels themselves.
    centres : array_like of float, shape (Q, 2), optional
        The bins, in CIELAB units; by default the published 313.
    share : float
        Between 0 and 1.
    within : float
        A pixel is recalled if the predicted ab lies so near the truth, in CIELAB units.

    Returns
    -------
    float
        Per cent of the rare pixels, 0…100.

    Raises
    ------
    ValueError
        For shapes that do not fit, a share outside 0…1, or if no pixel is rare.
    """
    true, predicted = _pair(ab_true, ab_predicted, 2)
    index, prior = _bins_of(true, prior, centres)
    rare = rare_bins(prior, share)
    if not rare[index].any():
        raise ValueError(
            f"no pixel is among the rarest {share:.0%}; take more photos, or a larger share"
        )
    distance = np.linalg.norm(true - predicted, axis=-1)[rare[index]]
    return float(100 * np.mean(distance <= within))


def rare_bins(prior: ArrayLike, share: float = RARE_SHARE) -> np.ndarray:
    """Find the bins of the smallest probability that hold, together, no more than a share.

    Parameters
    ----------
    prior : array_like of float, shape (Q,)
        The probability of each bin.
    share : float
        Between 0 and 1.

    Returns
    -------
    ndarray of bool, shape (Q,)
        Whether a bin is rare.

    Raises
    ------
    ValueError
        For a share outside 0…1.
    """
    if not 0 < share < 1:
        raise ValueError(f"share must lie between 0 and 1, got {share}")
    prior = np.asarray(prior, np.float64)
    order = np.argsort(prior, kind="stable")
    rare = np.zeros(len(prior), bool)
    # The slack lets in a bin whose sum is ``share`` but for the rounding of floats.
    rare[order] = np.cumsum(prior[order]) <= share * (1 + 1e-9)
    return rare


def colorfulness(rgb: ArrayLike) -> float | np.ndarray:
    """Compute how colourful people find a photo.

    0 is grey, 33 moderately, 59 quite, 109 extremely colourful [1]_. The two opponent axes keep
    their sign; taking absolute values first, as much copied code does, makes rocket() 29, not 39.

    Parameters
    ----------
    rgb : array_like of uint8, shape (H, W, 3) or (N, H, W, 3)
        A photo or several.

    Returns
    -------
    float or ndarray of float64, shape (N,)
        The colorfulness of each photo.

    Raises
    ------
    ValueError
        For another shape.

    References
    ----------
    .. [1] D. Hasler, S. E. Süsstrunk, "Measuring colorfulness in natural images", Human Vision and
       Electronic Imaging VIII, SPIE 5007, 2003. doi:10.1117/12.477378
    """
    rgb = np.asarray(rgb)
    if rgb.ndim not in (3, 4) or rgb.shape[-1] != 3:
        raise ValueError(f"rgb must be (H, W, 3) or (N, H, W, 3), got {rgb.shape}")
    r, g, b = np.moveaxis(rgb.astype(np.float64), -1, 0)
    axes = np.stack([r - g, (r + g) / 2 - b])
    spread = np.sqrt(axes.var(axis=(-1, -2)).sum(axis=0))
    offset = np.sqrt((axes.mean(axis=(-1, -2)) ** 2).sum(axis=0))
    value = spread + 0.3 * offset
    return float(value) if rgb.ndim == 3 else value


def mean_delta_e(rgb_true: ArrayLike, rgb_predicted: ArrayLike) -> float:
    """Compute the mean CIEDE2000 colour difference; about 1 is just noticeable.

    Parameters
    ----------
    rgb_true, rgb_predicted : array_like of uint8, shape (..., 3)
        Photos.

    Returns
    -------
    float
        The mean over all pixels, ΔE.

    Raises
    ------
    ValueError
        For shapes that do not fit.
    """
    _pair(rgb_true, rgb_predicted, 3)
    return float(
        np.mean(color.delta_e(color.rgb_to_lab(rgb_true), color.rgb_to_lab(rgb_predicted)))
    )


def _pair(true: ArrayLike, predicted: ArrayLike, channels: int) -> tuple[np.ndarray, np.ndarray]:
    true, predicted = np.asarray(true, np.float64), np.asarray(predicted, np.float64)
    if true.shape != predicted.shape or true.size == 0 or true.shape[-1] != channels:
        raise ValueError(
            f"need two arrays of shape (..., {channels}), got {true.shape}, {predicted.shape}"
        )
    return true, predicted


def _bins_of(
    ab: np.ndarray, prior: ArrayLike | None, centres: ArrayLike | None
) -> tuple[np.ndarray, np.ndarray]:
    """Find the bin of each pixel, and the probability of each bin."""
    encoding = bins.SoftEncoding(centres, neighbours=1)
    index = encoding.nearest(ab)
    prior = bins.prior([ab], encoding) if prior is None else np.asarray(prior, np.float64)
    if prior.shape != (len(encoding.centres),) or not (prior >= 0).all():
        raise ValueError(
            f"the prior must be {len(encoding.centres)} probabilities, got shape {prior.shape}"
        )
    return index, prior
