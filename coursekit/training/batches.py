"""Training: one seed, batches with augmentation, progress one can read, and runs that survive being killed."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import keras
import numpy as np

from coursekit import color, files


def seed_everything(seed: int) -> None:
    """Seed Python, NumPy and the backend. The same seed on the same machine prints the same numbers."""
    keras.utils.set_random_seed(seed)


def augment(
    planes,
    rng: np.random.Generator,
    flip: bool = True,
    rotate: float = 20.0,
    zoom: float = 0.2,
    shear: float = 10.0,
    border: str = "reflect",
) -> np.ndarray:
    """Move photos, each in its own way, so that no input repeats; a photo's planes move together, L and ab alike.

    Parameters: ``planes`` float32 (H, W, C) or (N, H, W, C), L and ab side by side; ``rng``; ``flip`` left–right for
    half of the photos; ``rotate`` and ``shear`` up to that many degrees either way; ``zoom`` up to that share in or
    out; ``border``, what fills the corners that come from outside: "reflect", or, to see what they do to colours
    (lesson 02), "nearest" or "constant", which is 0.
    Returns: float32, as many planes of the same size, interpolated linearly. Raises: KeyError for another border.
    """
    photos = planes.reshape(-1, *planes.shape[-3:])
    chance = rng.random((len(photos), 3 + flip))
    angle, slant = np.deg2rad((2 * chance[:, :2] - 1) * [rotate, shear]).T
    cos, sin, tan = np.cos(angle), np.sin(angle), np.tan(slant)
    matrix = np.array([[cos, cos * tan - sin], [sin, sin * tan + cos]]) / (
        1 + (2 * chance[:, 2] - 1) * zoom
    )
    if flip:
        matrix[:, 1, chance[:, 3] < 0.5] *= -1
    moved = np.empty_like(photos)
    # A few at a time: what is between stays in the processor's cache, and below the 128 kB from which memory is taken
    # from the system anew each time, which took four times as long inside fit.
    few = max(1, 2**13 // photos[0, ..., 0].size)
    for at in range(0, len(photos), few):
        moved[at : at + few] = _sample(
            photos[at : at + few], matrix[..., at : at + few, None, None], border
        )
    return moved.reshape(planes.shape)


def _sample(photos: np.ndarray, matrix: np.ndarray, border: str) -> np.ndarray:
    """Each pixel from where its photo's matrix, (2, 2, N, 1, 1), says, about the photo's centre.

    The numbers are those of `scipy.ndimage.affine_transform`, which finds the places anew for every channel.
    """
    count, height, width, channels = photos.shape
    y, x = np.ogrid[:height, :width]
    places = [
        np.arange(count)[:, None, None] * (height * width)
    ]  # in one plane of all photos; split below into four
    shares, outside = [], []
    for (down, right), size, stride in zip(matrix, (height, width), (width, 1), strict=True):
        at = (down * (y - (height - 1) / 2) + (size - 1) / 2) + right * (x - (width - 1) / 2)
        if border == "constant":
            outside.append((at < 0) | (at > size - 1))
        low = np.floor(at)
        shares.append(at - low)
        first, last = int(low.min()), int(low.max()) + 1
        inside = np.pad(
            np.arange(size), (max(0, -first), max(0, last + 1 - size)), _BORDERS[border]
        )
        inside = inside[max(0, first) :] * stride
        low = (low - first).astype(np.intp)
        places = [place + each.take(low) for place in places for each in (inside, inside[1:])]
    v, u = shares
    above, left = 1 - v, 1 - u
    weights, moved = (above * left, above * u, v * left, v * u), np.empty_like(photos)
    for channel in range(channels):
        plane = photos[..., channel].astype(np.float64).ravel()
        total = plane.take(places[0]) * weights[0]
        for place, weight in zip(places[1:], weights[1:], strict=True):
            total += plane.take(place) * weight
        moved[..., channel] = total
    if outside:
        moved[np.logical_or(*outside)] = 0
    return moved


# Border → how NumPy's pad calls what is beyond a row's or column's end.
_BORDERS = {"reflect": "symmetric", "nearest": "edge", "constant": "edge"}


class Batches(keras.utils.PyDataset):
    """Shuffled, optionally augmented batches of (L, ab) for ``model.fit``, or of ((L, embedding), ab).

    What a batch holds depends on ``seed``, the epoch and its number only, so that a resumed run sees the same photos.

    Parameters: ``L`` float32 (N, H, W, 1) and ``ab`` float32 (N, H, W, 2), scaled as the network wants them; or, so
    that memory holds no more than a batch of floats, ``L`` uint8 RGB (N, H, W, 3), which may lie on disk
    (``datasets.load(…, on_disk=True)``), and ``ab`` a function of ab in CIELAB units, such as `color.scale_ab`, or None
    to leave it plain; ``batch_size``; ``augmentation``, keyword arguments for `augment` ({} for its defaults), None
    for none; ``seed``; ``embedding`` (N, D), for a network that takes one beside L: a photo keeps its own, however it
    is moved.
    Raises: ValueError if L, ab and embedding differ in number or size, or there is no photo.
    """

    def __init__(
        self,
        L,
        ab=None,
        batch_size: int = 16,
        augmentation: dict | None = None,
        seed: int = 0,
        embedding=None,
    ):
        super().__init__()
        self._rgb = L.dtype == np.uint8 and L.shape[3:] == (3,)
        shape = L.shape if self._rgb else np.shape(ab)
        if len(L) == 0 or L.shape[:3] != shape[:3]:
            raise ValueError(f"L {L.shape} and ab {shape} must hold the same photos, at least one")
        if embedding is not None and len(embedding) != len(L):
            raise ValueError(
                f"embedding {embedding.shape} must have one vector for each of the {len(L)} photos"
            )
        self.L, self.ab, self.embedding = L, ab, embedding
        self.batch_size, self.augmentation, self.seed = batch_size, augmentation, seed
        self.epoch, self._order = 0, (None, None)

    def __len__(self) -> int:
        return -(-len(self.L) // self.batch_size)

    def __getitem__(self, index: int) -> tuple:
        epoch, order = self._order
        if (
            epoch != self.epoch
        ):  # once an epoch: once a batch, cost would grow with the square of their number
            order = np.random.default_rng([self.seed, self.epoch]).permutation(len(self.L))
            self._order = self.epoch, order
        chosen = order[index * self.batch_size : (index + 1) * self.batch_size]
        if self._rgb:
            L, ab = color.split(self.L[chosen])
            L, ab = color.scale_L(L), self.ab(ab) if self.ab else ab
        else:
            L, ab = self.L[chosen], self.ab[chosen]
        if self.augmentation is not None:
            rng = np.random.default_rng([self.seed, self.epoch, index])
            planes = augment(np.concatenate([L, ab], axis=-1), rng, **self.augmentation)
            L, ab = planes[..., :1], planes[..., 1:]
        return (L if self.embedding is None else (L, self.embedding[chosen])), ab

    def on_epoch_end(self) -> None:
        self.epoch += 1


class Run(keras.callbacks.Callback):
    """Makes ``fit`` resumable: killed at any moment, the next call goes on after the last finished epoch.

    Use it as ``run = Run(folder, model, batches)``, then
    ``model.fit(batches, initial_epoch=run.epoch, epochs=…, callbacks=[run])``. A resumed run ends with the very weights
    of an uninterrupted one. Compile the model first.

    Parameters: ``folder``, made if missing; ``model``, compiled; weights, optimizer state and history are loaded
    into it if the folder holds an earlier run; ``batches``, if it is a `Batches`, goes on at the right epoch.
    Attributes: ``epoch``, how many epochs are done; ``history``, a list of values for each metric, all epochs.
    Raises: ValueError if the folder holds a run of another network or optimizer.
    """

    def __init__(
        self, folder: str | os.PathLike, model: keras.Model, batches: Batches | None = None
    ):
        super().__init__()
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.epoch, self.history = 0, {}
        self._record = self.folder / "run.json"
        if self._record.exists():
            self._restore(model)
        if batches is not None:
            batches.epoch = self.epoch

    def _restore(self, model: keras.Model) -> None:
        record = json.loads(self._record.read_text())
        if record["network"] != _fingerprint(model):
            raise ValueError(
                f"{self.folder} holds a run of another network or optimizer; "
                "choose another folder, or delete this one to start again"
            )
        model.load_weights(self.folder / record["weights"])
        for variable, state in zip(_seed_states(model), record["seeds"], strict=True):
            variable.assign(state)
        self.epoch, self.history = record["epoch"], record["history"]

    def on_epoch_begin(self, epoch, logs=None):
        # Python's generator, with which fit shuffles the order of batches, and a backend's own are not saved.
        seed_everything(epoch)

    def on_epoch_end(self, epoch, logs=None):
        self.epoch = epoch + 1
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(float(value))
        weights = self.folder / f"epoch-{self.epoch:05d}.weights.h5"
        self.model.save_weights(weights, overwrite=True)
        seeds = [
            keras.ops.convert_to_numpy(variable).tolist() for variable in _seed_states(self.model)
        ]
        # The record names the weights and is replaced in one step: until then the last epoch's pair stands.
        files.write(
            self._record,
            json.dumps(
                {
                    "network": _fingerprint(self.model),
                    "epoch": self.epoch,
                    "weights": weights.name,
                    "history": self.history,
                    "seeds": seeds,
                }
            ),
        )
        for old in self.folder.glob("epoch-*.weights.h5"):
            if old != weights:
                old.unlink()


def _fingerprint(model: keras.Model) -> str:
    """What must agree before a checkpoint may be loaded: the shapes of weights and of the optimizer's state."""
    model.optimizer.build(model.trainable_variables)
    parts = {"network": model.weights, type(model.optimizer).__name__: model.optimizer.variables}
    return json.dumps(
        {name: [list(v.shape) for v in variables] for name, variables in parts.items()}
    )


def _seed_states(model: keras.Model) -> list:
    """The random states of dropout and the like, which Keras does not store with the weights."""
    weights = {id(variable) for variable in model.weights}
    return [variable for variable in model.non_trainable_variables if id(variable) not in weights]


class Seconds(keras.callbacks.Callback):
    """Notes in the logs how long each epoch took, so that a card can say it of an interrupted run too."""

    def on_epoch_begin(self, epoch, logs=None):
        self._started = time.monotonic()

    def on_epoch_end(self, epoch, logs=None):
        logs["seconds"] = time.monotonic() - self._started


class Progress(keras.callbacks.Callback):
    """One line that says how far training is: rewritten in place in a notebook, about ten lines in a log.

    The line that stays has no timings in it, so that a notebook executed twice holds the same output.

    Parameters: ``label``, what is being trained.
    """

    def __init__(self, label: str = "training"):
        super().__init__()
        self.label = label

    def on_train_begin(self, logs=None):
        from IPython import get_ipython

        self._started, self._first, self._line, self._handle = time.monotonic(), None, "", None
        if get_ipython() is not None:
            from IPython.display import display

            self._handle = display(_text(f"{self.label}: starting"), display_id=True)

    def on_epoch_end(self, epoch, logs=None):
        total = self.params["epochs"]
        self._first = epoch if self._first is None else self._first
        left = (time.monotonic() - self._started) / (epoch - self._first + 1) * (total - epoch - 1)
        done = round(20 * (epoch + 1) / total)
        values = " · ".join(f"{name} {value:.4f}" for name, value in (logs or {}).items())
        self._line = f"{self.label}: epoch {epoch + 1}/{total} · {values}"
        if self._handle is not None:
            self._handle.update(
                _text(f"{self._line}\n{'█' * done}{'░' * (20 - done)} about {left:.0f} s left")
            )
        elif (epoch + 1) % max(1, total // 10) == 0 or epoch + 1 == total:
            print(f"{self._line} · about {left:.0f} s left", flush=True)

    def on_train_end(self, logs=None):
        if self._handle is not None:
            self._handle.update(_text(self._line or f"{self.label}: nothing left to train"))


def _text(line: str):
    from IPython.display import Pretty

    return Pretty(line)
