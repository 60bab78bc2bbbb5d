"""How far a colorization is from the truth, and how colourful it is."""

from .pixels import (
    THRESHOLDS,
    auc,
    colorfulness,
    colorfulness_difference,
    mean_delta_e,
    psnr,
    rare_recall,
    rebalanced_auc,
    right,
    rmse,
)

__all__ = [
    "THRESHOLDS",
    "auc",
    "colorfulness",
    "colorfulness_difference",
    "mean_delta_e",
    "psnr",
    "rare_recall",
    "rebalanced_auc",
    "right",
    "rmse",
]
