"""How the colorizers that come with the course are trained: ``coursekit train`` makes them anew.

One U-Net learns which colours are likely where; from its weights `vivid` learns that rare colours count more, and
`regression` to answer with one colour. Killed, it goes on after the last finished epoch when started again.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
from PIL import Image

from coursekit import bins, color, datasets, losses, training
from coursekit.colorizer import shipped
from coursekit.embeddings import compact

SETS = ("flowers", "landscapes", "imagenette", "urban", "pets")  # their training splits
KEPT, SIZE = 128, 64  # sides in pixels: of the photos, and of what the network sees
TUNING = 80  # photos of each training split that only choose, and are not trained on
SEED, BATCH, STEPS = 0, 32, 250


class Recipe(NamedTuple):
    """What one colorizer is trained from, for how many epochs of `STEPS` batches, and up to which learning rate."""

    start: str
    epochs: int
    rate: float


RECIPES = {
    "classification": Recipe("compact", 32, 1e-3),
    "vivid": Recipe("classification", 8, 4e-4),
    "regression": Recipe("classification", 16, 4e-4),
}


def photos() -> tuple[np.ndarray, np.ndarray]:
    """uint8 (N, 128, 128, 3) to train on, and the few to choose by."""
    rgb = [datasets.load(name, "train", KEPT, seed=SEED)[0] for name in SETS]
    return np.concatenate([each[TUNING:] for each in rgb]), np.concatenate(
        [each[:TUNING] for each in rgb]
    )


class Views(keras.utils.PyDataset):
    """Batches of L scaled to −1…1 and ab in CIELAB units; seed, epoch and number say which parts of which photos.

    Parameters: ``rgb`` uint8 (N, H, H, 3); ``size`` in pixels; ``varied``: crops, mirrored, lighter, darker, of other
    contrast; if False, whole photos as they are.
    """

    def __init__(self, rgb, seed: int, size: int = SIZE, varied: bool = True):
        super().__init__()
        self.rgb, self.seed, self.size, self.varied, self.epoch = rgb, seed, size, varied, 0

    def __len__(self) -> int:
        return STEPS

    def __getitem__(self, index: int):
        rng = np.random.default_rng([self.seed, self.epoch, index])
        chosen = self.rgb[rng.integers(len(self.rgb), size=BATCH)]
        L, ab = color.split(
            np.stack([view(photo, self.size, rng) for photo in chosen])
            if self.varied
            else small(chosen, self.size)
        )
        L = color.scale_L(L)
        if self.varied:
            L *= rng.uniform(0.85, 1.15, (BATCH, 1, 1, 1)).astype(np.float32)
            L += rng.uniform(-0.1, 0.1, (BATCH, 1, 1, 1)).astype(np.float32)
        return L.clip(-1, 1), ab

    def on_epoch_end(self) -> None:
        self.epoch += 1


def small(rgb, size: int = SIZE) -> np.ndarray:
    """Whole photos, uint8 (N, H, W, 3), reduced to squares of ``size`` pixels."""
    return np.stack(
        [
            np.asarray(Image.fromarray(photo).resize((size, size), Image.Resampling.BOX))
            for photo in rgb
        ]
    )


def view(rgb: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """40 to 100 % of a photo's area, mirrored or not, uint8 (size, size, 3)."""
    side = len(rgb)
    area, ratio = rng.uniform(0.4, 1), np.exp(rng.uniform(-0.15, 0.15))
    width, height = (min(side, side * (area * ratio**power) ** 0.5) for power in (1, -1))
    x, y = rng.uniform(0, side - width), rng.uniform(0, side - height)
    image = Image.fromarray(rgb).resize(
        (size, size), Image.Resampling.BICUBIC, (x, y, x + width, y + height)
    )
    return np.asarray(image)[:, ::-1] if rng.random() < 0.5 else np.asarray(image)


@keras.saving.register_keras_serializable(package="coursekit")
class HalfSizeError(keras.losses.Loss):
    """Mean squared error in CIELAB units of a prediction of ab / 128, at its size: a block counts as its mean.

    ``y_true``: ab float32 (N, H, W, 2) in CIELAB units; ``y_pred``: ab / 128, (N, h, w, 2), H a multiple of h.
    """

    def call(self, y_true, y_pred):
        block = y_true.shape[1] // y_pred.shape[1]
        error = keras.ops.average_pool(y_true, block, block) - color.unscale_ab(y_pred)
        return keras.ops.mean(keras.ops.square(error), axis=-1)


def adopt(model: keras.Model, other: keras.Model) -> None:
    """Take over another network's weights, layer by layer from the first on, as far as both agree."""
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
    """Train a colorizer's network, and first the one that it starts from, or go on where ``folder`` says.

    Parameters: ``name``, of `RECIPES`; ``folder``, for checkpoints and logs; ``data`` as `photos` gives it.
    Returns: the network with averaged weights, and its run. Raises: ValueError for a folder of another network's run.
    """
    training.seed_everything(SEED)
    recipe, model = RECIPES[name], shipped.network(name)
    adopt(
        model,
        compact.classifier() if recipe.start == "compact" else train(recipe.start, folder, data)[0],
    )
    if name == "regression":
        last = model.get_layer("output").kernel
        last.assign(
            keras.ops.zeros(last.shape)
        )  # begins with grey: noise would spoil what the others have learnt
        loss = HalfSizeError()
    else:
        loss = losses.SoftCrossEntropy(
            weights=rare_count_more(data[0]) if name == "vivid" else None
        )
    compile_for(model, loss, recipe.epochs * STEPS, recipe.rate)
    views = Views(data[0], SEED + [*RECIPES].index(name))
    run = training.Run(folder / name, model, views)
    L, ab = color.split(small(data[1]))
    model.fit(
        views,
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
    loss,
    steps: int,
    rate: float,
    cosine: bool = True,
    average: float | None = 0.998,
) -> None:
    """Compile with AdamW, a warm-up, a cosine down to 0, and weights that are averaged with this momentum."""
    schedule = (
        keras.optimizers.schedules.CosineDecay(
            rate / 20, steps - STEPS, warmup_target=rate, warmup_steps=STEPS
        )
        if cosine
        else rate
    )
    optimizer = keras.optimizers.AdamW(
        schedule, weight_decay=0.02, use_ema=average is not None, ema_momentum=average or 0.99
    )
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    model.compile(optimizer, loss, jit_compile=False)


def rare_count_more(rgb) -> np.ndarray:
    """float32 (313,): what a pixel of each bin counts, by how often these photos show it."""
    encoding = bins.SoftEncoding()
    pieces = (color.split(small(rgb[at : at + 256]))[1] for at in range(0, len(rgb), 256))
    return bins.rebalancing_weights(bins.smooth(bins.prior(pieces, encoding), encoding.centres))
