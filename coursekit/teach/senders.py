"""Whose a submission is: what learning platforms, Drive, Colab and browsers make of names.

Patterns are those by which the platforms write: Canvas's content zipper
(``smithanna_LATE_12345_678_file``), Moodle's assignment downloader
(``Anna Smith_123_assignsubmission_file_/file``), Blackboard's and Brightspace's downloads, Google
Drive's zips, and the words for "copy" of Drive, Colab, JupyterLab, Windows and macOS.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import unquote

PLATFORMS = (
    (
        "moodle",
        re.compile(
            r"(?P<name>.+?)(?:_(?P<number>\d+))?_assignsubmission_(?P<kind>[a-z]+)_?(?P<rest>.*)"
        ),
    ),
    # Anonymous marking gives five letters for a name.
    (
        "canvas",
        re.compile(
            r"(?P<late>LATE_)?(?P<name>anon)_(?P<number>[A-Za-z0-9]{5})"
            r"_(?:\d+_(?P<rest>.+)|(?:text|link)\.html)"
        ),
    ),
    (
        "canvas",
        re.compile(
            r"(?P<name>[^\W_]\w*?)(?P<late>_LATE)?_(?P<number>\d+)"
            r"_(?:\d+_(?P<rest>.+)|(?:text|link)\.html)"
        ),
    ),
    (
        "blackboard",
        re.compile(r".+_(?P<name>[^_]+)_attempt_\d{4}(?:-\d\d){5}(?:_(?P<rest>.+)|\.txt)"),
    ),
    (
        "brightspace",
        re.compile(
            r"\d+-\d+ - (?P<name>.+?) - \w{3,9}\.? \d{1,2}, \d{4} \d{3,4} ?[AP]M"
            r"(?: - (?P<rest>.+))?"
        ),
    ),
)
SUFFIXES = re.compile(
    r"(\.(ipynb|json|txt|md|zip|rar|7z|tar|t?gz|xz|bz2|html?|pdf|docx?|odt|rtf|pages|gdoc|url|py"
    r"|png|jpe?g|heic|csv|xlsx?))+$",
    re.IGNORECASE,
)
# Between words stands what is no letter and no digit; "_" counts as a letter for \b.
BEGIN, END = r"(?<![^\W_])", r"(?![^\W_])"
COPY_OF = (
    "copy of|kopie von|kopie van|copia de|copia di|cópia de|còpia de|copie de|kopia av|kopia pliku"
    "|kopia notatnika|kopi av|kopi af|kopio tiedostosta|kopie souboru|kópia súboru|копия блокнота"
    "|копия|копія блокнота|копія|másolat -|αντίγραφο του|kopyası|bản sao của|salinan dari|salinan"
    "|副本"
)
COPIES = re.compile(
    # Colab writes lines for spaces when it downloads.
    rf"(?i){BEGIN}(?:{COPY_OF.replace(' ', '[ _+]+')})[ _+]+"
    r"|[\s_-]+(?:copy|kopie|copia|cópia|copie|kopia|kopi)\s*\d*(?=\s*\(\d+\)$|$|\s+-)"
    r"|-Copy\d+$|\s*(?:のコピー|的副本|의 사본|副本)\s*\d*$|^(?:copy|copia|kopie|copie)\s*$"
)
TASKS = (
    "assignment|homework|hw|exercise(?: sheet)?|problem set|pset|ps|aufgabe|hausaufgabe|übung"
    "|übungsblatt|uebung|blatt|devoir|tp|tarea|práctica|practica|compito|opdracht|uppgift|week|lab"
)
NOISE = re.compile(
    # Drive's zips, dates, a browser's second download, versions.
    r"-\d{8}T\d{6}Z(?:-\d+)*$|\d{4}-\d\d-\d\d(?:[T _-]\d\d[-:.h]?\d\d(?:[-:.]?\d\d)?)?"
    rf"|\s*\(\d+\)$|(?i:{BEGIN}(?:final(?: version)?|v\d+|version \d+|resubmission|submission"
    rf"|solutions?|draft){END}(?=[\W_]*$))"
)
# Folders that are no person's.
NOBODY = re.compile(
    r"(?i)(submitted|submissions?|assignments?|homeworks?|uploads?|downloads?|inbox|classroom"
    r"|my ?drive|colab notebooks|class|course|students?|abgaben?|einreichungen|entregas?|rendus?"
    r"|devoirs?|(?:section|sektion|klasse|class)[ _-]?\w{1,3}|old|new|backup|archive|first|last"
    r"|\d{1,2})"
)
LONGEST = 255  # letters of a file's name, as systems allow; in a zip it may have any number
NUMBER = re.compile(r"^(?P<before>.*?)[\s_-]*(?<!\d)(?P<number>\d{4,})(?!\d)[\s_-]*(?P<after>.*)$")


class Sender(NamedTuple):
    """Who sent a file, as far as its name tells.

    Attributes
    ----------
    name : str or None
        The person's, without what a platform adds; None if nothing is left.
    number : str or None
        That the platform, or the student, adds to it.
    platform : str or None
        "canvas", "moodle", "blackboard" or "brightspace".
    late : bool
        Whether the platform marks it as late.
    """

    name: str | None
    number: str | None = None
    platform: str | None = None
    late: bool = False


def read(part: str, assignments: dict[str, str]) -> Sender:
    """Tell who a folder's or a file's name names.

    Parameters
    ----------
    part : str
        The name, with its suffix.
    assignments : dict of str to str
        Name of each assignment, such as "a1_lab", → its title, such as "Assignment 1: Lab".

    Returns
    -------
    Sender
        Without a name if it names an assignment, or a folder that is nobody's.

    Examples
    --------
    >>> read("smithanna_LATE_12345_678_a1_lab-1.ipynb", {"a1_lab": "Assignment 1: Lab"})
    Sender(name='smithanna', number='12345', platform='canvas', late=True)
    >>> read("Copy of a1_lab.ipynb", {"a1_lab": "Assignment 1: Lab"}).name is None
    True
    """
    part = readable(part)
    for platform, pattern in PLATFORMS:
        known = pattern.fullmatch(part)
        name = known and _without_additions(known["name"], assignments)
        if name:
            found = known.groupdict()
            # Moodle hides names behind one word for all.
            if platform == "moodle" and name.lower() == "participant" and found["number"]:
                name = f"{name} {found['number']}"
            return Sender(name, found.get("number"), platform, bool(found.get("late")))
    name = _without_additions(SUFFIXES.sub("", part), assignments)
    numbered = NUMBER.match(name or "")
    if numbered and (rest := f"{numbered['before']} {numbered['after']}".strip(" ._-")):
        return Sender(rest, numbered["number"])
    return Sender(name)


def about(part: str, assignments: dict[str, str]) -> str | None:
    """Tell which assignment a name speaks of.

    Parameters
    ----------
    part : str
        A folder's or a file's name.
    assignments : dict of str to str
        As for `read`.

    Returns
    -------
    str or None
        The name of the assignment; None if it names none.
    """
    for name, title in assignments.items():
        if any(re.search(pattern, readable(part)) for pattern in _spellings(name, title)):
            return name
    return None


def key(name: str) -> str:
    """Reduce a name to what it shares with other spellings of it.

    Parameters
    ----------
    name : str
        A person's.

    Returns
    -------
    str
        Its words in alphabetical order, in lower case and without accents.

    Examples
    --------
    >>> key("Ångström, Zoë") == key("zoe_angstrom")
    True
    """
    return " ".join(sorted(words(name)))


def words(name: str) -> list[str]:
    """Take a name apart.

    Parameters
    ----------
    name : str
        A person's.

    Returns
    -------
    list of str
        In their order, in lower case and without accents.
    """
    plain = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return [word for word in re.split(r"[\W_]+", plain) if word]


def readable(part: str) -> str:
    """Make a file's name text that can be shown and written.

    Parameters
    ----------
    part : str
        As the system gives it: bytes that are not UTF-8 stand in it as halves of surrogate pairs.

    Returns
    -------
    str
        Composed Unicode, as everybody but macOS writes it. Of a name that no system would take, the
        beginning and the end, for patterns would look at it for minutes.
    """
    if len(part) > LONGEST:
        part = f"{part[: LONGEST // 2]}…{part[-LONGEST // 2 + 1 :]}"
    try:
        part.encode()
    except UnicodeEncodeError:
        # Old zips and disks have names in the code page of their time.
        part = os.fsencode(part).decode("latin-1")
    return unicodedata.normalize("NFC", part)


def containers(
    paths: Iterable[tuple[tuple[str, ...], str]],
    named: dict[str, Sender],
    assignments: dict[str, str],
) -> set[tuple[str, ...]]:
    """Find folders and zips that hold submissions of several people.

    A person sends an assignment once, or twice. So a folder below which one assignment lies in
    folders of several names belongs to none of them; neither does a zip with files of several
    names, or a folder with files of more than two names beside the assignment's.

    Parameters
    ----------
    paths : iterable of tuple
        For each notebook that was recognised: its folders and file name, and its assignment.
    named : dict of str to Sender
        What `read` says of each part.
    assignments : dict of str to str
        As for `read`.

    Returns
    -------
    set of tuple of str
        The folders, each with all above it.
    """
    sure, likely = {}, {}
    for parts, assignment in paths:
        for depth in range(1, len(parts)):
            # The next part with a name; whether it is a file's.
            at = next((at for at in range(depth, len(parts)) if named[parts[at]].name), None)
            if at is None:
                continue
            place, name = (parts[:depth], assignment), key(named[parts[at]].name)
            if at < len(parts) - 1 or parts[depth - 1].lower().endswith(".zip"):
                sure.setdefault(place, set()).add(name)
            elif about(parts[at], assignments):
                likely.setdefault(place, set()).add(name)
    return {folder for (folder, _), found in sure.items() if len(found) > 1} | {
        folder for (folder, _), found in likely.items() if len(found) > 2
    }


def _without_additions(name: str, assignments: dict[str, str]) -> str | None:
    """Take off what is no person's name."""
    before, name = None, unquote(name)  # browsers write %20 for a space
    # What one program adds may stand behind what another adds.
    while name != before:
        before = name
        name = COPIES.sub(" ", NOISE.sub(" ", name))
        for assignment, title in assignments.items():
            for pattern in _spellings(assignment, title):
                name = re.sub(pattern, " ", name)
        name = re.sub(rf"(?i){BEGIN}(?:{TASKS})[\s_-]*\d{{1,2}}{END}", " ", name)
        name = re.sub(r"([ _-])[ _-]*", r"\1", name).strip(" ._-\"'«»„“”「」《》:")
    return None if not name or NOBODY.fullmatch(name) else name


def _spellings(assignment: str, title: str) -> list[str]:
    """Write patterns for an assignment's name, the longest first, so that nothing is left of it."""
    short = assignment.split("_")[0]  # "a1" of "a1_lab"
    heads = [title, title.partition(":")[0], assignment, short]
    spelt = [r"[\W_]*".join(map(re.escape, re.findall(r"[^\W_]+", head))) for head in heads if head]
    return [rf"(?i){BEGIN}{pattern}(?:-\d{{1,2}})?{END}" for pattern in spelt if pattern]
