"""Points that a person gives: one file with a line for each answer to read, which later runs read and never lose."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

from coursekit import files

FILE = "manual.csv"
COLUMNS = ["student", "assignment", "question", "of", "points", "comment", "file", "version"]


def apply(entries: list, folder: Path) -> None:
    """Give the entries the points of ``folder``/manual.csv, and list in it every answer that still waits for a person.

    Points given to another version of a submission stay in the file and count for nothing; the entry gets a note.
    Raises: ValueError naming a line whose points are no number between 0 and those of the question.
    """
    rows = _read(folder / FILE)
    known = {(row["file"], row["question"], row["version"]): row for row in rows}
    older = {(row["file"], row["question"]): row for row in rows if row["points"].strip()}
    for entry in entries:
        version = hashlib.sha256(entry.submission.content).hexdigest()[:8]
        for question, (automatic, of, by_hand) in entry.points.items():
            if not by_hand or automatic is not None:  # an untouched answer has its 0
                continue
            place = (str(entry.submission.path), question)
            row = known.get((*place, version))
            if row is None:
                cells = [
                    entry.student,
                    entry.assignment,
                    question,
                    f"{of:g}",
                    "",
                    "",
                    place[0],
                    version,
                ]
                row = dict(zip(COLUMNS, cells, strict=True))
                rows.append(row)
                if place in older:
                    before = older[place]["points"]
                    entry.notes.append(
                        f"{question} had {before} points by hand, for an earlier version"
                    )
            entry.by_hand[question], entry.comments[question] = _points(row, of), row["comment"]
    if rows:
        write(folder / FILE, [COLUMNS, *([row[name] for name in COLUMNS] for row in rows)])


def write(path: Path, rows: list[list]) -> None:
    """Write a table that spreadsheets open with names in any script (the byte order mark says that it is UTF-8)."""
    with files.replacing(path) as part, open(part, "w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file).writerows(rows)


def _read(path: Path) -> list[dict]:
    if not path.exists():
        return []
    text = path.read_text(encoding="utf-8-sig")
    first = text.partition("\n")[0]
    # Spreadsheets save with semicolons where the comma is the decimal mark.
    rows = list(
        csv.DictReader(
            text.splitlines(), delimiter=";" if first.count(";") > first.count(",") else ","
        )
    )
    if rows and not {*COLUMNS} <= {*rows[0]}:
        raise ValueError(
            f"{path}: the columns must be {', '.join(COLUMNS)}; put them back, or move the file away"
        )
    return rows


def _points(row: dict, of: float) -> float | None:
    text = row["points"].strip().replace(",", ".")
    try:
        points = float(text) if text else None
    except ValueError:
        points = -1
    if points is not None and not 0 <= points <= of:
        raise ValueError(
            f"{FILE}, {row['student']}, {row['question']}: points {row['points']!r}; give 0 to {of:g}, or nothing"
        )
    return points
