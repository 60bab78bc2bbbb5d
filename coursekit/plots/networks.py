"""A network drawn as blocks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from .styling import CURVES

# Keras takes seconds to import, and a model that comes in brings it along.
if TYPE_CHECKING:
    import keras

# By the name of its class, what a layer is called in the legend, and its colour.
KINDS = {
    "InputLayer": ("input", CURVES[6]),
    "Conv2D": ("convolution", CURVES[0]),
    "MaxPooling2D": ("pooling", CURVES[4]),
    "Conv2DTranspose": ("transposed convolution", CURVES[1]),
    "Add": ("sum", CURVES[3]),
    "UpSampling2D": ("upsampling", CURVES[5]),
    "Concatenate": ("laid side by side", CURVES[2]),
    "GlobalAveragePooling2D": ("mean over places", "0.75"),
    "Dense": ("dense", "0.45"),
}
# They change numbers, not how many there are: part of the block before.
WITHIN = {"BatchNormalization", "ReLU", "Activation", "Dropout", "SpatialDropout2D"}
IN_A_LINE = 6  # kinds of the legend; of seven a narrow figure has no room


def architecture(model: keras.Model, width: float = 7.5) -> Figure:
    """Draw a network as blocks from left to right.

    A block is as high as the feature maps of a layer, and as wide as their number. Normalisation,
    activation and dropout are no blocks.

    Parameters
    ----------
    model : keras.Model
        A model on square inputs of a fixed size. Its layers, and those of models inside it, are
        drawn in the order in which they stand.
    width : float, optional
        Of the figure, in inches.

    Returns
    -------
    Figure
        One panel, with the size in pixels above each block and the number of feature maps below.
    """
    shapes = [
        (layer.__class__.__name__, layer.output.shape[1], layer.output.shape[-1])
        for layer in _layers(model)
        # (batch, height, width, channels): only maps are drawn
        if len(layer.output.shape) == 4 and layer.__class__.__name__ not in WITHIN
    ]
    fig, axis = plt.subplots(figsize=(width, 3))
    left, largest = 0.0, max(size for _, size, _ in shapes)
    # What a block's numbers take at least: a fortieth of the whole row.
    least = sum(0.6 + channels / 200 for *_, channels in shapes) / 40
    for kind, size, channels in shapes:
        label, colour = KINDS.get(kind, (kind, CURVES[3]))
        wide, high = 0.35 + channels / 200, size / largest
        middle = left + wide / 2
        axis.bar(
            left, high, wide, bottom=-high / 2, align="edge", color=colour, alpha=0.8, label=label
        )
        axis.text(middle, -high / 2 - 0.03, str(channels), ha="center", va="top", fontsize=8)
        above = high / 2 + 0.02
        axis.text(middle, above, str(size), ha="center", va="bottom", fontsize=7, color="0.35")
        left += max(wide + 0.25, least)
    handles, labels = axis.get_legend_handles_labels()
    named = dict(zip(labels, handles, strict=True))  # each kind once
    axis.legend(
        named.values(),
        named.keys(),
        frameon=False,
        ncols=-(-len(named) // -(-len(named) // IN_A_LINE)),
        loc="upper center",
        bbox_to_anchor=(0.5, 0),
    )
    axis.set(
        xticks=[],
        yticks=[],
        ylim=(-0.66, 0.6),
        title="above: side in pixels, below: number of feature maps",
    )
    axis.spines[:].set_visible(False)
    return fig


def _layers(model: keras.Model) -> Iterator[keras.layers.Layer]:
    """Yield the layers of a model; for a model inside it, that one's layers without its input."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from (each for each in _layers(layer) if each.__class__.__name__ != "InputLayer")
        else:
            yield layer
