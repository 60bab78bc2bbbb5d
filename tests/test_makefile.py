"""The Makefile: thin targets, one installation, a clear word where Python does not fit."""

import os
import shutil
import subprocess
import sys
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
    for name in ("pyvenv.cfg", "jupyter.backend.stamp"):
        (tmp_path / ".venv" / name).write_text("")
    os.utime(tmp_path / "pyproject.toml", (0, 0))
    return tmp_path


def make(folder, *arguments):
    # Only the tests' own settings, not those of a make that runs the tests.
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("MAKE", "MFL", "KERAS_"))
    }
    return subprocess.run(
        ["make", *arguments], cwd=folder, capture_output=True, text=True, env=environment
    )


def test_setup_has_nothing_to_do_the_second_time(installed):
    assert make(installed, "--question", "setup").returncode == 0


def test_setup_installs_again_when_pyproject_changes(installed):
    later = (installed / ".venv/jupyter.backend.stamp").stat().st_mtime + 10
    os.utime(installed / "pyproject.toml", (later, later))
    assert make(installed, "--question", "setup").returncode == 1
    assert (
        '-m pip install --quiet --editable ".[jupyter,backend]"'
        in make(installed, "--dry-run", "setup").stdout
    )


def test_lab_installs_nothing_once_the_course_is_installed(installed):
    assert make(installed, "--dry-run", "lab").stdout.splitlines() == [
        ".venv/bin/python -m coursekit lab"
    ]


@pytest.mark.parametrize("target", ["test", "coverage", "lint"])
def test_a_check_installs_what_it_needs_and_runs_the_command_of_its_name(target, installed):
    printed = make(installed, "--dry-run", target).stdout
    assert '--editable ".[test,backend]"' in printed
    assert printed.splitlines()[-1] == f".venv/bin/python -m coursekit {target}"


@pytest.mark.parametrize("target", ["course", "gpu-budget", "notebooks"])
def test_only_chooses_a_lesson(target, installed):
    command = make(installed, "--dry-run", target, "ONLY=02").stdout.strip().splitlines()[-1]
    assert command == f".venv/bin/python -m coursekit {target} --only 02"


def python(folder, version, *, platform="linux", machine="x86_64"):
    """A Python that says it is of this version, and only then does what it is asked."""
    script = folder / "python"
    script.write_text(
        f"#!{sys.executable}\nimport ensurepip, platform, sys, venv\n"
        f"sys.version_info, sys.platform = {version}, {platform!r}\n"
        f"platform.machine = lambda: {machine!r}\n"
        "if sys.argv[1] == '-c':\n    exec(sys.argv[2])\n"
        "else:\n    sys.exit('downloads begin')\n"
    )
    script.chmod(0o755)
    return f"PYTHON={script}"


def test_a_python_that_is_missing_is_named_with_the_way_out(installed):
    shutil.rmtree(installed / ".venv")
    answer = make(installed, "setup", "PYTHON=no-such-python")
    assert answer.returncode != 0
    assert "no-such-python is missing, or not Python 3.11 to 3.14" in answer.stdout
    assert "make setup PYTHON=python3.12" in answer.stdout
    assert not (installed / ".venv").exists()


@pytest.mark.parametrize("version", [(3, 10, 9), (3, 15, 0)])
def test_a_python_with_which_the_course_does_not_run_is_refused_at_once(version, installed):
    shutil.rmtree(installed / ".venv")
    answer = make(installed, "setup", python(installed, version))
    assert answer.returncode != 0 and "not Python 3.11 to 3.14" in answer.stdout
    assert "downloads begin" not in answer.stderr and not (installed / ".venv").exists()


@pytest.mark.parametrize(
    ("version", "computer", "chosen"),
    [
        ((3, 11, 0), {}, False),
        ((3, 13, 9), {"platform": "darwin", "machine": "arm64"}, False),
        ((3, 14, 0), {}, True),
        ((3, 12, 0), {"platform": "darwin"}, True),
    ],
)
def test_where_tensorflow_has_no_release_it_says_that_jax_computes(
    version, computer, chosen, installed
):
    shutil.rmtree(installed / ".venv")
    answer = make(installed, "setup", python(installed, version, **computer))
    said = (
        "TensorFlow has no release for this Python on this computer: the course computes with JAX."
    )
    assert (said in answer.stdout) == chosen and "downloads begin" in answer.stderr
    named = make(installed, "setup", python(installed, version, **computer), "BACKEND=torch")
    assert said not in named.stdout and "downloads begin" in named.stderr


def test_a_backend_that_is_named_is_installed_in_place_of_tensorflow_and_taken(installed):
    printed = make(installed, "--dry-run", "lab", "BACKEND=jax").stdout
    assert '--editable ".[jupyter,jax]"' in printed
    (installed / ".venv/bin").mkdir()
    told = installed / ".venv/bin/python"
    told.write_text("#!/bin/sh\necho computes with $KERAS_BACKEND\n")
    told.chmod(0o755)
    assert "computes with jax" in make(installed, "lab", "BACKEND=jax").stdout
    assert "computes with\n" in make(installed, "lab").stdout
    assert "name tensorflow, jax or torch" in make(installed, "lab", "BACKEND=abacus").stderr


def test_clean_leaves_the_installation(installed):
    (installed / "build" / "course").mkdir(parents=True)
    assert make(installed, "clean").returncode == 0
    assert (
        not (installed / "build").exists() and (installed / ".venv/jupyter.backend.stamp").exists()
    )


def test_assignments_installs_what_teaching_needs(installed):
    assert '--editable ".[teach,backend]"' in make(installed, "--dry-run", "assignments").stdout
