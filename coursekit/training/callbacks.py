"""What a training says of itself: how long epochs take, and how far it is."""

from __future__ import annotations

import time

import keras

from coursekit import progress


class Seconds(keras.callbacks.Callback):
    """Note in the logs how long each epoch took: so a card can say it of an interrupted run too."""

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Look at the clock."""
        self._started = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: dict) -> None:
        """Write the seconds into the logs."""
        logs["seconds"] = time.monotonic() - self._started


class Progress(keras.callbacks.Callback):
    """Say in one line how far training is.

    The line is rewritten in place in a notebook; a log gets about ten. The one that stays has no
    timings in it, so that a notebook executed twice holds the same output.

    Parameters
    ----------
    label : str
        What is being trained.
    """

    def __init__(self, label: str = "training"):
        super().__init__()
        self.label = label

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Show the line."""
        self._text = f"{self.label}: nothing left to train"
        self._line = progress.Line(self.params["epochs"], f"{self.label}: starting")

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Rewrite the line."""
        total = self.params["epochs"]
        values = " · ".join(f"{name} {value:.4f}" for name, value in (logs or {}).items())
        self._text = f"{self.label}: epoch {epoch + 1}/{total} · {values}"
        self._line.step(epoch + 1, self._text)

    def on_train_end(self, logs: dict | None = None) -> None:
        """Leave the line without timings."""
        self._line.end(self._text)
