"""How far a colorization is from the truth, and how colourful it is."""

from __future__ import annotations

import numpy as np

from coursekit import bins, color

THRESHOLDS = np.arange(0, 151)


def _pair(true, predicted, channels: int) -> tuple[np.ndarray, np.ndarray]:
    true, predicted = np.asarray(true, np.float64), np.asarray(predicted, np.float64)
    if true.shape != predicted.shape or true.size == 0 or true.shape[-1] != channels:
        raise ValueError(
            f"need two arrays of shape (..., {channels}), got {true.shape}, {predicted.shape}"
        )
    return true, predicted


def rmse(ab_true, ab_predicted) -> float:
    """Root mean square error over both planes of two ab arrays (..., 2); all in CIELAB units."""
    true, predicted = _pair(ab_true, ab_predicted, 2)
    return float(np.sqrt(np.mean((true - predicted) ** 2)))


def psnr(rgb_true, rgb_predicted) -> float:
    """Peak signal-to-noise ratio in decibels of two uint8 (..., 3) arrays; infinite where they are equal."""
    true, predicted = _pair(rgb_true, rgb_predicted, 3)
    error = np.mean((true - predicted) ** 2)
    return float(10 * np.log10(255**2 / error)) if error else float("inf")


def right(ab_true, ab_predicted) -> np.ndarray:
    """The share of the thresholds 0, 1, … 150 at which each pixel is right: its ab lies within that distance.

    Parameters: two (..., 2) arrays in CIELAB units. Returns: float64 (...), 0…1; `auc` is its mean.
    Raises: ValueError for shapes that do not fit.
    """
    true, predicted = _pair(ab_true, ab_predicted, 2)
    # A pixel of error d is right at every threshold from ceil(d) on.
    passed = len(THRESHOLDS) - np.ceil(np.linalg.norm(true - predicted, axis=-1))
    return np.clip(passed, 0, None) / len(THRESHOLDS)


def auc(ab_true, ab_predicted, weights=None) -> float:
    """Area under the curve of how many pixels are right, against how much error counts as right.

    A pixel is right at a threshold if its ab lies within that distance of the truth; thresholds 0, 1, … 150.

    Parameters: two (..., 2) arrays in CIELAB units; ``weights`` (...), how much each pixel counts (all the
    same if None).
    Returns: per cent, 0…100. Raises: ValueError for shapes that do not fit.
    Source: Zhang, Isola, Efros, "Colorful Image Colorization", ECCV 2016, section 3.1.
    """
    share = right(ab_true, ab_predicted).ravel()
    weights = np.ones_like(share) if weights is None else np.asarray(weights, np.float64).ravel()
    if weights.shape != share.shape:
        raise ValueError(f"weights hold {weights.size} pixels, the photos {share.size}")
    return float(100 * np.average(share, weights=weights))


def rebalanced_auc(ab_true, ab_predicted, prior=None, centres=None) -> float:
    """`auc`, each pixel weighted by the inverse probability of its true bin: grey pixels stop deciding.

    Parameters: two (..., 2) arrays in CIELAB units; ``prior`` (Q,), the probability of each bin
    (`bins.prior`), None for that of the true pixels themselves, which makes every bin that occurs count the
    same; ``centres`` (Q, 2), by default the published 313 bins.
    Returns: per cent, 0…100.
    Raises: ValueError for shapes that do not fit, or a prior that holds a true colour for impossible.
    Source: Zhang, Isola, Efros, "Colorful Image Colorization", ECCV 2016, section 3.1.
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
    ab_true, ab_predicted, prior=None, centres=None, share: float = 0.1, within: float = 20.0
) -> float:
    """How many pixels of rare colour are predicted about right.

    Rare are the bins of the smallest probability that hold, together, no more than ``share`` of it; a pixel
    is rare if the bin of its true colour is, and recalled if the predicted ab lies within ``within`` of the
    truth.

    Parameters: ``ab_true``, ``ab_predicted``, ``prior`` and ``centres`` as in `rebalanced_auc`; ``share``
    between 0 and 1; ``within`` in CIELAB units.
    Returns: per cent of the rare pixels, 0…100.
    Raises: ValueError for shapes that do not fit, a share outside 0…1, or if no pixel is rare.
    """
    if not 0 < share < 1:
        raise ValueError(f"share must lie between 0 and 1, got {share}")
    true, predicted = _pair(ab_true, ab_predicted, 2)
    index, prior = _bins_of(true, prior, centres)
    order = np.argsort(prior, kind="stable")
    rare = np.zeros(len(prior), bool)
    rare[order] = np.cumsum(prior[order]) <= share * (1 + 1e-9)
    if not rare[index].any():
        raise ValueError(
            f"no pixel is among the rarest {share:.0%}; take more photos, or a larger share"
        )
    distance = np.linalg.norm(true - predicted, axis=-1)[rare[index]]
    return float(100 * np.mean(distance <= within))


def _bins_of(ab, prior, centres) -> tuple[np.ndarray, np.ndarray]:
    """The bin of each pixel, and the probability of each bin."""
    encoding = bins.SoftEncoding(centres, neighbours=1)
    index = encoding.nearest(ab)
    prior = bins.prior([ab], encoding) if prior is None else np.asarray(prior, np.float64)
    if prior.shape != (len(encoding.centres),) or not (prior >= 0).all():
        raise ValueError(
            f"the prior must be {len(encoding.centres)} probabilities, got shape {prior.shape}"
        )
    return index, prior


def colorfulness(rgb) -> np.ndarray:
    """How colourful people find a photo: 0 grey, 33 moderately, 59 quite, 109 extremely colourful.

    The two opponent axes keep their sign; taking absolute values first, as much copied code does, makes
    rocket() 29 instead of 39.

    Parameters: ``rgb`` uint8 (H, W, 3) or (N, H, W, 3). Returns: float, or float64 (N,).
    Source: Hasler and Süsstrunk, "Measuring colourfulness in natural images", SPIE 5007, 2003.
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


def colorfulness_difference(rgb_true, rgb_predicted) -> np.ndarray:
    """How much more colourful the prediction is than the truth; negative where it is duller.

    Parameters: two uint8 arrays (H, W, 3) or (N, H, W, 3). Returns: float, or float64 (N,), in units of
    `colorfulness`.
    Raises: ValueError for shapes that do not fit.
    """
    _pair(rgb_true, rgb_predicted, 3)
    return colorfulness(rgb_predicted) - colorfulness(rgb_true)


def mean_delta_e(rgb_true, rgb_predicted) -> float:
    """The mean CIEDE2000 colour difference of two uint8 (..., 3) arrays; about 1 is just noticeable."""
    true, predicted = np.asarray(rgb_true), np.asarray(rgb_predicted)
    _pair(true, predicted, 3)
    return float(np.mean(color.delta_e(color.rgb_to_lab(true), color.rgb_to_lab(predicted))))
