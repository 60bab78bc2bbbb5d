import functools
import os
import subprocess
import sys
import tracemalloc

import keras
import numpy as np
import pytest
import skimage.data
from PIL import Image
from scipy import ndimage
from scipy.spatial import KDTree

from coursekit import bins, color, colorizer
from coursekit.bins.layers import AnnealedMean, Axes, Mode

CENTRES = bins.published()


@functools.cache
def photo_ab():
    """Real colours: four of scikit-image's photographs, (4, 128, 128, 2)."""
    names = ("astronaut", "coffee", "chelsea", "rocket")
    return color.split(
        np.stack([getattr(skimage.data, name)()[-256::2, :256:2] for name in names])
    )[1]


def points(array):
    return {tuple(point) for point in array.tolist()}


# Bins


def test_the_published_bins_are_313_in_the_published_order():
    assert CENTRES.shape == (313, 2) and CENTRES.dtype == np.float32
    assert CENTRES[0].tolist() == [-90, 50] and CENTRES[-1].tolist() == [100, 0]
    assert np.all(np.lexsort(CENTRES.T[::-1]) == np.arange(313))


@pytest.mark.skipif(
    "COURSEKIT_REFERENCE" not in os.environ, reason="COURSEKIT_REFERENCE: path of pts_in_hull.npy"
)
def test_the_published_bins_are_the_published_file():
    np.testing.assert_array_equal(CENTRES, np.load(os.environ["COURSEKIT_REFERENCE"]))


def test_no_rule_of_the_gamut_gives_313():
    nearest, corners = bins.from_srgb(10, "nearest"), bins.from_srgb(10, "corners")
    assert (len(nearest), len(corners)) == (261, 309)
    assert points(nearest) < points(corners) < points(CENTRES)
    assert points(CENTRES) - points(corners) == {(40, 90), (100, -90), (100, -10), (100, 0)}


def test_a_grid_of_any_spacing_holds_the_colours_of_photos():
    for spacing in (5, 12.5, 40):
        grid = bins.from_srgb(spacing)
        distance, _ = KDTree(grid).query(photo_ab().reshape(-1, 2))
        assert distance.max() <= spacing * np.sqrt(0.5) + 1e-3
        assert np.all(grid % spacing == 0)
    assert len(bins.from_srgb(5)) > 3 * 261


def test_the_axes_are_16_bins_of_8_bit_lab():
    assert bins.AXIS.shape == (16,) and np.all(np.diff(bins.AXIS) == 16)
    eight_bit = np.arange(256)
    ab = np.stack([eight_bit, eight_bit[::-1]], axis=-1) - 128
    np.testing.assert_array_equal(
        bins.axis_index(ab), np.stack([eight_bit, eight_bit[::-1]], axis=-1) // 16
    )
    assert np.abs(bins.AXIS[bins.axis_index(photo_ab())] - photo_ab()).max() <= 8


# Soft encoding


def test_encoding_is_exact_on_the_grid_of_its_table():
    # As the paper words it: distances to all bins, the nearest few, a Gaussian. Ties may fall
    # either way.
    ab = np.round(photo_ab()[:, ::9, ::9].reshape(-1, 2).astype(np.float64) * 2) / 2
    indices, weights = bins.SoftEncoding(step=0.5)(ab)
    distance = np.linalg.norm(ab[:, None] - CENTRES, axis=-1)
    nearest = np.sort(distance, axis=-1)[:, :5]
    np.testing.assert_allclose(np.take_along_axis(distance, indices, axis=-1), nearest, atol=1e-6)
    gaussian = np.exp(-(nearest**2) / (2 * 5**2))
    np.testing.assert_allclose(weights, gaussian / gaussian.sum(axis=-1, keepdims=True), atol=1e-6)
    assert np.all(np.diff(np.sort(indices, axis=-1), axis=-1) > 0)  # no bin twice


def test_between_grid_points_encoding_is_that_of_the_nearest_grid_point():
    encoding = bins.SoftEncoding(step=0.5)
    ab = photo_ab()[:, ::7, ::7]
    for got, rounded in zip(encoding(ab), encoding(np.floor(ab * 2 + 0.5) / 2), strict=True):
        np.testing.assert_array_equal(got, rounded)


def test_encoding_gives_few_neighbours_nearest_first_and_weights_that_sum_to_one():
    indices, weights = bins.SoftEncoding(neighbours=4)(photo_ab())
    assert indices.shape == weights.shape == (4, 128, 128, 4)
    assert indices.dtype == np.int32 and weights.dtype == np.float32
    assert np.all(np.diff(weights, axis=-1) <= 0)
    np.testing.assert_allclose(weights.sum(axis=-1), 1, atol=1e-6)


def test_a_colour_far_from_every_bin_still_has_weights():
    _, weights = bins.SoftEncoding([[0, 0], [10, 0]], neighbours=2)(np.array([[-110.0, 110.0]]))
    np.testing.assert_allclose(weights, [[1, 0]], atol=1e-6)


def test_one_neighbour_is_the_nearest_bin():
    encoding = bins.SoftEncoding(neighbours=1, step=0.25)
    ab = photo_ab().reshape(-1, 2)
    distance, _ = KDTree(CENTRES).query(ab)
    chosen = np.linalg.norm(CENTRES[encoding.nearest(ab)] - ab, axis=-1)
    assert np.max(chosen - distance) < 0.25 * np.sqrt(2)  # the table's rounding, there and back
    np.testing.assert_array_equal(encoding(ab)[0][:, 0], encoding.nearest(ab))


def test_photos_are_encoded_from_a_table_and_no_neighbour_is_searched(monkeypatch):
    encoding, batch = bins.SoftEncoding(), photo_ab()

    def searched(*arguments):
        raise AssertionError("a search for each photo: tests/benchmarks say how slow that is")

    monkeypatch.setattr("coursekit.bins.encoding.KDTree", searched)
    index, weights = encoding(batch)
    assert index.shape == weights.shape == (*batch.shape[:-1], 5)
    with pytest.raises(AssertionError, match="a search for each photo"):
        bins.SoftEncoding(sigma=4.0, step=2.0)  # makes a table, which takes a search


# Prior and rebalancing


def smoothed_prior():
    return bins.smooth(bins.prior(photo_ab(), bins.SoftEncoding()), CENTRES)


def test_the_prior_is_the_share_of_each_bin():
    ab = np.array([[[0.0, 0.0], [1.0, -1.0]], [[-90.0, 50.0], [0.3, 2.0]]])
    prior = bins.prior([ab[0], ab[1]], bins.SoftEncoding())
    grey = CENTRES.tolist().index([0, 0])
    assert (prior[grey], prior[0], prior.sum()) == (0.75, 0.25, 1)


def test_an_array_of_photos_counts_as_its_pixels_in_any_shape():
    encoding, ab = bins.SoftEncoding(), np.tile(photo_ab()[:1], (5, 1, 1, 1))
    # More than one piece.
    many = np.concatenate([ab.reshape(-1, 2)] * (1 + 2**20 // (ab.size // 2)))
    np.testing.assert_allclose(bins.prior(many, encoding), bins.prior([ab[0]], encoding))
    np.testing.assert_allclose(bins.axis_prior(many), bins.axis_prior([ab[0]]))


def test_the_prior_streams_any_number_of_photos_in_constant_memory():
    encoding = bins.SoftEncoding()
    photo = photo_ab()[0]
    once = bins.prior([photo], encoding)  # and the table is built
    tracemalloc.start()
    np.testing.assert_allclose(bins.prior((photo.copy() for _ in range(200)), encoding), once)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10 * photo.nbytes


def test_smoothing_is_a_gaussian_over_the_plane_as_scipy_does_it_on_a_full_grid():
    # Away from the rim the plane is a full grid of 10, where a sigma of 8 is one of 0.8 cells.
    grid = np.zeros((13, 13))
    grid[6, 6], grid[5, 8] = 0.7, 0.3
    full = np.stack(np.meshgrid(*[np.arange(-60, 61, 10)] * 2, indexing="ij"), axis=-1).reshape(
        -1, 2
    )
    np.testing.assert_allclose(
        bins.smooth(grid.ravel(), full, sigma=8).reshape(13, 13),
        ndimage.gaussian_filter(grid, 0.8, truncate=8),
        atol=1e-6,
    )


def test_smoothing_loses_nothing_and_reaches_neighbours_in_the_plane_only():
    # The end of a run: the next in the list is [0, -70], far away.
    last = CENTRES.tolist().index([-10, 100])
    prior = np.eye(313)[last]
    smooth = bins.smooth(prior, CENTRES)
    assert smooth.sum() == pytest.approx(1) and smooth[last + 1] < 1e-9
    other = CENTRES.tolist().index([-20, 100])
    assert smooth[other] == pytest.approx(smooth[last - 1])  # both 10 away
    along_the_index = ndimage.gaussian_filter1d(prior, 5)
    assert along_the_index[last + 1] > 0.05  # the pitfall


@pytest.mark.parametrize("lam", [0, 0.2, 0.5, 1])
@pytest.mark.parametrize(
    "prior", [smoothed_prior() * 0.99 + 0.01 / 313, np.random.default_rng(0).dirichlet(np.ones(20))]
)
def test_weights_have_mean_one_under_the_prior_and_are_finite(prior, lam):
    weights = bins.rebalancing_weights(prior, lam)
    assert weights.dtype == np.float32 and np.isfinite(weights).all()
    assert np.sum(prior * weights) == pytest.approx(1, abs=1e-5)


def test_weights_follow_the_formula_of_the_paper():
    prior = np.array([0.7, 0.2, 0.1, 0.0])
    weights = 1 / (0.5 * prior + 0.5 / 4)
    np.testing.assert_allclose(
        bins.rebalancing_weights(prior), weights / np.sum(prior * weights), rtol=1e-6
    )


def test_rare_colours_weigh_more_and_lambda_one_is_no_rebalancing():
    prior = smoothed_prior()
    weights = bins.rebalancing_weights(prior)
    assert np.all(np.diff(weights[np.argsort(prior)]) <= 0)
    np.testing.assert_allclose(bins.rebalancing_weights(prior, lam=1), 1, rtol=1e-6)


def test_no_empty_bin_gives_infinity():
    empty = np.eye(313)[0]
    assert np.isfinite(bins.rebalancing_weights(empty)).all()
    with pytest.raises(ValueError, match="312 of 313 are empty; smooth the prior"):
        bins.rebalancing_weights(empty, lam=0)
    with pytest.raises(ValueError, match="smooth the prior"):  # finite in double precision only
        bins.rebalancing_weights(np.array([1 - 1e-60, 1e-60]), lam=0)


def test_balanced_weights_are_those_of_scikit_learn():
    # compute_class_weight("balanced", classes=[0, 1, 2], y=[0, 0, 0, 1, 2, 2]) gives 2/3, 2, 1;
    # class 3 never occurs.
    np.testing.assert_allclose(
        bins.balanced_weights([3 / 6, 1 / 6, 2 / 6, 0]), [2 / 3, 2, 1, 0], rtol=1e-6
    )


def test_each_axis_has_its_own_prior_and_balanced_weights():
    ab = photo_ab()
    prior = bins.axis_prior(ab)
    edges = np.arange(0, 257, 16) - 128
    for axis in (0, 1):
        counts, _ = np.histogram(ab[..., axis], edges)
        np.testing.assert_allclose(prior[axis], counts / counts.sum())
    weights = bins.balanced_weights(prior)
    assert weights.shape == (2, 16)
    np.testing.assert_allclose((prior * weights).sum(axis=-1), 1, rtol=1e-6)


# Decoding


def two_peaks():
    """Two bins of probability 0.6 and 0.4; all others have none."""
    probability = np.zeros(313)
    probability[[10, 200]] = 0.6, 0.4
    with np.errstate(divide="ignore"):
        return np.log(probability), CENTRES[10], CENTRES[200]


def test_mode_mean_and_annealed_mean_of_two_peaks():
    logits, first, second = two_peaks()
    np.testing.assert_allclose(bins.mode(logits, CENTRES), first)
    np.testing.assert_allclose(bins.mean(logits, CENTRES), 0.6 * first + 0.4 * second, rtol=1e-5)
    share = 0.6 ** (1 / 0.38) / (0.6 ** (1 / 0.38) + 0.4 ** (1 / 0.38))  # the formula of the paper
    np.testing.assert_allclose(
        bins.annealed_mean(logits, CENTRES), share * first + (1 - share) * second, rtol=1e-5
    )
    np.testing.assert_allclose(bins.annealed_mean(logits, CENTRES, 1e-3), first, rtol=1e-5)


def test_encoding_then_decoding_by_the_mean_gives_the_colour_back():
    # Zhang, Isola and Efros tie K and sigma to the grid so that this holds up to a few units.
    ab = photo_ab()[:, ::8, ::8]
    with np.errstate(divide="ignore"):
        decoded = bins.mean(np.log(bins.SoftEncoding().dense(ab)), CENTRES)
    assert np.abs(decoded - ab).mean() < 2


def test_axes_decode_each_by_itself():
    logits = np.full((2, 32), -50.0)
    logits[:, 3], logits[:, 16 + 12] = 0, 0
    logits[1, 4] = -1
    np.testing.assert_allclose(bins.axes_mode(logits), np.tile(bins.AXIS[[3, 12]], (2, 1)))
    share = 1 / (1 + np.exp(-1 / 0.38))
    np.testing.assert_allclose(
        bins.axes_annealed_mean(logits)[1],
        [share * bins.AXIS[3] + (1 - share) * bins.AXIS[4], bins.AXIS[12]],
        rtol=1e-5,
    )


def as_numpy(layer, logits):
    return keras.ops.convert_to_numpy(layer(logits))


def test_layers_decode_as_the_functions_do():
    logits = np.random.default_rng(0).normal(0, 4, (2, 4, 6, 313)).astype("float32")
    np.testing.assert_allclose(
        as_numpy(AnnealedMean(), logits), bins.annealed_mean(logits, CENTRES), atol=1e-3
    )
    np.testing.assert_allclose(
        as_numpy(AnnealedMean(temperature=1), logits), bins.mean(logits, CENTRES), atol=1e-3
    )
    np.testing.assert_array_equal(as_numpy(Mode(), logits), bins.mode(logits, CENTRES))
    np.testing.assert_array_equal(
        as_numpy(Axes(), logits[..., :32]), bins.axes_mode(logits[..., :32])
    )
    np.testing.assert_allclose(
        as_numpy(Axes(0.5), logits[..., :32]),
        bins.axes_annealed_mean(logits[..., :32], 0.5),
        atol=1e-3,
    )


def classifier(stride, channels):
    """A network of known logits: the bin of its largest bias wins everywhere."""
    L = keras.layers.Input((None, None, 1))
    logits = keras.layers.Conv2D(channels, 3, strides=stride, padding="same")(L)
    return keras.Model(L, logits)


@pytest.mark.parametrize(("make", "channels"), [(AnnealedMean, 313), (Mode, 313), (Axes, 32)])
def test_a_colorizer_decodes_small_then_enlarges_as_pillow_does(make, channels):
    network = classifier(4, channels)
    L = np.random.default_rng(1).uniform(0, 100, (1, 24, 32, 1)).astype("float32")
    small = as_numpy(make(), network(color.scale_L(L)))[0]
    large = np.stack(
        [Image.fromarray(small[..., c]).resize((32, 24), Image.BILINEAR) for c in (0, 1)], axis=-1
    )
    np.testing.assert_allclose(
        colorizer.Colorizer(network, make()).predict_ab(L)[0], large, atol=1e-2
    )


@pytest.mark.parametrize(
    ("stride", "decoder"),
    [
        (4, AnnealedMean()),
        (2, Mode()),
        (8, Axes(0.38)),
        (1, AnnealedMean(bins.from_srgb(30), temperature=1)),
    ],
)
def test_a_classifier_becomes_a_colorizer_that_is_saved_with_its_decoder(tmp_path, stride, decoder):
    channels = 32 if isinstance(decoder, Axes) else len(decoder.centres)
    model = colorizer.Colorizer(
        classifier(stride, channels), decoder.from_config(decoder.get_config()), size=32
    )
    photo = skimage.data.astronaut()[:70, :90]
    L, _ = color.split(photo[:64, :64])
    assert model.predict_ab(L[None]).shape == (1, 64, 64, 2)
    before = model.colorize(photo)
    assert before.shape == photo.shape
    model.save(tmp_path / "classifier.keras")
    loaded = colorizer.load(tmp_path / "classifier.keras")
    assert loaded.decoder.get_config() == model.decoder.get_config()
    np.testing.assert_array_equal(loaded.colorize(photo), before)


def test_counting_colours_needs_no_keras():
    code = (
        "import sys; from coursekit import bins; bins.SoftEncoding(); "
        "assert 'keras' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# Bad input

GREY = np.zeros((2, 2, 2))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: bins.from_srgb(0), "spacing"),
        (lambda: bins.from_srgb(10, "hull"), "nearest or corners"),
        (lambda: bins.SoftEncoding(np.zeros((3, 3))), r"\(Q, 2\)"),
        (lambda: bins.SoftEncoding([[0, 0], [0, 200]]), "bin 1"),
        (lambda: bins.SoftEncoding([[0, np.nan]], neighbours=1), "NaN"),
        (lambda: bins.SoftEncoding([[0, 0], [0, 0]], neighbours=1), "twice"),
        (lambda: bins.SoftEncoding([[0, 0]], neighbours=2), "1…1"),
        (lambda: bins.SoftEncoding(neighbours=0), "neighbours"),
        (lambda: bins.SoftEncoding(sigma=0), "sigma"),
        (lambda: bins.SoftEncoding(step=0), "step"),
        (lambda: bins.SoftEncoding()(GREY + np.nan), "NaN"),
        (lambda: bins.SoftEncoding()(GREY + 128), "±110"),
        (lambda: bins.SoftEncoding()(np.zeros((4, 3))), r"\(\.\.\., 2\)"),
        (lambda: bins.SoftEncoding()(np.zeros((0, 2))), "hold a pixel"),
        (lambda: bins.axis_index(GREY - 200), "8-bit Lab"),
        (lambda: bins.prior([], bins.SoftEncoding()), "no photo"),
        (lambda: bins.prior([GREY, GREY * np.nan], bins.SoftEncoding()), "NaN"),
        (lambda: bins.axis_prior(iter(())), "no photo"),
        (lambda: bins.smooth(np.full(313, 1 / 313), CENTRES[:300]), "the list 300"),
        (lambda: bins.smooth(np.full(313, 1 / 313), CENTRES, sigma=0), "sigma"),
        (lambda: bins.rebalancing_weights(np.full(4, 0.25), lam=1.5), "0…1"),
        (lambda: bins.rebalancing_weights(np.full(4, 0.25), lam=float("nan")), "0…1"),
        (lambda: bins.rebalancing_weights([0.5, 0.6]), "sum 1.1"),
        (lambda: bins.rebalancing_weights([1.5, -0.5]), "shares"),
        (lambda: bins.balanced_weights([np.nan, 1]), "shares"),
        (lambda: bins.annealed_mean(np.zeros(313), CENTRES, 0), "temperature"),
        (lambda: bins.axes_annealed_mean(np.zeros(32), -1), "temperature"),
        (lambda: bins.mode(np.zeros(312), CENTRES), "313"),
        (lambda: bins.mean(np.full(313, -np.inf), CENTRES), "rule out every bin"),
        (lambda: bins.mode(np.full(313, np.nan), CENTRES), "NaN"),
        (lambda: AnnealedMean(temperature=0), "temperature"),
        (lambda: AnnealedMean([[0, 300]]), "±128"),
        (lambda: Axes(temperature=-1), "temperature"),
        (lambda: Mode()(np.zeros((1, 2, 2, 32), "float32")), "the decoder wants 313"),
    ],
)
def test_bad_input_is_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_share_that_would_weigh_infinitely_much_is_refused():
    with pytest.raises(ValueError, match="share 1e-39 weighs infinitely much"):
        bins.balanced_weights([1 - 1e-39, 1e-39])
