"""What each idea of the recipe is worth: the same training with one left out, over several seeds.

``python -m coursekit.tools.shipping.ablations`` writes ``ablations.jsonl``, which lesson 06 reads;
killed, it goes on.
"""

from __future__ import annotations

import functools
from pathlib import Path

import keras
import numpy as np

from coursekit import color, experiments, training
from coursekit.bins.layers import AnnealedMean
from coursekit.colorizer import Colorizer, shipped
from coursekit.networks import unet_decoder, unet_encoder
from coursekit.tools.quality import photosets
from coursekit.tools.shipping import judging, recipes

FILE = Path(__file__).with_name("ablations.jsonl")
# Small enough for two cores: fewer photos than the colorizers were trained on, and fewer steps.
PHOTOS, EPOCHS = 1600, 4
SEEDS = (0, 1)
WHOLE, CUT = training.View(crop=1, seed=1), training.View(crop=0.45, seed=2)
OLD = training.View(crop=0.45, film=0.5, seed=2)
# What is left out: the views that stand for it.
LEFT_OUT = {
    "nothing": (WHOLE, OLD),
    "old films": (WHOLE, CUT),
    "parts of photos": (WHOLE, training.View(crop=1, film=0.5, seed=2)),
    "ImageNet's weights": (WHOLE, OLD),
}


def measure(left_out: str, seed: int) -> dict[str, float]:
    """Train without one idea, and measure on the photos that the recipe chooses by.

    Parameters
    ----------
    left_out : str
        One of `LEFT_OUT`.
    seed : int
        Of weights and order.

    Returns
    -------
    dict of str to float
        Of vivid at T = 1, as `judging.judge`; and the same as ``old_…`` on Prokudin-Gorskii's
        black-and-white exposures, whose true colours are known.
    """
    training.seed_everything(seed)
    pretrained = left_out != "ImageNet's weights"
    seen = [features(pretrained, view) for view in LEFT_OUT[left_out]]
    decoder = unet_decoder({name: each.outputs for name, each in shipped.SHIPPED.items()})
    batches = training.FeatureBatches(seen, recipes.BATCH, [*recipes.RECIPES], seed)
    recipes.compile_for(decoder, recipes.rare_colours(seen[0]), EPOCHS * len(batches))
    decoder.fit(batches, epochs=EPOCHS, verbose=0)
    L = keras.Input((None, None, 1))
    answer = decoder(encoder(pretrained)(L))["vivid"]
    painter = Colorizer(keras.Model(L, answer), AnnealedMean(temperature=1.0), recipes.SIZE)
    tuning = {name: painter.predict_ab(truth.L) for name, truth in truths().items()}
    old, L = exposures()
    aged = old.judge(painter.predict_ab(L))
    return {
        **judging.judge(tuning, truths()),
        **{f"old_{name}": value for name, value in aged.items()},
    }


@functools.cache
def photos() -> recipes.Photos:
    """Load what is trained on, and what chooses.

    Returns
    -------
    Photos
        As `recipes.photos`, but few to train on.
    """
    found = recipes.photos()
    return found._replace(train=found.train[:PHOTOS])


@functools.cache
def encoder(pretrained: bool) -> keras.Model:
    """Build the encoder.

    Parameters
    ----------
    pretrained : bool
        With ImageNet's weights, else with those of chance.

    Returns
    -------
    keras.Model
        Frozen, as in the recipe.
    """
    return recipes.pretrained_encoder() if pretrained else unet_encoder()


@functools.cache
def features(pretrained: bool, view: training.View) -> training.Features:
    """Compute what the encoder makes of the photos in one view.

    Parameters
    ----------
    pretrained : bool
        With ImageNet's weights.
    view : View
        How photos are shown.

    Returns
    -------
    Features
        In memory.
    """
    return training.Features(encoder(pretrained), photos().train, recipes.SIZE, view)


@functools.cache
def truths() -> dict[str, judging.Truth]:
    """Prepare the photos that choose.

    Returns
    -------
    dict of str to Truth
        One of each set.
    """
    return {name: judging.Truth(rgb) for name, rgb in photos().tuning.items()}


@functools.cache
def exposures() -> tuple[judging.Truth, np.ndarray]:
    """Load Prokudin-Gorskii's plates.

    Returns
    -------
    tuple of Truth and ndarray of float32, shape (N, SIZE, SIZE, 1)
        The colour composites, and the L of one black-and-white exposure of each.
    """
    *_, found = photosets.load("historic", recipes.SIZE)
    return judging.Truth(found.rgb), color.split(found.given)[0]


def main() -> None:
    """Do the runs that are missing."""
    experiments.run(
        experiments.grid(seed=list(SEEDS), left_out=list(LEFT_OUT)),
        measure,
        FILE,
        [photos, encoder, features, exposures, recipes.compile_for, unet_decoder, training.View],
        "ablations",
    )


if __name__ == "__main__":
    main()
