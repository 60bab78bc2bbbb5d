"""The checks' sentences name misconceptions; they are counted as they stand there."""

import nbformat
import pytest
from small_assignment import cell

from coursekit.lesson import checks

misconceptions = pytest.importorskip("coursekit.teach.class_report.misconceptions")


def test_what_a_check_really_says_is_understood():
    with pytest.raises(AssertionError) as error:
        checks.require("A1.2", lambda L: 2.55 * L)
    assert misconceptions.name(str(error.value)) == "L times 2.55"
    with pytest.raises(AssertionError) as error:
        checks.require("A1.2", ...)
    assert misconceptions.name(str(error.value)) == misconceptions.NOT_ATTEMPTED


def test_brackets_of_a_misconception_stay():
    words = "✗ A1.5: not yet (luma is not L (601)). The input (of the network) is still luma."
    assert misconceptions.name(words) == "luma is not L (601)"


def test_an_answer_that_speaks_as_a_check_gets_no_more_room_than_one():
    words = f"A1.1: not yet (mine\n{'W' * 10_000}). "
    assert misconceptions.name(words) == "mine " + "W" * 95


def test_an_assertion_without_a_name_is_another_mistake():
    assert misconceptions.name("blocks of 8") == misconceptions.UNNAMED


def test_only_errors_of_tests_count():
    def with_error(made, said):
        made.outputs = [nbformat.v4.new_output("error", ename="E", evalue=said, traceback=[])]
        return made

    notebook = nbformat.v4.new_notebook(
        cells=[
            with_error(cell("1 / 0"), "✗ A1.1: not yet (mine). Printed by a student."),
            with_error(cell("f()", "answer", solution=True), "no"),
            with_error(cell("assert f()", "tests", points=5), "\x1b[31m✗ A1.1: not yet (b). c"),
            cell("assert g()", "others", points=5),
        ]
    )
    assert misconceptions.said(notebook) == {"tests": "✗ A1.1: not yet (b). c"}


def test_they_are_counted_by_task(submit):
    wrong = {"a0-1-tests": "✗ A0.1: not yet (a). b"}
    counts = misconceptions.count([submit("anna", said=wrong), submit("bo", said=wrong)])
    assert counts == {"a0-1-tests": {"a": 2}}
