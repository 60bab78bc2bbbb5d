"""The ab plane: what sRGB can show of it, and where the pixels of photos lie in it."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from coursekit import color

_AXIS = np.arange(-110, 111)  # a and b of the pixels of `gamut_picture`: all that sRGB has


def gamut(L: ArrayLike, width: float = 7.5) -> Figure:
    """Show the ab plane at one or more lightnesses, painted where sRGB has the colour.

    Parameters
    ----------
    L : float or sequence of float
        The lightnesses, 0…100.
    width : float, optional
        Of the figure, in inches.

    Returns
    -------
    Figure
        One panel a lightness.
    """
    levels = np.atleast_1d(L)
    # Each pixel is centred on its ab.
    extent = (_AXIS[0] - 0.5, _AXIS[-1] + 0.5, _AXIS[0] - 0.5, _AXIS[-1] + 0.5)
    fig, axes = plt.subplots(
        1, len(levels), squeeze=False, sharey=True, figsize=(width, width / len(levels) + 0.6)
    )
    for axis, level in zip(axes[0], levels, strict=True):
        axis.imshow(gamut_picture(level), origin="lower", extent=extent)
        ab_axes(axis)
        axis.set_title(f"L = {level:g}")
    for axis in axes[0][1:]:
        axis.set_ylabel("")
    return fig


def gamut_picture(L: float) -> np.ndarray:
    """Paint one slice of the gamut.

    Parameters
    ----------
    L : float
        The lightness of the slice, 0…100.

    Returns
    -------
    ndarray
        A picture, uint8 (221, 221, 3): rows b −110…110, columns a −110…110; light grey outside
        sRGB.
    """
    a, b = np.meshgrid(_AXIS, _AXIS)
    picture = color.lab_to_rgb(np.stack([np.full_like(a, L), a, b], axis=-1))
    picture[~color.gamut_slice(L, _AXIS, _AXIS)] = 235
    return picture


def ab_histogram(photos: Mapping[str, ArrayLike]) -> Figure:
    """Show where the pixels of photo sets lie in the ab plane.

    Parameters
    ----------
    photos : mapping of str to array_like
        For each set's name the ab of its pixels, (..., 2), in CIELAB units.

    Returns
    -------
    Figure
        One panel a set: bins of 4 × 4 units, as a share of all pixels on a log scale, and the
        outline of all that sRGB can show.
    """
    width = 7.5
    fig, axes = plt.subplots(
        1, len(photos), squeeze=False, sharey=True, figsize=(width, width / len(photos) + 0.6)
    )
    edges = np.arange(-112, 113, 4)
    for axis, (name, ab) in zip(axes[0], photos.items(), strict=True):
        a, b = np.reshape(ab, (-1, 2)).T
        # b first: the rows of a mesh run along the vertical axis.
        share, _, _ = np.histogram2d(b, a, bins=edges)
        image = axis.pcolormesh(
            edges,
            edges,
            np.ma.masked_equal(share / share.sum(), 0),  # an empty bin stays white
            norm=LogNorm(1e-6, 0.3),
            cmap="viridis",
            rasterized=True,
        )
        outline(axis)
        ab_axes(axis)
        axis.set_title(name)
    for axis in axes[0][1:]:
        axis.set_ylabel("")
    fig.colorbar(image, ax=axes, label="share of pixels", shrink=0.8)
    return fig


def ab_axes(axis: Axes) -> None:
    """Make a panel an ab plane: labels, ticks, a common range, equal units.

    Parameters
    ----------
    axis : Axes
        The panel to change.
    """
    axis.set(
        xlabel="a (green – red)",
        ylabel="b (blue – yellow)",
        xlim=(-112, 112),
        ylim=(-112, 112),
        aspect="equal",
        xticks=[-100, 0, 100],
        yticks=[-100, -50, 0, 50, 100],
    )


def outline(axis: Axes) -> None:
    """Draw the edge of all that sRGB can show at any lightness.

    Parameters
    ----------
    axis : Axes
        The panel to draw in, an ab plane.
    """
    axis.contour(_AXIS, _AXIS, _reachable(), levels=[0.5], colors="0.4", linewidths=1)


@functools.cache
def _reachable() -> np.ndarray:
    """Which ab values sRGB reaches at any lightness, on the grid of `gamut_picture`."""
    return np.any([color.gamut_slice(L, _AXIS, _AXIS) for L in range(2, 100, 2)], axis=0)
