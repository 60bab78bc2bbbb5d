"""The figures of the Turing test: a pair, rates with their intervals, the photos that convince most and least."""

from __future__ import annotations

import io
from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from coursekit.plots import CURVES

from .pairs import Experiment
from .protocol import REAL
from .statistics import Rate, rates


def pair(left: bytes, right: bytes, width: float = 6.0) -> Figure:
    """What a participant sees, without the buttons. ``left`` and ``right``: PNG, as in `Session.current`."""
    fig, axes = plt.subplots(1, 2, figsize=(width, width / 2))
    for axis, png in zip(axes, (left, right), strict=True):
        axis.imshow(_pixels(png), interpolation="bilinear")
        axis.axis("off")
    return fig


def forest(found: Sequence[Rate], others: dict | None = None, width: float = 7.0) -> Figure:
    """Fooling rates with their intervals, one row each, and the line at 50 % where nobody can tell.

    Parameters: ``found`` of `statistics.rates`: a dot, thick the interval that counts participants, thin the
    two-level bootstrap; ``others``, name → a rate 0…1 from elsewhere, shown as a diamond; ``width`` in inches.
    """
    others = others or {}
    fig, axis = plt.subplots(figsize=(width, 0.8 + 0.34 * (len(found) + len(others))))
    for row, each in enumerate(found):
        axis.plot(100 * np.array(each.bootstrap), [row, row], color=CURVES[0], linewidth=1)
        axis.plot(
            [100 * each.low, 100 * each.high],
            [row, row],
            color=CURVES[0],
            linewidth=4,
            solid_capstyle="butt",
        )
        axis.plot(100 * each.rate, row, "o", color="white", markeredgecolor=CURVES[0], markersize=8)
    for row, rate in enumerate(others.values(), start=len(found)):
        axis.plot(100 * rate, row, "D", color=CURVES[1], markersize=6)
    axis.axvline(50, color="0.25", linestyle="--", linewidth=1)
    names = [f"{each.name} ({each.fooled} of {each.trials})" for each in found] + list(others)
    axis.set(
        xlabel="fooling rate, % of test pairs; dashed: nobody can tell",
        xlim=(0, 60),
        yticks=range(len(names)),
        yticklabels=names,
        ylim=(len(names) - 0.5, -0.5),
    )
    if found and max(each.high for each in found) > 0.58:
        axis.set_xlim(0, 100)
    axis.tick_params(axis="y", length=0)
    return fig


def ranking(
    experiment: Experiment, votes: Sequence[dict], colorizer: str, each: int = 4, width: float = 8.0
) -> Figure:
    """The photos whose fake by this colorizer convinced most (left) and least (right): true above, fake below.

    Parameters: ``votes`` of `Store.votes`; ``each``, how many at either end; ``width`` in inches.
    """
    ranked = rates([vote for vote in votes if vote["colorizer"] == colorizer], by="photo")
    each = min(each, len(ranked) // 2)
    if not each:
        raise ValueError(
            f"test votes on {len(ranked)} photos by {colorizer!r}; a ranking needs at least two"
        )
    chosen = ranked[:each] + ranked[-each:]
    fig, axes = plt.subplots(2, 2 * each, squeeze=False, figsize=(width, width / each + 0.4))
    for column, rate in zip(axes.T, chosen, strict=True):
        for axis, kind in zip(column, (REAL, colorizer), strict=True):
            axis.imshow(experiment.picture(rate.name, kind))
            axis.set(xticks=[], yticks=[])
            axis.spines[:].set_visible(False)
        column[0].set_title(f"{rate.fooled} of {rate.trials}")
    axes[0, 0].set_ylabel("true")
    axes[1, 0].set_ylabel(colorizer)
    return fig


def sheet(pairs: Sequence[tuple[int, bytes, bytes]], title: str) -> Figure:
    """A printed A4 page of up to ten numbered pairs, with a place to write L or R.

    Parameters: ``pairs``, (number, left PNG, right PNG); ``title``.
    """
    fig = plt.figure(figsize=(8.27, 11.69), layout="none")
    fig.text(0.07, 0.95, title, fontsize=14, weight="bold")
    fig.text(
        0.07,
        0.912,
        "In each pair, one picture has its true colours, the other has colours made by a computer.\n"
        "Which has the computer's? Write L for left or R for right.",
        fontsize=10,
    )
    for place, (number, *pictures) in enumerate(pairs):
        row, column = divmod(place, 2)
        left, bottom = 0.07 + 0.45 * column, 0.74 - 0.17 * row
        for side, png in enumerate(pictures):
            axis = fig.add_axes((left + 0.2 * side, bottom, 0.19, 0.19 * 8.27 / 11.69))
            axis.imshow(_pixels(png), interpolation="none")
            axis.axis("off")
        fig.text(left, bottom + 0.14, f"{number}.  ____", fontsize=11)
    return fig


def _pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)))
