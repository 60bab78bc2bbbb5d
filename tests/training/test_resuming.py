import json
import os
import subprocess
import sys
import time

import keras
import numpy as np
import pytest

from coursekit import networks, training


def tiny_run(folder, epochs):
    """What a lesson does: seed, network with dropout, schedule, augmentation, resumable fit."""
    training.seed_everything(3)
    L = keras.layers.Input((None, None, 1))
    x = keras.layers.Conv2D(4, 3, padding="same", activation="relu")(L)
    model = keras.Model(L, keras.layers.Conv2D(2, 1)(keras.layers.Dropout(0.2)(x)))
    schedule = keras.optimizers.schedules.CosineDecay(1e-3, decay_steps=12)
    model.compile(keras.optimizers.Adam(schedule), "mse", jit_compile=False)
    rng = np.random.default_rng(0)
    L, ab = (rng.uniform(-0.5, 0.5, (6, 16, 16, c)).astype("float32") for c in (1, 2))
    batches = training.Batches(L, ab, batch_size=2, augmentation={}, seed=3)
    run = training.Run(folder, model, batches)
    model.fit(batches, initial_epoch=run.epoch, epochs=epochs, callbacks=[run], verbose=0)
    return model, run


def test_a_run_that_is_stopped_and_resumed_ends_with_the_same_weights(tmp_path):
    whole, whole_run = tiny_run(tmp_path / "whole", epochs=4)
    tiny_run(tmp_path / "halves", epochs=2)
    resumed, resumed_run = tiny_run(tmp_path / "halves", epochs=4)
    assert resumed_run.history == whole_run.history
    assert len(resumed_run.history["loss"]) == 4
    for one, two in zip(whole.get_weights(), resumed.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


def test_a_killed_process_goes_on_from_its_last_epoch(tmp_path, step_by_step):
    code = "import sys, test_resuming; test_resuming.tiny_run(sys.argv[1], epochs=100000)"
    path = os.pathsep.join([os.path.dirname(__file__), *sys.path])
    process = subprocess.Popen(
        [sys.executable, "-c", code, tmp_path / "run"],
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": path},
    )
    record, deadline = tmp_path / "run" / "run.json", time.monotonic() + 120
    while not record.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    process.kill()
    process.wait()
    done = json.loads(record.read_text())["epoch"]
    assert done >= 1
    _, run = tiny_run(tmp_path / "run", epochs=done + 1)
    assert run.epoch == done + 1 == len(run.history["loss"])


def test_a_half_written_checkpoint_is_never_used(tmp_path, step_by_step):
    _, run = tiny_run(tmp_path, epochs=2)
    (tmp_path / "epoch-00003.weights.h5").write_bytes(b"killed while writing")
    (tmp_path / "run.tmp").write_text('{"epoch": 3')
    assert tiny_run(tmp_path, epochs=3)[1].epoch == 3


@pytest.mark.parametrize(
    ("make", "optimizer"), [(networks.alpha, "adam"), (networks.small_cnn, "sgd")]
)
def test_a_run_of_another_network_or_optimizer_is_refused(tmp_path, step_by_step, make, optimizer):
    tiny_run(tmp_path, epochs=1)
    other = make()
    other.compile(optimizer, "mse")
    with pytest.raises(ValueError, match="another network"):
        training.Run(tmp_path, other)
