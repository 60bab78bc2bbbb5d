import warnings

import numpy as np
import pytest
from skimage import color as skcolor

from coursekit import color

# Lab of the corners of sRGB, D65, 2°, as colour calculators publish them (EasyRGB,
# brucelindbloom.com), two decimals.
PUBLISHED = {
    (255, 0, 0): (53.24, 80.09, 67.20),
    (0, 255, 0): (87.73, -86.18, 83.18),
    (0, 0, 255): (32.30, 79.19, -107.86),
    (255, 255, 255): (100, 0, 0),
    (0, 0, 0): (0, 0, 0),
    (119, 119, 119): (50.03, 0, 0),
}
# Three of the 34 test pairs of Sharma, Wu, Dalal (2005), doi:10.1002/col.20070, table 1.
SHARMA = [
    ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
    ((50.0, 2.5, 0.0), (58.0, 24.0, 15.0), 19.4535),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
]


@pytest.mark.parametrize(("rgb", "lab"), PUBLISHED.items())
def test_lab_agrees_with_published_values(rgb, lab):
    np.testing.assert_allclose(color.rgb_to_lab(np.uint8(rgb)), lab, atol=0.02)


def test_every_eighth_bit_colour_on_a_grid_of_step_five_survives_the_round_trip():
    level = np.arange(0, 256, 5, dtype=np.uint8)
    rgb = np.stack(np.meshgrid(level, level, level), axis=-1)
    back, clipped = color.join(*color.split(rgb), return_clipped=True)
    np.testing.assert_array_equal(back, rgb)
    assert clipped.sum() == 0


def test_conversion_agrees_with_scikit_image_for_8_bit_and_float_photos():
    rgb = np.random.default_rng(0).integers(0, 256, (90, 70, 3), dtype=np.uint8)
    rgb[0, :64] = np.arange(64)[:, None]  # dark greys: the straight part of both curves
    for photo in (rgb, rgb / 255, (rgb / 255).astype(np.float32)):
        np.testing.assert_allclose(color.rgb_to_lab(photo), skcolor.rgb2lab(rgb), atol=1e-3)


def test_greys_lean_to_the_same_side_of_neutral_as_in_scikit_image():
    # Who rounds down sees which side it was.
    grey = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    lab = color.rgb_to_lab(grey)
    np.testing.assert_array_equal(
        np.sign(lab), np.sign(skcolor.rgb2lab(grey.astype(np.float32) / 255))
    )
    np.testing.assert_array_equal(lab[0], 0)


def test_conversion_back_agrees_with_scikit_image_inside_and_outside_the_gamut():
    lab = (
        np.random.default_rng(0)
        .uniform([0, -110, -110], [100, 110, 110], (4000, 3))
        .astype(np.float32)
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reference = np.rint(skcolor.lab2rgb(lab) * 255)
    assert np.abs(color.lab_to_rgb(lab).astype(int) - reference).max() <= 1


def test_float_and_8_bit_photos_give_the_same_lab_in_float32():
    rgb = np.random.default_rng(0).integers(0, 256, (2, 5, 7, 3), dtype=np.uint8)
    lab = color.rgb_to_lab(rgb)
    assert lab.dtype == np.float32
    np.testing.assert_allclose(lab, color.rgb_to_lab(rgb / 255), atol=1e-3)


@pytest.mark.parametrize("divisor", [None, 255])
def test_lightness_alone_is_that_of_lab(divisor):
    rgb = np.random.default_rng(0).integers(0, 256, (2, 5, 7, 3), dtype=np.uint8)
    rgb = rgb if divisor is None else rgb / divisor
    L = color.lightness(rgb)
    assert L.dtype == np.float32
    np.testing.assert_allclose(L, color.rgb_to_lab(rgb)[..., :1], atol=1e-3)


def test_clipped_pixels_are_counted():
    lab = np.array([[50, 0, 0], [50, 0, -90], [97, 60, 0]], np.float32)
    rgb, clipped = color.lab_to_rgb(lab, return_clipped=True)
    assert clipped.tolist() == [False, True, True]
    assert rgb.dtype == np.uint8


@pytest.fixture
def asked():
    """L and ab of any kind, most of it outside sRGB, and which of it sRGB can show."""
    lab = np.random.default_rng(0).uniform([0, -110, -110], [100, 110, 110], (4000, 3))
    lab = lab.astype(np.float32)
    return lab[:, :1], lab[:, 1:], color.in_gamut(lab)


def test_joined_colours_have_the_L_they_were_given_up_to_the_rounding_to_8_bits(asked):
    L, ab, inside = asked
    assert 0.1 < inside.mean() < 0.5
    rgb = color.join(L, ab).astype(float)
    # All that is rounded to these levels: L grows with each channel, so its ends are the corners'.
    low, high = (skcolor.rgb2lab(np.clip((rgb + half) / 255, 0, 1))[:, :1] for half in (-0.5, 0.5))
    assert ((low - 0.01 < L) & (L < high + 0.01)).all()
    clipped = color.lab_to_rgb(np.concatenate([L, ab], axis=-1))
    assert np.abs(skcolor.rgb2lab(clipped)[:, :1] - L).max() > 20  # what clipping does


def test_joined_colours_that_srgb_has_are_scikit_images(asked):
    L, ab, inside = asked
    rgb, clipped = color.join(L, ab, return_clipped=True)
    np.testing.assert_array_equal(clipped, ~inside)
    lab = np.concatenate([L, ab], axis=-1)[inside].astype(float)
    np.testing.assert_array_equal(rgb[inside], np.rint(skcolor.lab2rgb(lab) * 255))


def test_joined_colours_that_srgb_lacks_become_paler_and_keep_about_their_hue(asked):
    L, ab, inside = asked
    shown = skcolor.rgb2lab(color.join(L, ab))[:, 1:]
    chroma, wanted = (np.linalg.norm(each, axis=1) for each in (shown, ab))
    assert (chroma < wanted + 2).all()
    strong = ~inside & (chroma > 15)
    cosine = np.sum(shown * ab, axis=1)[strong] / (chroma * wanted)[strong]
    assert np.median(np.degrees(np.arccos(np.clip(cosine, -1, 1)))) < 10


def test_joined_colours_are_no_paler_than_they_must_be(asked):
    # Mixed in linear light with the grey of its luminance, a colour meets the surface of the cube.
    L, ab, inside = asked
    rgb = color.join(L, ab)[~inside & (L[:, 0] < 99.5)]
    assert ((rgb == 0) | (rgb == 255)).any(axis=1).all()


@pytest.mark.parametrize(("L", "grey"), [(0, 0), (100, 255)])
def test_black_and_white_are_joined_without_a_tint(L, grey):
    # Among faint colours some lie so little outside sRGB that they do not count as clipped.
    axis = np.concatenate([np.linspace(-5, 5, 101), [-100, -30, 30, 100]])
    ab = np.stack(np.meshgrid(axis, axis), axis=-1).astype(np.float32)
    assert (color.join(np.full((*ab.shape[:2], 1), L, np.float32), ab) == grey).all()


def test_a_photo_is_grey_if_99_of_100_pixels_are():
    photo = np.full((10, 10, 3), 90, np.uint8)
    assert color.is_grey(photo)
    photo[0, 0] = 255, 0, 0
    assert color.is_grey(photo)
    photo[0, 1:3] = 255, 0, 0
    assert not color.is_grey(photo)
    faint = np.full((10, 10, 3), (100, 90, 90), np.uint8)
    chroma = np.linalg.norm(skcolor.rgb2lab(faint)[0, 0, 1:])
    assert color.is_grey(faint, limit=chroma + 0.1) and not color.is_grey(faint, chroma - 0.1)


def test_conversion_of_colours_outside_srgb_raises_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        color.lab_to_rgb(np.array([[5, 0, 100]], np.float32))


def test_split_and_join_keep_batch_dimensions():
    L, ab = color.split(np.zeros((2, 4, 6, 3), np.uint8))
    assert (L.shape, ab.shape) == ((2, 4, 6, 1), (2, 4, 6, 2))


def test_scalings_map_lab_to_what_networks_use_and_back():
    assert color.scale_L(np.array([0.0, 50, 100])).tolist() == [-1, 0, 1]
    assert color.scale_ab(np.array([-128.0, 64])).tolist() == [-1, 0.5]
    values = np.linspace(-100, 100, 9)
    np.testing.assert_allclose(color.unscale_L(color.scale_L(values)), values)
    np.testing.assert_allclose(color.unscale_ab(color.scale_ab(values)), values)


def test_gamut_range_is_that_of_all_8_bit_colours():
    # Found by converting all 16,777,216 colours once; blue (0, 0, 255) and green (0, 255, 0) are
    # the known extremes.
    np.testing.assert_allclose(color.gamut_range(), (-86.18, 98.23, -107.86, 94.48), atol=0.01)


def test_all_8_bit_colours_scale_into_the_range_of_tanh():
    assert np.abs(color.scale_ab(np.array(color.gamut_range()))).max() < 1


def test_gamut_slice_is_widest_in_the_middle_and_nearly_empty_at_the_ends():
    axis = np.arange(-110, 111, 5)
    area = {L: color.gamut_slice(L, axis, axis).sum() for L in (1, 50, 99)}
    assert area[50] > 10 * area[1] and area[50] > 10 * area[99]


def test_gamut_slice_has_rows_along_b():
    mask = color.gamut_slice(90, a=np.array([-40, -10]), b=np.array([0, 80, -80]))
    assert mask.shape == (3, 2)
    # A strong light yellow exists, a light blue as strong does not.
    assert mask[1, 1] and not mask[2, 1]


@pytest.mark.parametrize(("first", "second", "difference"), SHARMA)
def test_ciede2000_agrees_with_the_published_test_pairs(first, second, difference):
    assert color.delta_e(np.array(first), np.array(second)) == pytest.approx(difference, abs=5e-4)


def test_cie76_is_plain_distance():
    difference = color.delta_e(np.array([50.0, 0, 0]), np.array([50.0, 3, 4]), "CIE76")
    assert difference == pytest.approx(5)


@pytest.mark.parametrize(("standard", "grey"), [(601, 76.245), (709, 54.213)])
def test_luma_of_red_is_its_weight_in_the_standard(standard, grey):
    assert color.luma(np.uint8([255, 0, 0]), standard) == pytest.approx(grey, abs=1e-3)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: color.rgb_to_lab(np.zeros((4, 4), np.uint8)), "3 channels"),
        (lambda: color.rgb_to_lab(np.zeros((4, 4, 3), int)), "dtype int64"),
        (lambda: color.rgb_to_lab(np.full((4, 4, 3), 255.0)), "divide by 255"),
        (lambda: color.rgb_to_lab(np.full((4, 4, 3), np.nan)), "must lie in 0…1"),
        (lambda: color.join(np.zeros((4, 4, 1)), np.zeros((4, 5, 2))), "must agree"),
        (lambda: color.join(np.zeros((4, 4)), np.zeros((4, 4, 2))), "L needs 1 channels"),
        (lambda: color.delta_e(np.zeros(3), np.zeros(3), "CIE94x"), "choose from CIEDE2000, CIE76"),
        (lambda: color.luma(np.zeros(3, np.uint8), 2020), "choose from 601, 709"),
    ],
)
def test_bad_input_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()
