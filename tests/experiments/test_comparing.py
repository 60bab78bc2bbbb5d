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


def test_spread_is_mean_and_sample_standard_deviation():
    assert experiments.spread(RESULTS, "auc", ["model"]) == {
        (1,): (62.0, 2.0),
        (2,): (65.0, pytest.approx(7**0.5)),
    }
    alone = experiments.spread(RESULTS[:1], "auc", ["model"])[1,]
    assert alone[0] == 60 and np.isnan(alone[1])
    with pytest.raises(KeyError, match="psnr"):
        experiments.spread(RESULTS, "psnr", ["model"])


def test_differences_pair_runs_of_the_same_seed():
    shuffled = RESULTS[::-1]
    found = experiments.differences(shuffled, "auc", {"model": 2}, {"model": 1}, ["seed"])
    assert sorted(found) == [2, 3, 4]
    with pytest.raises(ValueError, match="no run"):
        experiments.differences(RESULTS, "auc", {"model": 3}, {"model": 1}, ["seed"])
    with pytest.raises(ValueError, match="several runs"):
        experiments.differences(RESULTS, "auc", {"model": 2}, {"model": 1}, [])


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ([2, 3, 4], "holds"),
        ([-2, -3, -4], "does not hold"),
        ([2, 3, -1], "unclear"),
        ([0.1, 0.1, 9], "unclear"),
        ([5, 5], "unclear"),
        ([1, 2, float("nan")], "unclear"),
        ([0, 0, 0], "unclear"),
        ([1, 1, 1], "holds"),
    ],
)
def test_a_claim_holds_only_if_every_pair_says_so_and_by_more_than_the_spread(values, says):
    assert experiments.verdict(values) == says
