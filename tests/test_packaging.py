"""What holds for the package as a whole: free to import, neutral about backends, installed in two ways."""

import ast
import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

import coursekit

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
MODULES = sorted((ROOT / "coursekit").rglob("*.py"))


def requirements(lines):
    return {requirement.name: requirement.specifier for requirement in map(Requirement, lines)}


def python(code):
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return json.loads(answer.stdout)


def test_importing_coursekit_takes_under_a_fifth_of_a_second():
    code = (
        "import time; start = time.perf_counter(); import coursekit; "
        "print(time.perf_counter() - start)"
    )
    assert min(python(code) for _ in range(5)) < 0.2


def test_importing_coursekit_loads_no_keras_and_no_matplotlib():
    loaded = python("import sys, json, coursekit; print(json.dumps(sorted(sys.modules)))")
    assert "coursekit" in loaded
    assert not {"keras", "tensorflow", "jax", "torch", "matplotlib", "numpy"} & set(loaded)


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
    assert {"__init__.py", "color.py", "training.py"} <= {path.name for path in MODULES}


def test_versions_are_lower_bounds_only():
    lines = sum(PROJECT["optional-dependencies"].values(), PROJECT["dependencies"])
    bounds = [Requirement(line).specifier for line in lines if not line.startswith("coursekit")]
    assert {tuple(bound.operator for bound in specifier) for specifier in bounds} == {(">=",)}


def test_the_extras_are_those_that_the_readme_names():
    assert set(PROJECT["optional-dependencies"]) == {
        "lab",
        "test",
        "teach",
        "bench",
        "jax",
        "torch",
    }


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
    from importlib.metadata import version

    assert version("coursekit") == coursekit.__version__


def test_the_licence_file_holds_what_the_expression_says():
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert PROJECT["license"] == "MIT AND CC-BY-4.0" and PROJECT["license-files"] == ["LICENSE"]
    assert "MIT License" in text and "Creative Commons Attribution 4.0 International" in text
