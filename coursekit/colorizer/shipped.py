"""The colorizers that come with the course: weights in half precision, facts as JSON, a card for people."""

from __future__ import annotations

import json
from pathlib import Path

from coursekit.bins.layers import AnnealedMean
from coursekit.networks import unet, weights

from .model import Colorizer

NAMES = ("regression", "classification", "vivid")
FOLDER = Path(__file__).parent / "weights"


def network(name: str):
    """The untrained network of a shipped colorizer: ab / 128 for "regression", logits of 313 bins for the others."""
    return unet(2, "tanh") if name == "regression" else unet()


def build(name: str) -> Colorizer:
    """A shipped colorizer. Raises: ValueError if its file is missing or damaged."""
    model, about = network(name), facts(name)
    weights.load(model, FOLDER / f"{name}.npz", about["sha256"])
    decoder = None if name == "regression" else AnnealedMean(temperature=about["temperature"])
    return Colorizer(model, decoder, size=about["size"], name=name)


def facts(name: str) -> dict:
    """What the card of a shipped colorizer says, as data: checksum, size, temperature, recipe, results.

    Raises: ValueError if the file is missing.
    """
    file = FOLDER / f"{name}.json"
    if not file.is_file():
        raise ValueError(f"{file}: missing; install coursekit again")
    return json.loads(file.read_text(encoding="utf-8"))
