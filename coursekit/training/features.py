"""Features of photos, computed once: a frozen encoder need not see them again every epoch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import keras
import numpy as np

from coursekit import color, device, files, progress

from .augmentation import vary
from .film import expose

AT_ONCE = 32  # photos that the encoder sees at once: with more, its maps fill the memory
_STILL = {"rotate": 0, "zoom": 0, "shear": 0}


@dataclass(frozen=True)
class View:
    """Say how photos are shown to an encoder.

    Attributes
    ----------
    crop : float
        The smallest share of a photo's area that is shown, 0…1.
    film : float
        The share of photos that are shown as an old film would have them.
    seed : int
        Of the parts, the mirroring and the films.
    """

    crop: float = 1.0
    film: float = 0.0
    seed: int = 0

    def show(self, rgb: np.ndarray, first: int, size: int) -> np.ndarray:
        """Cut, mirror and age photos. Chance depends on a photo's number, not on its neighbours.

        Parameters
        ----------
        rgb : ndarray of uint8, shape (N, H, W, 3)
            Photos.
        first : int
            The first one's number.
        size : int
            Side of what is shown, in pixels.

        Returns
        -------
        ndarray of float32, shape (N, size, size, 3)
            L, 0…100, then ab in CIELAB units.
        """
        shown = []
        for number, photo in enumerate(rgb, start=first):
            rng = np.random.default_rng([self.seed, number])
            L, ab = color.split(photo)
            L = expose(photo, rng) if rng.random() < self.film else L
            planes = np.concatenate([L, ab], axis=-1)[None]
            shown.append(vary(planes, rng, crop=self.crop, size=size, **_STILL)[0])
        return np.stack(shown)


class Features:
    """Hold what an encoder makes of photos, beside their colours.

    Parameters
    ----------
    encoder : keras.Model
        From L scaled to −1…1, (N, size, size, 1), to a list of features.
    rgb : ndarray of uint8, shape (N, H, W, 3)
        Photos.
    size : int, optional
        Side of what the encoder sees, in pixels; by default that of the photos.
    view : View, optional
        How photos are shown; by default whole, as they are.
    folder : Path, optional
        Keep the arrays there, and go on where an earlier call was killed; by default they are kept
        in memory.
    label : str
        What the line that says how far it is calls them.

    Attributes
    ----------
    levels : list of ndarray of float16, shape (N, h, w, C)
        One for each output of the encoder.
    ab : ndarray of float16, shape (N, size, size, 2)
        The truth, in CIELAB units.

    Raises
    ------
    ValueError
        For photos that are no such squares, or a folder that holds features of others.
    """

    def __init__(
        self,
        encoder: keras.Model,
        rgb: np.ndarray,
        size: int | None = None,
        view: View | None = None,
        folder: Path | None = None,
        label: str = "features",
    ):
        size = size or rgb.shape[1]
        if view is None and rgb.shape[1:] != (size, size, 3):
            raise ValueError(f"photos must be (N, {size}, {size}, 3), got {rgb.shape}; resize them")
        outputs = encoder.compute_output_shape((len(rgb), size, size, 1))
        *self.levels, self.ab = _arrays(folder, [*outputs, (len(rgb), size, size, 2)])
        record = folder and _Record(folder / "features.json", rgb, size, view)
        done = record.done if record else 0
        if done == len(rgb):
            return
        starts = range(done, len(rgb), AT_ONCE)
        line = progress.Line(len(starts), f"{label}: {done:,} of {len(rgb):,} photos")
        for number, at in enumerate(starts, start=1):
            some = slice(at, min(at + AT_ONCE, len(rgb)))
            if view is None:
                L, ab = color.split(rgb[some])
            else:
                planes = view.show(rgb[some], at, size)
                L, ab = planes[..., :1], planes[..., 1:]
            for level, output in zip(
                self.levels, encoder.predict_on_batch(color.scale_L(L)), strict=True
            ):
                level[some] = output
            self.ab[some] = ab
            if record:
                record.write(some.stop)
            line.step(number, f"{label}: {some.stop:,} of {len(rgb):,} photos")
        line.end(f"{label}: {len(rgb):,} photos")

    def __len__(self) -> int:
        """Count the photos."""
        return len(self.ab)


class FeatureBatches(keras.utils.PyDataset):
    """Draw shuffled batches of features and ab, each batch in one of several views.

    What a batch holds depends on the seed, the epoch and its number only.

    Parameters
    ----------
    views : sequence of Features
        Of the same photos.
    batch_size : int
        Photos in a batch; the last ones of an epoch, too few for another, wait for the next epoch.
    answers : sequence of str, optional
        The outputs of a decoder that gives a dict; each is compared with the same ab.
    seed : int
        Of the order and of the views.

    Attributes
    ----------
    epoch : int
        The epoch whose batches are drawn; Keras counts it up.

    Raises
    ------
    ValueError
        If there is no view, they differ in number, or a batch holds none or more than all photos.
    """

    def __init__(
        self,
        views: Sequence[Features],
        batch_size: int = 32,
        answers: Sequence[str] | None = None,
        seed: int = 0,
    ):
        super().__init__()
        device.check_batch_size(batch_size)
        if len({len(view) for view in views}) != 1 or batch_size > len(views[0]):
            raise ValueError(
                f"views of {[len(view) for view in views]} photos: the same at least {batch_size} "
                "in each are needed"
            )
        self.views, self.batch_size, self.answers = views, batch_size, answers
        self.seed, self.epoch, self._order = seed, 0, (None, None)

    def __len__(self) -> int:
        """Count the batches of an epoch."""
        return len(self.views[0]) // self.batch_size

    def __getitem__(self, index: int) -> tuple[tuple[np.ndarray, ...], np.ndarray | Mapping]:
        """Draw a batch, by its number in the epoch."""
        epoch, order = self._order
        if epoch != self.epoch:
            order = np.random.default_rng([self.seed, self.epoch]).permutation(len(self.views[0]))
            self._order = self.epoch, order
        rng = np.random.default_rng([self.seed, self.epoch, index])
        view = self.views[rng.integers(len(self.views))]
        # Sorted, because they may be read from a disk.
        chosen = np.sort(order[index * self.batch_size : (index + 1) * self.batch_size])
        levels = tuple(level[chosen].astype(np.float32) for level in view.levels)
        ab = view.ab[chosen].astype(np.float32)
        return levels, ab if self.answers is None else dict.fromkeys(self.answers, ab)

    def on_epoch_end(self) -> None:
        """Go on to the next epoch's batches; Keras calls it."""
        self.epoch += 1


class _Record:
    """Remember of which photos a folder holds features, and how many are done."""

    def __init__(self, file: Path, rgb: np.ndarray, size: int, view: View | None):
        sample = hashlib.sha256(np.ascontiguousarray(rgb[:: max(1, len(rgb) // 100)])).hexdigest()
        self._what = {
            "photos": len(rgb),
            "sample": sample,
            "size": size,
            "view": view and asdict(view),
        }
        self._file, self.done = file, 0
        if file.exists():
            found = json.loads(file.read_text())
            self.done = found.pop("done")
            if found != self._what:
                raise ValueError(
                    f"{file.parent} holds features of other photos, or another view of them; "
                    "choose another folder, or delete this one"
                )

    def write(self, done: int) -> None:
        """Note that so many photos are done."""
        files.write(self._file, json.dumps({**self._what, "done": done}))


def _arrays(folder: Path | None, shapes: Sequence[tuple]) -> list[np.ndarray]:
    """Make arrays of these shapes, in memory or in a folder, where they may be already."""
    if folder is None:
        return [np.empty(shape, np.float16) for shape in shapes]
    folder.mkdir(parents=True, exist_ok=True)
    arrays = []
    for number, shape in enumerate(shapes):
        file = folder / f"{number}.npy"
        if file.exists():
            arrays.append(np.load(file, mmap_mode="r+"))
        else:
            arrays.append(np.lib.format.open_memmap(file, "w+", np.float16, shape))
    return arrays
