"""The votes: one SQLite file that many people write at once, and that loses nothing."""

from __future__ import annotations

import contextlib
import csv
import os
import secrets
import sqlite3
import threading
import time
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, TextIO

from filelock import FileLock

from .protocol import Trial, TuringError
from .schema import TABLES, StoreError, faults, prepare

WAIT = 60.0  # seconds for the other writers of a whole class
LETTERS = "BCDFGHJKLMNPQRSTVWXZ23456789"  # no two that look alike, no vowels that make words
# What a vote is, in the order of the export.
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
    "hidden",
    "room",
)


class VoteError(TuringError):
    """A vote or a code that cannot be taken; what was stored before stays as it is."""


class Tally(NamedTuple):
    """How often a participant was fooled, in pairs of one kind and colorizer.

    Attributes
    ----------
    participant : str
        The code.
    kind : {"practice", "test", "vigilance"}
        What the pairs are for.
    colorizer : str
        Name of the colorizer; "random" for vigilance pairs.
    fooled, trials : int
        How many of the votes took the fake for real, and how many there are.
    """

    participant: str
    kind: str
    colorizer: str
    fooled: int
    trials: int


class Store:
    """The votes of a test in one file.

    Any number of processes and threads may have it open at once. A participant is a random code; no
    name, address or time of day is kept. A vote is on the disk when the call that gives it returns,
    so a killed kernel loses none.

    Parameters
    ----------
    path : path-like
        The file, made if missing; it must lie on a local disk. In a folder that can only be read,
        votes can be too.

    Attributes
    ----------
    path : pathlib.Path
        The file.

    Raises
    ------
    StoreError
        If the file is damaged, belongs to another program, was written by a newer coursekit, or
        cannot be made; later, if the disk is full or cannot be written. What was stored before
        stays.

    Warns
    -----
    UserWarning
        If the file is a copy, for votes that the original took later are not in it.
    """

    def __init__(self, path: str | os.PathLike) -> None:
        self.path = Path(path)
        if not self.path.parent.is_dir():
            raise StoreError(f"{path}: no folder {self.path.parent}; make it first")
        # Two connections, so that who reads does not wait for the disk with who writes.
        self._locks = {use: threading.RLock() for use in ("read", "write")}
        self._open: dict[str, tuple[int, sqlite3.Connection]] = {}  # use: process, connection
        self._batch: _Batch | None = None
        if self._readable_only():
            self._check()
            return
        try:
            with FileLock(f"{path}.lock"):  # or two processes would make it at once
                if not self.path.exists() or not self.path.stat().st_size:
                    self._make()
                self._check()
        except OSError as error:
            raise StoreError(
                f"{path}: cannot be made or opened ({error.strerror}); "
                "choose a folder on a local disk where you may write"
            ) from error

    def begin(
        self, experiment: str, trials: Sequence[Trial], seed: int, sides: Sequence[str] = ()
    ) -> str:
        """Add a participant with a plan, and with votes that were given on paper.

        Parameters
        ----------
        experiment : str
            The id of the pictures.
        trials : sequence of Trial
            The plan.
        seed : int
            Of the plan.
        sides : sequence of str, optional
            The votes on all trials, if they are already given.

        Returns
        -------
        str
            The new participant's code.

        Raises
        ------
        StoreError
            If the votes in the file belong to another experiment.
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
                "INSERT INTO votes VALUES (?, ?, ?, NULL, NULL, NULL)",
                [
                    (participant, trial.number, side)
                    for trial, side in zip(trials, sides, strict=False)
                ],
            )
        return code

    def resume(self, experiment: str, code: str) -> tuple[str, list[Trial]]:
        """Find a participant who comes back.

        Parameters
        ----------
        experiment : str
            The id of the pictures.
        code : str
            The participant's code; capitals, spaces and hyphens do not matter.

        Returns
        -------
        code : str
            The code as it is stored.
        trials : list of Trial
            The plan.

        Raises
        ------
        VoteError
            If nobody here has the code.
        StoreError
            If the votes in the file belong to another experiment.
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
                    f"nobody here has the code {code!r}; "
                    "look for a typing error, or begin without a code"
                )
            if self._fact(db, "experiment") != experiment:
                raise StoreError(
                    f"{self.path}: holds the votes of another experiment; open its own pictures"
                )
        return plain, [Trial(*row) for row in rows]

    def check(self, experiment: str) -> None:
        """Refuse another experiment than the one that the votes belong to.

        Parameters
        ----------
        experiment : str
            The id of the pictures.

        Raises
        ------
        StoreError
            If the votes in the file belong to another experiment.
        """
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
        hidden: bool | None = None,
    ) -> None:
        """Store one vote; pairs are voted on in their order, each once.

        Parameters
        ----------
        code : str
            The participant's code, as it is stored.
        number : int
            The pair, from 1.
        side : {"left", "right"}
            The side taken for the fake.
        seconds : float or None
            From the moment the pair was shown to the vote; None if it was not measured.
        exposure : float, optional
            Seconds for which the pair was really shown, if they were measured.
        hidden : bool, optional
            Whether the page was out of sight between the showing and the vote, if that is known.

        Raises
        ------
        VoteError
            If nobody has the code, or another pair is next. Nothing has changed then.
        """
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
                "INSERT INTO votes VALUES (?, ?, ?, ?, ?, ?)",
                (participant, number, side, seconds, exposure, hidden),
            )

    def voted(self, code: str) -> int:
        """Count the pairs that a participant has voted on.

        Parameters
        ----------
        code : str
            The participant's code, as it is stored.

        Returns
        -------
        int
            Votes of any kind.

        Raises
        ------
        VoteError
            If nobody has the code.
        """
        with self._connect() as db:
            return self._progress(db, code)[1]

    def participants(self) -> list[dict]:
        """List who began.

        Returns
        -------
        list of dict
            For each participant, in order, "participant" (the code), the numbers of pairs "voted"
            and in "total", the "seed" of the plan.
        """
        with self._connect() as db:
            rows = db.execute(
                "SELECT code, (SELECT count(*) FROM votes WHERE participant = id), "
                "(SELECT count(*) FROM trials WHERE participant = id), seed "
                "FROM participants ORDER BY id"
            ).fetchall()
        return [
            dict(zip(("participant", "voted", "total", "seed"), row, strict=True)) for row in rows
        ]

    def votes(self) -> list[dict]:
        """List all votes, by participant and number.

        Returns
        -------
        list of dict
            Ready for ``pandas.DataFrame``. Each has "participant", "number", "kind", "colorizer",
            "photo"; "real", the side of the true colours; "side", the one taken for the fake;
            "fooled", whether these are one; "seconds" it took, seconds of "exposure", and "hidden",
            whether the page was out of sight meanwhile, or None where that was not measured. In a
            study of `merge`, also "room".
        """
        with self._connect() as db:
            rows = db.execute(
                "SELECT code, number, kind, colorizer, photo, real, side, real = side, seconds, "
                "exposure, hidden, room FROM votes JOIN trials USING (participant, number) "
                "JOIN participants ON participant = id ORDER BY id, number"
            ).fetchall()
        # While a test is taken it is in one room, which has no name.
        columns = COLUMNS if any(row[-1] for row in rows) else COLUMNS[:-1]
        return [
            {
                **dict(zip(columns, row, strict=False)),
                "fooled": bool(row[7]),
                "hidden": None if row[10] is None else bool(row[10]),
            }
            for row in rows
        ]

    def tally(self) -> list[Tally]:
        """Count the votes without listing them: what a page needs while a class is at it.

        Returns
        -------
        list of Tally
            By participant, in order, then by kind and colorizer.
        """
        with self._connect() as db:
            # The sum before the join with codes: the database walks each table once.
            rows = db.execute(
                "SELECT code, kind, colorizer, fooled, trials FROM (SELECT participant, kind, "
                "colorizer, sum(real = side) AS fooled, count(*) AS trials FROM votes JOIN trials "
                "USING (participant, number) GROUP BY participant, kind, colorizer) "
                "JOIN participants ON participant = id ORDER BY id, kind, colorizer"
            ).fetchall()
        return [Tally(*row) for row in rows]

    def fact(self, name: str) -> str | None:
        """Read what is noted about the test as a whole.

        Parameters
        ----------
        name : str
            Of the fact.

        Returns
        -------
        str or None
            The fact; None if it was never noted.
        """
        with self._connect() as db:
            return self._fact(db, name)

    def note(self, name: str, value: str, replace: bool = True) -> str:
        """Note a fact about the test as a whole, for all who have the file open.

        Parameters
        ----------
        name : str
            Of the fact.
        value : str
            The fact.
        replace : bool, optional
            Whether it takes the place of one that is there.

        Returns
        -------
        str
            The fact as it stands now.
        """
        how = "REPLACE" if replace else "IGNORE"
        with self._write() as db:
            db.execute(f"INSERT OR {how} INTO facts VALUES (?, ?)", (name, value))
            return self._fact(db, name)

    def export(self, stream: TextIO) -> None:
        """Write all votes as CSV; the room is empty where it has no name.

        Parameters
        ----------
        stream : text stream
            Where to write them, opened with ``newline=""``.
        """
        writer = csv.DictWriter(stream, COLUMNS)
        writer.writeheader()
        # 0 and 1, as every program reads them.
        writer.writerows(
            {name: int(value) if isinstance(value, bool) else value for name, value in vote.items()}
            for vote in self.votes()
        )

    def close(self) -> None:
        """Let go of the file, so that it can be copied or moved.

        Whatever is called next opens it again.
        """
        with self._locks["read"], self._locks["write"]:
            for process, db in self._open.values():
                if process == os.getpid():
                    db.close()
            self._open = {}

    def _readable_only(self) -> bool:
        """Say whether votes are there, in a folder that cannot be written."""
        there = self.path.is_file() and self.path.stat().st_size > 0
        return there and not os.access(self.path.parent, os.W_OK)

    def _make(self) -> None:
        """Write an empty file of votes, or leave none."""
        try:
            with self._connect() as db:
                db.executescript(f"BEGIN; {TABLES} COMMIT;")
                # Readers and a writer do not wait for each other, and a killed writer spoils
                # nothing.
                db.execute("PRAGMA journal_mode = WAL")
                db.execute("INSERT INTO facts VALUES ('file', ?)", (self._file(),))
        except StoreError:
            self.close()
            if self.path.is_file():
                for suffix in ("", "-wal", "-shm", "-journal"):
                    Path(f"{self.path}{suffix}").unlink(missing_ok=True)
            raise

    def _check(self) -> None:
        """Refuse a file that is damaged or not ours, and warn if it is a copy."""
        with self._connect() as db:
            prepare(db, self.path)
            self._copied = self._fact(db, "file") != self._file()
        if self._copied:
            warnings.warn(
                f"{self.path}: a copy; votes that went to the original later, or were still in its "
                "-wal file, are not here. What is written here from now on stays here.",
                stacklevel=3,
            )

    def _file(self) -> str:
        """Return what a file keeps when it is renamed, and a copy of it does not have."""
        return str(self.path.stat().st_ino)

    @staticmethod
    def _fact(db: sqlite3.Connection, name: str) -> str | None:
        row = db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return row and row[0]

    @staticmethod
    def _progress(db: sqlite3.Connection, code: str) -> tuple[int, int, int]:
        """Return a participant's id, how many pairs they have voted on, and of how many."""
        row = db.execute(
            "SELECT id, (SELECT count(*) FROM votes WHERE participant = id), "
            "(SELECT count(*) FROM trials WHERE participant = id) FROM participants WHERE code = ?",
            (code,),
        ).fetchone()
        if row is None:
            raise VoteError(f"nobody here has the code {code!r}")
        return row

    @contextlib.contextmanager
    def _connect(self, use: str = "read") -> Iterator[sqlite3.Connection]:
        """Give a connection to one thread at a time; a forked process opens its own."""
        with self._locks[use], faults(self.path):
            process, db = self._open.get(use, (None, None))
            if process != os.getpid():
                db = sqlite3.connect(
                    self._address(),
                    timeout=WAIT,
                    isolation_level=None,
                    check_same_thread=False,
                    uri=True,
                )
                self._open[use] = os.getpid(), db
                db.execute("PRAGMA foreign_keys = ON")
                # Each commit waits for the disk; in WAL mode SQLite would not by default.
                db.execute("PRAGMA synchronous = FULL")
            yield db

    def _address(self) -> str:
        """Name the file for SQLite."""
        address = self.path.absolute().as_uri()
        if not self._readable_only():
            return address
        log = Path(f"{self.path}-wal")
        if log.is_file() and log.stat().st_size:
            raise StoreError(
                f"{self.path}: in a folder that cannot be written, and its last votes are still in "
                f"{log.name}; copy both files into a folder of your own, and open them there"
            )
        # Else SQLite would want to make files beside it even to read.
        return f"{address}?mode=ro&immutable=1"

    @contextlib.contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        """Write all of it or nothing; it is on the disk afterwards.

        Threads that come while another waits for the disk write into one transaction and wait for
        the disk once, together: a class votes faster than a disk confirms.
        """
        batch = None
        try:
            with self._connect("write") as db:
                if self._batch is None:
                    # Waits for its turn here, and then sees what other processes wrote.
                    db.execute("BEGIN IMMEDIATE")
                    self._batch = _Batch()
                batch = self._batch
                db.execute("SAVEPOINT one")
                try:
                    yield db
                    if self._copied:  # from now on it is a store of its own
                        db.execute(
                            "UPDATE facts SET value = ? WHERE name = 'file'", (self._file(),)
                        )
                    db.execute("RELEASE one")
                except BaseException as error:
                    self._undo(db, batch, error)
                    raise
            # Here those who waited for the connection write, too, before one of them commits. A
            # lock is not fair: without a pause this thread would mostly take it again at once.
        finally:
            if batch is not None:
                time.sleep(0)
                with self._connect("write") as db:
                    self._commit(db, batch)
        self._copied = False

    def _undo(self, db: sqlite3.Connection, batch: _Batch, error: BaseException) -> None:
        """Take back what one thread wrote; what the others of the batch wrote stays."""
        if db.in_transaction:
            db.execute("ROLLBACK TO one")
            db.execute("RELEASE one")
        else:
            # On a full disk SQLite rolls everything back by itself: the batch has failed, and its
            # other threads are to hear of the same cause.
            batch.over, batch.error, self._batch = True, error, None

    def _commit(self, db: sqlite3.Connection, batch: _Batch) -> None:
        """End a batch, unless another thread has; all of it fails together."""
        if not batch.over:
            batch.over, self._batch = True, None
            try:
                db.execute("COMMIT")
            except BaseException as error:
                batch.error = error
                # SQLite may have rolled back already; a second error would hide the first.
                with contextlib.suppress(sqlite3.Error):
                    db.execute("ROLLBACK")
                if db.in_transaction:
                    self.close()
        if batch.error is not None:
            raise batch.error


class _Batch:
    """What several threads write in one transaction."""

    over = False
    error: BaseException | None = None
