"""The five graded assignments: form, reference solutions, questions for a person."""

import ast
import re

import numpy as np
import pytest
from graded import NOTEBOOKS, answers, cells, graded
from scipy import ndimage

from coursekit import color
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
    expected = set()
    for name in [name for name in checks.names() if name[0] == "A"]:
        test = f"{name[0].lower()}{name[1]}-{name[3]}-tests"
        # A task with parts has a test for each.
        expected |= {f"{test}-{part}" for part in checks.find(name).parts} or {test}
    assert expected == {task for task in tasks if "-tests" in task}


def test_points_add_up_to_100_with_one_question_for_a_person(path):
    assert sum(cell.metadata.nbgrader.points for cell in of(path, grade=True)) == 100
    (question,) = of(path, grade=True, solution=True)
    before = cells(path)[cells(path).index(question) - 1].source
    rubric = [int(points) for points in re.findall(r"^\| (\d+) \|", before, re.MULTILINE)]
    assert len(rubric) >= 3 and sum(rubric) == question.metadata.nbgrader.points
    assert "Model answer" in question.source


def exercise_of(cell):
    """The exercise that a test demands."""
    return re.search(r'require\("(A\d\.\d)"', cell.source)[1]


def test_every_task_has_an_answer_that_can_be_taken_out_and_tests_open_and_hidden(path):
    for cell in of(path, solution=True, grade=False):
        stub, solution = cell.source.split("    ### BEGIN SOLUTION\n")
        assert re.fullmatch(r'def \w+\(.*\):\n    """(?s:.*)"""\n', stub)
        assert solution.endswith("\n    ### END SOLUTION")
    for cell in of(path, grade=True, solution=False):
        shown, hidden = cell.source.split("### BEGIN HIDDEN TESTS")
        part = r', part="\w+"' if checks.find(exercise_of(cell)).parts else ""
        assert re.match(rf'checks\.require\("A\d\.\d", \w+{part}\)\n$', shown)
        assert re.search(rf"hidden\.require\(.*, seed=\d{{3}}{part}\)", hidden)
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


WITH_PARTS = [(name, part) for name in GRADED for part in checks.find(name).parts]


@pytest.mark.parametrize(("name", "part"), WITH_PARTS)
def test_every_part_of_the_reference_solution_is_right(name, part):
    answer = answers(int(name[1]))[name]
    for check in (checks.check, hidden.check):
        result = check(name, answer, 3, part=part)
        assert result.status == checks.CORRECT, result


@pytest.mark.parametrize(("name", "part"), WITH_PARTS)
def test_no_part_of_an_answer_that_was_not_attempted_is_right(name, part):
    assert checks.check(name, lambda *_: ..., part=part).status == checks.NOT_ATTEMPTED


def test_a_part_that_an_exercise_does_not_have_is_named():
    with pytest.raises(ValueError, match="A1.5 has no part 'colour'; its parts are: bug, L, ab"):
        checks.require("A1.5", print, part="colour")


def of_others(number, task):
    """What a friend wrote: the function of an assignment that has the bug."""
    (path,) = [path for path in NOTEBOOKS if path.stem.startswith(f"a{number}_")]
    (cell,) = [cell for cell in cells(path) if cell.id == f"a{number}-given-bug"]
    names = {"np": np, "color": color, "ndimage": ndimage}
    exec(cell.source.partition("\n\n\n")[0], names)
    return names[task]


def half_right():
    """Exercise, answer, the parts of it that are right."""
    prepare, of_1 = of_others(1, "friends_prepare"), answers(1)["A1.5"]
    friends_split, of_2 = of_others(2, "friends_split"), answers(2)["A2.4"]
    friends_input = of_others(3, "friends_input")
    friends_smooth = of_others(4, "friends_smooth")
    friends_bootstrap, of_5 = of_others(5, "friends_bootstrap"), answers(5)["A5.4"]
    baselines = answers(2)["A2.1"]

    def each_photo(rgb, share, seed):
        order = np.random.default_rng(seed).permutation(len(rgb))
        return order[round(share * len(rgb)) :], order[: round(share * len(rgb))]

    def not_normalised(prior, centres, sigma):
        squared = ((centres[:, None] - centres) ** 2).sum(axis=-1)
        return np.exp(-squared / (2 * sigma**2)) @ prior

    return [
        # Bug found and L right, but ab / 110.
        ("A1.5", lambda rgb: (of_1(rgb)[0], of_1(rgb)[1] * 128 / 110), {"bug", "L"}),
        ("A1.5", lambda rgb: ((of_1(rgb)[0] + 1) / 2, of_1(rgb)[1]), {"bug", "ab"}),
        ("A1.5", prepare, set()),
        ("A1.5", lambda rgb: (0 * of_1(rgb)[0], 0 * of_1(rgb)[1]), set()),
        ("A2.1", lambda seen, new: (baselines(seen, new)[0], 0.5), {"grey"}),
        ("A2.4", lambda rgb, share, seed: friends_split(rgb, share), set()),
        ("A2.4", each_photo, {"sides", "seed"}),
        ("A2.4", lambda rgb, share, seed: of_2(rgb, share, 0), {"sides", "bug"}),
        ("A2.4", lambda rgb, share, seed: (np.arange(len(rgb)), np.arange(0)), set()),
        ("A3.2", friends_input, set()),
        ("A3.2", lambda L: np.repeat(L / 50 - 1, 3, axis=-1), {"bug"}),
        ("A3.2", lambda L: np.zeros((*L.shape[:3], 3)) + [[-1, 0, 1]], set()),
        ("A4.2", friends_smooth, set()),
        ("A4.2", lambda prior, centres, sigma: prior, set()),
        ("A4.2", not_normalised, {"bug"}),
        ("A5.4", friends_bootstrap, set()),
        ("A5.4", lambda k, n, seed: of_5(k, n, np.random.default_rng()), {"bug", "interval"}),
        ("A5.4", lambda k, n, seed: (0.0, 1.0), set()),
    ]


@pytest.mark.parametrize("at", range(18))
def test_what_is_right_in_half_right_answers_is_told_from_what_is_not(at):
    name, answer, right = half_right()[at]
    found = {
        part
        for part in checks.find(name).parts
        if checks.check(name, answer, 2, part=part).status == checks.CORRECT
    }
    assert found == right
