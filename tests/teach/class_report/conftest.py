"""Graded submissions of the small assignment, without a notebook that runs."""

import copy
from pathlib import Path
from types import SimpleNamespace

import pytest
from small_assignment import NAME, fill

entries = pytest.importorskip("coursekit.teach.entry")


@pytest.fixture
def submit(released):
    """Make an entry: a student, the points of both tasks and of the question, what tests said."""

    def submit(student, points=(40, 45, 15), said=None, failure=None, notes=(), **answers):
        notebook = fill(copy.deepcopy(released[NAME]), **answers)
        submission = SimpleNamespace(path=Path(f"{student}.ipynb"), content=b"", notebook=notebook)
        made = entries.Entry(submission, student, NAME, failure=failure, notes=list(notes))
        made.rebuilt = SimpleNamespace(notebook=notebook)
        first, second, why = points
        made.points = {
            "a0-1-tests": (float(first), 40.0, False),
            "a0-2-tests": (float(second), 45.0, False),
            "a0-why-answer": (None, 15.0, True),
        }
        made.by_hand, made.comments = {"a0-why-answer": why}, {"a0-why-answer": ""}
        made.said = said or {}
        return made

    return submit
