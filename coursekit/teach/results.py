"""Everything that is made of graded submissions, in the order in which one needs the other."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbformat import NotebookNode

from coursekit.teach import class_report, exports, report, students, summary
from coursekit.teach.entry import Entry
from coursekit.teach.marking import collecting
from coursekit.teach.roster import Roster


def write(
    entries: list[Entry],
    sources: list[Path],
    releases: dict[str, NotebookNode],
    out: Path,
    again: int,
    roster: Roster | None,
) -> int:
    """Write tables, pages, gradebooks and what is to be marked; print the summary.

    Parameters
    ----------
    entries : list of Entry
        All submissions, graded.
    sources : list of Path
        The assignments with their solutions.
    releases : dict of str to NotebookNode
        Their students' versions.
    out : Path
        The folder for results.
    again : int
        How many results are from an earlier run.
    roster : Roster or None
        The class.

    Returns
    -------
    int
        The number of submissions without points.

    Raises
    ------
    ValueError
        That names a faulty line of manual.csv.
    """
    models = {path.stem: nbformat.read(path, 4) for path in sources}
    lessons: dict[str, NotebookNode] = {}
    guides = {name: summary.Guide(source, lessons) for name, source in models.items()}
    failed = report.write(entries, out, again, guides)
    for said in exports.write(entries, students.titles(releases), out, roster):
        print(said)
    class_report.write(entries, models, releases, out)
    waiting = collecting.write(entries, models, out)
    if waiting:
        wait = "answer waits" if waiting == 1 else "answers wait"
        print(f"{waiting} {wait} for points by hand: coursekit mark -o {out}", flush=True)
    return failed
