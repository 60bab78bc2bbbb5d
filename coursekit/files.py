"""Where the cache lies, whether the network may be used, files written whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from platformdirs import user_cache_dir

# What a disk may answer that is full, or for reading only, or broken.
_DISK = {
    getattr(errno, name, None)
    for name in ("ENOSPC", "EDQUOT", "EFBIG", "EIO", "EROFS", "EACCES", "EPERM")
}


class FolderError(ValueError):
    """A folder that cannot be written; the message says the way out."""


def location() -> Path:
    """Say where the cache is.

    Returns
    -------
    Path
        ``COURSEKIT_DATA`` if set, else the user's cache folder; it may not exist yet.
    """
    return Path(os.environ.get("COURSEKIT_DATA") or user_cache_dir("coursekit")).expanduser()


def offline() -> bool:
    """Say whether ``COURSEKIT_OFFLINE`` forbids the network.

    Returns
    -------
    bool
        True if it is set to anything but 0.
    """
    return os.environ.get("COURSEKIT_OFFLINE", "") not in ("", "0")


def writable(folder: Path) -> Path:
    """Make a folder if need be, and try whether it can be written.

    Parameters
    ----------
    folder : Path
        The folder.

    Returns
    -------
    Path
        The same folder.

    Raises
    ------
    FolderError
        If it cannot be made or written.
    """
    try:
        there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
        # A folder marked read-only stays so for root too, who in a container could write into it.
        if not there.stat().st_mode & 0o222:
            raise PermissionError(errno.EACCES, "read-only")
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        raise FolderError(
            f"{folder} cannot be written ({error.strerror or error}); "
            "set the environment variable COURSEKIT_DATA to a folder of your own"
        ) from error


def spare(name: str) -> Path | None:
    """Find a folder for what can be made anew.

    Parameters
    ----------
    name : str
        What it is called inside the cache.

    Returns
    -------
    Path or None
        In the cache, or in the user's own where the cache is for reading only; None if neither can
        be written.
    """
    for base in (location(), Path(user_cache_dir("coursekit"))):
        with contextlib.suppress(FolderError):
            return writable(base / name)
    return None


@contextlib.contextmanager
def replacing(path: str | os.PathLike) -> Iterator[Path]:
    """Write a file whole or not at all.

    Parameters
    ----------
    path : str or path-like
        The file to make or replace, in a folder that exists.

    Yields
    ------
    Path
        A hidden name in the same folder, to write to. What stands there when the block ends takes
        the place of ``path`` in one step. If the block raises, ``path`` stays as it was, and
        nothing is left behind.

    Raises
    ------
    OSError
        That names ``path``, if the disk is full or cannot be written.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with replacing(Path(folder, "numbers.txt")) as part:
    ...         _ = part.write_text("1 2 3")
    ...     os.listdir(folder)
    ['numbers.txt']
    """
    path = Path(path)
    # A short name, for the file's own may be as long as the system allows; another for each process
    # and thread that writes the same file.
    part = path.with_name(f".{os.getpid():x}-{threading.get_ident():x}.part")
    try:
        yield part
        os.replace(part, path)
    except OSError as error:
        # A write that fails names no file, and an open the hidden one.
        if error.errno in _DISK and error.filename in (None, str(part)):
            kept = "; what stood there before stays" if path.exists() else ""
            raise OSError(error.errno, f"{error.strerror}{kept}", str(path)) from error
        raise
    finally:
        part.unlink(missing_ok=True)


def write(path: str | os.PathLike, content: str | bytes) -> None:
    """Write a file whole or not at all.

    Parameters
    ----------
    path : str or path-like
        The file to make or replace, in a folder that exists.
    content : str or bytes
        Text is stored as UTF-8, its line ends as they are.
    """
    with replacing(path) as part:
        part.write_bytes(content.encode() if isinstance(content, str) else content)
