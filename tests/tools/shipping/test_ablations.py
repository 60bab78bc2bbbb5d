import numpy as np
import pytest

from coursekit import color
from coursekit.datasets import scenes
from coursekit.tools.shipping import ablations, judging, recipes


@pytest.fixture
def few(monkeypatch):
    """A few scenes in place of the sets, of which some are taken for old plates."""
    tuning = {"scenes": scenes.draw(6, 32, seed=2).rgb}
    data = recipes.Photos(scenes.draw(8, 64, seed=1).rgb, tuning, {"scenes": 8})
    for function in (ablations.encoder, ablations.features, ablations.truths):
        function.cache_clear()
    monkeypatch.setattr(ablations, "photos", lambda: data)
    plates = scenes.draw(4, 32, seed=3).rgb
    old = judging.Truth(plates), color.split(plates)[0]
    monkeypatch.setattr(ablations, "exposures", lambda: old)
    monkeypatch.setattr(ablations, "EPOCHS", 1)
    monkeypatch.setattr(recipes, "BATCH", 4)
    monkeypatch.setattr(recipes, "SIZE", 32)
    yield
    for function in (ablations.encoder, ablations.features, ablations.truths):
        function.cache_clear()


def test_an_ablation_leaves_out_one_idea_and_measures(few):
    whole, less = (ablations.measure(left_out, seed=0) for left_out in ("nothing", "old films"))
    assert set(whole) == set(less) and whole != less
    assert {"auc", "rebalanced_auc", "old_auc", "old_rebalanced_auc"} <= set(whole)
    assert all(np.isfinite(value) for value in whole.values())


def test_each_idea_that_is_left_out_changes_what_is_trained():
    whole = ablations.LEFT_OUT["nothing"]
    by_views = {"old films", "parts of photos"}
    assert {name for name, views in ablations.LEFT_OUT.items() if views != whole} == by_views
