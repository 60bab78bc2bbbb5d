"""The Makefile: thin targets, one installation, a clear word where Python is too old."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.skipif(
    not shutil.which("make") or os.name == "nt", reason="make is not used here"
)


@pytest.fixture
def installed(tmp_path):
    """A folder that looks like the course after `make setup`."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / ".venv").mkdir()
    for name in ("pyvenv.cfg", "lab.stamp"):
        (tmp_path / ".venv" / name).write_text("")
    os.utime(tmp_path / "pyproject.toml", (0, 0))
    return tmp_path


def make(folder, *arguments):
    # Only the tests' own settings, not those of a make that runs the tests.
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFL"))
    }
    return subprocess.run(
        ["make", *arguments], cwd=folder, capture_output=True, text=True, env=environment
    )


def test_setup_has_nothing_to_do_the_second_time(installed):
    assert make(installed, "--question", "setup").returncode == 0


def test_setup_installs_again_when_pyproject_changes(installed):
    later = (installed / ".venv/lab.stamp").stat().st_mtime + 10
    os.utime(installed / "pyproject.toml", (later, later))
    assert make(installed, "--question", "setup").returncode == 1
    assert (
        '-m pip install --quiet --editable ".[lab]"' in make(installed, "--dry-run", "setup").stdout
    )


def test_lab_installs_nothing_once_the_course_is_installed(installed):
    assert make(installed, "--dry-run", "lab").stdout.splitlines() == [
        ".venv/bin/python -m coursekit lab"
    ]


@pytest.mark.parametrize("target", ["test", "coverage", "lint"])
def test_a_check_installs_what_it_needs_and_runs_the_command_of_its_name(target, installed):
    printed = make(installed, "--dry-run", target).stdout
    assert '--editable ".[test]"' in printed
    assert printed.splitlines()[-1] == f".venv/bin/python -m coursekit {target}"


@pytest.mark.parametrize("target", ["course", "notebooks"])
def test_only_chooses_a_lesson(target, installed):
    command = make(installed, "--dry-run", target, "ONLY=02").stdout.strip()
    assert command == f".venv/bin/python -m coursekit {target} --only 02"


@pytest.mark.parametrize("python", ["no-such-python", "false"])
def test_a_python_that_is_missing_or_too_old_is_named_with_the_way_out(python, installed):
    shutil.rmtree(installed / ".venv")
    answer = make(installed, "setup", f"PYTHON={python}")
    assert answer.returncode != 0
    assert f"{python} is missing or older than Python 3.11" in answer.stdout
    assert "make setup PYTHON=python3.12" in answer.stdout
    assert not (installed / ".venv").exists()


def test_clean_leaves_the_installation(installed):
    (installed / "build" / "course").mkdir(parents=True)
    assert make(installed, "clean").returncode == 0
    assert not (installed / "build").exists() and (installed / ".venv/lab.stamp").exists()


def test_assignments_installs_what_teaching_needs(installed):
    assert '--editable ".[teach]"' in make(installed, "--dry-run", "assignments").stdout
