"""A colorizer: network and decoder as one thing. Grey photo in, colour photo out, any size."""

from __future__ import annotations

import math

import keras
import numpy as np
from PIL import Image

import coursekit.bins.layers  # noqa: F401 - registers the decoders, so that load() knows them
from coursekit import color, device
from coursekit.bins.decoding import check_temperature

MULTIPLE = 8  # the networks of the lessons halve a photo three times,
DEEPEST = 16  # those that come with the course four times
STRIP = 2**20  # pixels


class DivergedError(ValueError):
    """A network that gives no numbers; the message says why that may be, and the way out."""


@keras.saving.register_keras_serializable(package="coursekit")
class Colorizer(keras.Model):
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

    def predict_ab(self, L: np.ndarray, batch_size: int = 32) -> np.ndarray:
        """Predict ab of photos that are about as large as those that the network was trained on.

        Where the network cannot halve a side as often as it does, the photo's edge is repeated
        until it can, and cut off again. A network of fixed size is fed photos of that size, and
        its answer is resized.

        Parameters
        ----------
        L : np.ndarray
            Lightness, float32 (N, H, W, 1), 0…100, of any H and W.
        batch_size : int
            Photos at a time.

        Returns
        -------
        np.ndarray
            Colour, float32 (N, H, W, 2), in CIELAB units.

        Raises
        ------
        DivergedError
            If the network gives NaN or infinite colours.
        ValueError
            For another shape, or a batch size below 1.
        """
        L = np.asarray(L, np.float32)
        if L.ndim != 4 or L.shape[-1] != 1 or 0 in L.shape[1:]:
            raise ValueError(f"L is (N, H, W, 1), got {L.shape}")
        device.check_batch_size(batch_size)
        parts = [L[at : at + batch_size] for at in range(0, len(L), batch_size)]
        ab = [self._predicted(some) for some in parts]
        return np.concatenate([np.empty((0, *L.shape[1:3], 2), np.float32), *ab])

    def _predicted(self, L: np.ndarray) -> np.ndarray:
        """Predict one batch of any size."""
        shape = height, width = L.shape[1:3]
        if fixed := self._fixed_size():
            seen = L if fixed == shape else np.stack([resize_planes(each, *fixed) for each in L])
        elif self._takes(height, width):
            seen = L
        else:
            below, right = -height % self._step, -width % self._step
            seen = np.pad(L, ((0, 0), (0, below), (0, right), (0, 0)), "edge")
        ab = keras.ops.convert_to_numpy(self(seen))
        if not np.isfinite(ab).all():
            raise DivergedError(
                f"{self.name}: its network gives NaN or infinite colours, so its training diverged "
                "(train it again at a lower learning rate, or load the weights of an earlier "
                "epoch), or it needs larger numbers than half precision has (load it after "
                'keras.config.set_dtype_policy("float32"))'
            )
        if fixed and fixed != shape:
            return np.stack([resize_planes(each, *shape) for each in ab])
        return ab[:, :height, :width]

    def colorize(self, photo: np.ndarray) -> np.ndarray:
        """Colour a photo: predict small, then put the colour back on the full-size L, which stays.

        Where sRGB has no such colour at that L, it is paler: black stays black and white paper
        white.

        Parameters
        ----------
        photo : np.ndarray
            Of any size, uint8 (H, W), (H, W, 1) or (H, W, 3); colour in it is ignored.

        Returns
        -------
        np.ndarray
            In colour, uint8 (H, W, 3).

        Raises
        ------
        DivergedError
            If the network gives NaN or infinite colours.
        ValueError
            For another shape or dtype.
        """
        rgb = _as_rgb(photo)
        # Whole are only L and the result; Lab in floats, which takes more, is there for a few rows
        # at a time.
        step = STRIP // rgb.shape[1] + 1
        strips = [slice(top, top + step) for top in range(0, len(rgb), step)]
        L, coloured = np.empty((*rgb.shape[:2], 1), np.float32), np.empty(rgb.shape, np.uint8)
        for rows in strips:
            L[rows] = color.split(rgb[rows])[0]
        height, width = self._network_size(*L.shape[:2])
        ab = self.predict_ab(resize_planes(L, height, width)[None])[0]
        for rows in strips:
            coloured[rows] = color.join(L[rows], resize_planes(ab, *L.shape[:2], rows))
        return coloured

    def with_temperature(self, temperature: float) -> Colorizer:
        """Take the same network, its bins averaged at another temperature.

        Parameters
        ----------
        temperature : float
            Above 0; lower is more vivid.

        Returns
        -------
        Colorizer
            A new one, which shares the network.

        Raises
        ------
        ValueError
            For another temperature, or a decoder that has none.
        """
        if getattr(self.decoder, "temperature", None) is None:
            raise ValueError(
                f"{self.name} averages no bins: a temperature changes nothing; leave it"
            )
        check_temperature(temperature)
        decoder = self.decoder.from_config(
            {**self.decoder.get_config(), "temperature": temperature}
        )
        return Colorizer(self.network, decoder, self.size, name=self.name)

    def _network_size(self, height: int, width: int) -> tuple[int, int]:
        """Find the photo's shape at the network's size: the long side at most four times that."""
        if fixed := self._fixed_size():
            return fixed
        short, step = min(height, width), self._step
        return tuple(
            min(4 * self.size, round(side * self.size / short / step) * step)
            for side in (height, width)
        )

    def _fixed_size(self) -> tuple[int, int] | None:
        """Return the only size that the network takes, if it is built for one."""
        fixed = self.network.input_shape[1:3]
        return None if None in fixed else fixed

    def _takes(self, height: int, width: int) -> bool:
        """Say whether the network's answer to this size lies on a grid over the photo."""
        if not (height % self._step or width % self._step):
            return True
        try:
            made = self.network.compute_output_shape((1, height, width, 1))[1:3]
        except (ValueError, NotImplementedError):  # maps that should meet differ in size
            return False
        if not all(made):
            return False
        strides = {seen / answer for seen, answer in zip((height, width), made, strict=True)}
        return len(strides) == 1 and strides.pop().is_integer()

    @property
    def _step(self) -> int:
        """Return what any network of this size can halve as often as it does."""
        return math.gcd(self.size, DEEPEST)

    def get_config(self) -> dict:
        """Describe it for a ``.keras`` file."""
        return {
            "network": keras.saving.serialize_keras_object(self.network),
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


def _as_rgb(photo: np.ndarray) -> np.ndarray:
    photo = np.asarray(photo)
    if photo.ndim == 2:
        photo = photo[..., None]
    if (
        photo.dtype != np.uint8
        or photo.ndim != 3
        or photo.shape[-1] not in (1, 3)
        or 0 in photo.shape
    ):
        raise ValueError(
            f"a photo is uint8 (H, W), (H, W, 1) or (H, W, 3), got {photo.dtype} {photo.shape}; "
            "coursekit.photos.read gives one from any file"
        )
    return np.broadcast_to(photo, (*photo.shape[:2], 3))


def resize_planes(
    planes: np.ndarray, height: int, width: int, rows: slice = slice(None)
) -> np.ndarray:
    """Resize L or ab, antialiased; or make only some rows of the result.

    Parameters
    ----------
    planes : ndarray of float32, shape (H, W, C)
        Any planes.
    height, width : int
        Pixels of the result.
    rows : slice, optional
        Which rows of the result are wanted; by default all.

    Returns
    -------
    ndarray of float32, shape (rows, width, C)
        The resized planes.
    """
    top, bottom, _ = rows.indices(height)
    scale = planes.shape[0] / height
    resized = [
        np.asarray(
            Image.fromarray(np.ascontiguousarray(planes[..., c])).resize(
                (width, bottom - top),
                Image.BICUBIC,
                (0, top * scale, planes.shape[1], bottom * scale),
            )
        )
        for c in range(planes.shape[-1])
    ]
    return np.stack(resized, axis=-1)
