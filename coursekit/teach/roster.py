"""The class: who is in it, by whatever a platform, or a teacher, calls a person."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from rapidfuzz import fuzz, process

from coursekit.teach import senders, tables
from coursekit.teach.senders import Sender

# What a column may be called: Canvas's gradebook, Moodle's worksheet, grades and participants,
# nbgrader, and tables that teachers write. Without capitals, spaces and punctuation.
COLUMNS = {
    "name": ("student", "name", "full name", "student name", "nom complet", "nombre completo"),
    "first": ("first name", "firstname", "given name", "vorname", "prénom", "nombre", "nome"),
    "last": ("last name", "lastname", "surname", "family name", "nachname", "nom", "apellidos"),
    "id": ("id", "id number", "student id", "number", "matrikelnummer", "sis user id"),
    "login": ("sis login id", "login", "username", "user name", "benutzername"),
    "email": ("email", "email address", "e mail", "mail", "e mail address"),
    "participant": ("identifier",),
    "section": ("section", "group", "groups"),
}


class Person(NamedTuple):
    """Somebody of the class.

    Attributes
    ----------
    name : str
        As people say it: first name first.
    first, last : str
        Its two parts; where a table has only the whole, split at the comma or the last space.
    ids : frozenset of str
        Numbers, logins and addresses that are this person's only.
    email : str
        The address, or "".
    id_number : str
        What the school calls the person, or "".
    row : dict of str to str
        The line of the table, as it is.
    """

    name: str
    first: str
    last: str
    ids: frozenset[str]
    email: str
    id_number: str
    row: dict[str, str]


class Roster(NamedTuple):
    """All of a class.

    Attributes
    ----------
    people : list of Person
        In the order of the table.
    columns : list of str
        Of the table.
    platform : str or None
        "canvas" or "moodle" if the table is an export of theirs.
    possible : dict of str to str
        Canvas's line of the points of each column; empty elsewhere.
    """

    people: list[Person]
    columns: list[str]
    platform: str | None
    possible: dict[str, str]

    def find(self, said: Iterable[Sender]) -> Person | None:
        """Find the person whom names mean.

        Parameters
        ----------
        said : iterable of Sender
            What the parts of a path say, from the outside.

        Returns
        -------
        Person or None
            None if it is nobody of the class, or could be two of them.
        """
        said = [sender for sender in said if sender.name]
        for matches in (_by_number, _by_name, _by_part_of_name):
            for sender in said:
                found = [person for person in self.people if matches(person, sender, self)]
                if len(found) == 1:
                    return found[0]
        return None

    def nearest(self, name: str) -> str | None:
        """Guess whom a name means that is not in the class.

        Parameters
        ----------
        name : str
            The name.

        Returns
        -------
        str or None
            A name of the class; None if none is near.
        """
        known = {person.name: senders.key(person.name) for person in self.people}
        best = process.extractOne(senders.key(name), known, scorer=fuzz.ratio, score_cutoff=75)
        return best and best[2]


def read(path: Path) -> Roster:
    """Read a class.

    Parameters
    ----------
    path : Path
        A table (CSV): one with the columns name, id and email, or what Canvas (Gradebook, Export)
        or Moodle (grading worksheet, grades, participants) exports.

    Returns
    -------
    Roster
        Without Canvas's test student.

    Raises
    ------
    ValueError
        If the table names nobody, with the columns that it may have.
    """
    columns, rows = tables.read(path)
    people = [person for person in map(_person, rows) if person]
    if not people:
        raise ValueError(
            f"{path}: no student in it; give a table (CSV) with the columns name, id and email, or "
            "the gradebook as Canvas or Moodle exports it"
        )
    known = {_plain(column) for column in columns}
    platform = None
    if {"student", "id", "section"} <= known:
        platform = "canvas"
    elif "identifier" in known or {"surname", "email address"} <= known:
        platform = "moodle"
    possible = (row for row in rows if row.get("Student", "").strip() == "Points Possible")
    return Roster(people, columns, platform, next(possible, {}))


def _person(row: dict[str, str]) -> Person | None:
    """Read a line; None for one that is no student's."""
    known = {}
    for column, value in row.items():
        for meaning, spellings in COLUMNS.items():
            if _plain(column) in spellings:
                known.setdefault(meaning, []).append(value.strip())
    whole = next(iter(known.get("name", [])), "")
    if whole in ("Points Possible", "Student, Test") or not any(known.values()):
        return None
    first, last = (next(iter(known.get(part, [])), "") for part in ("first", "last"))
    if not (first or last):
        last, comma, first = map(str.strip, whole.partition(","))
        if not comma:
            first, _, last = whole.rpartition(" ")
    email = next(iter(known.get("email", [])), "")
    # Canvas calls its own number ID; the school's stands under another heading.
    numbers = {_plain(column): value.strip() for column, value in row.items()}
    id_number = next(
        (
            numbers[column]
            for column in ("sis user id", "id number", "student id", "id", "matrikelnummer")
            if numbers.get(column)
        ),
        "",
    )
    ids = [*known.get("id", []), *known.get("login", []), email, email.partition("@")[0]]
    ids += [each.rpartition(" ")[2] for each in known.get("participant", [])]
    name = f"{first} {last}".strip() or whole or email or id_number
    if not name:
        return None
    return Person(
        name, first, last, frozenset(_id(each) for each in ids if each), email, id_number, row
    )


def _by_number(person: Person, sender: Sender, roster: Roster) -> bool:
    """Compare numbers: Moodle's are those of participants, which only its worksheet has."""
    if sender.platform == "moodle" and roster.platform != "moodle":
        return False
    if sender.platform == "canvas" and roster.platform == "canvas":
        return _id(person.row.get("ID", "")) == _id(sender.number)
    if sender.platform == "canvas":
        return False
    return sender.number is not None and _id(sender.number) in person.ids


def _by_name(person: Person, sender: Sender, roster: Roster) -> bool:
    """Compare names, in either order, or joined as Canvas joins them, and ids."""
    name = sender.name
    if _id(name) in person.ids or senders.key(name) == senders.key(person.name):
        return True
    joined = "".join(senders.words(name))
    orders = (f"{person.last} {person.first}", person.name)
    return joined in ("".join(senders.words(order)) for order in orders)


def _by_part_of_name(person: Person, sender: Sender, roster: Roster) -> bool:
    """Tell whether all words of a person's name, two at least, are among more words."""
    theirs = {*senders.words(person.name)}
    return len(theirs) > 1 and theirs <= {*senders.words(sender.name)}


def _plain(column: str) -> str:
    return " ".join("".join(x if x.isalnum() else " " for x in column.casefold()).split())


def _id(text: str | None) -> str:
    return (text or "").strip().casefold()
