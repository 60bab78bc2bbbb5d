"""Each measure against a reference, then the summary against the measures on all pixels."""

import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import skimage.data
from scipy import stats
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.metrics import peak_signal_noise_ratio

from coursekit import color, metrics
from coursekit.metrics import summary


def test_rmse_counts_both_planes():
    assert metrics.rmse(np.zeros((2, 2, 2)), np.full((2, 2, 2), 3.0)) == pytest.approx(3)


def test_psnr_agrees_with_scikit_image():
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, 256, (2, 16, 16, 3), dtype=np.uint8)
    assert metrics.psnr(first, second) == pytest.approx(peak_signal_noise_ratio(first, second))


def test_psnr_of_equal_photos_is_infinite():
    photo = np.zeros((4, 4, 3), np.uint8)
    assert metrics.psnr(photo, photo) == float("inf")


@pytest.mark.parametrize("error", [0.0, 0.5, 1.0, 40.0, 149.5, 150.0, 151.0, 300.0])
def test_auc_is_the_share_of_thresholds_that_the_error_passes(error):
    predicted = np.zeros((3, 3, 2))
    predicted[..., 1] = error
    # The curve of the paper, point by point.
    shares = [np.mean(error <= threshold) for threshold in range(151)]
    assert metrics.auc(np.zeros((3, 3, 2)), predicted) == pytest.approx(100 * np.mean(shares))


def test_auc_is_the_mean_of_what_each_pixel_contributes():
    true, predicted = np.zeros((3, 2)), np.array([[0.0, 0.0], [75.5, 0.0], [0.0, 200.0]])
    assert metrics.pixel_auc(true, predicted) == pytest.approx([100, 100 * 75 / 151, 0])
    assert metrics.auc(true, predicted) == pytest.approx((100 + 100 * 75 / 151) / 3)


def test_auc_weights_pixels():
    true, predicted = np.zeros((2, 2)), np.array([[0.0, 0.0], [200.0, 0.0]])
    assert metrics.auc(true, predicted) == pytest.approx(50)
    assert metrics.auc(true, predicted, weights=np.array([3.0, 1.0])) == pytest.approx(75)


def test_colorfulness_of_rocket_is_that_of_the_signed_formula():
    # 38.6 with signed opponent axes, 29.0 where their absolute values are taken first.
    assert metrics.colorfulness(skimage.data.rocket()) == pytest.approx(38.6, abs=0.05)


def test_colorfulness_of_grey_is_zero_and_of_a_batch_is_one_value_a_photo():
    grey = np.full((8, 8, 3), 90, np.uint8)
    rocket = skimage.data.rocket()[:8, :8]
    np.testing.assert_allclose(
        metrics.colorfulness(np.stack([grey, rocket])), [0, metrics.colorfulness(rocket)]
    )


BINS = np.array([[0.0, 0.0], [50.0, 0.0], [0.0, 50.0]])


def test_rebalanced_auc_weights_by_the_inverse_probability_of_the_true_bin():
    true = np.array([[0.0, 0.0]] * 8 + [[50.0, 0.0]] * 2)
    grey = np.zeros_like(true)
    right_at_50 = 100 * (151 - 50) / 151  # an error of 50 is right at the thresholds 50…150
    assert metrics.auc(true, grey) == pytest.approx(0.8 * 100 + 0.2 * right_at_50)
    # Inverse probability: 8 pixels of weight 1/0.8 against 2 of weight 1/0.2, so both bins count
    # the same.
    assert metrics.rebalanced_auc(true, grey, centres=BINS) == pytest.approx(
        0.5 * 100 + 0.5 * right_at_50
    )
    # With a prior counted elsewhere: 8 / 0.5 against 2 / 0.4.
    given = metrics.rebalanced_auc(true, grey, prior=[0.5, 0.4, 0.1], centres=BINS)
    assert given == pytest.approx((16 * 100 + 5 * right_at_50) / 21)


def test_rebalanced_auc_of_the_truth_is_the_best_and_no_prior_may_make_it_infinite():
    _, ab = color.split(skimage.data.astronaut()[::8, ::8])
    assert metrics.rebalanced_auc(ab, ab) == pytest.approx(100)
    assert metrics.rebalanced_auc(ab, 0 * ab) < metrics.auc(ab, 0 * ab)
    with pytest.raises(ValueError, match="smooth the prior"):
        metrics.rebalanced_auc(ab, ab, prior=np.eye(313)[0])


def test_rare_recall_counts_only_pixels_of_rare_bins_that_are_about_right():
    true = np.array([[0.0, 0.0]] * 90 + [[50.0, 0.0]] * 6 + [[0.0, 50.0]] * 4)
    predicted = true.copy()
    predicted[:90] = 100  # common colours do not matter
    predicted[90:93, 1] = 20.5  # three of ten are too far away, by half a unit
    assert metrics.rare_recall(true, predicted, centres=BINS) == pytest.approx(70)
    assert metrics.rare_recall(true, predicted, centres=BINS, within=21) == 100
    # At 5 % only the rarest bin is rare, and all of it is right.
    assert metrics.rare_recall(true, predicted, centres=BINS, share=0.05) == 100
    # The prior may come from elsewhere: here blue is common.
    assert metrics.rare_recall(
        true, predicted, prior=[0.5, 0.05, 0.45], centres=BINS
    ) == pytest.approx(50)


def test_grey_recalls_no_rare_colour_of_a_vivid_photo():
    _, ab = color.split(skimage.data.astronaut()[::4, ::4])
    assert metrics.rare_recall(ab, 0 * ab) < 10
    assert metrics.rare_recall(ab, ab) == 100


def test_mean_delta_e_is_the_mean_of_scikit_image():
    first, second = skimage.data.astronaut()[::16, ::16], skimage.data.astronaut()[::16, ::-16]
    expected = deltaE_ciede2000(rgb2lab(first), rgb2lab(second)).mean()
    assert metrics.mean_delta_e(first, second) == pytest.approx(expected, rel=1e-4)
    assert metrics.mean_delta_e(first, first) == 0


@pytest.mark.parametrize(
    "call",
    [
        lambda: metrics.rmse(np.zeros((2, 2)), np.zeros((3, 2))),
        lambda: metrics.rmse(np.zeros((0, 2)), np.zeros((0, 2))),
        lambda: metrics.psnr(np.zeros((4, 4, 1)), np.zeros((4, 4, 1))),
        lambda: metrics.auc(np.zeros((4, 2)), np.zeros((4, 2)), weights=np.ones(3)),
        lambda: metrics.colorfulness(np.zeros((4, 4))),
        lambda: metrics.mean_delta_e(np.zeros((4, 3), np.uint8), np.zeros((5, 3), np.uint8)),
        lambda: metrics.rebalanced_auc(np.zeros((4, 2)), np.zeros((5, 2))),
        lambda: metrics.rebalanced_auc(np.zeros((4, 2)), np.zeros((4, 2)), prior=np.ones(3)),
        lambda: metrics.rare_recall(np.zeros((0, 2)), np.zeros((0, 2))),
    ],
)
def test_shapes_that_do_not_fit_are_refused(call):
    with pytest.raises(ValueError, match=r"shape|must be|pixels"):
        call()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: metrics.rare_recall(np.zeros((4, 2)), np.zeros((4, 2))),
            "no pixel is among the rarest 10%",
        ),
        (lambda: metrics.rare_recall(np.zeros((4, 2)), np.zeros((4, 2)), share=0), "share"),
        (lambda: metrics.rebalanced_auc(np.full((4, 2), np.nan), np.zeros((4, 2))), "NaN"),
        (lambda: metrics.rebalanced_auc(np.full((4, 2), 300.0), np.zeros((4, 2))), "±110"),
    ],
)
def test_what_cannot_be_measured_is_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# The summary


class Oracle:
    """Answers with what it was told, photo by photo; notes how many it was shown at once."""

    def __init__(self, ab):
        self.ab, self.at, self.most = ab, 0, 0

    def predict_ab(self, L):
        self.most, self.at = max(self.most, len(L)), self.at + len(L)
        return self.ab[self.at - len(L) : self.at]


@pytest.fixture(scope="module")
def photos():
    """Ten squares of a colourful photo, no two alike."""
    rgb = skimage.data.astronaut()
    return np.stack(
        [rgb[y : y + 32, x : x + 32] for y in (0, 100, 200, 300, 400) for x in (100, 250)]
    )


@pytest.fixture(scope="module")
def noisy(photos):
    """The true ab, some of it wrong, more so in later photos."""
    _, ab = color.split(photos)
    rng = np.random.default_rng(0)
    spread = np.arange(1, 11, dtype=np.float32)[:, None, None, None]
    return ab + spread * rng.normal(0, 1, ab.shape).astype(np.float32)


MEASURES = (
    "auc",
    "over_grey",
    "rebalanced_auc",
    "colorfulness",
    "colorfulness_kept",
    "rare_recall",
    "psnr",
    "delta_e",
)


def measure(colorizers, rgb, **options):
    rows = metrics.measure(colorizers, rgb, progress=False, **options)
    return {row["name"]: row for row in rows}


def test_every_number_is_that_of_the_metrics_on_all_pixels(photos, noisy):
    row = measure({"noisy": Oracle(noisy)}, photos, batch_size=3)["noisy"]
    L, ab = color.split(photos)
    made = color.join(L, noisy)
    assert row["photos"] == 10
    assert row["auc"][0] == pytest.approx(metrics.auc(ab, noisy))
    assert row["rebalanced_auc"][0] == pytest.approx(metrics.rebalanced_auc(ab, noisy))
    assert row["psnr"][0] == pytest.approx(metrics.psnr(photos, made))
    assert row["colorfulness"][0] == pytest.approx(metrics.colorfulness(made).mean())
    assert row["colorfulness_kept"][0] == pytest.approx(
        100 * metrics.colorfulness(made).mean() / metrics.colorfulness(photos).mean()
    )
    assert row["delta_e"][0] == pytest.approx(metrics.mean_delta_e(photos, made), rel=1e-5)
    assert row["over_grey"][0] == pytest.approx(metrics.auc(ab, noisy) - metrics.auc(ab, 0 * ab))
    each = [metrics.mean_delta_e(*pair) for pair in zip(photos, made, strict=True)]
    assert row["each"]["delta_e"] == pytest.approx(each, rel=1e-5)
    over = [
        metrics.auc(*pair) - metrics.auc(pair[0], 0 * pair[0])
        for pair in zip(ab, noisy, strict=True)
    ]
    assert row["each"]["over_grey"] == pytest.approx(over)
    assert row["rare_recall"][0] == pytest.approx(metrics.rare_recall(ab, noisy))


def test_what_photos_add_to_a_measure_has_its_value_as_mean_and_its_interval_as_spread(
    photos, noisy
):
    row = measure({"noisy": Oracle(noisy)}, photos, redraws=4000)["noisy"]
    for name, each in row["each"].items():
        value, low, high = row[name]
        assert np.mean(each) == pytest.approx(value), name
        # 3.92 standard errors are as wide as the 95 % of a normal distribution.
        width = 3.92 * np.std(each) / np.sqrt(len(each))
        assert high - low == pytest.approx(width, rel=0.2), name


def test_without_baselines_the_row_of_a_colorizer_is_the_same_but_for_what_compares_with_grey(
    photos, noisy
):
    rows = measure({"noisy": Oracle(noisy)}, photos, baselines=False)
    beside = measure({"noisy": Oracle(noisy)}, photos)["noisy"]
    del beside["over_grey"], beside["each"]["over_grey"]
    assert rows == {"noisy": beside}


def test_without_a_rare_colour_there_is_no_recall_of_it():
    rgb = np.full((4, 8, 8, 3), (200, 60, 60), np.uint8)
    row = measure({}, rgb)["grey"]
    assert np.isnan(row["rare_recall"]).all()


def test_without_redrawings_the_same_values_come_bare(photos, noisy):
    bare = measure({"noisy": Oracle(noisy)}, photos, redraws=0)["noisy"]
    row = measure({"noisy": Oracle(noisy)}, photos, redraws=10)["noisy"]
    assert {key: bare[key] for key in MEASURES} == {key: row[key][0] for key in MEASURES}


def test_a_prior_from_elsewhere_weighs_the_pixels(photos, noisy):
    prior = np.linspace(1, 2, 313)
    prior /= prior.sum()
    row = measure({"noisy": Oracle(noisy)}, photos, prior=prior)["noisy"]
    _, ab = color.split(photos)
    assert row["rebalanced_auc"][0] == pytest.approx(metrics.rebalanced_auc(ab, noisy, prior))


def test_who_knows_the_truth_makes_no_error_and_keeps_all_colour(photos):
    row = measure({"knows": Oracle(color.split(photos)[1])}, photos)["knows"]
    for key in ("auc", "rebalanced_auc", "colorfulness_kept"):
        assert row[key] == pytest.approx((100, 100, 100)), key
    assert row["psnr"] == (np.inf, np.inf, np.inf)
    assert row["delta_e"] == pytest.approx((0, 0, 0), abs=1e-4)


def test_the_baselines_are_another_photos_colours_no_colour_and_one_colour(photos):
    rows = measure({}, photos, mean=[10, 20])
    assert list(rows) == ["random", "grey", "mean colour"]
    _, ab = color.split(photos)
    assert rows["grey"]["auc"][0] == pytest.approx(metrics.auc(ab, 0 * ab))
    assert rows["grey"]["over_grey"] == (0, 0, 0)
    assert rows["grey"]["colorfulness_kept"][0] < 1
    one = metrics.auc(ab, np.broadcast_to([10, 20], ab.shape))
    assert rows["mean colour"]["auc"][0] == pytest.approx(one)
    own = measure({}, photos)["mean colour"]["auc"][0]
    assert own == pytest.approx(metrics.auc(ab, np.broadcast_to(ab.mean((0, 1, 2)), ab.shape)))
    # With two photos there is no choice: each gets the other's.
    two = measure({}, photos[:2])["random"]["auc"][0]
    assert two == pytest.approx(metrics.auc(ab[:2], ab[1::-1]))
    # Every photo lends its colours once, so all colours of the set are there.
    assert rows["random"]["colorfulness_kept"][0] == pytest.approx(100, abs=15)


def test_the_interval_of_a_mean_is_that_of_the_normal_distribution():
    values = np.random.default_rng(1).normal(50, 4, 400)
    draws = summary.redraw(400, np.random.default_rng(0), 4000)
    value, low, high = summary.interval(draws @ values / 400)
    assert value == pytest.approx(values.mean())
    known = stats.norm.interval(0.95, values.mean(), stats.sem(values))
    assert (low, high) == pytest.approx(known, abs=0.03)
    assert (draws.sum(axis=1) == 400).all()


def test_intervals_hold_the_value_and_photos_that_are_all_alike_have_none(photos, noisy):
    row = measure({"noisy": Oracle(noisy)}, photos)["noisy"]
    for key in MEASURES:
        value, low, high = row[key]
        assert low < value < high, key
    value, low, high = measure({}, np.repeat(photos[:1], 5, axis=0))["grey"]["auc"]
    assert (low, high) == pytest.approx((value, value))


def test_the_same_seed_gives_the_same_rows_whatever_the_batches_and_the_company(photos, noisy):
    one = measure({"noisy": Oracle(noisy)}, photos, seed=3)
    other = measure(
        {"noisy": Oracle(noisy), "more": Oracle(0 * noisy)}, photos, seed=3, batch_size=4
    )
    for key in MEASURES:
        assert one["noisy"][key] == pytest.approx(other["noisy"][key])
        assert one["random"][key] == pytest.approx(other["random"][key])


def test_colorizers_see_what_they_are_given_in_batches_and_paint_on_the_true_lightness(
    photos, noisy
):
    class Looks(Oracle):
        def predict_ab(self, L):
            assert (L == 7).all()
            return super().predict_ab(L)

    looks, sevens = Looks(noisy), np.full((10, 32, 32, 1), 7, np.float32)
    row = measure({"looks": looks}, photos, L=sevens, batch_size=4)["looks"]
    assert looks.most == 4
    painted = color.join(color.split(photos)[0], noisy)
    assert row["psnr"][0] == pytest.approx(metrics.psnr(photos, painted))


@pytest.mark.parametrize("small", [(16, 24), (64, 48), (32, 32)])
def test_colours_seen_at_another_size_come_back_at_the_photos_place_and_size(small):
    def waves(height, width):
        y, x = np.mgrid[:height, :width] + 0.5  # pixels' centres
        y, x = 2 * np.pi * y / height, 2 * np.pi * x / width
        ab = 20 * np.stack([np.sin(x + y), np.cos(x - y)], axis=-1)
        return np.float32([ab, -ab, ab[::-1]])

    ab = waves(32, 32)
    rgb, seen = color.join(np.full((3, 32, 32, 1), 60), ab), np.full((3, *small, 1), 60, np.float32)
    rows = measure({"knows": Oracle(waves(*small))}, rgb, L=seen, redraws=0)
    # An error below 1 costs a 151st at most; half a pixel out of place costs more.
    late = measure({"late": Oracle((ab + np.roll(ab, 1, axis=1)) / 2)}, rgb, redraws=0)
    assert rows["knows"]["auc"] > 99.2 > late["late"]["auc"] + 0.6
    assert rows["grey"]["photos"] == 3


def test_the_mean_colour_is_that_of_all_pixels(photos):
    many = np.concatenate([photos] * 30)[:299]  # more than are converted at once
    expected = color.split(many)[1].mean((0, 1, 2), dtype=float)
    np.testing.assert_allclose(metrics.mean_ab(many), expected, rtol=1e-5)


class OfOneSize(Oracle):
    network = SimpleNamespace(input_shape=(None, 64, 64, 1))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rgb, ab: ({}, rgb[:1]), "1 photos: .*at least two"),
        (lambda rgb, ab: ({}, rgb[:, :20]), "32 × 20 pixels: sides must be multiples of 8"),
        (lambda rgb, ab: ({}, rgb.astype(float)), r"uint8 \(N, H, W, 3\), got float64"),
        (lambda rgb, ab: ({}, np.repeat(rgb[..., :1], 3, axis=-1)), "all photos are grey"),
        (lambda rgb, ab: ({"grey": Oracle(ab)}, rgb), "'grey', as a baseline is"),
        (lambda rgb, ab: ({"mine": Oracle(ab * np.nan)}, rgb), "colorizer mine: .*NaN"),
        (
            lambda rgb, ab: ({"mine": Oracle(ab[:, ::2])}, rgb),
            r"colorizer mine: .*\(10, 32, 32, 2\)",
        ),
        (
            lambda rgb, ab: ({"mine": OfOneSize(ab)}, rgb),
            "colorizer mine: .*64 × 64 pixels only.*at size 64",
        ),
    ],
)
def test_what_cannot_be_measured_is_named_with_the_way_out(change, message, photos, noisy):
    colorizers, rgb = change(photos, noisy)
    with pytest.raises(ValueError, match=message):
        measure(colorizers, rgb)


@pytest.mark.parametrize(
    ("shape", "message"),
    [((9, 32, 32, 1), "the same 10 photos"), ((10, 32, 20, 1), "20 × 32 pixels")],
)
def test_what_colorizers_should_see_must_fit(shape, message, photos):
    with pytest.raises(ValueError, match=message):
        measure({}, photos, L=np.zeros(shape, np.float32))


class Diverged:
    def predict_ab(self, L):
        raise ValueError("its training diverged")


def test_a_colorizer_that_refuses_to_answer_is_named(photos):
    with pytest.raises(ValueError, match="colorizer mine: its training diverged"):
        measure({"mine": Diverged()}, photos)


def test_a_batch_that_holds_no_photo_is_refused(photos):
    with pytest.raises(ValueError, match="batch_size=0"):
        metrics.measure({}, photos, batch_size=0, progress=False)


def test_importing_the_metrics_loads_neither_keras_nor_matplotlib_nor_widgets():
    heavy = "{'keras', 'matplotlib', 'tqdm', 'ipywidgets'} & {*sys.modules}"
    code = f"import sys; from coursekit import metrics; print({heavy})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
