"""What holds for every colour, every prior and every size, on examples that Hypothesis chooses.

It looks for the awkward ones (zeros, edges, extremes), the same in every run.
"""

import numpy as np
import pytest
import skimage.color
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.special import softmax

from coursekit import bins, color, photos

QUICK = settings(derandomize=True, deadline=None, max_examples=60, database=None)

levels = st.integers(0, 255)
colours = arrays(np.uint8, st.tuples(st.integers(1, 40), st.just(3)), elements=levels)
pictures = arrays(
    np.uint8, st.tuples(st.integers(1, 24), st.integers(1, 24), st.just(3)), elements=levels
)
sizes = st.integers(1, 50)


def floats(low, high):
    return st.floats(low, high, width=32)


lightness = arrays(np.float32, (9, 1), elements=floats(0, 100))
chroma = arrays(np.float32, (9, 2), elements=floats(-128, 128))
labs = arrays(np.float32, (9, 3), elements=floats(-60, 60)).map(lambda lab: lab + [60, 0, 0])


# Colour


@QUICK
@given(colours)
def test_every_8_bit_colour_comes_back_from_lab_as_it_was(rgb):
    L, ab = color.split(rgb)
    np.testing.assert_array_equal(color.join(L, ab), rgb)
    np.testing.assert_array_equal(color.lab_to_rgb(np.concatenate([L, ab], axis=-1)), rgb)
    assert color.in_gamut(np.concatenate([L, ab], axis=-1)).all()


@QUICK
@given(colours)
def test_lab_is_that_of_scikit_image(rgb):
    np.testing.assert_allclose(color.rgb_to_lab(rgb), skimage.color.rgb2lab(rgb), atol=2e-3)


@QUICK
@given(lightness, chroma)
def test_whatever_colour_is_asked_for_it_has_the_lightness_asked_for(L, ab):
    rgb, clipped = color.join(L, ab, return_clipped=True)
    # Half a level of each channel is up to 0.4 units of L among the darkest colours.
    np.testing.assert_allclose(color.split(rgb)[0], L, atol=0.5)
    shown = color.split(rgb)[1]
    longer = np.linalg.norm(shown, axis=-1) - np.linalg.norm(ab, axis=-1)
    assert longer.max() < 3, "paler than asked for, or as asked for, but for 8 bits"
    np.testing.assert_array_equal(clipped, ~color.in_gamut(np.concatenate([L, ab], axis=-1)))


@QUICK
@given(st.integers(0, 255))
def test_a_grey_has_no_chroma_and_no_chroma_is_grey(level):
    L, ab = color.split(np.full((1, 3), level, np.uint8))
    assert np.abs(ab).max() < 0.01 and color.is_grey(np.full((2, 2, 3), level, np.uint8))
    assert np.ptp(color.join(L, np.zeros((1, 2), np.float32))) == 0


@QUICK
@given(lightness, chroma)
def test_scaling_is_undone(L, ab):
    np.testing.assert_allclose(color.unscale_L(color.scale_L(L)), L, atol=1e-5)
    np.testing.assert_allclose(color.unscale_ab(color.scale_ab(ab)), ab, atol=1e-5)
    assert np.abs(color.scale_L(L)).max() <= 1 and np.abs(color.scale_ab(ab)).max() <= 1


@QUICK
@given(labs, labs, st.sampled_from(["CIEDE2000", "CIE76"]))
def test_a_difference_is_the_same_from_both_sides_and_none_to_itself(one, other, formula):
    there, back = color.delta_e(one, other, formula), color.delta_e(other, one, formula)
    np.testing.assert_allclose(there, back, rtol=1e-4, atol=1e-4)
    assert (there >= 0).all() and (color.delta_e(one, one, formula) < 1e-4).all()


# Bins

STEP = 0.5


@QUICK
@given(arrays(np.float32, (20, 2), elements=floats(-110, 110)), st.sampled_from([1, 5, 10]))
def test_the_soft_encoding_shares_every_colour_among_its_nearest_bins(ab, neighbours):
    encoding = bins.SoftEncoding(neighbours=neighbours, step=STEP)
    indices, weights = encoding(ab)
    np.testing.assert_allclose(weights.sum(axis=-1), 1, atol=1e-5)
    assert (weights >= 0).all() and (np.diff(weights, axis=-1) <= 1e-6).all(), "nearest first"
    distance = np.linalg.norm(ab[:, None] - encoding.centres, axis=-1)
    farthest = np.take_along_axis(distance, indices, axis=1).max(axis=1)
    # ab is rounded to the table's grid: each distance may be off by half a diagonal.
    assert (farthest <= np.sort(distance, axis=1)[:, neighbours - 1] + STEP * 2**0.5).all()
    np.testing.assert_array_equal(encoding.nearest(ab), indices[:, 0])
    np.testing.assert_allclose(encoding.dense(ab).sum(axis=-1), 1, atol=1e-5)


@QUICK
@given(arrays(np.float32, (4, 313), elements=floats(-40, 40)), st.floats(0.05, 1))
def test_an_annealed_mean_is_the_expectation_of_the_sharpened_distribution(logits, temperature):
    centres = bins.published()
    ab = bins.annealed_mean(logits, centres, temperature)
    wanted = softmax(logits.astype(np.float64) / temperature, axis=-1) @ centres
    np.testing.assert_allclose(ab, wanted, atol=2e-3)
    assert (ab >= centres.min(axis=0) - 1e-3).all() and (ab <= centres.max(axis=0) + 1e-3).all()


@QUICK
@given(
    st.lists(st.integers(-20, 20), min_size=313, max_size=313, unique=False), st.integers(0, 312)
)
def test_near_zero_the_annealed_mean_is_the_mode(levels, best):
    logits = np.float32(levels)
    logits[best] = 22
    centres = bins.published()
    np.testing.assert_allclose(bins.annealed_mean(logits, centres, 0.01), centres[best], atol=1e-3)
    np.testing.assert_array_equal(bins.mode(logits, centres), centres[best])


priors = arrays(np.float64, 313, elements=st.floats(0, 1)).filter(lambda p: p.sum() > 1e-3)
# Shares of pixels: no photo set has so many that one is less than 1e-12 of them.
priors = priors.map(lambda p: np.where(p < 1e-12, 0, p) / p[p >= 1e-12].sum())


@QUICK
@given(priors, st.floats(0.01, 1))
def test_rebalancing_weights_have_mean_one_and_favour_the_rare(prior, lam):
    weights = bins.rebalancing_weights(prior, lam).astype(np.float64)
    assert prior @ weights == pytest.approx(1, abs=1e-4)
    order = np.argsort(prior)
    assert (np.diff(weights[order]) <= 1e-4 * weights.max()).all()
    # What Zhang et al. write, section 2.2, before its mean is made 1.
    plain = 1 / ((1 - lam) * prior + lam / 313)
    np.testing.assert_allclose(weights / weights[0], plain / plain[0], rtol=1e-3)


@QUICK
@given(priors)
def test_smoothing_loses_nothing_and_balancing_counts_only_bins_that_occur(prior):
    smoothed = bins.smooth(prior, bins.published())
    assert smoothed.sum() == pytest.approx(1) and (smoothed >= 0).all()
    balanced = bins.balanced_weights(prior)
    assert prior @ balanced == pytest.approx(1, abs=1e-4) and (balanced[prior == 0] == 0).all()


@QUICK
@given(chroma)
def test_the_bins_of_the_axes_are_the_nearest_of_16(ab):
    index = bins.axis_index(ab)
    off = np.abs(bins.AXIS[index] - ab)
    assert (index >= 0).all() and (index < 16).all() and off.max() <= 8


# Photos


@QUICK
@given(pictures, sizes, sizes)
def test_a_photo_of_any_size_is_resized_to_any_other(rgb, height, width):
    resized = photos.resize(rgb, height, width)
    assert resized.shape == (height, width, 3) and resized.dtype == np.uint8
    np.testing.assert_array_equal(photos.resize(rgb, *rgb.shape[:2]), rgb)


@QUICK
@given(st.tuples(levels, levels, levels), sizes, sizes, sizes, sizes)
def test_one_colour_stays_that_colour(colour, height, width, new_height, new_width):
    rgb = np.empty((height, width, 3), np.uint8)
    rgb[:] = colour
    assert (photos.resize(rgb, new_height, new_width) == np.uint8(colour)).all()


@QUICK
@given(pictures, sizes, sizes)
def test_a_mirrored_photo_is_resized_to_the_mirrored_one(rgb, height, width):
    resized = photos.resize(rgb, height, width).astype(int)
    for flip in (np.flipud, np.fliplr):
        mirrored = flip(photos.resize(np.ascontiguousarray(flip(rgb)), height, width))
        assert np.abs(mirrored - resized).max() <= 1


@QUICK
@given(pictures, sizes)
def test_squares_are_cut_out_and_fitted_whole(rgb, size):
    assert photos.center_crop(rgb, size).shape == (size, size, 3)
    box, inside = photos.letterbox(rgb, size)
    assert box.shape == (size, size, 3) and not box[~inside].any()
    rows, columns = inside.any(axis=1).sum(), inside.any(axis=0).sum()
    assert max(rows, columns) == size and inside.sum() == rows * columns
    np.testing.assert_array_equal(
        box[inside].reshape(rows, columns, 3), photos.resize(rgb, rows, columns)
    )


@QUICK
@given(array_shapes(min_dims=1, max_dims=4, max_side=4), st.integers(-3, 3), st.integers(-3, 3))
def test_what_is_no_photo_or_no_size_is_refused(shape, height, width):
    if len(shape) == 3 and shape[2] == 3 and min(height, width) >= 1:
        shape = (*shape[:2], 4)
    with pytest.raises(ValueError, match="expected uint8|cannot resize"):
        photos.resize(np.zeros(shape, np.uint8), height, width)
