import keras
import numpy as np
import pytest

from coursekit import networks
from coursekit.embeddings import efficientnet_lite0


@pytest.fixture(scope="module")
def unet():
    keras.utils.set_random_seed(0)
    return networks.unet({"bins": 313, "ab": 2})


def test_it_answers_every_question_at_a_quarter_of_the_sides(unet):
    answers = unet(np.zeros((2, 32, 48, 1), np.float32))
    assert {name: tuple(each.shape) for name, each in answers.items()} == {
        "bins": (2, 8, 12, 313),
        "ab": (2, 8, 12, 2),
    }


def test_ab_starts_from_grey_and_the_bins_do_not(unet):
    answers = unet(np.random.default_rng(0).uniform(-1, 1, (1, 32, 32, 1)).astype(np.float32))
    assert not np.any(answers["ab"]) and np.ptp(answers["bins"]) > 0


def test_answers_share_all_but_their_last_layer(unet):
    shared = unet.count_params() - sum(
        unet.get_layer("decoder").get_layer(name).count_params() for name in ("bins", "ab")
    )
    for outputs in ({"bins": 313}, {"ab": 2}):
        alone = networks.unet(outputs)
        last = alone.get_layer("decoder").get_layer(*outputs).count_params()
        assert alone.count_params() - last == shared


def test_its_encoder_sees_what_the_classifier_sees_of_the_photo_enlarged_twice():
    encoder = networks.unet_encoder(64)
    efficientnet_lite0.load_encoder(encoder)
    L = np.random.default_rng(0).uniform(-1, 1, (1, 64, 64, 1)).astype(np.float32)
    large = keras.layers.UpSampling2D(2, interpolation="bilinear")(L)
    wanted = efficientnet_lite0.network()(large)
    quarter, *deeper = encoder(L)
    for found, level in zip(deeper, ("1/8", "1/16", "1/32"), strict=True):
        np.testing.assert_allclose(found, wanted[level], atol=1e-4)
    blocks = np.asarray(wanted["1/4"]).reshape(1, 16, 2, 16, 2, 24).mean((2, 4))
    np.testing.assert_allclose(quarter, blocks, atol=1e-4)
    assert [level.shape[1] for level in (quarter, *deeper)] == [16, 16, 8, 4]


def test_the_encoders_weights_come_into_a_whole_network_and_leave_the_decoder(unet):
    decoder = [weight.copy() for weight in unet.get_layer("decoder").get_weights()]
    efficientnet_lite0.load_encoder(unet)
    wanted = efficientnet_lite0.network().get_weights()
    for found, other in zip(unet.get_layer("levels").get_weights(), wanted, strict=False):
        np.testing.assert_array_equal(found, other)
    for found, other in zip(unet.get_layer("decoder").get_weights(), decoder, strict=True):
        np.testing.assert_array_equal(found, other)


def test_what_a_thing_is_reaches_every_place(unet):
    efficientnet_lite0.load_encoder(unet)
    L = np.zeros((1, 128, 128, 1), np.float32)
    changed = L.copy()
    changed[:, 96:, 96:] = np.random.default_rng(0).uniform(-1, 1, (1, 32, 32, 1))
    answers = [np.asarray(unet(each)["bins"]) for each in (L, changed)]
    assert np.abs(answers[0] - answers[1])[0, 0, 0].max() > 1e-6


def test_a_narrower_decoder_has_a_share_of_the_filters_and_the_same_answers():
    whole, narrow = (networks.unet_decoder({"bins": 313}, 32, width=width) for width in (1, 1 / 4))
    convolutions = [
        [layer.filters for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
        for model in (whole, narrow)
    ]
    *filters, bins = convolutions[0]
    assert convolutions[1] == [*(number / 4 for number in filters), bins]
    assert narrow.output_shape == whole.output_shape


def test_it_is_trained_in_half_precision_too():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        decoder = networks.unet_decoder({"ab": 2, "bins": 313}, 32)
    finally:
        keras.config.set_dtype_policy("float32")
    assert {answer.dtype for answer in decoder.output.values()} == {"float32"}
