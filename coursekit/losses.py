"""Keras losses that take plain ab, in CIELAB units, as their target; no one-hot of all bins is ever built."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from coursekit.bins import AXIS, REACH, SoftEncoding
from coursekit.bins.encoding import side


@keras.saving.register_keras_serializable(package="coursekit")
class SoftCrossEntropy(keras.losses.Loss):
    """Cross-entropy between the soft encoding of ab and predicted scores, rebalanced if weights are given.

    The K bins of a pixel are read from a table inside the loss, and only their K scores are gathered.

    ``y_true``: ab float32 (N, H, W, 2) in CIELAB units, *not* divided by 128; a NaN in it gives a NaN loss,
    and what lies beyond sRGB counts as the nearest colour of the table.
    ``y_pred``: logits (N, h, w, Q), without softmax. Where h < H, the network predicts one colour for a block
    of pixels: the target is the pixel at the block's centre (of the four there, the lower right), not the
    block's mean, which would be a mixture that the photo does not hold.

    Parameters: ``centres`` (Q, 2), by default the published 313; ``neighbours``, ``sigma`` and ``step`` as in
    `bins.SoftEncoding`; ``weights`` (Q,), what a pixel counts by its nearest bin
    (`bins.rebalancing_weights`), None for all the same; ``reduction`` and ``name`` as in Keras.
    Raises: ValueError for bad parameters, another number of channels than bins, or sizes of which one does
    not divide the other.
    Source: Zhang, Isola, Efros, "Colorful Image Colorization", ECCV 2016, section 2.2.
    """

    def __init__(
        self,
        centres=None,
        neighbours: int = 5,
        sigma: float = 5.0,
        weights=None,
        step: float = 0.5,
        name: str = "soft_cross_entropy",
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        self.encoding = SoftEncoding(centres, neighbours, sigma, step)
        self.weights = (
            None if weights is None else _check_weights(weights, (len(self.encoding.centres),))
        )

    def call(self, y_true, y_pred):
        encoding = self.encoding
        if y_pred.shape[-1] != len(encoding.centres):
            raise ValueError(
                f"the network gives {y_pred.shape[-1]} channels, "
                f"the loss has {len(encoding.centres)} bins; they must agree"
            )
        ab = _at_size(y_true, y_pred)
        # The row of the table, as SoftEncoding finds it; a loss cannot raise on a value, so ab is clipped.
        inside = ops.clip(ops.nan_to_num(ab), -REACH, REACH)
        cell = ops.cast((inside + REACH) / encoding.step + 0.5, "int32")
        row = cell[..., 0] * side(encoding.step) + cell[..., 1]
        indices = ops.take(ops.convert_to_tensor(encoding.indices), row, axis=0)
        shares = ops.take(ops.convert_to_tensor(encoding.weights), row, axis=0)
        loss = ops.logsumexp(y_pred, axis=-1) - ops.sum(shares * _scores(y_pred, indices), axis=-1)
        if self.weights is not None:
            loss = loss * ops.take(ops.convert_to_tensor(self.weights), indices[..., 0])
        return loss + _nan_where_nan(ab)

    def get_config(self):
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
    """The sum of two cross-entropies, over 16 bins of a and 16 bins of b, each with its own softmax.

    ``y_true``: ab float32 (N, H, W, 2) in CIELAB units. ``y_pred``: logits (N, h, w, 32), 16 for a, then 16
    for b. NaN, colours beyond sRGB and smaller predictions are treated as in `SoftCrossEntropy`.

    Parameters: ``weights`` (2, 16), what a pixel counts in a's and in b's part by its bin there
    (`bins.balanced_weights(bins.axis_prior(photos))`), None for all the same.
    Raises: ValueError for other weights, or sizes that do not fit.
    """

    def __init__(self, weights=None, name: str = "axes_cross_entropy", **kwargs):
        super().__init__(name=name, **kwargs)
        self.weights = None if weights is None else _check_weights(weights, (2, len(AXIS)))

    def call(self, y_true, y_pred):
        if y_pred.shape[-1] != 2 * len(AXIS):
            raise ValueError(
                f"the network gives {y_pred.shape[-1]} channels, two axes have {2 * len(AXIS)}"
            )
        ab = _at_size(y_true, y_pred)
        index = ops.cast(ops.clip((ops.nan_to_num(ab) + 128) / 16, 0, len(AXIS) - 0.5), "int32")
        logits = ops.reshape(y_pred, (*ops.shape(y_pred)[:-1], 2, len(AXIS)))
        loss = ops.logsumexp(logits, axis=-1) - _scores(logits, index[..., None])[..., 0]
        if self.weights is not None:
            both = ops.convert_to_tensor(self.weights.ravel())
            loss = loss * ops.take(
                both, index + ops.convert_to_tensor([0, len(AXIS)], dtype="int32")
            )
        return ops.sum(loss, axis=-1) + _nan_where_nan(ab)

    def get_config(self):
        return {
            **super().get_config(),
            "weights": None if self.weights is None else self.weights.tolist(),
        }


def _at_size(y_true, y_pred):
    """The pixels of y_true at the centres of the blocks that y_pred predicts."""
    ab = y_true
    for axis in (1, 2):
        large, small = ops.shape(y_true)[axis], ops.shape(y_pred)[axis]
        if isinstance(large, int) and isinstance(small, int) and (large < small or large % small):
            raise ValueError(
                f"target {tuple(y_true.shape)}, prediction {tuple(y_pred.shape)}: "
                "each side of the prediction must divide that of the target"
            )
        stride = large // small
        ab = ab[:, stride // 2 :: stride] if axis == 1 else ab[:, :, stride // 2 :: stride]
    return ab


def _scores(logits, indices):
    """The logits of these bins: take_along_axis from one flat list, whose gradient is four times as fast on a CPU."""
    pixels = ops.reshape(indices, (-1, indices.shape[-1]))
    first = ops.arange(ops.shape(pixels)[0], dtype="int32")[:, None] * logits.shape[-1]
    return ops.reshape(ops.take(ops.reshape(logits, (-1,)), pixels + first), ops.shape(indices))


def _nan_where_nan(ab):
    """Zero, or NaN where ab is NaN or infinite: as an index it would pass for a colour."""
    return 0 * ops.sum(ab, axis=-1)


def _check_weights(weights, shape: tuple[int, ...]) -> np.ndarray:
    weights = np.asarray(weights, np.float32)
    if weights.shape != shape or not np.isfinite(weights).all() or (weights < 0).any():
        raise ValueError(
            f"weights must be finite numbers ≥ 0 of shape {shape}, got shape {weights.shape}"
        )
    return weights
