"""What grading leaves: tables of points, a feedback page for each student, a list of problems."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from coursekit import files
from coursekit.teach import manual_scores, summary, tables
from coursekit.teach.entry import Entry
from coursekit.teach.names import shown
from coursekit.teach.summary import Guide

LONGEST = 200  # bytes of a page's name; systems allow 255, and a number may follow
DEVICE = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")  # which Windows takes for itself


def write(entries: list[Entry], out: Path, again: int, guides: dict[str, Guide]) -> int:
    """Write everything and print the summary.

    Parameters
    ----------
    entries : list of Entry
        All submissions.
    out : Path
        The folder for results.
    again : int
        How many results are from an earlier run.
    guides : dict of str to Guide
        Assignment → what all its feedback pages say.

    Returns
    -------
    int
        The number of submissions without points.

    Raises
    ------
    ValueError
        That names a faulty line of manual.csv.
    """
    out.mkdir(parents=True, exist_ok=True)
    manual_scores.apply(entries, out)
    pages = out / f".feedback-{os.getpid():x}"
    shutil.rmtree(pages, ignore_errors=True)
    pages.mkdir()
    for assignment in sorted({entry.assignment for entry in entries if entry.assignment}):
        mine = [entry for entry in entries if entry.assignment == assignment]
        tables.write(out / f"scores_{assignment}.csv", _scores(mine))
        _pages(mine, pages / assignment, guides[assignment])
    problems = [["student", "assignment", "file", "graded", "problem"]]
    for entry in entries:
        for problem in [*([entry.failure] if entry.failure else []), *entry.notes]:
            problems.append(
                [
                    entry.student,
                    entry.assignment or "",
                    str(entry.submission.path),
                    "no" if entry.failure else "yes",
                    problem,
                ]
            )
    tables.write(out / "problems.csv", problems)
    _replace(out / "feedback", pages)
    failed = sum(entry.failure is not None for entry in entries)
    noted = sum(entry.failure is None and bool(entry.notes) for entry in entries)
    for entry in entries:
        if entry.failure:
            print(shown(f"not graded: {entry.submission.path}: {entry.failure}"))
    print(
        f"{len(entries)} submissions: {len(entries) - failed} graded ({again} of them before), "
        f"{noted} with a note, {failed} not graded; see {out}/scores_*.csv, problems.csv, "
        f"{manual_scores.FILE} and feedback/",
        flush=True,
    )
    return failed


def _replace(folder: Path, new: Path) -> None:
    """Put a folder that is whole in the place of another."""
    old = new.with_name(f"{new.name}-old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    new.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def _scores(entries: list[Entry]) -> list[list]:
    """Make the table of an assignment, with a total only where no answer waits for a person."""
    tasks = {name: most for entry in entries for name, (_, most, _) in entry.points.items()}
    rows = [
        [
            "student",
            "file",
            "state",
            "automatic",
            "automatic of",
            "by hand",
            "to do",
            "total",
            *(f"{name} ({most:g})" for name, most in tasks.items()),
        ]
    ]
    for entry in sorted(entries, key=lambda entry: entry.student):
        row = [entry.student, str(entry.submission.path), "not graded", *[""] * (len(rows[0]) - 3)]
        if entry.failure is None:
            got = {
                name: entry.by_hand.get(name, points)
                for name, (points, _, _) in entry.points.items()
            }
            hands = {name for name, (_, _, by_hand) in entry.points.items() if by_hand}
            waiting = [name for name, points in got.items() if points is None]
            numbers = [
                sum(points for name, points in got.items() if name not in hands),
                sum(most for name, (_, most, _) in entry.points.items() if name not in hands),
                sum(got[name] or 0 for name in hands),
                sum(tasks[name] for name in waiting),
                *([] if waiting else [sum(got.values())]),
            ]
            row = [
                *row[:2],
                "note" if entry.notes else "graded",
                *(f"{number:g}" for number in numbers),
                *([""] if waiting else []),
                *("to do" if points is None else f"{points:g}" for points in got.values()),
            ]
        rows.append(row)
    return rows


def _plain(student: str) -> str:
    """Make of a name one that every system takes for a file; a zip may hold longer ones."""
    name = re.sub(r"[^\w.@ -]", "_", student).encode()[:LONGEST].decode(errors="ignore")
    return f"{name}_" if DEVICE.fullmatch(name) else name


def _pages(entries: list[Entry], folder: Path, guide: Guide) -> None:
    taken = set()
    for entry in entries:
        if not entry.feedback:
            continue
        name = plain = _plain(entry.student)
        number = 1
        # File systems differ in whether case counts.
        while name.lower() in taken:
            number += 1
            name = f"{plain}_{number}"
        taken.add(name.lower())
        folder.mkdir(parents=True, exist_ok=True)
        files.write(folder / f"{name}.html", summary.put(entry, guide))
