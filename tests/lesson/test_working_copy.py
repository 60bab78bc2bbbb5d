"""The learner's copy of the lessons: their work stays, what is new comes and is told."""

import json

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from coursekit.lesson import working_copy

PIP = '%pip install -q "coursekit @ git+https://github.com/{}@main"'


def lesson(path, text="first edition", repo="OWNER/course"):
    links = "[other](02_b.ipynb), [the card](../coursekit/card.md#size) and [web](https://a.org)"
    cells = [
        new_code_cell(PIP.format(repo)),
        new_markdown_cell(links),
        new_code_cell(f"x = {text!r}"),
    ]
    nbformat.write(new_notebook(cells=cells), path)


@pytest.fixture
def course(tmp_path, monkeypatch):
    """The course's own folder, with two lessons, and assignments with their solutions."""
    folder = tmp_path / "course"
    (folder / "assignments").mkdir(parents=True)
    for path in (folder / "01_a.ipynb", folder / "02_b.ipynb", folder / "assignments/a1.ipynb"):
        lesson(path)
    monkeypatch.setattr(working_copy, "source", lambda: folder)
    return folder


def source_of(path):
    return nbformat.read(path, 4).cells[2].source


def work_on(path, code="x = 'mine'"):
    notebook = nbformat.read(path, 4)
    notebook.cells[2].source = code
    nbformat.write(notebook, path)


def test_the_lessons_are_put_there_and_the_assignments_are_not(course, tmp_path):
    states = working_copy.put(tmp_path / "deep/mine")
    assert states == {"01_a.ipynb": working_copy.NEW, "02_b.ipynb": working_copy.NEW}
    found = {path.name for path in (tmp_path / "deep/mine").rglob("*")}
    assert found == {"01_a.ipynb", "02_b.ipynb", working_copy.RECORD}


def test_a_second_time_nothing_is_written(course, tmp_path):
    working_copy.put(tmp_path / "mine")
    before = (tmp_path / "mine/01_a.ipynb").stat().st_mtime_ns
    assert {*working_copy.put(tmp_path / "mine").values()} == {working_copy.SAME}
    assert (tmp_path / "mine/01_a.ipynb").stat().st_mtime_ns == before


def test_a_file_that_nobody_worked_on_follows_the_course(course, tmp_path):
    working_copy.put(tmp_path / "mine")
    lesson(course / "01_a.ipynb", "second edition")
    assert working_copy.put(tmp_path / "mine")["01_a.ipynb"] == working_copy.UPDATED
    assert source_of(tmp_path / "mine/01_a.ipynb") == "x = 'second edition'"


def test_opening_a_notebook_is_not_working_on_it(course, tmp_path):
    working_copy.put(tmp_path / "mine")
    opened = tmp_path / "mine/01_a.ipynb"
    notebook = nbformat.read(opened, 4)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "My Python"}
    opened.write_text(json.dumps(notebook, indent=2))  # laid out in another way, too
    lesson(course / "01_a.ipynb", "second edition")
    assert working_copy.put(tmp_path / "mine")["01_a.ipynb"] == working_copy.UPDATED


def test_the_learners_work_stays_and_the_newer_version_comes_beside_it_once(course, tmp_path):
    mine = tmp_path / "mine"
    working_copy.put(mine)
    work_on(mine / "01_a.ipynb")
    assert working_copy.put(mine)["01_a.ipynb"] == working_copy.KEPT
    lesson(course / "01_a.ipynb", "second edition")
    assert working_copy.put(mine)["01_a.ipynb"] == "01_a.new.ipynb"
    assert source_of(mine / "01_a.ipynb") == "x = 'mine'"
    assert source_of(mine / "01_a.new.ipynb") == "x = 'second edition'"
    assert working_copy.put(mine)["01_a.ipynb"] == working_copy.KEPT


def test_results_of_a_run_are_work_too(course, tmp_path):
    working_copy.put(tmp_path / "mine")
    notebook = nbformat.read(tmp_path / "mine/01_a.ipynb", 4)
    notebook.cells[2].outputs = [new_output("stream", text="an hour of training\n")]
    nbformat.write(notebook, tmp_path / "mine/01_a.ipynb")
    lesson(course / "01_a.ipynb", "second edition")
    assert working_copy.put(tmp_path / "mine")["01_a.ipynb"] == "01_a.new.ipynb"


def test_work_in_the_file_beside_stays_as_well(course, tmp_path):
    mine = tmp_path / "mine"
    working_copy.put(mine)
    work_on(mine / "01_a.ipynb")
    lesson(course / "01_a.ipynb", "second edition")
    working_copy.put(mine)
    lesson(course / "01_a.ipynb", "third edition")
    assert working_copy.put(mine)["01_a.ipynb"] == "01_a.new.ipynb"  # nobody had touched it
    work_on(mine / "01_a.new.ipynb", "x = 'also mine'")
    lesson(course / "01_a.ipynb", "fourth edition")
    assert working_copy.put(mine)["01_a.ipynb"] == "01_a.new2.ipynb"
    assert source_of(mine / "01_a.new.ipynb") == "x = 'also mine'"
    assert source_of(mine / "01_a.new2.ipynb") == "x = 'fourth edition'"


@pytest.mark.parametrize("content", [b"", b"{}", b"notes\xff", b'{"cells": 3}'])
def test_a_file_of_that_name_that_is_no_notebook_stays(course, tmp_path, content):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "01_a.ipynb").write_bytes(content)
    (mine / working_copy.RECORD).write_text("damaged")
    assert working_copy.put(mine)["01_a.ipynb"] == "01_a.new.ipynb"
    assert (mine / "01_a.ipynb").read_bytes() == content


def test_a_lesson_that_was_thrown_away_comes_back(course, tmp_path):
    working_copy.put(tmp_path / "mine")
    (tmp_path / "mine/01_a.ipynb").unlink()
    assert working_copy.put(tmp_path / "mine")["01_a.ipynb"] == working_copy.NEW


def test_links_to_the_courses_other_files_lead_to_its_repository_or_nowhere(course, tmp_path):
    lesson(course / "01_a.ipynb", repo="ada/colours")
    working_copy.put(tmp_path)
    stamped, unstamped = (
        nbformat.read(tmp_path / name, 4).cells[1].source for name in ("01_a.ipynb", "02_b.ipynb")
    )
    there = "https://github.com/ada/colours/blob/main/coursekit/card.md#size"
    assert stamped == f"[other](02_b.ipynb), [the card]({there}) and [web](https://a.org)"
    assert unstamped == "[other](02_b.ipynb), the card and [web](https://a.org)"


def test_the_folder_of_the_course_itself_is_refused(course):
    with pytest.raises(ValueError, match="holds the lessons themselves"):
        working_copy.put(course / "../course")


def test_an_installation_that_was_built_without_lessons_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(working_copy, "__file__", str(tmp_path / "working_copy.py"))
    with pytest.raises(FileNotFoundError, match="built without the lessons"):
        working_copy.source()
