"""Pairs of submissions that are alike beyond what the release gave to everybody.

It finds what was handed on: the same lines, in code or in words, also with spaces, blank lines and
a few names changed. Right answers to a short task are alike by themselves, so lines that many of a
class wrote do not count, and a pair must stand out from the class. What it names is to be looked
at; it proves nothing.
"""

from __future__ import annotations

import collections
import itertools
from typing import NamedTuple

import numpy as np
from nbformat import NotebookNode
from rapidfuzz import fuzz, process

from coursekit.teach.entry import Entry
from coursekit.teach.release import grade_id

COMMON = 0.3  # part of a class that may write a line before it says nothing
SHORTEST = 120  # letters of an own text: two answers of five words are alike by chance
ALIKE = 0.8
OUTSTANDING = 6  # median absolute deviations above the class's median
MOST = 30  # pairs of an assignment
LONGEST = 50_000  # letters of an own text that are compared, ten times a student's; the time grows
# with the square
LONGEST_LINE = 300  # letters of a line that is shown


class Pair(NamedTuple):
    """Two submissions that are alike.

    Attributes
    ----------
    one, other : Entry
        The submissions.
    likeness : float
        0 to 1, of what the two wrote beyond the release and the class.
    shared : list of str
        The longest lines that stand in both.
    """

    one: Entry
    other: Entry
    likeness: float
    shared: list[str]


def pairs(entries: list[Entry], release: NotebookNode) -> list[Pair]:
    """Find submissions that are alike.

    Parameters
    ----------
    entries : list of Entry
        Submissions of one assignment.
    release : NotebookNode
        Its students' version.

    Returns
    -------
    list of Pair
        The most alike first; never two of one student.
    """
    entries = [entry for entry in entries if entry.rebuilt]
    given = {_line(line) for cell in release.cells for line in cell.source.splitlines()}
    written = [_own(entry, given) for entry in entries]
    often = collections.Counter(
        line for lines in written for line in {*itertools.chain.from_iterable(lines.values())}
    )
    # In a class of three a line of two is no habit of the class.
    most = max(3, COMMON * len({entry.student for entry in entries}))
    own = [
        {name: [line for line in lines if often[line] < most] for name, lines in cells.items()}
        for cells in written
    ]
    texts = ["\n".join(itertools.chain.from_iterable(cells.values()))[:LONGEST] for cells in own]
    scores = process.cdist(texts, texts, scorer=fuzz.ratio) / 100
    one, other = np.triu_indices(len(texts), 1)
    values = scores[one, other]
    if not len(values):
        return []
    middle = np.median(values)
    spread = max(float(np.median(np.abs(values - middle))), 0.02)
    found = [
        Pair(entries[a], entries[b], float(value), _shared(own[a], own[b]))
        for a, b, value in zip(one.tolist(), other.tolist(), values.tolist(), strict=True)
        if value >= ALIKE
        and (len(values) < 10 or value >= middle + OUTSTANDING * spread)
        and min(len(texts[a]), len(texts[b])) >= SHORTEST
        and entries[a].student != entries[b].student
    ]
    return sorted(found, key=lambda pair: -pair.likeness)[:MOST]


def _own(entry: Entry, given: set[str]) -> dict[str, list[str]]:
    """Take of each cell the lines that the release did not have."""
    found = {}
    for number, cell in enumerate(entry.rebuilt.notebook.cells):
        lines = [_line(line) for line in cell.source.splitlines()]
        own = [line for line in lines if line and line not in given]
        if own:
            found[grade_id(cell) or f"cell {number + 1}"] = own
    return found


def _line(line: str) -> str:
    return " ".join(line.split())


def _shared(one: dict[str, list[str]], other: dict[str, list[str]]) -> list[str]:
    both = {*itertools.chain.from_iterable(one.values())} & {
        *itertools.chain.from_iterable(other.values())
    }
    return [line[:LONGEST_LINE] for line in sorted(both, key=len, reverse=True)[:3]]
