import tracemalloc

import keras
import numpy as np
import pytest
import skimage.data

from coursekit import color, colorizer, networks
from coursekit.bins.layers import AnnealedMean
from coursekit.colorizer import shipped


@pytest.fixture(scope="module")
def reddish():
    """A colorizer that paints everything with one known colour, a = 40, b = 20."""
    L = keras.layers.Input((None, None, 1))
    ab = keras.layers.Conv2D(
        2,
        1,
        kernel_initializer="zeros",
        bias_initializer=lambda shape, dtype: np.array([40, 20], dtype) / 128,
    )(L)
    return colorizer.Colorizer(keras.Model(L, ab), size=32)


@pytest.mark.parametrize(
    "shape", [(48, 80), (80, 48, 1), (33, 57, 3), (1, 1), (1, 5000, 3), (5000, 1), (8, 2000, 3)]
)
def test_a_photo_of_any_shape_comes_back_in_its_size(reddish, shape):
    photo = np.full(shape, 120, np.uint8)
    rgb = reddish.colorize(photo)
    assert rgb.shape == (*shape[:2], 3) and rgb.dtype == np.uint8
    np.testing.assert_allclose(
        color.split(rgb)[1], np.broadcast_to([40, 20], (*shape[:2], 2)), atol=1
    )


def test_lightness_stays_that_of_the_full_size_photo(reddish):
    photo = skimage.data.astronaut()[:200, :300]
    L, _ = color.split(photo)
    keras.utils.set_random_seed(0)
    pastel = colorizer.Colorizer(networks.alpha(), size=32).colorize(
        photo
    )  # untrained: colours near grey
    assert np.abs(color.split(pastel)[0] - L).max() < 1.5
    assert (
        np.abs(color.split(reddish.colorize(photo))[0] - L).max() < 1.5
    )  # also where sRGB has no such red


def test_paper_stays_white_and_ink_black(reddish):
    page = np.full((60, 80), 255, np.uint8)
    page[10:50:8, 5:75] = 0
    np.testing.assert_array_equal(reddish.colorize(page), np.repeat(page[..., None], 3, axis=-1))
    aged = reddish.colorize(
        np.full((8, 8), 252, np.uint8)
    )  # nearly white: only as much tint as fits
    assert np.linalg.norm(color.split(aged)[1], axis=-1).max() < 4


def test_the_network_that_halves_four_times_takes_photos_of_any_shape():
    model = colorizer.Colorizer(shipped.network("regression"), size=64)
    for shape in ((90, 120), (64, 85), (120, 90), (1, 300)):
        assert model.colorize(np.zeros(shape, np.uint8)).shape == (*shape, 3)


def test_a_large_photo_shows_no_seams_where_its_strips_meet(monkeypatch):
    keras.utils.set_random_seed(0)
    model = colorizer.Colorizer(networks.alpha(), keras.layers.Rescaling(5000.0), size=32)
    photo = skimage.data.astronaut()[:300, :200]
    whole = model.colorize(photo)
    monkeypatch.setattr("coursekit.colorizer.painter.STRIP", 7 * 200)
    strips = model.colorize(photo)
    assert np.ptp(whole.astype(int), axis=-1).mean() > 5  # colourful enough to show a seam
    assert np.abs(strips.astype(int) - whole).max() <= 1


def test_a_large_photo_needs_little_more_memory_than_its_lightness_and_the_result(
    reddish, monkeypatch
):
    monkeypatch.setattr("coursekit.colorizer.painter.STRIP", 2**16)
    photo = np.zeros((1500, 2000), np.uint8)
    reddish.colorize(photo[:50, :50])
    tracemalloc.start()
    try:
        reddish.colorize(photo)
        assert (
            tracemalloc.get_traced_memory()[1] < 15 * photo.size
        )  # bytes a pixel; Lab in floats alone is 12
    finally:
        tracemalloc.stop()


def test_a_lower_temperature_is_more_vivid():
    keras.utils.set_random_seed(0)
    L = keras.layers.Input((None, None, 1))
    scores = keras.layers.Conv2D(313, 3, padding="same", kernel_initializer="he_normal")(L)
    model = colorizer.Colorizer(keras.Model(L, scores), AnnealedMean(temperature=1), size=32)
    photo = skimage.data.camera()[::8, ::8]
    chroma = {
        T: np.linalg.norm(color.split(model.with_temperature(T).colorize(photo))[1], axis=-1).mean()
        for T in (1, 0.1)
    }
    assert chroma[0.1] > 1.5 * chroma[1]
    np.testing.assert_array_equal(model.with_temperature(1).colorize(photo), model.colorize(photo))


def test_a_temperature_is_refused_where_no_bins_are_averaged(reddish):
    with pytest.raises(ValueError, match="averages no bins"):
        reddish.with_temperature(0.5)


def test_colour_in_the_input_is_ignored(reddish):
    model = colorizer.Colorizer(networks.alpha(), size=32)
    photo = skimage.data.astronaut()[::8, ::8]
    L, ab = color.split(photo)
    faded = color.join(L, ab * 0.2)
    difference = np.abs(model.colorize(photo).astype(int) - model.colorize(faded))
    assert (
        difference.mean() < 1
    )  # L itself moves by less than one unit when faded colours are rounded to 8 bits


def test_a_network_of_fixed_size_is_fed_that_size():
    model = colorizer.Colorizer(networks.alpha(64), size=64)
    assert model.colorize(np.zeros((30, 90), np.uint8)).shape == (30, 90, 3)


def test_a_network_that_predicts_at_a_quarter_of_the_size_is_enlarged():
    model = colorizer.Colorizer(networks.small_colorful(2, "tanh"), size=32)
    assert model.predict_ab(np.zeros((2, 32, 32, 1), "float32")).shape == (2, 32, 32, 2)
    assert model.colorize(np.zeros((40, 50), np.uint8)).shape == (40, 50, 3)


@pytest.mark.parametrize(
    "photo", [np.zeros((4, 4, 2), np.uint8), np.zeros((4, 4)), np.zeros((0, 4), np.uint8)]
)
def test_what_is_no_photo_is_refused(reddish, photo):
    with pytest.raises(ValueError, match="a photo is uint8"):
        reddish.colorize(photo)


@pytest.mark.parametrize("size", [0, 20])
def test_a_size_that_the_networks_cannot_halve_three_times_is_refused(size):
    with pytest.raises(ValueError, match="multiple of 8"):
        colorizer.Colorizer(networks.alpha(), size=size)


@pytest.fixture(scope="module")
def untrained():
    decoders = {"regression": None, "vivid": AnnealedMean()}
    return {
        name: colorizer.Colorizer(shipped.network(name), decoder, size=64)
        for name, decoder in decoders.items()
    }


@pytest.mark.parametrize("shape", [(40, 56), (1, 1), (63, 65), (48, 64)])
@pytest.mark.parametrize("name", ["regression", "vivid"])
def test_ab_of_photos_of_any_size_is_predicted(shape, name, untrained):
    model = untrained[name]
    ab = model.predict_ab(np.full((3, *shape, 1), 50, np.float32), batch_size=2)
    assert ab.shape == (3, *shape, 2) and ab.dtype == np.float32


def test_what_is_added_at_the_edge_is_cut_off_again():
    L = keras.layers.Input((None, None, 1))
    # Twice halved and enlarged, so that 4 must divide a side; 16 is what is always added up to.
    x = keras.layers.UpSampling2D(4)(keras.layers.AveragePooling2D(4)(L))
    model = colorizer.Colorizer(keras.Model(L, keras.layers.Concatenate()([L, x])), size=32)
    seen = np.zeros((1, 20, 36, 1), np.float32)
    seen[:, :, 20:] = 100
    ab = model.predict_ab(seen)
    np.testing.assert_allclose(ab[..., 0], color.scale_L(seen)[..., 0] * 128, atol=1e-4)
    np.testing.assert_allclose(ab[..., 1], ab[..., 0], atol=1e-4)


def test_a_network_of_fixed_size_predicts_ab_of_photos_of_another():
    model = colorizer.Colorizer(networks.alpha(64), size=64)
    seen = np.full((2, 40, 56, 1), 50, np.float32)
    assert model.predict_ab(seen).shape == (2, 40, 56, 2)


def test_of_no_photos_there_is_no_ab(reddish):
    assert reddish.predict_ab(np.empty((0, 16, 16, 1), np.float32)).shape == (0, 16, 16, 2)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_network_whose_training_diverged_is_named_instead_of_a_black_picture(bad):
    network = networks.alpha()
    network.layers[-1].set_weights([w * 0 + bad for w in network.layers[-1].get_weights()])
    model = colorizer.Colorizer(network, size=32, name="mine")
    with pytest.raises(colorizer.DivergedError, match="mine: .*training diverged"):
        model.colorize(np.full((20, 20), 99, np.uint8))


@pytest.mark.parametrize("batch_size", [0, -1, 1.5, True, None])
def test_a_batch_that_holds_no_photo_is_refused(reddish, batch_size):
    with pytest.raises(ValueError, match="batch_size=.*at least 1"):
        reddish.predict_ab(np.zeros((1, 16, 16, 1), np.float32), batch_size)


@pytest.mark.parametrize("shape", [(16, 16, 1), (1, 16, 16, 3), (1, 0, 16, 1)])
def test_what_is_no_lightness_is_refused(reddish, shape):
    with pytest.raises(ValueError, match="L is"):
        reddish.predict_ab(np.zeros(shape, np.float32))


def test_a_network_that_takes_a_size_as_it_is_sees_nothing_added():
    L = keras.layers.Input((None, None, 1))
    brightest = keras.layers.GlobalMaxPooling2D(keepdims=True)(L)
    mean = keras.layers.GlobalAveragePooling2D(keepdims=True)(L)
    same = keras.layers.Multiply()([keras.layers.Concatenate()([brightest, mean]), L * 0 + 1])
    model = colorizer.Colorizer(keras.Model(L, same), size=64)
    seen = np.zeros((1, 20, 36, 1), np.float32)
    seen[:, :, -1] = 100  # an edge that would count more, were it repeated
    ab = model.predict_ab(seen)[0, 0, 0]
    np.testing.assert_allclose(ab, [128, (2 / 36 - 1) * 128], atol=1e-3)
