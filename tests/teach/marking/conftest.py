"""Results with answers to mark, without a notebook that runs; the page in a real browser."""

import copy
from pathlib import Path
from types import SimpleNamespace

import pytest
from small_assignment import NAME, answer_cell, source_notebook

collecting = pytest.importorskip("coursekit.teach.marking.collecting")
entries = pytest.importorskip("coursekit.teach.entry")
manual_scores = pytest.importorskip("coursekit.teach.manual_scores")

RUBRIC = (
    "\n\n| points | for |\n|---:|:---|\n| 10 | says *why* rare is vivid |\n| 5 | names loss |\n"
)
SAID = {
    "anna": "Rare colours **are** vivid.",
    "bo": "<script>document.title = 'mine'</script><img src=x onerror=\"document.title='mine'\">",
    "cleo": "[see](javascript:alert(1)) ![plot](attachment:plot.png)",
}
PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAA"
    "AABJRU5ErkJggg=="
)


def source():
    notebook = source_notebook()
    at = notebook.cells.index(answer_cell(notebook, "a0-why-answer"))
    notebook.cells[at - 1].source += RUBRIC
    return notebook


def entry(student, text):
    notebook = copy.deepcopy(source())
    cell = answer_cell(notebook, "a0-why-answer")
    cell.source = text
    if "attachment:" in text:
        cell.attachments = {"plot.png": {"image/png": PNG, "text/html": "<b>no</b>"}}
    submission = SimpleNamespace(path=Path(f"{student}_a0.ipynb"), content=text.encode())
    made = entries.Entry(submission, student, NAME, rebuilt=SimpleNamespace(notebook=notebook))
    made.points = {"a0-1-tests": (40.0, 40.0, False), "a0-why-answer": (None, 15.0, True)}
    return made


@pytest.fixture
def graded(tmp_path):
    """The folder of results, with three answers that wait."""
    found = [entry(student, text) for student, text in SAID.items()]
    manual_scores.apply(found, tmp_path)
    assert collecting.write(found, {NAME: source()}, tmp_path) == 3
    return tmp_path
