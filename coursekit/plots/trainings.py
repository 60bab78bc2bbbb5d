"""What trainings and experiments gave: curves over epochs, and runs beside one another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .styling import CURVES, STYLES


def loss_curves(
    histories: Mapping[str, Sequence[float]],
    references: Mapping[str, float] | None = None,
    ylabel: str = "mean squared error of ab / 128",
    log: bool = True,
) -> Figure:
    """Show training curves, with horizontal lines for what is known beforehand.

    Parameters
    ----------
    histories : mapping of str to sequence of float
        For each curve's name its values, one an epoch.
    references : mapping of str to float, optional
        For each line's name its value: grey, mean colour, best possible.
    ylabel : str, optional
        What the values are, with their unit.
    log : bool, optional
        Whether their axis is logarithmic.

    Returns
    -------
    Figure
        One panel.
    """
    fig, axis = plt.subplots(figsize=(7, 3.6))
    for i, (name, values) in enumerate(histories.items()):
        axis.plot(
            np.arange(1, len(values) + 1), values, STYLES[i % 4], color=CURVES[i % 7], label=name
        )
    for i, (name, value) in enumerate((references or {}).items()):
        axis.axhline(value, color="0.25", linewidth=1, linestyle=STYLES[(i + 1) % 4])
        axis.annotate(  # right of the panel, at the line's height
            name,
            (1.0, value),
            xycoords=("axes fraction", "data"),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
        )
    axis.set(xlabel="epoch", ylabel=ylabel, yscale="log" if log else "linear")
    axis.xaxis.get_major_locator().set_params(integer=True)  # there is no epoch 1.5
    axis.legend(frameon=False)
    return fig


def runs(
    results: Sequence[dict],
    measures: Mapping[str, str],
    by: str | Sequence[str],
    split: str | None = None,
    sort: str | None = None,
) -> Figure:
    """Show experiments at a glance: a panel a measure, a row a kind of run, a dot a run.

    The bar through the dots is their mean. Kinds without a measure leave their place in its panel
    empty.

    Parameters
    ----------
    results : sequence of dict
        Runs, as of `experiments.run`.
    measures : mapping of str to str
        For the name of each measure in the results its label, with its unit.
    by : str or sequence of str
        The setting, or settings, that tell kinds of runs apart.
    split : str, optional
        A setting that is shown by colour and marker.
    sort : str, optional
        A measure: the kind with its largest mean comes first. Without it kinds stand in the order
        of the results.

    Returns
    -------
    Figure
        Panels that share their rows.

    Raises
    ------
    ValueError
        If there is no run, or no run has a measure.
    """
    names = [by] if isinstance(by, str) else list(by)
    kinds: dict[str, list[dict]] = {}
    for each in results:
        kinds.setdefault(", ".join(str(each.get(name, "–")) for name in names), []).append(each)
    for measure in [*measures, *([sort] if sort else [])]:
        if not any(measure in each for each in results):
            raise ValueError(f"no run has {measure!r}, or there is no run")
    if sort:
        order = {kind: _mean(kinds[kind], sort) for kind in kinds}
        kinds = {kind: kinds[kind] for kind in sorted(kinds, key=order.get, reverse=True)}
    parts = list(dict.fromkeys(each.get(split) for each in results)) if split else [None]
    fig, axes = plt.subplots(
        1,
        len(measures),
        squeeze=False,
        sharey=True,
        figsize=(7.5, 0.9 + (0.24 + 0.12 * len(parts)) * len(kinds)),
    )
    for axis, (measure, label) in zip(axes[0], measures.items(), strict=True):
        for i, part in enumerate(parts):
            # The parts of a kind lie close together around the middle of its row.
            above = (i - (len(parts) - 1) / 2) * 0.8 / (len(parts) + 1)
            for row, of_kind in enumerate(kinds.values()):
                values = [
                    each[measure]
                    for each in of_kind
                    if measure in each and (not split or each.get(split) == part)
                ]
                _dots(axis, values, row + above, i, str(part) if split and row == 0 else None)
        axis.set(
            xlabel=label, yticks=range(len(kinds)), yticklabels=kinds, ylim=(len(kinds) - 0.5, -0.5)
        )
        axis.grid(axis="x", color="0.9")
        axis.set_axisbelow(True)
        axis.tick_params(axis="y", length=0)
    if split:
        handles, labels = axes[0][0].get_legend_handles_labels()
        fig.legend(handles, labels, loc="outside upper center", ncols=len(parts), frameon=False)
    return fig


def intervals(
    names: Sequence[str], values: Mapping[str, Sequence[tuple[float, float, float]]]
) -> Figure:
    """Draw values with their intervals, a row a name and a panel a measure.

    Parameters
    ----------
    names : sequence of str
        From top to bottom.
    values : mapping of str to sequence of (float, float, float)
        For each measure's label a value, and the ends of its interval, for each name; NaN where
        there is none.

    Returns
    -------
    Figure
        Panels that share their rows.

    Raises
    ------
    ValueError
        If a measure has not one value a name.
    """
    for label, some in values.items():
        if len(some) != len(names):
            raise ValueError(f"{label}: {len(some)} values for {len(names)} names")
    fig, axes = plt.subplots(
        1, len(values), squeeze=False, sharey=True, figsize=(9.5, 0.9 + 0.28 * len(names))
    )
    places = np.arange(len(names))
    for axis, (label, some) in zip(axes[0], values.items(), strict=True):
        middle, low, high = np.transpose(some)
        axis.errorbar(
            middle, places, xerr=[middle - low, high - middle], fmt="o", markersize=4, capsize=3
        )
        axis.set(xlabel=label, yticks=places, yticklabels=names, ylim=(len(names) - 0.5, -0.5))
        axis.grid(axis="x", color="0.9")
        axis.set_axisbelow(True)
        axis.tick_params(axis="y", length=0)
    return fig


def _dots(axis: Axes, values: list[float], height: float, part: int, label: str | None) -> None:
    """Draw the runs of one kind and part, and a bar at their mean."""
    axis.plot(
        values,
        [height] * len(values),
        "os^Dv"[part % 5],
        color=CURVES[part % 7],
        markersize=4,
        alpha=0.7,
        label=label,
    )
    if values:
        axis.plot(
            np.mean(values), height, "|", color=CURVES[part % 7], markersize=13, markeredgewidth=2
        )


def _mean(results: list[dict], measure: str) -> float:
    """Mean of a measure over the runs that have it; minus infinity sorts a kind without it last."""
    values = [each[measure] for each in results if measure in each]
    return float(np.mean(values)) if values else -np.inf
