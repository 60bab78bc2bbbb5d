"""The house stands as CONTRIBUTING.md draws it: rooms, wings, and imports that point one way."""

import ast
import functools
import graphlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TABLE = re.findall(
    r"(?m)^\| (\w+) \| `(\w+)` \|", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
)
ORDER = [room for _, room in TABLE]
# `cli` is no wing; it loads the wings' commands by name when it runs, so that one may be absent.
STANDS_ON = {
    "subject": {"subject"},
    "cli": {"cli"},
    "lesson": {"subject", "cli", "lesson"},
    "teach": {"subject", "cli", "lesson", "teach"},
    "tools": {"subject", "cli", "lesson", "tools"},
}


@functools.cache
def modules():
    """Dotted name -> whether it is a folder, and its source, of every module."""
    found = {}
    for path in sorted((ROOT / "coursekit").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        folder = parts[-1] == "__init__"
        found[".".join(parts[:-1] if folder else parts)] = folder, path.read_text(encoding="utf-8")
    return found


@functools.cache
def imports_of(name, folder, source):
    """The modules of the package that one of them imports, anywhere in it."""
    inside = (name if folder else name.rpartition(".")[0]).split(".")
    targets = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            targets |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = inside[: len(inside) + 1 - node.level] if node.level else []
            start = ".".join([*above, *filter(None, [node.module])])
            for alias in node.names:
                deeper = f"{start}.{alias.name}"
                targets.add(deeper if deeper in modules() else start)
    return {target for target in targets & {*modules()} if target != name}


def imports(planted=None):
    """Module -> those that it imports; ``planted``: module -> a line that it gets besides."""
    return {
        name: imports_of(name, folder, f"{source}\n{(planted or {}).get(name, '')}\n")
        for name, (folder, source) in modules().items()
    }


def room(module):
    return (module.split(".") + [""])[1]


def faults(planted=None):
    """Imports that the table does not allow, as "importer -> imported"."""
    wing = {name: wing for wing, name in TABLE}
    found = []
    for importer, targets in imports(planted).items():
        mine = room(importer)
        if mine in ("", "__main__"):
            continue
        for target in sorted(targets):
            theirs = room(target)
            if not theirs or mine == theirs:  # the package itself holds no more than its version
                continue
            allowed = wing[theirs] in STANDS_ON[wing[mine]]
            if not allowed or ORDER.index(theirs) > ORDER.index(mine):
                found.append(f"{importer} -> {target}")
    return found


def circle(planted=None):
    """The modules of a circle of imports, or None."""
    try:
        graphlib.TopologicalSorter(imports(planted)).prepare()
    except graphlib.CycleError as error:
        return error.args[1]
    return None


def test_every_room_stands_in_the_table_of_contributing_and_every_row_has_a_room():
    there = {room(name) for name in modules()} - {"", "__main__"}
    assert there == {*ORDER} and len(ORDER) == len({*ORDER})


def test_imports_point_one_way():
    assert faults() == []


def test_there_is_no_circle_of_imports():
    assert circle() is None


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("color", "from coursekit import photos"),
        ("bins.grids", "def later():\n    from coursekit.lesson import profile"),
        ("lesson.profile", "import coursekit.tools.doctor"),
        ("teach.grade", "from coursekit.tools.doctor import report"),
        ("tools.doctor", "from coursekit import teach"),
        ("datasets.registry", "from .. import turing"),
    ],
)
def test_an_import_that_points_the_other_way_is_found(module, line):
    module = f"coursekit.{module}"
    assert [fault.partition(" ->")[0] for fault in faults({module: line})] == [module]


def test_a_circle_is_found():
    one, other = "coursekit.datasets.registry", "coursekit.datasets.loading"
    planted = {one: "from . import loading", other: "from . import registry"}
    assert {one, other} <= {*circle(planted)}
