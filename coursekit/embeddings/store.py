"""Vectors of photos on disk: one SQLite file, safe to share between processes and to be killed at any moment."""

from __future__ import annotations

import sqlite3
import warnings
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np

AT_ONCE = 500  # keys in one question to the database


class Store:
    """A table from a photo's key to its vector.

    Each access opens and closes the file under a lock, so that a damaged one is deleted while nobody has it open.

    Parameters: ``file``, in a folder that is there and can be written.
    """

    def __init__(self, file: Path):
        self.file = file

    def read(self, keys: list[bytes]) -> dict[bytes, np.ndarray]:
        """The vectors, float32 (D,), of those keys that are stored.

        Each entry carries a checksum: damaged ones are counted in a warning and left out; a file that is no database
        any more is named in a warning and deleted.
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
        except sqlite3.DatabaseError as error:
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
        """Store vectors (N, D): all of them or, with a warning, none (a full disk, say)."""
        data = [np.asarray(vector, np.float32).tobytes() for vector in vectors]
        rows = [
            (key, vector, zlib.crc32(key + vector)) for key, vector in zip(keys, data, strict=True)
        ]
        try:
            with self._open() as database:
                database.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)
        except sqlite3.DatabaseError as error:
            warnings.warn(f"{self.file}: nothing can be stored ({error})", stacklevel=3)

    def _lock(self):
        from filelock import FileLock

        return FileLock(self.file.with_suffix(".lock"))

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with self._lock(), closing(sqlite3.connect(self.file)) as database, database:
            database.execute(
                "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB, crc INTEGER)"
            )
            yield database
