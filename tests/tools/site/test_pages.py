"""Pages of the repository on the site: links that work there, alt texts, no address of nobody."""

import base64
import json
from io import BytesIO
from pathlib import Path

import nbformat
import pytest
from PIL import Image

from coursekit.tools.site import pages

ROOT = Path(__file__).parents[3]
UNSET, SET = pages.Repository("OWNER/course", "main"), pages.Repository("ada/course", "v1")
WHERE = {
    "datasets.md": "datasets.md",
    "docs/guides/speed.md": "guides/speed.md",
    "notebooks/01_lab.ipynb": "notebooks/01_lab.ipynb",
}


@pytest.mark.parametrize(
    ("original", "written", "shown"),
    [
        ("notebooks/01_lab.ipynb", "[sets](../datasets.md)", "[sets](../datasets.md)"),
        (
            "docs/guides/speed.md",
            "[one](../../notebooks/01_lab.ipynb)",
            "[one](../notebooks/01_lab.ipynb)",
        ),
        ("datasets.md", "[fast](docs/guides/speed.md#how)", "[fast](guides/speed.md#how)"),
        ("datasets.md", "[here](#below)", "[here](#below)"),
        ("datasets.md", "[paper](https://doi.org/1)", "[paper](https://doi.org/1)"),
        ("datasets.md", "![a](notebooks/01_lab.ipynb)", "![a](notebooks/01_lab.ipynb)"),
    ],
)
def test_a_link_between_pages_is_one_on_the_site(original, written, shown):
    assert pages.relinked(written, original, WHERE, UNSET) == shown


def test_a_file_that_the_site_lacks_is_shown_by_the_repository_once_that_is_known():
    link = "[the code](../coursekit/color.py)"
    there = "https://github.com/ada/course/blob/v1/coursekit/color.py"
    assert pages.relinked(link, "notebooks/01_lab.ipynb", WHERE, SET) == f"[the code]({there})"
    assert pages.relinked(link, "notebooks/01_lab.ipynb", WHERE, UNSET) == "the code"


def test_an_address_that_nobody_has_set_is_no_link():
    text = "[issues](https://github.com/OWNER/course/issues)"
    assert pages.relinked(text, "datasets.md", WHERE, UNSET) == "issues"
    assert pages.relinked(text, "datasets.md", WHERE, SET) == text


def test_badges_do_not_come_along():
    badge = "[![Open](https://example.org/badge.svg)](https://example.org)"
    assert pages.relinked(f"A {badge} B", "datasets.md", WHERE, SET) == "A  B"


@pytest.fixture
def clone(tmp_path):
    """A small clone with one lesson: a picture, a widget, and a link to its source."""
    png = BytesIO()
    Image.new("RGB", (30, 20)).save(png, "PNG")
    show = nbformat.v4.new_code_cell("show()")
    show.outputs = [
        nbformat.v4.new_output(
            "display_data",
            {
                "image/png": base64.b64encode(png.getvalue()).decode(),
                "text/plain": "<Figure: two cats & a dog>",
            },
        ),
        nbformat.v4.new_output(
            "display_data", {"text/plain": "[Widget] Slider for L. Run the cell to use it."}
        ),
    ]
    lesson = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell("# 1. Lab\n\n[code](../coursekit/color.py)"), show]
    )
    for path, text in {
        "pyproject.toml": '[tool.coursekit]\nrepo = "ada/course"\nref = "v1"\n',
        "CONTRIBUTING.md": "| subject | `files` | whole files |\n| tools | `tools` | tools |\n",
        "docs/conf.py": "",
        "docs/api/index.md": "# API\n",
        "docs/index.md": "# Hello\n\n[1](../notebooks/01_lab.ipynb)\n",
        "docs/node_modules/x/README.md": "# Not ours\n",
        "notebooks/01_lab.ipynb": nbformat.writes(lesson),
        "coursekit/files.py": "",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def test_a_lesson_comes_with_alt_texts_and_a_way_to_its_widgets(clone):
    source = clone / "build/source"
    pages.stage(clone, source)
    notebook = nbformat.read(source / "notebooks/01_lab.ipynb", 4)
    picture, widget = (output.data["text/html"] for output in notebook.cells[1].outputs)
    assert 'alt="two cats &amp; a dog"' in picture and 'width="30" height="20"' in picture
    (file,) = (source / "_static/lessons").iterdir()
    assert file.name in picture
    assert "Slider for L." in widget and "Run the cell" not in widget
    assert "colab.research.google.com/github/ada/course/blob/v1/notebooks/01_lab.ipynb" in widget
    assert "mybinder.org/v2/gh/ada/course/v1" in widget
    title, *rest = notebook.cells[0].source.splitlines()
    assert title == "# 1. Lab" and "open in Colab" in "".join(rest)


def test_only_rooms_that_readers_call_have_a_page_and_nothing_is_left_of_an_earlier_stage(clone):
    source = clone / "build/source"
    (source / "guides").mkdir(parents=True)
    (source / "guides/gone.md").write_text("# Gone\n")
    pages.stage(clone, source)
    assert [path.name for path in sorted((source / "api").iterdir())] == ["files.md", "index.md"]
    assert not (source / "guides/gone.md").exists() and not (source / "node_modules").exists()
    assert (source / "index.md").read_text() == "# Hello\n\n[1](notebooks/01_lab.ipynb)\n"


def test_rooms_are_listed_with_what_they_offer():
    listed = pages._modules(ROOT, "coursekit.turing")
    assert listed[0] == "coursekit.turing" and "coursekit.turing.statistics" in listed
    assert pages._modules(ROOT, "coursekit.color") == ["coursekit.color"]
    assert "coursekit.lesson.commands" not in pages._modules(ROOT, "coursekit.lesson")
    assert "coursekit.networks.alpha" not in pages._modules(ROOT, "coursekit.networks")


def test_every_output_of_a_stored_lesson_has_an_alt_text():
    for path in sorted(ROOT.glob("notebooks/0*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            for output in cell.get("outputs", []):
                for kind in {"image/png", "image/jpeg"} & output.get("data", {}).keys():
                    said = output.get("metadata", {}).get(kind, {}).get("alt")
                    assert said or "<Figure: " in "".join(output["data"]["text/plain"])
