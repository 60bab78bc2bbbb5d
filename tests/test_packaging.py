"""What holds for the package as a whole: free to import, neutral about backends, installable."""

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version
from setuptools import find_packages

import coursekit

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
WORKFLOW = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
BACKENDS = ("tensorflow", "jax", "torch")
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


def test_every_extra_is_named_by_the_guides_or_installed_by_make():
    pages = [ROOT / "README.md", *sorted((ROOT / "docs/guides").glob("*.md"))]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    named = {
        each
        for group in re.findall(r"(?:coursekit|\.)\[([\w,]+)]", text)
        for each in group.split(",")
    }
    make = (ROOT / "Makefile").read_text(encoding="utf-8")
    made = {*re.findall(r"\.venv/(\w+)\.(?:\$\(installed\)|stamp)", make)}
    extras = set(PROJECT["optional-dependencies"])
    assert named <= extras and made <= extras  # what is named can be installed
    assert named | made | set(BACKENDS) == extras
    assert {"lab", "teach", "jax", "torch"} <= named  # make chooses no backend and no teacher


def resolved(extra, **computer):
    """The packages that an extra brings on a computer, with those of the extras that it names."""
    environment = {
        "python_version": "3.12",
        "sys_platform": "linux",
        "platform_machine": "x86_64",
        **computer,
    }
    found = set()
    for each in map(Requirement, PROJECT["optional-dependencies"][extra]):
        if each.marker is None or each.marker.evaluate(environment):
            own = each.name == "coursekit"
            found |= {
                name
                for more in each.extras
                if each.name == "coursekit"
                for name in resolved(more, **computer)
            }
            found |= set() if own else {each.name}
    return found


@pytest.mark.parametrize(
    ("computer", "backend"),
    [
        ({"python_version": "3.11"}, "tensorflow"),
        (
            {"python_version": "3.13", "sys_platform": "win32", "platform_machine": "AMD64"},
            "tensorflow",
        ),
        ({"sys_platform": "darwin", "platform_machine": "arm64"}, "tensorflow"),
        ({"sys_platform": "darwin"}, "jax"),
        ({"python_version": "3.14"}, "jax"),
        ({"python_version": "3.14", "sys_platform": "darwin", "platform_machine": "arm64"}, "jax"),
    ],
)
def test_learners_get_tensorflow_where_it_has_a_release_and_jax_elsewhere(computer, backend):
    assert resolved("lab", **computer) & {*BACKENDS} == {backend}
    assert "keras" in resolved("lab", **computer)


@pytest.mark.parametrize("backend", BACKENDS)
def test_who_asks_for_a_backend_gets_no_other(backend):
    for extra in ("jupyter", "teach", "test", "bench", "serve", "heic"):
        assert not resolved(extra) & {*BACKENDS}
    assert resolved(backend) == {"keras", backend}
    assert not {Requirement(line).name for line in PROJECT["dependencies"]} & {*BACKENDS}


def pinned(name):
    lines = (ROOT / f"constraints/{name}.txt").read_text(encoding="utf-8").splitlines()
    found = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(each.name): str(each.specifier).removeprefix("==") for each in found}


def asked():
    """For each package that the course names in pyproject.toml the versions that it allows."""
    extras = [
        name for name in PROJECT["optional-dependencies"] if name not in ("jax", "torch", "bench")
    ]
    lines = sum(
        (PROJECT["optional-dependencies"][each] for each in extras), PROJECT["dependencies"]
    )
    named = [Requirement(line) for line in lines if not line.startswith("coursekit")]
    return {canonicalize_name(each.name): each.specifier for each in named}


def test_the_lowest_versions_are_those_that_the_course_allows():
    pins = pinned("lowest")
    for name, allowed in asked().items():
        (bound,) = allowed
        # A bound of 2.2 means the first release of 2.2 that there is.
        assert Version(pins[name]) in allowed, name
        assert pins[name].startswith(bound.version) or bound.version.startswith(pins[name]), name


@pytest.mark.parametrize("name", ["tested", "colab"])
def test_versions_that_are_tried_are_allowed(name):
    pins, allowed = pinned(name), asked()
    named = {each: version for each, version in pins.items() if each in allowed}
    assert [each for each, version in named.items() if version not in allowed[each]] == []
    assert name == "colab" or {*named} == {*allowed}


def test_the_source_distribution_has_what_a_clone_has():
    if not (ROOT / ".git").exists():
        pytest.skip("this is no clone")
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    tracked = {path.partition("/")[0] for path in listed.stdout.splitlines()}
    lines = map(str.split, (ROOT / "MANIFEST.in").read_text(encoding="utf-8").splitlines())
    given = {name for verb, *names in lines if verb in ("graft", "include") for name in names}
    # These setuptools takes by itself.
    given |= {"pyproject.toml", "setup.py", "README.md", "LICENSE", "MANIFEST.in"}
    assert tracked and tracked <= given


def test_who_cites_and_who_installs_read_the_same():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert PROJECT["authors"] == citation["authors"]
    assert PROJECT["keywords"] == citation["keywords"]


def test_the_addresses_of_the_project_are_those_of_the_repository():
    repo, urls = PYPROJECT["tool"]["coursekit"]["repo"], PROJECT["urls"]
    if repo.startswith("OWNER/"):
        assert urls == {}  # nobody's: they come with the stamp
    else:
        assert urls["Source"] == f"https://github.com/{repo}"
        assert all(url.startswith(f"https://github.com/{repo}") for url in urls.values())


def test_the_classifiers_name_the_pythons_that_the_workflow_tries():
    jobs = WORKFLOW["jobs"]
    tried = [*jobs["test"]["strategy"]["matrix"]["python"], *jobs["newest-python"]["env"].values()]
    assert [
        each.rpartition(" ")[2] for each in PROJECT["classifiers"] if "Python :: 3." in each
    ] == tried
    major, minor = tried[-1].split(".")
    assert PROJECT["requires-python"] == f">={tried[0]},<{major}.{int(minor) + 1}"


@pytest.mark.parametrize("name", ["lowest", "colab", "tested"])
def test_the_workflow_tries_each_set_of_versions(name):
    runs = [step.get("run", "") for step in WORKFLOW["jobs"][name]["steps"]]
    assert any(f"-c constraints/{name}.txt" in run for run in runs)


def test_the_workflow_tries_backends_where_no_other_is_installed():
    (install,) = [
        step["run"] for step in WORKFLOW["jobs"]["backend"]["steps"] if "pip" in step.get("run", "")
    ]
    assert '".[test,${{ matrix.backend }}]"' in install
    assert WORKFLOW["jobs"]["backend"]["strategy"]["matrix"]["backend"] == ["jax", "torch"]


def test_no_job_waits_for_a_machine_that_is_not_there():
    for job in WORKFLOW["jobs"].values():
        hosted = "self-hosted" not in str(job["runs-on"])
        assert hosted or "vars.GPU_RUNNER" in job["if"]


def test_a_release_is_refused_without_an_address():
    path = ROOT / ".github/workflows/release.yml"
    steps = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]["release"]["steps"]
    runs = [step["run"] for step in steps if "run" in step]
    check = next(at for at, run in enumerate(runs) if "coursekit stamp --check" in run)
    assert all("build" not in run for run in runs[:check]) and "build" in runs[check + 1]


@pytest.mark.skipif(os.name == "nt", reason="Binder runs Linux")
@pytest.mark.parametrize(
    ("given", "profile"), [({}, "smoke"), ({"COURSEKIT_PROFILE": "gpu"}, "gpu")]
)
def test_binder_begins_in_the_smallest_profile(given, profile):
    environment = {name: os.environ[name] for name in os.environ if name != "COURSEKIT_PROFILE"}
    start = [ROOT / ".binder/start", "sh", "-c", "echo $COURSEKIT_PROFILE"]
    said = subprocess.run(
        start, env=environment | given, capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == profile
    python = (ROOT / ".binder/runtime.txt").read_text().strip().removeprefix("python-")
    assert f"{python}.0" in SpecifierSet(PROJECT["requires-python"])


def test_an_installation_tells_its_types_and_leaves_the_instructors_wing_out():
    setuptools = PYPROJECT["tool"]["setuptools"]
    found = find_packages(ROOT, **setuptools["packages"]["find"])
    assert "coursekit.lesson.commands" in found
    assert not [name for name in found if name.startswith("coursekit.teach")]
    assert "py.typed" in setuptools["package-data"]["coursekit"]
    assert (ROOT / "coursekit/py.typed").exists()


def test_the_workflow_has_a_job_for_coverage():
    runs = [step.get("run") for step in WORKFLOW["jobs"]["coverage"]["steps"]]
    assert "make coverage" in runs


def test_environment_yml_asks_for_what_pyproject_asks_for():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    conda = [line for line in environment["dependencies"] if isinstance(line, str)]
    (pip,) = [line["pip"] for line in environment["dependencies"] if isinstance(line, dict)]
    assert "-e ." in pip and "pip" in conda
    asked = requirements([line for line in conda + pip if line not in ("pip", "-e .")])
    extras = PROJECT["optional-dependencies"]
    assert asked.pop("python") == SpecifierSet(">=3.11,<3.14")  # where TensorFlow has a release
    wanted = [
        *PROJECT["dependencies"],
        *extras["jupyter"],
        *extras["numbers"],
        *extras["widgets"],
        *extras["tensorflow"],
    ]
    assert asked == requirements(line for line in wanted if not line.startswith("coursekit"))


def test_no_package_stands_in_both_parts_of_environment_yml():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    conda = [line for line in environment["dependencies"] if isinstance(line, str)]
    (pip,) = [line["pip"] for line in environment["dependencies"] if isinstance(line, dict)]
    assert not set(requirements(conda)) & set(
        requirements(line for line in pip if not line.startswith("-"))
    )


def test_the_workflow_runs_on_three_systems_and_three_pythons():
    matrix = WORKFLOW["jobs"]["test"]["strategy"]["matrix"]
    assert {name.split("-")[0] for name in matrix["os"]} == {"ubuntu", "macos", "windows"}
    assert matrix["python"] == ["3.11", "3.12", "3.13"]
    assert WORKFLOW["permissions"] == {"contents": "read"}


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
