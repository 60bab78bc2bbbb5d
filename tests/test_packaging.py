"""What holds for the package as a whole: free to import, neutral about backends, installable."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from setuptools import find_packages

import coursekit

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
MODULES = sorted((ROOT / "coursekit").rglob("*.py"))


def requirements(lines):
    return {requirement.name: requirement.specifier for requirement in map(Requirement, lines)}


# What takes a second or more to load, or much of one.
SLOW = {"keras", "tensorflow", "jax", "torch", "matplotlib", "IPython", "ipywidgets", "sklearn"}


@pytest.mark.parametrize(
    ("code", "not_loaded"),
    [
        ("import coursekit", SLOW | {"numpy", "scipy", "skimage", "PIL", "platformdirs"}),
        ("from coursekit import lesson, teach, tools", SLOW | {"numpy", "nbformat"}),
        (
            "from coursekit import cli; cli.main([])",
            SLOW | {"numpy", "PIL", "nbformat", "requests"},
        ),
        ("from coursekit import files, device", SLOW | {"numpy"}),
        ("from coursekit.colorizer import NAMES, colorize_files", SLOW),
        ("from coursekit import color, photos, datasets", SLOW | {"nbformat"}),
        ("from coursekit.lesson import commands", SLOW | {"numpy", "sqlite3"}),
    ],
)
def test_what_is_imported_first_loads_nothing_slow(code, not_loaded):
    code += "; import sys, json; print('\\n' + json.dumps([*sys.modules]))"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    loaded = set(json.loads(answer.stdout.splitlines()[-1]))
    assert "coursekit" in loaded and not not_loaded & loaded


# device.py alone may: Keras has no word for a limit on a GPU's memory.
@pytest.mark.parametrize(
    "path",
    [path for path in MODULES if path.name != "device.py"],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_no_module_imports_a_backend_by_name(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = [
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    ]
    names += [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args]
    names += [
        ast.unparse(node.args[0]).strip("'\"")
        for node in calls
        if ast.unparse(node.func).endswith(("__import__", "import_module"))
    ]
    assert not {name.split(".")[0] for name in names} & {"tensorflow", "jax", "torch"}


def test_the_scan_looks_at_the_whole_package():
    found = {path.relative_to(ROOT / "coursekit").parts[0] for path in MODULES}
    assert {"color.py", "cli.py", "photos", "training", "lesson", "teach", "tools"} <= found


def test_versions_are_lower_bounds_only():
    lines = sum(PROJECT["optional-dependencies"].values(), PROJECT["dependencies"])
    bounds = [Requirement(line).specifier for line in lines if not line.startswith("coursekit")]
    assert {tuple(bound.operator for bound in specifier) for specifier in bounds} == {(">=",)}


def test_every_extra_is_named_by_the_readme_or_installed_by_make():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = {
        each
        for group in re.findall(r"(?:coursekit|\.)\[([\w,]+)]", readme)
        for each in group.split(",")
    }
    made = set(re.findall(r"\.venv/(\w+)\.stamp", (ROOT / "Makefile").read_text(encoding="utf-8")))
    extras = set(PROJECT["optional-dependencies"])
    assert named <= extras and made <= extras  # what is named can be installed
    assert named | made == extras
    assert {"lab", "teach", "jax", "torch"} <= named  # make chooses no backend and no teacher


def test_the_addresses_of_the_project_are_those_of_the_repository():
    repo = PYPROJECT["tool"]["coursekit"]["repo"]
    assert PROJECT["urls"]["Source"] == f"https://github.com/{repo}"
    assert all(url.startswith(f"https://github.com/{repo}") for url in PROJECT["urls"].values())


def test_the_classifiers_name_the_pythons_that_the_workflow_tries():
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    tried = workflow["jobs"]["test"]["strategy"]["matrix"]["python"]
    assert [
        each.rpartition(" ")[2] for each in PROJECT["classifiers"] if "Python :: 3." in each
    ] == tried
    assert f">={tried[0]}" == PROJECT["requires-python"]


def test_an_installation_tells_its_types_and_leaves_the_instructors_wing_out():
    setuptools = PYPROJECT["tool"]["setuptools"]
    found = find_packages(ROOT, **setuptools["packages"]["find"])
    assert "coursekit.lesson.commands" in found
    assert not [name for name in found if name.startswith("coursekit.teach")]
    assert "py.typed" in setuptools["package-data"]["coursekit"]
    assert (ROOT / "coursekit/py.typed").exists()


def test_the_workflow_has_a_job_for_coverage():
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    runs = [step.get("run") for step in workflow["jobs"]["coverage"]["steps"]]
    assert "make coverage" in runs


def test_environment_yml_asks_for_what_pyproject_asks_for():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    conda = [line for line in environment["dependencies"] if isinstance(line, str)]
    (pip,) = [line["pip"] for line in environment["dependencies"] if isinstance(line, dict)]
    assert "-e ." in pip and "pip" in conda
    asked = requirements([line for line in conda + pip if line not in ("pip", "-e .")])
    assert str(asked.pop("python")) == PROJECT["requires-python"]
    assert asked == requirements(PROJECT["dependencies"] + PROJECT["optional-dependencies"]["lab"])


def test_no_package_stands_in_both_parts_of_environment_yml():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    conda = [line for line in environment["dependencies"] if isinstance(line, str)]
    (pip,) = [line["pip"] for line in environment["dependencies"] if isinstance(line, dict)]
    assert not set(requirements(conda)) & set(
        requirements(line for line in pip if not line.startswith("-"))
    )


def test_the_workflow_runs_on_three_systems_and_three_pythons():
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    matrix = workflow["jobs"]["test"]["strategy"]["matrix"]
    assert {name.split("-")[0] for name in matrix["os"]} == {"ubuntu", "macos", "windows"}
    assert matrix["python"] == ["3.11", "3.12", "3.13"]
    assert workflow["permissions"] == {"contents": "read"}


def test_the_installed_version_is_that_of_the_package():
    assert version("coursekit") == coursekit.__version__


def test_the_licence_files_hold_what_the_expression_says():
    texts = [(ROOT / file).read_text(encoding="utf-8") for file in PROJECT["license-files"]]
    named = {
        "MIT": "MIT License",
        "CC-BY-4.0": "Creative Commons Attribution 4.0 International",
        "Apache-2.0": "Version 2.0, January 2004",
    }
    assert PROJECT["license"].split(" AND ") == [*named]
    assert all(any(title in text for text in texts) for title in named.values())
