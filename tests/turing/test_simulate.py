import numpy as np
import pytest

from coursekit.turing import Session, Store, simulate


def test_made_up_participants_have_the_mean_rate_that_was_asked_for():
    people = np.random.default_rng(0).standard_normal(200_000)
    for spread in (0.3, 1.0):
        assert simulate.personal(0.32, people, spread).mean() == pytest.approx(0.32, abs=0.003)


def test_people_differ_as_much_as_the_spread_says():
    # Two thirds of people lie within one standard deviation: 15 % to 49 % for a rate of 32 %.
    assert simulate.personal(0.32, -1, 0.5) == pytest.approx(0.15, abs=0.005)
    assert simulate.personal(0.32, 1, 0.5) == pytest.approx(0.49, abs=0.005)
    assert simulate.personal(0.32, np.array([-2, 0, 2]), 0) == pytest.approx([0.32] * 3)


def test_a_person_is_as_gullible_with_each_colorizer():
    one, other = simulate.counts([0.3, 0.2], 2000, 50, 1, spread=0.6, seed=1)
    assert one.shape == other.shape == (1, 2000)
    assert (one.mean() / 50, other.mean() / 50) == pytest.approx((0.3, 0.2), abs=0.02)
    assert np.corrcoef(one[0], other[0])[0, 1] > 0.7
    alike = simulate.counts([0.3, 0.2], 2000, 50, 1, spread=0, seed=1)
    assert abs(np.corrcoef(alike[0, 0], alike[1, 0])[0, 1]) < 0.1


def test_the_same_seed_makes_the_same_class(experiment, tmp_path):
    classes = []
    for name in "ab":
        store = Store(tmp_path / f"{name}.sqlite")
        simulate.classroom(experiment, store, lambda trial: 0.3, 3, seed=9)
        classes.append([{**vote, "participant": None} for vote in store.votes()])
    assert classes[0] == classes[1]


def test_a_made_up_participant_goes_on_with_a_session_that_was_left(experiment, store):
    session = Session.start(experiment, store)
    session.vote(1, "left")
    simulate.take(session, lambda trial: 0.0, np.random.default_rng(0))
    assert session.done and session.result().rate == 0 and session.result().vigilance_right == 2
