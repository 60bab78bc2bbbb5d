import numpy as np
import pytest
import skimage.data
from skimage.metrics import peak_signal_noise_ratio

from coursekit import metrics


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
    shares = [np.mean(error <= threshold) for threshold in range(151)]  # the curve of the paper, point by point
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
    np.testing.assert_allclose(metrics.colorfulness(np.stack([grey, rocket])),
                               [0, metrics.colorfulness(rocket)])


@pytest.mark.parametrize("call", [
    lambda: metrics.rmse(np.zeros((2, 2)), np.zeros((3, 2))),
    lambda: metrics.rmse(np.zeros((0, 2)), np.zeros((0, 2))),
    lambda: metrics.psnr(np.zeros((4, 4, 1)), np.zeros((4, 4, 1))),
    lambda: metrics.auc(np.zeros((4, 2)), np.zeros((4, 2)), weights=np.ones(3)),
    lambda: metrics.colorfulness(np.zeros((4, 4))),
])
def test_shapes_that_do_not_fit_are_refused(call):
    with pytest.raises(ValueError, match=r"shape|must be|pixels"):
        call()
