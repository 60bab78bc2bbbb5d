import numpy as np
import pytest
from scipy import ndimage

from coursekit import training
from coursekit.training.augmentation import random_crop, vary_light


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


def ramps(count=1, height=32, width=48):
    """Photos whose first plane says how far right a pixel is, the second how far down, 0…1."""
    down, right = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j].astype("float32")
    return np.repeat(np.stack([right, down, right * down], axis=-1)[None], count, axis=0)


def test_a_crop_shows_a_part_of_at_least_the_area_that_was_asked_for():
    parts = random_crop(ramps(300), np.random.default_rng(0), 16, 16, least=0.4)
    assert parts.shape == (300, 16, 16, 3)
    wide, high = (np.ptp(parts[..., plane], axis=(1, 2)) for plane in (0, 1))
    area = wide * high  # of pixels' centres, so a little less than of the part
    assert 0.3 < area.min() < 0.45 and 0.85 < area.max() <= 1
    proportions = np.abs(np.log(wide / high))
    assert 0.1 < proportions.max() < 0.25


def test_a_crop_of_the_whole_area_in_its_own_size_is_the_photo():
    photo = np.random.default_rng(0).uniform(size=(2, 16, 24, 3)).astype("float32")
    whole = random_crop(photo, np.random.default_rng(1), 16, 24, least=1, ratio=0)
    np.testing.assert_allclose(whole, photo, atol=1e-6)


def test_a_crop_keeps_to_the_range_of_its_photo_where_bicubic_interpolation_overshoots():
    edge = np.zeros((1, 32, 32, 1), "float32")
    edge[:, :, 16:] = 1
    part = random_crop(edge, np.random.default_rng(0), 24, 24, least=0.4)
    assert part.min() == 0 and part.max() == 1


def test_light_changes_L_by_no_more_than_was_asked_for_and_leaves_ab():
    planes = np.zeros((200, 2, 2, 3), "float32")
    planes[..., 0], planes[..., 1:] = 0.5, 0.3
    lit = vary_light(planes, np.random.default_rng(0), contrast=0.2, light=0.1)
    np.testing.assert_array_equal(lit[..., 1:], planes[..., 1:])
    L = lit[..., 0]
    assert 0.3 <= L.min() < 0.34 and 0.66 < L.max() <= 0.7
    assert (np.ptp(L, axis=(1, 2)) == 0).all(), "a photo is lit as a whole"
    bright = vary_light(planes + 0.5, np.random.default_rng(0), contrast=0.2, light=0.1)
    assert bright[..., 0].max() == 1


def test_all_changes_together_keep_planes_aligned_and_have_the_size_that_was_asked_for():
    planes = np.repeat(np.random.default_rng(0).uniform(size=(4, 32, 32, 1)), 3, axis=-1)
    varied = training.vary(planes.astype("float32"), np.random.default_rng(1), crop=0.4, size=16)
    assert varied.shape == (4, 16, 16, 3)
    np.testing.assert_array_equal(varied[..., 0], varied[..., 2])


def test_without_crop_and_light_a_batch_is_only_moved():
    planes = np.random.default_rng(0).uniform(size=(3, 16, 16, 3)).astype("float32")
    np.testing.assert_array_equal(
        training.vary(planes, np.random.default_rng(1), rotate=5),
        training.augment(planes, np.random.default_rng(1), rotate=5),
    )
