"""Own photos tell what they turned out to be, when they are first loaded."""

import os
import re
import sys
import warnings
import zipfile

import numpy as np
import pytest
from PIL import Image

from coursekit import datasets
from coursekit.datasets import findings, sources


@pytest.fixture
def make(tmp_path, draw, encoded):
    """Write photos, each unlike all others but those of the same seed, into a folder."""

    def write(*paths, first=0, seeds=None):
        for seed, path in zip(seeds or range(first, first + len(paths)), paths, strict=True):
            file = tmp_path / "own" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(encoded(draw(seed)))
        return tmp_path / "own"

    return write


def told(folder, **options):
    """Load a folder for the first time; return what it warns of."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        datasets.load(folder, progress=False, **options)
    return [str(each.message) for each in found if "enlarged" not in str(each.message)]


def split_and_class(folder):
    """Tell, for each photo of an own set, where it went."""
    entries = datasets.loading.open_source(folder, progress=False).entries
    return sorted((entry.split, entry.kind) for entry in entries)


def test_a_set_as_it_should_be_tells_nothing(make):
    assert told(make(*(f"{i}.jpg" for i in range(4)))) == []


def test_kinds_that_are_not_read_are_counted_by_suffix(make):
    folder = make("a/1.jpg", "a/2.jpg")
    for name in ("a/1.NEF", "a/2.nef", "a/film.mov", "notes", ".hidden.mov"):
        (folder / name).write_bytes(b"")
    (text,) = told(folder)
    assert "left out files of kinds that are not read: 2 .nef, 1 .mov, 1 without suffix" in text


def test_a_zip_tells_the_same(make, tmp_path):
    folder = make("1.jpg", "2.jpg")
    with zipfile.ZipFile(tmp_path / "own.zip", "w") as archive:
        for file in folder.iterdir():
            archive.write(file, file.name)
        archive.writestr("film.mov", b"")
    (text,) = told(tmp_path / "own.zip")
    assert "not read: 1 .mov; save photos" in text


def test_a_folder_of_other_kinds_only_says_what_it_holds(tmp_path):
    (tmp_path / "own").mkdir()
    for i in range(3):
        (tmp_path / "own" / f"{i}.nef").write_bytes(b"")
    with pytest.raises(datasets.DatasetError, match="own: no photos; it holds 3 .nef; save"):
        datasets.load(tmp_path / "own")


def test_photos_without_colour_are_counted(make):
    folder = make("1.jpg", "2.jpg", "3.jpg")
    for name in ("1.jpg", "2.jpg"):
        Image.open(folder / name).convert("L").save(folder / name)
    assert "2 of 3 have no colour" in told(folder)[0]


def test_a_set_of_grey_photos_says_that_all_are(make):
    folder = make(*(f"{i}.jpg" for i in range(12)))
    for file in folder.iterdir():
        Image.open(file).convert("L").save(file)
    assert "12 of 12 have no colour" in told(folder)[0]


@pytest.mark.parametrize(
    ("train", "val"),
    [
        ("training_set", "test_set"),
        ("training_set/training_set", "test_set/test_set"),
        ("train", "validation"),
        ("Train", "Valid"),
        ("train2017", "val2017"),
        ("seg_train/seg_train", "seg_test/seg_test"),
        ("Training Images", "Test Images"),
        ("trainset", "devset"),
    ],
)
def test_splits_are_known_by_their_common_names(make, train, val):
    folder = make(f"{train}/cats/1.jpg", f"{train}/dogs/1.jpg", f"{val}/cats/2.jpg")
    assert split_and_class(folder) == [("train", "cats"), ("train", "dogs"), ("val", "cats")]


def test_train_val_and_test_are_two_splits(make):
    folder = make("train/1.jpg", "val/2.jpg", "test/2.jpg")
    assert split_and_class(folder) == [("train", "photo"), ("val", "photo"), ("val", "photo")]


@pytest.mark.parametrize("name", ["trains", "contest", "evaluate", "devices", "cats", "", "data"])
def test_a_class_is_not_taken_for_a_split(name):
    assert sources.split_of(name) is None


def test_a_vehicle_is_a_class_among_others(make):
    folder = make("train/1.jpg", "plane/2.jpg", "train/3.jpg", "plane/4.jpg")
    assert told(folder) == []
    assert {kind for _, kind in split_and_class(folder)} == {"train", "plane"}


@pytest.mark.parametrize(
    ("path", "named"), [("pred/1.jpg", "beside them lies pred"), ("1.jpg", "lies photos")]
)
def test_what_lies_beside_splits_is_named_for_they_are_classes_then(make, path, named):
    (text,) = told(make("train/a/1.jpg", "test/a/2.jpg", path))
    assert "taken for classes" in text and named in text


def test_the_same_photo_in_both_splits_is_named(make):
    folder = make("train/1.jpg", "train/2.jpg", "val/copy.jpg", "val/3.jpg", seeds=[1, 2, 1, 3])
    copy = Image.open(folder / "val/copy.jpg")
    copy.resize((100, 75)).save(folder / "val/copy.jpg", quality=60)
    (text,) = told(folder)
    assert "1 of 2 photos to validate on" in text and "val/copy.jpg like train/1.jpg" in text


def test_copies_in_one_split_are_nobodys_concern(make):
    assert told(make("train/1.jpg", "train/2.jpg", "val/3.jpg", seeds=[1, 1, 3])) == []


def test_a_set_is_told_of_once(make):
    folder = make("1.jpg", "2.jpg", "3.jpg")
    (folder / "film.mov").write_bytes(b"")
    assert told(folder) and not told(folder)


@pytest.mark.parametrize(("name", "shown"), [(b"caf\xe9.jpg", "caf"), (b"\xff/1.jpg", "xff/1.jpg")])
@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the system has no such names")
def test_a_name_that_is_not_utf_8_is_named(make, name, shown):
    folder = make("1.jpg")
    path = os.path.join(os.fsencode(folder), name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write((folder / "1.jpg").read_bytes())
    with pytest.raises(datasets.DatasetError, match=f"{shown}.* is not UTF-8.*rename") as caught:
        datasets.load(folder)
    str(caught.value).encode()


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the system has no such names")
def test_a_folder_whose_own_name_is_not_utf_8_loads(make):
    named = os.path.join(os.fsencode(make("1.jpg", "2.jpg").parent), b"caf\xe9")
    os.rename(os.fsencode(make()), named)
    assert len(datasets.load(os.fsdecode(named), progress=False)[0])


def test_linked_folders_and_photos_are_followed_each_once(make, tmp_path):
    folder = make("cats/1.jpg", "cats/2.jpg")
    make("../elsewhere/3.jpg", "../elsewhere/4.jpg", first=7)
    (folder / "dogs").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (folder / "again").symlink_to(folder / "cats", target_is_directory=True)
    (tmp_path / "elsewhere" / "up").symlink_to(folder, target_is_directory=True)
    (folder / "cats" / "5.jpg").symlink_to(tmp_path / "own" / "cats" / "1.jpg")
    kinds = [kind for _, kind in split_and_class(folder)]
    assert kinds.count("cats") == 3 and kinds.count("dogs") == 2 and len(kinds) == 5


def test_a_link_that_leads_nowhere_is_named_and_the_others_load(make):
    folder = make("1.jpg", "2.jpg")
    (folder / "gone.jpg").symlink_to(folder / "nowhere.jpg")
    (text,) = told(folder)
    assert re.search(r"left out 1 that cannot be read: gone.jpg \(No such file", text)


def test_photos_of_which_none_can_be_read_are_named(make):
    folder = make("1.jpg")
    (folder / "1.jpg").write_bytes(b"")
    with pytest.raises(datasets.DatasetError, match=r"1 broken, 0 grey; 1.jpg \(empty"):
        datasets.load(folder, progress=False)


def test_a_message_gives_some_examples_of_many(make):
    count = findings.SOME + 2
    names = [f"train/{i}.jpg" for i in range(count)] + [f"val/{i}.jpg" for i in range(count)]
    (text,) = told(make(*names, seeds=[*range(count)] * 2))
    assert f"{count} of {count} photos" in text and text.count(" like train/") == findings.SOME
    assert "; …" in text


def test_splits_of_folders_keep_their_photos(make):
    folder = make("training/1.jpg", "training/2.jpg", "testing/3.jpg")
    train, val = (datasets.load(folder, split, progress=False)[0] for split in ("train", "val"))
    assert len(train) == 2 and len(val) == 1 and not np.array_equal(train[0], val[0])
