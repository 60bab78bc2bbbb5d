import functools

import keras
import numpy as np
import pytest
import skimage.data
from scipy.special import log_softmax

from coursekit import bins, color, losses

BOTH = [(losses.SoftCrossEntropy, 313), (losses.AxesCrossEntropy, 32)]


@functools.cache
def photo_ab():
    photos = [skimage.data.astronaut()[:64:2, 200:264:2], skimage.data.coffee()[:64:2, :64:2]]
    return color.split(np.stack(photos))[1]


def logits_for(ab, channels=313):
    return np.random.default_rng(0).normal(0, 3, (*ab.shape[:-1], channels)).astype("float32")


def a_prior():
    return bins.smooth(bins.prior(photo_ab(), bins.SoftEncoding()), bins.published())


def dense(target, logits, weight=1):
    """The formula of the paper with a number for every bin: their sum, the mean over pixels."""
    loss = -np.sum(target * log_softmax(logits.astype(np.float64), axis=-1), axis=-1)
    return np.mean(weight * loss)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("neighbours", [1, 5, 10])
def test_it_equals_the_dense_formula(neighbours, weighted):
    ab, logits = photo_ab(), logits_for(photo_ab())
    weights = bins.rebalancing_weights(a_prior()) if weighted else None
    encoding = bins.SoftEncoding(neighbours=neighbours)
    weight = weights[encoding.nearest(ab)] if weighted else 1
    loss = losses.SoftCrossEntropy(neighbours=neighbours, weights=weights)
    assert float(loss(ab, logits)) == pytest.approx(
        dense(encoding.dense(ab), logits, weight), rel=1e-5
    )


def test_keras_own_cross_entropy_of_the_dense_target_has_the_same_gradient():
    ab, logits = photo_ab()[:1, :8, :8], logits_for(photo_ab()[:1, :8, :8])
    target = bins.SoftEncoding().dense(ab)
    eps = 1e-2
    step = np.random.default_rng(1).normal(size=logits.shape).astype("float32")
    ours, theirs = losses.SoftCrossEntropy(), keras.losses.CategoricalCrossentropy(from_logits=True)

    def slope(loss, true):
        above, below = (float(loss(true, logits + sign * eps * step)) for sign in (1, -1))
        return (above - below) / (2 * eps)

    assert slope(ours, ab) == pytest.approx(slope(theirs, target), abs=1e-3)


def test_of_a_smaller_prediction_each_pixel_answers_for_the_middle_of_its_block():
    ab = photo_ab()
    logits = logits_for(ab[:, ::4, ::4])
    middle = ab[:, 2::4, 2::4]
    assert float(losses.SoftCrossEntropy()(ab, logits)) == pytest.approx(
        dense(bins.SoftEncoding().dense(middle), logits), rel=1e-5
    )
    assert float(losses.AxesCrossEntropy()(ab, logits[..., :32])) == pytest.approx(
        float(losses.AxesCrossEntropy()(middle, logits[..., :32])), rel=1e-6
    )


@pytest.mark.parametrize("weighted", [False, True])
def test_the_two_axes_are_two_sparse_cross_entropies_with_class_weights(weighted):
    ab, logits = photo_ab(), logits_for(photo_ab(), 32)
    weights = bins.balanced_weights(bins.axis_prior(ab)) if weighted else None
    total = 0
    for axis in (0, 1):
        # 16 bins of width 16 on 8-bit Lab.
        index = (np.floor(ab[..., axis] + 128) // 16).astype(int)
        scores = log_softmax(logits[..., 16 * axis : 16 * axis + 16], axis=-1)
        one = -np.take_along_axis(scores, index[..., None], axis=-1)[..., 0]
        total += np.mean(one if weights is None else one * weights[axis][index])
    assert float(losses.AxesCrossEntropy(weights)(ab, logits)) == pytest.approx(total, rel=1e-5)


def test_bins_of_a_and_b_do_not_compete():
    logits = np.full((1, 1, 1, 32), -20.0, np.float32)
    # Both right: under one softmax of 32 each could reach ½ only.
    logits[..., 8] = logits[..., 16 + 8] = 20
    loss = losses.AxesCrossEntropy()(np.full((1, 1, 1, 2), 4.0), logits)
    assert float(loss) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(("make", "channels"), BOTH)
def test_a_target_that_is_not_finite_never_passes_for_a_colour(make, channels):
    ab = photo_ab().copy()
    logits = logits_for(ab, channels)
    assert np.isfinite(float(make()(ab, logits)))
    for bad in (np.nan, np.inf):
        ab[0, 0, 0, 0] = bad
        assert np.isnan(float(make()(ab, logits)))


@pytest.mark.parametrize(("make", "channels"), BOTH)
def test_colours_beyond_srgb_count_as_the_nearest_that_the_table_holds(make, channels):
    far, edge = np.full((1, 2, 2, 2), 900.0), np.full((1, 2, 2, 2), 110.0)
    logits = logits_for(far, channels)
    clipped = edge if channels == 313 else edge + 17
    assert float(make()(far, logits)) == pytest.approx(float(make()(clipped, logits)))


def trained(loss, channels):
    keras.utils.set_random_seed(0)
    L = keras.layers.Input((None, None, 1))
    x = keras.layers.Conv2D(8, 3, strides=4, padding="same", activation="relu")(L)
    model = keras.Model(L, keras.layers.Conv2D(channels, 1)(x))
    model.compile(keras.optimizers.Adam(0.03), loss, jit_compile=False)
    ab = photo_ab()
    L = np.ones((*ab.shape[:-1], 1), np.float32)
    # The same photos again and again within an epoch, for each epoch takes a while to begin.
    many = [np.tile(each, (8, 1, 1, 1)) for each in (L, ab)]
    history = model.fit(*many, batch_size=4, epochs=3, verbose=0).history["loss"]
    return model, history, L, ab


@pytest.mark.parametrize(
    ("make", "channels", "chance"),
    [
        (
            lambda: losses.SoftCrossEntropy(weights=bins.rebalancing_weights(a_prior())),
            313,
            np.log(313),
        ),
        (
            lambda: losses.AxesCrossEntropy(bins.balanced_weights(bins.axis_prior(photo_ab()))),
            32,
            2 * np.log(16),
        ),
    ],
)
def test_fit_learns_from_plain_ab_and_the_compiled_model_is_saved_with_its_loss(
    tmp_path, make, channels, chance
):
    model, history, L, ab = trained(make(), channels)
    assert history[-1] < history[0] and history[-1] < 0.8 * chance
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")  # safe mode is the default
    assert loaded.loss.get_config() == model.loss.get_config()
    assert loaded.evaluate(L, ab, verbose=0) == pytest.approx(
        model.evaluate(L, ab, verbose=0), rel=1e-5
    )


def test_training_reaches_the_rebalanced_distribution_of_the_photos():
    # All L are equal here, so the best the network can do is the weighted mean of the targets that
    # it is given.
    keras.utils.set_random_seed(0)
    ab = np.concatenate([np.zeros((1, 6, 8, 2)), np.full((1, 2, 8, 2), 40.0)], axis=1).astype(
        "float32"
    )
    centres = np.float32([[0, 0], [40, 40]])
    weights = np.float32([0.5, 2.5])  # 0.75 · 0.5 against 0.25 · 2.5
    L = keras.layers.Input((8, 8, 1))
    model = keras.Model(L, keras.layers.Conv2D(2, 1, use_bias=True)(L))
    model.compile(
        keras.optimizers.Adam(0.2),
        losses.SoftCrossEntropy(centres, neighbours=1, weights=weights),
        jit_compile=False,
    )
    model.fit(np.zeros((60, 8, 8, 1)), ab.repeat(60, axis=0), batch_size=1, verbose=0)
    rare = 1 / (1 + np.exp(-np.diff(model.predict(np.zeros((1, 8, 8, 1)), verbose=0)[0, 0, 0])[0]))
    assert rare == pytest.approx(0.625, abs=0.01)


ONE = np.zeros((1, 8, 8, 2), np.float32)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: losses.SoftCrossEntropy(neighbours=400), "1…313"),
        (lambda: losses.SoftCrossEntropy([[0, 150]]), "±128"),
        (lambda: losses.SoftCrossEntropy(weights=np.ones(312)), r"\(313,\)"),
        (lambda: losses.SoftCrossEntropy(weights=np.full(313, np.inf)), "finite"),
        (lambda: losses.SoftCrossEntropy(weights=np.full(313, -1)), "≥ 0"),
        (lambda: losses.AxesCrossEntropy(weights=np.ones(32)), r"\(2, 16\)"),
        (lambda: losses.SoftCrossEntropy()(ONE, logits_for(ONE, 312)), "312 channels"),
        (lambda: losses.AxesCrossEntropy()(ONE, logits_for(ONE, 313)), "313 channels"),
        (lambda: losses.SoftCrossEntropy()(ONE, logits_for(np.zeros((1, 3, 8, 2)))), "divide"),
        (lambda: losses.SoftCrossEntropy()(ONE, logits_for(np.zeros((1, 16, 16, 2)))), "divide"),
    ],
)
def test_bad_input_is_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()
