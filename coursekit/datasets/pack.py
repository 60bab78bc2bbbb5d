"""Photos of an archive or folder -> NAME/NAME.zip of small JPEGs, and manifest.csv."""

from __future__ import annotations

import csv
import hashlib
import os
import tempfile
import warnings
import zipfile
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NamedTuple

import numpy as np
from PIL import Image
from tqdm.auto import tqdm

from coursekit import files, photos

from .archive import ArchiveError, is_photo, members
from .deduplicate import fingerprint, splits

QUALITY = 95  # and full-size chroma: in this course the colour is what is learnt
GREY = 2  # mean of max(R, G, B) - min(R, G, B) below which a photo has no colour to learn
COLUMNS = ("file", "class", "width", "height", "sha256", "source", "split")


class Layout(NamedTuple):
    """What belongs to a data set, and as what.

    Attributes
    ----------
    sort : callable
        From a path in the archive to split ("" to split by content) and class; None for a file that
        does not belong.
    size : int
        Short side in the cache, pixels; smaller photos stay as they are.
    keep_grey : bool
        Whether photos without colour belong.
    toned : mapping of str to str
        Of a class whose photos are grey, the class of those that are toned after all.
    """

    sort: Callable[[str], tuple[str, str] | None]
    size: int
    keep_grey: bool
    toned: Mapping[str, str]


@dataclass
class Photo:
    """One photo on its way into the cache.

    Attributes
    ----------
    source : str
        Its path in the archive or folder.
    split, kind : str
        Where it belongs.
    sha256 : str
        Of the original file.
    size : tuple of int
        Width and height in the cache, pixels.
    hash : np.ndarray or None
        Its `fingerprint`.
    grey : bool
        Whether it has no colour.
    trouble : str
        Why it cannot be read.
    start, length : int
        Where its JPEG stands in the spool.
    """

    source: str
    split: str
    kind: str
    sha256: str
    size: tuple[int, int] = (0, 0)
    hash: np.ndarray | None = None
    grey: bool = False
    trouble: str = ""
    start: int = 0
    length: int = 0


def pack(source: Path, folder: Path, layout: Layout, progress: bool) -> list[Photo]:
    """Write folder/NAME.zip and folder/manifest.csv, NAME being that of the folder.

    Photos that cannot be read are left out with one warning that counts and names them.

    Parameters
    ----------
    source : Path
        Archive or folder of photos.
    folder : Path
        Where to; it exists.
    layout : Layout
        What belongs to the set, and as what.
    progress : bool
        Whether to show a bar, and print how many photos are without colour.

    Returns
    -------
    list of Photo
        Those that are in it.

    Raises
    ------
    ArchiveError
        If the source is broken, unsafe or without a usable photo; then nothing is written.
    """
    kept, broken, grey = [], [], 0
    wanted = members(source, lambda name: is_photo(name) and layout.sort(name) is not None)
    bar = tqdm(desc=f"preparing {folder.name}", unit="photo", delay=1, disable=not progress)
    # The split is known once all photos are; until then they wait in a nameless file, gone however
    # we end.
    with (
        bar,
        tempfile.TemporaryFile(dir=folder) as spool,
        ThreadPoolExecutor(os.cpu_count()) as pool,
    ):
        # In batches, for map would read the whole archive ahead of the threads.
        while batch := [*islice(wanted, 64)]:
            for photo, jpeg in pool.map(lambda item: _shrink(*item, layout), batch):
                bar.update()
                if photo.trouble:
                    broken.append(f"{photo.source} ({photo.trouble})")
                elif not jpeg:
                    grey += 1
                else:
                    photo.start, photo.length = spool.tell(), len(jpeg)
                    spool.write(jpeg)
                    kept.append(photo)
        if not kept:
            found = "; ".join([f"{len(broken)} broken, {grey} grey", *broken[:3]])
            raise ArchiveError(
                f"{source}: no photos that can be used ({found}); is it the right file?"
            )
        _write(folder, spool, kept)
    if broken:
        some = "; ".join(broken[:3]) + ("; …" if len(broken) > 3 else "")
        text = f"{source}: left out {len(broken):,} that cannot be read: {some}"
        warnings.warn(text, stacklevel=2)
    if progress and grey:
        print(f"{folder.name}: {len(kept):,} photos kept, {grey:,} without colour left out")
    return kept


def write_manifest(folder: Path, rows: Iterable[tuple]) -> None:
    """Write manifest.csv, whole or not at all.

    Parameters
    ----------
    folder : Path
        Where to.
    rows : iterable of tuple
        One a file, as ``COLUMNS`` names them.
    """
    with (
        files.replacing(folder / "manifest.csv") as part,
        open(part, "w", newline="", encoding="utf-8") as file,
    ):
        csv.writer(file).writerows([COLUMNS, *rows])


def _shrink(name: str, data: bytes | OSError, layout: Layout) -> tuple[Photo, bytes]:
    """Make one photo small; no bytes if it cannot be read, or is grey and such do not belong."""
    if isinstance(data, OSError):
        return Photo(name, *layout.sort(name), "", trouble=data.strerror), b""
    photo = Photo(name, *layout.sort(name), hashlib.sha256(data).hexdigest())
    try:
        rgb = photos.read(data)
    except photos.PhotoError as error:
        photo.trouble = error.reason
        return photo, b""
    height, width = rgb.shape[:2]
    if (scale := layout.size / min(height, width)) < 1:
        size = (max(layout.size, round(length * scale)) for length in (height, width))
        rgb = photos.resize(rgb, *size)
    photo.size, photo.hash = rgb.shape[1::-1], fingerprint(rgb)
    buffer = BytesIO()
    Image.fromarray(rgb).save(buffer, "JPEG", quality=QUALITY, subsampling=0)
    jpeg = buffer.getvalue()
    photo.grey = _is_grey(jpeg)
    if not photo.grey:
        photo.kind = layout.toned.get(photo.kind, photo.kind)
    elif not layout.keep_grey:
        return photo, b""
    return photo, jpeg


def _is_grey(jpeg: bytes) -> bool:
    with Image.open(BytesIO(jpeg)) as image:
        # Decoded at an eighth of its size or more: quick, and noise is no colour.
        image.draft("RGB", (32, 32))
        rgb = np.asarray(image.convert("RGB"), int)
    return (rgb.max(-1) - rgb.min(-1)).mean() < GREY


def _write(folder: Path, spool: BinaryIO, kept: list[Photo]) -> None:
    """Write the zip, then the manifest that vouches for it; same photos give same bytes."""
    if not all(photo.split for photo in kept):
        found = splits([photo.sha256 for photo in kept], np.array([photo.hash for photo in kept]))
        for photo, split in zip(kept, found, strict=True):
            photo.split = split
    rows, used = [], set()
    # First, so that the new zip never stands beside the old manifest.
    (folder / "manifest.csv").unlink(missing_ok=True)
    with files.replacing(folder / f"{folder.name}.zip") as part, zipfile.ZipFile(part, "w") as out:
        for photo in sorted(kept, key=lambda p: (p.split, p.kind, p.source)):
            stem, number = f"{photo.split}/{photo.kind}/{PurePosixPath(photo.source).stem}", 1
            file = f"{stem}.jpg"
            # a.png beside a.jpg
            while file.lower() in used:
                file = f"{stem}-{(number := number + 1)}.jpg"
            used.add(file.lower())
            spool.seek(photo.start)
            jpeg = spool.read(photo.length)
            # ZipInfo with a fixed date: stored, and the same bytes whenever it is written.
            out.writestr(zipfile.ZipInfo(file, (1980, 1, 1, 0, 0, 0)), jpeg)
            digest = hashlib.sha256(jpeg).hexdigest()
            rows.append((file, photo.kind, *photo.size, digest, photo.source, photo.split))
    write_manifest(folder, rows)
