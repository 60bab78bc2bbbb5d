"""Splits look at photos, not at names: what looks the same stays together."""

import hashlib
import zipfile

import numpy as np
import pytest
from PIL import Image

from coursekit import photos
from coursekit.datasets.deduplicate import fingerprint, groups, splits


def copies(image: Image.Image, encoded) -> list[bytes]:
    """The same photo as people keep it: saved again, smaller, larger, brighter, another format."""
    half = image.resize((image.width // 2, image.height // 2), Image.Resampling.LANCZOS)
    large = image.resize((image.width * 3 // 2, image.height * 3 // 2), Image.Resampling.BICUBIC)
    return [
        encoded(image, quality=95),
        encoded(image, quality=40),
        encoded(image, "PNG"),
        encoded(half, quality=70),
        encoded(large, "WEBP", quality=80),
        encoded(image.point(lambda v: min(255, int(v * 1.08)))),
    ]


@pytest.fixture(scope="module")
def families(draw, encoded):
    """60 photos, six copies each: file bytes, and the number of the photo each shows."""
    files = [data for seed in range(60) for data in copies(draw(seed), encoded)]
    return files, np.repeat(np.arange(60), 6)


def split(files: list[bytes]) -> list[str]:
    prints = np.array([fingerprint(photos.read(data)) for data in files])
    return splits([hashlib.sha256(data).hexdigest() for data in files], prints)


def test_copies_stay_in_one_split_and_other_photos_do_not_follow(families):
    files, family = families
    found = np.array(split(files))
    for number in range(60):
        assert len(set(found[family == number])) == 1, f"photo {number} is in both splits"
    assert 3 <= sum(found[::6] == "val") <= 24, "and still about a fifth is val"


def test_groups_are_exactly_the_families(families):
    files, family = families
    found = groups(np.array([fingerprint(photos.read(data)) for data in files]))
    assert len(set(zip(found, family, strict=True))) == len(set(found)) == 60


def test_the_order_of_the_files_changes_nothing(families):
    files, _ = families
    order = np.random.default_rng(0).permutation(len(files))
    assert np.array_equal(split([files[i] for i in order]), np.array(split(files))[order])


def test_a_photo_keeps_its_split_when_others_come_and_go(draw, encoded):
    files = [encoded(draw(seed)) for seed in range(80)]
    assert split(files)[:50] == split(files[:50])


def test_a_fifth_goes_to_val():
    hashes = [hashlib.sha256(bytes([i, j])).hexdigest() for i in range(40) for j in range(100)]
    prints = np.where(np.random.default_rng(0).random((4000, 128)) < 0.5, -1, 1)
    assert 0.18 < splits(hashes, prints).count("val") / 4000 < 0.22


@pytest.mark.parametrize("count", [2, 3, 4])
def test_a_handful_of_photos_still_has_both_splits(count, draw, encoded):
    for start in range(30):
        files = [encoded(draw(start * 10 + i)) for i in range(count)]
        assert set(split(files)) == {"train", "val"}


def test_a_single_photo_is_for_training(draw, encoded):
    assert split([encoded(draw(1))]) == ["train"]


@pytest.mark.parametrize("bits", range(0, 37))
def test_photos_that_differ_in_18_of_128_bits_are_one_and_in_19_are_two(bits):
    rng = np.random.default_rng(bits)
    first = np.where(rng.random(128) < 0.5, -1, 1)
    second = first.copy()
    second[rng.choice(128, bits, replace=False)] *= -1
    assert len(set(groups([first, second]))) == (1 if bits <= 18 else 2)


def test_groups_go_in_chains_and_across_blocks_of_1024():
    prints = np.where(np.random.default_rng(1).random((2100, 128)) < 0.5, -1, 1)
    for link, before in ((700, 5), (1400, 700), (2099, 1400)):
        prints[link] = prints[before]
        prints[link, link % 100 : link % 100 + 18] *= -1
    found = groups(prints)
    assert len({found[5], found[700], found[1400], found[2099]}) == 1
    assert len(set(found)) == 2100 - 3


def test_a_photo_saved_badly_and_small_is_still_the_same(draw, encoded):
    prints = []
    for seed in range(20):
        photo = draw(seed, 240, 320)
        small = photo.resize((40, 30), Image.Resampling.BILINEAR)
        prints += [photos.read(encoded(photo)), photos.read(encoded(small, quality=8))]
    prints = np.array([fingerprint(rgb) for rgb in prints])
    apart = (prints[::2] != prints[1::2]).sum(axis=1)
    assert apart.max() > 10, "hard enough to see whether NEAR is large enough"
    found = groups(prints)
    assert np.array_equal(found[::2], found[1::2])


def test_known_pairs_of_one_photo_in_two_gradings_are_found(real):
    with zipfile.ZipFile(real("flowers") / "flowers" / "flowers.zip") as archive:
        find = {name.split("/")[-1].split("_")[0]: name for name in archive.namelist()}
        numbers = ("506659320", "506660896", "12916135413", "12916441224")
        prints = [fingerprint(photos.read(archive.read(find[number]))) for number in numbers]
    assert list(groups(np.array(prints))) == [0, 0, 1, 1]
