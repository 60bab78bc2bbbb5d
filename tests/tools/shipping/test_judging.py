import numpy as np
import pytest

from coursekit import metrics
from coursekit.datasets import scenes
from coursekit.tools.shipping import judging


@pytest.fixture(scope="module")
def truth():
    return judging.Truth(scenes.draw(4, 64, seed=1).rgb)


def test_grey_is_nought_and_the_truth_is_whole(truth):
    grey = truth.judge(np.zeros_like(truth.ab))
    assert grey["auc"] == grey["rebalanced_auc"] == grey["false_colour"] == 0
    assert grey["colorfulness"] < 1
    found = truth.judge(truth.ab)
    assert found["auc"] == pytest.approx(100 - metrics.auc(truth.ab, 0 * truth.ab))
    assert found["rebalanced_auc"] == pytest.approx(
        100 - metrics.rebalanced_auc(truth.ab, 0 * truth.ab)
    )
    assert found["colorfulness"] == pytest.approx(100, abs=1)


def test_false_colour_is_strong_where_the_truth_is_nearly_grey():
    rgb = np.full((1, 8, 8, 3), 128, np.uint8)
    rgb[0, :4] = 200, 40, 40  # of this half strong colour is true
    truth = judging.Truth(rgb)
    ab = np.zeros_like(truth.ab)
    ab[0, 2:6] = 30, 30  # a chroma of 42
    assert truth.judge(ab)["false_colour"] == pytest.approx(25)
    ab[0, 2:6] = 27, 27  # of 38
    assert truth.judge(ab)["false_colour"] == 0


def test_sets_count_alike_and_the_worst_is_named(truth):
    small = judging.Truth(truth.rgb[:1])
    ab = {"known": truth.ab, "grey": np.zeros_like(small.ab)}
    found = judging.judge(ab, {"known": truth, "grey": small})
    assert found["auc"] == pytest.approx(truth.judge(truth.ab)["auc"] / 2)
    assert found["worst_auc"] == 0
    assert found["least_colorfulness"] < 1 and found["most_colorfulness"] > 99
