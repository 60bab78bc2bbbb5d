"""CIFAR's pickled arrays, read without letting a pickle run code, and written as they are."""

import hashlib
import pickle
from io import BytesIO
from pathlib import Path, PurePosixPath

import numpy as np

from coursekit import files

from .archive import ArchiveError, members
from .pack import write_manifest


class _Arrays(pickle.Unpickler):
    """Builds arrays and plain containers; a pickle that asks for anything else is refused."""

    def find_class(self, module: str, name: str):
        if module.split(".")[0] == "numpy" and name in ("_reconstruct", "ndarray", "dtype"):
            return super().find_class(module, name)
        raise ArchiveError(f"a pickle wants {module}.{name}; refused, do not use this archive")


def write(source: Path, folder: Path) -> None:
    """Write train.npz and test.npz (`rgb`, `labels`, `class_names`) and the manifest from CIFAR's archive."""
    parts = {"train": [], "test": []}
    names: list[str] = []
    for member, data in members(source, lambda name: PurePosixPath(name).suffix in ("", ".meta")):
        file = PurePosixPath(member).name
        try:
            content = _Arrays(BytesIO(data), encoding="bytes").load()
        except (pickle.UnpicklingError, EOFError, AttributeError, ImportError, IndexError) as error:
            raise ArchiveError(
                f"{source}: {member}: not what CIFAR's archive has ({error})"
            ) from error
        labels = content.get(b"labels", content.get(b"fine_labels"))
        if labels is None:
            names = [
                n.decode()
                for n in content.get(b"label_names", content.get(b"fine_label_names", []))
            ]
        else:
            rgb = (
                np.asarray(content[b"data"], np.uint8).reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
            )
            parts["test" if file.startswith("test") else "train"].append((rgb, labels))
    if not (names and all(parts.values())):
        raise ArchiveError(
            f"{source}: not CIFAR's Python archive: no names, training or test part in it"
        )
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
