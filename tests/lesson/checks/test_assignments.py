"""The five graded assignments: form, reference solutions, questions for a person."""

import ast
import re

import pytest
from graded import NOTEBOOKS, answers, cells, graded

from coursekit.lesson import checks
from coursekit.lesson.checks import cases
from coursekit.teach import hidden

GRADED = [name for name in checks.names() if name[0] == "A"]
SLOW = {"A2.5"}  # trains a network


def of(path, **wanted):
    return [
        cell
        for cell in cells(path)
        if all(graded(cell).get(key) == value for key, value in wanted.items())
    ]


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request):
    return request.param


def test_there_are_five_and_each_has_checks():
    assert [path.stem[:2] for path in NOTEBOOKS] == ["a1", "a2", "a3", "a4", "a5"]
    tasks = {cell.metadata.nbgrader.grade_id for path in NOTEBOOKS for cell in of(path, grade=True)}
    assert {
        f"{name[0].lower()}{name[1]}-{name[3]}-tests" for name in checks.names() if name[0] == "A"
    } == {task for task in tasks if task.endswith("tests")}


def test_points_add_up_to_100_with_one_question_for_a_person(path):
    assert sum(cell.metadata.nbgrader.points for cell in of(path, grade=True)) == 100
    (question,) = of(path, grade=True, solution=True)
    before = cells(path)[cells(path).index(question) - 1].source
    rubric = [int(points) for points in re.findall(r"^\| (\d+) \|", before, re.MULTILINE)]
    assert len(rubric) >= 3 and sum(rubric) == question.metadata.nbgrader.points
    assert "Model answer" in question.source


def test_every_task_has_an_answer_that_can_be_taken_out_and_tests_open_and_hidden(path):
    for cell in of(path, solution=True, grade=False):
        stub, solution = cell.source.split("    ### BEGIN SOLUTION\n")
        assert re.fullmatch(r'def \w+\(.*\):\n    """(?s:.*)"""\n', stub)
        assert solution.endswith("\n    ### END SOLUTION")
    for cell in of(path, grade=True, solution=False):
        shown, hidden = cell.source.split("### BEGIN HIDDEN TESTS")
        assert re.match(r'checks\.require\("A\d\.\d", \w+\)\n$', shown)
        assert re.search(r"hidden\.require\(.*, seed=\d{3}\)", hidden)
        assert hidden.endswith("### END HIDDEN TESTS")
        assert cell.metadata.nbgrader.locked


def test_a_bug_is_to_be_found(path):
    assert any(
        "Find the bug" in cell.source for cell in cells(path) if cell.cell_type == "markdown"
    )
    assert of(path, locked=True, grade=False, solution=False)


def test_nothing_is_stored_and_it_installs_itself_where_it_is_missing(path):
    code = [cell for cell in cells(path) if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in code)
    assert "except ImportError:\n    %pip install" in code[0].source
    assert not any("nbgrader" in cell.source for cell in cells(path))
    ids = [graded(cell)["grade_id"] for cell in cells(path) if graded(cell)]
    assert len(ids) == len(set(ids)) and all(
        cell.id == graded(cell).get("grade_id", cell.id) for cell in cells(path)
    )


def test_code_is_python_in_lines_of_at_most_120(path):
    for cell in cells(path):
        if cell.cell_type == "code":
            ast.parse(re.sub(r"^( *)%pip.*$", r"\1pass", cell.source, flags=re.MULTILINE))
            assert max(map(len, cell.source.splitlines())) <= 120


@pytest.mark.parametrize("name", GRADED)
def test_the_reference_solution_is_correct_on_any_inputs(name):
    answer = answers(int(name[1]))[name]
    for seed in range(1 if name in SLOW else 6):
        result = checks.check(name, answer, seed)
        assert result.status == checks.CORRECT, result


@pytest.mark.parametrize("name", [name for name in GRADED if checks.find(name).stored])
def test_the_reference_solution_is_correct_on_any_hidden_case(name):
    answer = answers(int(name[1]))[name]
    for seed in range(1 if name in SLOW else 5):
        result = hidden.check(name, answer, seed)
        assert result.status == checks.CORRECT, result


@pytest.mark.parametrize("name", GRADED)
def test_a_hidden_requirement_raises_the_plain_sentence(name):
    with pytest.raises(AssertionError, match="not attempted"):
        hidden.require(name, lambda *_: ...)


def test_hidden_cases_are_others_than_the_visible_ones():
    for name in GRADED:
        if checks.find(name).stored:
            shown = [str(cases.pick(name, seed)) for seed in range(5)]
            kept = [str(cases.pick(name, seed, hidden.CASES)) for seed in range(5)]
            assert len({*shown, *kept}) == 10, name


@pytest.mark.parametrize("name", GRADED)
def test_a_graded_exercise_shows_no_solution(name):
    with pytest.raises(ValueError, match="is graded, so there is no solution"):
        checks.solution(name)
