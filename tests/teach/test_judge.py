"""Tests see what answers do; nothing that a submission is can pass for a right answer."""

import nbformat
import pytest
from small_assignment import cell

judge = pytest.importorskip("coursekit.teach.judge")


@pytest.fixture
def tested(submission):
    """Runs a test on an answer: what it says, and its points."""

    def run(answer, test, given="import numpy as np", solution="def answer(*a): return 1"):
        source = nbformat.v4.new_notebook(
            cells=[
                cell(given),
                cell(solution, "x-answer", solution=True),
                cell(test, "x-tests", points=10),
            ]
        )
        submission.ask("cell", source=answer)
        verdict = judge.Judge(source, submission).run("x-tests")
        errors = [output.evalue for output in verdict.outputs if output.output_type == "error"]
        return verdict.points, "".join(errors)

    return run


def test_a_function_that_changes_its_arguments_changes_those_of_the_test(tested):
    answer = """def answer(array, cache, words, rng):
    array += 1
    cache['a'] = array
    words.append('x')
    return rng.random()"""
    test = """array, cache, words, rng = np.zeros(2), {}, [], np.random.default_rng(1)
drawn = answer(array, cache, words, rng)
assert (array == 1).all() and (cache['a'] == 1).all() and words == ['x']
again = np.random.default_rng(1)
assert drawn == again.random() and rng.random() == again.random()"""
    assert tested(answer, test) == (10, "")


def test_a_function_of_the_test_is_called_where_it_is(tested):
    answer = "def answer(ask): return [ask(x) for x in (1, 2)]"
    test = "asked = []\ndef ask(x):\n    asked.append(x)\n    return 2 * x\n"
    assert tested(answer, test + "assert answer(ask) == [2, 4] and asked == [1, 2]") == (10, "")


def test_an_error_of_the_answer_has_its_class_and_its_line(tested):
    answer = "def answer(x):\n    x += 1\n    return 1 / (x - 1)"
    test = """import traceback
try:
    answer(0)
except ZeroDivisionError as error:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    raise AssertionError(f'{frame.filename.split("[")[0]} {frame.lineno} {frame.line}')"""
    points, said = tested(answer, test)
    assert points == 0 and said == "Cell In 3 return 1 / (x - 1)"


def test_an_answer_cannot_end_the_loop_of_a_test(tested):
    answer = "def answer(x): raise StopIteration"
    assert tested(answer, "assert all(map(answer, [1, 2]))") == (0, "raised StopIteration")


@pytest.mark.parametrize(
    "answer", ["raise SystemExit", "raise KeyboardInterrupt", "import os; os.x"]
)
def test_whatever_an_answer_raises_is_no_point_and_no_end(tested, answer):
    assert tested(f"def answer(): {answer}", "answer()")[0] == 0


def test_the_last_line_of_a_test_may_be_points_within_those_of_its_cell(tested):
    for said, points in (("4", 4), ("1e9", 10), ("-3", 0), ("float('nan')", 0), ("None", 10)):
        assert tested("answer = 1", said)[0] == points


def test_points_are_not_what_an_answer_says_they_are(tested):
    assert tested("answer = print", "assert answer is not print\nanswer")[0] == 10
    assert tested("answer = 1e9", "answer")[0] == 10


@pytest.mark.parametrize("name", ["np", "len", "given"])
def test_only_answers_come_out_of_the_box(tested, name):
    """A test's own names are the instructor's, whatever a submission calls so."""
    test = f"assert {name} is not None and {name}.__class__ is not str"
    assert tested(f"{name} = 'mine'\nanswer = 1", test, "import numpy as np\ngiven = 1") == (10, "")


def test_a_module_that_the_solution_imports_is_not_the_students(tested):
    solution = "import numpy as np\ndef answer(): return 1"
    answer = "class np:\n    allclose = lambda *a: True\ndef answer(): return 0"
    test = "assert np.allclose(answer(), 1), 'not one'"
    assert tested(answer, test, "1", solution) == (0, "not one")


def test_an_object_cannot_say_that_it_equals_a_result(tested):
    answer = """class Equal:
    def __eq__(self, other): return True
    def __array__(self, dtype=None, copy=None): return np.zeros(2)
import numpy as np
def answer(): return Equal()"""
    assert tested(answer, "assert answer() == 1")[0] == 0
    assert tested(answer, "assert np.allclose(answer(), 1)")[0] == 0
    assert tested(answer, "assert np.allclose(answer(), 0)")[0] == 10


def test_given_cells_run_only_if_a_test_needs_them(tested):
    given = "import numpy as np\nneeded = 2"
    assert tested("answer = 2", "assert answer == needed", given) == (10, "")
    assert tested("answer = 2", "assert answer == 2", "unused = 1 / 0") == (10, "")
