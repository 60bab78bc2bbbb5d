"""RGB and CIELAB: conversion, the scalings that networks use, and what sRGB can show.

All colours are sRGB under its D65 white, 2° observer. The constants are scikit-image's, and so are the results; its own
conversion takes many times as long. ``L`` runs from 0 to 100; ``a`` and ``b`` are plain CIELAB units.
"""

from __future__ import annotations

import functools

import numpy as np
from skimage import color as _skcolor
from skimage.color import colorconv as _colorconv

AB_SCALE = 128.0  # divides ab so that a tanh can reach it; the largest |ab| in sRGB is 107.9

# How far outside 0…1 a linear sRGB channel may lie and still count as inside the gamut. White, for one, comes
# back from float32 Lab as 1.000005; and no step this small is visible or survives 8-bit rounding.
_GAMUT_SLACK = 1e-4

# Linear sRGB → XYZ over the white's XYZ, and back.
_WHITE = _colorconv.xyz_tristimulus_values(illuminant="D65", observer="2")
_TO_XYZ = np.float32(_colorconv.xyz_from_rgb / _WHITE[:, None])
_FROM_XYZ = np.linalg.inv(_TO_XYZ)

_LUMA = {601: (0.299, 0.587, 0.114), 709: (0.2126, 0.7152, 0.0722)}


def _last_axis(array, size: int, name: str) -> np.ndarray:
    array = np.asarray(array)
    if array.ndim == 0 or array.shape[-1] != size:
        raise ValueError(f"{name} needs {size} channels on its last axis, got shape {array.shape}")
    return array


def rgb_to_lab(rgb) -> np.ndarray:
    """sRGB to CIELAB.

    Parameters: ``rgb`` (..., 3), uint8 0…255 or float 0…1.
    Returns: float32 (..., 3): L 0…100, a and b in CIELAB units.
    Raises: ValueError for other shapes, dtypes, or floats outside 0…1 (photos in 0…255 as float, usually).
    """
    rgb = _last_axis(rgb, 3, "rgb")
    eight_bits = rgb.dtype == np.uint8
    if not eight_bits and not np.issubdtype(rgb.dtype, np.floating):
        raise ValueError(
            f"rgb must be uint8 0…255 or float 0…1, got dtype {rgb.dtype}; use .astype('uint8')"
        )
    if not eight_bits and rgb.size and not (rgb.min() >= 0 and rgb.max() <= 1):
        raise ValueError(
            f"float rgb must lie in 0…1, got {rgb.min():.3g}…{rgb.max():.3g}; "
            "divide by 255, or pass uint8"
        )
    lab = np.empty(rgb.shape, np.float32)
    for given, made in _pieces(rgb, lab):
        linear = (
            np.take(_levels(), given.T) if eight_bits else _decode_gamma(given.T.astype(np.float32))
        )
        xyz = _TO_XYZ @ linear
        x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
        made.T[:] = 116 * y - 16, 500 * (x - y), 200 * (y - z)
    return lab


def _pieces(*arrays):
    """Arrays (..., 3) side by side, and masks (...), so few pixels at a time that their floats stay in the cache.

    Within a piece colours are the rows of (3, n): so every step runs over pixels that lie side by side.
    """
    pixels = [
        array.reshape(-1, 3) if array.ndim == arrays[0].ndim else array.reshape(-1)
        for array in arrays
    ]
    for at in range(0, len(pixels[0]), 2**12):
        yield tuple(each[at : at + 2**12] for each in pixels)


def _decode_gamma(encoded: np.ndarray) -> np.ndarray:
    return np.where(encoded > 0.04045, ((encoded + 0.055) / 1.055) ** 2.4, encoded / 12.92)


def _encode_gamma(linear: np.ndarray) -> np.ndarray:
    return np.where(linear > 0.0031308, 1.055 * linear ** (1 / 2.4) - 0.055, 12.92 * linear)


@functools.cache
def _levels() -> np.ndarray:
    """Linear light of the 256 levels of a channel."""
    return _decode_gamma(np.arange(256) / 255).astype(np.float32)


def _linear_rgb(lab: np.ndarray) -> np.ndarray:
    """Linear sRGB (3, n) of Lab (n, 3), unclipped, so that out-of-gamut colours show as channels outside 0…1."""
    L, a, b = lab.T.astype(np.float32)
    y = (L + 16) / 116
    roots = np.stack(
        [y + a / 500, y, np.maximum(y - b / 200, 0)]
    )  # as in scikit-image; Z < 0 lies outside sRGB anyway
    return _FROM_XYZ @ np.where(
        roots > 0.2068966, roots * roots * roots, (roots - 16 / 116) / 7.787
    )


def _towards_grey(linear: np.ndarray) -> np.ndarray:
    """Colours (3, n) that sRGB cannot show, mixed with the grey of their luminance until it can; the others as given.

    Luminance is linear in the channels, so the mix leaves it, and with it L, as it was.
    """
    Y = np.clip(_TO_XYZ[1] @ linear, 0, 1)
    above, below = linear.max(axis=0) - Y, Y - linear.min(axis=0)
    share = np.minimum((1 - Y) / np.maximum(above, 1 - Y + 1e-9), Y / np.maximum(below, Y + 1e-9))
    return Y + share * (linear - Y)


def lab_to_rgb(lab, return_clipped: bool = False, keep_L: bool = False):
    """CIELAB to 8-bit sRGB; colours that sRGB cannot show are clipped channel by channel.

    Parameters: ``lab`` (..., 3) in CIELAB units; ``return_clipped`` to hear what was clipped; ``keep_L``, to move what
    sRGB cannot show towards the grey of its lightness instead: paper stays white, where clipping would tint it.
    Returns: uint8 (..., 3); with ``return_clipped`` also a bool mask (...), True where a pixel was outside sRGB
    (``mask.sum()`` pixels were changed without a word otherwise).
    Raises: ValueError for another shape.
    """
    lab = _last_axis(lab, 3, "lab")
    rgb, clipped = np.empty(lab.shape, np.uint8), np.empty(lab.shape[:-1], bool)
    for given, made, outside in _pieces(lab, rgb, clipped):
        linear = _linear_rgb(given)
        outside[:] = ~_inside(linear)
        inside = np.clip(_towards_grey(linear) if keep_L else linear, 0, 1)
        made.T[:] = np.rint(_encode_gamma(inside) * 255)
    return (rgb, clipped) if return_clipped else rgb


def split(rgb) -> tuple[np.ndarray, np.ndarray]:
    """A photo or a batch as what the network sees and what it must guess.

    Parameters: ``rgb`` (..., 3), uint8 or float 0…1.
    Returns: ``L`` float32 (..., 1) 0…100 and ``ab`` float32 (..., 2) in CIELAB units.
    """
    lab = rgb_to_lab(rgb)
    return lab[..., :1], lab[..., 1:]


def join(L, ab, return_clipped: bool = False, keep_L: bool = False):
    """L and ab back to 8-bit sRGB; the reverse of `split`.

    Parameters: ``L`` (..., 1), ``ab`` (..., 2) in CIELAB units, of the same leading shape.
    Returns: as `lab_to_rgb`. Raises: ValueError where the shapes do not fit.
    """
    L, ab = _last_axis(L, 1, "L"), _last_axis(ab, 2, "ab")
    if L.shape[:-1] != ab.shape[:-1]:
        raise ValueError(f"L {L.shape} and ab {ab.shape} must agree in all but the last axis")
    return lab_to_rgb(np.concatenate([L, ab], axis=-1), return_clipped, keep_L)


def scale_L(L):
    """L 0…100 to −1…1, the range a network's input should have."""
    return L / 50.0 - 1.0


def unscale_L(scaled):
    """Reverse of `scale_L`."""
    return (scaled + 1.0) * 50.0


def scale_ab(ab):
    """ab in CIELAB units divided by 128, which puts all of sRGB inside (−1, 1), the range of tanh."""
    return ab / AB_SCALE


def unscale_ab(scaled):
    """Reverse of `scale_ab`."""
    return scaled * AB_SCALE


def _inside(linear: np.ndarray) -> np.ndarray:
    return np.all((linear >= -_GAMUT_SLACK) & (linear <= 1 + _GAMUT_SLACK), axis=0)


def in_gamut(lab) -> np.ndarray:
    """Which Lab colours sRGB can show. ``lab`` (..., 3); returns bool (...)."""
    lab = _last_axis(lab, 3, "lab")
    shown = np.empty(lab.shape[:-1], bool)
    for given, made in _pieces(lab, shown):
        made[:] = _inside(_linear_rgb(given))
    return shown


def gamut_slice(L: float, a, b) -> np.ndarray:
    """The colours that exist at one lightness.

    Parameters: ``L`` 0…100; ``a`` (A,), ``b`` (B,) grid values in CIELAB units.
    Returns: bool (B, A), rows along b, True where sRGB has the colour.
    """
    grid_a, grid_b = np.meshgrid(a, b)
    return in_gamut(np.stack([np.full_like(grid_a, L, dtype=float), grid_a, grid_b], axis=-1))


@functools.cache
def gamut_range() -> tuple[float, float, float, float]:
    """Smallest and largest a, then b, over all 16.7 million 8-bit sRGB colours.

    The extremes lie on the surface of the RGB cube, so only its six faces are converted.
    Returns: (a_min, a_max, b_min, b_max) in CIELAB units.
    """
    level = np.arange(256, dtype=np.uint8)
    u, v = (plane.ravel() for plane in np.meshgrid(level, level))
    faces = [
        np.insert(np.stack([u, v], -1), axis, end, axis=-1) for axis in range(3) for end in (0, 255)
    ]
    _, ab = split(np.concatenate(faces))
    (a_min, b_min), (a_max, b_max) = ab.min(axis=0), ab.max(axis=0)
    return float(a_min), float(a_max), float(b_min), float(b_max)


def delta_e(lab1, lab2, formula: str = "CIEDE2000") -> np.ndarray:
    """Colour difference a person would see; about 1 is just noticeable, 10 is plain at a glance.

    Parameters: two Lab arrays (..., 3); ``formula`` "CIEDE2000" (Sharma et al. 2005) or "CIE76" (plain distance).
    Returns: float32 (...). Raises: ValueError for another formula.
    """
    formulas = {"CIEDE2000": _skcolor.deltaE_ciede2000, "CIE76": _skcolor.deltaE_cie76}
    if formula not in formulas:
        raise ValueError(f"formula {formula!r} unknown; choose from {', '.join(formulas)}")
    return formulas[formula](_last_axis(lab1, 3, "lab1"), _last_axis(lab2, 3, "lab2")).astype(
        np.float32
    )


def luma(rgb, standard: int = 601) -> np.ndarray:
    """The grey of video and of most "convert to grey" buttons: a weighted sum of gamma-encoded channels.

    It is not L*: see lesson 01. Parameters: ``rgb`` uint8 (..., 3); ``standard`` 601 or 709 (ITU-R BT.).
    Returns: float32 (...), 0…255. Raises: ValueError for another standard.
    """
    if standard not in _LUMA:
        raise ValueError(
            f"luma standard {standard!r} unknown; choose from {', '.join(map(str, _LUMA))}"
        )
    return _last_axis(rgb, 3, "rgb").astype(np.float32) @ np.array(_LUMA[standard], np.float32)
