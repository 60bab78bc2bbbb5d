"""What every colorizer does, whatever computes its network: from a photo of any size to colour.

No Keras here: `LightColorizer` colours photos where there is none.
"""

from __future__ import annotations

import math
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Self

import numpy as np
from PIL import Image

from coursekit import color, device
from coursekit.bins.decoding import check_temperature

DEEPEST = 16  # those that come with the course halve a photo four times
STRIP = 2**20  # pixels that are converted at once
CORES = 4  # that convert at most: each holds a strip in floats, some 50 MB


class DivergedError(ValueError):
    """A network that gives no numbers; the message says why that may be, and the way out."""


class Painter:
    """Predict small, and put the colour back on the full-size L.

    A class below says what its network answers.

    Attributes
    ----------
    name : str
        What messages call it.
    size : int
        Short side in pixels at which it was trained and predicts.
    """

    name: str
    size: int

    def _answer(self, L: np.ndarray) -> np.ndarray:
        """Predict ab (N, H, W, 2) of L (N, H, W, 1), of a size that the network takes."""
        raise NotImplementedError

    @property
    def _temperature(self) -> float | None:
        """Return the temperature of the mean over its bins, if it has any."""
        raise NotImplementedError

    def _at(self, temperature: float) -> Self:
        """Take the same network at another temperature."""
        raise NotImplementedError

    def _fixed_size(self) -> tuple[int, int] | None:
        """Return the only size that the network takes, if it is built for one."""
        return None

    def _takes(self, height: int, width: int) -> bool:
        """Say whether the network's answer to this size lies on a grid over the photo."""
        return not (height % self._step or width % self._step)

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
        ab = self._answer(seen)
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
        # a core at a time.
        step = STRIP // rgb.shape[1] + 1
        strips = [slice(top, top + step) for top in range(0, len(rgb), step)]
        L, coloured = np.empty((*rgb.shape[:2], 1), np.float32), np.empty(rgb.shape, np.uint8)

        def take_L(rows: slice) -> None:
            L[rows] = color.lightness(rgb[rows])

        def put_back(rows: slice) -> None:
            coloured[rows] = color.join(L[rows], resize_planes(ab, *L.shape[:2], rows))

        with ThreadPoolExecutor(min(CORES, os.cpu_count() or 1)) as pool:
            list(pool.map(take_L, strips))
            height, width = self._network_size(*L.shape[:2])
            ab = self.predict_ab(resize_planes(L, height, width)[None])[0]
            list(pool.map(put_back, strips))
        return coloured

    def with_temperature(self, temperature: float) -> Self:
        """Take the same network, its bins averaged at another temperature.

        Parameters
        ----------
        temperature : float
            Above 0; lower is more vivid.

        Returns
        -------
        Painter
            A new one of its kind, which shares the network.

        Raises
        ------
        ValueError
            For another temperature, or a decoder that has none.
        """
        if self._temperature is None:
            raise ValueError(
                f"{self.name} averages no bins: a temperature changes nothing; leave it"
            )
        check_temperature(temperature)
        return self._at(temperature)

    def _network_size(self, height: int, width: int) -> tuple[int, int]:
        """Find the photo's shape at the network's size: the long side at most four times that."""
        if fixed := self._fixed_size():
            return fixed
        short, step = min(height, width), self._step
        return tuple(
            min(4 * self.size, round(side * self.size / short / step) * step)
            for side in (height, width)
        )

    @property
    def _step(self) -> int:
        """Return what any network of this size can halve as often as it does."""
        return math.gcd(self.size, DEEPEST)


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
