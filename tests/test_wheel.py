"""What students install: in the wheel nothing answers a graded task, and checks name mistakes."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import numpy as np
import pytest

pytestmark = pytest.mark.skipif(
    not shutil.which("git"), reason="git says what belongs to the course"
)

ROOT = Path(__file__).parents[1]
ASSIGNMENTS = sorted((ROOT / "notebooks/assignments").glob("a*.ipynb"))
REFERENCES = sorted((ROOT / "coursekit/teach/references").glob("assignment*.py"))
# Lines of solutions that give nothing away: lessons 01 and 02 show them, and every lesson's check
# needs such things.
SHOWN_IN_LESSONS = re.compile(
    r"(color|bins|scenes|layers|keras)(\.\w+)+\([\w, .*=\"\[\]()]*\)"  # a bare call of a library
    r"|(int\()?(rng|np\.random\.default_rng\(\w+\))(\.\w+)?\(.*\)(\.\w+\(.*\))*"  # inputs drawn
    r"|Case\(.*\)"
)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    """A folder that holds what `pip install` would put into site-packages."""
    source, built = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("built")
    # What git knows or would add: what an earlier build left in the clone stays out.
    listed = ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.check_output(listed, text=True).rstrip("\0").split("\0"):
        if name.startswith(("coursekit/", "notebooks/")) or "/" not in name:
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, source / name)
    pip = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index"]
    done = subprocess.run([*pip, "-w", built, source], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (path,) = built.glob("*.whl")
    unpacked = tmp_path_factory.mktemp("installed")
    zipfile.ZipFile(path).extractall(unpacked)
    return unpacked


def solutions():
    """The code that answers the tasks: solution regions of the notebooks, and the references."""
    for path in ASSIGNMENTS:
        for cell in nbformat.read(path, 4).cells:
            for region in re.findall(
                r"### BEGIN SOLUTION\n(.*?)\n *### END SOLUTION", cell.source, re.DOTALL
            ):
                if cell.cell_type == "code":
                    yield f"def answer():\n{region}\n"
    for path in REFERENCES:
        yield path.read_text(encoding="utf-8")


def squeezed(text):
    return re.sub(r"[\s\"']", "", text)


class Anonymous(ast.NodeTransformer):
    """Every variable gets one name: an answer stays an answer when its variables are renamed."""

    def visit_Name(self, node):
        return ast.copy_location(ast.Name("_", node.ctx), node)


def anonymous(node):
    return squeezed(ast.unparse(Anonymous().visit(node)))


def telling(tree):
    """What could answer a task in code: expressions that are assigned, returned or collected."""
    for node in ast.walk(tree):
        value = getattr(node, "value", None)
        if isinstance(node, (ast.Assign, ast.AugAssign, ast.Return, ast.Expr)) and value:
            yield from value.elts if isinstance(value, ast.Tuple) else [value]
        elif isinstance(node, ast.Dict):
            yield from node.values
        elif isinstance(node, (ast.Lambda, ast.DictComp, ast.GeneratorExp, ast.ListComp)):
            yield getattr(node, "body", None) or getattr(node, "elt", None) or node.value


@pytest.fixture(scope="module")
def answers():
    """Expressions that answer a task: as they are written, and with anonymous variables."""
    written, shaped = set(), set()
    for code in solutions():
        for node in telling(ast.parse(code)):
            text = ast.unparse(node)
            trivial = isinstance(node, (ast.Constant, ast.Dict, ast.Name, ast.JoinedStr))
            if len(squeezed(text)) <= 12 or trivial or SHOWN_IN_LESSONS.fullmatch(text):
                continue
            written.add(squeezed(text))
            # Too little is left of `a / b` without its names.
            if len(re.sub(r"[_()\[\],.:]", "", shape := anonymous(node))) > 8:
                shaped.add(shape)
    return written, shaped


def found_in(folder, answers):
    """Where the checks of assignments, or what they read, hold an answer."""
    written, shaped = answers
    found = []
    for path in sorted((folder / "coursekit/lesson/checks").rglob("assignment*")):
        if path.suffix == ".py":
            text = path.read_text(encoding="utf-8")
            whole = squeezed(text)
            bare = anonymous(ast.parse(text))
        elif path.suffix == ".npz":
            with np.load(path, allow_pickle=False) as stored:  # numbers only: no code in a pickle
                assert all(stored[key].dtype.kind in "biuf" for key in stored.files)
                whole, bare = squeezed(" ".join(stored.files)), ""
        else:
            assert path.is_dir(), f"{path} is neither code nor data that this test knows"
            continue
        found += [f"{path.name}: {answer}" for answer in written if answer in whole]
        found += [f"{path.name}: {answer}" for answer in shaped if answer in bare]
    return sorted(found)


def test_the_wheel_has_the_lessons_and_not_what_is_for_instructors(wheel):
    assert (wheel / "coursekit/lesson/checks/assignment1.py").is_file()
    assert not (wheel / "coursekit/teach").exists()
    assert not [path for path in wheel.rglob("*") if "hidden" in path.name or "refer" in path.name]
    assert [path.name for path in sorted(wheel.rglob("*.ipynb"))] == [
        path.name for path in sorted((ROOT / "notebooks").glob("*.ipynb"))
    ]  # and no assignment, whose sources hold solutions


def test_without_the_clone_the_lessons_come_from_the_wheel(wheel, tmp_path):
    code = "from coursekit import cli; cli.main(['lessons', 'mine'])"
    done = run(wheel, tmp_path, code)
    assert done.returncode == 0, done.stderr
    lessons = {path.name for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert done.stdout == f"{len(lessons)} lessons in mine: {len(lessons)} new\n"
    assert {path.name for path in (tmp_path / "mine").glob("*.ipynb")} == lessons
    text = (tmp_path / "mine/01_lab_color_space.ipynb").read_text(encoding="utf-8")
    assert "](../" not in text


def test_without_the_clone_what_maintainers_type_says_that_it_needs_one(wheel, tmp_path):
    done = run(wheel, tmp_path, "from coursekit import cli; raise SystemExit(cli.main(['test']))")
    assert done.returncode == 1 and "coursekit test works in a clone" in done.stderr


def test_the_wheel_puts_alt_texts_where_any_jupyterlab_looks_for_extensions(wheel):
    (folder,) = wheel.glob("*.data/data/share/jupyter/labextensions/coursekit-alt-texts")
    about = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    assert (folder / about["jupyterlab"]["_build"]["load"]).is_file()


def test_the_wheel_has_the_stored_cases(wheel):
    of = "coursekit/lesson/checks/assignments"
    assert {path.name: path.read_bytes() for path in (wheel / of).iterdir()} == {
        path.name: path.read_bytes() for path in (ROOT / of).iterdir()
    }


def test_nothing_in_the_checks_of_the_wheel_answers_a_graded_task(wheel, answers):
    assert len(answers[0]) > 100 and len(answers[1]) > 60
    assert found_in(wheel, answers) == []


@pytest.mark.parametrize(
    "planted",
    [
        "def f(L, f):\n    return np.where(f > 6 / 29, f**3, (f - 16 / 116) / 7.787)",
        "def f(x, limit):\n    over = (np.linalg.norm( x, axis = -1 )>limit).mean()",
        "HINT = 'Take `(difference**2).sum(axis=-1).argmin(axis=-1)`.'",
        "expected = np.exp(-special_distance / (2 * width**2))",
    ],
)
def test_an_answer_that_is_planted_is_found(wheel, answers, tmp_path, planted):
    checks = tmp_path / "coursekit/lesson/checks"
    shutil.copytree(wheel / "coursekit/lesson/checks", checks)
    with open(checks / "assignment1.py", "a", encoding="utf-8") as file:
        file.write(f"\n\n{planted}\n")
    assert [line for line in found_in(tmp_path, answers) if line.startswith("assignment1.py: ")]


# An editable installation of the clone would offer the modules that the wheel lacks.
WITHOUT_THE_CLONE = f"""
import sys
sys.path[:] = [path for path in sys.path if path != {str(ROOT)!r}]
editable = [each for each in sys.meta_path if each.__module__.startswith("__editable__")]
sys.meta_path[:] = [each for each in sys.meta_path if each not in editable]
"""


def run(wheel, folder, code, given=""):
    """Run code where the wheel is installed and the clone is not."""
    return subprocess.run(
        [sys.executable, "-c", WITHOUT_THE_CLONE + code],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(wheel)},
        input=given,
        capture_output=True,
        text=True,
    )


NAMES_A_MISTAKE = """
import importlib.util
import coursekit
from coursekit.lesson import checks
print(coursekit.__file__)
print(importlib.util.find_spec("coursekit.teach"))
checks.require("A1.2", lambda L: 2.55 * L)
"""


def test_a_wrong_answer_is_called_by_its_name_where_only_the_wheel_is_installed(wheel, tmp_path):
    done = run(wheel, tmp_path, NAMES_A_MISTAKE)
    path, teach = done.stdout.splitlines()
    assert Path(path).is_relative_to(wheel) and teach == "None"
    last = done.stderr.strip().splitlines()[-1]
    assert "A1.2: not yet (L times 2.55). L = 50 is level 119 and not 127.5" in last


# Runs cells as a notebook does, and says what each that failed was told.
RUN_CELLS = """
import contextlib, io, json, sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
for cell in json.load(sys.stdin):
    with contextlib.redirect_stdout(io.StringIO()):
        outcome = shell.run_cell(cell)
    error = outcome.error_before_exec or outcome.error_in_exec
    if error:
        print(json.dumps([cell.splitlines()[0], type(error).__name__, str(error)]))
"""


def released(path, solved):
    """The code cells as students have them, with their own answers or with none."""
    cells = []
    for cell in nbformat.read(path, 4).cells:
        if cell.cell_type == "code":
            text = re.sub(r"### BEGIN HIDDEN.*### END HIDDEN TESTS", "", cell.source, flags=re.S)
            if not solved:
                text = re.sub(r"### BEGIN S.*### END SOLUTION", "return ...", text, flags=re.S)
            cells.append(text)
    return cells


# The others are not run here, since they start Keras; they import no more of the course.
@pytest.mark.parametrize("name", ["a1_lab", "a4_classification", "a5_turing"])
def test_a_release_runs_from_the_wheel(wheel, tmp_path, name):
    path = ROOT / f"notebooks/assignments/{name}.ipynb"
    untouched, solved = released(path, solved=False), released(path, solved=True)
    done = run(wheel, tmp_path, RUN_CELLS, json.dumps(untouched + solved))
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    tests = [cell.splitlines()[0] for cell in untouched if cell.startswith("checks.require(")]
    assert [line for line, *_ in told] == tests, told
    assert all(kind == "AssertionError" and "not attempted" in words for _, kind, words in told)
