"""How good predictions are on the photos that choose: the numbers by which recipes are compared."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from coursekit.metrics.summary import measure


def judge(rgb: np.ndarray, ab: np.ndarray) -> dict[str, float]:
    """Measure predictions, without intervals.

    Parameters
    ----------
    rgb : np.ndarray
        The truth, uint8 (N, H, W, 3).
    ab : np.ndarray
        What was predicted, float32 (N, H, W, 2) in CIELAB units.

    Returns
    -------
    dict of str to float
        "auc", "above_grey" (how far AuC is above that of grey) and "rebalanced_auc", in per cent;
        "colorfulness" in per cent of the truth's; "psnr" in decibels.
    """
    predicted = SimpleNamespace(predict_ab=lambda L: ab)
    # One batch: then what was predicted is what is asked for.
    rows = measure({"predicted": predicted}, rgb, batch_size=len(rgb), progress=False)
    values = {row["name"]: row for row in rows}
    found, grey = values["predicted"], values["grey"]
    return {
        "auc": found["auc"][0],
        "above_grey": found["auc"][0] - grey["auc"][0],
        "rebalanced_auc": found["rebalanced_auc"][0],
        "colorfulness": found["colorfulness_kept"][0],
        "psnr": found["psnr"][0],
    }
