import dataclasses

import keras
import numpy as np
import pytest

from coursekit import bins, color
from coursekit.datasets import scenes
from coursekit.embeddings import compact
from coursekit.networks import unet
from coursekit.tools.shipping import recipes


def test_a_network_takes_over_what_it_shares_with_another():
    network, classifier = unet(), compact.classifier()
    recipes.adopt(network, classifier)
    assert np.array_equal(network.layers[1].get_weights()[0], classifier.layers[1].get_weights()[0])
    regression = unet(2, "tanh")
    recipes.adopt(regression, network)
    same = [
        all(map(np.array_equal, mine.get_weights(), theirs.get_weights()))
        for mine, theirs in zip(regression.layers, network.layers, strict=True)
        if mine.weights
    ]
    assert all(same[:-1]) and not same[-1]


def test_half_size_error_compares_with_the_mean_of_each_block():
    true = np.zeros((1, 4, 4, 2), np.float32)
    true[0, 0, 0] = 4  # a mean of 1 in the first block
    predicted = np.full(
        (1, 2, 2, 2), 1 / 128, np.float32
    )  # 1 everywhere, once it is put back to CIELAB units
    assert float(recipes.HalfSizeError()(true, predicted)) == pytest.approx(3 / 4)


def test_each_colorizer_sees_parts_of_its_own_at_the_size_of_the_network(monkeypatch):
    monkeypatch.setattr(recipes, "BATCH", 4)
    rgb = scenes.draw(6, 128, seed=1).rgb
    (L, ab), (_, other) = (recipes.batches(name, rgb)[0] for name in ("vivid", "regression"))
    assert L.shape == (4, 64, 64, 1) and abs(L).max() <= 1
    assert abs(ab).max() > 5, "CIELAB units"
    assert not np.array_equal(ab, other)


def test_rare_colours_count_more_in_the_loss_of_vivid_alone():
    rgb = np.zeros((2, 64, 64, 3), np.uint8) + np.uint8([120, 120, 120])
    rgb[0, :16, :16] = 255, 0, 0
    weights = recipes.rebalancing_weights(rgb)
    encoding = bins.SoftEncoding(neighbours=1)
    grey, red = (
        encoding.nearest(color.split(np.uint8([[shade]]))[1]) for shade in rgb[0, [32, 4], 4]
    )
    assert weights[red] > 3 * weights[grey]
    losses = {name: each.loss(rgb) for name, each in recipes.RECIPES.items()}
    np.testing.assert_allclose(losses["vivid"].weights, weights)
    assert losses["classification"].weights is None


def test_a_network_that_starts_from_grey_predicts_none_before_it_is_trained(tmp_path, monkeypatch):
    photos = scenes.draw(2, 64, seed=1).rgb
    from_classifier = dataclasses.replace(recipes.RECIPES["regression"], start="compact", epochs=2)
    monkeypatch.setitem(recipes.RECIPES, "regression", from_classifier)
    before = []

    class Fit(Exception):
        pass

    def fit(network, *_, **__):
        before.append(keras.ops.convert_to_numpy(network(np.ones((1, 32, 32, 1)))))
        raise Fit

    monkeypatch.setattr(keras.Model, "fit", fit)
    with pytest.raises(Fit):
        recipes.train("regression", tmp_path, (photos, photos))
    assert not before[0].any()
