"""Training: one seed, batches with augmentation, progress one can read, and runs that survive being killed."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import keras
import numpy as np
from scipy import ndimage


def seed_everything(seed: int) -> None:
    """Seed Python, NumPy and the backend. The same seed on the same machine prints the same numbers."""
    keras.utils.set_random_seed(seed)


def augment(planes, rng: np.random.Generator, flip: bool = True, rotate: float = 20.0, zoom: float = 0.2,
            shear: float = 10.0, border: str = "reflect") -> np.ndarray:
    """Move a photo's planes together, so that no input repeats and every colour stays on its pixel.

    Parameters: ``planes`` float32 (H, W, C), L and ab side by side; ``rng``; ``flip`` left–right for half of the
    photos; ``rotate`` and ``shear`` up to that many degrees either way; ``zoom`` up to that share in or out;
    ``border``, what fills the corners that come from outside: "reflect", or, to see what they do to colours
    (lesson 02), another mode of `scipy.ndimage`.
    Returns: float32 (H, W, C), interpolated linearly.
    """
    height, width, channels = planes.shape
    angle, slant = np.deg2rad([rng.uniform(-rotate, rotate), rng.uniform(-shear, shear)])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = turn @ np.array([[1, np.tan(slant)], [0, 1]]) / rng.uniform(1 - zoom, 1 + zoom)
    if flip and rng.random() < 0.5:
        matrix = matrix @ np.diag([1, -1])
    centre = np.array([height - 1, width - 1]) / 2
    moved = np.empty_like(planes)
    for channel in range(channels):
        ndimage.affine_transform(planes[..., channel], matrix, centre - matrix @ centre, order=1, mode=border,
                                 output=moved[..., channel])
    return moved


class Batches(keras.utils.PyDataset):
    """Shuffled, optionally augmented batches of (L, ab) for ``model.fit``, or of ((L, embedding), ab).

    What a batch holds depends on ``seed``, the epoch and its number only, so that a resumed run sees the same photos.

    Parameters: ``L`` float32 (N, H, W, 1) and ``ab`` float32 (N, H, W, 2), scaled as the network wants them;
    ``batch_size``; ``augmentation``, keyword arguments for `augment` ({} for its defaults), None for none; ``seed``;
    ``embedding`` (N, D), for a network that takes one beside L: a photo keeps its own, however it is moved.
    Raises: ValueError if L, ab and embedding differ in number or size, or there is no photo.
    """

    def __init__(self, L, ab, batch_size: int = 16, augmentation: dict | None = None, seed: int = 0, embedding=None):
        super().__init__()
        if len(L) == 0 or L.shape[:3] != ab.shape[:3]:
            raise ValueError(f"L {L.shape} and ab {ab.shape} must hold the same photos, at least one")
        if embedding is not None and len(embedding) != len(L):
            raise ValueError(f"embedding {embedding.shape} must have one vector for each of the {len(L)} photos")
        self.L, self.ab, self.embedding = L, ab, embedding
        self.batch_size, self.augmentation, self.seed = batch_size, augmentation, seed
        self.epoch = 0

    def __len__(self) -> int:
        return -(-len(self.L) // self.batch_size)

    def __getitem__(self, index: int) -> tuple:
        order = np.random.default_rng([self.seed, self.epoch]).permutation(len(self.L))
        chosen = order[index * self.batch_size:(index + 1) * self.batch_size]
        L, ab = self.L[chosen], self.ab[chosen]
        if self.augmentation is not None:
            rng = np.random.default_rng([self.seed, self.epoch, index])
            planes = np.concatenate([L, ab], axis=-1)
            planes = np.stack([augment(photo, rng, **self.augmentation) for photo in planes])
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

    def __init__(self, folder: str | os.PathLike, model: keras.Model, batches: Batches | None = None):
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
            raise ValueError(f"{self.folder} holds a run of another network or optimizer; "
                             "choose another folder, or delete this one to start again")
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
        seeds = [keras.ops.convert_to_numpy(variable).tolist() for variable in _seed_states(self.model)]
        # The record names the weights and is replaced in one step: until then the last epoch's pair stands.
        scratch = self._record.with_suffix(".tmp")
        scratch.write_text(json.dumps({"network": _fingerprint(self.model), "epoch": self.epoch,
                                       "weights": weights.name, "history": self.history, "seeds": seeds}))
        os.replace(scratch, self._record)
        for old in self.folder.glob("epoch-*.weights.h5"):
            if old != weights:
                old.unlink()


def _fingerprint(model: keras.Model) -> str:
    """What must agree before a checkpoint may be loaded: the shapes of weights and of the optimizer's state."""
    model.optimizer.build(model.trainable_variables)
    parts = {"network": model.weights, type(model.optimizer).__name__: model.optimizer.variables}
    return json.dumps({name: [list(v.shape) for v in variables] for name, variables in parts.items()})


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
            self._handle.update(_text(f"{self._line}\n{'█' * done}{'░' * (20 - done)} about {left:.0f} s left"))
        elif (epoch + 1) % max(1, total // 10) == 0 or epoch + 1 == total:
            print(f"{self._line} · about {left:.0f} s left", flush=True)

    def on_train_end(self, logs=None):
        if self._handle is not None:
            self._handle.update(_text(self._line or f"{self.label}: nothing left to train"))


def _text(line: str):
    from IPython.display import Pretty

    return Pretty(line)
