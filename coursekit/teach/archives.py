"""Zips of submissions: what a platform exports, what a student packs, one inside the other."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

DEEPEST = 4  # zips in zips
LARGEST = 2_000_000_000  # bytes of all that is in one zip, its zips included


class Member(NamedTuple):
    """A file of a zip.

    Attributes
    ----------
    path : Path
        The zip's own, and behind it the place in it.
    content : bytes
        At most as much as was asked for, and a byte that tells that there is more.
    problem : str or None
        Why it cannot be read, and the way out.
    """

    path: Path
    content: bytes
    problem: str | None


def is_zip(path: Path, content: bytes) -> bool:
    """Tell a zip from documents that are zips inside, such as a .docx.

    Parameters
    ----------
    path : Path
        Of the file.
    content : bytes
        Its beginning.

    Returns
    -------
    bool
        True also for a zip that somebody named ``.ipynb``.
    """
    return content.startswith((b"PK\x03\x04", b"PK\x05\x06")) and path.suffix.lower() in (
        ".zip",
        ".ipynb",
        "",
    )


def members(path: Path, content: bytes, most: int) -> Iterator[Member]:
    """Read what is in a zip, to the bottom.

    Parameters
    ----------
    path : Path
        Of the zip.
    content : bytes
        Of the zip.
    most : int
        Bytes to read of a file.

    Yields
    ------
    Member
        Each file, or a zip that cannot be opened.
    """
    yield from _members(path, content, most, DEEPEST, [LARGEST])


def _members(
    path: Path, content: bytes, most: int, deeper: int, left: list[int]
) -> Iterator[Member]:
    """Read a zip; ``left`` holds the bytes that all of them together may still have."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        yield Member(
            path, b"", f"a damaged zip ({error}), most often an incomplete download: ask again"
        )
        return
    for member in archive.infolist():
        place = PurePosixPath(_name(member).replace("\\", "/"))
        # A name may try to leave the folder; it only names, for nothing is unpacked.
        inside = path.joinpath(*(part for part in place.parts if part not in ("/", "..")))
        if member.is_dir():
            continue
        try:
            with archive.open(member) as file:
                # What a zip says of sizes may be a lie, so what comes is counted.
                found = file.read(min(most + 1, left[0] + 1))
        except (RuntimeError, NotImplementedError) as error:
            why = "behind a password" if "encrypted" in str(error) else f"packed oddly ({error})"
            yield Member(inside, b"", f"{why}; unpack it into a folder of the student's name")
            continue
        except Exception as error:
            # zlib, lzma and zipfile have errors of their own.
            yield Member(inside, b"", f"damaged inside its zip ({error}); ask for it again")
            continue
        left[0] -= len(found)
        if left[0] < 0:
            yield Member(
                path, b"", f"over {LARGEST / 1e9:g} GB when unpacked; unpack what you need by hand"
            )
            return
        if is_zip(inside, found) and len(found) <= most:
            if deeper:
                yield from _members(inside, found, most, deeper - 1, left)
            else:
                yield Member(inside, b"", f"more than {DEEPEST} zips in zips; unpack it by hand")
        else:
            yield Member(inside, found, None)


def _name(member: zipfile.ZipInfo) -> str:
    """Read a name that is UTF-8 although the zip does not say so, as macOS writes them."""
    if member.flag_bits & 0x800:
        return member.filename
    try:
        return member.filename.encode("cp437").decode()
    except (UnicodeEncodeError, UnicodeDecodeError):
        return member.filename
