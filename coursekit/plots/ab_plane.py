"""The figures of the course. Every function returns a Matplotlib figure; it saves and shows nothing itself."""

from __future__ import annotations

import functools
import io

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from coursekit import color

# Okabe and Ito's palette: curves stay apart for colour-blind readers. Line styles change too, for print.
CURVES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
STYLES = ("-", "--", "-.", ":")

_AXIS = np.arange(-110, 111)


def style() -> None:
    """Make Matplotlib's defaults those of the course: readable at 700 pixels' width, PNGs without metadata."""
    plt.rcParams.update(
        {
            "figure.dpi": 100,
            "savefig.dpi": 100,
            "figure.constrained_layout.use": True,
            "font.size": 10,
            "axes.titlesize": 10,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.prop_cycle": plt.cycler(color=CURVES),
            "image.cmap": "gray",
            "image.interpolation": "nearest",
        }
    )


def rows(photos: dict, titles=None, width: float = 7.0) -> Figure:
    """Photos in named rows: what was given, what was predicted, what is true.

    Parameters: ``photos``, row name → (N, H, W, 3) uint8 or (N, H, W, 1) L in 0…100, the same N in each row;
    ``titles``, a line over each column; ``width`` in inches.
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
            # Small photos show their pixels as they are; large ones are averaged, not thinned out.
            large = photo.shape[1] > width / columns * fig.dpi
            axis.imshow(photo, interpolation="antialiased" if large else "nearest")
            _bare(axis)
        axis_row[0].set_ylabel(name)
    for axis, title in zip(axes[0], titles or [], strict=False):
        axis.set_title(title)
    return fig


def patches(colours: dict, titles=None, columns_apart: bool = False, width: float = 7.0) -> Figure:
    """Flat colours in named rows, to compare by eye. Colours that are to be compared touch each other.

    Parameters: ``colours``, row name → (N, 3) uint8, the same N in each row; ``titles``, a word over each
    column; ``columns_apart``: colours touch the one below (else the one beside them); ``width`` in inches.
    """
    picture = np.stack([np.asarray(row, np.uint8) for row in colours.values()])
    ground = "0.93"  # not white, or white could not be seen
    height = 0.55 * len(picture) + (0.55 if titles else 0.2)
    fig, axis = plt.subplots(figsize=(width, height), facecolor=ground)
    axis.imshow(picture, aspect="auto")
    for cut in np.arange(1, picture.shape[1 if columns_apart else 0]) - 0.5:
        (axis.axvline if columns_apart else axis.axhline)(cut, color=ground, linewidth=8)
    axis.set(yticks=range(len(picture)), yticklabels=colours)
    axis.set_xticks(range(len(titles or ())), titles or ())
    axis.tick_params(length=0, labeltop=True, labelbottom=False)
    axis.spines[:].set_visible(False)
    return fig


def lab_planes(rgb_true, rgb_predicted) -> Figure:
    """The Lab planes of the original (top) and of the prediction (bottom): L in grey, a and b in their own colours.

    Parameters: two uint8 (H, W, 3) of one shape.
    """
    fig, axes = plt.subplots(2, 4, figsize=(7.5, 4.1))
    for axis_row, name, rgb in zip(
        axes, ("true", "predicted"), (rgb_true, rgb_predicted), strict=True
    ):
        lab = color.rgb_to_lab(rgb)
        pictures = [
            rgb,
            _shown(lab[..., :1]),
            plane_picture(lab[..., 1], "a"),
            plane_picture(lab[..., 2], "b"),
        ]
        for axis, picture in zip(axis_row, pictures, strict=True):
            axis.imshow(picture)
            _bare(axis)
        axis_row[0].set_ylabel(name)
    for axis, title in zip(
        axes[0], ["photo", "L: dark – light", "a: green – red", "b: blue – yellow"], strict=True
    ):
        axis.set_title(title)
    return fig


def plane_picture(values, axis: str, L: float = 65.0) -> np.ndarray:
    """One of the planes a or b painted in the colours it stands for, the other plane being 0.

    Parameters: ``values`` (H, W) in CIELAB units; ``axis`` "a" or "b"; ``L`` of the painting. Returns: uint8 (H, W, 3).
    """
    if axis not in ("a", "b"):
        raise ValueError(f"axis must be 'a' or 'b', got {axis!r}")
    lab = np.zeros((*np.shape(values), 3), np.float32)
    lab[..., 0] = L
    lab[..., 1 if axis == "a" else 2] = values
    return color.lab_to_rgb(lab)


def gamut(L, width: float = 7.5) -> Figure:
    """The ab plane at one or more lightnesses, painted where sRGB has the colour. ``L``: a number or a list, 0…100."""
    lightness = np.atleast_1d(L)
    fig, axes = plt.subplots(
        1, len(lightness), squeeze=False, sharey=True, figsize=(width, width / len(lightness) + 0.6)
    )
    for axis, level in zip(axes[0], lightness, strict=True):
        axis.imshow(gamut_picture(level), origin="lower", extent=_extent())
        _ab_axes(axis)
        axis.set_title(f"L = {level:g}")
    for axis in axes[0][1:]:
        axis.set_ylabel("")
    return fig


def gamut_picture(L: float) -> np.ndarray:
    """One slice of the gamut as uint8 (221, 221, 3): rows b −110…110, columns a −110…110; light grey outside sRGB."""
    a, b = np.meshgrid(_AXIS, _AXIS)
    picture = color.lab_to_rgb(np.stack([np.full_like(a, L), a, b], axis=-1))
    picture[~color.gamut_slice(L, _AXIS, _AXIS)] = 235
    return picture


def ab_histogram(photos: dict, width: float = 7.5) -> Figure:
    """Where the pixels of photo sets lie in the ab plane, on a log scale, with the outline of all that sRGB can show.

    Parameters: ``photos``, name → ab (..., 2) in CIELAB units. Bins of 4 × 4 units, as a share of all pixels.
    """
    fig, axes = plt.subplots(
        1, len(photos), squeeze=False, sharey=True, figsize=(width, width / len(photos) + 0.6)
    )
    edges = np.arange(-112, 113, 4)
    for axis, (name, ab) in zip(axes[0], photos.items(), strict=True):
        a, b = np.reshape(ab, (-1, 2)).T
        share, _, _ = np.histogram2d(b, a, bins=edges)
        image = axis.pcolormesh(
            edges,
            edges,
            np.ma.masked_equal(share / share.sum(), 0),
            norm=LogNorm(1e-6, 0.3),
            cmap="viridis",
            rasterized=True,
        )
        _outline(axis)
        _ab_axes(axis)
        axis.set_title(name)
    for axis in axes[0][1:]:
        axis.set_ylabel("")
    fig.colorbar(image, ax=axes, label="share of pixels", shrink=0.8)
    return fig


def bin_groups(groups: dict, width: float = 5.5) -> Figure:
    """Bins in the ab plane, each in its own colour, a mark for each group.

    Parameters: ``groups``, name → centres (Q, 2) in CIELAB units.
    """
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
    _outline(axis)
    _ab_axes(axis)
    axis.set(xlim=(-116, 116), ylim=(-116, 116))
    axis.legend(frameon=False, loc="lower left", fontsize=9)
    for handle in axis.get_legend().legend_handles:
        handle.set_facecolor("0.75")
    return fig


def bin_values(values: dict, centres, label: str, width: float = 7.5) -> Figure:
    """A number for each bin, as squares in the ab plane on one log scale; an empty bin is a cross.

    Parameters: ``values``, name → (Q,); ``centres`` (Q, 2) in CIELAB units; ``label`` of the numbers, with
    its unit.
    """
    fig, axes = plt.subplots(
        1, len(values), squeeze=False, sharey=True, figsize=(width, width / len(values) + 0.7)
    )
    every = np.concatenate(list(values.values()))
    norm = LogNorm(max(every[every > 0].min(), 1e-7), every.max())
    for axis, (name, row) in zip(axes[0], values.items(), strict=True):
        (a, b), there = np.transpose(centres), np.asarray(row) > 0
        size = _cell(width * 0.85 / len(values))
        image = axis.scatter(
            a[there], b[there], size, row[there], marker="s", norm=norm, cmap="viridis", linewidth=0
        )
        axis.plot(a[~there], b[~there], "x", color="0.6", markersize=size**0.5 / 2)
        _ab_axes(axis)
        axis.set(title=name, xlim=(-116, 116), ylim=(-116, 116))
    for axis in axes[0][1:]:
        axis.set_ylabel("")
    fig.colorbar(image, ax=axes, label=label, shrink=0.8)
    return fig


def distributions(
    probabilities: dict, centres, marks: dict | None = None, photo=None, at=(), width: float = 7.5
) -> Figure:
    """Distributions over bins: on each bin a square in the bin's colour, its area the probability.

    Parameters: ``probabilities``, title → (Q,); ``centres`` (Q, 2) in CIELAB units; ``marks``, name → one ab
    (2,) for all panels, or (panels, 2): the true colour, what a decoder makes of it; ``photo`` (H, W, 3),
    shown on the left, with numbers ``at`` pixels, a list of (row, column); ``width`` in inches.
    """
    left, panels = int(photo is not None), len(probabilities)
    fig, axes = plt.subplots(
        1, left + panels, squeeze=False, figsize=(width, width / (left + panels) + 0.7)
    )
    if left:
        axes[0, 0].imshow(photo)
        _bare(axes[0, 0])
        for number, (row, column) in enumerate(at, start=1):
            axes[0, 0].text(
                column,
                row,
                str(number) if len(at) > 1 else "+",
                ha="center",
                va="center",
                fontsize=8,
                bbox={"boxstyle": "circle,pad=0.15", "facecolor": "white", "linewidth": 0.6},
            )
    colours, axes = _bin_colours(centres), axes[0, left:]
    largest = 1.5 * _cell(width / (left + panels))
    for i, (axis, (title, row)) in enumerate(zip(axes, probabilities.items(), strict=True)):
        row = np.asarray(row)
        shown = row > 1e-3 * row.max()
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
        _outline(axis)
        _ab_axes(axis)
        axis.set_title(title)
    for axis in axes[1:]:
        axis.set(ylabel="", yticklabels=[])
    if marks:
        fig.legend(
            *axes[0].get_legend_handles_labels(),
            frameon=False,
            ncols=len(marks),
            loc="outside lower center",
        )
    return fig


def loss_curves(
    histories: dict,
    references: dict | None = None,
    ylabel: str = "mean squared error of ab / 128",
    log: bool = True,
) -> Figure:
    """Training curves, with horizontal lines for what is known beforehand.

    Parameters: ``histories``, name → values, one an epoch; ``references``, name → value (grey, mean colour, best
    possible); ``ylabel`` with its unit; ``log`` for a logarithmic axis.
    """
    fig, axis = plt.subplots(figsize=(7, 3.6))
    for i, (name, values) in enumerate(histories.items()):
        axis.plot(
            np.arange(1, len(values) + 1), values, STYLES[i % 4], color=CURVES[i % 7], label=name
        )
    for i, (name, value) in enumerate((references or {}).items()):
        axis.axhline(value, color="0.25", linewidth=1, linestyle=STYLES[(i + 1) % 4])
        axis.annotate(
            name,
            (1.0, value),
            xycoords=("axes fraction", "data"),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
        )
    axis.set(xlabel="epoch", ylabel=ylabel, yscale="log" if log else "linear")
    axis.legend(frameon=False)
    return fig


def runs(
    results: list[dict],
    measures: dict,
    by,
    split: str | None = None,
    sort: str | None = None,
    width: float = 7.5,
) -> Figure:
    """Experiments at a glance: a panel for each measure, a row for each kind of run, a dot for each run.

    The bar through the dots is their mean. Kinds without a measure leave their place in its panel empty.

    Parameters: ``results`` of `experiments.run`; ``measures``, name in the results → label with its unit;
    ``by``, the setting, or list of settings, that tells kinds of runs apart; ``split``, a setting shown by
    colour and marker; ``sort``, a measure: the kind with its largest mean comes first (order of results if None).
    Raises: ValueError if there is no run, or no run has a measure.
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
        figsize=(width, 0.9 + (0.24 + 0.12 * len(parts)) * len(kinds)),
    )
    for axis, (measure, label) in zip(axes[0], measures.items(), strict=True):
        for i, part in enumerate(parts):
            for row, of_kind in enumerate(kinds.values()):
                chosen = [
                    each
                    for each in of_kind
                    if measure in each and (not split or each.get(split) == part)
                ]
                height = row + (i - (len(parts) - 1) / 2) * 0.8 / (len(parts) + 1)
                values = [each[measure] for each in chosen]
                axis.plot(
                    values,
                    [height] * len(values),
                    "os^Dv"[i % 5],
                    color=CURVES[i % 7],
                    markersize=4,
                    alpha=0.7,
                    label=str(part) if split and row == 0 else None,
                )
                axis.plot(
                    _mean(chosen, measure),
                    height,
                    "|",
                    color=CURVES[i % 7],
                    markersize=13,
                    markeredgewidth=2,
                )
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


def png(figure: Figure) -> bytes:
    """A figure as the bytes of a PNG, for an ipywidgets Image that a slider redraws; the figure is closed."""
    file = io.BytesIO()
    figure.savefig(file, format="png", bbox_inches="tight")
    plt.close(figure)
    return file.getvalue()


def architecture(model, width: float = 7.5) -> Figure:
    """A network drawn as blocks from left to right: as high as the feature maps, as wide as their number.

    Parameters: ``model``, a Keras model on square inputs of a fixed size; its layers, and those of models inside it,
    are drawn in the order in which they stand.
    """
    shapes = [
        (layer.__class__.__name__, layer.output.shape[1], layer.output.shape[-1])
        for layer in _layers(model)
        if len(layer.output.shape) == 4
    ]
    kinds = {
        "InputLayer": ("input", CURVES[6]),
        "Conv2D": ("convolution", CURVES[0]),
        "MaxPooling2D": ("pooling", CURVES[4]),
        "Conv2DTranspose": ("transposed convolution", CURVES[1]),
        "Add": ("sum", CURVES[3]),
        "UpSampling2D": ("upsampling", CURVES[5]),
    }
    fig, axis = plt.subplots(figsize=(width, 3))
    left, largest = 0.0, max(side for _, side, _ in shapes)
    room = sum(0.6 + channels / 200 for *_, channels in shapes) / 40  # for a block's numbers
    for kind, side, channels in shapes:
        label, colour = kinds.get(kind, (kind, CURVES[3]))
        wide, high = 0.35 + channels / 200, side / largest
        axis.bar(
            left, high, wide, bottom=-high / 2, align="edge", color=colour, alpha=0.8, label=label
        )
        axis.text(
            left + wide / 2, -high / 2 - 0.03, str(channels), ha="center", va="top", fontsize=8
        )
        axis.text(
            left + wide / 2,
            high / 2 + 0.02,
            str(side),
            ha="center",
            va="bottom",
            fontsize=7,
            color="0.35",
        )
        left += max(wide + 0.25, room)
    handles, labels = axis.get_legend_handles_labels()
    named = dict(zip(labels, handles, strict=True))
    axis.legend(
        named.values(),
        named.keys(),
        frameon=False,
        ncols=len(named),
        loc="lower center",
        bbox_to_anchor=(0.5, -0.22),
    )
    axis.set(
        xticks=[],
        yticks=[],
        ylim=(-0.66, 0.6),
        title="above: side in pixels, below: number of feature maps",
    )
    axis.spines[:].set_visible(False)
    return fig


def _layers(model):
    """The layers of a model; instead of a model inside it, that one's layers without its input."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from (each for each in _layers(layer) if each.__class__.__name__ != "InputLayer")
        else:
            yield layer


def _shown(photo) -> np.ndarray:
    photo = np.asarray(photo)
    if photo.shape[-1] == 1:  # L, shown as the grey of that lightness
        return color.join(photo, np.zeros((*photo.shape[:-1], 2), np.float32))
    return photo


@functools.cache
def _reachable() -> np.ndarray:
    """Which ab values sRGB reaches at any lightness, on the grid of `gamut_picture`."""
    return np.any([color.gamut_slice(L, _AXIS, _AXIS) for L in range(2, 100, 2)], axis=0)


def _bin_colours(centres) -> np.ndarray:
    """Each bin's own colour, at the lightness nearest to 65 that has it. Returns: float (Q, 3), 0…1."""
    centres = np.asarray(centres, np.float32)
    levels = np.array(sorted(range(2, 99, 3), key=lambda L: abs(L - 65)), np.float32)
    lab = np.concatenate(
        [
            np.broadcast_to(levels[:, None, None], (len(levels), len(centres), 1)),
            np.broadcast_to(centres, (len(levels), *centres.shape)),
        ],
        axis=-1,
    )
    first = color.in_gamut(lab).argmax(
        axis=0
    )  # 0, so L = 65 and clipped, for a bin beyond the gamut
    return color.lab_to_rgb(lab[first, np.arange(len(centres))]) / 255


def _cell(width: float) -> float:
    """The area of 10 × 10 CIELAB units in square points, as `scatter` wants it, on a panel of that width."""
    return (width * 0.85 * 72 * 10 / 224) ** 2


def _outline(axis) -> None:
    """The edge of all that sRGB can show."""
    axis.contour(_AXIS, _AXIS, _reachable(), levels=[0.5], colors="0.4", linewidths=1)


def _mean(results: list[dict], measure: str) -> float:
    """The mean of a measure over the runs that have it; minus infinity sorts a kind without it last."""
    values = [each[measure] for each in results if measure in each]
    return float(np.mean(values)) if values else -np.inf


def _bare(axis) -> None:
    axis.set(xticks=[], yticks=[])
    axis.spines[:].set_visible(False)


def _ab_axes(axis) -> None:
    axis.set(
        xlabel="a (green – red)",
        ylabel="b (blue – yellow)",
        xlim=(-112, 112),
        ylim=(-112, 112),
        aspect="equal",
        xticks=[-100, 0, 100],
        yticks=[-100, -50, 0, 50, 100],
    )


def _extent() -> tuple[float, float, float, float]:
    return (_AXIS[0] - 0.5, _AXIS[-1] + 0.5, _AXIS[0] - 0.5, _AXIS[-1] + 0.5)
