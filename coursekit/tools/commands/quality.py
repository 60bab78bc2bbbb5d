"""`coursekit quality`.

What measures is imported where it is used: the help of all commands should not wait for Keras.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from coursekit import files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.figure import Figure

    from coursekit.tools.quality.photosets import PhotoSet

GUIDE, PICTURE = Path("docs/guides/quality.md"), Path("notebooks/images/quality.png")
# The set in the public domain, whose photos anyone may show; their size in the guide's sheet.
FREE, SHARP = "historic", 128


def arguments(command: argparse.ArgumentParser) -> None:
    """Add what the command takes.

    Parameters
    ----------
    command : argparse.ArgumentParser
        The command.
    """
    command.add_argument(
        "sets",
        nargs="*",
        metavar="SET_OR_FOLDER",
        help="data sets, folders or zips of photos; by default flowers, landscapes, imagenette, "
        "photos and historic, as far as they are there",
    )
    command.add_argument(
        "--models",
        nargs="+",
        metavar="NAME_OR_FILE",
        help="colorizers of the course, or .keras files; by default all of the course",
    )
    command.add_argument(
        "--size", type=int, default=96, metavar="PIXELS", help="side of the photos (%(default)s)"
    )
    command.add_argument(
        "--limit", type=int, metavar="N", help="at most so many photos of each set"
    )
    command.add_argument(
        "--split",
        choices=("val", "all"),
        help="the photos held back, or all; by default val for data sets, all for folders",
    )
    command.add_argument(
        "--by", metavar="NAME", help="whose errors choose the photos of the sheets (vivid)"
    )
    command.add_argument(
        "-o", "--output", type=Path, default=Path("build/quality"), metavar="FOLDER"
    )
    command.add_argument(
        "--guide",
        action="store_true",
        help=f"put the short table into {GUIDE}, and the sheet of {FREE} into {PICTURE.parent}/",
    )
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Measure, print, and write report.md, report.json and a PNG for each set.

    Parameters
    ----------
    options : argparse.Namespace
        As `arguments` adds them.

    Returns
    -------
    int
        0.

    Raises
    ------
    ValueError
        For options that do not fit, or if no set is at hand.
    OSError
        For files that cannot be read or written.
    """
    from coursekit.tools.quality import report

    if options.size < 8 or options.size % 8:
        raise ValueError(
            f"--size {options.size}: give a multiple of 8, such as {max(8, options.size // 8 * 8)}"
        )
    models = _colorizers(options.models)
    if options.by not in (None, *models):
        raise ValueError(f"--by {options.by}: no such colorizer; there are {', '.join(models)}")
    options.output.mkdir(parents=True, exist_ok=True)
    if options.guide:
        _check_guide(options)
    found = [_measure(photos, models, options) for photos in _photosets(options)]
    if not found:
        raise ValueError(
            "no data set is at hand: fetch one with `coursekit data get flowers`, "
            "or name a folder of photos, or the drawn scenes: coursekit quality scenes"
        )
    files.write(options.output / "report.md", report.page(found))
    files.write(options.output / "report.json", json.dumps(found, ensure_ascii=False, indent=1))
    print(
        f"written to {options.output}/report.md, with a sheet of photos for each set; as data: "
        "report.json"
    )
    if options.guide:
        _guide(found, models, options)
    return 0


def _colorizers(names: list[str] | None) -> dict:
    from coursekit import colorizer

    loaded = {}
    for name in names or colorizer.NAMES:
        label = name if name in colorizer.NAMES else Path(name).stem
        if label in loaded:
            raise ValueError(
                f"two colorizers are called {label}; rename a file, its name is what the tables say"
            )
        loaded[label] = colorizer.load(name)
    return loaded


def _photosets(options: argparse.Namespace) -> Iterator[PhotoSet]:
    from coursekit import datasets
    from coursekit.tools.quality import photosets

    for name in options.sets or photosets.DEFAULT:
        try:
            # 229 MB are fetched only for who asks for them.
            if not options.sets and not datasets.available(name):
                raise datasets.DatasetError(
                    f"not at hand; `coursekit data get {name}` gets it, or says how"
                )
            yield from photosets.load(name, options.size, options.limit, options.split)
        except datasets.DatasetError as error:
            if options.sets:
                raise
            print(f"{name}: left out, {error}", file=sys.stderr)


def _measure(photos: PhotoSet, models: dict, options: argparse.Namespace) -> dict:
    from coursekit import color, metrics
    from coursekit.tools.quality import report

    name = photos.facts["set"]
    seen = color.split(photos.given)[0]
    rows = metrics.measure(models, photos.rgb, mean=photos.mean, L=seen)
    print(f"\n{name}: {report.conditions(photos.facts)}\n\n{report.table(rows)}", flush=True)
    picture = f"{re.sub(r'[^A-Za-z0-9]+', '-', name).strip('-')}.png"
    figure, alt = report.sheet(models, name, photos.rgb, rows, options.by, photos.given)
    _save(figure, options.output / picture)
    return {"facts": photos.facts, "rows": rows, "sheet": picture, "alt": alt}


def _check_guide(options: argparse.Namespace) -> None:
    """Refuse, before anything is measured, photos that may not be shown or were trained on."""
    from coursekit import datasets

    if FREE not in (options.sets or [FREE]):
        raise ValueError(
            f"--guide shows photos of {FREE}, for others may not be shown: add {FREE} to the sets"
        )
    if options.split == "all" or not {*options.sets} <= {*datasets.list()}:
        raise ValueError(
            "--guide takes data sets of the course only, and their photos held back from training"
        )


def _guide(found: list[dict], models: dict, options: argparse.Namespace) -> None:
    from coursekit.tools.quality import photosets, report

    rows = next(each["rows"] for each in found if each["facts"]["set"] == FREE)
    sharp = photosets.load(FREE, SHARP, options.limit, options.split)[0]
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    figure, alt = report.sheet(models, FREE, sharp.rgb, rows, options.by)
    _save(figure, PICTURE)
    report.write_guide(report.short(found), GUIDE)
    print(f"written into {GUIDE}; {PICTURE} shows: {alt}")


def _save(figure: Figure, path: Path) -> None:
    """Write a PNG, without alpha and without what would change with Matplotlib's version."""
    from PIL import Image

    from coursekit import plots

    Image.open(io.BytesIO(plots.png(figure))).convert("RGB").save(path, optimize=True)
