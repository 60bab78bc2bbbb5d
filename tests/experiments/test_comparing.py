import numpy as np
import pytest

from coursekit import experiments

RESULTS = [
    {"model": m, "seed": s, "auc": auc}
    for m, s, auc in [
        (1, 0, 60.0),
        (1, 1, 62.0),
        (1, 2, 64.0),
        (2, 0, 63.0),
        (2, 1, 64.0),
        (2, 2, 68.0),
    ]
]


def test_differences_pair_runs_of_the_same_seed():
    shuffled = RESULTS[::-1]
    found = experiments.differences(shuffled, "auc", {"model": 2}, {"model": 1}, ["seed"])
    assert sorted(found) == [2, 3, 4]
    with pytest.raises(ValueError, match="no run"):
        experiments.differences(RESULTS, "auc", {"model": 3}, {"model": 1}, ["seed"])
    with pytest.raises(ValueError, match="several runs"):
        experiments.differences(RESULTS, "auc", {"model": 2}, {"model": 1}, [])


def scores(rng, seeds=3, photos=50, of_seed=0.5, of_photo=3.0, of_both=1.0):
    return (
        of_seed * rng.normal(size=(seeds, 1))
        + of_photo * rng.normal(size=photos)
        + of_both * rng.normal(size=(seeds, photos))
    )


def test_a_difference_is_judged_by_its_interval_over_seeds_and_photos():
    rng = np.random.default_rng(0)
    one = scores(rng)
    assert experiments.compare(one + 10, one).verdict == "holds"
    assert experiments.compare(one, one + 10).verdict == "does not hold"
    assert experiments.compare(one, one[0], family=10).verdict == "unclear"
    effect, low, high, _ = experiments.compare(scores(rng) + 2)
    assert low < effect < high


def test_the_interval_is_as_wide_as_drawing_seeds_and_photos_again_makes_it():
    # So many seeds that neither t nor their own small number matters.
    rng = np.random.default_rng(1)
    given = scores(rng, seeds=60, photos=80, of_seed=1, of_both=0.5)
    seeds = rng.integers(60, size=(4000, 60))
    photos = rng.integers(80, size=(4000, 80))
    drawn = [given[np.ix_(*each)].mean() for each in zip(seeds, photos, strict=True)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    comparison = experiments.compare(given)
    assert comparison.high - comparison.low == pytest.approx(high - low, rel=0.1)


def test_three_seeds_that_agree_by_luck_do_not_fool_it():
    one = np.repeat([[1.0], [2.0], [3.0]], 40, axis=1)
    assert experiments.compare(one).verdict == "unclear"  # t of 2 degrees: 2 ± 4.30 / √3
    _, low, high, _ = experiments.compare(one)
    assert (low, high) == (
        pytest.approx(2 - 4.303 / 3**0.5, abs=1e-3),
        pytest.approx(4.484, abs=1e-3),
    )


def test_a_larger_family_asks_for_more():
    one = scores(np.random.default_rng(2)) + 2
    widths = [np.subtract(*experiments.compare(one, family=size)[2:0:-1]) for size in (1, 5, 50)]
    assert widths == sorted(widths) and widths[0] < widths[2]


def test_a_single_seed_has_an_effect_and_no_verdict():
    effect, low, high, verdict = experiments.compare(np.ones((1, 5)))
    assert (effect, verdict) == (1, "unclear") and np.isnan([low, high]).all()


@pytest.mark.parametrize(
    ("one", "other", "family", "told"),
    [
        (np.ones(5), 0, 1, "seeds, photos"),
        (np.ones((3, 5)), np.ones(3), 1, "seeds, photos"),
        (np.ones((3, 1)), 0, 1, "two photos"),
        (np.full((3, 5), np.nan), 0, 1, "finite"),
        (np.ones((3, 5)), 0, 0, "family"),
    ],
)
def test_scores_that_cannot_be_compared_are_refused(one, other, family, told):
    with pytest.raises(ValueError, match=told):
        experiments.compare(one, other, family)


@pytest.mark.parametrize("spreads", [(1, 0, 0.1), (0, 1, 1), (0.1, 1, 1), (0.3, 1, 3)], ids=str)
def test_where_nothing_differs_a_family_rings_less_than_one_time_in_twenty(spreads):
    for seeds in (2, 3):
        rings = experiments.false_alarms(8, seeds, 40, spreads, families=1000)
        assert rings < 0.065  # 0.05, and two standard errors of 1,000 families


def test_a_rule_without_the_seeds_would_ring_far_more_often(monkeypatch):
    from coursekit.experiments import comparing

    monkeypatch.setattr(comparing.np, "hypot", lambda of_seeds, of_photos: of_photos)
    assert experiments.false_alarms(8, 3, 40, (0.3, 1, 1), families=200) > 0.3
