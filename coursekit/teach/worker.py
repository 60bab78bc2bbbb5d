"""Grades one submission, in a process of its own.

The cells of the submission run in a box, its tests here (`judge`). When the box has ended, this
process counts the points and lays out the page. It ends when whoever started it does.
"""

from __future__ import annotations

import ast
import json
import multiprocessing
import os
import re
import threading
import warnings
from pathlib import Path
from typing import NamedTuple

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import output_from_msg
from nbgrader.utils import is_grade, is_solution, is_task

from coursekit import files
from coursekit.teach import feedback, release
from coursekit.teach.class_report import misconceptions
from coursekit.teach.inside import fence
from coursekit.teach.inside.wire import Gone, Nonsense
from coursekit.teach.judge import Judge, Submission
from coursekit.teach.sandbox import Limits, Watch
from coursekit.teach.sandbox.choice import BOXES

MOST_OUTPUT = 30_000_000  # characters of a notebook's outputs, pictures included
MOST_NOTES = 300  # of a submission; more are a flood, in which a person finds nothing
COLOURS = re.compile(r"\x1b\[[\d;]*m")


class Outcome(NamedTuple):
    """What grading gave.

    Attributes
    ----------
    points : dict of str to tuple
        grade_id → (automatic points, None for a person; of how many; whether a person gives them).
    feedback : str
        A page, HTML.
    notes : list of str
        What an instructor should know of the execution.
    failure : str or None
        Why there are no points.
    said : dict of str to str
        grade_id of each test that failed → what its error says.
    """

    points: dict[str, tuple[float | None, float, bool]]
    feedback: str
    notes: list[str]
    failure: str | None
    said: dict[str, str] = {}


class Job(NamedTuple):
    """What a worker is told.

    Attributes
    ----------
    notebook : str
        A file written from `matching.rebuild`.
    source, released : str
        The assignment with its hidden tests, and its students' version.
    scratch : str
        A folder of one's own.
    limits : Limits
        What the submission may use.
    hidden : list of str
        Folders that the notebook must not read.
    out_of_order : bool
        Whether the student had run its cells in another order.
    box : str
        Which kind of box, by its name.
    """

    notebook: str
    source: str
    released: str
    scratch: str
    limits: Limits
    hidden: list[str]
    out_of_order: bool
    box: str


def grade(job: Job) -> Outcome:
    """Grade a rebuilt submission.

    Parameters
    ----------
    job : Job
        The submission, and how it is graded.

    Returns
    -------
    Outcome
        Points, or why there are none.

    Raises
    ------
    RuntimeError
        If its box did not start, which is no fault of the submission's.
    """
    notebook = nbformat.read(job.notebook, as_version=4)
    source = nbformat.read(job.source, as_version=4)
    box = BOXES[job.box](Path(job.scratch), [Path(path) for path in job.hidden], job.limits)
    watch = Watch(box, job.limits)
    run = _Run(notebook, source, watch, job.out_of_order)
    try:
        submission = Submission(*box.start(), watch)
        try:
            reported = submission._receive()["answer"]
        except Gone:
            raise RuntimeError(f"the box did not start: {box.close()}") from None
        run.attempts = box.attempts if reported is True else None
        watch.start()
        run.through(submission)
    except Gone as ended:
        what = MEDDLED if isinstance(ended, Nonsense) else ENDED
        failure = watch.broken or what.format(cell=watch.cell, said=ended)
        return Outcome({}, "", run.notes(), failure)
    finally:
        watch.stop()
        box.close()
    # Nothing of the submission is left; what it did has become texts, and verdicts on them.
    points = _points(source, nbformat.read(job.released, as_version=4), notebook, run.verdicts)
    said = misconceptions.said(notebook)
    page = feedback.page(notebook, Path(job.source).stem, points)
    return Outcome(points, page, run.notes(), None, said)


MEDDLED = (
    "its kernel said what no kernel says ({said}), in {cell}: a cell of it meddles with the "
    "kernel, or an answer is too large to hand over; look at the notebook"
)
ENDED = (
    "its kernel ended in {cell}: os._exit, exit(), or a crash of a library; remove the call, grade "
    "it again"
)


class _Run:
    """A notebook on its way through a box."""

    def __init__(
        self, notebook: NotebookNode, source: NotebookNode, watch: Watch, out_of_order: bool
    ):
        self.notebook, self.watch, self.out_of_order = notebook, watch, out_of_order
        self.source = source
        self.tests = {
            release.grade_id(cell): cell.source
            for cell in source.cells
            if cell.cell_type == "code" and is_grade(cell) and not is_solution(cell)
        }
        self.attempts = None
        self.verdicts: dict[str, float] = {}
        self._notes: list[str] = []
        self._reported: set[str] = set()  # those of the notes that the system vouches for
        self._kept = 0

    def through(self, submission: Submission) -> None:
        """Run all cells in their order: those of the student inside, tests by the judge."""
        judge = Judge(self.source, submission)
        for number, cell in enumerate(self.notebook.cells, 1):
            if cell.cell_type != "code":
                continue
            name, where = release.grade_id(cell), _name(number, cell)
            self.watch.begin(where)
            if name in self.tests:
                if self._used_later(number, cell.source):
                    _asked(submission, "cell", source=cell.source)
                verdict = judge.run(name)
                self.verdicts[name] = verdict.points
                cell.source, cell.outputs = self.tests[name], verdict.outputs
            else:
                self._take(cell, _asked(submission, "cell", source=cell.source), where)
            self._list(cell, submission, where)

    def _used_later(self, number: int, test: str) -> bool:
        """Tell whether a cell of the student's uses a name that a test cell defines."""
        defined = _names(test, ast.Store)
        later = self.notebook.cells[number:]
        return any(
            defined & _names(cell.source, ast.Load)
            for cell in later
            if cell.cell_type == "code" and release.grade_id(cell) not in self.tests
        )

    def _take(self, cell: NotebookNode, answer: dict, where: str) -> None:
        """Put into the notebook what a cell showed; believe its form only as far as it is one."""
        try:
            cell.outputs = [_output(each) for each in list(answer["outputs"])[:1000]]
            self._kept += len(json.dumps(cell.outputs))
            cell.execution_count = int(answer["number"])
            dropped, changed = int(answer["dropped"]), [str(name) for name in answer["changed"]]
        except Exception as error:  # whatever Python says of what is no dict of outputs
            raise Nonsense("outputs that are none") from error
        if self._kept > MOST_OUTPUT:
            cell.outputs = []
            self._notes.append(f"from {where} on output is left out: there is too much of it")
        if dropped:
            self._notes.append(
                f"{where} has more output than is kept: {max(1, dropped // 1000):,} kB are left out"
            )
        for name in changed[:5]:
            self._notes.append(f"{where} changes {name[:100]}; tests run elsewhere, so look at it")

    def _list(self, cell: NotebookNode, submission: Submission, where: str) -> None:
        """Note the cell's failures, and what it was kept from."""
        refused = _asked(submission, "refused")
        if not isinstance(refused, list):
            raise Nonsense("no list of what was refused")
        refused = [str(text)[:300] for text in refused[:100]]
        if self.attempts:
            # The system's own words count once, whether or not Python said the same before.
            reported = self.attempts.take()
            self._reported |= {f"{where}: {text}" for text in reported}
            refused += [text for text in reported if text not in refused]
        self._notes += [f"{where}: {text}" for text in refused]
        for output in cell.get("outputs", []):
            if output.output_type != "error":
                continue
            text = COLOURS.sub("", output.evalue)
            if output.ename == "StdinNotImplementedError":
                self._notes.append(f"{where} asks with input(), and nobody answers")
            elif fence.SAYS in text and not refused:
                self._notes.append(f"{where}: {text.split(fence.SAYS)[1].rstrip('>')}")
            elif output.ename == "NameError" and self.out_of_order:
                self._notes.append(
                    f"{where}: {text}; the student had run the cells in another order than from "
                    "the top"
                )

    def notes(self) -> list[str]:
        """List what an instructor should know, each thing once."""
        seconds = self.watch.limits.cell_seconds
        stopped = [f"{cell} was stopped after {seconds} seconds" for cell in self.watch.stopped]
        late = self.attempts.take() if self.attempts else []
        late = [f"{self.watch.cell}: {text}" for text in late]
        found = list(dict.fromkeys([*self._notes, *late, *stopped]))
        if len(found) <= MOST_NOTES:
            return found
        # Words of the box's own may be made up, to bury what the system saw.
        found.sort(key=lambda text: text not in self._reported)
        return [*found[:MOST_NOTES], f"and {len(found) - MOST_NOTES:,} more notes"]


def _asked(submission: Submission, what: str, **fields: str) -> object:
    """Ask the box something that its agent always answers."""
    try:
        return submission.ask(what, **fields)
    except (Exception, SystemExit) as error:
        raise Nonsense(f"an error in place of an answer to {what!r}") from error


def _points(
    source: NotebookNode, released: NotebookNode, notebook: NotebookNode, verdicts: dict
) -> dict:
    """Count: a test's verdict, within its points; nothing yet for what a person reads."""
    blank = {release.grade_id(cell): cell.source.strip() for cell in released.cells}
    sent = {release.grade_id(cell): cell.source.strip() for cell in notebook.cells}
    points = {}
    for cell in source.cells:
        name = release.grade_id(cell)
        if not (is_grade(cell) or is_task(cell)):
            continue
        most = float(cell.metadata.nbgrader.points)
        by_hand = is_solution(cell) or is_task(cell)
        if by_hand:
            untouched = is_solution(cell) and sent.get(name, "") == blank[name]
            points[name] = (0.0 if untouched else None, most, True)
        else:
            points[name] = (min(max(verdicts.get(name, 0.0), 0.0), most), most, False)
    return points


def _output(found: dict) -> NotebookNode:
    """Make an output of what came out of the box."""
    kind = found["output_type"]
    content = {
        "stream": lambda: {"name": str(found["name"]), "text": str(found["text"])},
        "error": lambda: {
            "ename": str(found["ename"]),
            "evalue": str(found["evalue"]),
            "traceback": [str(line) for line in found["traceback"]],
        },
    }.get(kind, lambda: {"data": dict(found["data"]), "metadata": dict(found["metadata"])})()
    if kind == "execute_result":
        content["execution_count"] = None
    return output_from_msg({"header": {"msg_type": kind}, "content": content})


def _names(source: str, context: type) -> set[str]:
    """List the names that a cell defines or uses; none if it is no plain Python."""
    try:
        tree = ast.parse(re.sub(r"(?m)^[ \t]*[%!].*$", "", source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.Name))
    return {node.id for node in nodes if isinstance(node.ctx, context)}


def _name(number: int, cell: NotebookNode) -> str:
    """Name a cell by its number, from 1, and its grade_id if it has one."""
    grade_id = release.grade_id(cell)
    return f"cell {number} ({grade_id})" if grade_id else f"cell {number}"


def _end_with_the_grader() -> None:
    """End when the process that started this one does, whatever ended it."""
    multiprocessing.parent_process().join()
    os._exit(1)


def main(job_file: str, log_file: str) -> None:
    """Do the job of a file, in a process of its own; leave outcome.json in its scratch folder.

    Parameters
    ----------
    job_file : str
        Written by `grade`.
    log_file : str
        For what this process writes.
    """
    if os.name == "posix":
        os.setsid()  # Ctrl-C is for the grader, which ends its workers itself
    log = os.open(log_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for number in (1, 2):
        os.dup2(log, number)
    # nbgrader's libraries warn its makers.
    warnings.simplefilter("ignore")
    threading.Thread(target=_end_with_the_grader, daemon=True).start()
    # Tests see what a submission sees: no network.
    os.environ["COURSEKIT_OFFLINE"] = "1"
    fields = json.loads(Path(job_file).read_text(encoding="utf-8"))
    outcome = grade(Job(**fields | {"limits": Limits(*fields["limits"])}))
    # A box may say half a surrogate pair, which no table or page can hold.
    said = json.dumps(outcome._asdict(), ensure_ascii=False).encode("utf-8", "replace")
    files.write(Path(fields["scratch"]) / "outcome.json", said)
