"""What all boxes show of the path on which the grader finds modules."""

import os

import pytest

box = pytest.importorskip("coursekit.teach.sandbox.box")


def test_a_home_on_pythons_path_is_shown_to_no_submission(monkeypatch, tmp_path):
    home, own, other = tmp_path / "home", tmp_path / "home" / "modules", tmp_path / "modules"
    for folder in (own, other):
        folder.mkdir(parents=True)
    monkeypatch.setattr(box.Path, "home", lambda: home)
    entries = map(str, (home, home.parent, own, other))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(entries))
    found = box.packages()
    assert {own, other} <= {*found} and not {home, home.parent} & {*found}
