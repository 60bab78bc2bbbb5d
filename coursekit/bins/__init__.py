"""The quantised ab plane: bins, soft encoding, the prior of colours, rebalancing, decoding to ab.

NumPy throughout. The decoders that a saved colorizer holds are layers, in `coursekit.bins.layers`.
Loaded when first used: what decodes colours photos where SciPy, which encodes, is not installed.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    [],
    {
        "decoding": ["annealed_mean", "axes_annealed_mean", "axes_mode", "mean", "mode"],
        "encoding": ["REACH", "SoftEncoding"],
        "grids": ["AXIS", "axis_index", "from_srgb", "published"],
        "rebalancing": ["axis_prior", "balanced_weights", "prior", "rebalancing_weights", "smooth"],
    },
)
