"""Links that a notebook handed out by itself needs, and what to read again."""

from pathlib import Path

import nbformat
import pytest

links = pytest.importorskip("coursekit.teach.links")
summary = pytest.importorskip("coursekit.teach.summary")

ROOT = Path(__file__).parents[2]
ASSIGNMENTS = sorted((ROOT / "notebooks" / "assignments").glob("*.ipynb"))


@pytest.fixture
def course(tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.coursekit]\nrepo = "ann/course"\nref = "v2"\n')
    return tmp_path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "lesson [01](../01_lab.ipynb) and [02](../02_beta.ipynb#2.3)",
            "lesson [01](https://github.com/ann/course/blob/v2/notebooks/01_lab.ipynb) and "
            "[02](https://github.com/ann/course/blob/v2/notebooks/02_beta.ipynb#2.3)",
        ),
        (
            "[the guide](README.md)",
            "[the guide](https://github.com/ann/course/blob/v2/notebooks/assignments/README.md)",
        ),
        ("![plot](attachment:plot.png)", "![plot](attachment:plot.png)"),
        ("[CIE](https://cie.co.at/x.ipynb), [below](#task-2)",) * 2,
    ],
)
def test_links_to_files_of_the_course_get_the_address_that_the_stamp_writes(text, expected, course):
    assert links.absolute(text, course) == expected


@pytest.mark.parametrize("path", ASSIGNMENTS, ids=lambda path: path.stem)
def test_every_graded_cell_has_a_section_that_is_there_to_read_again(path):
    guide = summary.Guide(nbformat.read(path, 4), {})
    assert guide.sections.keys() == guide.headings.keys()
    for title, address in guide.sections.values():
        assert "/notebooks/0" in address and address.count("#") == 1 and title[0].isdigit()


def test_an_exercise_of_ones_own_has_none():
    assert links.section("A9.1", {}) is None
