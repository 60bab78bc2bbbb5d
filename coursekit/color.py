"""RGB and CIELAB: conversion, the scalings that networks use, and what sRGB can show.

All colours are sRGB under its D65 white, 2° observer. The constants are scikit-image's, and so are
the results; its own conversion takes many times as long. It is imported where it is asked for a
difference, for photos are coloured where it is not installed. ``L`` runs from 0 to 100; ``a`` and
``b`` are plain CIELAB units.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

AB_SCALE = 128.0  # divides ab so that a tanh can reach it; the largest |ab| in sRGB is 107.9

# How far outside 0…1 a linear sRGB channel may lie and still count as inside the gamut. White, for
# one, comes back from float32 Lab as 1.000005; and no step this small survives 8-bit rounding.
_GAMUT_SLACK = 1e-4

# Linear sRGB → XYZ over the white's XYZ, and back.
_WHITE = np.array([0.95047, 1.0, 1.08883])
_XYZ_FROM_RGB = np.array(
    [[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]]
)
_TO_XYZ = np.float32(_XYZ_FROM_RGB / _WHITE[:, None])
_FROM_XYZ = np.linalg.inv(_TO_XYZ)

# Pixels that are converted at once: few enough that their floats stay in the processor's cache, and
# enough that threads which convert side by side seldom wait for the interpreter between steps.
_PIECE = 2**15

# Even steps of linear light, each smaller than the range of any 8-bit level, 1 / (12.92 · 255).
_STEPS = 4096

_LUMA = {601: (0.299, 0.587, 0.114), 709: (0.2126, 0.7152, 0.0722)}


def rgb_to_lab(rgb: ArrayLike) -> np.ndarray:
    """Convert sRGB to CIELAB.

    Parameters
    ----------
    rgb : array_like of uint8 or float, shape (..., 3)
        Colours, 0…255 as uint8 or 0…1 as float.

    Returns
    -------
    ndarray of float32, shape (..., 3)
        L, 0…100, then a and b in CIELAB units.

    Raises
    ------
    ValueError
        For other shapes or dtypes, and for floats outside 0…1 (photos in 0…255 as float, usually).

    Examples
    --------
    >>> import numpy as np
    >>> from coursekit import color
    >>> color.rgb_to_lab(np.uint8([255, 0, 0])).round(1)
    array([53.2, 80.1, 67.2], dtype=float32)
    """
    rgb = _colours(rgb)
    lab = np.empty(rgb.shape, np.float32)
    for given, made in _pieces(rgb, lab):
        x, y, z = _root(_TO_XYZ @ _linear_light(given))
        made.T[:] = 116 * y - 16, 500 * (x - y), 200 * (y - z)
    return lab


def lightness(rgb: ArrayLike) -> np.ndarray:
    """Convert sRGB to the L of CIELAB alone, which takes half of the time.

    Parameters
    ----------
    rgb : array_like of uint8 or float, shape (..., 3)
        Colours, 0…255 as uint8 or 0…1 as float.

    Returns
    -------
    ndarray of float32, shape (..., 1)
        L, 0…100.

    Raises
    ------
    ValueError
        As `rgb_to_lab`.
    """
    rgb = _colours(rgb)
    L = np.empty((*rgb.shape[:-1], 1), np.float32)
    for given, made in _pieces(rgb, L):
        made[:, 0] = 116 * _root(_TO_XYZ[1] @ _linear_light(given)) - 16
    return L


def lab_to_rgb(
    lab: ArrayLike, return_clipped: bool = False
) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
    """Convert CIELAB to 8-bit sRGB; what sRGB cannot show is clipped channel by channel.

    This is the plain conversion of textbooks and of scikit-image. Clipping changes L as well as ab;
    `join` keeps L.

    Parameters
    ----------
    lab : array_like of float, shape (..., 3)
        Colours in CIELAB units.
    return_clipped : bool
        Also tell which pixels were clipped, which happens without a word otherwise.

    Returns
    -------
    rgb : ndarray of uint8, shape (..., 3)
        The colours.
    clipped : ndarray of bool, shape (...)
        True where a colour lay outside sRGB; only with ``return_clipped``.

    Raises
    ------
    ValueError
        For another shape.
    """
    lab = _last_axis(lab, 3, "lab")
    rgb, clipped = _to_8_bits(lab[..., :1], lab[..., 1:], keep_L=False)
    return (rgb, clipped) if return_clipped else rgb


def split(rgb: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Split a photo or a batch into what the network sees and what it must guess.

    Parameters
    ----------
    rgb : array_like of uint8 or float, shape (..., 3)
        Colours, 0…255 as uint8 or 0…1 as float.

    Returns
    -------
    L : ndarray of float32, shape (..., 1)
        Lightness, 0…100.
    ab : ndarray of float32, shape (..., 2)
        Colour in CIELAB units.

    Raises
    ------
    ValueError
        As `rgb_to_lab`.
    """
    lab = rgb_to_lab(rgb)
    return lab[..., :1], lab[..., 1:]


def join(
    L: ArrayLike, ab: ArrayLike, return_clipped: bool = False
) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
    """Join L and ab to 8-bit sRGB, whose L is the one given; the reverse of `split`.

    A colour that sRGB cannot show moves towards the grey of its luminance until it can: it is paler
    than asked for, but as light. So black stays black, and white paper white.

    Parameters
    ----------
    L : array_like of float, shape (..., 1)
        Lightness, 0…100.
    ab : array_like of float, shape (..., 2)
        Colour in CIELAB units, of the same leading shape.
    return_clipped : bool
        Also tell which pixels sRGB could not show as they were.

    Returns
    -------
    rgb : ndarray of uint8, shape (..., 3)
        The colours.
    clipped : ndarray of bool, shape (...)
        True where a colour lay outside sRGB; only with ``return_clipped``.

    Raises
    ------
    ValueError
        Where the shapes do not fit.

    Examples
    --------
    >>> import numpy as np
    >>> from coursekit import color
    >>> color.join(np.float32([100]), np.float32([0, -40]))
    array([255, 255, 255], dtype=uint8)
    >>> color.lab_to_rgb(np.float32([100, 0, -40]))
    array([204, 255, 255], dtype=uint8)
    """
    L, ab = _last_axis(L, 1, "L"), _last_axis(ab, 2, "ab")
    if L.shape[:-1] != ab.shape[:-1]:
        raise ValueError(f"L {L.shape} and ab {ab.shape} must agree in all but the last axis")
    rgb, clipped = _to_8_bits(L, ab, keep_L=True)
    return (rgb, clipped) if return_clipped else rgb


def scale_L(L: np.ndarray) -> np.ndarray:
    """Scale L to the range that a network's input should have.

    Parameters
    ----------
    L : ndarray or tensor
        Lightness, 0…100.

    Returns
    -------
    ndarray or tensor
        The same from −1 to 1.
    """
    return L / 50.0 - 1.0


def unscale_L(scaled: np.ndarray) -> np.ndarray:
    """Undo `scale_L`.

    Parameters
    ----------
    scaled : ndarray or tensor
        Lightness, −1…1.

    Returns
    -------
    ndarray or tensor
        The same from 0 to 100.
    """
    return (scaled + 1.0) * 50.0


def scale_ab(ab: np.ndarray) -> np.ndarray:
    """Divide ab by 128, which puts all of sRGB inside (−1, 1), the range of tanh.

    Parameters
    ----------
    ab : ndarray or tensor
        Colours in CIELAB units.

    Returns
    -------
    ndarray or tensor
        The same over 128.
    """
    return ab / AB_SCALE


def unscale_ab(scaled: np.ndarray) -> np.ndarray:
    """Undo `scale_ab`.

    Parameters
    ----------
    scaled : ndarray or tensor
        Colours, ab / 128.

    Returns
    -------
    ndarray or tensor
        The same in CIELAB units.
    """
    return scaled * AB_SCALE


def in_gamut(lab: ArrayLike) -> np.ndarray:
    """Tell which Lab colours sRGB can show.

    Parameters
    ----------
    lab : array_like of float, shape (..., 3)
        Colours in CIELAB units.

    Returns
    -------
    ndarray of bool, shape (...)
        True where sRGB has the colour.

    Raises
    ------
    ValueError
        For another shape.
    """
    lab = _last_axis(lab, 3, "lab")
    shown = np.empty((*lab.shape[:-1], 1), bool)
    for given, made in _pieces(lab, shown):
        made[:, 0] = _inside(_linear_rgb(*given.T))
    return shown[..., 0]


def gamut_slice(L: float, a: ArrayLike, b: ArrayLike) -> np.ndarray:
    """Find the colours that exist at one lightness.

    Parameters
    ----------
    L : float
        Lightness, 0…100.
    a, b : array_like of float, shapes (A,) and (B,)
        Values of a grid over the ab plane, in CIELAB units.

    Returns
    -------
    ndarray of bool, shape (B, A)
        Rows along b, columns along a; True where sRGB has the colour.
    """
    grid_a, grid_b = np.meshgrid(a, b)
    return in_gamut(np.stack([np.full_like(grid_a, L, dtype=float), grid_a, grid_b], axis=-1))


@functools.cache
def gamut_range() -> tuple[float, float, float, float]:
    """Find the smallest and largest a and b of all 16.7 million 8-bit sRGB colours.

    The extremes lie on the surface of the RGB cube, so only its six faces are converted.

    Returns
    -------
    tuple of float
        ``(a_min, a_max, b_min, b_max)`` in CIELAB units.
    """
    level = np.arange(256, dtype=np.uint8)
    u, v = (plane.ravel() for plane in np.meshgrid(level, level))
    # A face holds one channel at its end while the other two run through all levels.
    faces = [
        np.insert(np.stack([u, v], -1), axis, end, axis=-1) for axis in range(3) for end in (0, 255)
    ]
    _, ab = split(np.concatenate(faces))
    (a_min, b_min), (a_max, b_max) = ab.min(axis=0), ab.max(axis=0)
    return float(a_min), float(a_max), float(b_min), float(b_max)


def delta_e(lab1: ArrayLike, lab2: ArrayLike, formula: str = "CIEDE2000") -> np.ndarray:
    """Measure the colour difference that a person would see.

    About 1 is just noticeable, 10 is plain at a glance.

    Parameters
    ----------
    lab1, lab2 : array_like of float, shape (..., 3)
        Colours in CIELAB units.
    formula : {"CIEDE2000", "CIE76"}
        That of Sharma et al. [1]_, or plain distance.

    Returns
    -------
    ndarray of float32, shape (...)
        The differences, ΔE.

    Raises
    ------
    ValueError
        For another formula, or other shapes.

    References
    ----------
    .. [1] G. Sharma, W. Wu, E. N. Dalal, "The CIEDE2000 color-difference formula: Implementation
       notes, supplementary test data, and mathematical observations", Color Research & Application
       30 (1), 2005. doi:10.1002/col.20070
    """
    from skimage.color import deltaE_cie76, deltaE_ciede2000

    formulas = {"CIEDE2000": deltaE_ciede2000, "CIE76": deltaE_cie76}
    if formula not in formulas:
        raise ValueError(f"formula {formula!r} unknown; choose from {', '.join(formulas)}")
    difference = formulas[formula](_last_axis(lab1, 3, "lab1"), _last_axis(lab2, 3, "lab2"))
    return difference.astype(np.float32)


def luma(rgb: ArrayLike, standard: int = 601) -> np.ndarray:
    """Compute the grey of video and of most "convert to grey" buttons.

    It is a weighted sum of gamma-encoded channels, and not L*: see lesson 01.

    Parameters
    ----------
    rgb : array_like of uint8, shape (..., 3)
        Colours.
    standard : {601, 709}
        The standard of the weights, ITU-R BT.601 or BT.709.

    Returns
    -------
    ndarray of float32, shape (...)
        Luma, 0…255.

    Raises
    ------
    ValueError
        For another standard.
    """
    if standard not in _LUMA:
        choices = ", ".join(map(str, _LUMA))
        raise ValueError(f"luma standard {standard!r} unknown; choose from {choices}")
    return _last_axis(rgb, 3, "rgb").astype(np.float32) @ np.array(_LUMA[standard], np.float32)


def is_grey(rgb: ArrayLike, limit: float = 5.0) -> bool:
    """Tell whether a photo has no colour worth comparing: 99 % of its pixels are nearly grey.

    The hundredth may be anything, so a few specks of colour do not make a photo colourful.

    Parameters
    ----------
    rgb : array_like of uint8 or float, shape (H, W, 3)
        One photo.
    limit : float
        The chroma, in CIELAB units, below which a pixel is nearly grey.

    Returns
    -------
    bool
        True for a grey photo.
    """
    return bool(np.percentile(np.linalg.norm(split(rgb)[1], axis=-1), 99) < limit)


def _last_axis(array: ArrayLike, size: int, name: str) -> np.ndarray:
    array = np.asarray(array)
    if array.ndim == 0 or array.shape[-1] != size:
        raise ValueError(f"{name} needs {size} channels on its last axis, got shape {array.shape}")
    return array


def _colours(rgb: ArrayLike) -> np.ndarray:
    rgb = _last_axis(rgb, 3, "rgb")
    if rgb.dtype == np.uint8:
        return rgb
    if not np.issubdtype(rgb.dtype, np.floating):
        raise ValueError(
            f"rgb must be uint8 0…255 or float 0…1, got dtype {rgb.dtype}; use .astype('uint8')"
        )
    # Negated, so that NaN is refused too: it fails every comparison.
    if rgb.size and not (rgb.min() >= 0 and rgb.max() <= 1):
        raise ValueError(
            f"float rgb must lie in 0…1, got {rgb.min():.3g}…{rgb.max():.3g}; "
            "divide by 255, or pass uint8"
        )
    return rgb


def _pieces(*arrays: np.ndarray) -> Iterator[tuple[np.ndarray, ...]]:
    """Go through arrays (..., channels) side by side, `_PIECE` pixels at a time.

    What is written into a piece stands in its array. Whoever converts turns a piece (n, 3) round:
    colours as the columns of (3, n), so that every step runs over pixels that lie side by side.
    """
    pixels = [array.reshape(-1, array.shape[-1]) for array in arrays]
    for at in range(0, len(pixels[0]), _PIECE):
        yield tuple(each[at : at + _PIECE] for each in pixels)


def _linear_light(rgb: np.ndarray) -> np.ndarray:
    """Linear light (3, n) of colours (n, 3)."""
    if rgb.dtype == np.uint8:  # a power for each of 256 levels, not for each pixel
        return np.take(_linear_levels(), rgb.T)
    return _decode_gamma(rgb.T.astype(np.float32))


def _root(xyz: np.ndarray) -> np.ndarray:
    """Cube root of CIELAB, with its straight piece near black."""
    return np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)


def _decode_gamma(encoded: np.ndarray) -> np.ndarray:
    return np.where(encoded > 0.04045, ((encoded + 0.055) / 1.055) ** 2.4, encoded / 12.92)


@functools.cache
def _linear_levels() -> np.ndarray:
    """Linear light of the 256 levels of a channel."""
    return _decode_gamma(np.arange(256) / 255).astype(np.float32)


@functools.cache
def _level_tables() -> tuple[np.ndarray, np.ndarray]:
    """Level at each of `_STEPS` + 1 even steps of linear light, and where the next level begins."""
    begins = np.append(_decode_gamma((np.arange(1, 256) - 0.5) / 255), np.inf).astype(np.float32)
    level = np.searchsorted(begins, np.arange(_STEPS + 1) / _STEPS, side="right")
    return level.astype(np.uint8), begins[level]


def _levels(linear: np.ndarray) -> np.ndarray:
    """Encode linear light as levels 0…255, clipped: what rounding the gamma curve gives, sooner."""
    level, next_begins = _level_tables()
    step = (linear * _STEPS).astype(np.int32)
    return level.take(step, mode="clip") + (linear >= next_begins.take(step, mode="clip"))


def _linear_rgb(L: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Linear sRGB (3, n) of L, a and b (n,), outside 0…1 where sRGB lacks the colour."""
    L, a, b = (plane.astype(np.float32) for plane in (L, a, b))
    y = (L + 16) / 116
    # As in scikit-image: a negative Z becomes 0; such a colour lies outside sRGB anyway.
    roots = np.stack([y + a / 500, y, np.maximum(y - b / 200, 0)])
    xyz = np.where(roots > 0.2068966, roots * roots * roots, (roots - 16 / 116) / 7.787)
    return _FROM_XYZ @ xyz


def _to_8_bits(L: np.ndarray, ab: np.ndarray, keep_L: bool) -> tuple[np.ndarray, np.ndarray]:
    """8-bit sRGB of L (..., 1) and ab (..., 2), with its L or clipped, and where it lay outside."""
    rgb = np.empty((*L.shape[:-1], 3), np.uint8)
    outside = np.empty((*L.shape[:-1], 1), bool)
    for some_L, some_ab, made, lacking in _pieces(L, ab, rgb, outside):
        linear = _linear_rgb(some_L[:, 0], *some_ab.T)
        lacking[:, 0] = ~_inside(linear)
        made.T[:] = _levels(_towards_grey(linear) if keep_L else linear)
    return rgb, outside[..., 0]


def _inside(linear: np.ndarray) -> np.ndarray:
    return np.all((linear >= -_GAMUT_SLACK) & (linear <= 1 + _GAMUT_SLACK), axis=0)


def _towards_grey(linear: np.ndarray) -> np.ndarray:
    """Linear colours (3, n), mixed with the grey of their luminance until all channels are in 0…1.

    Luminance is linear in the channels, so the mix leaves it, and with it L, as it was. Colours
    that sRGB has stay as they are.
    """
    Y = np.clip(_TO_XYZ[1] @ linear, 0, 1)
    above, below = linear.max(axis=0) - Y, Y - linear.min(axis=0)
    # Of the way from grey to the colour, the share up to where the first channel meets 0 or 1. The
    # maxima make it 1 where none does, and 0 for black and white, where it would be 0/0.
    share = np.minimum((1 - Y) / np.maximum(above, 1 - Y + 1e-9), Y / np.maximum(below, Y + 1e-9))
    return Y + share * (linear - Y)
