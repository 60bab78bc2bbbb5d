"""Points that a person gives.

They stand in one file with a line for each answer to read, which later runs read and never lose.
"""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

from coursekit import files
from coursekit.teach.entry import Entry
from coursekit.teach.names import shown

FILE = "manual.csv"
COLUMNS = ["student", "assignment", "question", "of", "points", "comment", "file", "version"]


def apply(entries: list[Entry], folder: Path) -> None:
    """Give entries the points of manual.csv, and list in it every answer that waits for a person.

    A line belongs to a student, a question and an answer, or, where the student is called otherwise
    this time, to a file, a question and an answer: however the folder is named, it is found. Points
    given to another answer stay in the file and count for nothing; the entry gets a note.

    Parameters
    ----------
    entries : list of Entry
        Graded submissions; points and comments are added to them.
    folder : Path
        Where manual.csv is, or will be.

    Raises
    ------
    ValueError
        That names a line whose points are no number between 0 and those of the question, or the
        columns that the file must have.
    """
    rows = _read(folder / FILE)
    known = {}
    for row in rows:
        for key in _keys(row):
            known[key] = row
    older = {
        (row["student"], row["assignment"], row["question"]): row
        for row in rows
        if row["points"].strip()
    }
    for entry in entries:
        for question, (automatic, of, by_hand) in entry.points.items():
            # An untouched answer has its 0.
            if not by_hand or automatic is not None:
                continue
            answer = hashlib.sha256(entry.answer(question).encode("utf-8", "replace"))
            asked = {
                "student": shown(entry.student),
                "assignment": entry.assignment,
                "question": question,
                "of": f"{of:g}",
                "file": shown(Path(entry.submission.path).absolute()),
                "version": answer.hexdigest()[:8],
            }
            row = next((known[key] for key in _keys(asked) if key in known), None)
            if row is None:
                row = {"points": "", "comment": ""} | asked
                rows.append(row)
                before = older.get((asked["student"], asked["assignment"], question))
                if before:
                    entry.notes.append(
                        f"{question} had {before['points']} points by hand, for an earlier version"
                    )
            # Whose it is, and where, may be said in another way this time.
            row |= asked
            entry.by_hand[question], entry.comments[question] = _points(row, of), row["comment"]
    if rows:
        write(folder / FILE, [COLUMNS, *([row[name] for name in COLUMNS] for row in rows)])


def write(path: Path, rows: list[list]) -> None:
    """Write a table that spreadsheets open with names in any script.

    Parameters
    ----------
    path : Path
        The file; it is written whole or not at all.
    rows : list of list
        The first has the names of the columns.
    """
    # The byte order mark says that it is UTF-8.
    with files.replacing(path) as part, open(part, "w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file).writerows([[_cell(value) for value in row] for row in rows])


def _cell(value: object) -> object:
    return shown(value) if isinstance(value, str) else value


def _keys(row: dict) -> list[tuple]:
    """List by what a line is found, the surest first."""
    what = (row["assignment"], row["question"], row["version"])
    return [("student", row["student"], *what), ("file", row["file"], *what)]


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
            f"{path}: the columns must be {', '.join(COLUMNS)}; put them back, or move the file "
            "away"
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
            f"{FILE}, {row['student']}, {row['question']}: points {row['points']!r}; give 0 to "
            f"{of:g}, or nothing"
        )
    return points
