"""From a trained decoder to what ships: weights, facts as JSON, a card for people."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import keras
import numpy as np

from coursekit import color, colorizer, datasets, files, metrics, weights
from coursekit.bins.layers import AnnealedMean
from coursekit.colorizer import Colorizer, shipped
from coursekit.colorizer.painter import resize_planes
from coursekit.embeddings import efficientnet_lite0
from coursekit.lesson.ladder import Watched
from coursekit.tools import quality
from coursekit.tools.quality import photosets
from coursekit.tools.quality.report import conditions
from coursekit.tools.shipping import judging, recipes

TEMPERATURES = (0.38, 0.6, 0.8, 1.0)
SIZES = (96, 128, 160, 192)  # pixels, the short side of what the network is shown
# How far vivid goes from what is likely to what is rare, between and beyond two last layers.
SHARES = (0.0, 0.5, 0.75, 0.9, 1.0, 1.25)
MARGIN = -0.1  # points that AuC must lie above grey's on the set where it is least
KEPT = (85.0, 115.0)  # per cent of the true colorfulness that vivid must keep over all sets
# What no run writes: how the rule came about.
LOOKS = """Held-back photos had a part in that rule. They were measured twice before with photos
enlarged to 128 and 160 pixels, which was better on the photos that choose; on `landscapes` and
`photos` it was worse, after which photos were measured at the size of the training. So the results
of vivid are a little too good."""
MEASURED = 96  # side of the held-back photos in pixels
# Sets of which no photo was trained on, measured where they are at hand.
UNSEEN = ("photos", "historic")
# What a card says of photos that no data set of the course holds.
OWN = {"everyday": ("people, faces, clothes, rooms, streets", "research use; clothes CC0")}


def finish(
    folder: Path, data: recipes.Photos, seed: int = recipes.SEED
) -> tuple[keras.Model, dict[str, dict], dict[str, Colorizer]]:
    """Train, choose what is left to choose, and save each colorizer as ``<name>.keras``.

    Parameters
    ----------
    folder : Path
        For features, checkpoints, logs and the colorizers.
    data : Photos
        As `recipes.photos` gives them.
    seed : int
        Of the decoder.

    Returns
    -------
    tuple of keras.Model, dict of str to dict and dict of str to Colorizer
        The decoder; of each colorizer what its card says of its training, and itself.
    """
    seen = recipes.views(data.train, folder / "features")
    decoder, run = recipes.train(folder / f"decoder-seed{seed}", data, seen, seed)
    minutes = sum(run.history["seconds"]) / 60
    common = {
        "sets": data.sets,
        "tuning_photos": {name: len(rgb) for name, rgb in data.tuning.items()},
        "recipe": {
            "epochs": recipes.EPOCHS,
            "rate": recipes.RATE,
            "seed": seed,
            "batch": recipes.BATCH,
            "steps": len(data.train) // recipes.BATCH,
        },
        "minutes": minutes,
    }
    chosen, painters = choose(decoder, data)
    found = {}
    for name in recipes.RECIPES:
        found[name] = {
            **common,
            "loss": run.history[f"{name}_loss"],
            "tuning_loss": run.history[f"val_{name}_loss"],
            **chosen[name],
        }
    for name, painter in painters.items():
        painter.save(folder / f"{name}.keras")
    return decoder, found, painters


def choose(
    decoder: keras.Model, data: recipes.Photos
) -> tuple[dict[str, dict], dict[str, Colorizer]]:
    """Choose temperatures, how far vivid goes, and sizes, on photos that serve only for that.

    Classification takes the temperature of the highest AuC. Vivid's last layer lies on the line
    through that of classification (share 0) and its own (share 1): see `pick`. Both are chosen at
    the size of the training. The size at which photos of people's own are shown is that of the
    highest AuC on photos that were not reduced so far.

    Parameters
    ----------
    decoder : keras.Model
        Trained, with an answer for each colorizer.
    data : Photos
        As `recipes.photos` gives them.

    Returns
    -------
    tuple of dict of str to dict and dict of str to Colorizer
        For each colorizer its "size" and "temperature", what was measured ("tried", "by_size"), and
        vivid's "share"; and itself, with all that.
    """
    encoder = recipes.pretrained_encoder()
    truths = {name: judging.Truth(rgb) for name, rgb in data.tuning.items()}
    answers = {name: _answers(encoder, decoder, truth.L) for name, truth in truths.items()}
    curve = []
    for share in SHARES:
        mixed = {
            name: (1 - share) * answer["classification"] + share * answer["vivid"]
            for name, answer in answers.items()
        }
        for T in TEMPERATURES:
            ab = {name: _enlarged(_decoded(logits, T)) for name, logits in mixed.items()}
            curve.append({"share": share, "temperature": T, **judging.judge(ab, truths)})
    plain = [each for each in curve if each["share"] == 0]
    calm, bold = max(plain, key=lambda each: each["auc"]), pick(curve)
    found = {
        name: {"temperature": None if each.outputs == 2 else 0.38}
        for name, each in shipped.SHIPPED.items()
    }
    found["classification"] = {"temperature": calm["temperature"], "tried": plain}
    found["vivid"] = {"temperature": bold["temperature"], "share": bold["share"], "tried": curve}
    blend(decoder, bold["share"])
    painters = {}
    for name, facts in found.items():
        facts["size"] = recipes.SIZE
        painters[name] = assemble(name, decoder, facts)
        if data.sharp is not None:
            facts["by_size"] = [judged_at(painters[name], data.sharp, size) for size in SIZES]
            facts["size"] = max(facts["by_size"], key=lambda each: each["auc"])["size"]
            painters[name].size = facts["size"]
    return found, painters


def judged_at(painter: Colorizer, rgb: np.ndarray, size: int) -> dict[str, float]:
    """Measure a colorizer on photos that it is shown at another size.

    Parameters
    ----------
    painter : Colorizer
        What is measured.
    rgb : ndarray of uint8, shape (N, H, W, 3)
        The photos.
    size : int
        Side in pixels at which they are shown.

    Returns
    -------
    dict of str to float
        "size", and what `judging.judge` gives.
    """
    truth = judging.Truth(rgb)
    shown = np.stack([resize_planes(each, size, size) for each in truth.L])
    ab = painter.predict_ab(shown)
    large = np.stack([resize_planes(each, *truth.L.shape[1:3]) for each in ab])
    return {"size": size, **judging.judge({"": large}, {"": truth})}


def pick(curve: Sequence[dict]) -> dict:
    """Pick vivid's point.

    Of the points that keep AuC and colorfulness within bounds, those within 0.3 of the highest
    rebalanced AuC are taken, and of those the one with the least false colour.

    Parameters
    ----------
    curve : sequence of dict
        What was measured at each size, share and temperature.

    Returns
    -------
    dict
        One of them; if none keeps to the bounds, the one whose AuC is highest where it is worst.
    """
    allowed = [
        each
        for each in curve
        if each["worst_auc"] >= MARGIN and KEPT[0] <= each["colorfulness"] <= KEPT[1]
    ]
    if not allowed:
        return max(curve, key=lambda each: each["worst_auc"])
    best = max(each["rebalanced_auc"] for each in allowed)
    good = [each for each in allowed if each["rebalanced_auc"] >= best - 0.3]
    return min(good, key=lambda each: each["false_colour"])


def blend(decoder: keras.Model, share: float) -> None:
    """Put vivid's last layer where `choose` wants it.

    Parameters
    ----------
    decoder : keras.Model
        What is changed.
    share : float
        How far on the line from classification's last layer to vivid's own.
    """
    # Logits are linear in the last layer's weights: so this is a mean of the logits, and of two
    # probabilities a geometric one.
    start, end = (decoder.get_layer(name).get_weights() for name in ("classification", "vivid"))
    mixed = [one + share * (other - one) for one, other in zip(start, end, strict=True)]
    decoder.get_layer("vivid").set_weights(mixed)


def assemble(name: str, decoder: keras.Model, facts: dict) -> Colorizer:
    """Make a colorizer of the encoder, the decoder's shared layers and one last layer.

    Parameters
    ----------
    name : str
        Which one.
    decoder : keras.Model
        Trained, with an answer for each colorizer.
    facts : dict
        Its "temperature" and "size".

    Returns
    -------
    Colorizer
        Ready to colorize, or to be saved.
    """
    network = shipped.network(name)
    efficientnet_lite0.load_encoder(network)
    painter = Colorizer(network, shipped.decoder(facts["temperature"]), facts["size"], name=name)
    take_over(painter, decoder)
    return painter


def take_over(painter: Colorizer, decoder: keras.Model) -> None:
    """Give a colorizer the weights of a decoder.

    Parameters
    ----------
    painter : Colorizer
        What is changed, one of `assemble`.
    decoder : keras.Model
        Trained, with an answer for each colorizer.
    """
    last = decoder.get_layer(painter.name).get_weights()
    painter.network.get_layer("decoder").set_weights([*shared(decoder), *last])


def shared(decoder: keras.Model) -> list[np.ndarray]:
    """List the weights that all colorizers share.

    Parameters
    ----------
    decoder : keras.Model
        With an answer for each colorizer.

    Returns
    -------
    list of np.ndarray
        All but those of the last layers.
    """
    last = {id(weight) for name in decoder.output for weight in decoder.get_layer(name).weights}
    return [keras.ops.convert_to_numpy(each) for each in decoder.weights if id(each) not in last]


def spread(folder: Path, data: recipes.Photos, seeds: Sequence[int], facts: dict) -> None:
    """Train vivid with several seeds, and note how its numbers on the tuning photos differ.

    Parameters
    ----------
    folder : Path
        As for `finish`.
    data : Photos
        As `recipes.photos` gives them.
    seeds : sequence of int
        Of the decoders; with one alone nothing is noted.
    facts : dict
        What `finish` says of vivid; "seeds" is added.
    """
    if len(seeds) < 2:
        return
    seen = recipes.views(data.train, folder / "features")
    truths = {name: judging.Truth(rgb) for name, rgb in data.tuning.items()}
    facts["seeds"], painter = [], None
    for seed in seeds:
        decoder, _ = recipes.train(folder / f"decoder-seed{seed}", data, seen, seed)
        blend(decoder, facts["share"])
        painter = painter or assemble("vivid", decoder, facts)
        take_over(painter, decoder)
        ab = {name: painter.predict_ab(truth.L) for name, truth in truths.items()}
        facts["seeds"].append({"seed": seed, **judging.judge(ab, truths)})


def ship(
    decoder: keras.Model,
    found: Mapping[str, dict],
    painters: Mapping[str, Colorizer],
    tuning: Mapping[str, np.ndarray],
) -> None:
    """Put finished colorizers into the package, and note what half precision costs.

    Parameters
    ----------
    decoder : keras.Model
        With vivid's last layer where it was chosen to be.
    found : mapping of str to dict
        What `finish` says of each; more is added.
    painters : mapping of str to Colorizer
        Those of `finish`, in full precision.
    tuning : mapping of str to ndarray of uint8, shape (N, SIZE, SIZE, 3)
        The photos to measure the cost on.
    """
    shipped.FOLDER.mkdir(exist_ok=True)
    trunk = weights.pack(shared(decoder))
    files.write(shipped.FOLDER / shipped.TRUNK, trunk)
    truths = {name: judging.Truth(rgb) for name, rgb in tuning.items()}
    for name, facts in found.items():
        before = painters[name]
        last = weights.pack(decoder.get_layer(name).get_weights())
        files.write(shipped.FOLDER / f"{name}.npz", last)
        facts |= {
            "trunk_sha256": hashlib.sha256(trunk).hexdigest(),
            "trunk_bytes": len(trunk),
            "sha256": hashlib.sha256(last).hexdigest(),
            "bytes": len(last),
            "weights": before.network.count_params(),
        }
        _write(name, facts)
        judged = [
            judging.judge({key: each.predict_ab(truth.L) for key, truth in truths.items()}, truths)
            for each in (before, shipped.build(name))
        ]
        costs = {key: judged[0][key] - judged[1][key] for key in ("auc", "rebalanced_auc")}
        _write(name, {**facts, "half_precision_costs": costs})


def measure_held_back(also: Sequence[str | Path] = ()) -> None:
    """Measure all shipped colorizers on photos held back; write it into facts and cards.

    Parameters
    ----------
    also : sequence of str or path-like
        Folders or zips of one's own that were trained on.
    """
    painters = {name: colorizer.load(name) for name in shipped.NAMES}
    results = []
    for each in [*recipes.SETS, *also, *UNSEEN]:
        if each in UNSEEN and not datasets.available(each):
            continue
        for found in photosets.load(each, MEASURED, split="val"):
            L, watched = color.split(found.given)[0], {n: Watched(p) for n, p in painters.items()}
            rows = metrics.measure(watched, found.rgb, mean=found.mean, L=L)
            truth = judging.Truth(found.rgb)
            false = {
                name: truth.judge(np.concatenate(each.ab))["false_colour"]
                for name, each in watched.items()
            }
            facts = {**found.facts, "set": _called(found.facts["set"])}
            kept = [{**row, "each": None} for row in rows]
            results.append({"facts": facts, "rows": kept, "false_colour": false})
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
    described, recipe = shipped.SHIPPED[name], facts["recipe"]
    costs, losses = facts["half_precision_costs"], facts["tuning_loss"]
    sets = "\n".join(
        f"| {each} | {count:,} | {' | '.join(_origin(each))} |"
        for each, count in facts["sets"].items()
    )
    results = "\n".join(
        f"### {each['facts']['set']}\n\n{conditions(each['facts'])}\n\n"
        f"{quality.table(each['rows'])}\n"
        f"False colour: {each['false_colour'][name]:.2f} % of the pixels.\n"
        for each in facts["results"]
    )
    return f"""# {name}: a colorizer that comes with the course

Written by `coursekit train`, which trains it anew. Its numbers: `{name}.json`.

`coursekit.networks.unet`, {facts["weights"]:,} weights, sees a photo with a short side of
{facts["size"]} pixels. The encoder is EfficientNet-Lite0 with ImageNet's weights, which stay as
they are; the decoder ({facts["trunk_bytes"]:,} bytes, kernels in half precision) is shared by all
colorizers of the course; its own are the weights of the last layer ({facts["bytes"]:,} bytes). That
was asked {described.asked}.

## Data

{sum(facts["sets"].values()):,} photos of the training splits of these sets, reduced to
{recipes.KEPT} pixels (those of the class "{recipes.TWICE}" twice). Another
{sum(facts["tuning_photos"].values()):,} of training splits served only to choose by:
{recipes.TUNING} of each set, and of `{recipes.CHOOSING}`, which was not trained on. The results are
those of the held-back splits.

| set | photos | | licence |
|---|---|---|---|
{sets}

## Recipe

The encoder looked once at {len(recipes.VIEWS)} views of each photo: whole or a part of at least 45
or 30 % of its area, mirrored or not, half of them in all views but one as an old film would have
them (another sensitivity to colours, gamma, contrast, blur, grain, dark corners). Then
{recipe["epochs"]} epochs of {recipe["steps"]} batches of {recipe["batch"]}, all three last layers
at once; AdamW up to a rate of {recipe["rate"]:g}, warm-up, cosine to 0, weight decay 0.03, dropout
of maps 0.1; the weights are averaged over the last tenth of the steps. Seed {recipe["seed"]};
{facts["minutes"]:.0f} minutes on two CPU cores that other work shared. The loss of this layer on
the tuning photos, epoch by epoch: {", ".join(f"{loss:.3f}" for loss in losses)}.
{_choices(name, facts)}
## Results

Half precision costs {costs["auc"]:.3f} points of AuC and {costs["rebalanced_auc"]:.3f} of
rebalanced AuC. **False colour**: pixels painted at a chroma above {judging.STRONG} where the
truth's is under {judging.NEARLY_GREY}.

{results}
## What it does badly

- {described.fails}
- Colours come in patches of four pixels of {facts["size"]}: small things take the colour of what is
  around them.
- It names a colour for everything. Nothing in the picture says which colours it is sure of.

## Licence

The decoder's weights come under the licence of the course, the encoder's under Apache-2.0. The
former were learnt from photos under the terms in the table, several of which allow research and
education only: keep to that with the weights too. They hold no photo.
"""


def _choices(name: str, facts: dict) -> str:
    """Say what was chosen on the photos that are there for that."""
    found = ""
    if "tried" in facts:
        found = f"""
T = {facts["temperature"]:g} has the highest AuC:

{_table(facts["tried"])}"""
    if "share" in facts:
        found = f"""
Its last layer lies on the line through that of `classification` (share 0) and the one that was
trained with rare colours counting more (share 1), at {facts["share"]:g}; T =
{facts["temperature"]:g}. Of the points whose AuC is on no set further below that of grey than
{-MARGIN:g} and which keep {KEPT[0]:g} to {KEPT[1]:g} % of the colorfulness, it has the least false
colour among those within 0.3 points of the highest rebalanced AuC. {LOOKS} The table is the trade
between boldness and being right:

{_table(facts["tried"])}"""
    if "by_size" in facts:
        found += f"""
Photos of {recipes.SHARP} pixels, of `{recipes.CHOOSING}`, shown at several sizes:

{_table(facts["by_size"])}"""
    if "seeds" in facts:
        found += f"""
Trained anew with other seeds, at the same share and temperature:

{_table(facts["seeds"])}"""
    total = sum(facts["tuning_photos"].values())
    return (
        found
        and f"""
## Chosen on {total:,} photos kept apart for that

Means over {len(facts["tuning_photos"])} sets, AuC and rebalanced AuC in points above grey.
{found}"""
    )


def _origin(name: str) -> tuple[str, str]:
    """Say what a set holds, and under which terms."""
    if name in OWN:
        return OWN[name]
    if name in datasets.list():
        found = datasets.card(name)
        return found.title, found.licence
    return "photos of one's own", "not known"


def _called(name: str) -> str:
    """Call a folder or zip by its name, without the place where it lies."""
    return name if name in datasets.list() or "," in name else Path(name).stem


def _answers(encoder: keras.Model, decoder: keras.Model, L: np.ndarray) -> dict[str, np.ndarray]:
    """Ask all last layers."""
    levels = encoder.predict(color.scale_L(L), batch_size=recipes.BATCH, verbose=0)
    return decoder.predict(levels, batch_size=recipes.BATCH, verbose=0)


def _decoded(logits: np.ndarray, temperature: float) -> np.ndarray:
    """Decode logits as a `Colorizer` does."""
    decode = AnnealedMean(temperature=temperature)
    parts = (logits[at : at + recipes.BATCH] for at in range(0, len(logits), recipes.BATCH))
    return np.concatenate([keras.ops.convert_to_numpy(decode(some)) for some in parts])


def _enlarged(ab: np.ndarray) -> np.ndarray:
    """Bring ab to the photos' size as a `Colorizer` does."""
    size = (recipes.SIZE, recipes.SIZE)
    return keras.ops.convert_to_numpy(keras.ops.image.resize(ab, size, "bilinear"))


def _table(rows: Sequence[dict]) -> str:
    chosen = [key for key in ("seed", "size", "share", "temperature") if key in rows[0]]
    columns = {
        "AuC": "{auc:+.1f}",
        "worst set": "{worst_auc:+.1f}",
        "rebalanced AuC": "{rebalanced_auc:+.1f}",
        "colorfulness, % of truth": "{colorfulness:.0f}",
        "least and most": "{least_colorfulness:.0f}, {most_colorfulness:.0f}",
        "false colour, %": "{false_colour:.2f}",
    }
    head = [f"| {' | '.join([*chosen, *columns])} |", "|---" * (len(chosen) + len(columns)) + "|"]
    cells = " | ".join(columns.values())
    lines = [
        f"| {' | '.join(f'{row[key]:g}' for key in chosen)} | {cells.format(**row)} |"
        for row in rows
    ]
    return "\n".join([*head, *lines, ""]).replace("| -", "| −")


def _write(name: str, facts: dict) -> None:
    files.write(shipped.FOLDER / f"{name}.json", json.dumps(facts, indent=1) + "\n")
