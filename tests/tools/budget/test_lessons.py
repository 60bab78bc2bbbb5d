"""The guide's table is of the lessons as they are, and each of them fits on a small GPU."""

import json
import re
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from coursekit.datasets import registry
from coursekit.lesson import profile
from coursekit.tools.budget import lessons

ROOT = Path(__file__).parents[3]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
EMPTY = f"# A small GPU\n\n{lessons.BEGIN}{lessons.END}\n"


ROWS = {row.lesson: row for row in lessons.table(ROOT / lessons.GUIDE)}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_each_lesson_is_counted_as_it_stands_and_fits_on_a_small_gpu(path):
    count = f"make gpu-budget ONLY={path.stem[:2]}"
    assert path.stem in ROWS, f"the guide's table has no row of it: {count}"
    row = ROWS[path.stem]
    assert row.state == lessons.state(path), f"its code or its profile has changed: {count}"
    assert not row.excess, f"{row.excess}; {count} says what costs it"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_lesson_says_what_a_small_gpu_would_take_and_calls_it_an_estimate(path):
    header = nbformat.read(path, as_version=4).cells[0].source
    (line,) = re.findall(r"(?m)^\*\*Run time\*\* .+$", header)
    row = ROWS[path.stem]
    if row.gpu < 0.05:  # networks are asked for a few photos
        assert "the same with a small GPU" in line
    else:
        found = re.search(r"about (\d+) min on a small GPU \(profile `gpu`, an estimate\)$", line)
        # What a core takes differs from one counting to the next.
        assert found and int(found[1]) == pytest.approx(row.gpu + row.cpu, abs=1, rel=0.2), line


def test_the_readme_says_what_the_longest_takes_and_calls_it_an_estimate():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (found,) = re.findall(r"up to (\d+) min on a small GPU\]\([^)]+\), an estimate", readme)
    longest = max(row.gpu + row.cpu for row in ROWS.values())
    assert int(found) == pytest.approx(longest, abs=1, rel=0.2)


def post(**changes):
    plain = {"cell": 1, "call": "fit", "network": "beta", "shapes": "[16, 128, 128, 1]"}
    return {**plain, "steps": 10, "flops": 1e12, "seconds": 60.0, "bytes": 1e9, "core": 6} | changes


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A lesson in a folder, and what counting it is made to give."""
    cells = [
        new_code_cell("a = settings.size"),
        new_code_cell(""),
        new_code_cell("settings.epochs"),
    ]
    nbformat.write(new_notebook(cells=cells), tmp_path / "02_beta_cnn.ipynb")
    nbformat.write(new_notebook(cells=cells), tmp_path / "03_fusion_network.ipynb")
    (tmp_path / "guide.md").write_text(EMPTY)
    given = {"posts": [post()], "faults": [], "asked": [1], "core": 30.0, "failure": None}
    runs = []

    def count(path, *how):
        runs.append((path.stem[:2], *how))
        return given

    monkeypatch.setattr(lessons, "count", count)
    return tmp_path, given, runs


def budget(folder, only=None):
    return lessons.budget(folder, only, folder / "guide.md")


def test_a_lesson_is_counted_whole_once_then_up_to_its_last_photos_as_else_it_may_ask(course):
    folder, _, runs = course
    assert budget(folder) == 0
    assert runs[0] == ("02", "gpu", "all")
    # It knows flowers alone, the next one other sets beside them.
    assert runs[1:3] == [("02", "laptop", "all", 1), ("03", "gpu", "all")]
    assert {*runs[3:]} == {
        ("03", "gpu", "flowers", 1),
        ("03", "laptop", "all", 1),
        ("03", "laptop", "flowers", 1),
    }


def test_the_table_holds_sums_and_the_largest_and_is_read_as_it_was_written(course):
    folder, given, _ = course
    given["posts"] += [post(cell=2, bytes=3e9, flops=2.5e15)]
    assert budget(folder) == 0
    (two, three) = lessons.table(folder / "guide.md")
    assert (two.lesson, three.lesson) == ("02_beta_cnn", "03_fusion_network")
    assert (two.tflop, two.gpu, two.cpu) == (2501, 2, pytest.approx(0.7))
    assert two.megabytes == round(3e9 / 2**20)
    assert two.state == lessons.state(folder / "02_beta_cnn.ipynb") != three.state
    text = (folder / "guide.md").read_text()
    assert budget(folder, "03") == 0 and (folder / "guide.md").read_text() == text


@pytest.mark.parametrize(
    ("costs", "told"),
    [
        ({"seconds": 901.0}, "17 minutes, allowed are 15"),
        ({"core": 901}, "18 minutes, allowed are 15"),
        ({"bytes": 4.5e9}, "4,292 MB, allowed are 4,096"),
    ],
)
def test_what_exceeds_the_budget_fails_and_says_which_setting_costs_what(
    costs, told, course, capsys
):
    folder, given, _ = course
    given["posts"] += [post(cell=2, network="vgg_skip", steps=3000, **{"seconds": 61.0, **costs})]
    assert budget(folder, "02") == 1
    printed = capsys.readouterr().out
    assert told in printed
    epochs = profile.LESSONS["02_beta_cnn"]["gpu"]["epochs"]
    first = printed.partition("what costs most:\n")[2].splitlines()[0]
    assert first.startswith("        cell [2] fit vgg_skip [16, 128, 128, 1]: 3,000 steps, ")
    assert first.endswith(f"(epochs={epochs})")


def test_what_sets_lack_fails_and_is_told_once(course, capsys):
    folder, given, _ = course
    given["faults"] = ['limit=200: flowers has 139 "val" photos of sunflowers'] * 2
    assert budget(folder, "02") == 1
    assert capsys.readouterr().out.count("gpu, all: limit=200: flowers has 139") == 1


def test_a_lesson_that_asks_for_what_sets_lack_gets_no_row(course):
    folder, given, _ = course
    given["faults"] = ["cell [1] size=256: flowers has photos of 128 px"]
    budget(folder)
    assert lessons.table(folder / "guide.md") == []


def test_a_lesson_that_fails_is_told_and_keeps_its_old_row(course, capsys):
    folder, given, _ = course
    budget(folder)
    before = lessons.table(folder / "guide.md")
    given |= {"failure": "cell [2] NameError: x", "posts": []}
    assert budget(folder) == 2
    assert "gpu, all: cell [2] NameError: x" in capsys.readouterr().out
    assert lessons.table(folder / "guide.md") == before


def changed_profile(monkeypatch, name, setting, value):
    other = json.loads(json.dumps(profile.LESSONS["02_beta_cnn"]))
    other[name][setting] = value
    monkeypatch.setitem(profile.LESSONS, "02_beta_cnn", other)


def test_code_profile_and_cards_make_another_state(course, monkeypatch):
    path = course[0] / "02_beta_cnn.ipynb"
    states = {lessons.state(path)}
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[0].source += "\nb = 1"
    nbformat.write(notebook, path)
    states.add(lessons.state(path))
    card = registry.card("flowers")
    monkeypatch.setitem(registry.CARDS, "flowers", replace(card, counts={"daisy": (3, 1)}))
    states.add(lessons.state(path))
    for name in ("laptop", "gpu"):
        changed_profile(monkeypatch, name, "epochs", 99)
        states.add(lessons.state(path))
    assert len(states) == 5


def test_text_comments_layout_outputs_and_smoke_leave_the_state_as_it_is(course, monkeypatch):
    path = course[0] / "02_beta_cnn.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[0].source = "a = f(settings.size, '# {}')"
    nbformat.write(notebook, path)
    before = lessons.state(path)
    notebook.cells[0].source = "# why\na = f(settings.size,\n      '# {}')  # and this"
    notebook.cells[0].outputs = [new_output("stream", text="done")]
    notebook.cells.insert(0, new_markdown_cell("text"))
    nbformat.write(notebook, path)
    changed_profile(monkeypatch, "smoke", "epochs", 99)
    assert lessons.state(path) == before


def test_a_guide_without_a_place_for_the_table_is_named(course):
    folder, _, _ = course
    (folder / "guide.md").write_text("# A small GPU\n")
    with pytest.raises(ValueError, match="gpu-budget writes from here"):
        budget(folder)


def test_a_lesson_is_counted_in_a_process_of_its_own_that_leaves_nothing(tmp_path):
    source = (
        "import os, pathlib\npathlib.Path('left').touch()\n"
        "from coursekit.datasets import location\nassert not location().exists()\n"
        "1 / (os.environ['COURSEKIT_PROFILE'] != 'gpu')"
    )
    nbformat.write(new_notebook(cells=[new_code_cell(source)]), tmp_path / "own.ipynb")
    found = lessons.count(tmp_path / "own.ipynb", "gpu", "all")
    assert found["failure"] == "cell [1] ZeroDivisionError: division by zero"
    assert [*tmp_path.iterdir()] == [tmp_path / "own.ipynb"]
