"""Photos moved, cut and lit anew, so that no input repeats; a photo's planes change together."""

from __future__ import annotations

import numpy as np
from PIL import Image


def vary(
    planes: np.ndarray,
    rng: np.random.Generator,
    crop: float | None = None,
    size: int | None = None,
    contrast: float = 0.0,
    light: float = 0.0,
    **geometry,
) -> np.ndarray:
    """Change a batch in every way that is asked for: a part of each photo, moved, in another light.

    Parameters
    ----------
    planes : np.ndarray
        L and ab side by side, float32 (N, H, W, C).
    rng : np.random.Generator
        What chance is drawn from.
    crop : float, optional
        The smallest share of a photo's area that is shown, as `random_crop` has it; None for whole
        photos.
    size : int, optional
        Side of a part in pixels; by default parts have the size of the photos.
    contrast, light : float
        As in `vary_light`.
    **geometry
        Keyword arguments of `augment`.

    Returns
    -------
    np.ndarray
        As many planes, float32 (N, H, W, C), or (N, size, size, C).
    """
    if crop is not None:
        height, width = (size, size) if size else planes.shape[1:3]
        planes = random_crop(planes, rng, height, width, crop)
    planes = augment(planes, rng, **geometry)
    return vary_light(planes, rng, contrast, light) if contrast or light else planes


def augment(
    planes: np.ndarray,
    rng: np.random.Generator,
    flip: bool = True,
    rotate: float = 20.0,
    zoom: float = 0.2,
    shear: float = 10.0,
    border: str = "reflect",
) -> np.ndarray:
    """Move photos, each in its own way; a photo's planes move together, L and ab alike.

    Parameters
    ----------
    planes : np.ndarray
        L and ab side by side, float32 (H, W, C) or (N, H, W, C).
    rng : np.random.Generator
        What chance is drawn from.
    flip : bool
        Mirror half of the photos left to right.
    rotate : float
        Degrees by which to turn, either way at most.
    zoom : float
        Share of the size, in or out at most.
    shear : float
        Degrees by which to slant, either way at most.
    border : {"reflect", "nearest", "constant"}
        What fills the corners that come from outside. The other two, of which "constant" is 0, are
        there to see what they do to colours (lesson 02).

    Returns
    -------
    np.ndarray
        As many planes of the same size, float32, interpolated linearly.

    Raises
    ------
    KeyError
        For another border.
    """
    photos = planes.reshape(-1, *planes.shape[-3:])
    chance = rng.random((len(photos), 3 + flip))
    angle, slant = np.deg2rad((2 * chance[:, :2] - 1) * [rotate, shear]).T
    cos, sin, tan = np.cos(angle), np.sin(angle), np.tan(slant)
    # From where a pixel is, to where its colour is read: a shear, then a turn, and a zoom.
    matrix = np.array([[cos, cos * tan - sin], [sin, sin * tan + cos]])
    matrix /= 1 + (2 * chance[:, 2] - 1) * zoom
    if flip:
        matrix[:, 1, chance[:, 3] < 0.5] *= -1  # read from the other side
    return _moved(photos, matrix, border).reshape(planes.shape)


def random_crop(
    planes: np.ndarray,
    rng: np.random.Generator,
    height: int,
    width: int,
    least: float,
    ratio: float = 0.15,
) -> np.ndarray:
    """Cut a part out of each photo and bring it to one size, antialiased.

    Parameters
    ----------
    planes : np.ndarray
        Photos, float32 (N, H, W, C).
    rng : np.random.Generator
        What chance is drawn from.
    height, width : int
        Pixels of the result.
    least : float
        Smallest share of the photo's area, 0…1; the share is drawn between that and 1.
    ratio : float
        How far the natural logarithm of the part's proportions may lie from that of the photo's.

    Returns
    -------
    np.ndarray
        Parts, float32 (N, height, width, C).
    """
    return np.stack(
        [_resized(photo, _part(photo, rng, least, ratio), height, width) for photo in planes]
    )


def vary_light(
    planes: np.ndarray, rng: np.random.Generator, contrast: float, light: float
) -> np.ndarray:
    """Change the contrast and lightness of each photo; its ab stays.

    Parameters
    ----------
    planes : np.ndarray
        Photos, float32 (N, H, W, C), the first plane L scaled to −1…1.
    rng : np.random.Generator
        What chance is drawn from.
    contrast : float
        L is multiplied by 1 ± at most this.
    light : float
        Then at most this is added to L or taken from it.

    Returns
    -------
    np.ndarray
        As many planes, float32 (N, H, W, C), L clipped to −1…1.
    """
    one_a_photo = (len(planes), 1, 1, 1)
    factor = rng.uniform(1 - contrast, 1 + contrast, one_a_photo).astype(np.float32)
    shift = rng.uniform(-light, light, one_a_photo).astype(np.float32)
    L = np.clip(planes[..., :1] * factor + shift, -1, 1)
    return np.concatenate([L, planes[..., 1:]], axis=-1)


def _part(
    photo: np.ndarray, rng: np.random.Generator, least: float, ratio: float
) -> tuple[float, float, float, float]:
    """Draw a part of a photo: left, top, right, bottom in pixels and fractions of them."""
    area, ratio = rng.uniform(least, 1), np.exp(rng.uniform(-ratio, ratio))
    height, width = photo.shape[:2]
    part_width = min(width, width * (area * ratio) ** 0.5)
    part_height = min(height, height * (area / ratio) ** 0.5)
    left, top = rng.uniform(0, width - part_width), rng.uniform(0, height - part_height)
    return left, top, left + part_width, top + part_height


def _resized(
    photo: np.ndarray, box: tuple[float, float, float, float], height: int, width: int
) -> np.ndarray:
    """Bring a part of a photo, (H, W, C), to another size."""
    resized = [
        np.asarray(Image.fromarray(plane).resize((width, height), Image.Resampling.BICUBIC, box))
        for plane in np.ascontiguousarray(np.moveaxis(photo, -1, 0), np.float32)
    ]
    # At edges bicubic interpolation overshoots: no pixel leaves the range of its photo.
    return np.stack(resized, axis=-1).clip(photo.min(axis=(0, 1)), photo.max(axis=(0, 1)))


def _moved(photos: np.ndarray, matrix: np.ndarray, border: str) -> np.ndarray:
    """Move photos (N, H, W, C), each by its own of the matrices (2, 2, N)."""
    moved = np.empty_like(photos)
    # A few at a time: what is between stays in the processor's cache, and below the 128 kB from
    # which on memory is taken from the system anew, which took four times as long inside fit.
    few = max(1, 2**13 // photos[0, ..., 0].size)
    for at in range(0, len(photos), few):
        some = slice(at, at + few)
        moved[some] = _sample(photos[some], matrix[..., some, None, None], border)
    return moved


# Border → how NumPy's pad calls what is beyond a row's or column's end.
_BORDERS = {"reflect": "symmetric", "nearest": "edge", "constant": "edge"}


def _sample(photos: np.ndarray, matrix: np.ndarray, border: str) -> np.ndarray:
    """Read each pixel where its photo's matrix, (2, 2, N, 1, 1), says, about the photo's centre.

    The numbers are those of `scipy.ndimage.affine_transform`, which finds the places anew for every
    channel.
    """
    count, height, width, channels = photos.shape
    y, x = np.ogrid[:height, :width]
    # A place is an index into one channel of all photos, laid out flat: at first where the photo
    # begins. Each axis adds its offset, once of the pixel before the point that is read, and once
    # of the one after it; so one list becomes two, then four: the corners around the point.
    places = [np.arange(count)[:, None, None] * (height * width)]
    shares, outside = [], []
    for (down, right), size, stride in zip(matrix, (height, width), (width, 1), strict=True):
        at = (down * (y - (height - 1) / 2) + (size - 1) / 2) + right * (x - (width - 1) / 2)
        if border == "constant":
            outside.append((at < 0) | (at > size - 1))
        low = np.floor(at)
        shares.append(at - low)
        # Which row, or column, stands for each that is read, from the first outside on: a table is
        # quicker than to reflect every pixel's coordinate.
        first, last = int(low.min()), int(low.max()) + 1
        beyond = max(0, -first), max(0, last + 1 - size)
        inside = np.pad(np.arange(size), beyond, _BORDERS[border])[max(0, first) :] * stride
        low = (low - first).astype(np.intp)
        places = [place + each.take(low) for place in places for each in (inside, inside[1:])]
    # The nearer a corner, the more it counts; in the order of the places.
    v, u = shares
    above, left = 1 - v, 1 - u
    weights, moved = (above * left, above * u, v * left, v * u), np.empty_like(photos)
    for channel in range(channels):
        plane = photos[..., channel].astype(np.float64).ravel()
        total = plane.take(places[0]) * weights[0]
        for place, weight in zip(places[1:], weights[1:], strict=True):
            total += plane.take(place) * weight
        moved[..., channel] = total
    if outside:
        moved[np.logical_or(*outside)] = 0
    return moved
