"""Whose a file is, and what is in it, whatever it is called."""

import errno
import json
import os

import nbformat
import pytest
from nbformat.v4 import new_notebook

submissions = pytest.importorskip("coursekit.teach.submissions")


def test_what_systems_leave_in_folders_is_no_submission(tmp_path):
    for name in (
        ".DS_Store",
        ".ipynb_checkpoints/a1-checkpoint.ipynb",
        "__MACOSX/._a1.ipynb",
        "Thumbs.db",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    with pytest.raises(FileNotFoundError, match="no file"):
        submissions.collect([tmp_path])


def test_what_is_no_notebook_is_named(tmp_path):
    for name in ("anna", "bob"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "photo.png").write_bytes(b"\x89PNG")
    nbformat.write(new_notebook(), tmp_path / "anna" / "a1.ipynb")
    found = submissions.collect([tmp_path])
    assert [(file.path.name, file.problem is None) for file in found] == [
        ("a1.ipynb", True),
        ("photo.png", False),
        ("photo.png", False),
    ]


def test_a_file_too_large_to_be_a_notebook_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(submissions, "LARGEST", 100)
    (tmp_path / "a1.ipynb").write_text("{" + " " * 200)
    assert "larger than" in submissions.collect([tmp_path])[0].problem


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfe\x00", "UTF-8"),
        (b"<html>", "not JSON"),
        (b"{}", "no cells"),
        (b"[1]", "no cells"),
        (b"", "not JSON"),
        (b'{"cells": [{"cell_type": 5, "source": 7}]}', "damaged"),
        (b"[" * 100_000, "not JSON"),
    ],
)
def test_a_damaged_file_says_what_is_wrong(content, words, tmp_path):
    (tmp_path / "anna_a1.ipynb").write_bytes(content)
    assert words in submissions.collect([tmp_path])[0].problem


def test_what_a_validator_says_of_a_notebook_is_short(tmp_path):
    """It quotes the whole part that it complains of."""
    cell = {"cell_type": "markdown", "source": ["x", {"y": "z" * 10_000}]}
    (tmp_path / "anna_a1.ipynb").write_text(json.dumps({"cells": [cell], "nbformat": 3}))
    (found,) = submissions.collect([tmp_path])
    assert "damaged" in found.problem and len(found.problem) < 400
    assert "\n" not in found.problem


def test_only_files_are_attached_to_a_cell(tmp_path):
    """What is nested deep would end grading where it is copied."""
    deep = {}
    for _ in range(450):
        deep = {"a": deep}
    attached = {"photo.png": {"image/png": "AAAA", "x": deep}, "y": deep, "z": 5}
    cell = {"cell_type": "markdown", "source": "x", "attachments": attached}
    (tmp_path / "anna_a1.ipynb").write_text(json.dumps({"cells": [cell]}))
    (found,) = submissions.collect([tmp_path])
    assert found.notebook.cells[0].attachments == {"photo.png": {"image/png": "AAAA"}}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
def test_what_is_no_file_or_cannot_be_read_is_named_and_ends_nothing(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "anna_a1.ipynb")
    nbformat.write(new_notebook(), tmp_path / "bob_a1.ipynb")
    monkeypatch.setattr(submissions.Path, "read_bytes", _forbidden)
    problems = [file.problem for file in submissions.collect([tmp_path])]
    assert [*map(bool, problems)] == [True, True]
    assert "a pipe or a device" in problems[0] and "Permission denied" in problems[1]


def _forbidden(path):
    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))


def test_a_link_is_named_and_not_followed(tmp_path):
    """It may lead to the work of another student, or to the solution."""
    (tmp_path / "sent").mkdir()
    nbformat.write(new_notebook(), tmp_path / "other.ipynb")
    (tmp_path / "sent" / "anna_a1.ipynb").symlink_to(tmp_path / "other.ipynb")
    (tmp_path / "sent" / "bob").symlink_to(tmp_path, target_is_directory=True)
    found = submissions.collect([tmp_path / "sent"])
    assert [file.notebook for file in found] == [None, None]
    assert all("a link to" in file.problem for file in found)
    # What the instructor names may be one.
    (tmp_path / "named").symlink_to(tmp_path / "other.ipynb")
    assert submissions.collect([tmp_path / "named"])[0].problem is None


@pytest.mark.parametrize(
    ("cells", "letters", "words"),
    [(2001, 1, "2,001 cells"), (60, 100_000, "more than 5,000,000 letters")],
)
def test_a_notebook_that_would_take_minutes_to_read_is_named(cells, letters, words, tmp_path):
    cell = {"cell_type": "markdown", "source": "x" * letters, "metadata": {}}
    content = json.dumps({"cells": [cell] * cells, "nbformat": 4})
    (tmp_path / "anna_a1.ipynb").write_text(content)
    assert words in submissions.collect([tmp_path])[0].problem


def test_half_of_a_surrogate_pair_becomes_text_that_can_be_written(tmp_path):
    cell = r'{"cell_type": "markdown", "source": "half \ud800 whole \ud83c\udfa8", "metadata": {}}'
    (tmp_path / "anna_a1.ipynb").write_text(f'{{"cells": [{cell}], "nbformat": 4}}')
    (found,) = submissions.collect([tmp_path])
    assert found.notebook.cells[0].source == "half ? whole 🎨"
