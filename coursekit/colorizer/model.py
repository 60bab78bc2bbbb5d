"""A colorizer: network and decoder as one thing. Grey photo in, colour photo out, any size."""

from __future__ import annotations

import keras
import numpy as np

import coursekit.bins.layers  # noqa: F401 - registers the decoders, so that load() knows them
from coursekit import color

from .painter import Painter

MULTIPLE = 8  # the networks of the lessons halve a photo three times


@keras.saving.register_keras_serializable(package="coursekit")
class Colorizer(Painter, keras.Model):
    """Predict ab in CIELAB units from L in CIELAB units, whatever the network speaks inside.

    Parameters
    ----------
    network : keras.Model
        From L scaled to −1…1, (N, H, W, 1), to anything. One that was built for a fixed size is fed
        squares of that size.
    decoder : keras.layers.Layer, optional
        From what the network gives to ab in CIELAB units; by default × 128, for networks that
        predict ab / 128.
    size : int
        Short side in pixels at which it was trained and predicts, a multiple of 8.
    **kwargs
        As for `keras.Model`.

    Raises
    ------
    ValueError
        For another size.
    """

    def __init__(
        self,
        network: keras.Model,
        decoder: keras.layers.Layer | None = None,
        size: int = 64,
        **kwargs: object,
    ):
        # Whatever the policy: in half precision L and ab would lose levels, and what leaves must be
        # float32. The network inside keeps the policy that it was made under.
        super().__init__(**{"dtype": "float32", **kwargs})
        if size < MULTIPLE or size % MULTIPLE:
            raise ValueError(f"size must be a positive multiple of {MULTIPLE}, got {size}")
        self.network, self.size = network, size
        self.decoder = decoder or keras.layers.Rescaling(
            color.AB_SCALE, name="unscale_ab", dtype="float32"
        )
        self.build()

    def build(self, input_shape: tuple | None = None) -> None:
        """Do nothing: network and decoder come with their weights."""
        self.built = True

    def call(self, L: keras.KerasTensor, training: bool = False) -> keras.KerasTensor:
        """Predict ab, (N, H, W, 2) in CIELAB units, of L, float32 (N, H, W, 1), 0…100.

        H and W are multiples of 8. Where a network predicts at a fraction of that size, its ab is
        enlarged bilinearly.
        """
        ab = self.decoder(self.network(color.scale_L(L), training=training))
        ab = keras.ops.cast(ab, "float32")
        size = keras.ops.shape(L)[1:3]
        return (
            ab if keras.ops.shape(ab)[1:3] == size else keras.ops.image.resize(ab, size, "bilinear")
        )

    def _answer(self, L: np.ndarray) -> np.ndarray:
        return keras.ops.convert_to_numpy(self(L))

    @property
    def _temperature(self) -> float | None:
        """Return the temperature of its decoder, if that has one."""
        return getattr(self.decoder, "temperature", None)

    def _at(self, temperature: float) -> Colorizer:
        decoder = self.decoder.from_config(
            {**self.decoder.get_config(), "temperature": temperature}
        )
        return Colorizer(self.network, decoder, self.size, name=self.name)

    def _fixed_size(self) -> tuple[int, int] | None:
        """Return the only size that the network takes, if it is built for one."""
        fixed = self.network.input_shape[1:3]
        return None if None in fixed else fixed

    def _takes(self, height: int, width: int) -> bool:
        """Say whether the network's answer to this size lies on a grid over the photo."""
        if super()._takes(height, width):
            return True
        try:
            made = self.network.compute_output_shape((1, height, width, 1))[1:3]
        except (ValueError, NotImplementedError):  # maps that should meet differ in size
            return False
        if not all(made):
            return False
        strides = {seen / answer for seen, answer in zip((height, width), made, strict=True)}
        return len(strides) == 1 and strides.pop().is_integer()

    def get_config(self) -> dict:
        """Describe it for a ``.keras`` file."""
        return {
            "network": _uncompiled(keras.saving.serialize_keras_object(self.network)),
            "decoder": keras.saving.serialize_keras_object(self.decoder),
            "size": self.size,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config: dict) -> Colorizer:
        """Make it from such a description."""
        parts = {
            key: keras.saving.deserialize_keras_object(config[key])
            for key in ("network", "decoder")
        }
        return cls(**{**config, **parts})


def _uncompiled(config: object) -> object:
    """Leave out how networks were compiled: nobody who loads it knows a notebook's own loss."""
    if isinstance(config, dict):
        return {key: _uncompiled(each) for key, each in config.items() if key != "compile_config"}
    return [_uncompiled(each) for each in config] if isinstance(config, list) else config
