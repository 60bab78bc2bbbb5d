"""How good colorizers are on the photos that choose: the numbers by which recipes are compared."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np

from coursekit import bins, color
from coursekit.metrics import pixels

# A pixel of false colour: predicted at a chroma above the first, where the truth's is below the
# second (in CIELAB units).
STRONG, NEARLY_GREY = 40, 15


class Truth:
    """Hold photos of one set, and what measuring on them needs over and over.

    Parameters
    ----------
    rgb : ndarray of uint8, shape (N, H, W, 3)
        The photos.
    """

    def __init__(self, rgb: np.ndarray):
        self.rgb = rgb
        self.L, self.ab = color.split(rgb)

    @cached_property
    def weight(self) -> np.ndarray:
        """Weigh each pixel so that every bin that occurs counts the same.

        Returns
        -------
        ndarray of float64, shape (N, H, W)
            The weights.
        """
        encoding = bins.SoftEncoding(neighbours=1)
        return 1 / bins.prior([self.ab], encoding)[encoding.nearest(self.ab)]

    @cached_property
    def colorfulness(self) -> float:
        """Measure how colourful the photos are.

        Returns
        -------
        float
            Their mean colorfulness.
        """
        return float(np.mean(pixels.colorfulness(self.rgb)))

    @cached_property
    def grey(self) -> tuple[float, float]:
        """Compute AuC and rebalanced AuC of grey.

        Returns
        -------
        tuple of float
            In per cent.
        """
        return self._areas(np.zeros_like(self.ab))

    def judge(self, ab: np.ndarray) -> dict[str, float]:
        """Measure predicted colours.

        Parameters
        ----------
        ab : ndarray of float32, shape (N, H, W, 2)
            In CIELAB units.

        Returns
        -------
        dict of str to float
            "auc" and "rebalanced_auc", points above those of grey; "colorfulness" in per cent of
            the truth's; "false_colour", per cent of pixels with a strong colour where the truth
            has hardly any.
        """
        auc, rebalanced = self._areas(ab)
        painted = pixels.colorfulness(color.join(self.L, ab))
        strong = np.hypot(ab[..., 0], ab[..., 1]) > STRONG
        hardly = np.hypot(self.ab[..., 0], self.ab[..., 1]) < NEARLY_GREY
        return {
            "auc": auc - self.grey[0],
            "rebalanced_auc": rebalanced - self.grey[1],
            "colorfulness": 100 * float(np.mean(painted)) / self.colorfulness,
            "false_colour": 100 * float(np.mean(strong & hardly)),
        }

    def _areas(self, ab: np.ndarray) -> tuple[float, float]:
        area = pixels.pixel_auc(self.ab, ab)
        return float(area.mean()), float((self.weight * area).sum() / self.weight.sum())


def judge(ab: Mapping[str, np.ndarray], truths: Mapping[str, Truth]) -> dict[str, float]:
    """Measure colours predicted for several sets that count alike.

    Parameters
    ----------
    ab : mapping of str to ndarray of float32, shape (N, H, W, 2)
        What was predicted for each set, in CIELAB units.
    truths : mapping of str to Truth
        The sets.

    Returns
    -------
    dict of str to float
        The mean over the sets of what `Truth.judge` gives; and "worst_auc", points above grey on
        the set where that is least, "least_colorfulness" and "most_colorfulness".
    """
    found = [truths[name].judge(each) for name, each in ab.items()]
    mean = {key: float(np.mean([each[key] for each in found])) for key in found[0]}
    return {
        **mean,
        "worst_auc": min(each["auc"] for each in found),
        "least_colorfulness": min(each["colorfulness"] for each in found),
        "most_colorfulness": max(each["colorfulness"] for each in found),
    }
