"""The figures of the Turing test: a pair and its steps, rates with intervals, what convinces.

Figures of votes say above them whose votes they are: made-up ones must not be taken for people's.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from coursekit.plots import CURVES
from coursekit.plots.styling import bare

from . import words
from .pairs import Experiment
from .protocol import REAL, SIDES, Protocol
from .statistics import Rate, rates


def pair(left: bytes, right: bytes) -> Figure:
    """Show what a participant sees, without the buttons.

    Parameters
    ----------
    left, right : bytes
        The two pictures, PNG files, as in `Session.current`.

    Returns
    -------
    Figure
        The pictures side by side, under the question.
    """
    fig, axes = plt.subplots(1, 2, figsize=(6, 3.5))
    fig.suptitle(words.QUESTION, weight="bold")
    for axis, png, side in zip(axes, (left, right), SIDES, strict=True):
        axis.imshow(_pixels(png), interpolation="bilinear")
        bare(axis)
        axis.set_xlabel(side)
    return fig


def steps(left: bytes, right: bytes, told: str, protocol: Protocol) -> Figure:
    """Show what happens in a practice pair, for pages on which the test itself does not run.

    Parameters
    ----------
    left, right : bytes
        The two pictures, PNG files, as in `Session.current`.
    told : str
        What the participant is told after the vote, as of `words.verdict`.
    protocol : Protocol
        The rules of the test.

    Returns
    -------
    Figure
        Three frames below one another: the pair, the question, the answer.
    """
    seconds = protocol.exposure
    shown = "until you answer" if seconds is None else f"for {seconds:g} s"
    fig, axes = plt.subplots(3, 2, figsize=(5, 8.4))
    heads = (f"1. The pair is shown {shown}", f"2. {words.QUESTION}", f"3. In practice: {told}")
    for row, head, seen in zip(axes, heads, (True, seconds is None, True), strict=True):
        for axis, png, side in zip(row, (left, right), SIDES, strict=True):
            picture = _pixels(png)
            axis.imshow(picture if seen else np.full_like(picture, 235), interpolation="bilinear")
            bare(axis)
            if not seen:
                axis.text(0.5, 0.5, side, transform=axis.transAxes, ha="center", va="center")
        row[0].set_title(head, loc="left", fontsize="medium")
    return fig


def forest(found: Sequence[Rate], title: str, others: Mapping[str, float] | None = None) -> Figure:
    """Show fooling rates with their intervals, and the line at 50 % where nobody can tell.

    Parameters
    ----------
    found : sequence of Rate
        The rates, as of `statistics.rates`.
    title : str
        Whose votes they are.
    others : mapping of str to float, optional
        For each name a rate from elsewhere, 0…1.

    Returns
    -------
    Figure
        A row for each rate: a dot, thick the interval that counts participants, or rooms, thin the
        bootstrap. The others stand below as diamonds; above, the title and what the intervals do
        not cover.
    """
    others = others or {}
    fig, axis = plt.subplots(figsize=(7, 1.1 + 0.34 * (len(found) + len(others))))
    for row, each in enumerate(found):
        interval = 100 * np.array([each.low, each.high])
        axis.plot(100 * np.array(each.bootstrap), [row, row], color=CURVES[0], linewidth=1)
        axis.plot(interval, [row, row], color=CURVES[0], linewidth=4, solid_capstyle="butt")
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
    # No colorizer is expected beyond 50 %; should one get there, its interval has to fit.
    if found and max(each.high for each in found) > 0.58:
        axis.set_xlim(0, 100)
    axis.tick_params(axis="y", length=0)
    doubts = dict.fromkeys(each.caveat for each in found if each.caveat)
    axis.set_title("\n".join([title, *map(textwrap.fill, doubts)]), loc="left", fontsize="small")
    return fig


def ranking(
    experiment: Experiment, votes: Sequence[dict], colorizer: str, title: str, each: int = 2
) -> Figure:
    """Show the photos whose fake by one colorizer convinced most and least.

    Parameters
    ----------
    experiment : Experiment
        The pictures.
    votes : sequence of dict
        Votes, as of `Store.votes`.
    colorizer : str
        Name of the colorizer.
    title : str
        Whose votes they are.
    each : int, optional
        How many photos at either end, at most.

    Returns
    -------
    Figure
        True photos above their fakes, the most convincing on the left, with the numbers of votes.

    Raises
    ------
    ValueError
        If there are test votes on fewer than two photos.
    """
    ranked = rates([vote for vote in votes if vote["colorizer"] == colorizer], by="photo")
    each = min(each, len(ranked) // 2)
    if not each:
        raise ValueError(
            f"test votes on {len(ranked)} photos by {colorizer!r}; a ranking needs at least two"
        )
    chosen = ranked[:each] + ranked[-each:]
    fig, axes = plt.subplots(2, 2 * each, squeeze=False, figsize=(8.4, 8 / each + 0.6))
    fig.suptitle(title, fontsize="small")
    for column, rate in zip(axes.T, chosen, strict=True):
        for axis, kind in zip(column, (REAL, colorizer), strict=True):
            axis.imshow(experiment.picture(rate.name, kind))
            bare(axis)
        column[0].set_title(f"fooled {rate.fooled} of {rate.trials}")
    axes[0, 0].set_ylabel("true")
    axes[1, 0].set_ylabel(colorizer)
    return fig


def sheet(pairs: Sequence[tuple[int, bytes, bytes]], label: str) -> Figure:
    """Lay out an A4 page of numbered pairs, with a line to write L or R on.

    Parameters
    ----------
    pairs : sequence of (int, bytes, bytes)
        Number, left and right picture as PNG files, of at most ten pairs.
    label : str
        Which sheet and page it is, for the corner.

    Returns
    -------
    Figure
        The page under the question, two columns of five pairs.
    """
    wide, high = 8.27, 11.69  # A4 in inches
    fig = plt.figure(figsize=(wide, high), layout="none")
    fig.text(0.07, 0.95, words.QUESTION, fontsize=14, weight="bold")
    fig.text(0.93, 0.975, label, fontsize=8, ha="right")
    fig.text(0.07, 0.912, words.ON_PAPER, fontsize=10)
    for i, (number, *pictures) in enumerate(pairs):
        row, column = divmod(i, 2)
        left, bottom = 0.07 + 0.45 * column, 0.74 - 0.17 * row
        for on_the_right, png in enumerate(pictures):
            # Shares of the page: squares, because shares of height are larger than those of width.
            axis = fig.add_axes((left + 0.2 * on_the_right, bottom, 0.19, 0.19 * wide / high))
            axis.imshow(_pixels(png), interpolation="none")
            axis.axis("off")
        fig.text(left, bottom + 0.14, f"{number}.  ____", fontsize=11)
    return fig


def _pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)))
