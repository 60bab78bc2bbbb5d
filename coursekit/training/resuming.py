"""Trainings that survive being killed: they go on after the last finished epoch."""

from __future__ import annotations

import json
import os
from pathlib import Path

import keras

from coursekit import files

from .batches import Batches
from .seed import seed_everything


class Run(keras.callbacks.Callback):
    """Make ``fit`` resumable: killed at any moment, it goes on after the last finished epoch.

    Use it as ``run = Run(folder, model, batches)``, then
    ``model.fit(batches, initial_epoch=run.epoch, epochs=…, callbacks=[run])``. A resumed run ends
    with the very weights of an uninterrupted one.

    Parameters
    ----------
    folder : str or path-like
        For checkpoints; made if missing.
    model : keras.Model
        Compiled. If the folder holds an earlier run, its weights and optimizer state are loaded.
    batches : Batches, optional
        Goes on at the right epoch.

    Attributes
    ----------
    epoch : int
        How many epochs are done.
    history : dict of str to list of float
        The values of each metric, of all epochs.

    Raises
    ------
    ValueError
        If the folder holds a run of another network or optimizer.
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

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Seed by the epoch's number."""
        # Python's generator, with which fit shuffles the order of batches, and a backend's own are
        # not saved: they start each epoch from its number, in whole runs and in resumed ones.
        seed_everything(epoch)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Store weights, states and history."""
        self.epoch = epoch + 1
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(float(value))
        weights = self.folder / f"epoch-{self.epoch:05d}.weights.h5"
        self.model.save_weights(weights, overwrite=True)
        seeds = [keras.ops.convert_to_numpy(each).tolist() for each in _seed_states(self.model)]
        record = {
            "network": _fingerprint(self.model),
            "epoch": self.epoch,
            "weights": weights.name,
            "history": self.history,
            "seeds": seeds,
        }
        # It names the weights and is replaced in one step: until then the last epoch's pair stands.
        files.write(self._record, json.dumps(record))
        for old in self.folder.glob("epoch-*.weights.h5"):
            if old != weights:
                old.unlink()


def _fingerprint(model: keras.Model) -> str:
    """Say what must agree before a checkpoint is loaded: shapes of weights and optimizer state."""
    # Not twice: a loss-scale optimizer, as under mixed_float16, would get its variables once more.
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    parts = {"network": model.weights, type(model.optimizer).__name__: model.optimizer.variables}
    return json.dumps(
        {name: [list(each.shape) for each in variables] for name, variables in parts.items()}
    )


def _seed_states(model: keras.Model) -> list:
    """Find the random states of dropout and the like, which Keras does not store with weights."""
    weights = {id(variable) for variable in model.weights}
    return [variable for variable in model.non_trainable_variables if id(variable) not in weights]
