"""What checks said of answers: the sentences name the misconception, so they can be counted."""

from __future__ import annotations

import collections
import re
from collections.abc import Iterable

from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution

from coursekit.teach.entry import Entry
from coursekit.teach.release import grade_id

# As `lesson.checks.result` writes it; a misconception may have brackets of its own.
NAMED = re.compile(r"(?P<exercise>A\d+\.\d+): not yet \((?P<what>.+?)\)\. ", re.DOTALL)
BLANK = re.compile(r"A\d+\.\d+: not attempted")
COLOURS = re.compile(r"\x1b\[[\d;]*m")
NOT_ATTEMPTED, UNNAMED = "not attempted", "another mistake"
LONGEST = 100  # letters of a name; a submission may speak as a check does


def said(notebook: NotebookNode) -> dict[str, str]:
    """Read how the tests of a graded notebook ended.

    Parameters
    ----------
    notebook : NotebookNode
        As it was executed.

    Returns
    -------
    dict of str to str
        Name of each test that failed → what its error says.
    """
    found = {}
    for cell in notebook.cells:
        if is_grade(cell) and not is_solution(cell):
            for output in cell.get("outputs", []):
                if output.output_type == "error":
                    found[grade_id(cell)] = COLOURS.sub("", output.evalue)
    return found


def name(words: str) -> str:
    """Name the misconception that a check saw.

    Parameters
    ----------
    words : str
        What the test's error says.

    Returns
    -------
    str
        In a few words, as the check has it.

    Examples
    --------
    >>> name("✗ A1.5: not yet (luma is not L (601)). The input is still luma")
    'luma is not L (601)'
    """
    named = NAMED.search(words)
    if named:
        return " ".join(named["what"].split())[:LONGEST]
    return NOT_ATTEMPTED if BLANK.search(words) else UNNAMED


def count(entries: Iterable[Entry]) -> dict[str, collections.Counter]:
    """Count misconceptions.

    Parameters
    ----------
    entries : iterable of Entry
        Graded submissions of one assignment.

    Returns
    -------
    dict of str to Counter
        Name of each test → misconception → number of submissions.
    """
    found: dict[str, collections.Counter] = {}
    for entry in entries:
        for test, words in entry.said.items():
            found.setdefault(test, collections.Counter())[name(words)] += 1
    return found
