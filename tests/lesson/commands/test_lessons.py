"""`coursekit lessons`: what became of each lesson, and where the copy usually is."""

import io

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from coursekit import cli
from coursekit.lesson import working_copy
from coursekit.lesson.commands import lessons


@pytest.fixture
def course(tmp_path, monkeypatch):
    """The lessons of an installed package, and an empty folder to work in."""
    (tmp_path / "installed").mkdir()
    write(tmp_path / "installed", "01_a", "1")
    write(tmp_path / "installed", "02_b", "1")
    monkeypatch.setattr(working_copy, "clone", lambda: None)
    monkeypatch.setattr(working_copy, "source", lambda: tmp_path / "installed")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path


def write(folder, name, code):
    nbformat.write(new_notebook(cells=[new_code_cell(code)]), folder / f"{name}.ipynb")


def test_it_tells_what_is_new_and_whose_work_it_kept(course, capsys):
    assert cli.main(["lessons", "mine"]) == 0
    assert capsys.readouterr().out == "2 lessons in mine: 2 new\n"
    assert cli.main(["lessons", "mine"]) == 0
    assert capsys.readouterr().out == "2 lessons in mine: all as they were\n"
    write(course / "here/mine", "01_a", "my own")
    for name in ("01_a", "02_b"):
        write(course / "installed", name, "2")
    assert cli.main(["lessons", "mine"]) == 0
    assert capsys.readouterr().out == (
        "2 lessons in mine: 1 brought up to date\n"
        "01_a.ipynb: yours is kept; the course's newer version is 01_a.new.ipynb\n"
        "02_b.ipynb: a newer version, since you had not changed it\n"
    )


def test_in_a_clone_the_copy_is_in_work(course, monkeypatch):
    monkeypatch.setattr(working_copy, "clone", lambda: course)
    assert lessons.usual_folder() == course / "work"


@pytest.mark.parametrize("folder", [".", "lessons"])
def test_a_copy_that_is_here_is_found(course, folder):
    working_copy.put(folder)
    assert lessons.usual_folder().resolve() == (course / "here" / folder).resolve()


class Keyboard(io.StringIO):
    """Somebody at a terminal."""

    def isatty(self):
        return True


@pytest.mark.parametrize("answer", ["\n", "y\n", "Yes\n"])
def test_at_the_keyboard_it_asks(course, monkeypatch, capsys, answer):
    monkeypatch.setattr("sys.stdin", Keyboard(answer))
    assert lessons.usual_folder() == course / "here/lessons"
    assert str(course / "here/lessons") in capsys.readouterr().out


@pytest.mark.parametrize("stdin", [Keyboard("n\n"), io.StringIO("y\n")])
def test_without_a_yes_from_the_keyboard_it_names_two_ways(course, monkeypatch, stdin):
    monkeypatch.setattr("sys.stdin", stdin)
    with pytest.raises(FileNotFoundError, match="coursekit lab FOLDER.*coursekit lessons FOLDER"):
        lessons.usual_folder()
