import numpy as np
import pytest

from coursekit import bins, color, datasets, training
from coursekit.datasets import scenes
from coursekit.tools.shipping import recipes


def test_block_error_compares_with_the_mean_of_each_block():
    true = np.zeros((1, 4, 4, 2), np.float32)
    true[0, 0, 0] = 4  # a mean of 1 in the first block
    # 1 everywhere, once it is put back to CIELAB units.
    predicted = np.full((1, 2, 2, 2), 1 / 128, np.float32)
    assert float(recipes.BlockError()(true, predicted)) == pytest.approx(3 / 4)


def test_rare_colours_count_more_in_the_loss_of_vivid_alone():
    rgb = np.zeros((2, 64, 64, 3), np.uint8) + np.uint8([120, 120, 120])
    rgb[0, :16, :16] = 255, 0, 0
    seen = training.Features(_Nothing(), rgb)
    weights = recipes.rare_colours(seen)
    encoding = bins.SoftEncoding(neighbours=1)
    grey, red = (
        encoding.nearest(color.split(np.uint8([[shade]]))[1]) for shade in rgb[0, [32, 4], 4]
    )
    assert weights[red] > 3 * weights[grey]
    losses = {name: each.loss(weights) for name, each in recipes.RECIPES.items()}
    np.testing.assert_allclose(losses["vivid"].weights, weights)
    assert losses["classification"].weights is None


class _Nothing:
    """An encoder with one feature: the mean of L."""

    def compute_output_shape(self, shape):
        return [(shape[0], 1, 1, 1)]

    def predict_on_batch(self, L):
        return [L.mean((1, 2), keepdims=True)]


@pytest.fixture
def two_sets(monkeypatch):
    """Two sets of scenes, in the second of which every other photo is of the class "scene"."""
    sets = {"first": scenes.draw(5, 32, seed=1).rgb, "second": scenes.draw(6, 32, seed=2).rgb}

    def load(name, split, size, limit=None, seed=0):
        assert split == "train"
        return sets[name][:limit], np.arange(len(sets[name])) % 2, ["face", "scene"]

    monkeypatch.setattr(datasets, "load", load)
    monkeypatch.setattr(datasets, "available", lambda name: False)
    monkeypatch.setattr(recipes, "SETS", ("first",))
    monkeypatch.setattr(recipes, "TUNING", 2)
    return sets


def test_photos_that_choose_are_not_trained_on_and_scenes_come_twice(two_sets):
    found = recipes.photos(["second"])
    assert found.sets == {"first": 3 + 1, "second": 4 + 2}
    trained = {photo.tobytes() for photo in found.train}
    for name, rgb in two_sets.items():
        assert found.tuning[name].shape == (2, recipes.SIZE, recipes.SIZE, 3)
        assert not trained & {photo.tobytes() for photo in rgb[:2]}
        assert trained >= {photo.tobytes() for photo in rgb[2:]}
    twice = [photo for photo in found.train if photo.tobytes() == two_sets["second"][3].tobytes()]
    assert len(twice) == 2
