"""A pretended lesson asks for as many steps as a real one, and for photos that its sets have."""

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from coursekit import datasets
from coursekit.datasets import download, loading, scenes
from coursekit.tools.budget import pretending

ROOT = Path(__file__).parents[3]

SOURCES = [
    """
import keras, numpy as np
from coursekit import datasets, training
from coursekit.datasets import scenes
from matplotlib import pyplot as plt
from coursekit import lesson
rgb, labels, names = datasets.load("flowers", "train", 64, limit=100)
assert False, "asserts are about trained networks"
layers = [keras.layers.Input((64, 64, 1)), keras.layers.Conv2D(2, 3, padding="same")]
network = keras.Sequential(layers, name="one_convolution")
network.compile("adam", "mse", metrics=["mae"])
L, ab = np.zeros((100, 64, 64, 1), "float32"), np.ones((100, 64, 64, 2), "float32")
""",
    """
seen = []
class Watch(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs):
        seen.append((epoch, *logs))
        self.model.predict(L[:10], verbose=0)
run = network.fit(training.Batches(L, ab, 16), epochs=300, verbose=0, callbacks=[Watch()],
                  validation_data=(L[:20], ab[:20]))
""",
    "run = network.fit(L, ab, batch_size=30, epochs=2, validation_split=0.1, verbose=0)",
    """
network.train_on_batch(L[:8], ab[:8])
loss, mae = network.evaluate(L, ab, batch_size=50, verbose=0)
many = network(np.repeat(L, 80, axis=0))
few = network.predict(L[:3], verbose=0)
network.predict(training.Batches(L, ab, 50), batch_size=25, verbose=0)
before = network.get_weights()[1]  # L is 0 here: the bias
network.fit(L[:9], ab[:9], verbose=0)
moved = bool((network.get_weights()[1] != before).all())
""",
    """
datasets.load("flowers", "val", 64, classes="sunflowers", limit=200)
datasets.load("flowers", "val", 256, limit=4)
drawn = scenes.draw(100, 32)
""",
    """
import json
said = [len(seen), list(seen[0]), sorted(run.history), len(rgb), len(np.unique(rgb, axis=0)),
        sorted(names), many.shape[0], list(few.shape), len(drawn.ab),
        len(np.unique(drawn.L, axis=0)), int(network.optimizer.iterations), moved]
with open("said.json", "w") as file:
    json.dump(said, file)
""",
    "1 / 0",
    "never = 1",
]


@pytest.fixture(scope="module")
def pretended(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lesson")
    notebook = new_notebook(cells=[new_code_cell(source) for source in SOURCES])
    nbformat.write(notebook, folder / "02_beta_cnn.ipynb")
    module = "coursekit.tools.budget.pretending"
    done = subprocess.run(
        [sys.executable, "-m", module, "02_beta_cnn.ipynb", "flowers", "found.json", "0"],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PYTHONOPTIMIZE": "1",
            "COURSEKIT_DATA": str(folder / "data"),
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return {
        **json.loads((folder / "found.json").read_text()),
        "said": json.loads((folder / "said.json").read_text()),
    }


def steps(pretended):
    return {
        (post["cell"], post["call"], json.loads(post["shapes"])[0]): post["steps"]
        for post in pretended["posts"]
    }


def test_each_step_is_entered_with_its_call_its_cell_and_its_batch(pretended):
    found = steps(pretended)
    assert found[2, "fit", 16] == 300 * 6 and found[2, "fit", 4] == 300
    assert found[2, "validation", 20] == 300
    assert found[2, "predict", 10] == 300  # a callback's
    assert found[3, "fit", 30] == 2 * 3 and found[3, "validation", 10] == 2
    assert found[4, "train_on_batch", 8] == 1
    assert found[4, "evaluate", 50] == 2
    assert found[4, "call", 8000] == 1 and found[4, "predict", 3] == 1
    assert found[4, "predict", 25] == 4
    assert found[4, "fit", 9] == 1


def test_operations_of_a_post_are_those_of_its_steps(pretended):
    (post,) = (p for p in pretended["posts"] if p["call"] == "fit" and p["steps"] == 1800)
    forwards = 16 * 64 * 64 * (2 * 9 * 2 + 2)
    assert post["flops"] / 1800 == pytest.approx(2 * forwards, rel=0.03)
    assert post["seconds"] > 1800 * 0.005
    answers = 16 * 64 * 64 * 2 * 4
    assert answers < post["bytes"] < 6 * answers
    assert post["core"] > 0


def test_the_lesson_goes_on_as_if_it_had_been_trained(pretended):
    said = pretended["said"]
    epochs, first, history, photos, different, names, many, few, drawn, unlike, count, _ = said
    assert epochs == 300 and {*first[1:]} == {"loss", "mae", "val_loss", "val_mae"}
    assert {"loss", "mae", "val_loss", "val_mae"} <= {*history}
    assert (photos, different) == (100, 100) and "tulips" in names
    assert many == 8000 and few == [3, 64, 64, 2]
    assert (drawn, unlike) == (100, 100)
    assert count == 300 * 7 + 2 * 3 + 1 + 1


def test_what_is_learnt_in_one_step_is_learnt(pretended):
    assert pretended["said"][-1]


def test_what_a_set_does_not_have_is_told_with_its_cell_and_the_lesson_goes_on(pretended):
    many, large = pretended["faults"]
    assert many == 'cell [5] limit=200: flowers has 139 "val" photos of sunflowers'
    assert large == "cell [5] size=256: flowers has photos of 128 px"
    assert pretended["asked"] == [1, 5]


def test_a_cell_that_fails_ends_the_lesson_and_is_told(pretended):
    assert pretended["failure"] == "cell [7] ZeroDivisionError: division by zero"


@pytest.fixture
def ledger(monkeypatch):
    """Of a run in this process, which leaves everything as it was."""
    for module, names in [
        (loading, ("open_source", "_choose", "load")),
        (datasets, ("load",)),
        (download, ("ready", "reachable")),
        (scenes, ("draw",)),
    ]:
        for name in names:
            monkeypatch.setattr(module, name, getattr(module, name))
    return pretending.Ledger()


def test_a_run_that_only_asks_is_given_few_photos_of_all_kinds(ledger):
    pretending._stand_in_for_data(ledger, pretending.AVAILABLE["flowers"], 20)
    rgb, labels, names = datasets.load("flowers", "train", 32, limit=2875)
    assert len(rgb) == 20 and {*labels} == {*range(len(names))}
    assert ledger.faults == []
    datasets.load("flowers", "train", 32, limit=2876)
    (fault,) = ledger.faults
    assert fault.startswith("cell [0] limit=2876: flowers has 2,875")


def test_scenes_that_are_not_drawn_cost_what_drawing_them_takes(ledger):
    pretending._stand_in_for_drawing(ledger, None)
    scenes.draw(pretending.DRAWN, 32)
    assert ledger.drawing == 0
    assert len(scenes.draw(4 * pretending.DRAWN, 32).L) == 4 * pretending.DRAWN
    one = ledger.drawing
    assert one > 0
    scenes.draw(7 * pretending.DRAWN, 32)
    assert ledger.drawing == pytest.approx(3 * one)
