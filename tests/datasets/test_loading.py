"""load, available, choose, location: arrays out, or an error that says the way out."""

import csv
import warnings
import zipfile

import numpy as np
import pytest

from coursekit import datasets, photos
from coursekit.datasets.loading import OLD_PHOTOGRAPHS

REAL = {  # set: train photos, val photos, classes
    "flowers": (2875, 715, 5),
    "landscapes": (2598, 597, 4),
    "urban": (600, 200, 2),
    "pets": (1696, 300, 2),
    "imagenette": (1997, 499, 10),
    "photos": (200, 100, 1),
    "cifar10": (50000, 10000, 10),
    "historic": (0, 86, 5),
}


@pytest.fixture
def things(tmp_path, draw, encoded):
    """A prepared set: 40 forests, 30 glaciers, 10 seas; every fourth (10, 8, 3) is in val."""
    path = tmp_path / "given.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for first, (kind, count) in enumerate({"forest": 40, "glacier": 30, "sea": 10}.items()):
            for i in range(count):
                split = "train" if i % 4 else "test"
                archive.writestr(f"seg_{split}/{kind}/{i}.jpg", encoded(draw(1000 * first + i)))
    datasets.prepare("landscapes", file=path, progress=False)
    return "landscapes"


def as_set(rgb) -> set[bytes]:
    return {photo.tobytes() for photo in rgb}


def test_arrays_have_the_promised_shapes_and_types(things):
    rgb, labels, names = datasets.load(things, size=48)
    assert rgb.shape == (59, 48, 48, 3) and rgb.dtype == np.uint8
    assert labels.shape == (59,) and labels.dtype == np.int64
    assert names == ["forest", "glacier", "sea"]
    assert np.bincount(labels).tolist() == [30, 22, 7]
    assert datasets.load(things, "val")[0].shape == (21, 64, 64, 3)


def test_each_photo_is_the_centre_crop_of_its_file_with_its_label(things):
    rgb, labels, names = datasets.load(things, "val", size=32)
    with zipfile.ZipFile(datasets.location() / things / "landscapes.zip") as archive:
        expected = {
            photos.center_crop(photos.read(archive.read(n)), 32).tobytes(): n.split("/")[1]
            for n in archive.namelist()
            if n.startswith("val/")
        }
    assert {
        photo.tobytes(): names[label] for photo, label in zip(rgb, labels, strict=True)
    } == expected


def test_train_and_val_share_nothing(things):
    train, val = (as_set(datasets.load(things, split)[0]) for split in ("train", "val"))
    assert train and val and not train & val


def test_classes_are_labelled_in_the_order_asked_for(things):
    rgb, labels, names = datasets.load(things, classes=["sea", "forest"])
    assert names == ["sea", "forest"]
    one, zeros, single = datasets.load(things, classes="sea")
    assert single == ["sea"] and set(zeros) == {0}
    assert as_set(rgb[labels == 0]) == as_set(one)


def test_a_limit_takes_equally_from_each_class(things):
    _, labels, _ = datasets.load(things, limit=12)
    assert np.bincount(labels).tolist() == [4, 4, 4]
    _, labels, _ = datasets.load(things, limit=40)
    assert np.bincount(labels)[2] == 7 and np.ptp(np.bincount(labels)[:2]) <= 1, (
        "a class that runs out is made up for"
    )


def test_a_smaller_limit_is_part_of_a_larger_one_and_the_seed_decides_which(things):
    small, large = (as_set(datasets.load(things, limit=limit, seed=3)[0]) for limit in (9, 30))
    assert small < large
    assert small != as_set(datasets.load(things, limit=9, seed=4)[0])
    assert small == as_set(datasets.load(things, limit=9, seed=3)[0])


def test_the_order_mixes_the_classes_and_belongs_to_the_seed(things):
    first, again, other = (datasets.load(things, seed=seed) for seed in (0, 0, 1))
    assert np.array_equal(first[0], again[0]) and np.array_equal(first[1], again[1])
    assert not np.array_equal(first[0], other[0]) and as_set(first[0]) == as_set(other[0])
    assert len(set(first[1][-20:])) > 1, "so that a validation_split at the end has every class"


@pytest.mark.parametrize(
    "arguments, message",
    [
        (
            {"name": "flowres"},
            r"no data set 'flowres' \(did you mean 'flowers'\?\); there are: scenes, skimage, old",
        ),
        ({"name": "no/such/folder"}, "or give the path of a folder or zip"),
        ({"split": "test"}, 'no split \'test\'.*there are "train" and "val"'),
        (
            {"classes": ["forest", "glasier"]},
            r"no class 'glasier' \(did you mean 'glacier'\?\); it has: forest, glacier",
        ),
        ({"classes": []}, "at least one"),
        ({"classes": ["sea", "sea"]}, "each class once"),
        ({"limit": 0}, "limit=0"),
        ({"limit": -1}, "limit=-1"),
        ({"limit": 1.5}, "whole number"),
        (
            {"limit": 61},
            'limit=61: landscapes has 59 "train" photos of forest, glacier, sea; pass at most 59',
        ),
        ({"size": 0}, "size=0"),
        ({"size": True}, "whole number"),
        ({"seed": -1}, "seed=-1"),
    ],
)
def test_a_wrong_argument_is_named_with_the_choices(things, arguments, message):
    with pytest.raises(datasets.DatasetError, match=message):
        datasets.load(**{"name": things, **arguments})


def test_photos_that_must_be_enlarged_are_told_of(things):
    with pytest.warns(UserWarning, match="59 of 59 photos are smaller than size=200"):
        datasets.load(things, size=200)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        datasets.load(things, size=64)


# Damage


def damage(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 1
    path.write_bytes(data)


def test_a_damaged_cache_that_cannot_be_made_anew_is_named_with_the_way_out(things):
    path = datasets.location() / things / "landscapes.zip"
    for harm in (damage, lambda path: path.write_bytes(path.read_bytes()[:5000])):
        harm(path)
        with pytest.warns(UserWarning, match="damaged"):
            with pytest.raises(
                datasets.DatasetError, match=r"landscapes.zip: damaged.*landscapes --from PATH"
            ):
                datasets.load(things)


def test_a_damaged_cache_is_fetched_and_made_anew(tiny, server):
    before = datasets.load("tiny", progress=False)
    damage(datasets.location() / "tiny" / "tiny.zip")
    with pytest.warns(UserWarning, match="tiny.zip: damaged .*; it is made anew"):
        after = datasets.load("tiny", progress=False)
    assert len(server.asked) == 2
    assert np.array_equal(before[0], after[0])


def test_large_loads_are_remembered_until_the_content_changes(things, monkeypatch):
    monkeypatch.setattr("coursekit.datasets.array_cache.LEAST", 10)
    first = datasets.load(things)
    monkeypatch.setattr(
        "coursekit.datasets.loading.to_rgb", lambda item: pytest.fail("decoded again")
    )
    for a, b in zip(first, datasets.load(things), strict=True):
        assert np.array_equal(a, b)
    with pytest.raises(pytest.fail.Exception):
        datasets.load(things, size=32)
    with pytest.raises(pytest.fail.Exception):
        datasets.load(things, limit=20)
    path = datasets.location() / things / "landscapes.zip"
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    names = [*files]
    with zipfile.ZipFile(path, "w") as archive:  # the same names, other photos
        for name, other in zip(names, names[1:] + names[:1], strict=True):
            archive.writestr(name, files[other])
    with pytest.raises(pytest.fail.Exception):
        datasets.load(things)


def test_a_damaged_memory_is_named_and_made_anew(things, monkeypatch):
    monkeypatch.setattr("coursekit.datasets.array_cache.LEAST", 10)
    first = datasets.load(things)
    [file] = (datasets.location() / "decoded").glob("*.npz")
    damage(file)
    with pytest.warns(UserWarning, match=f"{file.name}: damaged"):
        assert np.array_equal(datasets.load(things)[0], first[0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        datasets.load(things)


def test_the_memory_stays_below_its_limit(things, monkeypatch):
    monkeypatch.setattr("coursekit.datasets.array_cache.LEAST", 10)
    monkeypatch.setattr("coursekit.datasets.array_cache.KEEP", 2_000_000)
    for seed in range(5):
        datasets.load(things, limit=50, seed=seed)
    sizes = [file.stat().st_size for file in (datasets.location() / "decoded").iterdir()]
    assert 600_000 < sum(sizes) <= 2_000_000


def test_a_set_in_a_read_only_cache_loads_and_is_remembered_elsewhere(
    things, monkeypatch, tmp_path
):
    monkeypatch.setattr("coursekit.datasets.array_cache.LEAST", 10)
    datasets.location().chmod(0o555)
    first = datasets.load(things)
    assert not (datasets.location() / "decoded").exists()
    assert np.array_equal(datasets.load(things)[0], first[0])
    datasets.location().chmod(0o755)


# On disk


def test_photos_on_disk_are_those_in_memory_in_the_same_order(things, cache):
    for limit in (None, 12):
        rgb, labels, names = datasets.load(things, size=48, limit=limit, seed=3)
        mapped, same_labels, same_names = datasets.load(
            things, size=48, limit=limit, seed=3, on_disk=True
        )
        assert isinstance(mapped, np.memmap) and not mapped.flags.writeable
        assert (
            np.array_equal(mapped, rgb)
            and np.array_equal(same_labels, labels)
            and same_names == names
        )
    assert {file.suffix or file.name for file in (cache / "on_disk").iterdir()} == {".npy", ".lock"}


def test_photos_on_disk_are_decoded_once(things, monkeypatch):
    first = datasets.load(things, on_disk=True)[0]
    monkeypatch.setattr(
        "coursekit.datasets.loading.to_rgb", lambda item: pytest.fail("decoded again")
    )
    assert np.array_equal(datasets.load(things, on_disk=True)[0], first)
    with pytest.raises(pytest.fail.Exception):
        datasets.load(things, on_disk=True, seed=1)


def test_a_load_on_disk_that_is_cut_off_leaves_nothing_that_passes_for_whole(
    things, monkeypatch, cache
):
    with monkeypatch.context() as patch:
        patch.setattr("coursekit.datasets.loading.to_rgb", lambda item: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            datasets.load(things, on_disk=True)
    assert not [*(cache / "on_disk").glob("*.npy")]
    (cache / "on_disk" / ".of-a-killed-process.part").write_bytes(b"half")
    assert np.array_equal(datasets.load(things, on_disk=True)[0], datasets.load(things)[0])
    assert not [*(cache / "on_disk").glob(".*.part")]


def test_a_disk_without_room_is_named_with_the_way_out(things, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda folder: type("Usage", (), {"free": 10_000}))
    with pytest.raises(datasets.DatasetError, match="has room for 0.0 GB.*COURSEKIT_DATA"):
        datasets.load(things, on_disk=True)


def test_scenes_say_how_to_draw_more_than_memory_holds():
    with pytest.raises(datasets.DatasetError, match="scenes.draw"):
        datasets.load("scenes", limit=4, on_disk=True)


# Built in


def test_scikit_image_photos_need_no_cache(cache):
    rgb, labels, names = datasets.load("skimage")
    assert rgb.shape == (6, 64, 64, 3) and names == ["everyday", "scientific"]
    assert datasets.load("skimage", "val")[1].tolist() in ([0, 1], [1, 0])
    assert not cache.exists()


def test_old_photographs_need_no_cache_and_say_where_they_are_from(cache):
    rgb, labels, names = datasets.load("old_photographs", "val", size=256)
    assert names == ["bw", "prokudin_bw", "prokudin_color"]
    assert np.bincount(labels).tolist() == [4, 2, 2] and len(as_set(rgb)) == 8
    coloured = np.ptp(rgb.astype(int), axis=-1).mean((1, 2)) > 2
    assert [names[label] for label in labels[coloured]] == ["prokudin_color"] * 2
    assert not cache.exists()

    with open(OLD_PHOTOGRAPHS / "photos.csv", newline="", encoding="utf-8") as file:
        rows = [*csv.DictReader(file)]
    there = {file.name: file.stat().st_size for file in OLD_PHOTOGRAPHS.glob("*.jpg")}
    assert {row["file"] for row in rows} == there.keys()
    assert sum(there.values()) < 800_000
    free = ("public domain", "US government work", "no known restrictions")
    for row in rows:
        assert row["title"] and row["photographer"] and row["year"] and row["source"]
        assert row["rights"].startswith(free)


def test_an_exposure_and_its_colours_come_in_the_same_order():
    exposure, colour = (
        datasets.load("old_photographs", "val", size=64, classes=kind)[0].astype(float)
        for kind in ("prokudin_bw", "prokudin_color")
    )
    alike = np.corrcoef(exposure.mean(-1).reshape(2, -1), colour.mean(-1).reshape(2, -1))[:2, 2:]
    assert (alike.argmax(1) == [0, 1]).all() and np.diag(alike).min() > 0.6


def test_the_astronaut_is_scikit_images_astronaut():
    import skimage.data

    everyday = datasets.load("skimage", size=300, classes="everyday")[0]
    assert photos.center_crop(skimage.data.astronaut(), 300).tobytes() in as_set(everyday)


def test_scenes_are_drawn_in_any_number_and_never_twice():
    scenes = pytest.importorskip("coursekit.datasets.scenes")
    train, labels, names = datasets.load("scenes", limit=24)
    assert train.shape == (24, 64, 64, 3) and names == [*scenes.KINDS]
    val = datasets.load("scenes", "val", limit=24)[0]
    assert not as_set(train) & as_set(val)
    some = [*scenes.KINDS][2:0:-1]
    _, labels, names = datasets.load("scenes", classes=some, limit=6)
    assert names == some and np.bincount(labels).tolist() == [3, 3]
    drawn = scenes.draw(6, kinds=some)
    assert [names[label] for label in labels] == [scenes.KINDS[label] for label in drawn.labels]


def test_available_and_choose_know_what_needs_no_network(things, tmp_path):
    assert (
        datasets.available("scenes")
        and datasets.available("old_photographs")
        and datasets.available(things)
    )
    assert not datasets.available("flowers") and datasets.available(tmp_path)
    assert datasets.choose("flowers", things, "scenes") == things
    with pytest.raises(datasets.DatasetError, match="did you mean 'flowers'"):
        datasets.choose("flower", "scenes")


def test_location_follows_the_environment(monkeypatch, tmp_path):
    assert datasets.location() == tmp_path / "cache"
    monkeypatch.delenv("COURSEKIT_DATA")
    assert (
        datasets.location().name.lower() in ("coursekit", "cache")
        and datasets.location() != tmp_path / "cache"
    )


# Real sets, for those who have them


@pytest.mark.parametrize("name", REAL)
def test_real_sets_load(name, real, monkeypatch):
    monkeypatch.setenv("COURSEKIT_DATA", str(real(name)))
    train, val, kinds = REAL[name]
    for split, count in (("train", train), ("val", val)):
        if not count:
            with pytest.raises(datasets.DatasetError, match='has no "train" photos, only: val'):
                datasets.load(name, split)
            continue
        rgb, labels, names = datasets.load(name, split, size=32, limit=min(count, 120))
        assert rgb.shape == (min(count, 120), 32, 32, 3) and len(names) == kinds
        assert rgb.std() > 20 and len(set(labels)) == kinds
        with pytest.raises(datasets.DatasetError, match="pass at most"):
            datasets.load(name, split, limit=10**6)
