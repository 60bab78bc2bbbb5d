"""The pictures of a test: real and fake of each photo, told apart by nothing but their colours."""

from __future__ import annotations

import hashlib
import io
import json
import os
import zlib
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
from PIL import Image
from skimage import transform

from coursekit import color, files
from coursekit import photos as _photos

from .protocol import RANDOM, REAL, Protocol, Trial, TuringError, plan

FORMAT = "coursekit turing experiment 1"


class Experiment:
    """The pictures of a test, in a folder that can be copied and shared; `build` makes one.

    Parameters
    ----------
    folder : path-like
        The folder.

    Attributes
    ----------
    folder : pathlib.Path
        The folder.
    protocol : Protocol
        The rules of the test.
    photos : tuple of str
        Names of the photos.
    colorizers : tuple of str
        Names of the colorizers.
    id : str
        A hash of everything in the folder, which votes are bound to.

    Raises
    ------
    TuringError
        If the folder holds no experiment, a damaged one, or one of another version.
    """

    def __init__(self, folder: str | os.PathLike):
        self.folder = Path(folder)
        try:
            text = (self.folder / "experiment.json").read_bytes()
            record = json.loads(text)
            if record["format"] != FORMAT:
                raise TuringError(
                    f"{folder}: written as {record['format']!r}, this coursekit reads {FORMAT!r}; "
                    "use the coursekit that wrote it, or build it anew"
                )
            self.protocol = Protocol(**record["protocol"])
            self._files = record["pictures"]
            self.photos, self.colorizers = tuple(self._files), tuple(record["colorizers"])
        except FileNotFoundError:
            raise TuringError(
                f"{folder}: no experiment.json in it; coursekit.turing.build makes one"
            ) from None
        except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
            raise TuringError(
                f"{folder}: experiment.json is damaged ({error}); build it anew"
            ) from error
        self.id = _hash(text)

    def pair(self, trial: Trial) -> tuple[bytes, bytes]:
        """Read the two pictures of a trial.

        Parameters
        ----------
        trial : Trial
            The trial.

        Returns
        -------
        left : bytes
            What stands on the left, a PNG file.
        right : bytes
            What stands on the right, a PNG file of as many bytes.

        Raises
        ------
        TuringError
            If a picture is missing or damaged.
        """
        real, fake = self._png(trial.photo, REAL), self._png(trial.photo, trial.colorizer)
        return (real, fake) if trial.real == "left" else (fake, real)

    def picture(self, photo: str, kind: str) -> np.ndarray:
        """Read a picture.

        Parameters
        ----------
        photo : str
            Name of the photo.
        kind : str
            "real", "random", or the name of a colorizer.

        Returns
        -------
        ndarray
            The picture, uint8 (size, size, 3).

        Raises
        ------
        KeyError
            If there is no such picture.
        TuringError
            If it is missing or damaged.
        """
        return np.array(Image.open(io.BytesIO(self._png(photo, kind))))

    def _png(self, photo: str, kind: str) -> bytes:
        if kind not in self._files.get(photo, {}):
            raise KeyError(f"no picture {kind!r} of {photo!r} in {self.folder}")
        name = self._files[photo][kind]
        path = self.folder / "pictures" / f"{name}.png"
        try:
            png = path.read_bytes()
        except FileNotFoundError:
            png = b""
        if _hash(png) != name:
            raise TuringError(
                f"{path}: {'damaged' if png else 'missing'}; "
                "copy the folder again, or build it anew"
            )
        return png


def build(
    folder: str | os.PathLike,
    photos: Mapping[str, np.ndarray],
    colorizers: Mapping[str, object],
    protocol: Protocol | None = None,
) -> Experiment:
    """Make the pictures of a test and store them in a folder.

    Every photo is cut to a square and resized once. A fake is made from that square, and real and
    fake then go the same way: their ab on the photo's own L, 8 bits, PNG without compression and
    metadata. So they agree in L, in size and in the number of bytes.

    Parameters
    ----------
    folder : path-like
        Where to store them; made if missing.
    photos : mapping of str to ndarray
        For each name a photo, uint8 (H, W, 3), not smaller than the protocol's size.
    colorizers : mapping of str to object
        For each name anything with ``colorize(rgb) -> rgb``, or a folder with a ready fake of each
        photo, named like it, of its size.
    protocol : Protocol, optional
        The rules of the test; by default those of the paper.

    Returns
    -------
    Experiment
        What the folder holds. The same pictures in the same folder again change nothing.

    Raises
    ------
    TuringError
        For no colorizers, too few photos, photos that are too small or grey, fakes that are missing
        or of another size, and for a folder that holds another experiment.
    """
    protocol, folder = protocol or Protocol(), Path(folder)
    _check(photos, colorizers, protocol)
    pictures: dict[str, dict[str, str]] = {}
    (folder / "pictures").mkdir(parents=True, exist_ok=True)
    for name, rgb in photos.items():
        square = _photos.center_crop(rgb, protocol.size)
        L, ab = color.split(square)
        ways = {REAL: ab, RANDOM: _random(name, protocol.size)}
        for colorizer, made_by in colorizers.items():
            ways[colorizer] = color.split(_fake(name, rgb, square, colorizer, made_by))[1]
        pictures[name] = {way: _store(folder, _encode(L, its_ab)) for way, its_ab in ways.items()}
    record = {
        "format": FORMAT,
        "protocol": asdict(protocol),
        "colorizers": list(colorizers),
        "pictures": pictures,
    }
    text = json.dumps(record, ensure_ascii=False, indent=1).encode()
    index = folder / "experiment.json"
    if index.exists() and index.read_bytes() != text:
        raise TuringError(
            f"{folder}: holds another experiment, and votes may belong to it; choose another folder"
        )
    files.write(index, text)
    return Experiment(folder)


def _check(
    photos: Mapping[str, np.ndarray], colorizers: Mapping[str, object], protocol: Protocol
) -> None:
    """Refuse what makes no test, before anything is written."""
    for name in colorizers:
        if name in (REAL, RANDOM) or not name:
            raise TuringError(f"a colorizer cannot be called {name!r}; choose another name")
    plan(list(photos), list(colorizers), protocol, seed=0)  # refuses too few
    for name, rgb in photos.items():
        height, width = rgb.shape[:2]
        if min(height, width) < protocol.size:
            raise TuringError(
                f"photo {name}: {width} × {height} pixels, the test shows {protocol.size}; "
                "enlarged photos look unreal: leave it out, or make a Protocol with a smaller size"
            )
        if color.is_grey(rgb):
            raise TuringError(
                f"photo {name}: grey, so there is no true colour to find; leave it out"
            )


def _random(photo: str, size: int) -> np.ndarray:
    """Vivid ab (size, size, 2) by lot, in soft patches that care for nothing in the photo."""
    # The seed is the photo's name, so that building the same test again makes the same pictures.
    hue = np.random.default_rng(zlib.crc32(photo.encode())).uniform(0, 2 * np.pi, (4, 4))
    return transform.resize(
        60 * np.stack([np.cos(hue), np.sin(hue)], axis=-1), (size, size), order=1
    )


def _fake(
    photo: str, whole: np.ndarray, square: np.ndarray, colorizer: str, made_by: object
) -> np.ndarray:
    """Colour the square, or cut it out of a ready fake; uint8 of the same shape."""
    if isinstance(made_by, (str, os.PathLike)):
        found = [path for path in _photos.find(made_by) if path.stem == photo]
        if len(found) != 1:
            raise TuringError(
                f"{made_by}: {len(found)} files called {photo}.*; it needs one for each photo"
            )
        ready = _photos.read(found[0])
        if ready.shape != whole.shape:
            raise TuringError(
                f"{found[0]}: {ready.shape[1]} × {ready.shape[0]} pixels, the photo has "
                f"{whole.shape[1]} × {whole.shape[0]}; colour the photo itself"
            )
        return _photos.center_crop(ready, len(square))
    fake = made_by.colorize(square)
    if getattr(fake, "shape", None) != square.shape or fake.dtype != np.uint8:
        raise TuringError(
            f"colorizer {colorizer}: gave {getattr(fake, 'dtype', type(fake).__name__)} "
            f"{getattr(fake, 'shape', '')} for photo {photo}, not uint8 {square.shape}"
        )
    return fake


def _encode(L: np.ndarray, ab: np.ndarray) -> bytes:
    """Write L and ab as a PNG; compressed, the number of bytes would tell real from fake."""
    # Clipping channels would change L, by which one could tell the fake: what lies outside sRGB
    # moves towards its grey instead.
    rgb = color.join(L, ab)
    stream = io.BytesIO()
    Image.fromarray(rgb).save(stream, format="PNG", compress_level=0)
    return stream.getvalue()


def _store(folder: Path, png: bytes) -> str:
    """Write a picture under its hash, which tells nothing about it, and shows if it is damaged."""
    name = _hash(png)
    files.write(folder / "pictures" / f"{name}.png", png)
    return name


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:20]
