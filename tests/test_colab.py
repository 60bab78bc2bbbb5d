"""The set-up cell where a lesson is opened in Colab: Keras is there already, the course is not.

The simulation is a virtual environment that sees the packages of this one, except the course and
two packages that it needs and Colab may lack. pip reaches no index: it finds wheels of those two in
a folder, and beside them newer releases of what must stay as it is. The cell runs unchanged: git is
told that the repository's address means a copy of this checkout. The lessons' cells differ in
nothing but the lesson's name, which is tested, so that one of them runs.
"""

import importlib.metadata
import json
import os
import shutil
import subprocess
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SETTING = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["coursekit"]
MISSING = ("anywidget", "pooch")
PRESENT = ("numpy", "keras", "tensorflow")

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="Colab is Linux; the simulation links folders"),
    pytest.mark.skipif(not shutil.which("git"), reason="pip fetches the course with git"),
]

DRIVER = """
import contextlib, importlib.metadata, io, json, sys, sysconfig
import google.colab
from IPython.core.interactiveshell import InteractiveShell

with contextlib.redirect_stdout(io.StringIO()) as printed:
    outcome = InteractiveShell.instance().run_cell(sys.stdin.read())
error = outcome.error_before_exec or outcome.error_in_exec
there = importlib.metadata.distributions(path=[sysconfig.get_path("purelib")])
print("RESULT", json.dumps({
    "error": error and repr(error),
    "printed": printed.getvalue(),
    "installed": [each.name for each in there],
    "origins": {name: getattr(sys.modules.get(name), "__file__", None)
                for name in ("coursekit", "numpy", "keras")},
}))
"""


def set_up_cell(lesson):
    """The first code cell of a lesson."""
    cells = nbformat.read(lesson, as_version=4).cells
    return next(cell.source for cell in cells if cell.cell_type == "code")


def wheel_of(name, folder):
    """An installed package as the wheel that it came from."""
    found = importlib.metadata.distribution(name)
    with zipfile.ZipFile(folder / f"{name}-{found.version}-py3-none-any.whl", "w") as wheel:
        for file in found.files:
            if not {"..", "__pycache__"} & {*file.parts} and file.locate().is_file():
                wheel.write(file.locate(), str(file))


def newer_release(name, folder):
    """A wheel of nothing, under a version that every upgrade would prefer."""
    with zipfile.ZipFile(folder / f"{name}-9999.0-py3-none-any.whl", "w") as wheel:
        info = f"{name}-9999.0.dist-info"
        wheel.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 9999.0\n"
        )
        wheel.writestr(
            f"{info}/WHEEL",
            "Wheel-Version: 1.0\nGenerator: a\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        wheel.writestr(f"{info}/RECORD", "")


def repository(folder):
    """This checkout, uncommitted changes included, as a repository with the stamped branch."""
    folder.mkdir()
    shutil.copytree(
        ROOT / "coursekit", folder / "coursekit", ignore=shutil.ignore_patterns("__pycache__")
    )
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    for command in (
        f"init --quiet --initial-branch {SETTING['ref']}",
        "add --all",
        "-c user.name=a -c user.email=a@example.org commit --quiet --message all",
    ):
        subprocess.run(["git", *command.split()], cwd=folder, check=True)
    return folder


def test_the_set_up_cells_differ_in_nothing_but_the_lessons_name():
    cells = {set_up_cell(path).replace(f'"{path.stem}"', '"LESSON"') for path in NOTEBOOKS}
    assert len(cells) == 1 and '"LESSON"' in cells.pop()


def test_in_colab_the_set_up_cell_installs_what_is_missing_and_moves_nothing_else(tmp_path):
    folder = tmp_path
    there = folder / "there"
    (there / "google/colab").mkdir(parents=True)
    (there / "google/colab/__init__.py").touch()
    (folder / "packages").mkdir()
    for site in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        for path in Path(site).iterdir():
            if not path.name.lower().lstrip("_").startswith(("coursekit", "editable", *MISSING)):
                (folder / "packages" / path.name).symlink_to(path)
    wheels = folder / "wheels"
    wheels.mkdir()
    for name in MISSING:
        wheel_of(name, wheels)
    for name in PRESENT:
        newer_release(name, wheels)

    venv.create(folder / "venv", symlinks=True)
    python = folder / "venv/bin/python"
    site = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    Path(site, "colab.pth").write_text(f"{folder / 'packages'}\n{there}\n")
    (folder / "content").mkdir()
    ours = ("PYTHON", "PIP_", "KERAS_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    environment |= {
        "COURSEKIT_PROFILE": "smoke",
        "COURSEKIT_OFFLINE": "1",
        "IPYTHONDIR": str(folder / "ipython"),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheels),
        "PIP_NO_CACHE_DIR": "1",
        "PIP_NO_COMPILE": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # pip reads this "0" as: no isolation, which is quicker
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{repository(folder / 'repository').as_uri()}.insteadOf",
        "GIT_CONFIG_VALUE_0": f"https://github.com/{SETTING['repo']}",
    }
    answer = subprocess.run(
        [python, "-c", DRIVER],
        input=set_up_cell(NOTEBOOKS[0]),
        capture_output=True,
        text=True,
        cwd=folder / "content",
        env=environment,
    )
    assert "RESULT " in answer.stdout, answer.stdout + answer.stderr
    result = json.loads(answer.stdout.rpartition("RESULT ")[2])
    assert result["error"] is None, result["printed"]
    assert set(result["installed"]) == {"coursekit", *MISSING}
    assert result["origins"].pop("coursekit").startswith(str(folder / "venv"))
    assert all(origin.startswith(str(folder / "packages")) for origin in result["origins"].values())
    assert "versions  coursekit" in result["printed"] and "profile   smoke" in result["printed"]
