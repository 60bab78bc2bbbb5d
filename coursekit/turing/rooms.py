"""The stores of several rooms as one study, in which each vote remembers its room."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from scipy.cluster.hierarchy import DisjointSet

from coursekit import files

from .schema import TABLES, StoreError, faults, prepare


class Merged(NamedTuple):
    """What a study holds.

    Attributes
    ----------
    rooms : dict of str to int
        How many people each room had, by its name.
    votes : int
        Number of votes.
    again : int
        How many votes stood in another store too; they count once.
    """

    rooms: dict[str, int]
    votes: int
    again: int


class _Source(NamedTuple):
    """A store to join: its file, and the name of its room if one was given."""

    path: Path
    name: str | None


class _Person(NamedTuple):
    """A participant, as one store has them."""

    source: _Source
    room: str | None  # that of the store, if it is a study
    plan: tuple  # seed, and rows of the table of trials
    votes: dict[int, tuple]  # rows of the table of votes, by number


def merge(
    sources: Sequence[tuple[str | None, str | os.PathLike]], study: str | os.PathLike
) -> Merged:
    """Join the stores of several rooms into one study.

    The study is a store like any other, and may be a source of a larger one. The sources stay as
    they are, and may be in use. The same sources give the same study however often they are joined,
    and with its own sources a study is itself again.

    A participant who is in two stores, because one was copied from the other or goes on with it,
    has each vote once; both stores are of one room then.

    Parameters
    ----------
    sources : sequence of (str or None, path-like)
        For each store the name of its room, or None, and the file. Without a name, a study keeps
        the rooms that it has; any other store is called as its file, without the ending.
    study : path-like
        The file to write, whole or not at all. One that is there is replaced if the sources have
        all its votes.

    Returns
    -------
    Merged
        The study's rooms, and how many votes it holds.

    Raises
    ------
    StoreError
        If a file is missing, damaged or foreign; if experiments differ; if a participant has two
        different votes on one pair; if a room has two names, or a name two rooms; if the study that
        is there holds other votes. Nothing has changed then.
    """
    study = Path(study)
    if not study.absolute().parent.is_dir():
        raise StoreError(f"{study}: no folder {study.parent}; make it first")
    stores = [_Source(Path(path), name) for name, path in sources]
    experiments, found = {}, {}
    for store in stores:
        if study.exists() and store.path.exists() and study.samefile(store.path):
            raise StoreError(f"{study}: one of the stores to join; choose another file to write")
        experiments[store.path], people = _read(store)
        for code, person in people.items():
            found.setdefault(code, []).append(person)
    experiment = _one(experiments)
    rooms = _rooms(found)
    votes = {code: _join(code, persons) for code, persons in found.items()}
    _replaceable(study, experiment, votes)
    with files.replacing(study) as part, faults(study):
        people = {code: (rooms[code], found[code][0].plan, votes[code]) for code in found}
        _write(part, experiment, people)
    total = sum(len(each) for each in votes.values())
    given = sum(len(person.votes) for persons in found.values() for person in persons)
    return Merged(dict(Counter(rooms.values())), total, given - total)


def _read(source: _Source) -> tuple[str | None, dict[str, _Person]]:
    """Read the experiment of a store, and its participants by their codes."""
    with _snapshot(source.path) as db:
        facts = dict(db.execute("SELECT name, value FROM facts"))
        people = {
            id: (code, _Person(source, room, (seed, []), {}))
            for id, code, seed, room in db.execute(
                "SELECT id, code, seed, room FROM participants ORDER BY id"
            )
        }
        for id, *trial in db.execute("SELECT * FROM trials ORDER BY participant, number"):
            people[id][1].plan[1].append(tuple(trial))
        for id, *vote in db.execute("SELECT * FROM votes ORDER BY participant, number"):
            people[id][1].votes[vote[0]] = tuple(vote)
    if source.name is not None and any(person.room for _, person in people.values()):
        raise StoreError(
            f"{source.path}: a study, whose rooms have names; leave out {source.name}="
        )
    return facts.get("experiment"), dict(people.values())


@contextlib.contextmanager
def _snapshot(path: Path) -> Iterator[sqlite3.Connection]:
    """Give a store as it is at this moment, in memory; nothing is written to its file."""
    if not path.is_file():
        raise StoreError(f"{path}: no such file of votes")
    wal, shm = (Path(f"{path}-{end}") for end in ("wal", "shm"))
    with tempfile.TemporaryDirectory() as folder, faults(path):
        if not wal.exists():  # nobody has it open
            address = f"{path.resolve().as_uri()}?immutable=1"
        elif shm.exists():  # somebody may be voting, whom SQLite's locks keep apart from us
            address = f"{path.resolve().as_uri()}?mode=ro"
        else:  # copied while in use; to take the rest in, SQLite writes beside the file
            copy = Path(shutil.copy(path, folder))
            shutil.copy(wal, folder)
            address = copy.resolve().as_uri()
        with (
            contextlib.closing(sqlite3.connect(address, uri=True)) as there,
            contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as db,
        ):
            there.backup(db)
            there.close()
            prepare(db, path)
            yield db


def _one(experiments: dict[Path, str | None]) -> str:
    """Return the experiment that all stores share, but for those in which nobody began."""
    known: dict[str, list[str]] = {}
    for path, experiment in experiments.items():
        if experiment is not None:
            known.setdefault(experiment, []).append(str(path))
    if not known:
        raise StoreError(f"{', '.join(map(str, experiments))}: nobody has begun, nothing to join")
    if len(known) > 1:
        which = "; ".join(f"{' and '.join(paths)} of {id[:8]}" for id, paths in known.items())
        raise StoreError(f"a study has one experiment, and these are different: {which}")
    return next(iter(known))


def _join(code: str, persons: list[_Person]) -> dict[int, tuple]:
    """Return a participant's votes of all stores, each once."""
    votes: dict[int, tuple[tuple, Path]] = {}
    for person in persons:
        path = person.source.path
        if person.plan != persons[0].plan:
            raise StoreError(
                f"participant {code} has other pairs in {path} than in {persons[0].source.path}; "
                "leave one of the two out"
            )
        for number, vote in person.votes.items():
            first, there = votes.setdefault(number, (vote, path))
            if vote != first:
                raise StoreError(
                    f"participant {code} has two different votes on pair {number}: "
                    f"{_said(first)} in {there}, {_said(vote)} in {path}; both went on after one "
                    "was copied from the other: leave out the one that does not count"
                )
    return {number: votes[number][0] for number in sorted(votes)}


def _said(vote: tuple) -> str:
    _, side, seconds, *_ = vote
    return side if seconds is None else f"{side} after {seconds:g} s"


def _rooms(found: dict[str, list[_Person]]) -> dict[str, str]:
    """Say in which room each participant was; parts of stores that share somebody are one room."""
    parts = DisjointSet()
    for persons in found.values():
        for person in persons:
            parts.add((person.source, person.room))
            parts.merge((persons[0].source, persons[0].room), (person.source, person.room))
    linked: dict[tuple, list[tuple]] = {}
    for part in parts:
        linked.setdefault(parts[part], []).append(part)
    names, guessed = {}, {}
    for root, room in linked.items():
        known = {name or source.name: source.path for source, name in room if name or source.name}
        if len(known) > 1:
            raise StoreError(
                f"{' and '.join(map(str, known.values()))} share participants, so they are of one "
                f"room, but it is called {' and '.join(known)}; give it one name"
            )
        first = room[0][0].path
        names[root] = next(iter(known), first.stem)
        if not any(source.name for source, _ in room):
            other = guessed.setdefault(names[root], first)
            if other is not first:
                raise StoreError(
                    f"{other} and {first}: two rooms that are both called {names[root]}; say "
                    f"NAME={first} with the name of its room (the same name makes them one room)"
                )
    return {
        code: names[parts[persons[0].source, persons[0].room]] for code, persons in found.items()
    }


def _replaceable(study: Path, experiment: str, votes: dict[str, dict[int, tuple]]) -> None:
    """Refuse to write over votes that would be lost, or into a file that is in use."""
    if study.exists() and study.stat().st_size:
        there, people = _read(_Source(study, None))
        if there not in (None, experiment):
            raise StoreError(f"{study}: holds the votes of another experiment; choose another file")
        for code, person in people.items():
            # Who began and gave no vote yet may come back, too.
            if code not in votes or not person.votes.items() <= votes[code].items():
                raise StoreError(
                    f"{study}: has more of participant {code} than the stores that are to be "
                    "joined; join it too, and write another file"
                )
        with faults(study), contextlib.closing(sqlite3.connect(study)) as db:
            db.execute("PRAGMA wal_checkpoint")  # whoever closes last takes the -wal file away
    if Path(f"{study}-wal").exists():
        # SQLite would take what is in there for the newest votes of whatever file has the name.
        raise StoreError(
            f"{study}: in use, or {study}-wal was left behind; close the store there, or choose "
            "another file"
        )


def _write(part: Path, experiment: str, people: dict[str, tuple]) -> None:
    """Write the study: for each code the room, the plan and the votes."""
    with contextlib.closing(sqlite3.connect(part, isolation_level=None)) as db, db:
        db.executescript(f"BEGIN; {TABLES} COMMIT; BEGIN")
        for id, (code, (room, (seed, trials), votes)) in enumerate(people.items(), start=1):
            db.execute(
                "INSERT INTO participants (id, code, seed, room) VALUES (?, ?, ?, ?)",
                (id, code, seed, room),
            )
            for table, rows in (("trials", trials), ("votes", votes.values())):
                for row in rows:
                    marks = ", ".join("?" * len(row))
                    db.execute(f"INSERT INTO {table} VALUES (?, {marks})", (id, *row))
        # As Store makes its files: see there.
        facts = {"experiment": experiment, "file": str(part.stat().st_ino)}
        db.executemany("INSERT INTO facts VALUES (?, ?)", facts.items())
        db.execute("COMMIT")
        db.execute("PRAGMA journal_mode = WAL")
