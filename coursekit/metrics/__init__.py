"""How far a colorization is from the truth, and how colourful it is.

Each number by itself is a function of arrays; `measure` takes all of them of colorizers and of
answers that need no network, on the same photos, with intervals.
"""

from .pixels import (
    auc,
    colorfulness,
    mean_delta_e,
    pixel_auc,
    psnr,
    rare_bins,
    rare_recall,
    rebalanced_auc,
    rmse,
)
from .summary import mean_ab, measure

__all__ = [
    "auc",
    "colorfulness",
    "mean_ab",
    "mean_delta_e",
    "measure",
    "pixel_auc",
    "psnr",
    "rare_bins",
    "rare_recall",
    "rebalanced_auc",
    "rmse",
]
