"""The file of votes: its tables, its versions, and what is said of one that cannot be used."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator

from .protocol import SIDES, TuringError

SCHEMA = 3
APPLICATION = 0x7475_7231  # "tur1", in the file's header: says whose database it is

TABLES = f"""
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE participants (
    id INTEGER PRIMARY KEY, code TEXT UNIQUE NOT NULL, seed INTEGER NOT NULL, room TEXT) STRICT;
CREATE TABLE trials (
    participant INTEGER NOT NULL REFERENCES participants, number INTEGER NOT NULL,
    kind TEXT NOT NULL, photo TEXT NOT NULL, colorizer TEXT NOT NULL,
    real TEXT NOT NULL CHECK (real IN {SIDES}), PRIMARY KEY (participant, number)) STRICT;
CREATE TABLE votes (
    participant INTEGER NOT NULL, number INTEGER NOT NULL,
    side TEXT NOT NULL CHECK (side IN {SIDES}), seconds REAL, exposure REAL, hidden INTEGER,
    PRIMARY KEY (participant, number),
    FOREIGN KEY (participant, number) REFERENCES trials) STRICT;
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {SCHEMA};
"""
# What brings a file of the schema before to the next one.
_UPGRADES = {
    1: "ALTER TABLE votes ADD COLUMN hidden INTEGER",
    2: "ALTER TABLE participants ADD COLUMN room TEXT",
}


class StoreError(TuringError):
    """The file of votes cannot be used; the message names the file and the way out."""


def prepare(db: sqlite3.Connection, path: str | os.PathLike) -> None:
    """Refuse a database that is damaged or not ours, and bring an older one up to date.

    Parameters
    ----------
    db : sqlite3.Connection
        The database.
    path : path-like
        Its file, to be named.

    Raises
    ------
    StoreError
        If it is damaged, belongs to another program, or was written by a newer coursekit.
    """
    (application,) = db.execute("PRAGMA application_id").fetchone()
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION:
        raise StoreError(f"{path}: a database of another program; choose another file")
    if version > SCHEMA:
        raise StoreError(
            f"{path}: written by a newer coursekit (schema {version}, this one knows {SCHEMA}); "
            "update coursekit"
        )
    (fault,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if fault != "ok":
        raise StoreError(f"{path}: damaged ({' '.join(fault.split())}); take the last sound copy")
    for older in range(version, SCHEMA):
        db.executescript(f"BEGIN; {_UPGRADES[older]}; PRAGMA user_version = {older + 1}; COMMIT;")


@contextlib.contextmanager
def faults(path: str | os.PathLike) -> Iterator[None]:
    """Turn what SQLite says of a file into sentences with a way out.

    Parameters
    ----------
    path : path-like
        The file, to be named.

    Raises
    ------
    StoreError
        For an error of SQLite in the block.
    """
    try:
        yield
    except sqlite3.OperationalError as error:
        way = "is it on a local disk where you may write?"
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
            way = "make room on the disk, and go on."
        raise StoreError(f"{path}: {error}; {way} What was stored before stays") from error
    except sqlite3.DatabaseError as error:
        raise StoreError(
            f"{path}: damaged, or no file of votes ({error}); take the last sound copy, or choose "
            "another file"
        ) from error
