"""Points are written at once, and only those that the rubric gives."""

import pytest

from .conftest import SAID, entry

desks = pytest.importorskip("coursekit.teach.marking.desk")
manual_scores = pytest.importorskip("coursekit.teach.manual_scores")


@pytest.fixture
def desk(graded):
    return desks.Desk(graded)


def of(desk, student):
    return next(each for each in desk.answers(0, True) if each["student"] == student)


def row(graded, student):
    (found,) = [each for each in manual_scores.rows(graded) if each["student"] == student]
    return found


def test_names_are_told_only_when_asked_for(desk):
    assert not any("student" in answer for answer in desk.answers(0, False))
    assert {answer["student"] for answer in desk.answers(0, True)} == {*SAID}


def test_lines_of_the_rubric_add_up_and_stand_in_the_table(desk, graded):
    kept = desk.save(of(desk, "anna")["id"], [10, 2.5], "Which loss?\nSay it.")
    assert kept == {"points": 12.5, "lines": [10, 2.5], "comment": "Which loss?\nSay it."}
    written = row(graded, "anna")
    assert (written["points"], written["lines"]) == ("12.5", "10 2.5")
    assert of(desk, "anna")["comment"] == "Which loss?\nSay it."
    assert row(graded, "bo")["points"] == ""


def test_an_answer_with_an_open_line_has_no_points_yet_and_is_not_lost(desk, graded):
    desk.save(of(desk, "anna")["id"], [5, None], "")
    assert row(graded, "anna")["points"] == "" and of(desk, "anna")["lines"] == [5, None]
    assert desk.overview()[0]["done"] == 0


@pytest.mark.parametrize("lines", [[3, 5], [10], [11, 5], [-5, 5], [float("nan"), 5], []])
def test_other_points_are_refused(desk, graded, lines):
    with pytest.raises(desks.MarkError, match="nothing, half or all"):
        desk.save(of(desk, "anna")["id"], lines, "")
    assert row(graded, "anna")["points"] == ""


def test_points_count_when_the_same_is_graded_again(desk, graded):
    desk.save(of(desk, "anna")["id"], [10, 0], "Good.")
    again = entry("anna", SAID["anna"])
    manual_scores.apply([again], graded)
    assert again.by_hand == {"a0-why-answer": 10} and again.total() == 50
    assert of(desk, "anna")["lines"] == [10, 0]


def test_whoever_writes_points_into_the_table_has_the_last_word(desk, graded):
    desk.save(of(desk, "anna")["id"], [10, 0], "")
    table = (graded / manual_scores.FILE).read_text(encoding="utf-8-sig")
    (graded / manual_scores.FILE).write_text(table.replace(",10,10 0,", ",11,10 0,"))
    assert of(desk, "anna")["points"] == 11 and of(desk, "anna")["lines"] == [None, None]


def test_a_line_that_somebody_deleted_comes_back_with_its_points(desk, graded):
    (graded / manual_scores.FILE).unlink()
    desk.save(of(desk, "bo")["id"], [0, 0], "")
    assert row(graded, "bo")["points"] == "0"


def test_an_answer_that_is_not_there_is_refused(desk):
    with pytest.raises(desks.MarkError, match="load the page again"):
        desk.save("0" * 16, [10, 5], "")
