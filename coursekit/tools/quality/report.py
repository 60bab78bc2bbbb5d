"""What a quality report says: tables, sheets of photos, the file that holds both, the short form for the README."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from coursekit import files

COLUMNS = {  # measure: heading, digits
    "auc": ("AuC, %", 1),
    "over_grey": ("above grey", 1),
    "rebalanced_auc": ("rebalanced AuC, %", 1),
    "colorfulness": ("colorfulness", 0),
    "colorfulness_kept": ("kept, %", 0),
    "psnr": ("PSNR, dB", 1),
    "delta_e": ("ΔE2000", 1),
}
SHORT = ("auc", "rebalanced_auc", "colorfulness_kept")  # what the README shows
EXPLAINED = """\
Each cell: the value, and the interval that holds it in 95 % of 1,000 redrawings of the photos (bootstrap, percentiles,
seed 0; all rows of a table share the redrawings). **AuC**: the share of pixels whose ab lies within a distance of the
truth, averaged over the distances 0…150. **Above grey**: how much more than grey reaches, photo against photo.
**Rebalanced AuC**: the same, every one of the 313 bins that occurs in the true photos counting alike; the weights are
those of the true photos, so the same for every row of a table, but not for two sets. Few pixels of rare colour decide
it: mind its intervals. **Colorfulness**: Hasler and Süsstrunk's, and the share **kept** of the truth's. **PSNR** and
**ΔE2000** compare photos: a photo that is grey where nothing is known scores well there.
**Random**: the colours of another photo of the set. **Mean colour**: one ab for every pixel."""


def table(rows: Sequence[dict]) -> str:
    """The rows of `measure` as a Markdown table, aligned, so that it reads well where it is printed, too."""
    cells = [["", *(heading for heading, _ in COLUMNS.values())]]
    for row in rows:
        cells.append(
            [
                row["name"],
                *(
                    "–"
                    if (row["name"], key) == ("grey", "over_grey")
                    else "{:.{d}f} ({:.{d}f}…{:.{d}f})".format(*row[key], d=digits).replace(
                        "-", "−"
                    )
                    for key, (_, digits) in COLUMNS.items()
                ),
            ]
        )
    return _markdown(cells)


def _markdown(cells: list[list[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in cells
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines) + "\n"


def pick(rows: Sequence[dict], by: str, each: int = 2) -> dict[int, str]:
    """Photos for a sheet, chosen by a row's ΔE alone: index → "best", "median" or "worst", in this order.

    Parameters: ``rows`` of `measure`; ``by``, the name of one; ``each``, how many of a kind, if there are enough.
    Raises: ValueError if no row has that name.
    """
    errors = _row(rows, by)["each"]
    order, each = np.argsort(errors, kind="stable"), max(1, min(each, len(errors) // 3))
    middle = (len(order) - each) // 2
    kinds = {
        "best": order[:each],
        "worst": order[len(order) - each :],
        "median": order[middle : middle + each],
    }
    chosen: dict[int, str] = {}
    for kind, indices in kinds.items():
        for index in map(int, indices):
            chosen.setdefault(index, kind)
    return {index: chosen[index] for index in map(int, order) if index in chosen}


def sheet(
    colorizers: Mapping,
    rgb,
    rows: Sequence[dict],
    by: str | None = None,
    given=None,
    width: float = 7.5,
):
    """The best, median and worst photos of one colorizer, in rows: what was given, each colorizer's answer, the truth.

    Under each answer stands its ΔE2000 to the truth, as measured.

    Parameters: ``colorizers``, name → anything with ``colorize(rgb) -> rgb``; ``rgb`` uint8 (N, H, W, 3), the photos
    measured, in any size; ``rows`` of `measure`; ``by``, whose errors choose, by default "vivid" or else the last;
    ``given``, like ``rgb``: what the colorizers see, if not that; ``width`` in inches.
    Returns: a Matplotlib figure. Raises: ValueError for photos that are not those of the rows, or another ``by``.
    """
    from coursekit import color, plots

    by = by or default(colorizers)
    if len(rgb) != rows[0]["photos"]:
        raise ValueError(
            f"{len(rgb)} photos, but the rows are of {rows[0]['photos']}; pass the photos measured"
        )
    chosen = pick(rows, by)
    index = list(chosen)
    given = (rgb if given is None else given)[index]
    titles = [f"{kind}, ΔE {_row(rows, by)['each'][i]:.1f}" for i, kind in chosen.items()]
    shown = {
        "given": color.split(given)[0],
        **{
            name: np.stack([each.colorize(photo) for photo in given])
            for name, each in colorizers.items()
        },
        "truth": rgb[index],
    }
    plots.style()
    fig = plots.rows(shown, titles, width)
    for axis in fig.axes:
        axis.title.set_fontsize(9)
        axis.images[0].set_interpolation("antialiased" if rgb.shape[1] > 100 else "bicubic")
    for row, name in enumerate(shown):
        for axis, i in zip(fig.axes[row * len(index) :], index, strict=False):
            axis.yaxis.label.set_fontsize(9)
            if name in colorizers:
                axis.set_xlabel(f"ΔE {_row(rows, name)['each'][i]:.1f}", fontsize=8, labelpad=2)
    return fig


def alt(colorizers: Mapping, name: str, rows: Sequence[dict], by: str | None = None) -> str:
    """The alt text of a sheet."""
    by = by or default(colorizers)
    chosen = pick(rows, by)
    counts = ", ".join(
        f"{list(chosen.values()).count(kind)} {kind}" for kind in dict.fromkeys(chosen.values())
    )
    errors = [_row(rows, by)["each"][i] for i in chosen]
    return (
        f"{len(chosen)} photos of {name} in {len(colorizers) + 2} rows: in black and white, coloured by "
        f"{', '.join(colorizers)}, and true. They are the {counts} of {by}, by mean ΔE2000 from "
        f"{errors[0]:.1f} to {errors[-1]:.1f}."
    )


def default(colorizers: Mapping) -> str:
    """Whose errors choose the photos."""
    return "vivid" if "vivid" in colorizers else [*colorizers][-1]


def _row(rows: Sequence[dict], name: str) -> dict:
    for row in rows:
        if row["name"] == name:
            return row
    raise ValueError(f"no row {name!r}; there are {', '.join(row['name'] for row in rows)}")


def conditions(facts: dict) -> str:
    """What a set's numbers rest on, in a line."""
    which = {"val": "held back from training", "all": "all that there are"}[facts["split"]]
    grey = f", {facts['grey']} without colour left out" if facts["grey"] else ""
    return (
        f"{facts['photos']:,} photos ({which}{grey}), {facts['size']} × {facts['size']} pixels. "
        f"Input: {facts['seen']}. Mean colour: that of {facts['mean colour of']}."
    )


def page(sets: Sequence[dict]) -> str:
    """The whole report in Markdown. ``sets``: dicts of "facts", "rows", and "sheet" and "alt" of the picture."""
    parts = [
        f"## {each['facts']['set']}\n\n{conditions(each['facts'])}\n\n{table(each['rows'])}\n"
        f"![{each['alt']}]({each['sheet']})\n"
        for each in sets
    ]
    return "\n".join([f"# Quality report\n\n{EXPLAINED}\n", *parts])


def short(sets: Sequence[dict]) -> str:
    """The report as one Markdown table for the README: a row a colorizer, a column a set, three numbers a cell."""

    def cell(values):
        return " · ".join(
            f"{value:.{COLUMNS[key][1]}f}" for key, value in zip(SHORT, values, strict=True)
        )

    cells = [["", *(f"{each['facts']['set']} ({each['facts']['photos']:,})" for each in sets)]]
    for row in sets[0]["rows"]:
        mine = [_row(each["rows"], row["name"]) for each in sets]
        cells.append([row["name"], *(cell([one[key][0] for key in SHORT]) for one in mine)])
    reach = [
        [max((row[key][2] - row[key][1]) / 2 for row in each["rows"]) for key in SHORT]
        for each in sets
    ]
    cells.append(["*±, at most*", *(cell(widths) for widths in reach)])
    size = sets[0]["facts"]["size"]
    return (
        "AuC · rebalanced AuC · colorfulness kept, all in per cent, on photos that no colorizer was trained on "
        f"(their number in brackets), at {size} × {size} pixels; 95 % intervals reach as far as the last row says. "
        f"`make quality` measures it anew.\n\n{_markdown(cells)}"
    )


def write_readme(text: str, readme: Path) -> None:
    """Put a text between the README's marks. Raises: ValueError if it has none."""
    content = readme.read_text(encoding="utf-8")
    new, count = re.subn(
        r"(?s)(<!-- quality -->\n).*?(<!-- /quality -->)",
        lambda marks: marks[1] + text + marks[2],
        content,
    )
    if not count:
        raise ValueError(
            f"{readme} has no <!-- quality --> … <!-- /quality --> to write between; put them in"
        )
    files.write(readme, new)
