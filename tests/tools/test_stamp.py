"""The stamp: one setting says where badges and pip lines point."""

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from coursekit import device
from coursekit.tools import gate, stamp

ROOT = Path(__file__).parents[2]
BADGE = "https://colab.research.google.com/github/{}/blob/{}/notebooks/{}"


@pytest.fixture
def copy(tmp_path):
    """A copy of the repository's settings, with the checker's faultless notebook as its lesson."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "notebooks").mkdir()
    shutil.copy(ROOT / "tests/notebooks/fixtures/faultless.ipynb", tmp_path / "notebooks")
    repo = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
        "coursekit"
    ]["repo"]
    (tmp_path / "README.md").write_text(
        f"[![Open in Colab](c.svg)]({BADGE.format(repo, 'main', '01_a.ipynb')})\n"
        f'pip install "coursekit @ git+https://github.com/{repo}"\n'
        f"git clone https://github.com/{repo}.git\ncd {repo.split('/')[1]}\n"
        f"https://kaggle.com/kernels/welcome?src=https://github.com/{repo}/blob/main/notebooks/01_a.ipynb\n"
        f"https://mybinder.org/v2/gh/{repo}/main?labpath=notebooks\n"
        f"https://github.com/{repo}-fork is someone else's\n",
        encoding="utf-8",
    )
    stamp.stamp(repo, "main", tmp_path)  # whatever the repository says today, the copy begins so
    return tmp_path


def test_badges_and_pip_lines_follow_the_new_address(copy):
    changed = stamp.stamp("ada/colours", "autumn-2026", copy)
    assert {path.name for path in changed} == {"faultless.ipynb", "README.md", "pyproject.toml"}
    notebook = (copy / "notebooks/faultless.ipynb").read_text(encoding="utf-8")
    assert BADGE.format("ada/colours", "autumn-2026", "faultless.ipynb") in notebook
    assert 'git+https://github.com/ada/colours@autumn-2026\\"' in notebook
    json.loads(notebook)
    readme = (copy / "README.md").read_text(encoding="utf-8")
    assert BADGE.format("ada/colours", "autumn-2026", "01_a.ipynb") in readme
    assert 'git+https://github.com/ada/colours@autumn-2026"' in readme
    assert "git clone https://github.com/ada/colours.git" in readme
    assert "src=https://github.com/ada/colours/blob/autumn-2026/notebooks/01_a.ipynb" in readme
    assert "mybinder.org/v2/gh/ada/colours/autumn-2026?labpath=notebooks" in readme
    assert "ada/colours-fork" not in readme


def test_the_setting_remembers_the_address(copy):
    stamp.stamp("ada/colours", "autumn-2026", copy)
    setting = tomllib.loads((copy / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
        "coursekit"
    ]
    assert setting == {"repo": "ada/colours", "ref": "autumn-2026"}


def test_stamping_there_and_back_changes_no_byte(copy):
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    repo = tomllib.loads((copy / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
        "coursekit"
    ]["repo"]
    stamp.stamp("ada/colours", "v1/final", copy)
    stamp.stamp(repo, "main", copy)
    assert {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()} == before


def test_stamping_twice_changes_nothing_the_second_time(copy):
    stamp.stamp("ada/colours", "main", copy)
    assert stamp.stamp("ada/colours", "main", copy) == []
    assert stamp.stamp(folder=copy) == []


@pytest.mark.parametrize("repo", ["colours", "https://github.com/ada/colours", 'ada/"x'])
def test_an_address_that_is_not_owner_and_name_is_refused(repo, copy):
    with pytest.raises(ValueError, match="owner/name"):
        stamp.stamp(repo, None, copy)


def test_a_ref_that_cannot_stand_in_an_address_is_refused(copy):
    with pytest.raises(ValueError, match="branch or tag"):
        stamp.stamp(None, "my branch", copy)


def test_the_repository_names_one_address_throughout(tmp_path):
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    assert stamp.stamp(folder=tmp_path) == []


def test_every_step_of_the_test_command_runs_even_if_one_fails(monkeypatch):
    calls = []

    def call(command):
        calls.append(command[2:])
        return int("ruff" in command)

    monkeypatch.setattr(subprocess, "call", call)
    monkeypatch.chdir(ROOT)
    assert gate.test() == 1
    assert [call[0] for call in calls[:2]] == ["ruff", "pytest"]
    nbval = [" ".join(call) for call in calls[2:]]
    assert any("--nbval " in call and "01_lab_color_space.ipynb" in call for call in nbval)
    assert any("--nbval-lax" in call and "02_beta_cnn.ipynb" in call for call in nbval)


def test_a_lesson_that_is_compared_strictly_exists():
    assert all((ROOT / "notebooks" / f"{name}.ipynb").exists() for name in gate.STRICT)


def test_the_gpu_check_runs_every_lesson_under_the_cap_and_tells_time_and_peak_of_each(
    tmp_path, monkeypatch, capsys
):
    (tmp_path / "notebooks").mkdir()
    cells = {
        "01_fits": "import os\nassert os.environ['COURSEKIT_PROFILE'] == 'gpu'\n"
        "assert os.environ['COURSEKIT_GPU_MB'] == '4096'",
        "02_fails": "1 / 0",
    }
    for name, source in cells.items():
        nbformat.write(
            new_notebook(cells=[new_code_cell(source)]), tmp_path / "notebooks" / f"{name}.ipynb"
        )
    used = iter([300, 1800, 900] + [300] * 100_000)
    monkeypatch.setattr(
        device,
        "cards",
        lambda what="memory.total": [
            ("Made-up card", 15360 if what == "memory.total" else next(used))
        ],
    )
    for name in ("COURSEKIT_PROFILE", "COURSEKIT_GPU_MB"):
        monkeypatch.setenv(name, "")  # the check sets them; this puts them back
    monkeypatch.chdir(tmp_path)
    assert gate.gpu_check() == 1
    printed = capsys.readouterr().out
    assert printed.startswith("Made-up card, 15360 MiB, of which a lesson may take 4096\n")
    assert re.search(r"^01_fits +ok +\d+ s +1500 MiB$", printed, re.MULTILINE)
    assert re.search(r"^02_fails +FAILED +\d+ s +0 MiB$", printed, re.MULTILINE)
    assert "ZeroDivisionError" in printed


def test_the_gpu_check_needs_a_card(monkeypatch):
    monkeypatch.setattr(device, "cards", lambda: [])
    with pytest.raises(ValueError, match="no NVIDIA card"):
        gate.gpu_check()
