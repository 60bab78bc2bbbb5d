"""The figures of the course: functions that return a Matplotlib figure and show nothing."""

from .ab_plane import ab_histogram, gamut, gamut_picture
from .distributions import bin_groups, bin_values, distributions
from .networks import architecture
from .pictures import lab_planes, patches, plane_picture, rows
from .styling import CURVES, STYLES, png, style
from .trainings import intervals, loss_curves, runs

__all__ = [
    "CURVES",
    "STYLES",
    "ab_histogram",
    "architecture",
    "bin_groups",
    "bin_values",
    "distributions",
    "gamut",
    "gamut_picture",
    "intervals",
    "lab_planes",
    "loss_curves",
    "patches",
    "plane_picture",
    "png",
    "rows",
    "runs",
    "style",
]
