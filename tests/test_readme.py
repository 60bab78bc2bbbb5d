"""What the README and the guides show and name is really there."""

import json
import re
from pathlib import Path

import pytest

from coursekit import cli
from coursekit.tools.commands import quality

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
GUIDES = sorted((ROOT / "docs/guides").glob("*.md"))
PAGES = [ROOT / "README.md", *GUIDES]


def page(path):
    """What a reader sees of a page."""
    return re.sub(r"(?s)<!--.*?-->", "", path.read_text(encoding="utf-8"))


def test_one_reads_it_in_four_minutes():
    assert len(page(ROOT / "README.md").split()) < 900


def test_its_picture_is_the_one_that_the_measurement_draws():
    assert re.findall(r"!\[[^]]{40,}]\(([^h)]\S+)\)", README) == [quality.PICTURE.as_posix()]


def test_every_lesson_stands_in_its_table_with_a_badge():
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        (row,) = re.findall(
            rf"(?m)^\| \[{path.name[:2]} · [^]]+]\(notebooks/{path.name}\) .*$", README
        )
        badge = r"https://colab\.research\.google\.com/github/[\w./-]+/notebooks/"
        assert re.search(
            rf"\[!\[Open lesson {path.name[:2]} in Colab]\S+\({badge}{path.name}\)", row
        )


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_link_leads_somewhere(path):
    for link in re.findall(r"]\((?!https?:)([^)]+)\)", path.read_text(encoding="utf-8")):
        file, _, place = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        assert target.exists(), link
        headings = re.findall(r"(?m)^#+ (.*)$", target.read_text(encoding="utf-8")) if place else []
        slugs = [re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings]
        assert not place or place in slugs, link


def test_every_guide_is_reached_from_the_readme():
    found, todo = set(), [ROOT / "README.md"]
    while todo:
        path = todo.pop()
        for link in re.findall(r"]\(([^:)#]+\.md)", path.read_text(encoding="utf-8")):
            target = (path.parent / link).resolve()
            if target in GUIDES and target not in found:
                found.add(target)
                todo.append(target)
    assert found == {*GUIDES}


@pytest.mark.parametrize("mark", ["quality", "bench"])
def test_each_table_that_is_measured_stands_in_one_page(mark):
    where = [path.name for path in PAGES if f"<!-- {mark} -->" in path.read_text(encoding="utf-8")]
    assert where == [{"quality": quality.GUIDE.name, "bench": "speed.md"}[mark]]


def test_the_make_targets_that_they_name_exist():
    targets = set(re.findall(r"(?m)^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8")))
    text = "\n".join(map(page, PAGES))
    named = set(re.findall(r"(?m)\bmake ([a-z][\w-]*) *(?:[A-Z]+=\S+ *)?(?:#|`|$)", text))
    assert {"lab", "test", "gpu-check", "quality", "bench"} <= named <= targets


def test_the_commands_that_they_name_exist():
    text = "\n".join(map(page, PAGES))
    named = set(re.findall(r"(?m)(?:^ +|`|/bin/|&& )(?:\.venv/bin/)?coursekit ([a-z][\w-]*)", text))
    assert {"colorize", "lab", "lessons", "doctor", "stamp", "grade"} <= named <= {*cli.commands()}


def test_run_times_in_its_table_are_those_of_the_lessons():
    row = r"(?m)^\| \[[^]]+]\(notebooks/(\S+?)\.ipynb\) \|.*\| ([^|]+) \|$"
    told = dict(re.findall(row, README))
    assert {*told} == {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")}
    for name, time in told.items():
        lesson = json.loads((ROOT / f"notebooks/{name}.ipynb").read_text(encoding="utf-8"))
        header = "".join("".join(cell["source"]) for cell in lesson["cells"][:2])
        assert f"**Run time** {time} on 2 CPU cores" in header, name
