"""What the figures share: colours, line styles, Matplotlib's defaults, a figure's bytes."""

from __future__ import annotations

import io

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Okabe and Ito's palette: curves stay apart for colour-blind readers. Line styles change too, for
# print.
CURVES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
STYLES = ("-", "--", "-.", ":")


def style() -> None:
    """Make Matplotlib's defaults those of the course.

    Figures are readable at a width of 700 pixels.
    """
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


def png(figure: Figure) -> bytes:
    """Encode a figure for an ipywidgets Image that a slider redraws, and close it.

    Parameters
    ----------
    figure : Figure
        The figure; it is closed.

    Returns
    -------
    bytes
        A PNG file, cut to what is drawn.
    """
    stream = io.BytesIO()
    figure.savefig(stream, format="png", bbox_inches="tight")
    plt.close(figure)
    return stream.getvalue()


def bare(axis: Axes) -> None:
    """Take ticks and frame away, as around a photo.

    Parameters
    ----------
    axis : Axes
        The panel to change.
    """
    axis.set(xticks=[], yticks=[])
    axis.spines[:].set_visible(False)
