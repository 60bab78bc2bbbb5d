"""Reading the cache: a zip of JPEGs, two files of arrays, or files beside a manifest."""

import csv
import hashlib
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np

SPLITS = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "test": "val",
    "testing": "val",
    "eval": "val",
}
_DAMAGE = (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile, zlib.error)


class Damaged(Exception):
    """A file of the cache is not what was once written; `file` is its path."""

    def __init__(self, file: Path, reason: object):
        super().__init__(f"{file}: damaged ({reason})")
        self.file = file


def complete(folder: Path) -> bool:
    """True if the folder holds a prepared set. The manifest is written last, so it vouches for the rest."""
    packed = (folder / f"{folder.name}.zip").is_file()
    arrays = all((folder / file).is_file() for file in ("train.npz", "test.npz"))
    files = any(path.is_dir() for path in folder.iterdir())
    return (folder / "manifest.csv").is_file() and (packed or arrays or files)


def open_cache(folder: Path):
    """The reader for a prepared folder.

    Readers have `entries`, a list of (split, class, key); `read(keys)`; and `content`, which tells one
    content from another without reading it all ("" if that cannot be done).
    """
    if (folder / f"{folder.name}.zip").is_file():
        return ZipCache(folder / f"{folder.name}.zip")
    return ArrayCache(folder) if (folder / "train.npz").is_file() else FileCache(folder)


class ZipCache:
    """`<split>/<class>/<file>.jpg`, or `<split>/<file>.jpg` where there are no classes."""

    def __init__(self, path: Path):
        self.path = path
        try:
            with zipfile.ZipFile(path) as archive:
                parts = [
                    (name.split("/"), name) for name in archive.namelist() if not name.endswith("/")
                ]
                self.content = _sums(archive)
        except _DAMAGE as error:
            raise Damaged(path, error) from error
        self.entries = [
            (SPLITS.get(p[0], p[0]), p[1] if len(p) > 2 else "photo", name) for p, name in parts
        ]

    def read(self, keys: list[str]) -> Iterator[bytes]:
        try:
            with zipfile.ZipFile(self.path) as archive:
                yield from map(archive.read, keys)  # zipfile checks the CRC of each
        except _DAMAGE as error:
            raise Damaged(self.path, error) from error


class FileCache:
    """Photo files in folders; the manifest says which class and split they are."""

    content = ""

    def __init__(self, folder: Path):
        self.folder, rows = folder, read_manifest(folder)
        self.sums = {row["file"]: row["sha256"] for row in rows}
        self.entries = [
            (SPLITS.get(row["split"], row["split"]), row["class"], row["file"]) for row in rows
        ]

    def read(self, keys: list[str]) -> Iterator[bytes]:
        for key in keys:
            try:
                data = (self.folder / key).read_bytes()
                if hashlib.sha256(data).hexdigest() != self.sums[key]:
                    raise ValueError("its SHA-256 is not the manifest's")
            except _DAMAGE as error:
                raise Damaged(self.folder / key, error) from error
            yield data


class ArrayCache:
    """train.npz and test.npz: `rgb` uint8 (N, 32, 32, 3), or `jpeg` bytes back to back and `offsets`."""

    def __init__(self, folder: Path):
        self.folder, self.entries, self.content = folder, [], ""
        for split, file in (("train", "train.npz"), ("val", "test.npz")):
            with _Arrays(self.folder / file) as arrays:
                names = [str(name) for name in arrays["class_names"]]
                self.content += _sums(arrays.npz.zip)
                self.entries += [
                    (split, names[n], (file, i)) for i, n in enumerate(arrays["labels"])
                ]

    def read(self, keys: list[tuple[str, int]]) -> Iterator[bytes | np.ndarray]:
        for file in dict.fromkeys(file for file, _ in keys):  # one split at a time, so one file
            wanted = [index for name, index in keys if name == file]
            with _Arrays(self.folder / file) as arrays:
                if "rgb" in arrays:
                    yield from arrays["rgb"][wanted]
                else:
                    data, offsets = arrays["jpeg"], arrays["offsets"]
                    yield from (data[offsets[i] : offsets[i + 1]].tobytes() for i in wanted)


class _Arrays:
    """An npz file whose faults come out as Damaged."""

    def __init__(self, path: Path):
        self.path = path

    def __enter__(self):
        try:
            self.npz = np.load(self.path, allow_pickle=False)
        except _DAMAGE as error:
            raise Damaged(self.path, error) from error
        return self

    def __contains__(self, key: str) -> bool:
        return key in self.npz

    def __getitem__(self, key: str) -> np.ndarray:
        try:
            return self.npz[key]
        except _DAMAGE as error:
            raise Damaged(self.path, error) from error

    def __exit__(self, *_):
        self.npz.close()


def _sums(archive: zipfile.ZipFile) -> str:
    """A digest of the CRCs in a zip's table of contents."""
    table = [(info.filename, info.file_size, info.CRC) for info in archive.infolist()]
    return hashlib.sha256(repr(table).encode()).hexdigest()


def read_manifest(folder: Path) -> list[dict[str, str]]:
    """Rows of manifest.csv: file, class, width, height, sha256, source, split."""
    try:
        with open(folder / "manifest.csv", newline="", encoding="utf-8") as file:
            rows = [*csv.DictReader(file)]
            if not rows or not {"file", "class", "sha256", "split"} <= rows[0].keys():
                raise ValueError("no rows, or columns missing")
            return rows
    except _DAMAGE as error:
        raise Damaged(folder / "manifest.csv", error) from error


def faults(folder: Path) -> list[str]:
    """What in a prepared folder differs from its manifest, one line each; empty if nothing does."""
    try:
        rows = [row for row in read_manifest(folder) if row["split"] in SPLITS]  # others are notes
        path, found = folder / f"{folder.name}.zip", []
        archive = zipfile.ZipFile(path) if path.is_file() else None
        for row in rows:
            try:
                data = archive.read(row["file"]) if archive else (folder / row["file"]).read_bytes()
            except _DAMAGE as error:
                found.append(f"{row['file']}: {error}")
            else:
                if hashlib.sha256(data).hexdigest() != row["sha256"]:
                    found.append(f"{row['file']}: its SHA-256 is not the manifest's")
        if archive and (extra := set(archive.namelist()) - {row["file"] for row in rows}):
            found.append(f"{path}: {len(extra)} files that the manifest does not name")
        return found
    except (Damaged, *_DAMAGE) as error:
        return [str(error)]


def to_rgb(item: bytes | np.ndarray) -> np.ndarray:
    """One item of a reader as uint8 RGB (H, W, 3)."""
    from PIL import Image

    from coursekit import photos

    if isinstance(item, np.ndarray):
        return item
    # Ours are plain JPEGs whose CRC was checked; photos.read's care with foreign files costs half the time.
    with Image.open(BytesIO(item), formats=("JPEG",)) as image:
        return np.asarray(image) if image.mode == "RGB" else photos.read(item)
