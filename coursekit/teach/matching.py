"""Finds the cells of the release in a submission, and makes of it one that nbgrader can grade.

Metadata is a hint, never the authority: students' editors strip, copy and change it. What a cell
says, its id and its place decide together. The order of the submission is kept, so that a cell runs
when "restart and run all" runs it.
"""

from __future__ import annotations

import copy
from typing import NamedTuple

import nbformat
import numpy as np
from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution
from rapidfuzz import fuzz, process

from coursekit.teach.release import STUB, grade_id

SAME = 0.6  # likeness from which two cells are taken for the same without an id that says so
RECOGNISED = 0.3  # part of an assignment's cells that a submission must hold
ABSENT = "# The submission has no cell for this answer.\n"


class Rebuilt(NamedTuple):
    """A submission that nbgrader can grade.

    Attributes
    ----------
    notebook : NotebookNode
        The submission with the release's metadata.
    notes : list of str
        What had to be put right, in words for an instructor.
    """

    notebook: NotebookNode
    notes: list[str]


def recognise(sent: NotebookNode, releases: dict[str, NotebookNode]) -> str:
    """Tell which assignment a submission answers.

    Parameters
    ----------
    sent : NotebookNode
        As `submissions` read it.
    releases : dict of str to NotebookNode
        The students' versions by their names.

    Returns
    -------
    str
        The name of the assignment.

    Raises
    ------
    ValueError
        If it is none of them, or as much one as another.
    """
    held = {}
    for name, release in releases.items():
        # A short cell, such as a heading, may stand in any notebook.
        cells = [at for at, cell in enumerate(release.cells) if len(cell.source.strip()) > 20]
        likeness = (
            _likeness(release.cells, sent.cells)[cells] if sent.cells else np.zeros((len(cells), 1))
        )
        held[name] = float((likeness.max(axis=1) > 0.8).mean())
    best, *others = sorted(held, key=held.get, reverse=True)
    if held[best] < RECOGNISED:
        raise ValueError(
            f"none of the assignments ({', '.join(releases)}): {held[best]:.0%} of the cells of "
            f"{best} are in it"
        )
    if others and held[others[0]] == held[best]:
        raise ValueError(
            f"as much {best} as {others[0]}; grade it with a source folder that holds only one of "
            "them"
        )
    return best


def rebuild(sent: NotebookNode, release: NotebookNode) -> Rebuilt:
    """Put a submission together so that nbgrader can grade it.

    It has the release's metadata, each cell of the release once, and the student's own cells where
    they stood.

    Parameters
    ----------
    sent : NotebookNode
        As `submissions` read it; sources of its cells may change.
    release : NotebookNode
        The students' version of the assignment.

    Returns
    -------
    Rebuilt
        The notebook, and what was put right.
    """
    notes = []
    mine = [cell for cell in sent.cells if cell.source.strip()]
    likeness = _likeness(release.cells, mine)
    named = np.array([[_named(cell, theirs) for theirs in mine] for cell in release.cells]).reshape(
        likeness.shape
    )
    likeness, named, mine = _without_copies(release.cells, likeness, named, mine, notes)
    pairs = _pair(release.cells, likeness, named, mine, notes)
    _adopt_by_position(release.cells, pairs, mine, notes)
    _name_changes(release.cells, pairs, mine, notes)
    return Rebuilt(_assemble(release, pairs, mine), notes)


def out_of_order(sent: NotebookNode) -> bool:
    """Tell whether the student last ran the cells in another order than that of the notebook.

    Parameters
    ----------
    sent : NotebookNode
        As `submissions` read it.

    Returns
    -------
    bool
        False also where nothing was run.
    """
    counts = [cell.execution_count for cell in sent.cells if cell.get("execution_count")]
    return counts != sorted(counts)


def name_of(cell: NotebookNode) -> str:
    """Name a cell of the release for notes.

    Parameters
    ----------
    cell : NotebookNode
        The cell.

    Returns
    -------
    str
        Its grade_id, or its first words.
    """
    return grade_id(cell) or repr(" ".join(cell.source.split())[:40])


def _text(cell: NotebookNode) -> str:
    return "\n".join(line.rstrip() for line in cell.source.strip().splitlines())


def _likeness(release: list[NotebookNode], sent: list[NotebookNode]) -> np.ndarray:
    """Measure how much cells look alike, (release, sent), 0 to 1; 0 if they differ in kind."""
    if not sent:
        return np.zeros((len(release), 0))
    texts = [_text(cell) for cell in sent]
    ratio = process.cdist([_text(cell) for cell in release], texts, scorer=fuzz.ratio) / 100
    lines = [{line.strip() for line in text.splitlines()} for text in texts]
    for at, cell in enumerate(release):
        # The answer is new, but the lines that were given are mostly still there.
        if is_solution(cell):
            given = {line.strip() for line in cell.source.splitlines()} - {"", STUB}
            kept = [len(given & theirs) / len(given) if given else 0 for theirs in lines]
            ratio[at] = np.maximum(ratio[at], kept)
    code = np.array([[cell.cell_type == "code"] for cell in release]) == [
        cell.cell_type == "code" for cell in sent
    ]
    return np.where(code, ratio, 0)


def _named(cell: NotebookNode, theirs: NotebookNode) -> bool:
    """Tell whether metadata or id say that a sent cell is this one of the release."""
    return bool({grade_id(cell), cell.get("id")} & {*theirs.metadata.was}) and (
        (cell.cell_type == "code") == (theirs.cell_type == "code")
    )


def _without_copies(
    release: list[NotebookNode],
    likeness: np.ndarray,
    named: np.ndarray,
    mine: list[NotebookNode],
    notes: list[str],
) -> tuple[np.ndarray, np.ndarray, list[NotebookNode]]:
    """Drop copies that would undo an answer or grade twice: stubs beside an answer, tests again."""
    dropped = set()
    # Two tests may look much alike, so each sent cell is held against the cell that it is nearest
    # to, no other.
    nearest = (likeness + 0.5 * named).argmax(axis=0)
    for at, cell in enumerate(release):
        copies = [
            to for to in np.flatnonzero(nearest == at) if named[at, to] or likeness[at, to] > 0.9
        ]
        same = [to for to in copies if _text(mine[to]) == _text(cell)]
        if len(copies) < 2:
            continue
        if is_solution(cell):
            # A stub below its answer would define the function anew, and return nothing.
            filled = [to for to in copies if to not in same]
            dropped |= {*same} if filled else {*same[1:]}
            if len(filled) > 1:
                notes.append(
                    f"answer {name_of(cell)} stands in {len(filled)} cells; all run in their "
                    "order, the last counts"
                )
        elif grade_id(cell):
            # Copies that were changed much are the student's own cells by now, and stay.
            keep = (same or copies)[0]
            dropped |= {
                to for to in copies if to != keep and (to in same or likeness[at, to] > 0.9)
            }
    keep = [to for to in range(len(mine)) if to not in dropped]
    return likeness[:, keep], named[:, keep], [mine[to] for to in keep]


def _pair(
    release: list[NotebookNode],
    likeness: np.ndarray,
    named: np.ndarray,
    mine: list[NotebookNode],
    notes: list[str],
) -> dict[int, int]:
    """Find which sent cell is which of the release: by the best pairing that keeps the order.

    Cells that were moved are found after that. Returned are places in the release → places in what
    was sent.
    """
    # What a pair is worth: how alike they look, and half a point for a name. Cells that are neither
    # alike nor of one name are no pair at any price.
    worth = np.where(named | (likeness >= SAME), likeness + 0.5 * named, 0)
    # A dynamic programme, that of the longest common subsequence with weights: best[at, to] is the
    # most that the first `at` cells of the release and the first `to` sent cells can be worth
    # together if no two pairs cross. The best ends in one of three ways: the last cell of the
    # release has no partner (best[at - 1, to]), the last sent one has none (best[at, to - 1]), or
    # the two are a pair.
    best = np.zeros((len(release) + 1, len(mine) + 1))
    for at in range(1, best.shape[0]):
        for to in range(1, best.shape[1]):
            value = worth[at - 1, to - 1]
            together = best[at - 1, to - 1] + value if value else 0
            best[at, to] = max(best[at - 1, to], best[at, to - 1], together)
    # Backwards from the whole, each step says which of the three it was. The sent cell is left out
    # first where that costs nothing: of two equal copies the first is taken.
    pairs, at, to = {}, len(release), len(mine)
    while at and to:
        if best[at, to] == best[at, to - 1]:
            to -= 1
        elif best[at, to] == best[at - 1, to]:
            at -= 1
        else:
            at, to = at - 1, to - 1
            pairs[at] = to
    # What is left over crosses some pair: cells that were moved, the surest first.
    for flat in np.argsort(-worth, axis=None, kind="stable"):
        at, to = np.unravel_index(flat, worth.shape)
        if worth[at, to] and at not in pairs and to not in pairs.values():
            pairs[int(at)] = int(to)
            if grade_id(release[at]):
                notes.append(f"cell {name_of(release[at])} was moved; it is graded in its place")
    return pairs


def _adopt_by_position(
    release: list[NotebookNode], pairs: dict[int, int], mine: list[NotebookNode], notes: list[str]
) -> None:
    """Take for an answer that was not found the student's cell that stands in its place."""
    for at, cell in enumerate(release):
        if not is_solution(cell):
            continue
        # Between the partners of the cells before and after it in the release.
        before = max((to for other, to in pairs.items() if other < at), default=-1)
        after = min((to for other, to in pairs.items() if other > at), default=len(mine))
        # A question that was left as it is may have its answer in a new cell.
        if at in pairs and not (is_grade(cell) and _text(mine[pairs[at]]) == _text(cell)):
            continue
        here = [
            to
            for to in range(before + 1, after)
            if to not in pairs.values()
            and (mine[to].cell_type == "code") == (cell.cell_type == "code")
        ]
        if here:
            if at in pairs:
                mine[pairs[at]].source = ""
            pairs[at] = here[-1]
            # What a person reads belongs together, all of it.
            if is_grade(cell):
                mine[here[-1]].source = "\n\n".join(mine[to].source for to in here)
                for to in here[:-1]:
                    mine[to].source = ""
            notes.append(f"answer {name_of(cell)} was found by its place")


def _name_changes(
    release: list[NotebookNode], pairs: dict[int, int], mine: list[NotebookNode], notes: list[str]
) -> None:
    """Note what an editor or the student did to cells that are graded."""
    graded = [at for at, cell in enumerate(release) if grade_id(cell)]
    unnamed = [
        at
        for at in graded
        if at in pairs and grade_id(release[at]) not in mine[pairs[at]].metadata.was
    ]
    if unnamed:
        notes.append(
            f"the metadata of {len(unnamed)} of {len(graded)} cells was missing or changed; "
            "they were matched by content"
        )
    named_by = {}
    for at in graded:
        cell = release[at]
        if at not in pairs:
            what = "missing; counts as not answered" if is_solution(cell) else "missing; put back"
            named_by.setdefault(what, []).append(name_of(cell))
        elif not is_solution(cell) and _text(mine[pairs[at]]) != _text(cell):
            named_by.setdefault("changed; the original is used", []).append(name_of(cell))
    notes += [f"{', '.join(cells)}: {what}" for what, cells in named_by.items()]


def _assemble(
    release: NotebookNode, pairs: dict[int, int], mine: list[NotebookNode]
) -> NotebookNode:
    """Set the cells of the release in order, each followed by what the student has behind it."""
    partner = {to: at for at, to in pairs.items()}
    behind, anchor = {}, -1
    for to, cell in enumerate(mine):
        if to in partner:
            anchor = partner[to]
        elif cell.source.strip():
            behind.setdefault(anchor, []).append(cell)
    cells = behind.get(-1, [])
    # A test that was missing runs after the student's cells behind its answer.
    waiting = []
    for at, cell in enumerate(release.cells):
        fresh = copy.deepcopy(cell)
        if at in pairs:
            theirs = mine[pairs[at]]
            if is_solution(cell) or not grade_id(cell):
                fresh.source = theirs.source
                if "attachments" in theirs:
                    fresh.attachments = theirs.attachments
            cells += [*waiting, fresh, *behind.get(at, [])]
            waiting = []
        elif is_solution(cell) and cell.cell_type == "code":
            # Not the stub: it would undo an answer that stands elsewhere.
            fresh.source = ABSENT
            waiting.append(fresh)
        elif grade_id(cell) or cell.cell_type == "code":
            waiting.append(fresh)
    rebuilt = nbformat.v4.new_notebook(
        cells=copy.deepcopy(cells + waiting), metadata=copy.deepcopy(release.metadata)
    )
    for number, cell in enumerate(rebuilt.cells):
        cell.id = f"cell-{number}"
        cell.metadata.pop("was", None)
    return rebuilt
