"""What the README shows and names is really there."""

import base64
import json
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_its_picture_is_an_output_of_a_lesson():
    picture = (ROOT / re.search(r"!\[[^]]{40,}]\((notebooks/\S+\.png)\)", README)[1]).read_bytes()
    lesson = json.loads((ROOT / "notebooks/02_beta_cnn.ipynb").read_text(encoding="utf-8"))
    outputs = [
        output["data"]["image/png"]
        for cell in lesson["cells"]
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    assert picture in [base64.b64decode("".join(png)) for png in outputs]


def test_every_lesson_stands_in_its_table_and_every_link_leads_somewhere():
    links = set(re.findall(r"]\((?!https?:)([^)#]+)", README))
    assert {
        path.relative_to(ROOT).as_posix() for path in (ROOT / "notebooks").glob("*.ipynb")
    } <= links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_make_targets_that_it_names_exist():
    targets = set(re.findall(r"(?m)^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8")))
    named = set(re.findall(r"(?m)\bmake ([a-z][\w-]*) *(?:[A-Z]+=\S+ *)?(?:#|`|$)", README))
    assert {"lab", "test", "gpu-check"} <= named <= targets


def test_run_times_in_its_table_are_those_of_the_lessons():
    row = r"(?m)^\| \[[^]]+]\(notebooks/(\S+?)\.ipynb\) \|.*\| ([^|]+) \|$"
    told = dict(re.findall(row, README))
    assert set(told) == {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")}
    for name, time in told.items():
        lesson = json.loads((ROOT / f"notebooks/{name}.ipynb").read_text(encoding="utf-8"))
        header = "".join("".join(cell["source"]) for cell in lesson["cells"][:2])
        assert f"**Run time** {time} on 2 CPU cores" in header, name
