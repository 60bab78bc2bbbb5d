"""How a learner's code is called, and what is said of its errors."""

import re

import numpy as np
import pytest

from coursekit.lesson import checks

FUNCTIONS = [name for name in checks.names() if not checks.find(name).value]


def breaks(*arguments):
    wrong = arguments.no_such_thing
    return wrong


def breaks_inside_numpy(*arguments):
    return np.zeros((2, 3)) @ np.zeros((2, 3))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_an_error_in_the_learner_s_code_is_shown_at_their_line(name):
    for answer, line, error in [
        (breaks, "wrong = arguments.no_such_thing", "AttributeError"),
        (breaks_inside_numpy, "return np.zeros((2, 3)) @ np.zeros((2, 3))", "ValueError"),
    ]:
        result = checks.check(name, answer)
        assert result.misconception == "your code raised an error"
        assert re.match(
            r"test_answers\.py, line \d+: `" + re.escape(line) + rf"` raised {error}",
            result.message,
        )


@pytest.mark.parametrize("name", FUNCTIONS)
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


def test_two_seeds_are_two_sets_of_inputs_and_one_seed_is_one():
    seen = []

    def watch(ab, degrees):
        seen.append(ab)
        return ab

    for seed in (0, 0, 1):
        checks.check("01.2", watch, seed)
    assert np.array_equal(seen[0], seen[1]) and not np.array_equal(seen[0], seen[2])
