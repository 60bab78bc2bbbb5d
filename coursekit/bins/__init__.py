"""The quantised ab plane: bins, soft encoding, the prior of colours, rebalancing, decoding to ab.

NumPy throughout. The decoders that a saved colorizer holds are layers, in `coursekit.bins.layers`.
"""

from .decoding import annealed_mean, axes_annealed_mean, axes_mode, mean, mode
from .encoding import REACH, SoftEncoding
from .grids import AXIS, axis_index, from_srgb, published
from .rebalancing import axis_prior, balanced_weights, prior, rebalancing_weights, smooth

__all__ = [
    "AXIS",
    "REACH",
    "SoftEncoding",
    "annealed_mean",
    "axes_annealed_mean",
    "axes_mode",
    "axis_index",
    "axis_prior",
    "balanced_weights",
    "from_srgb",
    "mean",
    "mode",
    "prior",
    "published",
    "rebalancing_weights",
    "smooth",
]
