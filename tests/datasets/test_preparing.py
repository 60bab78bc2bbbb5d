"""From archives as they are published, or a reader's own folder, to the cache."""

import csv
import io
import os
import pickle
import zipfile
from contextlib import nullcontext

import numpy as np
import pytest
from PIL import Image

from coursekit import datasets, photos
from coursekit.datasets import registry, sources
from coursekit.datasets.archive import ArchiveError


@pytest.fixture
def folder(tmp_path, draw, encoded):
    """Own photos: 30 of cats, 20 of dogs."""
    for kind, count, first in (("cats", 30, 0), ("dogs", 20, 500)):
        (tmp_path / "mine" / kind).mkdir(parents=True)
        for i in range(count):
            (tmp_path / "mine" / kind / f"{i}.jpg").write_bytes(encoded(draw(first + i)))
    return tmp_path / "mine"


def zipped(path, files: dict[str, bytes]):
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def manifest(name: str) -> list[dict]:
    with open(datasets.location() / name / "manifest.csv", newline="", encoding="utf-8") as file:
        return [*csv.DictReader(file)]


# What the archives look like inside, from their own pages; class and split as the cards promise.
LAYOUTS = {
    "flowers": {
        "flower_photos/roses/12_a.jpg": ("roses", None),
        "flower_photos/tulips/7.jpg": ("tulips", None),
    },
    "imagenette": {
        "imagenette2-160/train/n01440764/n01440764_10.JPEG": ("tench", "train"),
        "imagenette2-160/val/n03888257/n03888257_9.JPEG": ("parachute", "val"),
    },
    "pets": {
        "PetImages/Cat/0.jpg": ("cat", None),
        "PetImages/Dog/11.jpg": ("dog", None),
        "train/cat.12.jpg": ("cat", None),
    },
    "landscapes": {
        "seg_train/seg_train/forest/8.jpg": ("forest", "train"),
        "seg_test/seg_test/sea/9.jpg": ("sea", "val"),
        "seg_train/seg_train/street/2.jpg": None,
        "seg_pred/seg_pred/5.jpg": None,
    },
    "urban": {
        "seg_train/seg_train/street/2.jpg": ("street", "train"),
        "seg_train/seg_train/forest/8.jpg": None,
    },
    "photos": {
        "BSR/BSDS500/data/images/train/2092.jpg": ("photo", "train"),
        "BSR/BSDS500/data/images/val/3096.jpg": ("photo", "val"),
        "BSR/BSDS500/data/images/test/2018.jpg": None,
        "BSR/bench/data/images/4001.jpg": None,
    },
    "historic": {
        "bw/1941_long_peak.jpg": ("sepia", "val"),  # for what is drawn here has colours
        "old/prokudin/00056_plate.jpg": ("prokudin_plate", "val"),
        "old/prokudin/00056_bw.jpg": ("prokudin_bw", "val"),
        "old/prokudin/00056_color.jpg": ("prokudin_color", "val"),
        "old/prokudin/00056.jpg": None,
        "elsewhere/00056_color.jpg": None,
    },
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_published_archive_becomes_classes_and_splits(name, tmp_path, draw, encoded):
    layout = LAYOUTS[name]
    path = zipped(tmp_path / "given.zip", {file: encoded(draw(i)) for i, file in enumerate(layout)})
    with (
        pytest.warns(UserWarning, match="SHA-256") if registry.card(name).sha256 else nullcontext()
    ):
        datasets.prepare(name, file=path, progress=False)
    rows = {row["source"]: (row["class"], row["split"]) for row in manifest(name)}
    assert rows.keys() == {file for file, expected in layout.items() if expected}
    for file, (kind, split) in ((file, expected) for file, expected in layout.items() if expected):
        assert rows[file][0] == kind
        assert rows[file][1] in ([split] if split else ["train", "val"])


def test_every_archive_of_the_registry_is_covered_here():
    needed = {name for name in datasets.list() if registry.card(name).fetch != "built in"}
    assert LAYOUTS.keys() | {"cifar10"} == needed


def test_photos_are_shrunk_to_the_short_side_and_keep_full_chroma(tmp_path, draw, encoded, made_up):
    path = zipped(
        tmp_path / "a.zip",
        {
            "a/wide.jpg": encoded(draw(1, 300, 400)),
            "a/tall.jpg": encoded(draw(2, 400, 200)),
            "a/small.png": encoded(draw(3, 40, 50), "PNG"),
        },
    )
    datasets.prepare(made_up, file=path, progress=False)
    sizes = {row["source"]: (int(row["width"]), int(row["height"])) for row in manifest(made_up)}
    assert sizes == {"a/wide.jpg": (171, 128), "a/tall.jpg": (128, 256), "a/small.png": (50, 40)}
    with zipfile.ZipFile(datasets.location() / made_up / "made_up.zip") as archive:
        for row in manifest(made_up):
            image = Image.open(io.BytesIO(archive.read(row["file"])))
            assert image.size == sizes[row["source"]]
            assert {layer[1:3] for layer in image.layer} == {(1, 1)}, "4:4:4"


def test_a_larger_short_side_can_be_asked_for(tmp_path, draw, encoded, made_up):
    path = zipped(tmp_path / "a.zip", {f"a/{i}.jpg": encoded(draw(i, 300, 400)) for i in range(3)})
    datasets.prepare(made_up, file=path, size=256, progress=False)
    assert {row["height"] for row in manifest(made_up)} == {"256"}


def test_broken_photos_are_left_out_and_counted_and_grey_ones_too(
    tmp_path, draw, encoded, capsys, made_up
):
    good = {f"a/{i}.jpg": encoded(draw(i)) for i in range(5)}
    grey = {
        "a/grey.jpg": encoded(draw(9).convert("L")),
        "a/grey too.jpg": encoded(draw(8).convert("L").convert("RGB")),
    }
    bad = {"a/empty.jpg": b"", "a/cut.jpg": good["a/0.jpg"][:900]}
    path = zipped(tmp_path / "a.zip", good | grey | bad)
    with pytest.warns(
        UserWarning,
        match=r"left out 2 that cannot be read: a/empty.jpg \(empty.*cut.jpg \(truncated",
    ):
        datasets.prepare(made_up, file=path)
    assert {row["source"] for row in manifest(made_up)} == good.keys()
    assert "5 photos kept, 2 without colour left out" in capsys.readouterr().out


def test_old_photographs_are_sorted_by_folder_exposure_and_tone_and_all_held_back(
    tmp_path, draw, encoded
):
    folder = tmp_path / "old"
    grey, brown = draw(1).convert("L"), draw(2).convert("L").convert("RGB")
    brown = Image.blend(brown, Image.new("RGB", brown.size, (200, 150, 90)), 0.3)
    for name, image in {
        "bw/1936_woman.jpg": grey,
        "bw/1870_girl.jpg": brown,
        "prokudin/00056_plate.jpg": grey,
        "prokudin/00056_bw.jpg": grey,
        "prokudin/00056_color.jpg": draw(3),
        "prokudin/00107_bw.jpg": grey,
        "prokudin/00107_color.jpg": draw(4),
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(encoded(image))
    (folder / "manifest.csv").write_text("file,class\n")
    datasets.prepare("historic", file=folder, progress=False)
    rgb, labels, names = datasets.load("historic", "val")
    assert names == ["bw", "prokudin_bw", "prokudin_color", "prokudin_plate", "sepia"]
    assert np.bincount(labels).tolist() == [1, 2, 2, 1, 1]
    with pytest.raises(datasets.DatasetError, match='no "train" photos, only: val'):
        datasets.load("historic")


def test_the_same_photos_give_the_same_bytes(tmp_path, draw, encoded, made_up):
    files = {f"a/{i}.jpg": encoded(draw(i)) for i in range(9)}
    packed = []
    for order in (sorted(files), sorted(files, reverse=True)):
        datasets.prepare(
            made_up, file=zipped(tmp_path / "a.zip", {n: files[n] for n in order}), progress=False
        )
        packed.append((datasets.location() / made_up / "made_up.zip").read_bytes())
    assert packed[0] == packed[1]


def test_a_wrong_file_does_not_replace_what_is_there(tmp_path, draw, encoded, made_up):
    datasets.prepare(
        made_up, file=zipped(tmp_path / "a.zip", {"a/1.jpg": encoded(draw(1))}), progress=False
    )
    before = manifest(made_up)
    for wrong in (
        zipped(tmp_path / "b.zip", {"notes.txt": b"no photos"}),
        tmp_path / "missing.zip",
    ):
        with pytest.raises(datasets.DatasetError, match="no photos|no such file"):
            datasets.prepare(made_up, file=wrong, progress=False)
    assert manifest(made_up) == before
    assert sources.faults(datasets.location() / made_up) == []


def test_a_set_behind_a_log_in_says_the_steps():
    with pytest.raises(
        datasets.DatasetError, match=r"Log in at Kaggle.*coursekit data get landscapes --from PATH"
    ):
        datasets.load("landscapes")


# CIFAR


def cifar_archive(tgz, rgb, labels) -> bytes:
    """The Python archive as its page has it: rows of 3,072 bytes, red, then green, then blue."""

    def part(a, b):
        rows = {
            b"data": rgb[a:b].transpose(0, 3, 1, 2).reshape(b - a, 3072),
            b"labels": labels[a:b],
        }
        return pickle.dumps(rows, 3).replace(
            b"numpy._core.", b"numpy.core."
        )  # as it was called in 2009

    files = {f"cifar-10-batches-py/data_batch_{i + 1}": part(4 * i, 4 * i + 4) for i in range(5)}
    meta = pickle.dumps({b"label_names": [f"kind{i}".encode() for i in range(10)]}, 3)
    return tgz(
        {
            "cifar-10-batches-py/readme.html": b"<html>",
            "cifar-10-batches-py/batches.meta": meta,
            **files,
            "cifar-10-batches-py/test_batch": part(20, 26),
        }
    )


def test_cifar_comes_out_pixel_for_pixel(tmp_path, tgz):
    rng = np.random.default_rng(0)
    rgb, labels = (
        rng.integers(0, 256, (26, 32, 32, 3), dtype=np.uint8),
        [int(i) for i in rng.integers(0, 10, 26)],
    )
    (tmp_path / "cifar.tgz").write_bytes(cifar_archive(tgz, rgb, labels))
    with pytest.warns(UserWarning, match="SHA-256 is not the card's"):
        datasets.prepare("cifar10", file=tmp_path / "cifar.tgz", progress=False)
    assert sources.faults(datasets.location() / "cifar10") == []
    for split, (a, b) in {"train": (0, 20), "val": (20, 26)}.items():
        found, found_labels, kinds = datasets.load("cifar10", split, size=32)
        got = {
            photo.tobytes(): kinds[label] for photo, label in zip(found, found_labels, strict=True)
        }
        assert got == {
            photo.tobytes(): f"kind{label}"
            for photo, label in zip(rgb[a:b], labels[a:b], strict=True)
        }


def test_a_pickle_that_would_run_code_is_refused(tmp_path, tgz):
    class Evil:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "pwned"),)

    (tmp_path / "evil.tgz").write_bytes(tgz({"cifar/data_batch_1": pickle.dumps(Evil(), 2)}))
    with pytest.warns(UserWarning), pytest.raises(ArchiveError, match="a pickle wants"):
        datasets.prepare("cifar10", file=tmp_path / "evil.tgz", progress=False)
    assert not (tmp_path / "pwned").exists()


# A reader's own photos


def test_sub_folders_are_the_classes(folder):
    train, labels, names = datasets.load(folder, progress=False)
    val, val_labels, _ = datasets.load(str(folder), "val", progress=False)
    assert names == ["cats", "dogs"]
    together = np.concatenate([labels, val_labels])
    assert np.bincount(together).tolist() == [30, 20]
    assert 0.05 < len(val) / 50 < 0.4
    originals = {
        photos.center_crop(photos.read(f), 64).tobytes(): f.parent.name for f in photos.find(folder)
    }
    close = [
        min(
            np.abs(np.frombuffer(o, np.uint8).astype(int) - photo.ravel()).mean() for o in originals
        )
        for photo in val
    ]
    assert max(close) < 4, "each is one of the photos, but for one JPEG at high quality"


def test_a_zip_and_its_folder_split_alike(folder, tmp_path):
    files = {
        f"around/{f.relative_to(folder).as_posix()}": f.read_bytes()
        for f in reversed(photos.find(folder))
    }
    from_zip = datasets.load(zipped(tmp_path / "mine.zip", files), "val", progress=False)
    from_folder = datasets.load(folder, "val", progress=False)
    for a, b in zip(from_zip, from_folder, strict=True):
        assert np.array_equal(a, b)


def test_names_have_no_say_in_the_split(folder, tmp_path):
    before = {photo.tobytes() for photo in datasets.load(folder, "val", progress=False)[0]}
    for number, file in enumerate(reversed(photos.find(folder))):
        file.rename(file.with_name(f"renamed{number}.jpg"))
    assert {photo.tobytes() for photo in datasets.load(folder, "val", progress=False)[0]} == before


def test_own_train_and_val_folders_are_kept(tmp_path, draw, encoded):
    for i, path in enumerate(("train/a/1.jpg", "train/b/1.jpg", "test/a/1.jpg")):
        (tmp_path / "own" / path).parent.mkdir(parents=True)
        (tmp_path / "own" / path).write_bytes(encoded(draw(i)))
    assert datasets.load(tmp_path / "own")[1].shape == (2,)
    assert datasets.load(tmp_path / "own", "val")[1].tolist() == [0]


def test_photos_without_folders_are_one_class(tmp_path, draw, encoded):
    for i in range(4):
        (tmp_path / f"{i}.png").write_bytes(encoded(draw(i), "PNG"))
    assert datasets.load(tmp_path)[2] == ["photo"]


def test_a_changed_folder_and_a_changed_zip_are_noticed(folder, tmp_path, draw, encoded):
    count = len(datasets.load(folder)[0])
    for i in range(10):
        (folder / "cats" / f"new{i}.jpg").write_bytes(encoded(draw(900 + i)))
    assert len(datasets.load(folder)[0]) + len(datasets.load(folder, "val")[0]) == 60 > count
    path = zipped(tmp_path / "z.zip", {f"{i}.jpg": encoded(draw(i)) for i in range(6)})
    first = datasets.load(path)[0]
    zipped(path, {f"{i}.jpg": encoded(draw(i + 50)) for i in range(6)})
    second = datasets.load(path)[0]
    assert not {photo.tobytes() for photo in first} & {photo.tobytes() for photo in second}


def test_a_second_load_reads_no_original(folder, monkeypatch):
    first = datasets.load(folder)
    monkeypatch.setattr(photos, "read", lambda file: pytest.fail("read again"))
    for a, b in zip(first, datasets.load(folder), strict=True):
        assert np.array_equal(a, b)


def test_own_photos_load_though_the_cache_cannot_be_written(folder, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("COURSEKIT_DATA", str(tmp_path / "file" / "cache"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert len(datasets.load(folder)[0]) + len(datasets.load(folder, "val")[0]) == 50


def test_a_folder_without_photos_is_named(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(datasets.DatasetError, match="empty: no photos"):
        datasets.load(tmp_path / "empty")
