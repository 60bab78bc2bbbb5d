from collections import Counter

import pytest

from coursekit.turing import Protocol, TuringError, plan

PHOTOS = [f"photo {i}" for i in range(60)]
COLORIZERS = ["regression", "classification", "rebalanced"]


def trials(seed=0, colorizers=COLORIZERS, **rules):
    return plan(PHOTOS, colorizers, Protocol(**rules), seed)


def test_the_defaults_are_those_of_the_paper():
    protocol = Protocol()
    assert (protocol.size, protocol.exposure, protocol.practice, protocol.trials) == (
        256,
        1.0,
        10,
        40,
    )
    kinds = Counter(trial.kind for trial in trials())
    assert kinds == {"practice": 10, "test": 36, "vigilance": 4}


def test_practice_comes_first_and_numbers_run_from_1():
    planned = trials()
    assert [trial.kind for trial in planned[:10]] == ["practice"] * 10
    assert [trial.number for trial in planned] == list(range(1, 51))


def test_a_participant_sees_no_photo_twice():
    assert all(len({trial.photo for trial in trials(seed)}) == 50 for seed in range(20))


def test_the_same_seed_gives_the_same_plan_and_another_seed_another():
    assert trials(7) == trials(7)
    assert trials(7) != trials(8)


@pytest.mark.parametrize("colorizers", [COLORIZERS, COLORIZERS[:2], COLORIZERS[:1]])
def test_colorizers_and_their_sides_are_balanced_in_practice_and_in_the_test(colorizers):
    for seed in range(30):
        for kind in ("practice", "test"):
            chosen = [trial for trial in trials(seed, colorizers) if trial.kind == kind]
            of_each = Counter(trial.colorizer for trial in chosen)
            assert max(of_each.values()) - min(of_each.values()) <= 1 and set(of_each) == set(
                colorizers
            )
            for name, number in of_each.items():
                left = sum(trial.real == "left" for trial in chosen if trial.colorizer == name)
                assert abs(2 * left - number) <= 1
            assert abs(2 * sum(trial.real == "left" for trial in chosen) - len(chosen)) <= 1


def test_what_is_left_over_goes_to_every_colorizer_and_side_alike():
    # 10 practice pairs, 3 colorizers: one of them has 4, with probability 1/3; 4 standard errors
    # are 0.11.
    extra = Counter(
        Counter(t.colorizer for t in trials(seed)[:10]).most_common(1)[0][0] for seed in range(300)
    )
    assert all(abs(extra[name] / 300 - 1 / 3) < 0.11 for name in COLORIZERS)
    left = [
        sum(t.real == "left" for t in trials(seed, practice=0, trials=7, vigilance=0))
        for seed in range(300)
    ]
    assert set(left) == {3, 4} and abs(left.count(3) / 300 - 0.5) < 0.12


def test_neither_order_nor_side_can_be_guessed_from_the_place():
    # At every place of the test each side is right, and each colorizer comes, about as often as
    # any other.
    many = [trials(seed) for seed in range(400)]
    for place in (10, 25, 49):
        assert abs(sum(planned[place].real == "left" for planned in many) / 400 - 0.5) < 0.1
        shares = Counter(planned[place].colorizer for planned in many)
        assert all(abs(shares[name] / 400 - 0.3) < 0.1 for name in COLORIZERS)
        assert abs(shares["random"] / 400 - 0.1) < 0.06


def test_vigilance_pairs_show_the_random_fake_and_only_they_do():
    assert all((trial.kind == "vigilance") == (trial.colorizer == "random") for trial in trials())


def test_too_few_photos_are_counted_in_the_error():
    with pytest.raises(
        TuringError, match="20 photos for 10 practice pairs and 40 more.*add 30 photos"
    ):
        plan(PHOTOS[:20], COLORIZERS, Protocol(), 0)


def test_a_test_needs_a_colorizer():
    with pytest.raises(TuringError, match="no colorizers"):
        plan(PHOTOS, [], Protocol(), 0)


@pytest.mark.parametrize(
    "rules, message",
    [
        ({"size": 8}, "size=8: give a whole number of at least 16"),
        ({"practice": -1}, "practice=-1"),
        ({"trials": 0}, "trials=0"),
        ({"trials": 12.5}, "trials=12.5"),
        ({"exposure": 0}, "exposure=0: give seconds, or None"),
        ({"exposure": float("nan")}, "exposure=nan"),
        ({"vigilance": 1.0}, "leaves none for the test"),
        ({"vigilance": -0.1}, "vigilance=-0.1"),
        ({"trials": 2, "vigilance": 0.9}, "leaves none for the test"),
    ],
)
def test_numbers_that_make_no_test_are_named(rules, message):
    with pytest.raises(TuringError, match=message):
        Protocol(**rules)
