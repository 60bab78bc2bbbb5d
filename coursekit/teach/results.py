"""Everything that is made of graded submissions, in the order in which one needs the other."""

from __future__ import annotations

from pathlib import Path

import nbformat

from coursekit.teach import exports, report
from coursekit.teach.entry import Entry
from coursekit.teach.marking import answers
from coursekit.teach.roster import Roster


def write(
    entries: list[Entry],
    sources: list[Path],
    titles: dict[str, str],
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
    titles : dict of str to str
        Assignment → its title.
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
    failed = report.write(entries, out, again)
    for said in exports.write(entries, titles, out, roster):
        print(said)
    models = {path.stem: nbformat.read(path, 4) for path in sources}
    waiting = answers.write(entries, models, out)
    if waiting:
        print(f"{waiting} answers wait for points by hand: coursekit mark -o {out}", flush=True)
    return failed
