import tracemalloc

import numpy as np
import pytest

from coursekit import color, training


def tiny_photos(count=6, size=16):
    rng = np.random.default_rng(0)
    return rng.uniform(-1, 1, (count, size, size, 1)).astype("float32"), rng.uniform(
        -0.5, 0.5, (count, size, size, 2)
    ).astype("float32")


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


@pytest.mark.parametrize("scaled", [True, False])
@pytest.mark.parametrize("augmentation", [None, {}, {"crop": 0.5, "light": 0.1}])
def test_photos_on_disk_give_the_batches_of_arrays_in_memory(tmp_path, scaled, augmentation):
    rgb = on_disk(tmp_path, 10)
    L, ab = color.split(np.array(rgb))
    ab = color.scale_ab(ab) if scaled else ab
    memory = training.Batches(color.scale_L(L), ab, 4, augmentation, seed=2)
    disk = training.Batches.from_photos(rgb, 4, scaled, augmentation=augmentation, seed=2)
    for _ in range(2):
        for (L, ab), (same_L, same_ab) in zip(memory, disk, strict=True):
            np.testing.assert_allclose(same_L, L, atol=1e-5)
            np.testing.assert_allclose(same_ab, ab, atol=1e-5 if scaled else 1e-3)
        memory.on_epoch_end(), disk.on_epoch_end()


def test_ten_times_as_many_photos_on_disk_take_no_more_memory(tmp_path):
    def peak(count):
        batches = training.Batches.from_photos(on_disk(tmp_path, count), augmentation={})
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


@pytest.mark.parametrize(("L", "ab"), [((0, 8, 8, 1), (0, 8, 8, 2)), ((3, 8, 8, 1), (2, 8, 8, 2))])
def test_photos_that_do_not_fit_are_refused(L, ab):
    with pytest.raises(ValueError, match="same photos"):
        training.Batches(np.zeros(L), np.zeros(ab))


def half_red(count=3, size=64):
    """Photos whose upper half is red, whichever part of it is seen, the lower one black."""
    rgb = np.zeros((count, size, size, 3), np.uint8)
    rgb[:, : size // 2] = (200, 30, 30)
    return rgb


def test_parts_of_photos_are_the_same_for_the_same_seed_and_keep_colours_on_their_pixels():
    parts = {"crop": 0.4, "contrast": 0.15, "light": 0.1, "rotate": 0, "zoom": 0, "shear": 0}

    def drawn(seed):
        return training.Batches.from_photos(
            half_red(), scaled=False, size=32, augmentation=parts, seed=seed
        )[0]

    L, ab = drawn(5)
    np.testing.assert_array_equal(drawn(5)[1], ab)
    assert not np.array_equal(drawn(6)[1], ab)
    assert L.shape == (3, 32, 32, 1) and abs(L).max() <= 1
    red, black = ab[..., 0] > 60, abs(ab).max(axis=-1) < 1
    assert red.any() and black.any()
    assert L[red].min() > L[black].max() + 0.4


def test_whole_photos_are_reduced_to_the_size_that_the_network_sees():
    grey = np.full((2, 64, 48, 3), 119, np.uint8)
    L, ab = training.Batches.from_photos(grey, scaled=False, size=32)[0]
    assert L.shape == (2, 32, 32, 1) and ab.shape == (2, 32, 32, 2)
    assert abs(color.unscale_L(L) - 50).max() < 0.2 and abs(ab).max() < 0.1


@pytest.mark.parametrize(
    "wrong", [np.zeros((0, 8, 8, 3), "uint8"), np.zeros((2, 8, 8, 3)), np.zeros((2, 8, 8), "uint8")]
)
def test_what_is_no_photo_is_refused(wrong):
    with pytest.raises(ValueError, match="photos are uint8"):
        training.Batches.from_photos(wrong)


def test_photos_without_as_many_embeddings_are_refused():
    with pytest.raises(ValueError, match="one vector for each of the 3 photos"):
        training.Batches.from_photos(half_red(), embedding=np.zeros((2, 5)))


@pytest.mark.parametrize("batch_size", [0, -4, 2.5])
def test_a_batch_that_holds_no_photo_is_refused(batch_size):
    L, ab = tiny_photos()
    with pytest.raises(ValueError, match="batch_size=.*at least 1"):
        training.Batches(L, ab, batch_size=batch_size)
    with pytest.raises(ValueError, match="batch_size=.*at least 1"):
        training.Batches.from_photos(np.zeros((2, 8, 8, 3), np.uint8), batch_size=batch_size)
