import json
import os
import subprocess
import sys
import time
import tracemalloc

import keras
import numpy as np
import pytest
from scipy import ndimage

from coursekit import color, networks, training


def tiny_photos(count=6, size=16):
    rng = np.random.default_rng(0)
    return rng.uniform(-1, 1, (count, size, size, 1)).astype("float32"), rng.uniform(
        -0.5, 0.5, (count, size, size, 2)
    ).astype("float32")


def tiny_run(folder, epochs):
    """What a lesson does: seed, network with dropout, schedule, augmentation, resumable fit."""
    training.seed_everything(3)
    model = networks.small_cnn(dropout=0.2)
    schedule = keras.optimizers.schedules.CosineDecay(1e-3, decay_steps=12)
    model.compile(keras.optimizers.Adam(schedule), "mse")
    batches = training.Batches(*tiny_photos(), batch_size=2, augmentation={}, seed=3)
    run = training.Run(folder, model, batches)
    model.fit(batches, initial_epoch=run.epoch, epochs=epochs, callbacks=[run], verbose=0)
    return model, run


def test_the_same_seed_gives_the_same_weights():
    training.seed_everything(5)
    first = networks.alpha().get_weights()
    training.seed_everything(5)
    for one, two in zip(first, networks.alpha().get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


def test_augmentation_moves_L_and_ab_together():
    L = np.random.default_rng(0).uniform(size=(16, 16, 1)).astype("float32")
    planes = np.concatenate([L, L, L], axis=-1)
    moved = training.augment(planes, np.random.default_rng(1))
    assert not np.allclose(moved, planes)
    np.testing.assert_array_equal(moved[..., 0], moved[..., 1])
    np.testing.assert_array_equal(moved[..., 0], moved[..., 2])


def test_augmentation_switched_off_changes_nothing():
    planes = np.random.default_rng(0).uniform(size=(16, 16, 3)).astype("float32")
    still = training.augment(
        planes, np.random.default_rng(1), flip=False, rotate=0, zoom=0, shear=0
    )
    np.testing.assert_allclose(still, planes, atol=1e-6)


def test_augmentation_flips_half_of_the_photos():
    planes = np.random.default_rng(0).uniform(size=(8, 8, 3)).astype("float32")
    rng = np.random.default_rng(1)
    flips = [
        np.allclose(
            training.augment(planes, rng, rotate=0, zoom=0, shear=0), planes[:, ::-1], atol=1e-5
        )
        for _ in range(200)
    ]
    assert 70 < sum(flips) < 130


def test_borders_reflect_so_that_no_colour_is_invented():
    planes = np.full((32, 32, 3), 0.7, "float32")
    np.testing.assert_allclose(
        training.augment(planes, np.random.default_rng(2), rotate=45, zoom=0.5), 0.7, atol=1e-6
    )


@pytest.mark.parametrize("border", ["reflect", "nearest", "constant"])
def test_photos_move_as_scipy_moves_them(border):
    photo = np.random.default_rng(0).uniform(-1, 1, (24, 40, 3)).astype("float32")
    moved = training.augment(
        photo, np.random.default_rng(4), flip=False, rotate=60, zoom=0.5, border=border
    )
    rng = np.random.default_rng(4)
    angle, slant = np.deg2rad([rng.uniform(-60, 60), rng.uniform(-10, 10)])
    turn = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    matrix = turn @ np.array([[1, np.tan(slant)], [0, 1]]) / rng.uniform(0.5, 1.5)
    centre = np.array([23, 39]) / 2
    expected = [
        ndimage.affine_transform(plane, matrix, centre - matrix @ centre, order=1, mode=border)
        for plane in np.moveaxis(photo, -1, 0)
    ]
    np.testing.assert_allclose(moved, np.moveaxis(expected, 0, -1), atol=1e-6)


def test_a_photo_of_a_batch_moves_as_it_would_alone():
    photos = np.random.default_rng(0).uniform(size=(20, 32, 32, 3)).astype("float32")
    rng = np.random.default_rng(1)
    alone = np.stack([training.augment(photo, rng) for photo in photos])
    np.testing.assert_array_equal(training.augment(photos, np.random.default_rng(1)), alone)


def test_an_epoch_holds_every_photo_once_in_a_new_order():
    L, ab = tiny_photos()
    L[:] = np.arange(6).reshape(-1, 1, 1, 1)
    batches = training.Batches(L, ab, batch_size=4, seed=1)
    epochs = []
    for _ in range(2):
        epochs.append(
            np.concatenate([batches[i][0][:, 0, 0, 0] for i in range(len(batches))]).tolist()
        )
        batches.on_epoch_end()
    assert sorted(epochs[0]) == sorted(epochs[1]) == [0, 1, 2, 3, 4, 5]
    assert epochs[0] != epochs[1]


def test_every_photo_keeps_its_own_embedding():
    L, ab = tiny_photos()
    L[:] = np.arange(6).reshape(-1, 1, 1, 1)
    batches = training.Batches(
        L, ab, batch_size=4, augmentation={}, embedding=np.arange(6)[:, None] * np.ones(3)
    )
    (moved, embedding), _ = batches[0]
    assert embedding.shape == (4, 3)
    np.testing.assert_allclose(moved.mean(axis=(1, 2, 3)), embedding[:, 0], atol=1e-5)
    with pytest.raises(ValueError, match="one vector for each of the 6 photos"):
        training.Batches(L, ab, embedding=np.zeros((5, 3)))


def on_disk(folder, count, size=32):
    """As `datasets.load(…, on_disk=True)` returns them, without the way there."""
    file = folder / f"{count}.npy"
    np.save(file, np.random.default_rng(0).integers(0, 256, (count, size, size, 3), dtype=np.uint8))
    return np.load(file, mmap_mode="r")


@pytest.mark.parametrize("scale", [color.scale_ab, None])
def test_photos_on_disk_give_the_batches_of_arrays_in_memory(tmp_path, scale):
    rgb = on_disk(tmp_path, 10)
    L, ab = color.split(np.array(rgb))
    memory = training.Batches(
        color.scale_L(L), scale(ab) if scale else ab, 4, augmentation={}, seed=2
    )
    disk = training.Batches(rgb, scale, 4, augmentation={}, seed=2)
    for _ in range(2):
        for (L, ab), (same_L, same_ab) in zip(memory, disk, strict=True):
            np.testing.assert_allclose(same_L, L, atol=1e-5)
            np.testing.assert_allclose(same_ab, ab, atol=1e-3 if scale is None else 1e-5)
        memory.on_epoch_end(), disk.on_epoch_end()


def test_ten_times_as_many_photos_on_disk_take_no_more_memory(tmp_path):
    def peak(count):
        batches = training.Batches(on_disk(tmp_path, count), color.scale_ab, 16, augmentation={})
        tracemalloc.start()
        for _ in batches:
            pass
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(20)  # what is made once
    assert (
        peak(800) < 1.2 * peak(80) < 20 * 80 * 32 * 32 * 3
    )  # in memory, 800 would be 10 MB of floats


def test_no_augmented_photo_repeats_from_epoch_to_epoch():
    batches = training.Batches(*tiny_photos(1), augmentation={})
    first = batches[0][0]
    batches.on_epoch_end()
    assert not np.allclose(first, batches[0][0])


def test_a_run_that_is_stopped_and_resumed_ends_with_the_same_weights(tmp_path):
    whole, whole_run = tiny_run(tmp_path / "whole", epochs=4)
    tiny_run(tmp_path / "halves", epochs=2)
    resumed, resumed_run = tiny_run(tmp_path / "halves", epochs=4)
    assert resumed_run.history == whole_run.history
    assert len(resumed_run.history["loss"]) == 4
    for one, two in zip(whole.get_weights(), resumed.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


def test_a_killed_process_goes_on_from_its_last_epoch(tmp_path):
    code = (
        f"import sys; sys.path.insert(0, {os.path.dirname(__file__)!r}); import test_training as t; "
        f"t.tiny_run({str(tmp_path / 'run')!r}, epochs=100000)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
    record, deadline = tmp_path / "run" / "run.json", time.monotonic() + 120
    while not record.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    process.kill()
    process.wait()
    done = json.loads(record.read_text())["epoch"]
    assert done >= 1
    _, run = tiny_run(tmp_path / "run", epochs=done + 1)
    assert run.epoch == done + 1 == len(run.history["loss"])


def compiled():
    model = networks.small_cnn()
    model.compile("adam", "mse")
    return model


def test_a_half_written_checkpoint_is_never_used(tmp_path):
    _, run = tiny_run(tmp_path, epochs=2)
    (tmp_path / "epoch-00003.weights.h5").write_bytes(b"killed while writing")
    (tmp_path / "run.tmp").write_text('{"epoch": 3')
    assert tiny_run(tmp_path, epochs=3)[1].epoch == 3


@pytest.mark.parametrize(
    ("make", "optimizer"), [(networks.alpha, "adam"), (networks.small_cnn, "sgd")]
)
def test_a_run_of_another_network_or_optimizer_is_refused(tmp_path, make, optimizer):
    tiny_run(tmp_path, epochs=1)
    other = make()
    other.compile(optimizer, "mse")
    with pytest.raises(ValueError, match="another network"):
        training.Run(tmp_path, other)


def test_progress_in_a_log_is_about_ten_lines_with_values(capsys):
    model = compiled()
    model.fit(*tiny_photos(2), epochs=30, verbose=0, callbacks=[training.Progress("small")])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 10
    assert lines[-1].startswith("small: epoch 30/30 · loss ") and lines[-1].endswith("s left")


@pytest.mark.parametrize(("L", "ab"), [((0, 8, 8, 1), (0, 8, 8, 2)), ((3, 8, 8, 1), (2, 8, 8, 2))])
def test_photos_that_do_not_fit_are_refused(L, ab):
    with pytest.raises(ValueError, match="same photos"):
        training.Batches(np.zeros(L), np.zeros(ab))
