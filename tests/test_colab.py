"""The set-up cell where a lesson is opened in Colab: TensorFlow and Keras are there, the course is not.

The simulation is a virtual environment that sees the packages of this one, except the course and two packages that it
needs and Colab may lack. pip reaches no index: it finds wheels of those two in a folder, and beside them newer
releases of what must stay as it is. The cells run unchanged: git is told that the repository's address means a copy
of this checkout.
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

# One process for all lessons, so that the backend starts once; before each, what the last one installed goes.
DRIVER = """
import contextlib, importlib, importlib.metadata, io, json, shutil, sys, sysconfig
from pathlib import Path
import google.colab
from IPython.core.interactiveshell import InteractiveShell

shell, site = InteractiveShell.instance(), Path(sysconfig.get_path("purelib"))
for name, cell in json.load(sys.stdin).items():
    for left in [*site.iterdir()]:
        if left.name != "colab.pth":
            shutil.rmtree(left) if left.is_dir() else left.unlink()
    for module in [module for module in sys.modules if module.split(".")[0] in ("coursekit", "anywidget", "pooch")]:
        del sys.modules[module]
    importlib.invalidate_caches()
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        outcome = shell.run_cell(cell)
    installed = {each.name: each.version for each in importlib.metadata.distributions(path=[str(site)])}
    origins = {name: getattr(sys.modules.get(name), "__file__", None) for name in ("coursekit", "numpy", "keras")}
    error = outcome.error_before_exec or outcome.error_in_exec
    print("RESULT", json.dumps([name, {"error": error and repr(error), "printed": printed.getvalue(),
                                       "installed": installed, "origins": origins}]), flush=True)
"""


def wheel_of(name, folder):
    """An installed package as the wheel that it came from."""
    found = importlib.metadata.distribution(name)
    with zipfile.ZipFile(folder / f"{name}-{found.version}-py3-none-any.whl", "w") as wheel:
        for file in found.files:
            if (
                ".." not in file.parts
                and "__pycache__" not in file.parts
                and file.locate().is_file()
            ):
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
    """This checkout as it stands, uncommitted changes included, as a repository with the stamped branch or tag."""
    folder.mkdir()
    shutil.copytree(
        ROOT / "coursekit", folder / "coursekit", ignore=shutil.ignore_patterns("__pycache__")
    )
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    for command in (
        ["init", "--quiet", "--initial-branch", SETTING["ref"]],
        ["add", "--all"],
        [
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@example.org",
            "commit",
            "--quiet",
            "--message",
            "all",
        ],
    ):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder


@pytest.fixture(scope="module")
def colab(tmp_path_factory):
    """For each lesson what its set-up cell printed and installed, and where its imports came from."""
    folder = tmp_path_factory.mktemp("colab")
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
    cells = {
        path.stem: next(
            cell.source
            for cell in nbformat.read(path, as_version=4).cells
            if cell.cell_type == "code"
        )
        for path in NOTEBOOKS
    }
    answer = subprocess.run(
        [python, "-c", DRIVER],
        input=json.dumps(cells),
        capture_output=True,
        text=True,
        cwd=folder / "content",
        env=environment,
    )
    lines = [line for line in answer.stdout.splitlines() if line.startswith("RESULT ")]
    assert len(lines) == len(cells), answer.stdout + answer.stderr
    return folder, dict(json.loads(line.removeprefix("RESULT ")) for line in lines)


@pytest.mark.parametrize("lesson", [path.stem for path in NOTEBOOKS])
def test_in_colab_the_set_up_cell_installs_what_is_missing_and_moves_nothing_else(lesson, colab):
    folder, results = colab
    result = results[lesson]
    assert result["error"] is None, result["printed"]
    assert set(result["installed"]) == {"coursekit", *MISSING}
    assert result["origins"].pop("coursekit").startswith(str(folder / "venv"))
    assert all(origin.startswith(str(folder / "packages")) for origin in result["origins"].values())
    assert "versions  coursekit" in result["printed"] and "profile   smoke" in result["printed"]
