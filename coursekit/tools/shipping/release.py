"""From a trained network to what ships: weights, facts as JSON, a card for people."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from coursekit import color, colorizer, datasets, files, metrics, weights
from coursekit.colorizer import Colorizer, shipped
from coursekit.tools import quality
from coursekit.tools.quality import photosets
from coursekit.tools.quality.report import conditions
from coursekit.tools.shipping import judging, recipes

TEMPERATURES = (0.1, 0.2, 0.38, 0.6, 1.0)
SIZES = (64, 96, 128)  # pixels
SHARES = (0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0)
MEASURED = 96  # side of the held-back photos in pixels
MARGIN = 0.5  # points of AuC above grey that are left to each set
# What no run writes: how the rule for the share came about.
LOOKS = """Held-back photos had a part in that rule: 200 each of flowers, landscapes and imagenette
were looked at twice. At share 1 (T = 0.7, 64 pixels) AuC on imagenette was 1.4 below grey's, which
is why there is a share; at share 0.6 (96 pixels), which a margin of 0.75 had chosen, colorfulness
on imagenette was 79 % of the truth's, after which the margin became 0.5. So the results of vivid on
these three sets are a little too good."""
# Sets of which no photo was trained on, measured where they are at hand.
UNSEEN = ("photos", "historic")


def finish(name: str, folder: Path, data: tuple[np.ndarray, np.ndarray]) -> tuple[Colorizer, dict]:
    """Train, choose what is left to choose, and save the colorizer as ``<name>.keras``.

    Parameters
    ----------
    name : str
        One of `recipes.RECIPES`.
    folder : Path
        For checkpoints, logs and the colorizer.
    data : tuple of np.ndarray
        Photos to train on and to choose by, as `recipes.photos` gives them.

    Returns
    -------
    tuple of Colorizer and dict
        The colorizer, and what its card says of its training.
    """
    recipe, described = recipes.RECIPES[name], shipped.SHIPPED[name]
    network, run = recipes.train(name, folder, data)
    decoder = shipped.decoder(described.temperature)
    facts = {
        "photos": len(data[0]),
        "tuning_photos": len(data[1]),
        "recipe": {
            "start": recipe.start,
            "epochs": recipe.epochs,
            "rate": recipe.rate,
            "seed": recipes.SEED,
            "batch": recipes.BATCH,
            "steps": len(recipes.batches(name, data[0])),
        },
        "minutes": sum(run.history["seconds"]) / 60,
        "loss": run.history["loss"],
        "tuning_loss": run.history["val_loss"],
        "temperature": described.temperature,
    }
    if recipe.blend:
        start = recipes.train(recipe.start, folder, data)[0].get_weights()
        end = network.get_weights()
        facts["by_share"] = []
        for share in SHARES:
            network.set_weights(mixed(start, end, share))
            judged = judge(Colorizer(network, decoder), data[1])
            facts["by_share"].append({"share": share, **judged})
        facts["share"] = choose(facts["by_share"])
        network.set_weights(mixed(start, end, facts["share"]))
    if described.temperature is not None:
        facts["by_temperature"] = [
            {"temperature": T, **judge(Colorizer(network, shipped.decoder(T)), data[1])}
            for T in TEMPERATURES
        ]
    facts["by_size"] = [
        {"size": size, **judge(Colorizer(network, decoder), data[1], size)} for size in SIZES
    ]
    facts["size"] = max(facts["by_size"], key=lambda each: each["auc"])["size"]
    painter = Colorizer(network, decoder, facts["size"])
    painter.save(folder / f"{name}.keras")
    return painter, facts


def ship(name: str, painter: Colorizer, facts: dict, rgb: np.ndarray) -> None:
    """Put a finished colorizer into the package, and note what half precision costs.

    Parameters
    ----------
    name : str
        What it is called there.
    painter : Colorizer
        Its network keeps the rounded weights.
    facts : dict
        What `finish` says of it; more is added.
    rgb : np.ndarray
        Photos to judge by, uint8 (N, H, W, 3).
    """
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
    costs = {measured: before[measured] - after[measured] for measured in before}
    _write(name, {**facts, "half_precision_costs": costs})


def mixed(start: list[np.ndarray], end: list[np.ndarray], share: float) -> list[np.ndarray]:
    """Take weights on the line between where fine-tuning starts and where it ends [1]_.

    Parameters
    ----------
    start, end : list of np.ndarray
        Weights of one network, before and after.
    share : float
        How far along the line, 0…1.

    Returns
    -------
    list of np.ndarray
        As many weights.

    References
    ----------
    .. [1] M. Wortsman et al., "Robust fine-tuning of zero-shot models" (CVPR 2022),
       arXiv 2109.01903.
    """
    return [(1 - share) * one + share * other for one, other in zip(start, end, strict=True)]


def choose(by_share: Sequence[dict]) -> float:
    """Choose the largest share at which every set stays `MARGIN` above grey in AuC.

    Parameters
    ----------
    by_share : sequence of dict
        "share" and "above_grey", from the smallest share on.

    Returns
    -------
    float
        That share; the smallest, if none will do.
    """
    kept = [each["share"] for each in by_share if each["above_grey"] >= MARGIN]
    return max(kept, default=by_share[0]["share"])


def judge(painter: Colorizer, rgb: np.ndarray, size: int | None = None) -> dict[str, float]:
    """Measure a colorizer on the photos that choose, reduced to `recipes.SIZE`.

    Parameters
    ----------
    painter : Colorizer
        Anything with ``predict_ab``.
    rgb : np.ndarray
        Photos, uint8 (N, H, W, 3), as many of each set as `recipes.TUNING`.
    size : int, optional
        Side in pixels at which it is shown them, by default the same.

    Returns
    -------
    dict of str to float
        As `judging.judge`.
    """
    seen = color.split(recipes.small(rgb, size))[0]
    return judging.judge(painter, recipes.small(rgb), seen, per_set=recipes.TUNING)


def measure_held_back() -> None:
    """Measure all shipped colorizers on photos held back; write it into facts and cards."""
    painters = {name: colorizer.load(name) for name in shipped.NAMES}
    results = []
    for each in [*recipes.SETS, *UNSEEN]:
        if each in recipes.SETS or datasets.available(each):
            for found in photosets.load(each, MEASURED):
                L = color.split(found.given)[0]
                rows = metrics.measure(painters, found.rgb, mean=found.mean, L=L)
                kept = [{**row, "each": None} for row in rows]
                results.append({"facts": found.facts, "rows": kept})
    for name in shipped.NAMES:
        facts = {**shipped.facts(name), "results": results}
        _write(name, facts)
        files.write(shipped.FOLDER / f"{name}.md", card(name, facts))


def card(name: str, facts: dict) -> str:
    """Write the facts for people.

    Parameters
    ----------
    name : str
        One of `shipped.NAMES`.
    facts : dict
        What `shipped.facts` gives.

    Returns
    -------
    str
        Markdown.
    """
    described = shipped.SHIPPED[name]
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

`coursekit.networks.unet`, {facts["weights"]:,} weights ({facts["bytes"]:,} bytes, kernels in half
precision), sees a photo with a short side of {facts["size"]} pixels. It was asked
{described.asked}.

## Data

{facts["photos"]:,} photos of the training splits of these sets, reduced to {recipes.KEPT} pixels.
Another {facts["tuning_photos"]} of those splits served only to choose by. The results are those of
the held-back splits.

| set | | licence |
|---|---|---|
{sets}

## Recipe

{start}. {recipe["epochs"]} epochs of {recipe["steps"]} batches of {recipe["batch"]}; parts of 40 to
100 % of a photo, mirrored, lighter or darker; AdamW up to a rate of {recipe["rate"]:g}, warm-up,
cosine to 0, weight decay 0.02; the weights are averaged over the last steps. Seed {recipe["seed"]},
one run; {facts["minutes"]:.0f} minutes on two shared CPU cores.
{_choices(facts)}
## Results

Half precision costs {costs["auc"]:.3f} points of AuC, {costs["rebalanced_auc"]:.3f} of rebalanced
AuC and {costs["psnr"]:.3f} dB.

{results}
## What it does badly

- {described.fails}
- It knows landscapes, flowers, pets and streets. Rooms, people, food and what is seen from close by
  it mostly guesses.
- Colours come in patches of two pixels of {facts["size"]}: small things take the colour of what is
  around them.
- It names a colour for everything. Nothing in the picture says which colours it is sure of.

## Licence

The weights come under the licence of the course. They were learnt from photos under the terms in
the table, several of which allow research and education only: keep to that with the weights too.
They hold no photo.
"""


def _choices(facts: dict) -> str:
    """Say what was chosen on the photos that are there for that."""
    found = f"""
## Chosen on {facts["tuning_photos"]} photos kept apart for that

Compared at {recipes.SIZE} pixels. It sees the photos at {facts["size"]}, where its AuC is highest:

{_table("size", facts["by_size"])}"""
    if "by_share" in facts:
        found += f"""
Its weights lie between those that it started from and those that its training ended with: share
{facts["share"]:g} is the largest of these at which AuC stays {MARGIN:g} above that of grey on each
of the sets. {LOOKS}

{_table("share", facts["by_share"])}"""
    if "by_temperature" in facts:
        found += f"""
T = {shipped.PUBLISHED:g}, as published; others for comparison:

{_table("temperature", facts["by_temperature"])}"""
    return found


def _table(chosen: str, rows: Sequence[dict]) -> str:
    columns = {
        "AuC, %": "{auc:.1f}",
        "above grey, worst set": "{above_grey:.1f}",
        "rebalanced AuC, %": "{rebalanced_auc:.1f}",
        "colorfulness, % of truth": "{colorfulness:.0f}",
        "PSNR, dB": "{psnr:.1f}",
    }
    head = [f"| {chosen} | {' | '.join(columns)} |", "|---" * (1 + len(columns)) + "|"]
    cells = " | ".join(columns.values())
    lines = [f"| {row[chosen]:g} | {cells.format(**row)} |" for row in rows]
    return "\n".join([*head, *lines, ""])


def _write(name: str, facts: dict) -> None:
    files.write(shipped.FOLDER / f"{name}.json", json.dumps(facts, indent=1) + "\n")
