import pytest

from coursekit.turing import Experiment, Session, StoreError, VoteError, build

from .conftest import PROTOCOL


@pytest.fixture
def session(experiment, store):
    return Session.start(experiment, store, seed=1)


def answer(session, right=True):
    """Vote on the current pair as somebody who knows; returns what `vote` gave."""
    number = session.current.number
    real = session.trials[number - 1].real
    return session.vote(number, {"left": "right", "right": "left"}[real] if right else real, 1.0)


def test_a_participant_goes_from_the_first_pair_to_the_end(session):
    numbers = []
    while not session.done:
        shown = session.current
        assert (shown.left, shown.right) == session.experiment.pair(
            session.trials[shown.number - 1]
        )
        numbers.append(shown.number)
        answer(session)
    assert numbers == list(range(1, 13)) and session.current is None
    assert session.voted == session.total == 12


def test_what_is_shown_tells_practice_from_the_rest_and_nothing_else(session):
    kinds = []
    while (shown := session.current) is not None:
        assert shown._fields == ("number", "practice", "left", "right")
        kinds.append((shown.practice, session.trials[shown.number - 1].kind))
        answer(session)
    assert set(kinds) == {(True, "practice"), (False, "test"), (False, "vigilance")}


def test_there_is_feedback_in_practice_and_none_in_the_test(session):
    fake = {"left": "right", "right": "left"}
    first = answer(session, right=True)
    second = answer(session, right=False)
    assert first == (True, fake[session.trials[0].real])
    assert second == (False, fake[session.trials[1].real])
    assert [answer(session) for _ in range(10)] == [None] * 10


def test_looking_again_shows_the_same_pair(session):
    assert session.current == session.current


def test_a_session_that_was_left_goes_on_where_it_stopped(session, experiment, store):
    for _ in range(5):
        answer(session)
    again = Session.resume(
        Experiment(experiment.folder), type(store)(store.path), session.code.lower()
    )
    assert (again.code, again.trials, again.voted) == (session.code, session.trials, 5)
    assert again.current == session.current


def test_a_double_click_changes_nothing_and_the_next_pair_waits(session):
    first = session.trials[0]
    session.vote(1, "left", 0.9)
    with pytest.raises(VoteError, match="pair 1 has its vote already"):
        session.vote(1, "right", 0.95)
    assert session.voted == 1 and session.current.number == 2
    assert session.store.votes()[0]["fooled"] == (first.real == "left")


def test_two_tabs_with_one_code_share_the_pairs(session, experiment, store):
    tab = Session.resume(experiment, store, session.code)
    answer(session)
    with pytest.raises(VoteError, match="pair 1 has its vote already.*pair 2 is next"):
        tab.vote(1, "left")
    assert tab.current.number == 2


@pytest.mark.parametrize(
    "vote, message",
    [
        ((2, "left"), "pair 2 was not shown; pair 1 is next"),
        ((99, "left"), "pair 99 was not shown"),
        ((1, "top"), "side 'top': say 'left' or 'right'"),
        ((1, "left", -1.0), "-1.0 seconds"),
        ((1, "left", float("nan")), "nan seconds"),
        ((1, "left", float("inf")), "inf seconds"),
    ],
)
def test_votes_that_cannot_be_are_refused_and_nothing_changes(session, vote, message):
    with pytest.raises(VoteError, match=message):
        session.vote(*vote)
    assert session.voted == 0 and session.current.number == 1


def test_the_code_of_a_finished_session_opens_its_end(session, experiment, store):
    while not session.done:
        answer(session)
    again = Session.resume(experiment, store, session.code)
    assert again.done and again.current is None and again.result() == session.result()
    with pytest.raises(VoteError, match="pair 12 has its vote already.*all pairs are done"):
        again.vote(12, "left")


def test_a_code_belongs_to_its_experiment(session, tmp_path, photos, colorizers):
    other = build(tmp_path / "other", photos, {"dull": colorizers["dull"]}, PROTOCOL)
    with pytest.raises(StoreError, match="votes of another experiment"):
        Session.resume(other, session.store, session.code)
    with pytest.raises(StoreError, match="votes of another experiment"):
        Session.start(other, session.store)


def test_every_participant_gets_another_plan_and_the_stored_seed_gives_it_again(experiment, store):
    one, other = Session.start(experiment, store), Session.start(experiment, store)
    assert one.code != other.code and one.trials != other.trials
    seed = store.participants()[1]["seed"]
    assert Session.start(experiment, store, seed).trials == other.trials


def test_the_result_sets_the_own_test_pairs_beside_those_of_the_others(experiment, store):
    assert Session.start(experiment, store).result() == (0, 0, None, 0, 0, None, 0, 0, 0)
    fooled, sharp = Session.start(experiment, store), Session.start(experiment, store)
    while not fooled.done:
        answer(fooled, right=False)
    for _ in range(6):
        answer(sharp)
    tests = sum(trial.kind == "test" for trial in sharp.trials[:6])
    checks = 4 - tests
    result = sharp.result()
    assert (result.fooled, result.trials, result.rate) == (0, tests, 0.0)
    assert (result.group_fooled, result.group_trials, result.group_rate) == (8, 8, 1.0)
    assert (result.group_participants, result.vigilance_right, result.vigilance_trials) == (
        1,
        checks,
        checks,
    )
    assert (fooled.result().rate, fooled.result().vigilance_right) == (1.0, 0)
