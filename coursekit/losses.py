"""Keras losses that take plain ab, in CIELAB units, as their target; no one-hot is ever built."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import KerasTensor, ops
from numpy.typing import ArrayLike

from coursekit.bins import AXIS, REACH, SoftEncoding
from coursekit.bins.encoding import side


@keras.saving.register_keras_serializable(package="coursekit")
class SoftCrossEntropy(keras.losses.Loss):
    """Cross-entropy of predicted scores with the soft encoding of ab, rebalanced by weights.

    The K bins of a pixel are read from a table inside the loss, and only their K scores are
    gathered. The encoding and the weights are those of [1]_, section 2.2.

    ``y_true`` is ab float32 (N, H, W, 2) in CIELAB units, *not* divided by 128; a NaN in it gives a
    NaN loss, and what lies beyond sRGB counts as the nearest colour of the table. ``y_pred`` are
    logits (N, h, w, Q), without softmax. Where h < H, the network predicts one colour for a block
    of pixels: the target is the pixel at the block's centre (of the four there, the lower right),
    not the block's mean, which would be a mixture that the photo does not hold.

    Parameters
    ----------
    centres : array_like of float, shape (Q, 2), optional
        The bins, in CIELAB units; by default the published 313.
    neighbours : int
        As in `bins.SoftEncoding`.
    sigma : float
        As in `bins.SoftEncoding`.
    weights : array_like of float, shape (Q,), optional
        What a pixel counts by its nearest bin (`bins.rebalancing_weights`); by default all the
        same.
    step : float
        As in `bins.SoftEncoding`.
    name : str
        As in Keras.
    **kwargs : Any
        As for any loss of Keras.

    Attributes
    ----------
    encoding : SoftEncoding
        The bins and their table.
    weights : ndarray of float32, shape (Q,), or None
        As given.

    Raises
    ------
    ValueError
        For bad parameters, another number of channels than bins, or sizes of which one does not
        divide the other.

    References
    ----------
    .. [1] R. Zhang, P. Isola, A. A. Efros, "Colorful Image Colorization", ECCV 2016.
       arXiv:1603.08511
    """

    def __init__(
        self,
        centres: ArrayLike | None = None,
        neighbours: int = 5,
        sigma: float = 5.0,
        weights: ArrayLike | None = None,
        step: float = 0.5,
        name: str = "soft_cross_entropy",
        **kwargs: Any,
    ):
        super().__init__(name=name, **kwargs)
        self.encoding = SoftEncoding(centres, neighbours, sigma, step)
        self.weights = _check_weights(weights, (len(self.encoding.centres),))

    def call(self, y_true: KerasTensor, y_pred: KerasTensor) -> KerasTensor:
        """Compute the loss of each predicted pixel, (N, h, w)."""
        encoding = self.encoding
        if y_pred.shape[-1] != len(encoding.centres):
            raise ValueError(
                f"the network gives {y_pred.shape[-1]} channels, "
                f"the loss has {len(encoding.centres)} bins; they must agree"
            )
        ab = _at_size(y_true, y_pred)
        # The row of the table, as SoftEncoding finds it: rounded, and a by a. A compiled loss
        # cannot raise on a value, so what lies beyond the table is clipped, and what is NaN becomes
        # 0, to be put back at the end.
        inside = ops.clip(ops.nan_to_num(ab), -REACH, REACH)
        cell = ops.cast((inside + REACH) / encoding.step + 0.5, "int32")
        row = cell[..., 0] * side(encoding.step) + cell[..., 1]
        indices = ops.take(ops.convert_to_tensor(encoding.indices), row, axis=0)
        shares = ops.take(ops.convert_to_tensor(encoding.weights), row, axis=0)
        # −Σ share · log softmax: the shares sum to 1, so the softmax's denominator stands once, and
        # of all Q logits only the K that have a share are multiplied.
        loss = ops.logsumexp(y_pred, axis=-1) - ops.sum(shares * _scores(y_pred, indices), axis=-1)
        if self.weights is not None:
            loss = loss * ops.take(ops.convert_to_tensor(self.weights), indices[..., 0])
        return loss + _nan_where_nan(ab)

    def get_config(self) -> dict:
        """Tell Keras what the loss is made of."""
        encoding = self.encoding
        return {
            **super().get_config(),
            "centres": encoding.centres.tolist(),
            "neighbours": encoding.neighbours,
            "sigma": encoding.sigma,
            "step": encoding.step,
            "weights": None if self.weights is None else self.weights.tolist(),
        }


@keras.saving.register_keras_serializable(package="coursekit")
class AxesCrossEntropy(keras.losses.Loss):
    """The sum of two cross-entropies, over 16 bins of a and 16 of b, each with its own softmax.

    ``y_true`` is ab float32 (N, H, W, 2) in CIELAB units, ``y_pred`` are logits (N, h, w, 32), 16
    for a, then 16 for b. NaN, colours beyond sRGB and smaller predictions are treated as in
    `SoftCrossEntropy`.

    Parameters
    ----------
    weights : array_like of float, shape (2, 16), optional
        What a pixel counts in a's and in b's part by its bin there
        (`bins.balanced_weights(bins.axis_prior(photos))`); by default all the same.
    name : str
        As in Keras.
    **kwargs : Any
        As for any loss of Keras.

    Attributes
    ----------
    weights : ndarray of float32, shape (2, 16), or None
        As given.

    Raises
    ------
    ValueError
        For other weights, or sizes that do not fit.
    """

    def __init__(
        self, weights: ArrayLike | None = None, name: str = "axes_cross_entropy", **kwargs: Any
    ):
        super().__init__(name=name, **kwargs)
        self.weights = _check_weights(weights, (2, len(AXIS)))

    def call(self, y_true: KerasTensor, y_pred: KerasTensor) -> KerasTensor:
        """Compute the loss of each predicted pixel, (N, h, w)."""
        if y_pred.shape[-1] != 2 * len(AXIS):
            raise ValueError(
                f"the network gives {y_pred.shape[-1]} channels, two axes have {2 * len(AXIS)}"
            )
        ab = _at_size(y_true, y_pred)
        # As bins.axis_index, but clipped where that refuses; the half keeps the last bin the last.
        index = ops.cast(ops.clip((ops.nan_to_num(ab) + 128) / 16, 0, len(AXIS) - 0.5), "int32")
        logits = ops.reshape(y_pred, (*ops.shape(y_pred)[:-1], 2, len(AXIS)))
        loss = ops.logsumexp(logits, axis=-1) - _scores(logits, index[..., None])[..., 0]
        if self.weights is not None:
            # One flat list, b's weights behind a's.
            both = ops.convert_to_tensor(self.weights.ravel())
            first = ops.convert_to_tensor([0, len(AXIS)], dtype="int32")
            loss = loss * ops.take(both, index + first)
        return ops.sum(loss, axis=-1) + _nan_where_nan(ab)

    def get_config(self) -> dict:
        """Tell Keras what the loss is made of."""
        return {
            **super().get_config(),
            "weights": None if self.weights is None else self.weights.tolist(),
        }


def _at_size(y_true: KerasTensor, y_pred: KerasTensor) -> KerasTensor:
    """Take the pixels of y_true at the centres of the blocks that y_pred predicts."""
    ab = y_true
    for axis in (1, 2):
        large, small = ops.shape(y_true)[axis], ops.shape(y_pred)[axis]
        # While a graph is built a size may be a tensor, of which nothing is known yet.
        if isinstance(large, int) and isinstance(small, int) and (large < small or large % small):
            raise ValueError(
                f"target {tuple(y_true.shape)}, prediction {tuple(y_pred.shape)}: "
                "each side of the prediction must divide that of the target"
            )
        stride = large // small
        ab = ab[:, stride // 2 :: stride] if axis == 1 else ab[:, :, stride // 2 :: stride]
    return ab


def _scores(logits: KerasTensor, indices: KerasTensor) -> KerasTensor:
    """Gather the logits of these bins, as take_along_axis does.

    From one flat list, because the gradient of that is four times as fast on a CPU.
    """
    pixels = ops.reshape(indices, (-1, indices.shape[-1]))
    # Where each pixel's logits begin in the list.
    first = ops.arange(ops.shape(pixels)[0], dtype="int32")[:, None] * logits.shape[-1]
    return ops.reshape(ops.take(ops.reshape(logits, (-1,)), pixels + first), ops.shape(indices))


def _nan_where_nan(ab: KerasTensor) -> KerasTensor:
    """Give zero, or NaN where ab is NaN or infinite: as an index it would pass for a colour."""
    return 0 * ops.sum(ab, axis=-1)


def _check_weights(weights: ArrayLike | None, shape: tuple[int, ...]) -> np.ndarray | None:
    if weights is None:
        return None
    weights = np.asarray(weights, np.float32)
    if weights.shape != shape or not np.isfinite(weights).all() or (weights < 0).any():
        raise ValueError(
            f"weights must be finite numbers ≥ 0 of shape {shape}, got shape {weights.shape}"
        )
    return weights
