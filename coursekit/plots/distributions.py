"""Colour bins in the ab plane: which there are, a number on each, distributions over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from coursekit import color

from .ab_plane import ab_axes, outline
from .styling import bare


def bin_groups(groups: Mapping[str, ArrayLike]) -> Figure:
    """Show bins in the ab plane, each in its own colour, with a mark for each group.

    Parameters
    ----------
    groups : mapping of str to array_like
        For each group's name the centres of its bins, (Q, 2), in CIELAB units; at most four groups.

    Returns
    -------
    Figure
        One panel, with the outline of all that sRGB can show.
    """
    width = 5.5
    fig, axis = plt.subplots(figsize=(width, width))
    for marker, (name, centres) in zip("s^Do", groups.items(), strict=False):
        square = marker == "s"
        axis.scatter(
            *np.transpose(centres),
            _cell(width) * (0.8 if square else 0.4),
            _bin_colours(centres),
            marker=marker,
            edgecolor="none" if square else "black",
            label=f"{name}: {len(centres)}",
        )
    outline(axis)
    ab_axes(axis)
    axis.set(xlim=(-116, 116), ylim=(-116, 116))
    axis.legend(frameon=False, loc="lower left", fontsize=9)
    for handle in axis.get_legend().legend_handles:
        handle.set_facecolor("0.75")
    return fig


def bin_values(values: Mapping[str, np.ndarray], centres: ArrayLike, label: str) -> Figure:
    """Show a number for each bin, as squares in the ab plane; an empty bin is a cross.

    Parameters
    ----------
    values : mapping of str to ndarray
        For each panel's name a number from 0 for each bin, (Q,).
    centres : array_like
        The centres of the bins, (Q, 2), in CIELAB units.
    label : str
        What the numbers are, with their unit.

    Returns
    -------
    Figure
        Panels that share one log scale.
    """
    width = 7.5
    fig, axes = plt.subplots(
        1, len(values), squeeze=False, sharey=True, figsize=(width, width / len(values) + 0.7)
    )
    every = np.concatenate(list(values.values()))
    # A floor, or one bin that is all but empty would stretch the scale over decades.
    norm = LogNorm(max(every[every > 0].min(), 1e-7), every.max())
    for axis, (name, row) in zip(axes[0], values.items(), strict=True):
        (a, b), there = np.transpose(centres), np.asarray(row) > 0
        area = _cell(width * 0.85 / len(values))
        image = axis.scatter(
            a[there], b[there], area, row[there], marker="s", norm=norm, cmap="viridis", linewidth=0
        )
        axis.plot(a[~there], b[~there], "x", color="0.6", markersize=area**0.5 / 2)
        ab_axes(axis)
        axis.set(title=name, xlim=(-116, 116), ylim=(-116, 116))
    for axis in axes[0][1:]:
        axis.set_ylabel("")
    fig.colorbar(image, ax=axes, label=label, shrink=0.8)
    return fig


def distributions(
    probabilities: Mapping[str, ArrayLike],
    centres: np.ndarray,
    marks: Mapping[str, ArrayLike] | None = None,
    photo: ArrayLike | None = None,
    at: Sequence[tuple[int, int]] = (),
    width: float = 7.5,
) -> Figure:
    """Show distributions over bins: on each bin a square whose area is the probability.

    Parameters
    ----------
    probabilities : mapping of str to array_like
        For each panel's title a distribution, (Q,).
    centres : ndarray
        The centres of the bins, (Q, 2), in CIELAB units; a square has its bin's colour.
    marks : mapping of str to array_like, optional
        For each name one ab (2,) for all panels, or (panels, 2), in CIELAB units: the true colour,
        what a decoder makes of the distribution; at most four names.
    photo : array_like, optional
        A photo, uint8 (H, W, 3), to be shown on the left.
    at : sequence of (int, int), optional
        Row and column of the pixels of the photo to which the panels belong. Several are numbered.
    width : float, optional
        Of the figure, in inches.

    Returns
    -------
    Figure
        One panel a distribution, with the outline of all that sRGB can show. Areas are relative to
        the panel's most probable bin.
    """
    left, panels = int(photo is not None), len(probabilities)
    fig, axes = plt.subplots(
        1, left + panels, squeeze=False, figsize=(width, width / (left + panels) + 0.7)
    )
    if left:
        _photo_with_pixels(axes[0, 0], photo, at)
    colours, axes = _bin_colours(centres), axes[0, left:]
    largest = 1.5 * _cell(width / (left + panels))
    for i, (axis, (title, row)) in enumerate(zip(axes, probabilities.items(), strict=True)):
        row = np.asarray(row)
        shown = row > 1e-3 * row.max()  # smaller squares are specks
        axis.scatter(
            *centres[shown].T,
            largest * row[shown] / row.max(),
            colours[shown],
            marker="s",
            edgecolor="0.35",
            linewidth=0.4,
        )
        for (name, ab), marker in zip((marks or {}).items(), "+x*P", strict=False):
            # Black on white is seen on any colour, and the marker tells them apart.
            axis.plot(
                *np.broadcast_to(ab, (panels, 2))[i],
                marker,
                color="black",
                label=name,
                markersize=9,
                markeredgewidth=1.8,
                linestyle="",
            )
        outline(axis)
        ab_axes(axis)
        axis.set_title(title)
    for axis in axes[1:]:
        axis.set(ylabel="", yticklabels=[])
    if marks:
        handles = axes[0].get_legend_handles_labels()
        fig.legend(*handles, frameon=False, ncols=len(marks), loc="outside lower center")
    return fig


def _photo_with_pixels(axis: Axes, photo: ArrayLike, at: Sequence[tuple[int, int]]) -> None:
    """Show a photo with a number on each pixel, or a cross on the only one."""
    axis.imshow(photo)
    bare(axis)
    for number, (row, column) in enumerate(at, start=1):
        axis.text(
            column,
            row,
            str(number) if len(at) > 1 else "+",
            ha="center",
            va="center",
            fontsize=8,
            bbox={"boxstyle": "circle,pad=0.15", "facecolor": "white", "linewidth": 0.6},
        )


def _bin_colours(centres: ArrayLike) -> np.ndarray:
    """Each bin's own colour, float (Q, 3) in 0…1, at the lightness nearest to 65 that has it."""
    centres = np.asarray(centres, np.float32)
    levels = np.array(sorted(range(2, 99, 3), key=lambda L: abs(L - 65)), np.float32)
    # Every bin at every lightness, the lightness nearest to 65 first: (levels, Q, 3).
    lab = np.concatenate(
        [
            np.broadcast_to(levels[:, None, None], (len(levels), len(centres), 1)),
            np.broadcast_to(centres, (len(levels), *centres.shape)),
        ],
        axis=-1,
    )
    # The first that fits; argmax of nothing but False is 0, so a bin that sRGB has at no lightness
    # is clipped at 65.
    first = color.in_gamut(lab).argmax(axis=0)
    return color.lab_to_rgb(lab[first, np.arange(len(centres))]) / 255


def _cell(width: float) -> float:
    """Area of 10 × 10 CIELAB units on a panel ``width`` inches wide, in square points."""
    # 85 % of a panel are its plane, which is 224 units wide; a point is 1/72 inch.
    return (width * 0.85 * 72 * 10 / 224) ** 2
