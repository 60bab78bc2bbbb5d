"""What a quality report says: tables, sheets of photos, both in a file, a short form for a guide.

Matplotlib is imported where a sheet is drawn: the command's help and its errors should not wait.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from coursekit import color, files, metrics

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH = 7.5  # of a sheet, in inches
# The measures that a table shows: heading, digits.
COLUMNS = {
    "auc": ("AuC, %", 1),
    "over_grey": ("above grey", 1),
    "rebalanced_auc": ("rebalanced AuC, %", 1),
    "colorfulness": ("colorfulness", 0),
    "colorfulness_kept": ("kept, %", 0),
    "psnr": ("PSNR, dB", 1),
    "delta_e": ("ΔE2000", 1),
}
SHORT = ("auc", "rebalanced_auc", "colorfulness_kept")  # what the guide shows
EXPLAINED = """\
Each cell: the value, and the interval that holds it in 95 % of 1,000 redrawings of the photos
(bootstrap, percentiles, seed 0; all rows of a table share the redrawings). **AuC**: the share of
pixels whose ab lies within a distance of the truth, averaged over the distances 0…150. **Above
grey**: how much more than grey reaches, photo against photo. **Rebalanced AuC**: the same, every
one of the 313 bins that occurs in the true photos counting alike; the weights are those of the true
photos, so the same for every row of a table, but not for two sets. Few pixels of rare colour decide
it: mind its intervals. **Colorfulness**: Hasler and Süsstrunk's, and the share **kept** of the
truth's. **PSNR** and **ΔE2000** compare photos: a photo that is grey where nothing is known scores
well there. **Random**: the colours of another photo of the set. **Mean colour**: one ab for every
pixel. In the sheets the best, median and worst photos are those of the measured ΔE2000, the colours
being laid on the true L. Under each picture stands its own: a colorizer sees the photo at a size of
its own, and lays its colours on what was given, which for exposures is not the true L."""


def table(rows: Sequence[dict]) -> str:
    """Set the rows of `metrics.measure` as a Markdown table, aligned to read well in print, too.

    Parameters
    ----------
    rows : sequence of dict
        Of `metrics.measure`, with intervals.

    Returns
    -------
    str
        The table, a line for each row.
    """
    cells = [["", *(heading for heading, _ in COLUMNS.values())]]
    for row in rows:
        numbers = {
            key: "{:.{d}f} ({:.{d}f}…{:.{d}f})".format(*row[key], d=digits).replace("-", "−")
            for key, (_, digits) in COLUMNS.items()
        }
        if row["name"] == "grey":
            numbers["over_grey"] = "–"
        cells.append([row["name"], *numbers.values()])
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
    """Pick photos for a sheet by the ΔE that was measured of one row, and nothing else.

    Parameters
    ----------
    rows : sequence of dict
        Of `metrics.measure`.
    by : str
        The name of the row.
    each : int
        How many of a kind, if there are enough.

    Returns
    -------
    dict of int to str
        By the number of a photo "best", "median" or "worst", in this order.

    Raises
    ------
    ValueError
        If no row has that name.
    """
    errors = _row(rows, by)["each"]["delta_e"]
    order, each = np.argsort(errors, kind="stable"), max(1, min(each, len(errors) // 3))
    middle = (len(order) - each) // 2
    kinds = {
        "best": order[:each],
        "worst": order[len(order) - each :],
        "median": order[middle : middle + each],
    }
    # Of very few photos one may be of several kinds: the first of them counts.
    chosen: dict[int, str] = {}
    for kind, indices in kinds.items():
        for index in map(int, indices):
            chosen.setdefault(index, kind)
    return {index: chosen[index] for index in map(int, order) if index in chosen}


def sheet(
    colorizers: Mapping,
    name: str,
    rgb: np.ndarray,
    rows: Sequence[dict],
    by: str | None = None,
    given: np.ndarray | None = None,
) -> tuple[Figure, str]:
    """Show the best, median and worst photos of one colorizer.

    In rows: what was given, each colorizer's answer, the truth. What is best and worst was
    measured, maybe at another size; the ΔE2000 under an answer is that of the picture shown and the
    truth shown.

    Parameters
    ----------
    colorizers : mapping of str to object
        By name, anything with ``colorize(rgb) -> rgb``.
    name : str
        What the photos are called.
    rgb : ndarray of uint8, shape (N, H, W, 3)
        The photos measured, in any size.
    rows : sequence of dict
        Of `metrics.measure`.
    by : str, optional
        Whose errors choose; by default "vivid", or else the last colorizer.
    given : ndarray of uint8, shape (N, H, W, 3), optional
        What the colorizers see, if not the L of the photos.

    Returns
    -------
    figure : matplotlib.figure.Figure
        The sheet.
    alt : str
        Its alt text, with the same numbers.

    Raises
    ------
    ValueError
        For photos that are not those of the rows, or another ``by``.
    """
    from coursekit import plots

    by = by or ("vivid" if "vivid" in colorizers else [*colorizers][-1])
    if len(rgb) != rows[0]["photos"]:
        raise ValueError(
            f"{len(rgb)} photos, but the rows are of {rows[0]['photos']}; pass the photos measured"
        )
    chosen = pick(rows, by)
    index = list(chosen)
    given, truth = (rgb if given is None else given)[index], rgb[index]
    painted = {
        each: np.stack([colorizer.colorize(photo) for photo in given])
        for each, colorizer in colorizers.items()
    }
    errors = {
        each: [metrics.mean_delta_e(*pair) for pair in zip(truth, pictures, strict=True)]
        for each, pictures in painted.items()
    }
    plots.style()
    shown = {"given": color.split(given)[0], **painted, "truth": truth}
    fig = plots.rows(shown, [f"{kind} of {by},\nas measured" for kind in chosen.values()], WIDTH)
    for axis in fig.axes:
        axis.title.set_fontsize(8)
        axis.yaxis.label.set_fontsize(9)
        axis.images[0].set_interpolation("antialiased" if rgb.shape[1] > 100 else "bicubic")
    # The axes come row by row, and the first row is what was given.
    under = fig.axes[len(index) : -len(index)]
    for axis, error in zip(under, chain(*errors.values()), strict=True):
        axis.set_xlabel(f"ΔE {error:.1f}", fontsize=8, labelpad=2)
    return fig, _alt(name, by, list(chosen.values()), errors)


def _alt(name: str, by: str, kinds: list[str], errors: dict[str, list[float]]) -> str:
    counts = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))
    return (
        f"{len(kinds)} photos of {name} in {len(errors) + 2} rows: in black and white, coloured by "
        f"{', '.join(errors)}, and true. They are the {counts} of {by}, as measured; the mean "
        f"ΔE2000 of {by}'s pictures here is {', '.join(f'{error:.1f}' for error in errors[by])}."
    )


def _row(rows: Sequence[dict], name: str) -> dict:
    for row in rows:
        if row["name"] == name:
            return row
    raise ValueError(f"no row {name!r}; there are {', '.join(row['name'] for row in rows)}")


def conditions(facts: dict) -> str:
    """Say in a line what a set's numbers rest on.

    Parameters
    ----------
    facts : dict
        Of a `PhotoSet`.

    Returns
    -------
    str
        Sentences.
    """
    which = {"val": "held back from training", "all": "all that there are"}[facts["split"]]
    grey = f", {facts['grey']} without colour left out" if facts["grey"] else ""
    return (
        f"{facts['photos']:,} photos ({which}{grey}), {facts['size']} × {facts['size']} pixels. "
        f"Input: {facts['seen']}. Mean colour: that of {facts['mean colour of']}."
    )


def page(sets: Sequence[dict]) -> str:
    """Write the whole report.

    Parameters
    ----------
    sets : sequence of dict
        Of each set "facts" of the `PhotoSet`, "rows" of `metrics.measure`, and the file name of the
        "sheet" with its "alt" text.

    Returns
    -------
    str
        Markdown.
    """
    parts = [
        f"## {each['facts']['set']}\n\n{conditions(each['facts'])}\n\n{table(each['rows'])}\n"
        f"![{each['alt']}]({each['sheet']})\n"
        for each in sets
    ]
    return "\n".join([f"# Quality report\n\n{EXPLAINED}\n", *parts])


def short(sets: Sequence[dict]) -> str:
    """Write the report as one table for the guide.

    Parameters
    ----------
    sets : sequence of dict
        As for `page`.

    Returns
    -------
    str
        Markdown: a row a colorizer, a column a set, three numbers a cell.
    """

    def cell(values: Sequence[float]) -> str:
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
        "AuC · rebalanced AuC · colorfulness kept, all in per cent, on photos that no colorizer "
        f"was trained on (their number in brackets), at {size} × {size} pixels; 95 % intervals "
        "reach as far as the last row says. `make quality` measures it anew.\n\n"
        f"{_markdown(cells)}"
    )


def write_guide(text: str, guide: Path) -> None:
    """Put a text between the guide's marks.

    Parameters
    ----------
    text : str
        Markdown.
    guide : Path
        The page.

    Raises
    ------
    ValueError
        If it has no marks.
    """
    content = guide.read_text(encoding="utf-8")
    new, count = re.subn(
        r"(?s)(<!-- quality -->\n).*?(<!-- /quality -->)",
        lambda marks: marks[1] + text + marks[2],
        content,
    )
    if not count:
        raise ValueError(
            f"{guide} has no <!-- quality --> … <!-- /quality --> to write between; put them in"
        )
    files.write(guide, new)
