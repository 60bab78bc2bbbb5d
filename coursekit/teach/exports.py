"""One table over all assignments, who is missing, and gradebooks that Canvas and Moodle import.

The platforms' files hold finished grades only: an answer that still waits for a person, or a
student whose versions nobody has decided between, is left out, so that no import can take a grade
away or give half of one.

References
----------
Canvas: "How do I import grades in the Gradebook?", and what its importer demands
(``GradebookImporter``): Student, ID, SIS User ID, SIS Login ID and Section before the assignments,
below them a line "Points Possible". Moodle: "Upload grading worksheet" of an assignment
(``assignfeedback_offline``), which wants Identifier, Grade and Last modified (grade), and "Grade
import" of the course, which finds students by the column Email address or ID number.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from coursekit.teach import senders, tables
from coursekit.teach.entry import Entry
from coursekit.teach.release import POINTS
from coursekit.teach.roster import Person, Roster

CLASS, MISSING, CANVAS = "class.csv", "missing.csv", "canvas.csv"
CANVAS_COLUMNS = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
POSSIBLE = "    Points Possible"  # with the spaces that keep it on top when the table is sorted
SENT = "Submitted for grading - "  # as Moodle says it


class Mark(NamedTuple):
    """What a student has for an assignment.

    Attributes
    ----------
    points : float or None
        None unless it is finished.
    state : str
        "graded", "to do", "not graded", "missing" or "2 versions".
    late : bool
        Whether the platform marks the submission as late.
    entry : Entry or None
        The submission; None if there is none, or more than one.
    """

    points: float | None
    state: str
    late: bool = False
    entry: Entry | None = None


class Student(NamedTuple):
    """A line of the table.

    Attributes
    ----------
    name : str
        The student.
    person : Person or None
        Who that is on the roster.
    marks : dict of str to Mark
        Assignment → what the student has.
    """

    name: str
    person: Person | None
    marks: dict[str, Mark]


def students(entries: list[Entry], roster: Roster | None) -> list[Student]:
    """Join what everybody has.

    Parameters
    ----------
    entries : list of Entry
        All submissions, graded.
    roster : Roster or None
        The class: whoever sent no notebook is in the table too.

    Returns
    -------
    list of Student
        The roster's in its order, then the others by name. Assignments are those of which anybody
        sent anything.
    """
    assignments = sorted({entry.assignment for entry in entries if entry.assignment})
    sent, people = {}, {}
    for entry in entries:
        sent.setdefault(entry.student, {}).setdefault(entry.assignment, []).append(entry)
        people[entry.student] = entry.person
    found = []
    for person in roster.people if roster else []:
        name = next((name for name, known in people.items() if known is person), None)
        # Of two people of one name somebody whom nobody could tell apart is neither.
        mine = sent.pop(name) if name else {}
        found.append(Student(name or person.name, person, _marks(mine, assignments)))
    # What could not be told to be anybody's has no assignment, and stands among the problems.
    others = {name: of for name, of in sent.items() if any(of)}
    return found + [
        Student(name, None, _marks(others[name], assignments))
        for name in sorted(others, key=str.casefold)
    ]


def write(
    entries: list[Entry], titles: dict[str, str], out: Path, roster: Roster | None
) -> list[str]:
    """Write all tables.

    Parameters
    ----------
    entries : list of Entry
        All submissions, graded, with points by hand.
    titles : dict of str to str
        Assignment → its title, by which platforms know it.
    out : Path
        The folder for results. Tables of an earlier call go where they are not written again.
    roster : Roster or None
        The class.

    Returns
    -------
    list of str
        A sentence for each assignment that somebody of the class has not sent.
    """
    rows = students(entries, roster)
    assignments = list(rows[0].marks) if rows else []
    platforms = {entry.sender.platform for entry in entries if entry.sender}
    own = roster is not None and roster.platform is None
    made = {CLASS: _class(rows, assignments)}
    if roster:
        made[MISSING] = _missing(rows)
    if own or "canvas" in platforms | {roster and roster.platform}:
        made[CANVAS] = _canvas(rows, assignments, titles, roster)
    for name in assignments:
        if own or "moodle" in platforms | {roster and roster.platform}:
            made[f"moodle_{name}.csv"] = _moodle(rows, name, roster)
    for old in [out / MISSING, out / CANVAS, *out.glob("moodle_*.csv")]:
        if old.name not in made:
            old.unlink(missing_ok=True)
    for name, table in made.items():
        # People open the first two in spreadsheets.
        tables.write(out / name, table, mark=name in (CLASS, MISSING))
    return _who_is_missing(rows, assignments) if roster else []


def _marks(of: dict[str, list[Entry]], assignments: list[str]) -> dict[str, Mark]:
    return {name: _mark(of.get(name, [])) for name in assignments}


def _mark(sent: list[Entry]) -> Mark:
    """Tell what one has for an assignment, of all that one sent."""
    graded = [entry for entry in sent if not entry.failure]
    late = any(entry.sender is not None and entry.sender.late for entry in sent)
    if len(graded) > 1:
        return Mark(None, f"{len(graded)} versions", late)
    if not graded:
        return Mark(None, "not graded" if sent else "missing", late)
    (entry,) = graded
    total = entry.total()
    return Mark(total, "to do" if total is None else "graded", late, entry)


def _class(rows: list[Student], assignments: list[str]) -> list[list[object]]:
    """Make the table of the class: points, how each stands, and the sum of what is finished."""
    head = ["student", "id", "email"]
    for name in assignments:
        head += [f"{name} ({POINTS})", f"{name} state"]
    table = [[*head, "sum", "of"]]
    for row in rows:
        email, number = (row.person.email, row.person.id_number) if row.person else ("", "")
        line = [_plain(row.name), number, email]
        for mark in row.marks.values():
            line += [_number(mark.points), mark.state + (", late" if mark.late else "")]
        done = [mark.points for mark in row.marks.values() if mark.points is not None]
        table.append([*line, _number(sum(done)), POINTS * len(row.marks)])
    return table


def _missing(rows: list[Student]) -> list[list[object]]:
    return [["student", "id", "email", "assignment"]] + [
        [_plain(row.name), row.person.id_number, row.person.email, name]
        for row in rows
        for name, mark in row.marks.items()
        if row.person and mark.state == "missing"
    ]


def _who_is_missing(rows: list[Student], assignments: list[str]) -> list[str]:
    said = []
    people = [row for row in rows if row.person]
    for name in assignments:
        missing = [row.name for row in people if row.marks[name].state == "missing"]
        if missing:
            some = ", ".join(missing[:5]) + (", …" if len(missing) > 5 else "")
            said.append(f"{name}: {len(missing)} of {len(people)} sent no notebook ({some})")
    return said


def _canvas(
    rows: list[Student], assignments: list[str], titles: dict[str, str], roster: Roster | None
) -> list[list[object]]:
    """Make Canvas's gradebook; what it exported is taken over, with only finished grades new."""
    exported = roster is not None and roster.platform == "canvas"
    columns = CANVAS_COLUMNS
    if exported:
        columns = roster.columns[: roster.columns.index("Section") + 1]
        headings = {name: _canvas_column(name, titles[name], roster.columns) for name in titles}
    else:
        headings = titles
    possible = _canvas_possible(assignments, headings, roster if exported else None)
    table = [
        [*columns, *(headings[name] for name in assignments)],
        [POSSIBLE, *[""] * (len(columns) - 1), *(_number(possible[name]) for name in assignments)],
    ]
    for row in rows:
        done = [mark for mark in row.marks.values() if mark.points is not None]
        if not done or (exported and not row.person):
            continue
        line = [row.person.row[column] for column in columns] if exported else _canvas_person(row)
        for name in assignments:
            mark = row.marks[name]
            before = row.person.row.get(headings[name], "") if exported else ""
            scaled = mark.points and mark.points * possible[name] / POINTS
            line.append(before if mark.points is None else _number(scaled))
        table.append(line)
    return table


def _canvas_column(name: str, title: str, columns: list[str]) -> str:
    """Find an assignment's column in an export, where Canvas has put its number behind it."""
    wanted = {senders.key(name), senders.key(title), senders.key(title.partition(":")[0])}
    for column in columns[columns.index("Section") + 1 :]:
        if senders.key(re.sub(r"\s*\(\d+\)$", "", column)) in wanted:
            return column
    return title


def _canvas_possible(
    assignments: list[str], headings: dict[str, str], roster: Roster | None
) -> dict[str, float]:
    """Tell of how many points each assignment is in Canvas, which an import would change."""
    exported = roster.possible if roster else {}
    found = {}
    for name in assignments:
        text = exported.get(headings[name], "").replace(",", ".")
        try:
            found[name] = float(text) or POINTS
        except ValueError:
            found[name] = POINTS
    return found


def _canvas_person(row: Student) -> list[object]:
    """Say who it is to Canvas, which looks for its own number first, then for the school's."""
    senders = [mark.entry.sender for mark in row.marks.values() if mark.entry]
    number = next((each.number for each in senders if each.platform == "canvas"), "")
    person = row.person
    if person is None:
        return [_plain(row.name), number, "", "", ""]
    return [f"{person.last}, {person.first}".strip(", "), number, person.id_number, "", ""]


def _moodle(rows: list[Student], name: str, roster: Roster | None) -> list[list[object]]:
    """Make Moodle's grading worksheet of an assignment, which its gradebook imports too."""
    done = [row for row in rows if row.marks[name].points is not None]
    lines = []
    for row in done:
        mark = row.marks[name]
        sender, person = mark.entry.sender, row.person
        known = sender.platform == "moodle" and sender.number
        identifier = f"Participant {sender.number}" if known else ""
        comments = [text.strip() for text in mark.entry.comments.values() if text.strip()]
        line = {
            "Identifier": identifier,
            "Full name": person.name if person else _plain(row.name),
            "ID number": person.id_number if person else "",
            "Email address": person.email if person else "",
            "Status": SENT,
            "Grade": _number(mark.points),
            "Maximum Grade": f"{POINTS:.2f}",
            "Grade can be changed": "Yes",
            "Last modified (submission)": "-",
            "Last modified (grade)": "-",
            "Feedback comments": "\n".join(comments),
        }
        # The teacher's own worksheet says more, such as the group.
        if person and identifier and person.row.get("Identifier") == identifier:
            line |= person.row | {column: line[column] for column in ("Grade", "Feedback comments")}
        lines.append(line)
    # A blank would be taken for the student of the line before: what tells students apart stands
    # in every line, and who has none of it is left out.
    telling = ("Identifier", "Email address", "ID number")
    best = max(telling, key=lambda column: sum(bool(line[column]) for line in lines))
    lines = [line for line in lines if line[best]]
    columns = [
        column
        for column in dict.fromkeys(column for line in lines for column in line)
        if column not in telling or all(line[column] for line in lines)
    ]
    return [columns, *([line.get(column, "") for column in columns] for line in lines)]


def _number(points: float | None) -> str:
    return "" if points is None else f"{points:.2f}".rstrip("0").rstrip(".")


def _plain(text: str) -> str:
    """Keep a spreadsheet from taking a name that a student chose for a formula."""
    return f"'{text}" if text[:1] in tuple("=+-@\t\r") else text
