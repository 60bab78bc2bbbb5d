"""What is kept in the cache is read as it was written, or named."""

import csv
import hashlib
import io
import zipfile

import numpy as np
import pytest

from coursekit import datasets
from coursekit.datasets import sources
from coursekit.datasets.sources import Damaged


def write_manifest(folder, files):
    """As a set's manifest is, without the columns that nothing reads."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "manifest.csv", "w", newline="", encoding="utf-8") as file:
        rows = [(name, hashlib.sha256(data).hexdigest(), "train") for name, data in files.items()]
        csv.writer(file).writerows([("file", "sha256", "split"), *rows])


def npz(**arrays) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


@pytest.fixture
def arrays(cache):
    """A prepared set of arrays: three photos to train with, two held back."""
    rng = np.random.default_rng(0)
    files = {}
    for file, labels in (("train.npz", [1, 0, 1]), ("test.npz", [0, 0])):
        rgb = rng.integers(0, 256, (len(labels), 32, 32, 3), dtype=np.uint8)
        files[file] = npz(rgb=rgb, labels=np.uint8(labels), class_names=np.array(["cat", "ship"]))
    write_manifest(cache / "cifar10", files)
    for name, data in files.items():
        (cache / "cifar10" / name).write_bytes(data)
    return cache / "cifar10"


@pytest.fixture
def packed(cache, draw, encoded):
    """A prepared zip with and without classes."""
    names = ("train/a/1.jpg", "train/b/1.jpg", "val/2.jpg")
    files = {name: encoded(draw(seed)) for seed, name in enumerate(names)}
    write_manifest(cache / "flowers", files)
    with zipfile.ZipFile(cache / "flowers" / "flowers.zip", "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return cache / "flowers"


def test_a_zip_says_split_and_class_by_its_folders(packed, draw, encoded):
    source = sources.open_folder(packed)
    assert [entry[:2] for entry in source.entries] == [
        ("train", "a"),
        ("train", "b"),
        ("val", "photo"),
    ]
    (item,) = source.read([source.entries[1].key])
    assert item == encoded(draw(1))


def test_arrays_come_back_in_the_order_asked_for(arrays):
    source = sources.open_folder(arrays)
    assert [entry[:2] for entry in source.entries] == [
        ("train", "ship"),
        ("train", "cat"),
        ("train", "ship"),
        ("val", "cat"),
        ("val", "cat"),
    ]
    rgb = np.load(arrays / "train.npz")["rgb"]
    keys = [source.entries[i].key for i in (2, 0)]
    assert np.array_equal([*source.read(keys)], rgb[[2, 0]])


@pytest.mark.parametrize("made", ["packed", "arrays"])
def test_content_changes_with_the_photos(made, request):
    folder = request.getfixturevalue(made)
    before = sources.open_folder(folder).content
    assert before == sources.open_folder(folder).content != ""
    path = next(path for path in folder.iterdir() if path.suffix != ".csv")
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    first, *_ = files
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data[:-1] + b"!" if name == first else data)
    assert sources.open_folder(folder).content != before


@pytest.mark.parametrize("made", ["packed", "arrays"])
def test_a_set_without_its_manifest_is_not_there(made, request):
    folder = request.getfixturevalue(made)
    assert datasets.available(folder.name)
    (folder / "manifest.csv").unlink()
    assert sources.open_folder(folder) is None and not datasets.available(folder.name)


def test_a_set_of_arrays_lacks_nothing(arrays):
    (arrays / "test.npz").unlink()
    assert not datasets.available("cifar10")


def test_arrays_that_hold_no_pixels_are_not_there(arrays):
    for file in ("train.npz", "test.npz"):
        (arrays / file).write_bytes(npz(jpeg=np.zeros(9, np.uint8), offsets=np.arange(3)))
    assert not datasets.available("cifar10")
    with pytest.raises(datasets.DatasetError, match="cifar10 is not cached"):
        datasets.load("cifar10")


def test_files_beside_a_manifest_are_not_there(cache):
    (cache / "historic" / "bw").mkdir(parents=True)
    write_manifest(cache / "historic", {"bw/1.jpg": b""})
    assert not datasets.available("historic")


@pytest.mark.parametrize("harm", [lambda data: data[:200], lambda data: b""])
@pytest.mark.parametrize("made", ["packed", "arrays"])
def test_a_damaged_file_is_named_when_it_is_read(made, harm, request):
    folder = request.getfixturevalue(made)
    path = next(path for path in folder.iterdir() if path.suffix != ".csv")
    path.write_bytes(harm(path.read_bytes()))
    source = sources.open_folder(folder)
    with pytest.raises(Damaged, match=f"{path.name}: damaged"):
        source.entries  # noqa: B018 - looking is what fails
    with pytest.raises(Damaged, match=f"{path.name}: damaged"):
        source.content  # noqa: B018
    assert sources.faults(folder)


def test_faults_are_those_against_the_manifest(packed):
    assert sources.faults(packed) == []
    rows = (packed / "manifest.csv").read_text().replace("train/b/1.jpg", "train/b/7.jpg")
    (packed / "manifest.csv").write_text(rows)
    missing, extra = sources.faults(packed)
    assert "train/b/7.jpg" in missing and "1 files that the manifest does not name" in extra
    (packed / "manifest.csv").write_text("file\n")
    assert "columns missing" in sources.faults(packed)[0]
