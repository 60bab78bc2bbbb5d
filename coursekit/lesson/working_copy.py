"""The learner's copy of the lessons: their work stays, what is new is told.

The lessons come with the package: in a clone as `notebooks/`, in an installation inside this wing.
A record in the copy says what was handed out, so that a file that nobody has worked on can follow
the course, and one that somebody has is left alone.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path

from coursekit import files

RECORD = ".coursekit.json"
# An address that begins so is nobody's: the course has not been published yet.
UNSTAMPED = "OWNER/"

# What can become of a lesson.
NEW = "new"
UPDATED = "brought up to date"
SAME = "as it was"
KEPT = "yours, kept"


def clone() -> Path | None:
    """Find the clone of the course that this package is imported from.

    Returns
    -------
    Path or None
        Its top folder; None for an installed package.
    """
    top = Path(__file__).resolve().parents[2]
    found = (top / "pyproject.toml").is_file() and (top / "notebooks").is_dir()
    return top if found else None


def source() -> Path:
    """Find the lessons of this version.

    Returns
    -------
    Path
        The folder that holds them.

    Raises
    ------
    FileNotFoundError
        If the package was built without them.
    """
    top = clone()
    folder = top / "notebooks" if top else Path(__file__).with_name("notebooks")
    if not any(folder.glob("*.ipynb")):
        raise FileNotFoundError(
            "this installation of coursekit was built without the lessons: install it again from "
            "a wheel, or from the course's repository"
        )
    return folder


def put(folder: str | Path) -> dict[str, str]:
    """Put the lessons into a folder, or bring those there up to date.

    Parameters
    ----------
    folder : path-like
        Made if missing.

    Returns
    -------
    dict of str to str
        For each lesson's file what became of it: `NEW`, `UPDATED`, `SAME`, `KEPT`; or, where the
        learner has worked on it and the course has a newer version, the name of the file beside it
        that now holds that version.

    Raises
    ------
    FileNotFoundError
        If the package was built without lessons.
    ValueError
        If the folder is the one from which they come.
    OSError
        If it cannot be written.
    """
    folder = Path(folder)
    if folder.resolve() == source().resolve():
        raise ValueError(f"{folder} holds the lessons themselves; name another folder")
    folder.mkdir(parents=True, exist_ok=True)
    record = _record(folder)
    states = {}
    for path in sorted(source().glob("*.ipynb")):
        text = _standing_alone(path.read_text(encoding="utf-8"))
        new = _fingerprint(text)
        states[path.name] = _put(folder, path.name, text, new, record)
        record[path.name] = new
    files.write(folder / RECORD, json.dumps(record, indent=1))
    return states


def _put(folder: Path, name: str, text: str, new: str, record: dict[str, str]) -> str:
    """Put one lesson where it belongs; return what became of it."""
    mine = _content(folder / name)
    if mine == new:
        return SAME
    if mine in (None, record.get(name)):
        files.write(folder / name, text)
        return NEW if mine is None else UPDATED
    if record.get(name) == new:
        return KEPT
    # The learner's file stays. The first name beside it that nobody has worked on takes the lesson.
    for beside in _beside(name):
        there = _content(folder / beside)
        if there in (None, new, record.get(beside)):
            files.write(folder / beside, text)
            record[beside] = new
            return beside
    raise AssertionError("names do not end")


def _beside(name: str) -> Iterator[str]:
    """List names for a newer version: 01_x.new.ipynb, 01_x.new2.ipynb and so on."""
    stem = name.removesuffix(".ipynb")
    yield f"{stem}.new.ipynb"
    yield from (f"{stem}.new{number}.ipynb" for number in itertools.count(2))


def _record(folder: Path) -> dict[str, str]:
    """Read which version of each lesson was handed out; a record that is lost costs nothing."""
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _content(path: Path) -> str | None:
    """Take the fingerprint of a file; None if there is none."""
    try:
        return _fingerprint(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        return "not a text, so not the course's"


def _fingerprint(notebook: str) -> str:
    """Take the fingerprint of cells and outputs: opening a notebook changes its metadata only."""
    try:
        cells = json.loads(notebook)["cells"]
        work = [[cell["cell_type"], _text(cell["source"]), cell.get("outputs")] for cell in cells]
    except (ValueError, KeyError, TypeError):
        work = notebook  # no notebook any more: whatever it is, it is the learner's
    return hashlib.sha256(json.dumps(work).encode()).hexdigest()


def _text(source: str | list[str]) -> str:
    """Join the lines of a cell, which editors store as a list or as one text."""
    return source if isinstance(source, str) else "".join(source)


def _standing_alone(notebook: str) -> str:
    """Turn links to the course's other files into links to its repository, or into plain text."""
    address = re.search(r"git\+https://github\.com/([\w.-]+/[\w.-]+)@([\w./-]+)", notebook)
    if address and not address[1].startswith(UNSTAMPED):
        blob = f"https://github.com/{address[1]}/blob/{address[2]}"
        return re.sub(r"\]\(\.\./(?=[^)\s]+\))", f"]({blob}/", notebook)
    return re.sub(r"\[([^\[\]]+)\]\(\.\./[^)\s]+\)", r"\1", notebook)
