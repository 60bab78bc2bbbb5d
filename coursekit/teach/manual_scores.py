"""Points that a person gives.

They stand in one file with a line for each answer to read, which later runs read and never lose.
"""

from __future__ import annotations

import contextlib
import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from coursekit.teach import tables
from coursekit.teach.names import shown

if TYPE_CHECKING:  # the page for marking, which is to be there at once, needs no nbgrader
    from coursekit.teach.entry import Entry

FILE = "manual.csv"
# What a person fills in: points, or those of each line of the rubric, and a comment.
FILLED = ["points", "lines", "comment"]
COLUMNS = ["student", "assignment", "question", "of", *FILLED, "file", "version"]


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
    with _alone(folder):
        found = rows(folder)
        known = index(found)
        older = {
            (row["student"], row["assignment"], row["question"]): row
            for row in found
            if row["points"].strip()
        }
        for entry in entries:
            for question, (automatic, of, by_hand) in entry.points.items():
                # An untouched answer has its 0.
                if not by_hand or automatic is not None:
                    continue
                new = line(entry, question)
                row = next((known[key] for key in keys(new) if key in known), None)
                if row is None:
                    row = dict(new)
                    found.append(row)
                    before = older.get((row["student"], row["assignment"], question))
                    if before:
                        entry.notes.append(
                            f"{question} had {before['points']} points by hand, for an earlier "
                            "version"
                        )
                # Whose it is, and where, may be said in another way this time.
                row |= {name: cell for name, cell in new.items() if name not in FILLED}
                entry.by_hand[question], entry.comments[question] = _points(row, of), row["comment"]
                entry.lines[question] = lines(row)
        if found:
            _write(folder, found)


def line(entry: Entry, question: str) -> dict[str, str]:
    """Make the line in which an answer is marked.

    Parameters
    ----------
    entry : Entry
        The graded submission.
    question : str
        A grade_id.

    Returns
    -------
    dict of str to str
        Column → cell, without points.
    """
    version = hashlib.sha256(entry.answer(question).encode("utf-8", "replace")).hexdigest()[:8]
    asked = [shown(entry.student), entry.assignment, question, f"{entry.points[question][1]:g}"]
    path = shown(Path(entry.submission.path).absolute())
    return dict(zip(COLUMNS, [*asked, *[""] * len(FILLED), path, version], strict=True))


def keys(row: dict[str, str]) -> list[tuple[str, ...]]:
    """List by what a line is found.

    Parameters
    ----------
    row : dict of str to str
        A line.

    Returns
    -------
    list of tuple of str
        The surest first.
    """
    what = (row["assignment"], row["question"], row["version"])
    return [("student", row["student"], *what), ("file", row["file"], *what)]


def index(found: list[dict[str, str]]) -> dict[tuple[str, ...], dict[str, str]]:
    """Make lines findable.

    Parameters
    ----------
    found : list of dict of str to str
        Lines.

    Returns
    -------
    dict of tuple to dict
        Each of the lines' `keys` → the line.
    """
    return {key: row for row in found for key in keys(row)}


def save(folder: Path, answer: dict[str, str], filled: dict[str, str]) -> None:
    """Write what a person gave an answer, and leave every other line as it is.

    Parameters
    ----------
    folder : Path
        Where manual.csv is.
    answer : dict of str to str
        As `line` made it.
    filled : dict of str to str
        The columns of `FILLED`.
    """
    with _alone(folder):
        found = rows(folder)
        known = index(found)
        row = next((known[key] for key in keys(answer) if key in known), None)
        if row is None:
            row = dict(answer)
            found.append(row)
        row.update(filled)
        _write(folder, found)


def rows(folder: Path) -> list[dict[str, str]]:
    """Read manual.csv.

    Parameters
    ----------
    folder : Path
        Where it is; it may be missing.

    Returns
    -------
    list of dict of str to str
        Column → cell, a dict a line.

    Raises
    ------
    ValueError
        That names the columns that the file must have.
    """
    path = folder / FILE
    if not path.exists():
        return []
    columns, found = tables.read(path)
    # A table that somebody keeps by hand may do without points a line.
    needed = [name for name in COLUMNS if name != "lines"]
    if not {*needed} <= {*columns}:
        raise ValueError(
            f"{path}: the columns must be {', '.join(COLUMNS)}; put them back, or move the file "
            "away"
        )
    return [{name: row.get(name, "") for name in COLUMNS} for row in found]


def lines(row: dict[str, str]) -> list[float | None]:
    """Read points of the rubric's lines.

    Parameters
    ----------
    row : dict of str to str
        A line of the file.

    Returns
    -------
    list of float or None
        None for those that are open. Nothing if somebody has written other points beside them, for
        whoever writes into the table has the last word.
    """
    found = [number(each) for each in row["lines"].split()]
    total = number(row["points"])
    return [] if total is not None and total != sum(each or 0 for each in found) else found


def number(text: str) -> float | None:
    """Read points as spreadsheets save them.

    Parameters
    ----------
    text : str
        A cell.

    Returns
    -------
    float or None
        None if it holds no number.
    """
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        return None


def _write(folder: Path, found: list[dict[str, str]]) -> None:
    tables.write(folder / FILE, [COLUMNS, *([row[name] for name in COLUMNS] for row in found)])


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep grading and marking in the browser from writing over each other's points."""
    name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    # Not in the folder itself, which may be for reading only; then writing says so.
    lock = FileLock(Path(tempfile.gettempdir()) / f"coursekit-{name}.lock")
    with contextlib.ExitStack() as held:
        # Somebody else's lock of the same folder cannot be opened; their points can be read.
        with contextlib.suppress(OSError):
            held.enter_context(lock)
        yield


def _points(row: dict[str, str], of: float) -> float | None:
    points = number(row["points"])
    if row["points"].strip() and (points is None or not 0 <= points <= of):
        raise ValueError(
            f"{FILE}, {row['student']}, {row['question']}: points {row['points']!r}; give 0 to "
            f"{of:g}, or nothing"
        )
    return points
