"""Vectors of photos on disk: one SQLite file, shared between processes, safe to be killed at.

Filelock is imported where it locks: importing the course must be quick.
"""

from __future__ import annotations

import sqlite3
import warnings
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from filelock import FileLock

AT_ONCE = 500  # keys in one question to the database
# What is wrong with the disk or the folder, not with the file: that stays.
OUTSIDE = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
}


class Store:
    """Keep a table from a photo's key to its vector.

    Each access opens and closes the file under a lock, so that a damaged one is deleted while
    nobody has it open.

    Parameters
    ----------
    file : Path
        In a folder that is there and can be written.
    """

    def __init__(self, file: Path):
        self.file = file

    def read(self, keys: list[bytes]) -> dict[bytes, np.ndarray]:
        """Read the vectors of those keys that are stored.

        Each entry carries a checksum: damaged ones are counted in a warning and left out; a file
        that is no database any more is named in a warning and deleted. One that a full disk or a
        folder for reading only keeps from being read is named, and stays.

        Parameters
        ----------
        keys : list of bytes
            What is wanted.

        Returns
        -------
        dict of bytes to np.ndarray
            A vector, float32 (D,), for each key that was found.
        """
        found, broken = {}, 0
        try:
            with self._open() as database:
                for start in range(0, len(keys), AT_ONCE):
                    some = keys[start : start + AT_ONCE]
                    marks = ",".join("?" * len(some))
                    question = f"SELECT key, vector, crc FROM vectors WHERE key IN ({marks})"
                    for key, vector, crc in database.execute(question, some):
                        if crc == zlib.crc32(key + vector):
                            found[key] = np.frombuffer(vector, np.float32)
                        else:
                            broken += 1
        except OSError as error:
            warnings.warn(f"{self.file}: cannot be read ({error.strerror})", stacklevel=3)
            return {}
        except sqlite3.DatabaseError as error:
            # The low byte is the kind, the others say more.
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in OUTSIDE:
                warnings.warn(f"{self.file}: cannot be read ({error})", stacklevel=3)
                return found
            warnings.warn(f"{self.file}: damaged ({error}); it is made anew", stacklevel=3)
            with self._lock():
                for file in (self.file, Path(f"{self.file}-journal")):
                    file.unlink(missing_ok=True)
            return {}
        if broken:
            warnings.warn(
                f"{self.file}: {broken:,} damaged entries; they are made anew", stacklevel=3
            )
        return found

    def write(self, keys: list[bytes], vectors: np.ndarray) -> None:
        """Store vectors: all of them or, with a warning that says why, none.

        What was stored before stays.

        Parameters
        ----------
        keys : list of bytes
            One a vector.
        vectors : np.ndarray
            What is stored, float32 (N, D).
        """
        data = [np.asarray(vector, np.float32).tobytes() for vector in vectors]
        rows = [
            (key, vector, zlib.crc32(key + vector)) for key, vector in zip(keys, data, strict=True)
        ]
        try:
            with self._open() as database:
                database.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)
        except (OSError, sqlite3.DatabaseError) as error:
            warnings.warn(f"{self.file}: nothing can be stored ({error})", stacklevel=3)

    def _lock(self) -> FileLock:
        from filelock import FileLock

        return FileLock(self.file.with_suffix(".lock"))

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with self._lock(), closing(sqlite3.connect(self.file)) as database, database:
            columns = "key BLOB PRIMARY KEY, vector BLOB, crc INTEGER"
            database.execute(f"CREATE TABLE IF NOT EXISTS vectors ({columns})")
            yield database
