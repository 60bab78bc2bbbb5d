import re

import keras
import numpy as np
import pytest

from coursekit import training

pytestmark = pytest.mark.usefixtures("step_by_step")


def fit(epochs, *callbacks, **options):
    model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", jit_compile=False)
    x = np.linspace(0, 1, 4)[:, None]
    model.fit(x, x, epochs=epochs, verbose=0, callbacks=[*callbacks], **options)


def test_progress_in_a_log_is_about_ten_lines_with_values(capsys):
    fit(30, training.Progress("small"))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 10
    assert re.fullmatch(r"small: epoch 27/30 · loss \d\.\d{4} · about \d+ s left", lines[-2])
    assert re.fullmatch(r"small: epoch 30/30 · loss \d\.\d{4}", lines[-1])


def test_the_line_that_stays_in_a_notebook_names_the_last_epoch_and_its_values(shown):
    fit(2, training.Progress("beta on the mix"))
    assert shown[0] == "beta on the mix: starting"
    assert re.fullmatch(r"beta on the mix: epoch 2/2 · loss \d\.\d{4}", shown[-1])


def test_where_nothing_is_left_to_train_the_line_says_so(shown):
    fit(2, training.Progress("small"), initial_epoch=2)
    assert shown == ["small: starting", "small: nothing left to train"]


def test_the_seconds_of_each_epoch_are_noted_before_what_comes_after_sees_the_logs():
    class Seen(keras.callbacks.Callback):
        noted = []

        def on_epoch_end(self, epoch, logs):
            self.noted.append(logs["seconds"])

    fit(2, training.Seconds(), Seen())
    assert len(Seen.noted) == 2 and min(Seen.noted) >= 0
