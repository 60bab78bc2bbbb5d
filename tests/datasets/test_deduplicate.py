"""Splits look at photos, not at names: what looks the same stays together."""

import hashlib
import zipfile

import numpy as np
import pytest
from PIL import Image

from coursekit import photos
from coursekit.datasets.deduplicate import NEAR, fingerprint, groups, sides


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
    return sides([hashlib.sha256(data).hexdigest() for data in files], prints)


def test_copies_stay_on_one_side_and_other_photos_do_not_follow(families):
    files, family = families
    found = np.array(split(files))
    for number in range(60):
        assert len(set(found[family == number])) == 1, f"photo {number} is on both sides"
    assert 3 <= sum(found[::6] == "val") <= 24, "and still about a fifth is val"


def test_groups_are_exactly_the_families(families):
    files, family = families
    found = groups(np.array([fingerprint(photos.read(data)) for data in files]))
    assert len(set(zip(found, family, strict=True))) == len(set(found)) == 60


def test_the_order_of_the_files_changes_nothing(families):
    files, _ = families
    order = np.random.default_rng(0).permutation(len(files))
    assert np.array_equal(split([files[i] for i in order]), np.array(split(files))[order])


def test_a_photo_keeps_its_side_when_others_come_and_go(draw, encoded):
    files = [encoded(draw(seed)) for seed in range(80)]
    assert split(files)[:50] == split(files[:50])


def test_a_fifth_goes_to_val():
    hashes = [hashlib.sha256(bytes([i, j])).hexdigest() for i in range(40) for j in range(100)]
    prints = np.where(np.random.default_rng(0).random((4000, 128)) < 0.5, -1, 1)
    assert 0.18 < sides(hashes, prints).count("val") / 4000 < 0.22


@pytest.mark.parametrize("count", [2, 3, 4])
def test_a_handful_of_photos_still_has_both_sides(count, draw, encoded):
    for start in range(30):
        files = [encoded(draw(start * 10 + i)) for i in range(count)]
        assert set(split(files)) == {"train", "val"}


def test_a_single_photo_is_for_training(draw, encoded):
    assert split([encoded(draw(1))]) == ["train"]


def test_grouping_agrees_with_counting_bits_pair_by_pair():
    rng = np.random.default_rng(1)
    prints = np.where(rng.random((150, 128)) < 0.5, -1, 1)
    prints[75:] = prints[:75]
    for row in prints[75:]:
        row[rng.choice(128, rng.integers(0, 2 * NEAR), replace=False)] *= -1
    found = groups(prints)
    for i in range(75):
        assert (found[i] == found[i + 75]) == ((prints[i] != prints[i + 75]).sum() <= NEAR)


def test_known_pairs_of_one_photo_in_two_gradings_are_found(real):
    with zipfile.ZipFile(real("flowers") / "flowers" / "flowers.zip") as archive:
        find = {name.split("/")[-1].split("_")[0]: name for name in archive.namelist()}
        numbers = ("506659320", "506660896", "12916135413", "12916441224")
        prints = [fingerprint(photos.read(archive.read(find[number]))) for number in numbers]
    assert list(groups(np.array(prints))) == [0, 0, 1, 1]
