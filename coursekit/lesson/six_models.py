"""The runs of lesson 06: six small models, trained from several seeds and measured photo by photo.

Together they take longer than a lesson may, so they ship, as lines of ``recorded/06.jsonl``.
``python -m coursekit.lesson.six_models`` makes them again; killed, it goes on where it was.
"""

from __future__ import annotations

import base64
import functools
import os
import time
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
from keras import KerasTensor, ops
from numpy.typing import ArrayLike
from scipy import ndimage

from coursekit import bins, color, datasets, experiments, losses, metrics, networks, training

FILE = Path(__file__).parent / "recorded" / "06.jsonl"
# The study's 400 photos at its size, for less than half of its hundred epochs: what those add,
# `longer` says.
RECIPE = {
    "dataset": "flowers",
    "size": 64,
    "photos": 400,
    "held_back": 139,
    "batch": 16,
    "epochs": 40,
}
# For checks, and where there are no photos of flowers: runs of a second, which say nothing.
SMALL = {"dataset": "scenes", "size": 32, "photos": 8, "held_back": 8, "batch": 8, "epochs": 1}
SEEDS = (0, 1, 2, 3, 4)
# As often as the study showed its photos; one run of each of these models says what that changes.
LONG = 100
POINTS = 5  # of the curves of a run
# The category that works, in the study's eyes: one class whose colours hang together. The other,
# the mix, is all classes.
ONE_CLASS = {"flowers": "sunflowers", "scenes": "meadow"}
CATEGORIES = ("one class", "mix")
# The held-back photos whose predicted colours stay in the line of a run, of the first seed.
SHOWN = {"one class": (0, 6, 14), "mix": (1, 8, 14)}
# With the learning rate at the start; it falls to 0 along a cosine, so that the last epoch is less
# a matter of luck.
OPTIMIZERS = {
    "adam": (keras.optimizers.Adam, 3e-3),
    "rmsprop": (keras.optimizers.RMSprop, 3e-3),
    "adadelta": (keras.optimizers.Adadelta, 1.0),  # as its author runs it
    "adadelta, Keras default": (keras.optimizers.Adadelta, 1e-3),
}
WEIGHTS = {
    "none": lambda prior: None,
    "balanced": bins.balanced_weights,
    "λ = ½": bins.rebalancing_weights,
}


def plan(seeds: Sequence[int] = SEEDS, **data: object) -> list[dict]:
    """List the runs that the study's claims rest on.

    Parameters
    ----------
    seeds : sequence of int
        Each run comes once with each.
    **data : object
        What differs from `RECIPE`.

    Returns
    -------
    list of dict
        The settings of `run`.
    """
    both = [
        *experiments.grid(seed=list(seeds), model=[1, 2], weights=["none"]),
        *experiments.grid(seed=list(seeds), model=[3], weights=["λ = ½"]),
    ]
    one = [
        *experiments.grid(seed=list(seeds), model=[4, 5, 6], weights=["λ = ½"]),
        *experiments.grid(seed=list(seeds), model=[3], weights=["balanced"]),
    ]
    kinds = [{"category": category, **each} for each in both for category in CATEGORIES]
    kinds += [{"category": "one class", **each} for each in one]
    return [{**RECIPE, **data, **each} for each in kinds]


def asides(**data: object) -> list[dict]:
    """List the single runs beside the claims: the study's code as it stood, other optimisers.

    Parameters
    ----------
    **data : object
        What differs from `RECIPE`.

    Returns
    -------
    list of dict
        The settings of `run`.
    """
    one = {**RECIPE, **data, "category": "one class", "seed": 0, "weights": "none"}
    return [
        {**one, "model": 1, "as_coded": "then"},
        *({**one, "model": 2, "as_coded": keras_of} for keras_of in ("then", "today")),
        *({**one, "model": 2, "optimizer": name} for name in list(OPTIMIZERS)[1:]),
    ]


def longer() -> list[dict]:
    """List the runs that say what the rest of the study's epochs adds: a hundred, from one seed.

    Returns
    -------
    list of dict
        The settings of `run`.
    """
    common = {**RECIPE, "epochs": LONG, "category": "one class", "seed": 0}
    kinds = [(1, "none"), (3, "λ = ½"), (4, "λ = ½"), (5, "λ = ½")]
    return [{**common, "model": model, "weights": weights} for model, weights in kinds]


def results(dataset: str, own: str | os.PathLike) -> list[dict]:
    """Read the recorded runs, or do runs of a second where they are of other photos.

    Parameters
    ----------
    dataset : str
        Whose photos are at hand.
    own : str or path-like
        The file for runs that are not recorded.

    Returns
    -------
    list of dict
        As `experiments.run`; all of them have "optimizer" and "as_coded".
    """
    if dataset == RECIPE["dataset"]:
        found = experiments.read(FILE)
    else:
        small = [*plan(SEEDS[:2], **SMALL), *asides(**SMALL)]
        found = experiments.run(small, run, own, CODE, "six models")
    return [{"optimizer": "adam", "as_coded": "", **each} for each in found]


@functools.cache
def planes(
    category: str, split: str, dataset: str, size: int, limit: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Load photos of a category.

    Parameters
    ----------
    category : str
        One of `CATEGORIES`.
    split : {"train", "val"}
        Which.
    dataset : str
        One of `ONE_CLASS`.
    size : int
        Their side, in pixels.
    limit : int
        At most so many.

    Returns
    -------
    L : ndarray of float32, shape (N, size, size, 1)
        Lightness, 0…100.
    ab : ndarray of float32, shape (N, size, size, 2)
        Colours, in CIELAB units.
    rgb : ndarray of uint8, shape (N, size, size, 3)
        The photos.
    """
    classes = [ONE_CLASS[dataset]] if category == "one class" else None
    rgb, _, _ = datasets.load(dataset, split, size, classes, limit=limit)
    return *color.split(rgb), rgb


def encode(ab: np.ndarray, model: int, as_coded: str) -> np.ndarray:
    """Make what the loss is given as target.

    Parameters
    ----------
    ab : ndarray of float32, shape (N, H, W, 2)
        The truth, in CIELAB units.
    model : int
        1…6.
    as_coded : str
        Empty for the study's text, else its code.

    Returns
    -------
    ndarray of float32, shape (N, H, W, C)
        The target.
    """
    if model == 1:
        return ab + 128 if as_coded else color.scale_ab(ab)  # 8-bit Lab, or ab / 128
    if not as_coded:
        return ab  # the course's loss finds the bins itself
    a, b = (np.eye(16, dtype="float32")[index] for index in np.moveaxis(bins.axis_index(ab), -1, 0))
    return np.concatenate([a, b], axis=-1)  # two ones among 32 channels


def shared_sum(target: KerasTensor, output: KerasTensor) -> KerasTensor:
    """Compute what Keras 2 made of categorical cross-entropy after a sigmoid.

    Parameters
    ----------
    target : KerasTensor
        Two ones among 32 channels.
    output : KerasTensor
        32 numbers in 0…1.

    Returns
    -------
    KerasTensor
        The loss of each pixel.
    """
    share = output / ops.sum(output, axis=-1, keepdims=True)
    return -ops.sum(target * ops.log(ops.clip(share, 1e-7, 1)), axis=-1)


@functools.cache
def compiled(
    model: int,
    category: str,
    weights: str,
    optimizer: str,
    as_coded: str,
    steps: int,
    eager: bool,
    **data: object,
) -> keras.Model:
    """Compile a network and its loss.

    Parameters
    ----------
    model : int
        1…6.
    category : str
        Whose colours the class weights are of.
    weights : str
        One of `WEIGHTS`.
    optimizer : str
        One of `OPTIMIZERS`.
    as_coded : str
        Empty for the study's text; "then" for its code in the Keras of its time, "today" in ours.
    steps : int
        After which the learning rate is 0.
    eager : bool
        Without a graph, which takes longer to build than a few steps without it.
    **data : object
        As for `planes`.

    Returns
    -------
    keras.Model
        Ready to be trained.
    """
    activation, loss = None, "mse"
    if model >= 2:
        prior = bins.axis_prior(planes(category, "train", **data)[1])
        loss = losses.AxesCrossEntropy(WEIGHTS[weights](prior))
    if as_coded:
        activation = "relu" if model == 1 else "sigmoid"
        if model >= 2:
            loss = shared_sum if as_coded == "then" else "categorical_crossentropy"
    network = networks.study(**networks.SIX_MODELS[model], activation=activation)
    rule, rate = OPTIMIZERS[optimizer]
    falling = rule(keras.optimizers.schedules.CosineDecay(rate, steps))
    # For a small network, compiling by XLA costs more than it saves.
    network.compile(falling, loss, run_eagerly=eager, jit_compile=False)
    return network


def train(
    network: keras.Model, batches: training.Batches, epochs: int, look: Callable[[], None]
) -> float:
    """Do what ``fit`` does, without what it does beside training, which a small network notices.

    Parameters
    ----------
    network : keras.Model
        Compiled.
    batches : Batches
        What it learns from.
    epochs : int
        How often it sees them.
    look : callable
        Called some `POINTS` times on the way, at the end for the last time.

    Returns
    -------
    float
        The mean loss over the last epoch, dropout on, as ``fit`` logs it.
    """
    for epoch in range(1, epochs + 1):
        network.reset_metrics()
        for number in range(len(batches)):
            loss = network.train_on_batch(*batches[number])
        batches.on_epoch_end()
        if (epochs - epoch) % max(1, epochs // POINTS) == 0:
            look()
    return float(loss)


def answer(network: keras.Model, L: np.ndarray) -> np.ndarray:
    """Ask a network, without dropout.

    Parameters
    ----------
    network : keras.Model
        From L scaled to −1…1.
    L : ndarray of float32, shape (N, H, W, 1)
        Lightness, 0…100.

    Returns
    -------
    ndarray of float32, shape (N, H, W, C)
        What it gives.
    """
    pieces = [L[at : at + 32] for at in range(0, len(L), 32)]
    return np.concatenate([ops.convert_to_numpy(network(color.scale_L(some))) for some in pieces])


def as_meant(output: np.ndarray, model: int) -> np.ndarray:
    """Turn what the study's code answers into what its text says.

    Parameters
    ----------
    output : ndarray of float32, shape (N, H, W, C)
        A and b in 8 bits, or 32 numbers in 0…1.
    model : int
        1…6.

    Returns
    -------
    ndarray of float32, shape (N, H, W, C)
        Either ab / 128 or logits of 16 bins of a and 16 of b.
    """
    output = np.nan_to_num(output)  # a network that diverged
    return np.clip(output / 128 - 1, -1, 0.99) if model == 1 else np.log(np.maximum(output, 1e-30))


def decodings(output: np.ndarray, model: int) -> dict[str, np.ndarray]:
    """Turn what a network gives into ab, in each of several ways.

    Parameters
    ----------
    output : ndarray of float32, shape (N, H, W, C)
        Either ab / 128, of model 1, or logits of 16 bins of a, then of 16 of b.
    model : int
        1…6.

    Returns
    -------
    dict of str to ndarray of float32, shape (N, H, W, 2)
        In CIELAB units: "mean", of a regression all there is; of bins "annealed" and "likeliest"
        too; and "as the study", whose Gaussian filter goes over the regression or the likeliest.
    """
    if model == 1:
        found = {"mean": color.unscale_ab(output)}
    else:
        found = {
            "mean": bins.axes_annealed_mean(output, 1.0),
            "annealed": bins.axes_annealed_mean(output, 0.38),
            "likeliest": bins.axes_mode(output),
        }
    return {**found, "as the study": blur([*found.values()][-1])}


def blur(ab: np.ndarray, sigma: float = 5.0) -> np.ndarray:
    """Smooth colours as the study did.

    Parameters
    ----------
    ab : ndarray of float32, shape (N, H, W, 2)
        In CIELAB units.
    sigma : float
        Of the Gaussian, in pixels of a photo that has 64.

    Returns
    -------
    ndarray of float32, shape (N, H, W, 2)
        Smooth ab.
    """
    sigma = sigma * ab.shape[1] / 64
    return ndimage.gaussian_filter(ab, (0, sigma, sigma, 0))


def pack(ab: np.ndarray) -> str:
    """Write colours as text, so that they fit into a line.

    Parameters
    ----------
    ab : ndarray of float32, shape (N, size, size, 2)
        In CIELAB units.

    Returns
    -------
    str
        Whole numbers, packed.
    """
    # Colours change slowly from pixel to pixel, so the steps between neighbours take half of the
    # room; where one does not fit into 8 bits, it wraps around, and back.
    steps = np.diff(np.int8(np.moveaxis(ab.round(), -1, 1)), axis=3, prepend=np.int8(0))
    return base64.b85encode(zlib.compress(steps.tobytes(), 9)).decode()


def unpack(text: str, size: int) -> np.ndarray:
    """Read colours that `pack` wrote.

    Parameters
    ----------
    text : str
        What it gave.
    size : int
        Their side, in pixels.

    Returns
    -------
    ndarray of float32, shape (N, size, size, 2)
        In CIELAB units.
    """
    steps = np.frombuffer(zlib.decompress(base64.b85decode(text)), np.int8)
    numbers = steps.reshape(-1, 2, size, size).cumsum(axis=3, dtype=np.int8)
    return np.moveaxis(numbers, 1, -1).astype(np.float32)


def run(
    model: int,
    weights: str,
    category: str,
    seed: int,
    epochs: int,
    batch: int,
    optimizer: str = "adam",
    as_coded: str = "",
    photos: int = RECIPE["photos"],
    held_back: int = RECIPE["held_back"],
    **data: object,
) -> dict:
    """Train one of the six models, and measure it on photos that were held back.

    Parameters
    ----------
    model : int
        1…6.
    weights : str
        One of `WEIGHTS`.
    category : str
        One of `CATEGORIES`.
    seed : int
        Of the first weights and of the order of photos.
    epochs : int
        How often each photo is seen.
    batch : int
        Photos in a batch.
    optimizer : str
        One of `OPTIMIZERS`.
    as_coded : str
        As for `compiled`.
    photos : int
        To train on.
    held_back : int
        To measure on.
    **data : object
        Data set and size, as for `planes`.

    Returns
    -------
    dict
        "cpu_seconds" of the training; "logged_loss"; "train_loss" and "val_loss", after training,
        without dropout and without weights, and "curves" of both on the way; for each of the
        `decodings` "auc", "rebalanced_auc", "colorfulness_kept", "rare_recall" in per cent and
        "speckle", with its name behind a comma; "each", what `metrics.measure` gives of every
        photo, and "gap", its loss minus the training loss; "pictures", of the first seed, packed
        colours of the photos `SHOWN`.
    """
    L, ab, _ = planes(category, "train", limit=photos, **data)
    new_L, new_ab, rgb = planes(category, "val", limit=held_back, **data)
    batches = training.Batches(color.scale_L(L), encode(ab, model, as_coded), batch, seed=seed)
    how = {"steps": epochs * len(batches), "eager": epochs == 1}
    network = compiled(model, category, weights, optimizer, as_coded, **how, limit=photos, **data)
    experiments.restart(network, seed)
    losses_of_photos, outputs = [], []

    def look() -> None:
        known, new = (answer(network, some) for some in (L, new_L))
        if as_coded:
            known, new = as_meant(known, model), as_meant(new, model)
        losses_of_photos.append([plain_loss(ab, known, model), plain_loss(new_ab, new, model)])
        outputs[:] = [new]

    started = time.process_time()
    logged = train(network, batches, epochs, look)
    spent = time.process_time() - started
    curves = np.array([[some.mean() for some in point] for point in losses_of_photos])
    found = decodings(outputs[0], model)
    measured, each = scores(rgb, new_ab, found)
    shown = [at % len(rgb) for at in SHOWN[category]]
    return {
        "cpu_seconds": round(spent, 1),
        "logged_loss": logged,
        "train_loss": curves[-1, 0],
        "val_loss": curves[-1, 1],
        "curves": curves.T.round(5),
        **measured,
        "each": {**each, "gap": rounded(losses_of_photos[-1][1] - curves[-1, 0], 4)},
        "pictures": {name: pack(ab[shown]) for name, ab in found.items()} if seed == 0 else {},
    }


def plain_loss(ab: np.ndarray, output: np.ndarray, model: int) -> np.ndarray:
    """Compute the loss of each photo as the study's text has it, without class weights.

    Parameters
    ----------
    ab : ndarray of float32, shape (N, H, W, 2)
        The truth, in CIELAB units.
    output : ndarray of float32, shape (N, H, W, C)
        Either ab / 128, of model 1, or logits.
    model : int
        1…6.

    Returns
    -------
    ndarray of float64, shape (N,)
        Squared error of ab / 128, or cross-entropy of a's bin and b's.
    """
    if model == 1:
        loss = ((color.scale_ab(ab) - output) ** 2).mean(axis=-1)
    else:
        loss = ops.convert_to_numpy(losses.AxesCrossEntropy(reduction="none")(ab, output))
    return loss.mean(axis=(1, 2), dtype=np.float64)


def scores(
    rgb: np.ndarray, truth: np.ndarray, found: dict[str, np.ndarray]
) -> tuple[dict[str, float], dict[str, list[float]]]:
    """Measure several answers to the same photos.

    Parameters
    ----------
    rgb : ndarray of uint8, shape (N, H, W, 3)
        The photos.
    truth : ndarray of float32, shape (N, H, W, 2)
        Their ab, in CIELAB units.
    found : dict of str to ndarray of float32, shape (N, H, W, 2)
        The answers, by name.

    Returns
    -------
    measured : dict of str to float
        "auc, name" and so on, as `run` says.
    each : dict of str to list of float
        "rebalanced_auc, name", "colorfulness_kept, name", "speckle, name" of every photo.
    """
    colorizers = {
        name: SimpleNamespace(predict_ab=lambda L, ab=ab: ab) for name, ab in found.items()
    }
    rows = metrics.measure(colorizers, rgb, batch_size=len(rgb), redraws=0, progress=False)
    measured, each = {}, {}
    for row in rows:
        if (name := row["name"]) not in found:
            continue
        step, true_step = (neighbours(some) for some in (found[name], truth))
        row["each"]["speckle"] = step / true_step.mean()
        row["speckle"] = step.mean() / true_step.mean()
        for measure in ("auc", "rebalanced_auc", "colorfulness_kept", "rare_recall", "speckle"):
            measured[f"{measure}, {name}"] = row[measure]
        for measure in ("rebalanced_auc", "colorfulness_kept", "speckle"):
            each[f"{measure}, {name}"] = rounded(row["each"][measure], 3)
    return measured, each


def neighbours(ab: np.ndarray) -> np.ndarray:
    """Compute how far the colours of neighbouring pixels lie apart: where they speckle, far.

    Parameters
    ----------
    ab : ndarray of float32, shape (N, H, W, 2)
        In CIELAB units.

    Returns
    -------
    ndarray of float64, shape (N,)
        The mean step of a and b from a pixel to the next one in its row.
    """
    return np.abs(np.diff(ab, axis=2)).mean(axis=(1, 2, 3), dtype=np.float64)


def rounded(values: ArrayLike, digits: int) -> list[float]:
    """Cut numbers to what a line should hold of them.

    Parameters
    ----------
    values : array_like of float, shape (N,)
        Any.
    digits : int
        After the point.

    Returns
    -------
    list of float
        The same, shorter.
    """
    return np.round(np.asarray(values, np.float64), digits).tolist()


# What a line depends on, beside `run`: where one of them changes, its runs are done again.
CODE = [
    *(planes, encode, shared_sum, compiled, train, answer, as_meant, decodings, blur, plain_loss),
    *(scores, experiments.restart, networks.study, bins.rebalancing, losses, training.Batches),
]


def main() -> None:
    """Do the runs that are missing."""
    experiments.run([*plan(), *asides(), *longer()], run, FILE, CODE, "six models")


if __name__ == "__main__":
    main()
