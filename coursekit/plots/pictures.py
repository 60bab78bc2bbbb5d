"""Photos, flat colours, and the planes of Lab, beside one another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from coursekit import color

from .styling import bare

SMOOTH_FROM = 64  # pixels a side; in smaller pictures the pixels themselves are the point
PLANE_L = 65.0  # the lightness at which most hues of the planes a and b lie inside sRGB


def rows(
    photos: Mapping[str, Sequence[ArrayLike]],
    titles: Sequence[str] | None = None,
    width: float = 7.0,
) -> Figure:
    """Show photos in named rows: what was given, what was predicted, what is true.

    Parameters
    ----------
    photos : mapping of str to sequence of array_like
        For each row's name N photos, uint8 (H, W, 3) or L (H, W, 1) in 0…100, the same N in each
        row.
    titles : sequence of str, optional
        A line over each column.
    width : float, optional
        Of the figure, in inches.

    Returns
    -------
    Figure
        One panel a photo. Photos larger than their panel are averaged, smaller ones enlarged
        smoothly; those under 64 pixels show their pixels as they are.

    Raises
    ------
    ValueError
        If rows differ in their number of photos, or have none.
    """
    shown = {name: [_shown(photo) for photo in row] for name, row in photos.items()}
    counts = {len(row) for row in shown.values()}
    if len(counts) != 1 or 0 in counts:
        raise ValueError(
            f"every row needs the same number of photos, at least one; got {sorted(counts)}"
        )
    columns = counts.pop()
    fig, axes = plt.subplots(
        len(shown), columns, squeeze=False, figsize=(width, width / columns * len(shown) + 0.3)
    )
    for axis_row, (name, row) in zip(axes, shown.items(), strict=True):
        for axis, photo in zip(axis_row, row, strict=True):
            # A photo with more pixels than its panel is averaged; thinned out, it would show moiré.
            large = photo.shape[1] > width / columns * fig.dpi
            smooth = "bicubic" if min(photo.shape[:2]) >= SMOOTH_FROM else "nearest"
            axis.imshow(photo, interpolation="antialiased" if large else smooth)
            bare(axis)
        axis_row[0].set_ylabel(name)
    for axis, title in zip(axes[0], titles or [], strict=False):
        axis.set_title(title)
    return fig


def patches(
    colours: Mapping[str, ArrayLike],
    titles: Sequence[str] | None = None,
    columns_apart: bool = False,
) -> Figure:
    """Show flat colours in named rows; colours that are to be compared by eye touch each other.

    Parameters
    ----------
    colours : mapping of str to array_like
        For each row's name its colours, uint8 (N, 3), the same N in each row.
    titles : sequence of str, optional
        A word over each column.
    columns_apart : bool, optional
        Whether a colour touches the one below it; else it touches the one beside it.

    Returns
    -------
    Figure
        One panel, with a gap between rows, or between columns.
    """
    picture = np.stack([np.asarray(row, np.uint8) for row in colours.values()])
    ground = "0.93"  # not white, or white could not be seen
    height = 0.55 * len(picture) + (0.55 if titles else 0.2)
    fig, axis = plt.subplots(figsize=(7.0, height), facecolor=ground)
    axis.imshow(picture, aspect="auto")
    for cut in np.arange(1, picture.shape[1 if columns_apart else 0]) - 0.5:
        (axis.axvline if columns_apart else axis.axhline)(cut, color=ground, linewidth=8)
    axis.set(yticks=range(len(picture)), yticklabels=colours)
    axis.set_xticks(range(len(titles or ())), titles or ())
    axis.tick_params(length=0, labeltop=True, labelbottom=False)
    axis.spines[:].set_visible(False)
    return fig


def lab_planes(rgb_true: np.ndarray, rgb_predicted: np.ndarray) -> Figure:
    """Show the Lab planes of a photo above those of a prediction.

    Parameters
    ----------
    rgb_true : ndarray
        The photo, uint8 (H, W, 3).
    rgb_predicted : ndarray
        The prediction, uint8 of the same shape.

    Returns
    -------
    Figure
        In each of two rows the picture, L in grey, a and b in the colours that they stand for.
    """
    fig, axes = plt.subplots(2, 4, figsize=(7.5, 4.1))
    for axis_row, name, rgb in zip(
        axes, ("true", "predicted"), (rgb_true, rgb_predicted), strict=True
    ):
        lab = color.rgb_to_lab(rgb)
        grey = _shown(lab[..., :1])
        planes = [plane_picture(lab[..., 1], "a"), plane_picture(lab[..., 2], "b")]
        for axis, picture in zip(axis_row, [rgb, grey, *planes], strict=True):
            axis.imshow(picture)
            bare(axis)
        axis_row[0].set_ylabel(name)
    for axis, title in zip(
        axes[0], ["photo", "L: dark – light", "a: green – red", "b: blue – yellow"], strict=True
    ):
        axis.set_title(title)
    return fig


def plane_picture(values: ArrayLike, axis: str) -> np.ndarray:
    """Paint one of the planes a or b in the colours it stands for.

    Parameters
    ----------
    values : array_like
        The plane, (H, W), in CIELAB units.
    axis : {"a", "b"}
        Which plane it is. The other one is painted as 0, L as 65.

    Returns
    -------
    ndarray
        A picture, uint8 (H, W, 3).

    Raises
    ------
    ValueError
        For another axis.
    """
    if axis not in ("a", "b"):
        raise ValueError(f"axis must be 'a' or 'b', got {axis!r}")
    lab = np.zeros((*np.shape(values), 3), np.float32)
    lab[..., 0] = PLANE_L
    lab[..., 1 if axis == "a" else 2] = values
    return color.lab_to_rgb(lab)


def _shown(photo: ArrayLike) -> np.ndarray:
    """Turn L into the grey of that lightness; leave a photo as it is."""
    photo = np.asarray(photo)
    if photo.shape[-1] == 1:
        return color.join(photo, np.zeros((*photo.shape[:-1], 2), np.float32))
    return photo
