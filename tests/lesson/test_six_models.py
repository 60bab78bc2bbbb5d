import numpy as np
import pytest

from coursekit import color, experiments, metrics
from coursekit.datasets import scenes
from coursekit.lesson import six_models

TINY = {"dataset": "scenes", "size": 32, "photos": 2, "held_back": 2, "batch": 2, "epochs": 1}


@pytest.fixture(scope="module")
def photos():
    rgb = scenes.draw(3, 32, seed=0).rgb
    return rgb, color.split(rgb)[1]


def test_every_planned_run_is_recorded_with_the_score_of_every_photo():
    recorded = experiments.read(six_models.FILE)
    planned = [*six_models.plan(), *six_models.asides(), *six_models.longer()]
    names = {name for each in planned for name in each}
    assert {
        experiments.key({name: each[name] for name in names & each.keys()}) for each in recorded
    } == {experiments.key(each) for each in planned}
    for each in recorded:
        assert {len(scores) for scores in each["each"].values()} == {each["held_back"]}


def test_recorded_scores_of_photos_have_the_recorded_values_as_their_means():
    for each in experiments.read(six_models.FILE):
        for measure in ("rebalanced_auc, as the study", "colorfulness_kept, mean"):
            assert np.mean(each["each"][measure]) == pytest.approx(each[measure], abs=0.01)


def test_packed_colours_come_back_rounded(photos):
    _, ab = photos
    for some in (ab, 100 * np.sign(ab)):  # steps within 8 bits, and beyond
        np.testing.assert_array_equal(six_models.unpack(six_models.pack(some), 32), some.round())


def test_a_perfect_answer_under_one_shared_sum_costs_two_log_two():
    perfect = np.zeros((1, 32), np.float32)
    perfect[0, [3, 20]] = 1
    assert float(six_models.shared_sum(perfect, perfect)[0]) == pytest.approx(2 * np.log(2))


def test_what_the_study_coded_is_turned_into_what_it_meant(photos):
    _, ab = photos
    eight_bit = six_models.encode(ab, 1, as_coded="then")
    found = six_models.decodings(six_models.as_meant(eight_bit, 1), 1)
    np.testing.assert_allclose(found["mean"], ab, atol=1e-3)
    two_ones = six_models.encode(ab, 2, as_coded="then")
    assert (two_ones.sum(axis=-1) == 2).all()
    likeliest = six_models.decodings(six_models.as_meant(two_ones, 2), 2)["likeliest"]
    assert np.abs(likeliest - ab).max() <= 8  # half of a bin


def test_the_filter_of_the_study_is_as_wide_on_photos_of_any_size():
    point = np.zeros((1, 64, 64, 2), np.float32)
    point[0, 32, 32] = 1
    wide, narrow = (
        six_models.blur(ab).sum(axis=1)[0, :, 0] > 1e-4 for ab in (point, point[:, ::2, ::2])
    )
    assert narrow.sum() == pytest.approx(wide.sum() / 2, abs=1)


def test_the_plain_loss_is_that_of_the_text_without_weights(photos):
    _, ab = photos
    nothing = np.zeros((3, 32, 32, 32), np.float32)
    np.testing.assert_allclose(six_models.plain_loss(ab, nothing, 2), 2 * np.log(16), rtol=1e-5)
    zero = six_models.plain_loss(ab, np.zeros_like(ab), 1)
    np.testing.assert_allclose(zero, ((ab / 128) ** 2).mean(axis=(1, 2, 3)), rtol=1e-5)


def test_scores_are_those_of_the_one_summary(photos):
    rgb, ab = photos
    measured, each = six_models.scores(rgb, ab, {"mean": ab / 2})
    assert measured["rebalanced_auc, mean"] == pytest.approx(metrics.rebalanced_auc(ab, ab / 2))
    assert measured["speckle, mean"] == pytest.approx(0.5)
    assert len(each["colorfulness_kept, mean"]) == 3


def test_a_run_depends_on_its_seed_alone():
    settings = {"model": 2, "weights": "λ = ½", "category": "one class", **TINY}
    first, again, other = (six_models.run(seed=seed, **settings) for seed in (0, 0, 1))
    assert first["each"] == again["each"] != other["each"]
    assert first["pictures"] and not other["pictures"]
    known, new = first["curves"]
    assert new[-1] - known[-1] == pytest.approx(np.mean(first["each"]["gap"]), abs=1e-3)


def test_where_the_photos_of_the_recorded_runs_are_not_at_hand_small_ones_are_done(
    monkeypatch, tmp_path
):
    one = {**TINY, "model": 1, "weights": "none", "category": "mix", "seed": 0}
    monkeypatch.setattr(six_models, "plan", lambda seeds, **data: [one])
    monkeypatch.setattr(six_models, "asides", lambda **data: [{**one, "as_coded": "then"}])
    found, coded = six_models.results("scenes", tmp_path / "own.jsonl")
    assert found["dataset"] == "scenes" and found["as_coded"] == ""
    assert coded["as_coded"] == "then" and coded["optimizer"] == "adam"
    recorded = six_models.results("flowers", tmp_path / "own.jsonl")
    assert {each["optimizer"] for each in recorded} == set(six_models.OPTIMIZERS)
    assert len(experiments.read(tmp_path / "own.jsonl")) == 2
