"""Decoders as Keras layers: they make a network that scores bins into a colorizer, saved with it.

Colorizer(network, AnnealedMean(), size=64)
"""

from __future__ import annotations

from typing import Any

import keras
from keras import KerasTensor, ops
from numpy.typing import ArrayLike

from .decoding import check_temperature
from .grids import AXIS, check_centres, published


class _Decoder(keras.layers.Layer):
    """From logits (N, h, w, Q) to ab (N, h, w, 2)."""

    def __init__(self, **kwargs: Any):
        # Whatever the policy: half precision would round ab to whole units.
        super().__init__(**{**kwargs, "dtype": "float32"})

    def _decode(self, logits: KerasTensor) -> KerasTensor:
        raise NotImplementedError

    def call(self, logits: KerasTensor) -> KerasTensor:
        return self._decode(logits)


class _JointDecoder(_Decoder):
    """A decoder with a list of bins."""

    def __init__(self, centres: ArrayLike | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.centres = check_centres(published() if centres is None else centres)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        _check_channels(input_shape, len(self.centres))
        super().build(input_shape)

    def get_config(self) -> dict:
        return {**super().get_config(), "centres": self.centres.tolist()}


@keras.saving.register_keras_serializable(package="coursekit")
class AnnealedMean(_JointDecoder):
    """Decode as `bins.annealed_mean` does.

    Takes logits (N, h, w, Q), gives ab float32 (N, h, w, 2) in CIELAB units.

    Parameters
    ----------
    centres : array_like of float, shape (Q, 2), optional
        The bins, in CIELAB units; by default the published 313.
    temperature : float
        T, above 0; 1 for the mean.
    **kwargs : Any
        As for any layer of Keras.

    Attributes
    ----------
    centres : ndarray of float32, shape (Q, 2)
        The bins, in CIELAB units.
    temperature : float
        T.

    Raises
    ------
    ValueError
        For T ≤ 0, bins outside the plane, or another number of channels than bins.
    """

    def __init__(self, centres: ArrayLike | None = None, temperature: float = 0.38, **kwargs: Any):
        check_temperature(temperature)
        super().__init__(centres, **kwargs)
        self.temperature = float(temperature)

    def _decode(self, logits: KerasTensor) -> KerasTensor:
        return ops.matmul(ops.softmax(logits / self.temperature), self.centres)

    def get_config(self) -> dict:
        """Tell Keras what the layer is made of."""
        return {**super().get_config(), "temperature": self.temperature}


@keras.saving.register_keras_serializable(package="coursekit")
class Mode(_JointDecoder):
    """Decode as `bins.mode` does: the centre of each pixel's likeliest bin.

    Otherwise as `AnnealedMean`, with the same ``centres``.

    Attributes
    ----------
    centres : ndarray of float32, shape (Q, 2)
        The bins, in CIELAB units.
    """

    def _decode(self, logits: KerasTensor) -> KerasTensor:
        return ops.take(ops.convert_to_tensor(self.centres), ops.argmax(logits, axis=-1), axis=0)


@keras.saving.register_keras_serializable(package="coursekit")
class Axes(_Decoder):
    """Decode two axes of 16 bins, as `bins.axes_mode` or `bins.axes_annealed_mean` does.

    Takes logits (N, h, w, 32), 16 for a, then 16 for b, gives ab float32 (N, h, w, 2) in CIELAB
    units.

    Parameters
    ----------
    temperature : float, optional
        T, above 0, of the annealed mean; by default the mode.
    **kwargs : Any
        As for any layer of Keras.

    Attributes
    ----------
    temperature : float or None
        T.

    Raises
    ------
    ValueError
        For T ≤ 0, or other than 32 channels.
    """

    def __init__(self, temperature: float | None = None, **kwargs: Any):
        if temperature is not None:
            check_temperature(temperature)
        super().__init__(**kwargs)
        self.temperature = temperature

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Refuse a network with other than 32 channels."""
        _check_channels(input_shape, 2 * len(AXIS))
        super().build(input_shape)

    def _decode(self, logits: KerasTensor) -> KerasTensor:
        logits = ops.reshape(logits, (*ops.shape(logits)[:-1], 2, len(AXIS)))
        if self.temperature is None:
            return ops.take(ops.convert_to_tensor(AXIS), ops.argmax(logits, axis=-1))
        return ops.matmul(ops.softmax(logits / self.temperature), AXIS)

    def get_config(self) -> dict:
        """Tell Keras what the layer is made of."""
        return {**super().get_config(), "temperature": self.temperature}


def _check_channels(shape: tuple[int | None, ...], bins: int) -> None:
    if shape[-1] != bins:
        raise ValueError(
            f"the network gives {shape[-1]} channels, the decoder wants {bins}; they must agree"
        )
