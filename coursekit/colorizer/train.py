"""Train the colorizers that come with the course: ``coursekit train``."""

from __future__ import annotations

import time
from pathlib import Path

import keras
import numpy as np
from PIL import Image

from coursekit import bins, color, datasets, losses, networks, training
from coursekit.embeddings import compact

SETS = ("flowers", "landscapes", "imagenette", "urban", "pets")  # training splits only
KEPT, SIZE, TUNING = 128, 64, 80  # pixels; pixels; photos of each training split that only choose, never train
SEED, BATCH, STEPS = 0, 32, 250
RECIPES = {  # name: what it starts from, epochs of STEPS batches, peak learning rate
    "classification": ("compact", 32, 1e-3),
    "vivid": ("classification", 8, 4e-4),
    "regression": ("classification", 8, 4e-4),
}


def photos() -> tuple[np.ndarray, np.ndarray]:
    """uint8 (N, 128, 128, 3) to train on, and as many of each set to choose by."""
    rgb = [datasets.load(name, "train", KEPT, seed=SEED)[0] for name in SETS]
    return np.concatenate([each[TUNING:] for each in rgb]), np.concatenate([each[:TUNING] for each in rgb])


class Views(keras.utils.PyDataset):
    """Batches of crops: mirrored, resized, lighter or darker; which ones depends on the epoch and number alone."""

    def __init__(self, rgb, seed: int, augment: bool = True, scale: float = 1.0):
        super().__init__()
        self.rgb, self.seed, self.augment, self.scale, self.epoch = rgb, seed, augment, scale, 0

    def __len__(self) -> int:
        return STEPS

    def __getitem__(self, index: int):
        rng = np.random.default_rng([self.seed, self.epoch, index])
        chosen = rng.integers(len(self.rgb), size=BATCH)
        L, ab = color.split(np.stack([view(self.rgb[i], rng) for i in chosen]) if self.augment
                            else small(self.rgb[chosen]))
        L, ab = color.scale_L(L), ab * np.float32(self.scale)
        if self.augment:
            L *= rng.uniform(0.85, 1.15, (BATCH, 1, 1, 1)).astype(np.float32)
            L += rng.uniform(-0.1, 0.1, (BATCH, 1, 1, 1)).astype(np.float32)
        return L.clip(-1, 1), ab

    def on_epoch_end(self) -> None:
        self.epoch += 1


def small(rgb) -> np.ndarray:
    """uint8 (N, H, W, 3) at the size of training."""
    return np.stack([np.asarray(Image.fromarray(photo).resize((SIZE, SIZE), Image.Resampling.BOX)) for photo in rgb])


def view(rgb: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A random part of a photo, mirrored or not, at the size of training."""
    side = len(rgb)
    area, ratio = rng.uniform(0.4, 1), np.exp(rng.uniform(-0.15, 0.15))
    width, height = (min(side, side * (area * ratio**power) ** 0.5) for power in (1, -1))
    x, y = rng.uniform(0, side - width), rng.uniform(0, side - height)
    image = Image.fromarray(rgb).resize((SIZE, SIZE), Image.Resampling.BICUBIC, (x, y, x + width, y + height))
    return np.asarray(image)[:, ::-1] if rng.random() < 0.5 else np.asarray(image)


class Seconds(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        self.started = time.monotonic()

    def on_epoch_end(self, epoch, logs=None):
        logs["seconds"] = time.monotonic() - self.started


def adopt(model: keras.Model, other: keras.Model) -> None:
    """Take over another network's weights, layer by layer from the first on, as far as both agree."""
    pairs = [[layer for layer in each.layers if layer.weights] for each in (model, other)]
    for mine, theirs in zip(*pairs):
        shapes = [[w.shape for w in layer.weights] for layer in (mine, theirs)]
        if type(mine) is not type(theirs) or shapes[0] != shapes[1]:
            break
        mine.set_weights(theirs.get_weights())


def train(name: str, folder: Path, data) -> keras.Model:
    start, epochs, rate = RECIPES[name]
    tuning = color.split(small(data[1]))
    training.seed_everything(SEED)
    if name == "regression":
        model, scale = networks.unet(2, "tanh"), 1 / color.AB_SCALE
    else:
        model, scale = networks.unet(), 1
    adopt(model, compact.classifier() if start == "compact" else train(start, folder, data))
    weights = None
    if name == "vivid":
        encoding = bins.SoftEncoding()
        prior = bins.prior((color.split(small(data[0][i:i + 256]))[1] for i in range(0, len(data[0]), 256)), encoding)
        weights = bins.rebalancing_weights(bins.smooth(prior, encoding.centres), 0.5)
    loss = HalfSize() if name == "regression" else losses.SoftCrossEntropy(weights=weights)
    steps = epochs * STEPS
    schedule = keras.optimizers.schedules.CosineDecay(rate / 20, steps - STEPS, warmup_target=rate,
                                                      warmup_steps=STEPS)
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=0.02, use_ema=True, ema_momentum=0.998)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    model.compile(optimizer, loss, jit_compile=False)
    views = Views(data[0], SEED + [*RECIPES].index(name), scale=scale)
    run = training.Run(folder / name, model, views)
    model.fit(views, initial_epoch=run.epoch, epochs=epochs, verbose=0,
              validation_data=(color.scale_L(tuning[0]), tuning[1] * np.float32(scale)), callbacks=[
        Seconds(), run, training.Progress(name), keras.callbacks.CSVLogger(folder / name / "log.csv", append=True)])
    return model


class HalfSize(keras.losses.Loss):
    """Squared error at the size of the prediction: every block of the target counts as its mean."""

    def call(self, true, predicted):
        factor = true.shape[1] // predicted.shape[1]
        return keras.ops.mean(keras.ops.square(keras.ops.average_pool(true, factor) - predicted), axis=-1)


if __name__ == "__main__":
    data = photos()
    for name in RECIPES:
        train(name, Path("build/train"), data)
