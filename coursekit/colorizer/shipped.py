"""The colorizers that come with the course: one trunk, a last layer each, facts, a card for people.

Another one is an entry in `SHIPPED`, and a recipe under the same name in
`coursekit.tools.shipping.recipes`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import keras

from coursekit.bins.layers import AnnealedMean
from coursekit.embeddings import efficientnet_lite0
from coursekit.networks import unet, weights

from .model import Colorizer

FOLDER = Path(__file__).parent / "weights"
TRUNK = "trunk.npz"  # the decoder without its last layers, which all colorizers share


@dataclass(frozen=True)
class Description:
    """Describe a colorizer that comes with the course, however it was trained.

    Attributes
    ----------
    outputs : int
        Numbers that its network gives a place: 2 for ab / 128, 313 for the logits of bins.
    asked : str
        What its last layer was trained to answer, and what that makes of its colours: how the
        sentence "It was asked …" in its card goes on.
    fails : str
        What it does badly, for its card.
    """

    outputs: int
    asked: str
    fails: str


SHIPPED = {
    "regression": Description(
        outputs=2,
        asked="for one colour a pixel, by squared error. It paints the mean of what a thing may "
        "be, so its colours are dull and seldom far off: the honest brown one",
        fails="Things that come in several colours (roses, tulips, clothes, cars) turn brown or "
        "grey, for their mean does.",
    ),
    "classification": Description(
        outputs=313,
        asked="for the probability of each of 313 colours, by cross-entropy with a softly encoded "
        "truth. Its colours are the annealed mean of that",
        fails="Colours are duller than the truth's, and duller still at low temperatures: the "
        "likeliest colour of most things is nearly grey.",
    ),
    "vivid": Description(
        outputs=313,
        asked="for the probability of each of 313 colours, a pixel of a rare colour counting more "
        "than one of a common (λ = ½). Its colours are the annealed mean of that: strong, and at "
        "times wrong with conviction",
        fails="It shows colours where a photo had none: red or blue patches on walls, machines, "
        "clothes. What comes in many colours gets one of them, or two side by side.",
    ),
}
NAMES = tuple(SHIPPED)


def network(name: str) -> keras.Model:
    """Build the network of a shipped colorizer, untrained.

    Parameters
    ----------
    name : str
        One of `NAMES`.

    Returns
    -------
    keras.Model
        From L scaled to −1…1, (N, H, W, 1), to what its description says, at a quarter of the
        sides.
    """
    whole = unet({name: SHIPPED[name].outputs})
    return keras.Model(whole.input, whole.output[name], name="unet")


def decoder(temperature: float | None) -> keras.layers.Layer | None:
    """Choose what turns a network's answer into ab.

    Parameters
    ----------
    temperature : float or None
        Of the annealed mean over bins; None if the network has no bins.

    Returns
    -------
    keras.layers.Layer or None
        None stands for the decoder that `Colorizer` has by default.
    """
    return None if temperature is None else AnnealedMean(temperature=temperature)


def build(name: str) -> Colorizer:
    """Build a shipped colorizer and load its weights.

    Parameters
    ----------
    name : str
        One of `NAMES`.

    Returns
    -------
    Colorizer
        With the temperature and the size of its facts.

    Raises
    ------
    ValueError
        If one of its files is missing or damaged.
    """
    model, about = network(name), facts(name)
    efficientnet_lite0.load_encoder(model)
    trunk = weights.read(FOLDER / TRUNK, about["trunk_sha256"])
    last = weights.read(FOLDER / f"{name}.npz", about["sha256"])
    model.get_layer("decoder").set_weights([*trunk, *last])
    return Colorizer(model, decoder(about["temperature"]), size=about["size"], name=name)


def facts(name: str) -> dict:
    """Read what the card of a shipped colorizer says, as data.

    Parameters
    ----------
    name : str
        One of `NAMES`.

    Returns
    -------
    dict
        Checksum, size, temperature, recipe, results.

    Raises
    ------
    ValueError
        If the file is missing.
    """
    file = FOLDER / f"{name}.json"
    if not file.is_file():
        raise ValueError(f"{file}: missing; install coursekit again")
    return json.loads(file.read_text(encoding="utf-8"))
