"""How the colorizers that come with the course are trained: ``coursekit train`` makes them anew.

One U-Net learns which colours are likely where; from its weights `vivid` learns that rare colours
count more, and `regression` to answer with one colour. Killed, a training goes on after the last
finished epoch when started again.

The weights that ship today saw other parts of the same photos: parts were cut out of sRGB, where
`training.Batches` cuts them out of L and ab, and photos were drawn with replacement, 250 batches an
epoch. So trained anew they will differ in more than chance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from coursekit import bins, color, datasets, losses, training
from coursekit.colorizer import shipped
from coursekit.embeddings import compact
from coursekit.photos import resize

SETS = ("flowers", "landscapes", "imagenette", "urban", "pets")  # their training splits
KEPT, SIZE = 128, 64  # sides in pixels: of the photos, and of what the network sees
TUNING = 80  # photos of each training split that only choose, and are not trained on
SEED, BATCH = 0, 32
# 40 to 100 % of a photo's area, mirrored or not, of other contrast, lighter or darker.
PARTS = {"crop": 0.4, "rotate": 0, "zoom": 0, "shear": 0, "contrast": 0.15, "light": 0.1}


@dataclass(frozen=True)
class Recipe:
    """Say what one colorizer is trained from, and how.

    Attributes
    ----------
    start : str
        The colorizer whose weights it starts from, or "compact" for the classifier's.
    epochs : int
        How many times it sees all photos.
    rate : float
        The highest learning rate.
    loss : callable
        From the photos, uint8 (N, H, W, 3), to a `keras.losses.Loss` for ab in CIELAB units.
    from_grey : bool
        Whether its last layer starts at 0.
    blend : bool
        Whether it ends between the weights that it starts from and those that training ends with;
        `release.choose` says where.
    """

    start: str
    epochs: int
    rate: float
    loss: Callable[[np.ndarray], keras.losses.Loss]
    from_grey: bool = False
    blend: bool = False


@keras.saving.register_keras_serializable(package="coursekit")
class HalfSizeError(keras.losses.Loss):
    """Take the mean squared error, in CIELAB units, of ab / 128 predicted at a smaller size.

    A block of true pixels counts as its mean. Called with ``y_true``, ab float32 (N, H, W, 2) in
    CIELAB units, and ``y_pred``, ab / 128, (N, h, w, 2), H a multiple of h.
    """

    def call(self, y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
        """Compare block by block; Keras calls it."""
        block = y_true.shape[1] // y_pred.shape[1]
        error = keras.ops.average_pool(y_true, block, block) - color.unscale_ab(y_pred)
        return keras.ops.mean(keras.ops.square(error), axis=-1)


RECIPES = {
    "regression": Recipe(
        "classification", 14, 4e-4, loss=lambda rgb: HalfSizeError(), from_grey=True
    ),
    "classification": Recipe("compact", 27, 1e-3, loss=lambda rgb: losses.SoftCrossEntropy()),
    "vivid": Recipe(
        "classification",
        7,
        4e-4,
        loss=lambda rgb: losses.SoftCrossEntropy(weights=rebalancing_weights(rgb)),
        blend=True,
    ),
}


def photos() -> tuple[np.ndarray, np.ndarray]:
    """Load the photos of all sets.

    Returns
    -------
    tuple of np.ndarray
        Those to train on and the few to choose by, uint8 (N, 128, 128, 3) each.
    """
    rgb = [datasets.load(name, "train", KEPT, seed=SEED)[0] for name in SETS]
    return (
        np.concatenate([each[TUNING:] for each in rgb]),
        np.concatenate([each[:TUNING] for each in rgb]),
    )


def small(rgb: np.ndarray, size: int | None = None) -> np.ndarray:
    """Reduce whole photos to squares.

    Parameters
    ----------
    rgb : np.ndarray
        Photos, uint8 (N, H, W, 3).
    size : int, optional
        Side in pixels, by default `SIZE`.

    Returns
    -------
    np.ndarray
        Photos, uint8 (N, size, size, 3).
    """
    return np.stack([resize(photo, size or SIZE, size or SIZE) for photo in rgb])


def batches(name: str, rgb: np.ndarray) -> training.Batches:
    """Draw what a colorizer is trained on.

    Parameters
    ----------
    name : str
        One of `RECIPES`.
    rgb : np.ndarray
        Photos, uint8 (N, H, W, 3).

    Returns
    -------
    training.Batches
        Of L scaled to −1…1 and ab in CIELAB units; each colorizer sees parts of its own.
    """
    seed = SEED + [*RECIPES].index(name)
    return training.Batches.from_photos(rgb, BATCH, False, SIZE, augmentation=PARTS, seed=seed)


def adopt(model: keras.Model, other: keras.Model) -> None:
    """Take over another network's weights, layer by layer from the first on, as far as both agree.

    Parameters
    ----------
    model : keras.Model
        What is changed.
    other : keras.Model
        What it learns from.
    """
    for mine, theirs in zip(
        *([layer for layer in each.layers if layer.weights] for each in (model, other)),
        strict=False,
    ):
        if [weight.shape for weight in mine.weights] != [weight.shape for weight in theirs.weights]:
            break
        mine.set_weights(theirs.get_weights())


def train(
    name: str, folder: Path, data: tuple[np.ndarray, np.ndarray]
) -> tuple[keras.Model, training.Run]:
    """Train a colorizer's network, after the one that it starts from, or go on with either.

    Parameters
    ----------
    name : str
        One of `RECIPES`.
    folder : Path
        For checkpoints and logs.
    data : tuple of np.ndarray
        Photos to train on and to choose by, as `photos` gives them.

    Returns
    -------
    tuple of keras.Model and training.Run
        The network with averaged weights, and its run.

    Raises
    ------
    ValueError
        For a folder of another network's run.
    """
    training.seed_everything(SEED)
    recipe, model = RECIPES[name], shipped.network(name)
    from_classifier = recipe.start == "compact"
    adopt(model, compact.classifier() if from_classifier else train(recipe.start, folder, data)[0])
    if recipe.from_grey:
        # An untrained last layer is noise, which would spoil what the others have learnt.
        last = model.get_layer("output").kernel
        last.assign(keras.ops.zeros(last.shape))
    seen = batches(name, data[0])
    compile_for(model, recipe.loss(data[0]), recipe.epochs, len(seen), recipe.rate)
    run = training.Run(folder / name, model, seen)
    L, ab = color.split(small(data[1]))
    model.fit(
        seen,
        initial_epoch=run.epoch,
        epochs=recipe.epochs,
        verbose=0,
        validation_data=(color.scale_L(L), ab),
        callbacks=[
            training.Seconds(),
            run,
            training.Progress(name),
            keras.callbacks.CSVLogger(folder / name / "log.csv", append=True),
        ],
    )
    return model, run


def compile_for(
    model: keras.Model,
    loss: keras.losses.Loss,
    epochs: int,
    steps: int,
    rate: float,
    cosine: bool = True,
    average: float | None = 0.998,
) -> None:
    """Compile with AdamW, one epoch of warm-up, a cosine down to 0, and averaged weights.

    Parameters
    ----------
    model : keras.Model
        What is compiled.
    loss : keras.losses.Loss
        What it is trained by.
    epochs : int
        How long the training will be.
    steps : int
        Batches an epoch.
    rate : float
        The highest learning rate.
    cosine : bool
        Whether the rate changes; else it is the highest throughout.
    average : float, optional
        Momentum with which weights are averaged; None for the last step's weights.
    """
    if cosine:
        schedule = keras.optimizers.schedules.CosineDecay(
            rate / 20, (epochs - 1) * steps, warmup_target=rate, warmup_steps=steps
        )
    averaged = {} if average is None else {"use_ema": True, "ema_momentum": average}
    optimizer = keras.optimizers.AdamW(schedule if cosine else rate, weight_decay=0.02, **averaged)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    model.compile(optimizer, loss, jit_compile=False)


def rebalancing_weights(rgb: np.ndarray) -> np.ndarray:
    """Weigh colours by how rarely photos show them.

    Parameters
    ----------
    rgb : np.ndarray
        Photos, uint8 (N, H, W, 3).

    Returns
    -------
    np.ndarray
        What a pixel of each bin counts, float32 (313,).
    """
    encoding = bins.SoftEncoding()
    seen = training.Batches.from_photos(rgb, 256, scaled=False, size=SIZE)
    prior = bins.prior((seen[number][1] for number in range(len(seen))), encoding)
    return bins.rebalancing_weights(bins.smooth(prior, encoding.centres))
