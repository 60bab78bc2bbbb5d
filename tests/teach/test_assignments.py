"""The course's own assignments, end to end.

The solution gets every automatic point, the untouched release none.
"""

import contextlib
import csv
import io
import re
from pathlib import Path

import nbformat
import pytest
from boxes import BOX

grade = pytest.importorskip("coursekit.teach.grade")
release = pytest.importorskip("coursekit.teach.release")
sandbox = pytest.importorskip("coursekit.teach.sandbox")

FOLDER = Path(__file__).parents[2] / "notebooks" / "assignments"
ASSIGNMENTS = [path.stem for path in sorted(FOLDER.glob("*.ipynb"))]
# What learners of the first assignment get wrong: the answer's cell, its return, words that the
# feedback must hold.
MISTAKEN = {
    "codes averaged": (
        "a1-1",
        "((first + 1.0 * second) / 2).astype(np.uint8)",
        "you averaged codes, not light",
    ),
    "L times 2.55": ("a1-2", "2.55 * L", "L and code are two scales"),
    "bug not found": ("a1-5", "friends_prepare(rgb)", "luma is not L"),
}
# The bug found and L right, but ab divided by another number.
HALF = {"a1-5": "color.scale_L(color.split(rgb)[0]), color.split(rgb)[1] / 110"}


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    return {
        path.stem: nbformat.read(path, 4)
        for path in release.build(FOLDER, tmp_path_factory.mktemp("release"))
    }


@pytest.fixture(scope="module")
def graded(released, tmp_path_factory):
    """Every assignment solved and untouched, and mistakes: rows of scores, folder of results."""
    sent, out = tmp_path_factory.mktemp("sent"), tmp_path_factory.mktemp("out")
    for name, blank in released.items():
        nbformat.write(nbformat.read(FOLDER / f"{name}.ipynb", 4), sent / f"solved_{name}.ipynb")
        nbformat.write(blank, sent / f"untouched_{name}.ipynb")
    mistaken = {task: answer for task, answer, _ in MISTAKEN.values()}
    for student, answers in (("mistaken", mistaken), ("half", HALF)):
        wrong = nbformat.read(FOLDER / "a1_lab.ipynb", 4)
        for task, answer in answers.items():
            (cell,) = [cell for cell in wrong.cells if cell.id == f"{task}-answer"]
            cell.source = re.sub(
                r"### BEGIN.*### END SOLUTION", f"return {answer}", cell.source, flags=re.DOTALL
            )
        nbformat.write(wrong, sent / f"{student}_a1_lab.ipynb")
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        grade.grade([sent], FOLDER, out, sandbox.Limits(600, 6e9), 2, BOX)
    rows = {}
    for name in released:
        with open(out / f"scores_{name}.csv", newline="", encoding="utf-8-sig") as file:
            rows |= {(name, row["student"]): row for row in csv.DictReader(file)}
    return rows, out


def test_there_are_five():
    assert [name[:2] for name in ASSIGNMENTS] == ["a1", "a2", "a3", "a4", "a5"]


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_the_reference_solution_gets_every_automatic_point(graded, name):
    row = graded[0][name, "solved"]
    assert float(row["automatic"]) == float(row["automatic of"]) > 80, row
    assert float(row["automatic of"]) + float(row["to do"]) == 100


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_the_guide_has_the_points_and_the_hours_of_the_source(name):
    source = nbformat.read(FOLDER / f"{name}.ipynb", 4)
    points = {by_hand: 0 for by_hand in (False, True)}
    for cell in source.cells:
        known = cell.metadata.get("nbgrader", {})
        points[bool(known.get("solution"))] += known.get("points", 0)
    low, high = re.search(r"\*\*Time\*\* (\d) to (\d) hours", source.cells[0].source).groups()
    (row,) = re.findall(rf"\| `{name}` \|.*", (FOLDER / "README.md").read_text(encoding="utf-8"))
    assert row.split(" | ")[2:5] == [f"{low}–{high}", str(points[False]), str(points[True])]


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_an_untouched_release_gets_nothing_and_no_exception_but_the_checks_own(graded, name):
    row = graded[0][name, "untouched"]
    assert (row["state"], row["automatic"], row["to do"]) == ("graded", "0", "0")
    page = (graded[1] / "feedback" / name / "untouched.html").read_text(encoding="utf-8")
    assert set(re.findall(r"\b\w+(?:Error|Exception)(?=</span>: )", page)) == {"AssertionError"}
    assert "not attempted" in page


def test_mistakes_cost_their_tasks_only(graded):
    row = graded[0]["a1_lab", "mistaken"]
    wrong = {task for task, _, _ in MISTAKEN.values()}
    tests = {key: points for key, points in row.items() if "-tests" in key}
    assert len(tests) == 8
    for key, points in tests.items():
        assert points == ("0" if key[:4] in wrong else re.search(r"\((.+)\)", key)[1]), key


def test_a_task_that_is_half_right_brings_the_points_of_its_parts(graded):
    row = graded[0]["a1_lab", "half"]
    parts = {key: points for key, points in row.items() if key.startswith("a1-5-tests")}
    assert parts == {"a1-5-tests-bug (6)": "6", "a1-5-tests-L (6)": "6", "a1-5-tests-ab (6)": "0"}
    assert row["automatic"] == "80"


@pytest.mark.parametrize("mistake", MISTAKEN)
def test_a_mistake_is_named_in_the_feedback(graded, mistake):
    page = (graded[1] / "feedback" / "a1_lab" / "mistaken.html").read_text(encoding="utf-8")
    assert MISTAKEN[mistake][2] in page


def test_misconceptions_of_the_class_are_counted(graded):
    with open(graded[1] / "misconceptions.csv", newline="", encoding="utf-8-sig") as file:
        counts = {(row["task"], row["misconception"]) for row in csv.DictReader(file)}
    assert ("a1-1-tests", "codes were averaged") in counts
    assert ("a1-5-tests-bug", "luma is not L (601)") in counts
    assert ("a5-5-tests", "not attempted") in counts


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_a_release_shows_no_solution_or_hidden_test(released, name):
    private = private_lines(nbformat.read(FOLDER / f"{name}.ipynb", 4))
    shown = {line.strip() for cell in released[name].cells for line in cell.source.splitlines()}
    assert len(private) > 20 and not private & shown
    assert f"assignments/{name}.ipynb" not in nbformat.writes(
        released[name]
    )  # where the solutions are


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_a_release_that_is_handed_out_by_itself_needs_no_file_beside_it(released, name):
    text = "\n".join(cell.source for cell in released[name].cells if cell.cell_type == "markdown")
    targets = re.findall(r"\]\(([^)]+)\)", text)
    assert targets and all(target.startswith("https://") for target in targets)


def private_lines(source):
    """Lines between the markers, and the model answers, read in another way than by the release."""
    found = set()
    for cell in source.cells:
        regions = re.findall(
            r"### BEGIN (?:SOLUTION|HIDDEN TESTS)\n(.*?)\n\s*### END", cell.source, flags=re.DOTALL
        )
        if cell.cell_type == "markdown" and cell.metadata.get("nbgrader", {}).get("solution"):
            regions.append(cell.source)
        found |= {line.strip() for region in regions for line in region.splitlines()}
    everywhere = {
        line.strip()
        for cell in source.cells
        for line in re.sub(r"### BEGIN.*?### END", "", cell.source, flags=re.DOTALL).splitlines()
        if not (cell.cell_type == "markdown" and "nbgrader" in cell.metadata)
    }
    return {line for line in found if len(line) > 12} - everywhere
