import numpy as np
import pytest
import skimage.data
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.metrics import peak_signal_noise_ratio

from coursekit import color, metrics


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
    shares = [
        np.mean(error <= threshold) for threshold in range(151)
    ]  # the curve of the paper, point by point
    assert metrics.auc(np.zeros((3, 3, 2)), predicted) == pytest.approx(100 * np.mean(shares))


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
    # Inverse probability: 8 pixels of weight 1/0.8 against 2 of weight 1/0.2, so both bins count the same.
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


def test_colorfulness_difference_is_signed():
    rocket, grey = skimage.data.rocket(), np.full(skimage.data.rocket().shape, 90, np.uint8)
    assert metrics.colorfulness_difference(rocket, grey) == pytest.approx(-38.6, abs=0.05)
    np.testing.assert_allclose(
        metrics.colorfulness_difference(np.stack([grey, grey]), np.stack([grey, rocket])),
        [0, 38.6],
        atol=0.05,
    )


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
        lambda: metrics.colorfulness_difference(np.zeros((4, 4, 3)), np.zeros((2, 4, 3))),
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
