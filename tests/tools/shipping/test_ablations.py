import numpy as np

from coursekit.datasets import scenes
from coursekit.tools.shipping import ablations, recipes


def test_an_ablation_leaves_out_one_idea_and_measures(monkeypatch):
    photos = scenes.draw(8, 64, seed=1).rgb, scenes.draw(6, 32, seed=2).rgb
    monkeypatch.setattr(ablations, "photos", lambda: photos)
    monkeypatch.setattr(ablations, "EPOCHS", 2)
    monkeypatch.setattr(recipes, "BATCH", 4)
    whole, less = (ablations.measure(left_out, seed=0) for left_out in ("nothing", "skips"))
    assert set(whole) == set(less) and whole != less
    assert all(np.isfinite(value) for value in whole.values())
