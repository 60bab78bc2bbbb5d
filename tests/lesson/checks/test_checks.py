"""What holds for every exercise."""

import subprocess
import sys

import numpy as np
import pytest

from coursekit.lesson import checks

NAMES = checks.names()
UNGRADED = [name for name in NAMES if checks.find(name).solution]


def answer_of(name, function):
    """A stub or a broken answer of the kind that the exercise wants."""
    return function() if checks.find(name).value else function


@pytest.mark.parametrize("name", UNGRADED)
def test_the_reference_solution_is_correct_on_any_inputs(name):
    solution = checks.find(name).solution
    for seed in range(8):
        answer = solution() if checks.find(name).value else solution
        assert checks.check(name, answer, seed).status == checks.CORRECT


@pytest.mark.parametrize("name", NAMES)
def test_an_untouched_stub_is_not_attempted(name):
    for stub in [..., answer_of(name, lambda *_: ...)]:
        result = checks.check(name, stub)
        assert (result.status, result.misconception) == (checks.NOT_ATTEMPTED, None)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "value", [None, "three", {}, [[1], [2, 3]], np.array([]), float("nan"), object(), 1j]
)
def test_an_odd_answer_is_not_yet_and_never_a_traceback(name, value):
    result = checks.check(name, answer_of(name, lambda *_: value))
    assert result.status == checks.NOT_YET and result.misconception and result.message
    assert "Traceback" not in result.message and "\n" not in result.message


@pytest.mark.parametrize("name", NAMES)
def test_every_exercise_has_a_hint(name):
    assert len(checks.hint(name).text) > 40


@pytest.mark.parametrize("name", UNGRADED)
def test_the_solution_is_shown_on_request(name, shown):
    checks.solution(name)
    ((data, _),) = shown
    assert f"def {checks.find(name).solution.__name__}(" in data["text/plain"]


def test_a_requirement_raises_the_plain_sentence_unless_the_answer_is_correct():
    checks.require("01.1", checks.find("01.1").solution())
    with pytest.raises(AssertionError, match=r"^✗ 01\.2: not yet \(nothing turned\)\. turn\(ab"):
        checks.require("01.2", lambda ab, degrees: ab)
    with pytest.raises(AssertionError, match="not attempted"):
        checks.require("01.2", ...)


def test_importing_checks_loads_no_heavy_library():
    code = (
        "import sys, coursekit.lesson.checks as checks; checks.check('01.2', ...); "
        "print([m for m in ('keras', 'tensorflow', 'matplotlib', 'IPython') if m in sys.modules])"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip()
        == "[]"
    )
