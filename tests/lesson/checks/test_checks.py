"""What holds for every exercise, and how a result looks."""

import re
import subprocess
import sys

import numpy as np
import pytest
from bs4 import BeautifulSoup

from coursekit.lesson import checks

NAMES = checks.names()
UNGRADED = [name for name in NAMES if checks.find(name).solution]


def breaks(*arguments):
    wrong = arguments.no_such_thing
    return wrong


def breaks_inside_numpy(*arguments):
    return np.zeros((2, 3)) @ np.zeros((2, 3))


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


@pytest.mark.parametrize("name", [name for name in NAMES if not checks.find(name).value])
def test_an_error_in_the_learner_s_code_is_shown_at_their_line(name):
    for answer, line, error in [
        (breaks, "wrong = arguments.no_such_thing", "AttributeError"),
        (breaks_inside_numpy, "return np.zeros((2, 3)) @ np.zeros((2, 3))", "ValueError"),
    ]:
        result = checks.check(name, answer)
        assert result.misconception == "your code raised an error"
        assert re.match(
            r"test_checks\.py, line \d+: `" + re.escape(line) + rf"` raised {error}", result.message
        )


@pytest.mark.parametrize("name", [name for name in NAMES if not checks.find(name).value])
def test_a_result_instead_of_a_function_is_told(name):
    assert checks.check(name, np.zeros((2, 2))).misconception == "not a function"
    result = checks.check(name, lambda a, b, c, d, e: 1)
    assert (
        result.misconception == "your code raised an error"
        and "positional argument" in result.message
    )


def test_an_error_in_a_notebook_is_shown_in_its_cell():
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    try:
        shell.run_cell("1 + 1", store_history=True)
        shell.run_cell(
            "def broken(ab, degrees):\n    x = 1\n    return ab / degrees.size", store_history=True
        )
        message = checks.check("01.2", shell.user_ns["broken"]).message
    finally:
        InteractiveShell.clear_instance()
    assert message.startswith(
        "Cell In[2], line 3: `return ab / degrees.size` raised AttributeError"
    )


def test_an_error_in_a_helper_of_the_learner_is_shown_in_the_helper():
    helper = {}
    exec(compile("def half(x):\n    return x / 0\n", "<ipython-input-7-abc>", "exec"), helper)
    message = checks.check("01.2", lambda ab, degrees: helper["half"](1)).message
    assert message == "Your cell, line 2: ZeroDivisionError: division by zero."


@pytest.mark.parametrize("name", NAMES)
def test_every_exercise_has_a_hint(name):
    assert len(checks.hint(name).text) > 40


@pytest.mark.parametrize("name", UNGRADED)
def test_the_solution_is_shown_on_request(name, shown):
    checks.solution(name)
    ((data, _),) = shown
    assert f"def {checks.find(name).solution.__name__}(" in data["text/plain"]


def test_an_unknown_exercise_is_refused_with_the_closest():
    with pytest.raises(ValueError, match=r"no exercise '05\.9'; did you mean.*05\."):
        checks.check("05.9", 1)
    with pytest.raises(ValueError, match="did you mean"):
        checks.hint("nothing of the kind")


def test_a_requirement_raises_the_plain_sentence_unless_the_answer_is_correct():
    checks.require("01.1", checks.find("01.1").solution())
    with pytest.raises(AssertionError, match=r"^✗ 01\.2: not yet \(nothing turned\)\. turn\(ab"):
        checks.require("01.2", lambda ab, degrees: ab)
    with pytest.raises(AssertionError, match="not attempted"):
        checks.require("01.2", ...)


def test_two_seeds_are_two_sets_of_inputs_and_one_seed_is_one():
    seen = []

    def watch(ab, degrees):
        seen.append(ab)
        return ab

    for seed in (0, 0, 1):
        checks.check("01.2", watch, seed)
    assert np.array_equal(seen[0], seen[1]) and not np.array_equal(seen[0], seen[2])


def test_a_result_says_in_words_and_signs_what_it_says():
    for status, sign in [(checks.CORRECT, "✓"), (checks.NOT_YET, "✗"), (checks.NOT_ATTEMPTED, "…")]:
        result = checks.Result("05.2", status, "Is `a < b` & *so* on, 2 * 3 * 4?", "a < b")
        page = BeautifulSoup(result._repr_html_(), "html.parser")
        assert page.strong.get_text() == f"{sign} 05.2: {status} (a < b)"
        assert page.code.get_text() == "a < b" and "`" not in page.get_text()
        assert page.em.get_text() == "so" and "2 * 3 * 4" in page.get_text()
        assert (
            repr(result) == str(result)
            and f"05.2: {status}" in repr(result)
            and "`" not in repr(result)
        )


def test_only_what_is_not_correct_offers_a_hint():
    assert "checks.hint('05.2')" in repr(checks.Result("05.2", checks.NOT_YET, "No."))
    assert "hint" not in repr(checks.Result("05.2", checks.CORRECT, "Yes."))
    assert isinstance(checks.hint("05.2"), checks.Message)


def test_importing_checks_loads_no_heavy_library():
    code = (
        "import sys, coursekit.lesson.checks as checks; checks.check('01.2', ...); "
        "print([m for m in ('keras', 'tensorflow', 'matplotlib', 'IPython') if m in sys.modules])"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip()
        == "[]"
    )
