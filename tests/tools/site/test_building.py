"""What is missing for the site is named with the way out, before anything is built."""

import json
import re
from pathlib import Path

import pytest

from coursekit.tools.site import building

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
