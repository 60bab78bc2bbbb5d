"""The colorizers that come with the course: one trunk, a last layer each, facts, a card for people.

Another one is an entry in `SHIPPED`, and a recipe under the same name in
`coursekit.tools.shipping.recipes`. Keras is imported where it is needed: `light` does without.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from coursekit import weights
from coursekit.embeddings import efficientnet_lite0

if TYPE_CHECKING:
    import keras

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
    import keras

    from coursekit.networks import unet

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
    if temperature is None:
        return None
    from coursekit.bins.layers import AnnealedMean

    return AnnealedMean(temperature=temperature)


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
    from .model import Colorizer

    model, about = network(name), facts(name)
    model.set_weights(arrays(name))
    return Colorizer(model, decoder(about["temperature"]), size=about["size"], name=name)


def arrays(name: str) -> list[np.ndarray]:
    """Read the weights of a shipped colorizer.

    Parameters
    ----------
    name : str
        One of `NAMES`.

    Returns
    -------
    list of np.ndarray
        Float32, in the order of ``network(name).get_weights()``.

    Raises
    ------
    ValueError
        If a file is missing or damaged.
    """
    about = facts(name)
    trunk = weights.read(FOLDER / TRUNK, about["trunk_sha256"])
    last = weights.read(FOLDER / f"{name}.npz", about["sha256"])
    return [*efficientnet_lite0.encoder_weights(), *trunk, *last]


def graph(name: str) -> bytes:
    """Read the network of a shipped colorizer as an ONNX graph, without its weights.

    Parameters
    ----------
    name : str
        One of `NAMES`.

    Returns
    -------
    bytes
        An ONNX model whose initializers are named by their number in `arrays`.

    Raises
    ------
    ValueError
        If the file is missing.
    """
    file = FOLDER / f"{name}.onnx"
    if not file.is_file():
        raise ValueError(f"{file}: missing; install coursekit again")
    return file.read_bytes()


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
