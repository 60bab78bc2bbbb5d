"""Frames of the sliders that need no kernel: a file each, its pictures one below the other."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
from PIL import Image

from coursekit import color, datasets, files, photos
from coursekit.colorizer import LightColorizer, shipped

LIGHTNESS = [*range(2, 100, 2)]
TEMPERATURES = (1.0, 0.8, 0.6, 0.5, 0.38, 0.3, 0.2, 0.15, 0.1, 0.06, 0.03, 0.0)
PIXELS = 281  # side of a slice
REACH = 110  # CIELAB units from its middle to its edge
PHOTO, WIDTH = "broadway_saratoga_1905.jpg", 480
MODEL = "vivid"


def write(folder: Path) -> None:
    """Draw the frames, and ``frames.json``, which says what each shows.

    Parameters
    ----------
    folder : Path
        Made if missing. What is there is not drawn again, unless the colorizer is another.
    """
    said, model = folder / "frames.json", json.dumps(shipped.facts(MODEL))
    digest = hashlib.sha256(model.encode()).hexdigest()
    if said.is_file() and json.loads(said.read_text(encoding="utf-8")).get("model") == digest:
        return
    folder.mkdir(parents=True, exist_ok=True)
    slices = [gamut(L) for L in LIGHTNESS]
    coloured = annealed()
    _store(np.concatenate(slices), folder / "gamut.webp", lossless=True)
    _store(np.concatenate(coloured), folder / "temperature.webp", quality=78)
    about = {
        "model": digest,
        "gamut": {"frames": LIGHTNESS, "width": PIXELS, "height": PIXELS},
        "temperature": {
            "frames": TEMPERATURES,
            "width": coloured[0].shape[1],
            "height": coloured[0].shape[0],
        },
    }
    files.write(said, json.dumps(about))


def gamut(L: float) -> np.ndarray:
    """Draw the colours that sRGB has at one lightness.

    Parameters
    ----------
    L : float
        Lightness, 0…100.

    Returns
    -------
    np.ndarray
        Uint8 (281, 281, 3): a from left to right, b from bottom to top, −110…110; light grey where
        there is no such colour.
    """
    axis = np.linspace(-REACH, REACH, PIXELS, dtype=np.float32)
    ab = np.stack(np.meshgrid(axis, axis[::-1]), axis=-1)
    picture = color.join(np.full((PIXELS, PIXELS, 1), L, np.float32), ab)
    picture[~color.gamut_slice(L, axis, axis[::-1])] = 236
    picture[PIXELS // 2, ::4] = picture[::4, PIXELS // 2] = 128  # the axes, dotted
    return picture


def annealed() -> list[np.ndarray]:
    """Colour one old photograph at each of `TEMPERATURES`; 0 stands for the mode.

    Returns
    -------
    list of np.ndarray
        Uint8 (H, 480, 3).
    """
    folder = Path(datasets.__file__).parent / "old_photographs"
    photo = photos.read(folder / PHOTO)
    photo = photos.resize(photo, round(len(photo) * WIDTH / photo.shape[1]), WIDTH)
    painter = LightColorizer(MODEL)
    # So near the limit that no bin beside the likeliest has a say.
    return [painter.with_temperature(T or 1e-4).colorize(photo) for T in TEMPERATURES]


def _store(picture: np.ndarray, file: Path, **options: object) -> None:
    with files.replacing(file) as part:
        Image.fromarray(picture).save(part, "WEBP", **options)
