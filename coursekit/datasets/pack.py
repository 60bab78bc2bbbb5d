"""Photos of an archive or folder -> NAME/NAME.zip of small JPEGs, and manifest.csv."""

import csv
import hashlib
import os
import tempfile
import warnings
import zipfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image

from coursekit import files, photos

from .archive import ArchiveError, is_photo, members
from .deduplicate import fingerprint, sides

QUALITY = 95  # and full-size chroma: in this course the colour is what is learnt
GREY = 2  # mean of max(R, G, B) - min(R, G, B) below which a photo has no colour to learn
COLUMNS = ("file", "class", "width", "height", "sha256", "source", "split")

# Path in the archive -> split (None: by content) and class; None for a file that does not belong to the set.
Place = Callable[[str], tuple[str | None, str] | None]


@dataclass
class _Photo:
    source: str
    split: str | None
    kind: str
    sha256: str  # of the original file
    size: tuple[int, int] = (0, 0)  # width, height
    hash: np.ndarray | None = None
    trouble: str = ""
    start: int = 0  # where the JPEG stands in the spool
    length: int = 0


def pack(
    source: Path, folder: Path, place_of: Place, side: int, keep_grey: bool, progress: bool
) -> None:
    """Write folder/NAME.zip and folder/manifest.csv: photos with their short side at most `side` pixels.

    Photos that cannot be read are left out with one warning that counts and names them. Raises ArchiveError
    for a source that is broken, unsafe or without a usable photo; then nothing is written.
    """
    from tqdm.auto import tqdm

    kept, broken, grey = [], [], 0
    wanted = members(source, lambda name: is_photo(name) and place_of(name) is not None)
    bar = tqdm(desc=f"preparing {folder.name}", unit="photo", delay=1, disable=not progress)
    # The split is known once all photos are; until then they wait in a nameless file, gone however we end.
    with (
        bar,
        tempfile.TemporaryFile(dir=folder) as spool,
        ThreadPoolExecutor(os.cpu_count()) as pool,
    ):
        while batch := [*islice(wanted, 64)]:
            for photo, jpeg in pool.map(
                lambda item: _shrink(*item, *place_of(item[0]), side), batch
            ):
                bar.update()
                if photo.trouble:
                    broken.append(f"{photo.source} ({photo.trouble})")
                elif _is_grey(jpeg) and not keep_grey:
                    grey += 1
                else:
                    photo.start, photo.length = spool.tell(), len(jpeg)
                    spool.write(jpeg)
                    kept.append(photo)
        if not kept:
            found = f"{len(broken)} broken, {grey} grey"
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


def write_manifest(folder: Path, rows: Iterable[tuple]) -> None:
    """Write manifest.csv, all at once."""
    with (
        files.replacing(folder / "manifest.csv") as part,
        open(part, "w", newline="", encoding="utf-8") as file,
    ):
        csv.writer(file).writerows([COLUMNS, *rows])


def _shrink(
    name: str, data: bytes, split: str | None, kind: str, side: int
) -> tuple[_Photo, bytes]:
    photo = _Photo(name, split, kind, hashlib.sha256(data).hexdigest())
    try:
        rgb = photos.read(data)
    except photos.PhotoError as error:
        photo.trouble = error.reason
        return photo, b""
    height, width = rgb.shape[:2]
    if (scale := side / min(height, width)) < 1:
        rgb = photos.resize(rgb, max(side, round(height * scale)), max(side, round(width * scale)))
    photo.size, photo.hash = rgb.shape[1::-1], fingerprint(rgb)
    buffer = BytesIO()
    Image.fromarray(rgb).save(buffer, "JPEG", quality=QUALITY, subsampling=0)
    return photo, buffer.getvalue()


def _is_grey(jpeg: bytes) -> bool:
    with Image.open(BytesIO(jpeg)) as image:
        image.draft("RGB", (32, 32))
        rgb = np.asarray(image.convert("RGB"), int)
    return (rgb.max(-1) - rgb.min(-1)).mean() < GREY


def _write(folder: Path, spool, kept: list[_Photo]) -> None:
    """The zip, then the manifest that vouches for it; the same photos give the same bytes."""
    if any(photo.split is None for photo in kept):
        found = sides([photo.sha256 for photo in kept], np.array([photo.hash for photo in kept]))
        for photo, split in zip(kept, found, strict=True):
            photo.split = split
    rows, used = [], set()
    (folder / "manifest.csv").unlink(missing_ok=True)
    with files.replacing(folder / f"{folder.name}.zip") as part, zipfile.ZipFile(part, "w") as out:
        for photo in sorted(kept, key=lambda p: (p.split, p.kind, p.source)):
            stem, number = f"{photo.split}/{photo.kind}/{PurePosixPath(photo.source).stem}", 1
            file = f"{stem}.jpg"
            while file.lower() in used:  # a.png beside a.jpg
                file = f"{stem}-{(number := number + 1)}.jpg"
            used.add(file.lower())
            spool.seek(photo.start)
            jpeg = spool.read(photo.length)
            out.writestr(zipfile.ZipInfo(file, (1980, 1, 1, 0, 0, 0)), jpeg)
            digest = hashlib.sha256(jpeg).hexdigest()
            rows.append((file, photo.kind, *photo.size, digest, photo.source, photo.split))
    write_manifest(folder, rows)
