"""Photos of another size keep their proportions, their colours, and are antialiased."""

import numpy as np
import pytest
from pictures import COLOURS, HEIGHT, PICTURE, WIDTH, draw, quarters

from coursekit import photos


def test_resize_gives_height_then_width():
    assert photos.resize(PICTURE, 10, 20).shape == (10, 20, 3)


def test_resize_antialiases():
    """A fine chequerboard becomes its mean; taking single pixels would give black and white."""
    board = np.indices((64, 96)).sum(0) % 2 * 255
    small = photos.resize(np.dstack([board.astype(np.uint8)] * 3), 8, 12)
    np.testing.assert_allclose(small, 127.5, atol=4)


def test_resize_keeps_colours_and_the_original():
    before = PICTURE.copy()
    large = photos.resize(PICTURE, HEIGHT * 2, WIDTH * 2)
    np.testing.assert_allclose(quarters(large[::2, ::2]), COLOURS, atol=1)
    same = photos.resize(PICTURE, HEIGHT, WIDTH)
    assert np.array_equal(same, PICTURE)
    same[:] = 0
    assert np.array_equal(PICTURE, before)


@pytest.mark.parametrize("turn", [False, True], ids=["wide", "tall"])
def test_center_crop_takes_the_middle_square(turn):
    photo = np.zeros((40, 100, 3), np.uint8)
    photo[:, 30:70] = (9, 99, 199)
    photo = photo.transpose(1, 0, 2) if turn else photo
    assert np.unique(photos.center_crop(photo, 16).reshape(-1, 3), axis=0).tolist() == [
        [9, 99, 199]
    ]
    assert photos.center_crop(photo, 16).shape == (16, 16, 3)


def test_center_crop_of_a_square_is_resize():
    square = PICTURE[:, :HEIGHT]
    assert np.array_equal(photos.center_crop(square, 20), photos.resize(square, 20, 20))


@pytest.mark.parametrize("turn", [False, True], ids=["wide", "tall"])
def test_letterbox_shows_the_whole_photo_between_black_bars(turn):
    photo = draw(COLOURS)
    photo = photo.transpose(1, 0, 2) if turn else photo
    rgb, mask = photos.letterbox(photo, 64)
    assert (rgb.shape, rgb.dtype, mask.shape, mask.dtype) == ((64, 64, 3), np.uint8, (64, 64), bool)
    real = rgb[:, 8:56] if turn else rgb[8:56]
    assert np.array_equal(real, photo)
    assert mask.sum() == 48 * 64 and (mask[:, 8:56] if turn else mask[8:56]).all()
    assert not rgb[~mask].any()


def test_letterbox_of_a_square_has_no_bars():
    rgb, mask = photos.letterbox(PICTURE[:, :HEIGHT], 32)
    assert mask.all() and np.array_equal(rgb, photos.resize(PICTURE[:, :HEIGHT], 32, 32))


def test_letterbox_keeps_a_pixel_of_the_thinnest_photo():
    rgb, mask = photos.letterbox(np.full((1, 999, 3), 200, np.uint8), 32)
    assert mask.sum() == 32 and (rgb[mask] == 200).all()


@pytest.mark.parametrize(
    "shape, dtype",
    [
        ((0, 5, 3), np.uint8),
        ((5, 0, 3), np.uint8),
        ((5, 5), np.uint8),
        ((5, 5, 4), np.uint8),
        ((5, 5, 3), np.float32),
    ],
)
def test_sizing_refuses_what_is_not_a_photo(shape, dtype):
    photo = np.zeros(shape, dtype)
    for size_it in (
        lambda: photos.resize(photo, 4, 4),
        lambda: photos.center_crop(photo, 4),
        lambda: photos.letterbox(photo, 4),
    ):
        with pytest.raises(ValueError, match=r"expected uint8 \(H, W, 3\)"):
            size_it()


@pytest.mark.parametrize("size", [0, -3])
def test_sizing_refuses_sizes_below_one(size):
    for size_it in (
        lambda: photos.resize(PICTURE, 4, size),
        lambda: photos.center_crop(PICTURE, size),
        lambda: photos.letterbox(PICTURE, size),
    ):
        with pytest.raises(ValueError, match="cannot resize"):
            size_it()
