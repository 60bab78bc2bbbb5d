"""Stored cases: one is picked by a number, and what is missing is named with the way out."""

import numpy as np
import pytest

from coursekit.lesson import checks
from coursekit.lesson.checks import cases

STORED = [name for name in checks.names() if checks.find(name).stored]


def test_graded_exercises_have_them_and_lessons_do_not():
    assert STORED and all(name.startswith("A") for name in STORED)


def test_a_number_picks_a_case_and_begins_anew_after_the_last():
    first = [cases.pick("A1.1", seed).given["first"] for seed in (0, 1, 5)]
    assert np.array_equal(first[0], first[2]) and not np.array_equal(first[0], first[1])


def test_single_numbers_are_plain_numbers():
    assert type(cases.pick("A1.4").given["factor"]) is int
    assert type(cases.pick("A1.3").given["limit"]) is float


def test_an_answer_that_spoils_its_inputs_spoils_them_for_nobody_else():
    cases.pick("A1.1").given["first"][:] = 0
    assert cases.pick("A1.1").given["first"].any()


def test_a_mistake_without_a_message_is_refused():
    with pytest.raises(KeyError, match="not uint8"):
        cases.Case({}, {}, {"photo": {"not uint8": 1.0}}).mistaken("photo", {"other": "Other."})


def test_a_missing_file_is_named_with_the_way_out(tmp_path):
    with pytest.raises(
        FileNotFoundError, match=r"cases of A1\.1 .*assignment1.*install the course"
    ):
        cases.pick("A1.1", 0, tmp_path)


def test_an_exercise_without_cases_is_named(tmp_path):
    np.savez(tmp_path / "assignment1.npz", **{"A1.2/given/L": np.zeros((1, 3))})
    with pytest.raises(FileNotFoundError, match=r"has no case of A1\.1"):
        cases.pick("A1.1", 0, tmp_path)
