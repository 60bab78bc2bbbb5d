"""The widget's Python side, with messages given by hand; `test_browser` has a real browser."""

import sqlite3

import ipywidgets
import pytest

from coursekit import turing
from coursekit.turing import widget

from .conftest import Person, parts


@pytest.fixture
def person(experiment, store):
    return Person(experiment, store)


def test_the_start_page_says_what_happens_and_asks_for_consent(person):
    assert "12 pairs" in person.text and "After 1 second they are hidden" in person.text
    assert "By starting you agree that your answers" in person.text
    assert not person.pair.pair


def test_each_vote_is_in_the_file_before_the_next_pair_is_sent(person, store):
    sent = []
    person.pair.observe(
        lambda change: sent.append((change["new"].get("number"), len(store.votes()))), "pair"
    )
    person.press("ck-start")
    while person.pair.pair:
        person.vote("right")
    numbers = [each for each in sent if each[0]]
    assert numbers == [(number, number - 1) for number in range(1, 13)]
    assert [vote["side"] for vote in store.votes()] == ["right"] * 12


def test_what_the_browser_gets_does_not_tell_which_is_real(person, experiment, store):
    person.press("ck-start")
    names = {*experiment.photos, *experiment.colorizers, "practice", "vigilance", "random"}
    while pair := person.pair.pair:
        assert set(pair) == {"number", "photos", "seconds", "gate"}
        left, right = pair["photos"]
        assert left != right and len(left) == len(right)
        told = person.pair.feedback.get("number")
        assert told is None or told < pair["number"]
        sent = [
            value
            for part in parts(person.box)
            for key, value in part.get_state().items()
            if not key.startswith("_") and key != "pair"
        ]
        if pair["number"] > 2:  # the page itself says that practice is practice
            assert not [name for name in names if f"'{name}'" in str(sent)]
        person.vote()


def test_practice_tells_the_answer_and_the_test_does_not(person, store):
    person.press("ck-start")
    told = []
    person.pair.observe(lambda change: told.append(change["new"]), "feedback")
    while person.pair.pair:
        person.vote("left")
    first, second = told
    for feedback, vote in zip(told, store.votes(), strict=False):
        assert feedback["fake"] == {"left": "right", "right": "left"}[vote["real"]]
        assert feedback["text"].startswith("Correct" if vote["real"] == "right" else "Not so")
    assert (first["number"], second["number"]) == (1, 2)


def test_a_double_click_counts_once(person, store):
    person.press("ck-start")
    person.press("ck-start")
    assert len(store.participants()) == 1
    for _ in range(2):
        person.say(kind="vote", number=1, side="left")
    assert len(store.votes()) == 1
    for _ in range(2):
        person.say(kind="next", number=1)
    assert person.pair.pair["number"] == 2


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"kind": "vote"},
        {"kind": "next", "number": 1},
        {"kind": "vote", "number": 1},
        {"kind": "vote", "number": 2, "side": "left"},
        {"kind": "vote", "number": "1", "side": "left"},
        {"kind": "vote", "number": [1], "side": "left"},
        {"kind": "vote", "number": 1, "side": "top"},
    ],
)
def test_a_message_that_makes_no_sense_changes_nothing(message, person, store):
    person.press("ck-start")
    person.say(**message)
    assert store.votes() == [] and person.pair.pair["number"] == 1
    person.vote("left")
    assert len(store.votes()) == 1


def test_the_measured_times_are_stored_in_seconds(person, store):
    person.press("ck-start")
    for reaction in (812.5, None, "fast", -3.0, float("nan"), float("inf")):
        person.vote(reaction=reaction, exposure=1003.0)
    assert [vote["seconds"] for vote in store.votes()] == [0.8125, None, None, None, None, None]
    assert {vote["exposure"] for vote in store.votes()} == {1.003}


def test_a_vote_says_whether_the_page_was_out_of_sight_where_the_browser_does(person, store):
    person.press("ck-start")
    for hidden in (True, False, None, "yes"):
        person.vote(hidden=hidden)
    person.vote()
    assert [vote["hidden"] for vote in store.votes()] == [True, False, None, None, None]


def test_with_its_code_a_session_goes_on_in_another_kernel(person, experiment, store):
    person.press("ck-start")
    for _ in range(4):
        person.vote()
    shown = person.pair.pair
    code = store.participants()[0]["participant"]
    again = Person(experiment.folder, store.path, code=f"{code[:4]} {code[4:].lower()}")
    assert again.pair.pair["photos"] == shown["photos"] and again.pair.pair["gate"]
    assert "Pair 3 of 10" in again.text
    while again.pair.pair:
        again.vote()
    assert [vote["number"] for vote in store.votes()] == list(range(1, 13))


def test_what_another_page_with_the_same_code_answered_is_not_asked_again(
    person, experiment, store
):
    person.press("ck-start")
    other = Person(experiment, store, code=store.participants()[0]["participant"])
    other.vote("left")
    person.vote("right")
    assert [vote["side"] for vote in store.votes()] == ["left"]
    assert person.pair.pair["number"] == 2


def test_the_browser_tabs_own_memory_offers_the_code(experiment, store):
    person = Person(experiment, store, loaded=False)
    person.say(kind="ready", code="ABCD2345")
    assert person.code.value == "ABCD2345"


def test_an_unknown_code_is_said_and_one_can_begin(person, store):
    person.code.value = "<b>NOBODY"
    person.press("ck-resume")
    assert (
        "nobody here has the code" in person.text
        and "<b>NOBODY" not in person.box.children[0].value
    )
    assert store.participants() == []
    person.press("ck-start")
    assert "nobody" not in person.text and person.pair.pair["number"] == 1


def test_pause_comes_after_the_answer_and_says_how_to_come_back(person, store):
    person.press("ck-start")
    (pause,) = (part for part in parts(person.box) if isinstance(part, ipywidgets.ToggleButton))
    pause.value = True
    person.vote()
    code = store.participants()[0]["participant"]
    assert (
        not person.pair.pair
        and "1 of 12 pairs" in person.text
        and f"{code[:4]} {code[4:]}" in person.text
    )
    person.press("ck-unpause")
    assert person.pair.pair["number"] == 2 and person.pair.pair["gate"] and not pause.value


def test_the_last_page_shows_the_own_result_beside_the_others(experiment, store):
    for fools in (True, False, True):
        person = Person(experiment, store)
        person.press("ck-start")
        while person.pair.pair:
            code = store.participants()[-1]["participant"]
            real = (
                turing.Session.resume(experiment, store, code)
                .trials[person.pair.pair["number"] - 1]
                .real
            )
            person.vote(real if fools else {"left": "right", "right": "left"}[real])
    assert "you 100% (8 of 8 pairs)" in person.text
    assert "the others 50% (2 people, 16 pairs)" in person.text
    assert "you found 0 of 2" in person.text
    assert person.pair.code == ""  # the next person at this browser is not offered it
    back = Person(experiment, store, code)
    assert "you 100%" in back.text


def test_a_store_that_fails_in_the_middle_is_said_and_the_session_goes_on(person, store):
    person.press("ck-start")
    for _ in range(3):
        person.vote()
    with sqlite3.connect(store.path) as db:
        db.execute("ALTER TABLE votes RENAME TO lost")
    person.vote()
    assert "votes.sqlite" in person.text and person.code.value == person.pair.code
    with sqlite3.connect(store.path) as db:
        db.execute("ALTER TABLE lost RENAME TO votes")
    person.press("ck-resume")
    assert person.pair.pair["number"] == 4
    person.vote()
    assert len(store.votes()) == 4


def test_missing_pictures_are_said(experiment, tmp_path):
    box = widget.take(tmp_path / "nowhere", tmp_path / "votes.sqlite")
    assert "nowhere" in box.children[0].value and "build" in box.children[0].value


def test_a_store_of_another_version_is_said(experiment, store):
    with sqlite3.connect(store.path) as db:
        db.execute("PRAGMA user_version = 99")
    box = widget.take(experiment, store.path)
    assert "newer coursekit" in box.children[0].value


def test_a_store_of_another_test_is_said(experiment, store, photos, colorizers, tmp_path):
    turing.Session.start(experiment, store)
    other = turing.build(
        tmp_path / "other", photos, {"dull": colorizers["dull"]}, experiment.protocol
    )
    person = Person(other, store)
    person.press("ck-start")
    assert "votes of another experiment" in person.text
