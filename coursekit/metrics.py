"""How far a colorization is from the truth, and how colourful it is."""

from __future__ import annotations

import numpy as np

THRESHOLDS = np.arange(0, 151)


def _pair(true, predicted, channels: int) -> tuple[np.ndarray, np.ndarray]:
    true, predicted = np.asarray(true, np.float64), np.asarray(predicted, np.float64)
    if true.shape != predicted.shape or true.size == 0 or true.shape[-1] != channels:
        raise ValueError(f"need two arrays of one shape (..., {channels}), got {true.shape} and {predicted.shape}")
    return true, predicted


def rmse(ab_true, ab_predicted) -> float:
    """Root mean square error over both ab planes. Two (..., 2) arrays in CIELAB units; returns CIELAB units."""
    true, predicted = _pair(ab_true, ab_predicted, 2)
    return float(np.sqrt(np.mean((true - predicted) ** 2)))


def psnr(rgb_true, rgb_predicted) -> float:
    """Peak signal-to-noise ratio in decibels of two uint8 (..., 3) arrays; infinite where they are equal."""
    true, predicted = _pair(rgb_true, rgb_predicted, 3)
    error = np.mean((true - predicted) ** 2)
    return float(10 * np.log10(255**2 / error)) if error else float("inf")


def auc(ab_true, ab_predicted, weights=None) -> float:
    """Area under the curve of how many pixels are right, against how much error counts as right.

    A pixel is right at a threshold if its ab lies within that distance of the truth; thresholds 0, 1, … 150.

    Parameters: two (..., 2) arrays in CIELAB units; ``weights`` (...), how much each pixel counts (all the same if None).
    Returns: per cent, 0…100. Raises: ValueError for shapes that do not fit.
    Source: Zhang, Isola, Efros, "Colorful Image Colorization", ECCV 2016, section 3.1.
    """
    true, predicted = _pair(ab_true, ab_predicted, 2)
    distance = np.linalg.norm(true - predicted, axis=-1).ravel()
    weights = np.ones_like(distance) if weights is None else np.asarray(weights, np.float64).ravel()
    if weights.shape != distance.shape:
        raise ValueError(f"weights hold {weights.size} pixels, the photos {distance.size}")
    # A pixel of error d is right at every threshold from ceil(d) on.
    right_at = np.clip(len(THRESHOLDS) - np.ceil(distance), 0, None)
    return float(100 * np.average(right_at, weights=weights) / len(THRESHOLDS))


def colorfulness(rgb) -> np.ndarray:
    """How colourful people find a photo: 0 grey, 33 moderately, 59 quite, 109 extremely colourful.

    The two opponent axes keep their sign; taking absolute values first, as much copied code does, makes rocket()
    29 instead of 39.

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
