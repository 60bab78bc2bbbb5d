"""The votes: one SQLite file that many people write at once, and that loses nothing."""

from __future__ import annotations

import contextlib
import csv
import os
import secrets
import sqlite3
import threading
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

from filelock import FileLock

from .protocol import SIDES, Trial, TuringError

SCHEMA = 1
APPLICATION = 0x7475_7231  # "tur1", in the file's header: says whose database it is
WAIT = 60.0  # seconds for the other writers of a whole class
LETTERS = "BCDFGHJKLMNPQRSTVWXZ23456789"  # no two that look alike, no vowels that make words
COLUMNS = (
    "participant",
    "number",
    "kind",
    "colorizer",
    "photo",
    "real",
    "side",
    "fooled",
    "seconds",
    "exposure",
)

_TABLES = f"""
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE participants (id INTEGER PRIMARY KEY, code TEXT UNIQUE NOT NULL, seed INTEGER NOT NULL) STRICT;
CREATE TABLE trials (
    participant INTEGER NOT NULL REFERENCES participants, number INTEGER NOT NULL, kind TEXT NOT NULL,
    photo TEXT NOT NULL, colorizer TEXT NOT NULL, real TEXT NOT NULL CHECK (real IN {SIDES}),
    PRIMARY KEY (participant, number)) STRICT;
CREATE TABLE votes (
    participant INTEGER NOT NULL, number INTEGER NOT NULL, side TEXT NOT NULL CHECK (side IN {SIDES}), seconds REAL,
    exposure REAL, PRIMARY KEY (participant, number), FOREIGN KEY (participant, number) REFERENCES trials) STRICT;
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {SCHEMA};
"""


class StoreError(TuringError):
    """The file of votes cannot be used; the message names the file and the way out."""


class VoteError(TuringError):
    """A vote or a code that cannot be taken; what was stored before stays as it is."""


class Store:
    """The votes of a test in one file. Any number of processes and threads may have it open at once.

    A participant is a random code; no name, address or time of day is kept. A vote is on the disk when the call
    that gives it returns, so a killed kernel loses none.

    Parameters: ``path`` of the file, made if missing; it must lie on a local disk.
    Warns: if the file is a copy, for votes that the original took later are not in it.
    Raises: StoreError if the file is damaged, belongs to another program, or was written by a newer coursekit.
    """

    def __init__(self, path: str | os.PathLike):
        self.path = Path(path)
        if not self.path.parent.is_dir():
            raise StoreError(f"{path}: no folder {self.path.parent}; make it first")
        self._lock, self._db, self._process = threading.RLock(), None, None
        with FileLock(f"{path}.lock"):  # or two processes would make it at once
            if not self.path.exists() or not self.path.stat().st_size:
                self._make()
        self._check()

    def begin(
        self, experiment: str, trials: Sequence[Trial], seed: int, sides: Sequence[str] = ()
    ) -> str:
        """Add a participant with a plan, and with votes that were given on paper. Returns the new code.

        Parameters: ``experiment``, the id of its pictures; ``trials`` and the ``seed`` of their `plan`; ``sides``,
        the votes on all trials, if they are already given.
        Raises: StoreError if the votes in the file belong to another experiment.
        """
        with self._write() as db:
            db.execute("INSERT OR IGNORE INTO facts VALUES ('experiment', ?)", (experiment,))
            if self._fact(db, "experiment") != experiment:
                raise StoreError(
                    f"{self.path}: holds the votes of another experiment; choose another file"
                )
            code = "".join(secrets.choice(LETTERS) for _ in range(8))
            participant = db.execute(
                "INSERT INTO participants (code, seed) VALUES (?, ?)", (code, seed)
            ).lastrowid
            db.executemany(
                "INSERT INTO trials VALUES (?, ?, ?, ?, ?, ?)",
                [(participant, *trial) for trial in trials],
            )
            db.executemany(
                "INSERT INTO votes VALUES (?, ?, ?, NULL, NULL)",
                [
                    (participant, trial.number, side)
                    for trial, side in zip(trials, sides, strict=False)
                ],
            )
        return code

    def resume(self, experiment: str, code: str) -> tuple[str, list[Trial]]:
        """The code as it is stored, and the trials, of a participant who comes back.

        Capitals, spaces and hyphens in ``code`` do not matter. Raises: VoteError if nobody here has the code;
        StoreError if the votes belong to another experiment.
        """
        plain = "".join(code.split()).replace("-", "").upper()
        with self._connect() as db:
            rows = db.execute(
                "SELECT number, kind, photo, colorizer, real FROM trials JOIN participants ON "
                "participant = id WHERE code = ? ORDER BY number",
                (plain,),
            ).fetchall()
            if not rows:
                raise VoteError(
                    f"nobody here has the code {code!r}; look for a typing error, or begin without a code"
                )
            if self._fact(db, "experiment") != experiment:
                raise StoreError(
                    f"{self.path}: holds the votes of another experiment; open its own pictures"
                )
        return plain, [Trial(*row) for row in rows]

    def check(self, experiment: str) -> None:
        """Raises: StoreError if the votes in the file belong to another experiment than the one with this id."""
        with self._connect() as db:
            if self._fact(db, "experiment") not in (None, experiment):
                raise StoreError(
                    f"{self.path}: holds the votes of another experiment; choose another file"
                )

    def vote(
        self,
        code: str,
        number: int,
        side: str,
        seconds: float | None,
        exposure: float | None = None,
    ) -> None:
        """Store one vote. Pairs are voted on in their order, each once. Raises: VoteError, and nothing has changed."""
        with self._write() as db:
            participant, voted, total = self._progress(db, code)
            if voted == total or number != voted + 1:
                why = (
                    "has its vote already, and the first one counts"
                    if 1 <= number <= voted
                    else "was not shown"
                )
                way_on = f"pair {voted + 1} is next" if voted < total else "all pairs are done"
                raise VoteError(f"pair {number} {why}; {way_on}")
            db.execute(
                "INSERT INTO votes VALUES (?, ?, ?, ?, ?)",
                (participant, number, side, seconds, exposure),
            )

    def voted(self, code: str) -> int:
        """How many pairs a participant has voted on."""
        with self._connect() as db:
            return self._progress(db, code)[1]

    def participants(self) -> list[dict]:
        """Who began, in order: ``participant`` (the code), ``voted`` and ``total`` pairs, ``seed`` of the plan."""
        with self._connect() as db:
            rows = db.execute(
                "SELECT code, (SELECT count(*) FROM votes WHERE participant = id), (SELECT count(*) FROM "
                "trials WHERE participant = id), seed FROM participants ORDER BY id"
            ).fetchall()
        return [
            dict(zip(("participant", "voted", "total", "seed"), row, strict=True)) for row in rows
        ]

    def votes(self) -> list[dict]:
        """All votes, by participant and number, ready for ``pandas.DataFrame``.

        Each is a dict: ``participant``, ``number``, ``kind``, ``colorizer``, ``photo``; ``real``, the side of the true
        colours; ``side`` taken for the fake; ``fooled``, whether these are one; ``seconds`` it took, and seconds of
        ``exposure``, or None.
        """
        with self._connect() as db:
            rows = db.execute(
                "SELECT code, number, kind, colorizer, photo, real, side, real = side, seconds, exposure "
                "FROM votes JOIN trials USING (participant, number) JOIN participants ON participant = id "
                "ORDER BY id, number"
            ).fetchall()
        return [{**dict(zip(COLUMNS, row, strict=True)), "fooled": bool(row[7])} for row in rows]

    def export(self, stream) -> None:
        """Write `votes` as CSV to a text stream, opened with ``newline=""``."""
        writer = csv.DictWriter(stream, COLUMNS)
        writer.writeheader()
        writer.writerows({**vote, "fooled": int(vote["fooled"])} for vote in self.votes())

    def close(self) -> None:
        """Let go of the file, so that it can be copied or moved; whatever is called next opens it again."""
        with self._lock:
            if self._db is not None and self._process == os.getpid():
                self._db.close()
            self._db = None

    def _make(self) -> None:
        with self._connect() as db:
            db.executescript(f"BEGIN; {_TABLES} COMMIT;")
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("INSERT INTO facts VALUES ('file', ?)", (self._file(),))

    def _check(self) -> None:
        with self._connect() as db:
            (application,) = db.execute("PRAGMA application_id").fetchone()
            (version,) = db.execute("PRAGMA user_version").fetchone()
            if application != APPLICATION:
                raise StoreError(f"{self.path}: a database of another program; choose another file")
            if version != SCHEMA:
                raise StoreError(
                    f"{self.path}: written by a newer coursekit (schema {version}, this one knows "
                    f"{SCHEMA}); update coursekit"
                )
            (fault,) = db.execute("PRAGMA quick_check(1)").fetchone()
            if fault != "ok":
                raise StoreError(
                    f"{self.path}: damaged ({' '.join(fault.split())}); take the last sound copy"
                )
            self._copied = self._fact(db, "file") != self._file()
        if self._copied:
            warnings.warn(
                f"{self.path}: a copy; votes that went to the original later, or were still in its -wal "
                "file, are not here. What is written here from now on stays here.",
                stacklevel=3,
            )

    def _file(self) -> str:
        """What a file keeps when it is renamed, and a copy of it does not have."""
        return str(self.path.stat().st_ino)

    @staticmethod
    def _fact(db: sqlite3.Connection, name: str) -> str | None:
        return (db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone() or [None])[
            0
        ]

    @staticmethod
    def _progress(db: sqlite3.Connection, code: str) -> tuple[int, int, int]:
        row = db.execute(
            "SELECT id, (SELECT count(*) FROM votes WHERE participant = id), (SELECT count(*) FROM trials "
            "WHERE participant = id) FROM participants WHERE code = ?",
            (code,),
        ).fetchone()
        if row is None:
            raise VoteError(f"nobody here has the code {code!r}")
        return row

    @contextlib.contextmanager
    def _connect(self) -> Iterator[sqlite3.Connection]:
        """The connection, for one thread at a time; a forked process opens its own."""
        with self._lock:
            try:
                if self._db is None or self._process != os.getpid():
                    self._db = sqlite3.connect(
                        self.path, timeout=WAIT, isolation_level=None, check_same_thread=False
                    )
                    self._process = os.getpid()
                    self._db.execute("PRAGMA foreign_keys = ON")
                    self._db.execute("PRAGMA synchronous = FULL")
                yield self._db
            except sqlite3.OperationalError as error:
                raise StoreError(
                    f"{self.path}: {error}; is it on a local disk where you may write?"
                ) from error
            except sqlite3.DatabaseError as error:
                raise StoreError(
                    f"{self.path}: damaged, or no file of votes ({error}); take the last sound copy, "
                    "or choose another file"
                ) from error

    @contextlib.contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it is on the disk afterwards, or none."""
        with self._connect() as db:
            db.execute(
                "BEGIN IMMEDIATE"
            )  # waits for its turn here, and then sees what the others wrote
            try:
                yield db
                if self._copied:  # from now on it is a store of its own
                    db.execute("UPDATE facts SET value = ? WHERE name = 'file'", (self._file(),))
                db.execute("COMMIT")
            except BaseException:
                db.execute("ROLLBACK")
                raise
        self._copied = False
