"""The top of a feedback page."""

import copy
from types import SimpleNamespace
from urllib.parse import unquote

import nbformat
import pytest
from bs4 import BeautifulSoup
from small_assignment import NAME, answer_cell, cell, fill, source_notebook

entries = pytest.importorskip("coursekit.teach.entry")
senders = pytest.importorskip("coursekit.teach.senders")
summary = pytest.importorskip("coursekit.teach.summary")

PAGE = "<html><head></head><body class='x'><p>notebook</p></body></html>"
RUBRIC = "\n\n| points | for |\n|---:|:---|\n| 10 | says why |\n| 5 | names *loss* |\n"


@pytest.fixture
def source():
    notebook = source_notebook()
    for task in (2, 5):
        notebook.cells[task].source = notebook.cells[task].source.replace("#  Task", "## Task")
    at = notebook.cells.index(answer_cell(notebook, "a0-why-answer"))
    notebook.cells[at - 1].source += RUBRIC
    return notebook


@pytest.fixture
def put(source, blank):
    def put(points=(40, 0, None), lines=(), comment="", said=None, late=False, **answers):
        notebook = fill(blank, **answers)
        submission = SimpleNamespace(path="anna.ipynb", content=b"")
        made = entries.Entry(submission, "anna", NAME, feedback=PAGE)
        made.sender = senders.Sender("anna", late=late)
        made.rebuilt = SimpleNamespace(notebook=notebook)
        first, second, why = points
        made.points = {
            "a0-1-tests": (float(first), 40.0, False),
            "a0-2-tests": (float(second), 45.0, False),
            "a0-why-answer": (None, 15.0, True),
        }
        made.by_hand, made.comments = {"a0-why-answer": why}, {"a0-why-answer": comment}
        made.lines, made.said = {"a0-why-answer": [*lines]}, said or {}
        page = summary.put(made, summary.Guide(source, {}))
        return BeautifulSoup(page, "html.parser")

    return put


def test_what_is_open_is_not_counted_as_lost(put):
    text = put().get_text(" ")
    assert "40 points so far; 15 of 100 are still open" in text and "open of 15" in text
    assert text.index("points so far") < text.index("notebook")


def test_a_finished_page_has_one_sum_of_machine_and_person(put):
    assert "52.5 of 100 points." in put((40, 0, 12.5), [10, 2.5]).get_text(" ")


def test_each_line_of_the_rubric_the_comment_and_the_own_words_are_shown(put):
    page = put((40, 45, 12.5), [10, 2.5], "Which <loss>?\nSay it.", why="Rare **is** <b>vivid</b>.")
    text = page.get_text(" ")
    assert "10 of 10: says why" in text and "2.5 of 5: names loss" in text
    assert "Which <loss>? Say it." in " ".join(text.split())
    quoted = page.find("blockquote")
    assert quoted.find("strong").text == "is" and "<b>vivid</b>" in quoted.text


def test_what_a_check_said_stands_beside_its_task(put):
    said = {"a0-2-tests": "✗ A0.2: not yet (divided by Q). Weights average <0.5>."}
    row = put(said=said).find_all("tr")[2]
    assert "0 of 45" in row.get_text() and "average <0.5>" in row.get_text()


def test_what_to_read_again_is_linked_where_points_were_lost_and_only_there(put, source):
    for name, exercise in (("a0-1-tests", "A1.1"), ("a0-2-tests", "A1.5")):
        answer_cell(source, name).source += f'\nchecks.require("{exercise}", luma)'
    links = put().find_all("a")
    assert [link.text for link in links] == ["1.12 Two kinds of grey: luma is not L"]
    lesson, _, place = links[0]["href"].rpartition("/")[2].partition("#")
    assert lesson == "01_lab_color_space.ipynb"
    assert unquote(place) == "1.12-Two-kinds-of-grey:-luma-is-not-L"


def test_a_late_submission_says_so(put):
    assert "handed in late" in put(late=True).get_text()


def test_a_question_without_a_rubric_shows_points_and_words(put, source):
    at = source.cells.index(answer_cell(source, "a0-why-answer"))
    source.cells[at - 1].source = source.cells[at - 1].source.replace(RUBRIC, "")
    assert "7 of 15" in put((40, 45, 7)).get_text(" ")


def test_headings_stand_without_their_points():
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell("## 5. Find the bug (18 points)\n\ntext"),
            copy.deepcopy(cell("assert f()", "x-tests-bug", points=6)),
            copy.deepcopy(cell("assert g()", "y", points=12)),
        ]
    )
    assert summary.headings(notebook) == {
        "x-tests-bug": "5. Find the bug: bug",
        "y": "5. Find the bug",
    }
