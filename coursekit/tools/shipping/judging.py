"""How good colorizers are on the photos that choose: the numbers by which recipes are compared."""

from __future__ import annotations

from typing import Any

import numpy as np

from coursekit import metrics


def judge(
    colorizer: Any,
    rgb: np.ndarray,
    L: np.ndarray | None = None,
    per_set: int | None = None,
    batch_size: int = 32,
) -> dict[str, float]:
    """Measure a colorizer, without intervals.

    Parameters
    ----------
    colorizer : Any
        What is judged: a `Colorizer`, or anything else with ``predict_ab(L) -> ab``.
    rgb : np.ndarray
        The truth, uint8 (N, H, W, 3).
    L : np.ndarray, optional
        What it sees, as for `metrics.measure`.
    per_set : int, optional
        How many photos of each set there are, one set after another; by default all are one set.
    batch_size : int
        Photos that it sees at once.

    Returns
    -------
    dict of str to float
        "auc" and "rebalanced_auc" in per cent; "above_grey", how far AuC is above that of grey on
        the set where that is least; "colorfulness" in per cent of the truth's; "psnr" in decibels.
    """
    asked = {"asked": colorizer}
    *_, found = metrics.measure(asked, rgb, L=L, batch_size=batch_size, redraws=0, progress=False)
    over_grey = found["each"]["over_grey"]
    per_set = per_set or len(rgb)
    return {
        "auc": found["auc"],
        "above_grey": min(
            float(np.mean(over_grey[at : at + per_set])) for at in range(0, len(rgb), per_set)
        ),
        "rebalanced_auc": found["rebalanced_auc"],
        "colorfulness": found["colorfulness_kept"],
        "psnr": found["psnr"],
    }
