"""What grading leaves: a table of points for each assignment, a feedback page for each student, a list of problems."""

from __future__ import annotations

import csv
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from coursekit.grading.matching import Rebuilt
from coursekit.grading.submissions import Submission


@dataclass
class Entry:
    """A submission on its way: whose, of which assignment, what was noticed, what came out."""

    submission: Submission
    student: str
    assignment: str | None = None
    rebuilt: Rebuilt | None = None
    key: str | None = None
    notes: list[str] = field(default_factory=list)
    failure: str | None = None
    points: dict = field(default_factory=dict)  # as worker.Outcome has them
    feedback: str = ""

    def finish(self, outcome: dict) -> None:
        self.points, self.feedback, self.failure = outcome["points"], outcome["feedback"], outcome["failure"]
        self.notes = [*self.notes, *outcome["notes"]]


def write(entries: list[Entry], out: Path, again: int) -> int:
    """Write everything and print the summary. Parameters: ``again``, how many results are from an earlier run.

    Returns: the number of submissions without points.
    """
    out.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(out / "feedback", ignore_errors=True)
    for assignment in sorted({entry.assignment for entry in entries if entry.assignment}):
        mine = [entry for entry in entries if entry.assignment == assignment]
        _table(out / f"scores_{assignment}.csv", _scores(mine))
        _pages(mine, out / "feedback" / assignment)
    problems = [["student", "assignment", "file", "graded", "problem"]]
    for entry in entries:
        for problem in [*([entry.failure] if entry.failure else []), *entry.notes]:
            problems.append([entry.student, entry.assignment or "", str(entry.submission.path),
                             "no" if entry.failure else "yes", problem])
    _table(out / "problems.csv", problems)
    failed = sum(entry.failure is not None for entry in entries)
    noted = sum(entry.failure is None and bool(entry.notes) for entry in entries)
    for entry in entries:
        if entry.failure:
            print(f"not graded: {entry.submission.path}: {entry.failure}")
    print(f"{len(entries)} submissions: {len(entries) - failed} graded ({again} of them before), {noted} with a note, "
          f"{failed} not graded; see {out}/scores_*.csv, feedback/ and problems.csv", flush=True)
    return failed


def _scores(entries: list[Entry]) -> list[list]:
    """The table of an assignment. "to do" is what a person has to read."""
    tasks = {name: most for entry in entries for name, (_, most, _) in entry.points.items()}
    head = ["student", "file", "state", "automatic", "automatic of", "to do", *(f"{name} ({most:g})" for name, most in tasks.items())]
    rows = [head]
    for entry in sorted(entries, key=lambda entry: entry.student):
        row = [entry.student, str(entry.submission.path), "not graded", "", "", ""]
        if entry.failure is None:
            points = entry.points.values()
            row[2:] = ["note" if entry.notes else "graded",
                       f"{sum(got for got, _, by_hand in points if not by_hand):g}",
                       f"{sum(most for _, most, by_hand in points if not by_hand):g}",
                       f"{sum(most for got, most, _ in points if got is None):g}",
                       *("to do" if got is None else f"{got:g}" for got, _, _ in points)]
        rows.append(row)
    return rows


def _pages(entries: list[Entry], folder: Path) -> None:
    taken = set()
    for entry in entries:
        if not entry.feedback:
            continue
        name = plain = re.sub(r"[^\w.@ -]", "_", entry.student)
        number = 1
        while name.lower() in taken:  # file systems differ in whether case counts
            number += 1
            name = f"{plain}_{number}"
        taken.add(name.lower())
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.html").write_text(entry.feedback, encoding="utf-8")


def _table(path: Path, rows: list[list]) -> None:
    # With a byte order mark spreadsheets read names in any script.
    with open(path, "w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file).writerows(rows)
