"""The gate runs every step, tells how each went, and fails if any did."""

import os
import re
import subprocess
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from coursekit import device
from coursekit.tools import gate

ROOT = Path(__file__).parents[2]


@pytest.fixture
def calls(monkeypatch):
    """What the gate would run, and words: a process whose line holds one of them fails."""
    made, failing = [], set()

    def call(command):
        line = " ".join(command[2:])
        made.append(line)
        return int(any(word in line for word in failing))

    monkeypatch.setattr(subprocess, "call", call)
    for name in ("COURSEKIT_PROFILE", "COURSEKIT_OFFLINE", "COVERAGE_FILE"):
        monkeypatch.setenv(name, "")  # the gate sets them; this puts them back
    monkeypatch.chdir(ROOT)
    return made, failing


def test_lint_is_rules_layout_and_docstrings_of_the_whole_package(calls, capsys):
    made, _ = calls
    assert gate.lint() == 0
    assert made[:2] == ["ruff check .", "ruff format --check ."]
    assert made[2].startswith("numpydoc lint coursekit/__init__.py ")
    assert " coursekit/photos/reading.py " in made[2]
    assert re.search(
        r"\$ python -m numpydoc lint \(\d+ files of coursekit\)\n", capsys.readouterr().out
    )


@pytest.mark.parametrize("tool", ["ruff check", "ruff format", "numpydoc"])
def test_lint_fails_if_any_of_the_three_finds_something(tool, calls):
    made, failing = calls
    failing.add(tool)
    assert gate.lint() == 1 and len(made) == 3


def test_every_step_of_the_test_command_runs_even_if_one_fails_and_is_told(calls, capsys):
    made, failing = calls
    failing |= {"ruff check", "--doctest-modules"}
    assert gate.test() == 1
    assert os.environ["COURSEKIT_PROFILE"] == "smoke" and os.environ["COURSEKIT_OFFLINE"] == "1"
    assert any(line.startswith("pytest") and line.endswith(" tests") for line in made)
    assert any(" -m browser tests" in line for line in made)
    assert any("--nbval " in line and "01_lab_color_space.ipynb" in line for line in made)
    assert any("--nbval-lax" in line and "02_beta_cnn.ipynb" in line for line in made)
    told = re.findall(r"(?m)^(ok|FAILED) +\d+ s  (.+)$", capsys.readouterr().out)
    assert told == [
        ("FAILED", "lint"),
        ("ok", "unit tests"),
        ("ok", "pages, in a browser"),
        ("FAILED", "doctests"),
        ("ok", "lessons, every output"),
        ("ok", "lessons"),
    ]


def test_without_a_failure_the_test_command_succeeds(calls):
    assert gate.test() == 0


def test_a_failing_example_in_a_docstring_is_found_and_other_modules_are_not_imported(
    tmp_path, monkeypatch, capfd
):
    package = tmp_path / "coursekit"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "slow.py").write_text("raise ImportError('slow')")
    example = '"""A half.\n\n>>> import numpy as np; np.float64(1) / 2\n{}\n"""'
    # A function whose name a test might have is none.
    (package / "right.py").write_text(example.format("0.5") + "\ndef test(): raise ValueError")
    (package / "wrong.py").write_text(example.format("0.6"))
    (tmp_path / "conftest.py").write_bytes((ROOT / "conftest.py").read_bytes())
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # nbval's alone takes seconds
    assert gate.doctests() != 0
    printed = capfd.readouterr().out
    assert "Expected:\n    0.6\nGot:\n    0.5" in printed and "1 failed, 1 passed" in printed


def test_coverage_counts_the_subject_against_the_floor_and_fails_below_it(calls):
    made, failing = calls
    assert gate.coverage() == 0
    tests, pages, report = made
    assert "--cov=coursekit" in tests and tests.startswith(" ".join(gate.UNIT_TESTS))
    assert f"--fail-under={gate.FLOOR}" in report and "coursekit/teach/*" in report
    assert Path(os.environ["COVERAGE_FILE"]).parent == ROOT / "build"
    failing.add("report")
    assert gate.coverage() == 1


def test_a_lesson_that_is_compared_strictly_exists():
    assert all((ROOT / "notebooks" / f"{name}.ipynb").exists() for name in gate.STRICT)


# In the place of pytest with nbval, which would take seconds: it runs the code and may fail.
QUICK = """
import json, os, sys, traceback
assert "--nbval-lax" in sys.argv
try:
    for cell in json.load(open(sys.argv[-1]))["cells"]:
        exec("".join(cell["source"]))
except Exception:
    sys.exit(print(traceback.format_exc()) or 1)
"""


def test_the_gpu_check_runs_every_lesson_under_the_cap_and_tells_time_and_peak_of_each(
    tmp_path, monkeypatch, capsys
):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "pytest.py").write_text(QUICK)
    cells = {
        "01_fits": "import os\nassert os.environ['COURSEKIT_PROFILE'] == 'gpu'\n"
        "assert os.environ['COURSEKIT_GPU_MB'] == '4096'",
        "02_fails": "1 / 0",
    }
    for name, source in cells.items():
        notebook = new_notebook(cells=[new_code_cell(source)])
        nbformat.write(notebook, tmp_path / "notebooks" / f"{name}.ipynb")
    used = iter([300, 1800, 900] + [300] * 100_000)

    def gpus(memory="memory.total"):
        return [("Made-up GPU", 15360 if memory == "memory.total" else next(used))]

    monkeypatch.setattr(device, "gpus", gpus)
    for name in ("COURSEKIT_PROFILE", "COURSEKIT_GPU_MB"):
        monkeypatch.setenv(name, "")  # the check sets them; this puts them back
    monkeypatch.chdir(tmp_path)
    assert gate.gpu_check() == 1
    printed = capsys.readouterr().out
    assert printed.startswith("Made-up GPU, 15360 MiB, of which a lesson may take 4096\n")
    assert re.search(r"^01_fits +ok +\d+ s +1500 MiB$", printed, re.MULTILINE)
    assert re.search(r"^02_fails +FAILED +\d+ s +0 MiB$", printed, re.MULTILINE)
    assert "ZeroDivisionError" in printed


def test_the_gpu_check_needs_a_gpu(monkeypatch):
    monkeypatch.setattr(device, "gpus", lambda: [])
    with pytest.raises(ValueError, match="no NVIDIA GPU"):
        gate.gpu_check()
