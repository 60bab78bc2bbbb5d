"""The report as a page with plots, and as tables.

Matplotlib takes a second to load, so it is imported where a figure is drawn.
"""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from nbformat import NotebookNode

from coursekit import files
from coursekit.teach import summary, tables
from coursekit.teach.class_report import likeness, misconceptions
from coursekit.teach.entry import Entry
from coursekit.teach.release import POINTS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PAGE, TASKS, MISTAKES, ALIKE = "report.html", "tasks.csv", "misconceptions.csv", "alike.csv"
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
STYLE = """
body { max-width: 62rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif;
  color: #212121; }
h2 { margin-top: 3rem; border-bottom: 1px solid #999; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 0.25rem 0.9rem 0.25rem 0; border-bottom: 1px solid #ccc; text-align: left;
  vertical-align: top; }
td.number { text-align: right; }
img { max-width: 100%; }
code { overflow-wrap: anywhere; }
.note { color: #595959; }
"""


def write(
    entries: list[Entry],
    sources: dict[str, NotebookNode],
    releases: dict[str, NotebookNode],
    out: Path,
) -> None:
    """Write the report of all assignments.

    Parameters
    ----------
    entries : list of Entry
        All submissions, graded.
    sources, releases : dict of str to NotebookNode
        The assignments with their solutions, and their students' versions.
    out : Path
        The folder for results.
    """
    parts = []
    tasks = [["assignment", "task", "title", "of", "submissions", "mean", "spread", "all", "none"]]
    mistakes = [["assignment", "task", "misconception", "submissions"]]
    alike = [["assignment", "student", "student", "likeness", "the longest lines of both"]]
    for name in sorted({entry.assignment for entry in entries if entry.assignment}):
        mine = [entry for entry in entries if entry.assignment == name]
        graded = [entry for entry in mine if not entry.failure]
        titles = summary.headings(sources[name])
        rows = _tasks(graded, titles)
        counts = misconceptions.count(graded)
        pairs = likeness.pairs(mine, releases[name])
        tasks += [[name, *row] for row in rows]
        mistakes += [
            [name, task, what, number]
            for task, found in sorted(counts.items())
            for what, number in found.most_common()
        ]
        alike += [
            [name, pair.one.student, pair.other.student, f"{pair.likeness:.2f}"]
            + [" | ".join(pair.shared)]
            for pair in pairs
        ]
        parts.append(_section(name, mine, graded, rows, counts, pairs, titles))
    tables.write(out / TASKS, tasks)
    tables.write(out / MISTAKES, mistakes)
    tables.write(out / ALIKE, alike)
    files.write(out / PAGE, _page(parts))


def _tasks(entries: list[Entry], titles: dict[str, str]) -> list[list]:
    """Make a row a task: mean, standard deviation, how many have all and how many nothing."""
    got: dict[str, list[float]] = {}
    most: dict[str, float] = {}
    for entry in entries:
        for name, (automatic, of, _) in entry.points.items():
            points = entry.by_hand.get(name, automatic)
            most[name] = of
            if points is not None:
                got.setdefault(name, []).append(points)
    rows = []
    for name, of in most.items():
        points = np.array(got.get(name, []))
        spread = f"{points.std(ddof=1):.2f}" if len(points) > 1 else ""
        mean = f"{points.mean():.2f}" if len(points) else ""
        full, none = int((points == of).sum()), int((points == 0).sum())
        rows.append([name, titles.get(name, ""), f"{of:g}", len(points), mean, spread, full, none])
    return rows


def _section(
    name: str,
    mine: list[Entry],
    graded: list[Entry],
    rows: list[list],
    counts: dict,
    pairs: list[likeness.Pair],
    titles: dict[str, str],
) -> str:
    totals = [total for total in (entry.total() for entry in graded) if total is not None]
    late = sum(entry.sender is not None and entry.sender.late for entry in mine)
    head = f"{len(mine)} submissions, {len(graded)} graded, {len(totals)} finished, {late} late."
    if totals:
        spread = f" ± {np.std(totals, ddof=1):.1f}" if len(totals) > 1 else ""
        head += f" Finished ones have {np.mean(totals):.1f}{spread} of {POINTS} points."
    said = [f"<h2>{html.escape(name)}</h2><p>{head}</p>"]
    if graded:
        said += [_image(_task_figure(rows), _task_words(rows)), _table(TASK_HEAD, rows, (2, 8))]
    said.append("<h3>Misconceptions</h3>")
    shown = [
        [f"{task}: {titles.get(task, '')}", what, number]
        for task, found in sorted(counts.items())
        for what, number in found.most_common()
        if what != misconceptions.NOT_ATTEMPTED
    ]
    shown.sort(key=lambda row: -row[2])
    if shown:
        said += [
            _image(_mistake_figure(shown[:12]), "The same numbers as in the table below, as bars"),
            _table(["task", "what the check saw", "submissions"], shown, (2, 3)),
        ]
    else:
        said.append("<p>No check named any.</p>")
    said.append("<h3>Alike beyond the release</h3>")
    if pairs:
        said.append(
            '<p class="note">What both wrote beyond the release and beyond what many of the class '
            "wrote. To be looked at; it proves nothing.</p>"
        )
        lines = [
            [pair.one.student, pair.other.student, f"{pair.likeness:.0%}", "\n".join(pair.shared)]
            for pair in pairs
        ]
        said.append(_table(["one", "other", "alike", "the longest lines of both"], lines, (2, 3)))
    else:
        said.append("<p>No pair stands out.</p>")
    said.append("<h3>Unusual runs</h3>")
    unusual = [
        [entry.student, note]
        for entry in mine
        for note in [*([f"not graded: {entry.failure}"] if entry.failure else []), *entry.notes]
    ]
    said.append(_table(["student", "what"], unusual, (9, 9)) if unusual else "<p>None.</p>")
    return "\n".join(said)


TASK_HEAD = ["cell", "task", "of", "submissions", "mean", "spread", "all points", "none"]


def _table(head: list[str], rows: Iterable[list], numbers: tuple[int, int]) -> str:
    """Lay a table out; columns from the first to before the second of ``numbers`` are numbers."""
    lines = ["<tr>" + "".join(f'<th scope="col">{name}</th>' for name in head) + "</tr>"]
    for row in rows:
        cells = []
        for at, value in enumerate(row):
            kind = ' class="number"' if numbers[0] <= at < numbers[1] else ""
            text = html.escape(str(value)).replace("\n", "<br>")
            cells.append(f"<td{kind}>{text}</td>")
        lines.append("<tr>" + "".join(cells) + "</tr>")
    return "<table>" + "\n".join(lines) + "</table>"


def _task_words(rows: list[list]) -> str:
    said = [f"{row[0]}: {row[4] or 'no'} of {row[2]}" for row in rows]
    return "Mean points of each task, with its spread: " + "; ".join(said)


def _task_figure(rows: list[list]) -> Figure:
    """Draw the share of points that each task brought, with the spread as a line."""
    rows = [row for row in rows if row[4]]
    share = [float(row[4]) / float(row[2]) for row in rows]
    spread = [float(row[5] or 0) / float(row[2]) for row in rows]
    names = [f"{row[1] or row[0]} ({row[2]})" for row in rows]
    figure, axes = _bars(names, share)
    axes.errorbar(share, range(len(rows)), xerr=spread, fmt="none", ecolor="#212121", capsize=3)
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axes.set_xlabel("share of the task's points: mean, and standard deviation over submissions")
    return figure


def _mistake_figure(rows: list[list]) -> Figure:
    figure, axes = _bars(
        [f"{row[0].partition(':')[0]}: {row[1]}" for row in rows], [row[2] for row in rows]
    )
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_xlabel("submissions")
    return figure


def _bars(names: list[str], values: list[float]) -> tuple:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 0.9 + 0.32 * len(names)), layout="constrained")
    axes = figure.subplots()
    axes.barh(range(len(names)), values, color="#8ab4e8")
    short = [name if len(name) < 60 else f"{name[:57]}…" for name in names]
    # What students or teachers wrote is no formula.
    axes.set_yticks(range(len(names)), short, parse_math=False)
    axes.invert_yaxis()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _image(figure: Figure, words: str) -> str:
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=144, metadata={"Software": None})
    data = base64.b64encode(stream.getvalue()).decode()
    return f'<p><img src="data:image/png;base64,{data}" alt="{html.escape(words)}"></p>'


def _page(parts: list[str]) -> str:
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        f"<title>Report of a class</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        "<h1>Report of a class</h1>\n"
        f'<p class="note">Only for you. The same as tables: {TASKS}, {MISTAKES}, {ALIKE}.</p>\n'
        + "\n".join(parts)
        + "\n</body>\n</html>\n"
    )
