"""What is missing for the site is named with the way out, before anything is built."""

import json
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from coursekit.tools.site import building, pages

ROOT = Path(__file__).parents[3]


def test_where_there_is_no_clone_the_site_is_not_built(tmp_path):
    with pytest.raises(FileNotFoundError, match="no conf.py; the site is built in a clone"):
        building.build(tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_npm_fetches_is_asked_for(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/conf.py").touch()
    with pytest.raises(FileNotFoundError, match="npm ci --prefix docs"):
        building.build(tmp_path, tmp_path / "out")


def test_what_npm_fetches_is_locked_to_checksums():
    packages = json.loads((ROOT / "docs/package-lock.json").read_text())["packages"]
    assert {"node_modules/onnxruntime-web", "node_modules/axe-core"} <= {*packages}
    assert all("integrity" in each for name, each in packages.items() if name)


def test_the_workflow_publishes_what_the_command_builds():
    text = (ROOT / ".github/workflows/site.yml").read_text(encoding="utf-8")
    assert "npm ci --prefix docs" in text and "python -m coursekit site" in text
    assert re.search(r"path: build/site/html\n", text)


def brought(extra):
    """The distributions that an extra of the course brings here, with all that those need."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [*project["dependencies"], *project["optional-dependencies"][extra]]
    found, waiting = set(), [(line, "") for line in lines]
    while waiting:
        line, extra = waiting.pop()
        each = Requirement(line)
        if each.marker and not each.marker.evaluate({"extra": extra}):
            continue
        if each.name == "coursekit":
            lines = (project["optional-dependencies"][more] for more in each.extras)
            waiting += [(line, "") for line in sum(lines, [])]
            continue
        for chosen in ["", *each.extras]:
            if (key := (canonicalize_name(each.name), chosen)) not in found:
                found.add(key)
                waiting += [(more, chosen) for more in metadata.requires(each.name) or []]
    return {name for name, _ in found}


# Stands in for what Sphinx does in an environment to which `make site` alone has installed.
IMPORTING = """
import importlib, sys
from importlib.machinery import PathFinder
from sphinx.ext.autodoc.mock import MockFinder
class Installed(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.split(".")[0] in {absent} else super().find_spec(name, path, target)
sys.meta_path[sys.meta_path.index(PathFinder)] = Installed
sys.meta_path.insert(0, MockFinder(["keras", "tensorflow", "jax", "torch"]))
saving = importlib.import_module("keras.saving")
saving.register_keras_serializable = lambda **options: lambda decorated: decorated
for name in {modules}:
    importlib.import_module(name)
"""


def test_what_make_site_installs_is_enough_to_read_every_docstring():
    there = brought("site")
    assert {"sphinx", "numpy", "pooch"} <= there and "tensorflow" not in there
    absent = {
        name
        for name, owners in metadata.packages_distributions().items()
        if not there & {canonicalize_name(owner) for owner in owners}
    }
    modules = [
        name
        for room in re.findall(
            rf"(?m)^\| (?:{'|'.join(pages.WINGS)}) \| `(\w+)` \|",
            (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"),
        )
        for name in pages._modules(ROOT, f"coursekit.{room}")
    ]
    assert "skimage" not in absent and "nbgrader" in absent and len(modules) > 20
    code = IMPORTING.format(absent=absent - {"keras", "coursekit"}, modules=modules)
    subprocess.run([sys.executable, "-c", code], check=True)
