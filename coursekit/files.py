"""Where the cache lies, whether the network may be used, and the error of this room."""

import errno
import os
import tempfile
from pathlib import Path

from platformdirs import user_cache_dir


class DatasetError(ValueError):
    """A data set, split, class or file that cannot be had; the message says the way out."""


def location() -> Path:
    """Folder of the cache: `COURSEKIT_DATA` if set, else the user's cache folder (it may not exist yet)."""
    return Path(os.environ.get("COURSEKIT_DATA") or user_cache_dir("coursekit")).expanduser()


def offline() -> bool:
    """True if `COURSEKIT_OFFLINE` forbids the network."""
    return os.environ.get("COURSEKIT_OFFLINE", "") not in ("", "0")


def writable(folder: Path) -> Path:
    """The folder, made if need be, after a test file was written into it; DatasetError if that fails."""
    try:
        there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
        if not there.stat().st_mode & 0o222:  # marked read-only; root, as in a container, keeps to that too
            raise PermissionError(errno.EACCES, "read-only")
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        raise DatasetError(
            f"{folder} cannot be written ({error.strerror or error}); "
            "set the environment variable COURSEKIT_DATA to a folder of your own"
        ) from error


def spare(name: str) -> Path | None:
    """Folder for what can be made anew: in the cache, in the user's own if that one is for reading only, or None."""
    for base in (location(), Path(user_cache_dir("coursekit"))):
        try:
            return writable(base / name)
        except DatasetError:
            pass
    return None
