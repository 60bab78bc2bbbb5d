"""The set-up cell where a lesson is opened in Colab or Kaggle: Keras is there, the course is not.

The simulation is a virtual environment that sees the packages of this one, except the course and
two packages that it needs and Colab may lack. pip reaches no index: it finds wheels of those two in
a folder, and beside them newer releases of what must stay as it is. The cell runs unchanged: git is
told that the repository's address means a copy of this checkout. The lessons' cells differ in
nothing but the lesson's name, which is tested, so that one of them runs. After it run widgets, as
lessons show them; what they ask of `google.colab` is recorded.

The packages are those of this environment. A job of the workflow has Colab's own versions there
(`constraints/colab.txt`).
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
# Where Colab has a version of its own to keep, and some that many packages of Colab's depend on.
PRESENT = (
    *("numpy", "keras", "tensorflow", "ipykernel", "ipywidgets"),
    *("matplotlib", "pillow", "scipy", "scikit-image"),
)

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="Colab is Linux; the simulation links folders"),
    pytest.mark.skipif(not shutil.which("git"), reason="pip fetches the course with git"),
]

DRIVER = """
import contextlib, importlib.metadata, io, json, sys, sysconfig
from IPython.core.interactiveshell import InteractiveShell

errors, asked = [], []
with contextlib.redirect_stdout(io.StringIO()) as printed:
    for cell in json.load(sys.stdin):
        outcome = InteractiveShell.instance().run_cell(cell)
        errors.append(repr(outcome.error_before_exec or outcome.error_in_exec))
        asked.append(len(getattr(sys.modules.get("google.colab"), "asked", ())))
there = importlib.metadata.distributions(path=[sysconfig.get_path("purelib")])
print("RESULT", json.dumps({
    "errors": errors,
    "asked": asked,  # how often google.colab was, up to the end of each cell
    "printed": printed.getvalue(),
    "installed": [each.name for each in there],
    "origins": {name: getattr(sys.modules.get(name), "__file__", None)
                for name in ("coursekit", "numpy", "keras")},
}))
"""

# google.colab, as far as notebooks may ask it for something; Colab's kernels import it themselves.
COLAB = """
import sys, types
asked = []
output = types.ModuleType("google.colab.output")
output.enable_custom_widget_manager = lambda: asked.append("custom widgets")
sys.modules["google.colab.output"] = output
"""

# ipywidgets' own widgets, shown as lessons show them and given a photo as Colab's front end does.
OWN = """
import datetime, io
import ipywidgets, numpy, PIL.Image
from coursekit.lesson import widgets
class Same:
    def colorize(self, rgb):
        return rgb
box = widgets.own_photo(Same())
lesson.widget(box, "Colours your own photo.")
file = io.BytesIO()
PIL.Image.fromarray(numpy.full((20, 30, 3), 90, numpy.uint8)).save(file, "PNG")
upload, photo = box.children[0].children[0], {"name": "a.png", "type": "image/png", "size": 1}
if ipywidgets.__version__ < "8":
    upload.metadata, upload.data = [photo], [file.getvalue()]
    upload._counter += 1
else:
    photo |= {"content": memoryview(file.getvalue()), "last_modified": datetime.datetime.now()}
    upload.value = (photo,)
print(box.children[1].value)
"""

# One with a front end of its own, which needs Colab's manager.
CUSTOM = """
from coursekit import turing
from coursekit.datasets import scenes
from coursekit.turing import widget
class Grey:
    def colorize(self, rgb):
        return rgb[..., :1].repeat(3, axis=-1)
drawn = {f"photo {at}": rgb for at, rgb in enumerate(scenes.draw(6, 40, seed=3).rgb)}
protocol = turing.Protocol(size=32, practice=1, trials=4, vigilance=0.25)
test = turing.build("experiment", drawn, {"grey": Grey()}, protocol)
lesson.widget(widget.take(test, "votes.sqlite"), "The test, on you.")
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


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """A folder with the packages of this environment, without the course and `MISSING`."""
    folder = tmp_path_factory.mktemp("packages")
    for site in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        for path in Path(site).iterdir():
            if not path.name.lower().lstrip("_").startswith(("coursekit", "editable", *MISSING)):
                (folder / path.name).symlink_to(path)
    return folder


@pytest.fixture
def machine(tmp_path, packages):
    """Runs cells on such a machine; ``colab`` says whether it is one of Colab's."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    for name in MISSING:
        wheel_of(name, wheels)
    for name in PRESENT:
        newer_release(name.replace("-", "_"), wheels)
    venv.create(tmp_path / "venv", symlinks=True)
    python = tmp_path / "venv/bin/python"
    (site,) = (tmp_path / "venv").glob("lib/*/site-packages")
    (tmp_path / "content").mkdir()
    ours = ("PYTHON", "PIP_", "KERAS_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    environment |= {
        "COURSEKIT_PROFILE": "smoke",
        "COURSEKIT_OFFLINE": "1",
        "IPYTHONDIR": str(tmp_path / "ipython"),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheels),
        "PIP_NO_CACHE_DIR": "1",
        "PIP_NO_COMPILE": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # pip reads this "0" as: no isolation, which is quicker
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{repository(tmp_path / 'repository').as_uri()}.insteadOf",
        "GIT_CONFIG_VALUE_0": f"https://github.com/{SETTING['repo']}",
    }

    def run(*cells, colab):
        there = tmp_path / "there"
        (there / "google/colab").mkdir(parents=True)
        (there / "google/colab/__init__.py").write_text(COLAB)
        Path(site, "machine.pth").write_text(f"{packages}\n{there if colab else ''}\n")
        answer = subprocess.run(
            [python, "-c", ("import google.colab\n" if colab else "") + DRIVER],
            input=json.dumps(cells),
            capture_output=True,
            text=True,
            cwd=tmp_path / "content",
            env=environment,
        )
        assert "RESULT " in answer.stdout, answer.stdout + answer.stderr
        return json.loads(answer.stdout.rpartition("RESULT ")[2])

    return run


@pytest.mark.parametrize("colab", [True, False], ids=["Colab", "Kaggle"])
def test_the_set_up_cell_installs_what_is_missing_moves_nothing_else_and_widgets_work(
    machine, packages, tmp_path, colab
):
    result = machine(set_up_cell(NOTEBOOKS[0]), OWN, CUSTOM, colab=colab)
    assert result["errors"] == ["None"] * 3, result["printed"]
    assert {*result["installed"]} == {"coursekit", *MISSING}
    assert result["origins"].pop("coursekit").startswith(str(tmp_path / "venv"))
    assert all(origin.startswith(str(packages)) for origin in result["origins"].values())
    assert "versions  coursekit" in result["printed"] and "profile   smoke" in result["printed"]
    assert "a.png, 30 × 20 pixels: grey, predicted, original." in result["printed"]
    # Only the widget with a front end of its own needs Colab's manager; anywidget asks for it.
    assert result["asked"] == ([0, 0, 1] if colab else [0, 0, 0])
