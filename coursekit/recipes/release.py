"""From a trained network to what comes with the course: weights, facts as JSON, and a card."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np

from coursekit import color, datasets, metrics, recipes
from coursekit.bins.layers import AnnealedMean
from coursekit.colorizer import Colorizer, shipped
from coursekit.networks import packed

PUBLISHED = 0.38  # the temperature of Zhang et al.
TEMPERATURES = (0.2, 0.25, 0.3, 0.34, 0.38, 0.42, 0.46, 0.5, 0.6, 0.7, 0.8, 1.0)


def release(name: str, folder: Path, data: tuple[np.ndarray, np.ndarray]) -> None:
    """Train, or load what ``folder`` holds, and write ``weights/<name>.npz`` and ``.json``.

    Parameters: as `recipes.train`.
    """
    network, run = recipes.train(name, folder, data)
    tuning = recipes.small(data[1])
    facts = {"size": recipes.SIZE, "recipe": {**recipes.RECIPES[name]._asdict(), "seed": recipes.SEED,
                                              "batch": recipes.BATCH, "steps": recipes.STEPS},
             "photos": {each: len(datasets.load(each, "train", recipes.KEPT)[0]) - recipes.TUNING
                        for each in recipes.SETS},
             "tuning_photos": len(tuning), "minutes": sum(run.history["seconds"]) / 60,
             "loss": run.history["loss"], "tuning_loss": run.history["val_loss"]}
    full = judge(Colorizer(network, _decoder(name, PUBLISHED)), tuning)
    weights = packed.pack(network)
    facts |= {"sha256": hashlib.sha256(weights).hexdigest(), "bytes": len(weights), "weights": network.count_params()}
    shipped.FOLDER.mkdir(exist_ok=True)
    (shipped.FOLDER / f"{name}.npz").write_bytes(weights)
    packed.load(network, shipped.FOLDER / f"{name}.npz", facts["sha256"])
    half = judge(Colorizer(network, _decoder(name, PUBLISHED)), tuning)
    facts["half_precision_costs"] = {measure: full[measure] - half[measure] for measure in full}
    facts["temperature"] = None
    if name != "regression":
        facts["by_temperature"] = [{"temperature": T, **judge(Colorizer(network, _decoder(name, T)), tuning)}
                                   for T in TEMPERATURES]
        facts["temperature"] = PUBLISHED if name == "classification" else choose(facts["by_temperature"])
    (shipped.FOLDER / f"{name}.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


def choose(by_temperature: list[dict]) -> float:
    """The temperature whose colours are as strong as the truth's, or nearest to that."""
    return min(by_temperature, key=lambda each: abs(each["colorfulness"] - 100))["temperature"]


def judge(colorizer: Colorizer, rgb) -> dict:
    """AuC and rebalanced AuC in per cent, colorfulness in per cent of the truth, PSNR in decibels."""
    L, ab = color.split(rgb)
    predicted = colorizer.predict_ab(L)
    painted = color.join(L, predicted)
    return {"auc": metrics.auc(ab, predicted), "rebalanced_auc": metrics.rebalanced_auc(ab, predicted),
            "colorfulness": 100 * float(metrics.colorfulness(painted).mean() / metrics.colorfulness(rgb).mean()),
            "psnr": metrics.psnr(rgb, painted)}


def _decoder(name: str, temperature: float) -> AnnealedMean | None:
    return None if name == "regression" else AnnealedMean(temperature=temperature)
