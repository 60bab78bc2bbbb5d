"""CIFAR's pickled arrays, read without letting a pickle run code, and written as they are."""

from __future__ import annotations

import hashlib
import pickle
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from coursekit import files

from .archive import ArchiveError, members
from .pack import write_manifest


class _Arrays(pickle.Unpickler):
    """Builds arrays and plain containers; a pickle that asks for anything else is refused."""

    def find_class(self, module: str, name: str) -> Any:
        if module.split(".")[0] == "numpy" and name in ("_reconstruct", "ndarray", "dtype"):
            return super().find_class(module, name)
        raise ArchiveError(f"a pickle wants {module}.{name}; refused, do not use this archive")


def write(source: Path, folder: Path) -> None:
    """Write train.npz and test.npz (``rgb``, ``labels``, ``class_names``) and the manifest.

    Parameters
    ----------
    source : Path
        CIFAR-10's archive for Python.
    folder : Path
        Where to; it exists.

    Raises
    ------
    ArchiveError
        If the source is another archive, or its pickles hold more than arrays.
    """
    parts = {"train": [], "test": []}
    names: list[str] = []
    for member, data in members(source, lambda name: PurePosixPath(name).suffix in ("", ".meta")):
        try:
            content = _Arrays(BytesIO(data), encoding="bytes").load()
        except (pickle.UnpicklingError, EOFError, AttributeError, ImportError, IndexError) as error:
            raise ArchiveError(
                f"{source}: {member}: not what CIFAR's archive has ({error})"
            ) from error
        if b"label_names" in content:
            names = [name.decode() for name in content[b"label_names"]]
        else:
            # A row holds a photo's red, then its green, then its blue plane.
            planes = np.asarray(content[b"data"], np.uint8).reshape(-1, 3, 32, 32)
            split = "test" if PurePosixPath(member).name.startswith("test") else "train"
            parts[split].append((planes.transpose(0, 2, 3, 1), content[b"labels"]))
    if not (names and all(parts.values())):
        raise ArchiveError(
            f"{source}: not CIFAR's Python archive: no names, training or test part in it"
        )
    # First, so that new arrays never stand beside the old manifest.
    (folder / "manifest.csv").unlink(missing_ok=True)
    rows = []
    for split, found in parts.items():
        with files.replacing(folder / f"{split}.npz") as part:
            with open(part, "wb") as out:
                np.savez(
                    out,
                    rgb=np.concatenate([rgb for rgb, _ in found]),
                    labels=np.concatenate([labels for _, labels in found]).astype(np.uint8),
                    class_names=np.array(names),
                )
            with open(part, "rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        rows.append((f"{split}.npz", f"{len(names)} classes", 32, 32, digest, source.name, split))
    write_manifest(folder, rows)
