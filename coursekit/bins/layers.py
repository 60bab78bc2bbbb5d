"""Decoders as Keras layers: they make a network that scores bins into a colorizer, and are saved with it.

Colorizer(network, AnnealedMean(), size=64)
"""

from __future__ import annotations

import keras
from keras import ops

from .decoding import check_temperature
from .grids import AXIS, check_centres, published


class _Decoder(keras.layers.Layer):
    """From logits (N, h, w, Q) to ab (N, h, w, 2)."""

    def decode(self, logits):
        raise NotImplementedError

    def call(self, logits):
        return self.decode(
            ops.cast(logits, "float32")
        )  # half precision would round ab to whole units


class _JointDecoder(_Decoder):
    """A decoder with a list of bins."""

    def __init__(self, centres=None, **kwargs):
        super().__init__(**kwargs)
        self.centres = check_centres(published() if centres is None else centres)

    def build(self, input_shape):
        _check_channels(input_shape, len(self.centres))
        super().build(input_shape)

    def get_config(self):
        return {**super().get_config(), "centres": self.centres.tolist()}


@keras.saving.register_keras_serializable(package="coursekit")
class AnnealedMean(_JointDecoder):
    """`bins.annealed_mean` as a layer.

    Parameters: ``centres`` (Q, 2) in CIELAB units, by default the published 313; ``temperature``, T > 0: 1
    for the mean. Takes logits (N, h, w, Q), gives ab float32 (N, h, w, 2) in CIELAB units.
    Raises: ValueError for T ≤ 0, bins outside the plane, or another number of channels than bins.
    """

    def __init__(self, centres=None, temperature: float = 0.38, **kwargs):
        check_temperature(temperature)
        super().__init__(centres, **kwargs)
        self.temperature = float(temperature)

    def decode(self, logits):
        return ops.matmul(ops.softmax(logits / self.temperature), self.centres)

    def get_config(self):
        return {**super().get_config(), "temperature": self.temperature}


@keras.saving.register_keras_serializable(package="coursekit")
class Mode(_JointDecoder):
    """`bins.mode` as a layer: the centre of each pixel's likeliest bin. Otherwise as `AnnealedMean`."""

    def decode(self, logits):
        return ops.take(ops.convert_to_tensor(self.centres), ops.argmax(logits, axis=-1), axis=0)


@keras.saving.register_keras_serializable(package="coursekit")
class Axes(_Decoder):
    """Decodes two axes of 16 bins, as `bins.axes_mode` or, with a temperature, `bins.axes_annealed_mean`.

    Parameters: ``temperature``, T > 0, or None for the mode.
    Takes logits (N, h, w, 32), 16 for a, then 16 for b. Raises: ValueError for T ≤ 0, or other than 32 channels.
    """

    def __init__(self, temperature: float | None = None, **kwargs):
        if temperature is not None:
            check_temperature(temperature)
        super().__init__(**kwargs)
        self.temperature = temperature

    def build(self, input_shape):
        _check_channels(input_shape, 2 * len(AXIS))
        super().build(input_shape)

    def decode(self, logits):
        logits = ops.reshape(logits, (*ops.shape(logits)[:-1], 2, len(AXIS)))
        if self.temperature is None:
            return ops.take(ops.convert_to_tensor(AXIS), ops.argmax(logits, axis=-1))
        return ops.matmul(ops.softmax(logits / self.temperature), AXIS)

    def get_config(self):
        return {**super().get_config(), "temperature": self.temperature}


def _check_channels(shape: tuple, bins: int) -> None:
    if shape[-1] != bins:
        raise ValueError(
            f"the network gives {shape[-1]} channels, the decoder wants {bins}; they must agree"
        )
