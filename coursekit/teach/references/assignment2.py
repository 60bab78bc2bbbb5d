"""Assignment 2, regression: inputs, right answers, and what known mistakes give.

Networks, mirrors and splits are judged by what they do, without a reference.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from coursekit import color
from coursekit.datasets import scenes
from coursekit.lesson.checks.cases import Case


def _baselines(rng: np.random.Generator) -> Case:
    """A2.1: the losses, in thousandths, of grey and of the mean colour."""
    train = rng.normal([10, -20], 15, (7, 6, 5, 2)).round(1)
    new = rng.normal([30, 5], [20, 40], (3, 6, 5, 2)).round(1)

    def loss(guess: ArrayLike, scale: float = 128) -> float:
        return 1e3 * (((new - guess) / scale) ** 2).mean()

    grey = {
        "ab not scaled": loss(0, 1),
        "a root too many": 1e3 * np.sqrt(loss(0) / 1e3),
        "summed over a and b": 2 * loss(0),
        "the training photos": 1e3 * ((train / 128) ** 2).mean(),
        "absolute, not squared": 1e3 * np.abs(new / 128).mean(),
        "divided by 100": loss(0, 100),
    }
    mean = {
        "the mean of the new photos": loss(new.mean(axis=(0, 1, 2))),
        "one mean for a and b": loss(train.mean()),
        "judged on the training photos": 1e3
        * (((train - train.mean(axis=(0, 1, 2))) / 128) ** 2).mean(),
        "the median colour": loss(np.median(train, axis=(0, 1, 2))),
        "grey again": loss(0),
        "a mean for each photo": loss(new.mean(axis=(1, 2), keepdims=True)),
    }
    return Case(
        {"train": train, "new": new},
        {"grey": loss(0), "mean": loss(train.mean(axis=(0, 1, 2)))},
        {"grey": grey, "mean": mean},
    )


def _train(rng: np.random.Generator) -> Case:
    """A2.5: what is known of the scenes that the network paints; photos are drawn anew."""
    seed = int(rng.integers(1000))
    seen = scenes.draw(160, 32, ["coast"], seed=seed)
    new = scenes.draw(60, 32, ["coast"], seed=seed + 1)
    mean = color.scale_ab(seen.ab).mean(axis=(0, 1, 2))
    facts = {
        "seed": seed,
        "mean colour": ((mean - color.scale_ab(new.ab)) ** 2).mean(),
        "best": scenes.lowest_mse(new) / color.AB_SCALE**2,
    }
    return Case({}, {}, {}, facts)


CASES = {"A2.1": _baselines, "A2.5": _train}
