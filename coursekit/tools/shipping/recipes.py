"""How the colorizers that come with the course are trained: ``coursekit train`` makes them anew.

EfficientNet-Lite0, frozen, looks at all photos once, in several views; one decoder learns from its
features. Each colorizer is a last layer of that decoder and a question: what they differ in is what
they were asked. Killed, both the looking and the learning go on when started again.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np

from coursekit import bins, color, datasets, losses, training
from coursekit.colorizer import shipped
from coursekit.embeddings import efficientnet_lite0
from coursekit.networks import unet_decoder, unet_encoder
from coursekit.photos import resize

SETS = ("flowers", "landscapes", "imagenette", "urban", "pets")  # their training splits
# Its training photos only choose: no kind of photo that is seen while choosing is trained on alone.
CHOOSING = "photos"
# Sides in pixels: of the photos, of what the network sees of them, of photos not reduced so far.
KEPT, SIZE, SHARP = 128, 96, 256
TWICE = "scene"  # the class of one's own photos that is drawn twice as often: it is the most varied
TUNING = 80  # photos of each training split that only choose, and are not trained on
SEED, BATCH, EPOCHS, RATE = 0, 64, 8, 2e-3
VIEWS = (
    training.View(crop=1, seed=1),
    training.View(crop=0.45, film=0.5, seed=2),
    training.View(crop=0.3, film=0.5, seed=3),
    training.View(crop=1, film=0.5, seed=4),
)


class Photos(NamedTuple):
    """Photos to train on, and to choose by.

    Attributes
    ----------
    train : ndarray of uint8, shape (N, KEPT, KEPT, 3)
        Those to train on, in an order by lot.
    tuning : dict of str to ndarray of uint8, shape (TUNING, SIZE, SIZE, 3)
        Of each set, those that only choose.
    sets : dict of str to int
        How many photos of each set are trained on.
    sharp : ndarray of uint8, shape (N, SHARP, SHARP, 3), optional
        Photos as they are without being reduced so far; they choose at what size photos are shown.
    """

    train: np.ndarray
    tuning: dict[str, np.ndarray]
    sets: dict[str, int]
    sharp: np.ndarray | None = None


@dataclass(frozen=True)
class Recipe:
    """Say what one last layer is asked.

    Attributes
    ----------
    loss : callable
        From what each bin counts if rare colours count more, float32 (313,), to a
        `keras.losses.Loss` for ab in CIELAB units.
    weight : float
        What its loss counts in the sum of all, which the shared layers learn from.
    """

    loss: Callable[[np.ndarray], keras.losses.Loss]
    weight: float


@keras.saving.register_keras_serializable(package="coursekit")
class BlockError(keras.losses.Loss):
    """Take the mean squared error, in CIELAB units, of ab / 128 predicted at a smaller size.

    A block of true pixels counts as its mean. Called with ``y_true``, ab float32 (N, H, W, 2) in
    CIELAB units, and ``y_pred``, ab / 128, (N, h, w, 2), H a multiple of h.
    """

    def call(self, y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
        """Compare block by block; Keras calls it."""
        block = y_true.shape[1] // y_pred.shape[1]
        error = keras.ops.average_pool(y_true, block, block) - color.unscale_ab(y_pred)
        return keras.ops.mean(keras.ops.square(error), axis=-1)


# The weights make the three losses about as large as each other.
RECIPES = {
    "regression": Recipe(lambda rare: BlockError(), weight=1 / 160),
    "classification": Recipe(lambda rare: losses.SoftCrossEntropy(), weight=1.0),
    "vivid": Recipe(lambda rare: losses.SoftCrossEntropy(weights=rare), weight=0.7),
}


def photos(also: Sequence[str | os.PathLike] = ()) -> Photos:
    """Load the photos of all sets.

    Parameters
    ----------
    also : sequence of str or path-like
        Folders or zips of one's own, whose training split is trained on too.

    Returns
    -------
    Photos
        To train on and to choose by.
    """
    train, tuning = {}, {}
    for each in [*SETS, *also]:
        rgb, labels, classes = datasets.load(each, "train", KEPT, seed=SEED)
        name = Path(each).stem
        often = np.array([classes[label] == TWICE for label in labels[TUNING:]])
        tuning[name] = small(rgb[:TUNING])
        train[name] = np.concatenate([rgb[TUNING:], rgb[TUNING:][often]])
    sharp = None
    if datasets.available(CHOOSING):
        sharp = datasets.load(CHOOSING, "train", SHARP, limit=TUNING, seed=SEED)[0]
        tuning[CHOOSING] = datasets.load(CHOOSING, "train", SIZE, limit=TUNING, seed=SEED)[0]
    together = np.concatenate(list(train.values()))
    mixed = together[np.random.default_rng(SEED).permutation(len(together))]
    return Photos(mixed, tuning, {name: len(rgb) for name, rgb in train.items()}, sharp)


def small(rgb: np.ndarray) -> np.ndarray:
    """Reduce whole photos to what the network sees.

    Parameters
    ----------
    rgb : np.ndarray
        Photos, uint8 (N, H, W, 3).

    Returns
    -------
    np.ndarray
        Photos, uint8 (N, SIZE, SIZE, 3).
    """
    return np.stack([resize(photo, SIZE, SIZE) for photo in rgb])


def views(rgb: np.ndarray, folder: Path) -> list[training.Features]:
    """Compute the features of photos in all views, or read them back.

    Parameters
    ----------
    rgb : np.ndarray
        Photos, uint8 (N, H, W, 3).
    folder : Path
        Where they are kept, 170 kB a photo and view.

    Returns
    -------
    list of Features
        One for each of `VIEWS`.
    """
    encoder = pretrained_encoder()
    return [
        training.Features(
            encoder, rgb, SIZE, view, folder / f"view{view.seed}", f"view {number} of {len(VIEWS)}"
        )
        for number, view in enumerate(VIEWS, start=1)
    ]


@functools.cache
def pretrained_encoder() -> keras.Model:
    """Build the encoder with ImageNet's weights, once: nobody trains it.

    Returns
    -------
    keras.Model
        `networks.unet_encoder`, for photos of any size.
    """
    encoder = unet_encoder()
    efficientnet_lite0.load_encoder(encoder)
    return encoder


def train(
    folder: Path, data: Photos, seen: Sequence[training.Features], seed: int = SEED
) -> tuple[keras.Model, training.Run]:
    """Train the decoder with the last layers of all colorizers, or go on with it.

    Parameters
    ----------
    folder : Path
        For checkpoints and the log.
    data : Photos
        As `photos` gives them.
    seen : sequence of Features
        Of the photos to train on, as `views` gives them.
    seed : int
        Of the first weights and of the order.

    Returns
    -------
    tuple of keras.Model and training.Run
        The decoder with averaged weights, and its run.

    Raises
    ------
    ValueError
        For a folder of another network's run.
    """
    training.seed_everything(seed)
    decoder = unet_decoder({name: each.outputs for name, each in shipped.SHIPPED.items()})
    batches = training.FeatureBatches(seen, BATCH, [*RECIPES], seed)
    compile_for(decoder, rare_colours(seen[0]), EPOCHS * len(batches))
    run = training.Run(folder, decoder, batches)
    tuning = training.Features(pretrained_encoder(), np.concatenate([*data.tuning.values()]))
    ab = np.float32(tuning.ab)
    decoder.fit(
        batches,
        initial_epoch=run.epoch,
        epochs=EPOCHS,
        verbose=0,
        validation_data=([np.float32(each) for each in tuning.levels], dict.fromkeys(RECIPES, ab)),
        callbacks=[
            training.Seconds(),
            run,
            training.Progress("decoder"),
            keras.callbacks.CSVLogger(folder / "log.csv", append=True),
        ],
    )
    return decoder, run


def compile_for(decoder: keras.Model, rare: np.ndarray, steps: int) -> None:
    """Compile with AdamW, a warm-up, a cosine down to 0, and averaged weights.

    Parameters
    ----------
    decoder : keras.Model
        What is compiled.
    rare : np.ndarray
        What a pixel of each bin counts where rare colours count more, float32 (313,).
    steps : int
        How long the training will be.
    """
    # A tenth to warm up; the average reaches over about as many steps.
    warm_up = max(1, steps // 10)
    schedule = keras.optimizers.schedules.CosineDecay(
        RATE / 20, max(1, steps - warm_up), warmup_target=RATE, warmup_steps=warm_up
    )
    optimizer = keras.optimizers.AdamW(
        schedule, weight_decay=0.03, use_ema=True, ema_momentum=1 - 10 / max(100, steps)
    )
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    decoder.compile(
        optimizer,
        {name: recipe.loss(rare) for name, recipe in RECIPES.items()},
        loss_weights={name: recipe.weight for name, recipe in RECIPES.items()},
        jit_compile=False,
    )


def rare_colours(seen: training.Features) -> np.ndarray:
    """Weigh colours by how rarely photos show them.

    Parameters
    ----------
    seen : Features
        Of photos.

    Returns
    -------
    np.ndarray
        What a pixel of each bin counts, float32 (313,).
    """
    encoding = bins.SoftEncoding()
    some = (np.float32(seen.ab[at : at + 256, 2::4, 2::4]) for at in range(0, len(seen), 256))
    return bins.rebalancing_weights(bins.smooth(bins.prior(some, encoding), encoding.centres))
