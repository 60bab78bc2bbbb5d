"""Train the compact classifier; write its weights, facts and card.

``python -m coursekit.tools.shipping.train_compact`` does it, in about an hour on two cores. Killed,
it goes on after the last finished epoch when started again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

import keras
import numpy as np
from PIL import Image

from coursekit import color, datasets, files, training, weights
from coursekit.datasets import scenes
from coursekit.embeddings import compact

# Source -> its share of what the network sees. Within a source every class comes equally often.
SHARES = {
    "cifar10": 0.38,
    "imagenette": 0.12,
    "landscapes": 0.12,
    "urban": 0.06,
    "flowers": 0.13,
    "pets": 0.10,
    "scenes": 0.09,
}
# The same thing under two names is one class.
SAME = {"english_springer": "dog", "garbage_truck": "truck"}
# Pixels: how large the photos of a source are kept; the others.
SIDE, KEPT = {"cifar10": 32}, 128
# How many scenes are drawn, and with which seed: one that no lesson draws with.
SCENES = {"train": (3000, 90_001), "val": (600, 90_000)}

SEED, EPOCHS, STEPS, BATCH = 0, 40, 400, 64
SIZES = (64, 32, 64, 32, 48)  # sides of the batches, in turn
RATE, DECAY, SMOOTHING = 2e-3, 0.05, 0.1


def photos(split: str) -> dict[str, tuple[np.ndarray, np.ndarray, list[str]]]:
    """Load the photos of all sources.

    Parameters
    ----------
    split : {"train", "val"}
        Which of them.

    Returns
    -------
    dict of str to tuple
        For each source L as uint8 (N, S, S), 0…255 for 0…100, the labels, and the class names.
    """
    found = {}
    for name in SHARES:
        side = SIDE.get(name, KEPT)
        if name == "scenes":
            count, seed = SCENES[split]
            drawn = scenes.draw(count, side, seed=seed)
            rgb, labels, names = drawn.rgb, drawn.labels, [f"drawn {kind}" for kind in scenes.KINDS]
        else:
            rgb, labels, names = datasets.load(name, split, side)
            names = [SAME.get(kind, kind).replace("_", " ") for kind in names]
        L = [
            np.rint(color.split(rgb[i : i + 256])[0][..., 0] * 2.55).astype(np.uint8)
            for i in range(0, len(rgb), 256)
        ]
        found[name] = np.concatenate(L), labels, names
    return found


class Views(keras.utils.PyDataset):
    """Draw batches of crops: mirrored, resized, of other contrast.

    Which ones depends on the epoch and their number alone. Not `training.Batches`: here a class
    comes as often as another of its source, sides change from batch to batch, and there is no ab.

    Parameters
    ----------
    sources : dict
        As `photos` gives them.
    classes : list of str
        All class names, in the order of the classifier's numbers.
    """

    def __init__(self, sources: dict, classes: list[str]):
        super().__init__(workers=1, max_queue_size=8)
        self.sources, self.classes, self.epoch = sources, classes, 0
        self.piles = {
            name: [np.flatnonzero(labels == k) for k in range(len(names))]
            for name, (_, labels, names) in sources.items()
        }

    def __len__(self) -> int:
        """Count the batches of an epoch."""
        return STEPS

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Draw a batch, by its number in the epoch."""
        rng = np.random.default_rng([SEED, self.epoch, index])
        size = SIZES[index % len(SIZES)]
        L = np.empty((BATCH, size, size, 1), np.float32)
        target = np.zeros((BATCH, len(self.classes)), np.float32)
        for i, name in enumerate(rng.choice([*SHARES], BATCH, p=[*SHARES.values()])):
            planes, _, names = self.sources[name]
            kind = rng.integers(len(names))
            L[i, ..., 0] = view(planes[rng.choice(self.piles[name][kind])], size, rng)
            target[i, self.classes.index(names[kind])] = 1
        return L, target

    def on_epoch_end(self) -> None:
        """Go on to the next epoch's batches; Keras calls it."""
        self.epoch += 1


def view(plane: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """Show a random part of a photo at another size.

    Parameters
    ----------
    plane : np.ndarray
        L as uint8 (S, S).
    size : int
        Side of the result in pixels.
    rng : np.random.Generator
        What chance is drawn from.

    Returns
    -------
    np.ndarray
        L scaled to −1…1, float32 (size, size).
    """
    side = len(plane)
    area, ratio = rng.uniform(0.4 if side > size else 0.65, 1), np.exp(rng.uniform(-0.2, 0.2))
    width, height = (min(side, side * (area * ratio**power) ** 0.5) for power in (1, -1))
    x, y = rng.uniform(0, side - width), rng.uniform(0, side - height)
    image = Image.fromarray(plane)
    # Some are made as small as CIFAR-10's, or sharpness would tell its photos from the others.
    if side > size and rng.random() < 0.25:
        image = image.resize((32, 32), Image.Resampling.BOX, (x, y, x + width, y + height))
        x, y, width, height = 0, 0, 32, 32
    image = image.resize((size, size), Image.Resampling.BICUBIC, (x, y, x + width, y + height))
    scaled = np.asarray(image, np.float32) / 127.5 - 1
    scaled = scaled[:, ::-1] if rng.random() < 0.5 else scaled
    return np.clip(scaled * rng.uniform(0.8, 1.2) + rng.uniform(-0.15, 0.15), -1, 1)


def train(folder: Path) -> tuple[keras.Model, dict]:
    """Train, or go on training.

    Parameters
    ----------
    folder : Path
        For checkpoints and a log.

    Returns
    -------
    tuple of keras.Model and dict
        The model, and what the card says of data and recipe.
    """
    sources = photos("train")
    classes = list(dict.fromkeys(kind for _, _, names in sources.values() for kind in names))
    training.seed_everything(SEED)
    model = compact.network(len(classes))
    steps = EPOCHS * STEPS
    rate = keras.optimizers.schedules.CosineDecay(
        RATE / 10, steps - STEPS, warmup_target=RATE, warmup_steps=STEPS
    )
    optimizer = keras.optimizers.AdamW(rate, weight_decay=DECAY)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    model.compile(
        optimizer,
        keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=SMOOTHING),
        metrics=["accuracy"],
        jit_compile=False,
    )
    batches = Views(sources, classes)
    run = training.Run(folder, model, batches)
    model.fit(
        batches,
        initial_epoch=run.epoch,
        epochs=EPOCHS,
        verbose=0,
        callbacks=[
            training.Seconds(),
            run,
            training.Progress("compact"),
            keras.callbacks.CSVLogger(folder / "log.csv", append=True),
        ],
    )
    recipe = {
        "seed": SEED,
        "epochs": EPOCHS,
        "steps": STEPS,
        "batch": BATCH,
        "rate": RATE,
        "decay": DECAY,
        "smoothing": SMOOTHING,
        "minutes": sum(run.history["seconds"]) / 60,
    }
    return model, {
        "classes": classes,
        "photos": {name: len(labels) for name, (_, labels, _) in sources.items()},
        "recipe": recipe,
    }


def results(model: keras.Model, classes: list[str]) -> dict:
    """Measure accuracy on held-back photos of two sizes, every class competing with all others.

    Parameters
    ----------
    model : keras.Model
        The classifier.
    classes : list of str
        What its numbers stand for.

    Returns
    -------
    dict
        "sources" and "accuracy" by class, and "mistakes": what is taken for what.
    """
    sources, right, wrong = {}, {}, {}
    for name, (planes, labels, names) in photos("val").items():
        truth = np.array([classes.index(kind) for kind in names])[labels]
        guess = {}
        for size in (32, min(64, planes.shape[1])):
            logits = []
            for start in range(0, len(planes), 200):
                resized = [
                    Image.fromarray(plane).resize((size, size), Image.Resampling.BICUBIC)
                    for plane in planes[start : start + 200]
                ]
                L = np.stack(resized)[..., None] / np.float32(2.55)
                logits.append(model.predict_on_batch(compact.prepare(L)))
            guess[size] = np.concatenate(logits).argmax(axis=1)
        share = {size: float((named == truth).mean()) for size, named in guess.items()}
        sources[name] = {"photos": len(labels), "right": share}
        for one, other in zip(truth, guess[size], strict=True):
            right.setdefault(classes[one], []).append(bool(one == other))
            if one != other:
                pair = classes[one], classes[other]
                wrong[pair] = wrong.get(pair, 0) + 1
    worst = sorted(
        ((count / len(right[pair[0]]), *pair) for pair, count in wrong.items()), reverse=True
    )[:12]
    return {
        "sources": sources,
        "accuracy": {kind: [len(right[kind]), float(np.mean(right[kind]))] for kind in classes},
        "mistakes": [[one, other, share] for share, one, other in worst],
    }


def card(facts: dict) -> str:
    """Write the facts for people.

    Parameters
    ----------
    facts : dict
        What `compact.facts` gives.

    Returns
    -------
    str
        Markdown.
    """
    recipe = facts["recipe"]

    def table(head: list, rows: list) -> str:
        lines = [head, ["---"] * len(head), *rows]
        return "\n".join(f"| {' | '.join(map(str, row))} |" for row in lines)

    sources = []
    for name, found in facts["sources"].items():
        about, right = datasets.card(name), found["right"]
        shown = [f"{right[size]:.0%}" if size in right else "–" for size in ("32", "64")]
        learnt = [f"{facts['photos'][name]:,}", f"{SHARES[name]:.0%}"]
        sources.append([name, about.title, *learnt, f"{found['photos']:,}", *shown, about.licence])
    columns = ["set", "", "photos", "share of a batch", "held back"]
    columns += ["right, of 32 px", "of 64 px", "licence"]
    accuracy = [(kind, n, f"{share:.0%}") for kind, (n, share) in facts["accuracy"].items()]
    mistakes = [(one, other, f"{share:.0%}") for one, other, share in facts["mistakes"]]
    return f"""# compact: a small classifier that sees no colour

Written by `python -m coursekit.tools.shipping.train_compact`, which trains it anew. Its numbers:
`compact.json`.

Names one of {len(facts["classes"])} scenes and things from L alone. A residual network of
{facts["weights"]:,} weights ({facts["bytes"]:,} bytes, kernels in half precision), fully
convolutional; `embeddings.embed` shows it photos with a short side of {compact.SIDE} pixels,
reduced or enlarged.

## Data

Training splits only, as `datasets.load` gives them, turned to L. An English springer is a dog, a
garbage truck a truck. The scenes are drawn by the course (seed {SCENES["train"][1]:,}). Their kinds
are classes of their own, so this classifier knows more of the scenes than one trained on photos
alone would.

{table(columns, sources)}

"Right" counts held-back photos whose class comes first among all {len(facts["classes"])}, for
photos that come in 32 or 64 px.

## Recipe

{recipe["epochs"]} epochs of {recipe["steps"]} batches of {recipe["batch"]}; sides of
{", ".join(map(str, SIZES))} px in turn; AdamW to {recipe["rate"]}, one epoch of warm-up, cosine to
0, weight decay {recipe["decay"]}; label smoothing {recipe["smoothing"]}; mirrored, cropped,
resized, contrast and brightness changed. Seed {recipe["seed"]}. {recipe["minutes"]:.0f} minutes on
two shared CPU cores. One choice was made after a look at held-back photos: those of CIFAR-10 are
enlarged, for then it names more of them.

## Accuracy by class

Held-back photos of 64 px (CIFAR-10: 32 px), every class competing with all others.

{table(["class", "photos", "right"], accuracy)}

## What it does badly

The most frequent mistakes, as a share of the class:

{table(["class", "taken for", "share"], mistakes)}

- Airplanes, automobiles, ships, horses, deer, birds and frogs it knows from 32 px photos only, so
  it takes blur for a sign of them: of other photos that come in 32 px it names far fewer than of
  the same in 64 px.
- It always names one of its {len(facts["classes"])} classes: people, food or rooms are none of
  them.
- Of its training photos it is surer than of others, so an embedding of those says a little too
  much.

## Licence

The weights come under the licence of the course. They were learnt from photos under the terms in
the table, several of which allow research and education only: keep to that with the weights too.
They hold no photo.
"""


def main() -> None:
    """Train, pack, measure, describe."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--folder", type=Path, default=Path("build/compact"), help="for checkpoints and log.csv"
    )
    model, facts = train(parser.parse_args().folder)
    data = weights.pack(model)
    facts |= {
        "sha256": hashlib.sha256(data).hexdigest(),
        "bytes": len(data),
        "weights": model.count_params(),
    }
    files.write(compact.WEIGHTS, data)
    # The results are those of the rounded weights.
    weights.load(model, compact.WEIGHTS, facts["sha256"])
    facts |= results(model, facts["classes"])
    facts = json.loads(json.dumps(facts))  # as they will be read
    files.write(compact.FACTS, json.dumps(facts, indent=1) + "\n")
    files.write(compact.FACTS.with_suffix(".md"), card(facts))


if __name__ == "__main__":
    main()
