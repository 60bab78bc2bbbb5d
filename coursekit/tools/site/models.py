"""The colorizers for the browser: graphs as they ship, weights as plain numbers.

Weights that several colorizers share lie in one file, which a browser fetches once. Those that half
precision holds exactly are stored in it.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np

from coursekit import bins, files
from coursekit.colorizer import shipped

SHARED = "shared"


def write(folder: Path) -> None:
    """Write graphs, weights, and ``models.json``, which says what lies where.

    Parameters
    ----------
    folder : Path
        Made if missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {name: shipped.arrays(name) for name in shipped.NAMES}
    digests = {name: [_digest(each) for each in given] for name, given in arrays.items()}
    everywhere = set.intersection(*map(set, digests.values()))
    parts: dict[str, bytearray] = {}
    placed: dict[str, list] = {}
    described = {}
    for name, given in arrays.items():
        places = []
        for array, digest in zip(given, digests[name], strict=True):
            if digest not in placed:
                file = SHARED if digest in everywhere else name
                stored = _smallest(array)
                part = parts.setdefault(file, bytearray())
                part += bytes(-len(part) % stored.itemsize)
                placed[digest] = [file, len(part), array.size, stored.itemsize]
                part += stored.tobytes()
            places.append(placed[digest])
        about = shipped.facts(name)
        described[name] = {
            "size": about["size"],
            "temperature": about["temperature"],
            "arrays": places,
        }
        files.write(folder / f"{name}.onnx", shipped.graph(name))
    for file, part in parts.items():
        files.write(folder / f"{file}.bin", bytes(part))
    sizes = {file: len(part) for file, part in parts.items()}
    content = {"models": described, "bins": bins.published().tolist(), "bytes": sizes}
    files.write(folder / "models.json", json.dumps(content))


def _digest(array: np.ndarray) -> str:
    return hashlib.sha256(repr(array.shape).encode() + array.tobytes()).hexdigest()


def _smallest(array: np.ndarray) -> np.ndarray:
    """Store in half precision what it holds exactly; little-endian, as browsers are."""
    with np.errstate(over="ignore"):
        half = array.astype("<f2")
    return half if (half.astype(np.float32) == array).all() else array.astype("<f4")
