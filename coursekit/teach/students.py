"""Who sent each submission, the same words for the same person in all assignments."""

from __future__ import annotations

import collections
import re
from pathlib import Path

from nbformat import NotebookNode

from coursekit.teach import senders
from coursekit.teach.entry import Entry
from coursekit.teach.roster import Roster
from coursekit.teach.senders import Sender

MOST_OTHERS = 10  # files of a student's that are no notebook, listed one by one


def titles(releases: dict[str, NotebookNode]) -> dict[str, str]:
    """Read the titles of assignments.

    Parameters
    ----------
    releases : dict of str to NotebookNode
        The students' versions by their names.

    Returns
    -------
    dict of str to str
        Name, such as "a1_lab" → its first heading, such as "Assignment 1: Lab", or the name.
    """
    found = {}
    for name, release in releases.items():
        headings = [
            re.search(r"(?m)^#\s+(.+)$", cell.source)
            for cell in release.cells
            if cell.cell_type == "markdown"
        ]
        found[name] = next((heading[1].strip() for heading in headings if heading), name)
    return found


def name(entries: list[Entry], assignments: dict[str, str], roster: Roster | None) -> list[Entry]:
    """Tell for each submission whose it is.

    With a roster, whoever of the class is meant by a part of the path, from the outside. Else the
    first part that a platform wrote, or the first folder that is no assignment's and does not hold
    several people's work, or the file's name.

    Parameters
    ----------
    entries : list of Entry
        All submissions; their students are set. Those that are nobody's get a failure, those whose
        student is not of the class a note.
    assignments : dict of str to str
        Name of each assignment → its title.
    roster : Roster or None
        The class.

    Returns
    -------
    list of Entry
        Without files that only lie beside the notebook of the same student.
    """
    paths = [(*entry.submission.folders, entry.submission.path.name) for entry in entries]
    said = {part: senders.read(part, assignments) for parts in paths for part in parts}
    shared = senders.containers(
        [
            (parts, entry.assignment)
            for parts, entry in zip(paths, entries, strict=True)
            if entry.assignment
        ],
        said,
        assignments,
    )
    for entry, parts in zip(entries, paths, strict=True):
        found = [said[part] for at, part in enumerate(parts) if parts[: at + 1] not in shared]
        entry.sender = _choose(found)
        entry.person = roster and roster.find([entry.sender, *found])
        if any(sender.late for sender in found):
            entry.sender = entry.sender._replace(late=True)
    _call(entries, roster)
    for entry in entries:
        if entry.sender.name is None and entry.person is None:
            entry.rebuilt = None
            entry.failure = entry.failure or (
                "whose is it? Name the file NAME_ASSIGNMENT.ipynb, or put it into the student's "
                "folder"
            )
        elif roster and entry.person is None:
            entry.notes.append(_unknown(entry.student, entry.sender.name, roster))
    return _without_enclosures(entries, paths, assignments)


def _unknown(student: str, name: str, roster: Roster) -> str:
    """Say why nobody of the class is meant."""
    near = roster.nearest(name)
    if near and senders.key(near) == senders.key(name):
        return f"the roster has several called {near}; put a number or address into the file's name"
    return f"{student} is not on the roster" + (f"; is it {near}?" if near else "")


def _choose(said: list[Sender]) -> Sender:
    """Choose who is meant, from the parts of a path."""
    named = [sender for sender in said if sender.name]
    known = [sender for sender in named if sender.platform]
    return next(iter(known or named), said[-1])


def _call(entries: list[Entry], roster: Roster | None) -> None:
    """Give each student one name: another's, with the same name, has the number behind it."""
    spelt, numbers = {}, {}
    doubles = collections.Counter(person.name for person in roster.people) if roster else {}
    for entry in entries:
        sender = entry.sender
        if sender.name is None:
            continue
        known = senders.key(sender.name) or sender.name
        # The first spelling with a capital letter is how people write it.
        if known not in spelt or spelt[known].islower() > sender.name.islower():
            spelt[known] = sender.name
        # Canvas's number is the person's everywhere; Moodle's is another in each assignment.
        where = None if sender.platform == "canvas" else entry.assignment
        if sender.platform and sender.number:
            numbers.setdefault((known, sender.platform, where), set()).add(sender.number)
    several = {known for (known, *_), found in numbers.items() if len(found) > 1}
    for entry in entries:
        sender, person = entry.sender, entry.person
        if person:
            number = person.id_number or person.email
            entry.student = f"{person.name} ({number})" if doubles[person.name] > 1 else person.name
        elif sender.name is None:
            entry.student = senders.readable(entry.submission.path.name)
        else:
            known = senders.key(sender.name) or sender.name
            entry.student = spelt[known]
            if known in several and sender.number:
                entry.student += f" ({sender.number})"


def _without_enclosures(
    entries: list[Entry], paths: list[tuple[str, ...]], assignments: dict[str, str]
) -> list[Entry]:
    """Leave out what is no notebook and lies beside one of the same student's, or below it."""
    sent, others = {}, {}
    for entry in entries:
        if entry.submission.notebook is not None:
            sent.setdefault((entry.student, _folder(entry)), set()).add(entry.assignment)
    kept = []
    for entry, parts in zip(entries, paths, strict=True):
        if entry.submission.notebook is not None or ".ipynb" in parts[-1].lower():
            kept.append(entry)
            continue
        folder = _folder(entry)
        theirs = set().union(
            *(sent.get((entry.student, each), set()) for each in (folder, *folder.parents))
        )
        about = senders.about(parts[-1], assignments)
        if theirs and (about is None or about in theirs):
            continue
        # Whoever packs all that a computer holds is listed with a part of it.
        mine = others.setdefault(entry.student, [])
        mine.append(entry)
        if len(mine) <= MOST_OTHERS:
            kept.append(entry)
    for mine in others.values():
        if len(mine) > MOST_OTHERS:
            last = mine[MOST_OTHERS - 1]
            last.failure = f"{last.failure}; and {len(mine) - MOST_OTHERS:,} more such files"
    return kept


def _folder(entry: Entry) -> Path:
    """Name the folder that a platform exported into: Moodle has one a student and kind of file."""
    parent = entry.submission.path.parent
    return parent.parent if "_assignsubmission_" in parent.name else parent
