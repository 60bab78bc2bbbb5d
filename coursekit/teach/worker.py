"""Grades one submission in a process of its own: `python -m coursekit.teach.worker JOB.json`.

nbgrader's own autograder does the work, in a course folder with this one submission: it restores the tests, executes
the notebook, and takes the points. What it left is read out of its gradebook.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import warnings
from pathlib import Path
from typing import NamedTuple

import nbformat
from nbclient.exceptions import DeadKernelError
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.preprocessors import Execute
from nbgrader.utils import capture_log
from traitlets.config import Config

from coursekit.teach import guard, release, sandbox

STUDENT = "student"  # each course folder has one; who it is stands outside
COLOURS = re.compile(r"\x1b\[[\d;]*m")


class Outcome(NamedTuple):
    """What grading gave. ``points``: grade_id → (automatic points, None for a person; of how many; by hand?)."""

    points: dict[str, tuple[float | None, float, bool]]
    feedback: str  # an HTML page
    notes: list[str]
    failure: str | None  # why there are no points


class WatchedExecute(Execute):
    """nbgrader's execution, in our room; it remembers which cell runs."""

    cell = None
    room = ""

    def preprocess(self, nb, resources, km=None):
        resources.setdefault("metadata", {})["path"] = self.room
        WatchedExecute.cell = None
        return super().preprocess(nb, resources, km)

    def preprocess_cell(self, cell, resources, index):
        if cell.cell_type == "code":
            WatchedExecute.cell = f"cell {index + 1}" + (
                f" ({cell_id})" if (cell_id := release.grade_id(cell)) else ""
            )
        return super().preprocess_cell(cell, resources, index)


def grade(
    notebook: Path,
    source: Path,
    scratch: Path,
    limits: sandbox.Limits,
    hidden: list[Path],
    out_of_order: bool,
) -> Outcome:
    """Grade a rebuilt submission.

    Parameters: ``notebook``, from `matching.rebuild`; ``source``, a course folder made by `release.generate`;
    ``scratch``, an empty folder of one's own; ``hidden``, folders that the notebook must not read;
    ``out_of_order``, whether the student had run its cells in another order.
    """
    name = next((source / "source").iterdir()).name
    root, room = scratch / "course", scratch / "room"
    shutil.copytree(source, root)
    submitted = root / "submitted" / STUDENT / name
    submitted.mkdir(parents=True)
    shutil.copy(notebook, submitted / f"{name}.ipynb")
    # The kernel gets this process's environment; all that is left in it is meant for the kernel.
    kernels = {"JUPYTER_PATH": str(scratch / "jupyter"), "JUPYTER_RUNTIME_DIR": str(room)}
    sandbox.kernel_spec(scratch / "jupyter", room, [*hidden, root])
    mine = sandbox.environment(room, [*hidden, root]) | kernels
    os.environ.clear()
    os.environ.update(mine)

    WatchedExecute.room = str(room)
    watch = sandbox.Watch(limits)
    watch.start()
    try:
        answer = capture_log(Autograde(coursedir=_course(root, name), config=_config(room, limits)))
    finally:
        watch.stop()
    if not answer["success"]:
        return Outcome({}, "", [], _failure(answer, watch))
    graded = nbformat.read(root / "autograded" / STUDENT / name / f"{name}.ipynb", as_version=4)
    page = _feedback(root, name)
    return Outcome(_points(root, name), page, _notes(graded, limits, out_of_order), None)


def _course(root: Path, name: str):
    course = release.course(root, name)
    course.student_id = STUDENT
    return course


def _config(room: Path, limits: sandbox.Limits) -> Config:
    config = Config()
    config.Autograde.autograde_preprocessors = [
        WatchedExecute if step is Execute else step
        for step in Autograde.autograde_preprocessors.default()
    ]
    config.WatchedExecute.timeout = limits.cell_seconds
    config.WatchedExecute.iopub_timeout = 10  # seconds for a cell to end that was told to
    config.WatchedExecute.kernel_name = "python3"
    # nbgrader gives no points to a test that writes to stderr. A library's warning is no mistake of the student's.
    config.IgnorePattern.enabled = True
    config.IgnorePattern.pattern = "."
    if os.name == "posix":  # sockets in the room work where there is no network at all
        config.KernelManager.transport = "ipc"
        config.KernelManager.connection_file = str(room / "kernel.json")
    return config


def _failure(answer: dict, watch: sandbox.Watch) -> str:
    cell, log = WatchedExecute.cell, answer.get("log", "") + answer["error"]
    if watch.broken:
        return f"{watch.broken}, in {cell or 'no cell'}"
    if "IOPub" in log:
        return f"{cell} took more than {watch.limits.cell_seconds} seconds and could not be stopped"
    if cell is None:  # no fault of the submission's
        raise RuntimeError(log)
    if DeadKernelError.__name__ in log:
        return f"its kernel ended in {cell}: os._exit, exit(), or a crash of a library; remove the call, grade it again"
    errors = re.findall(r"(?m)^ *([\w.]+(?:Error|Exception|Empty)\b.*)$", log)
    return f"nbgrader could not grade it{f', in {cell}' if cell else ''}: {errors[0] if errors else log.strip()[-200:]}"


def _points(root: Path, name: str) -> dict:
    with Gradebook(_course(root, name).db_url) as gradebook:
        sent = gradebook.find_submission_notebook(name, name, STUDENT)
        notebook = gradebook.find_notebook(name, name)
        order = [cell.name for cell in notebook.source_cells]
        by_hand = {cell.name for cell in notebook.solution_cells}
        grades = sorted(sent.grades, key=lambda grade: order.index(grade.name))
        return {
            grade.name: (grade.auto_score, grade.max_score, grade.name in by_hand)
            for grade in grades
        }


def _feedback(root: Path, name: str) -> str:
    config = Config({"HTMLExporter": {"template_name": "feedback"}})
    answer = capture_log(GenerateFeedback(coursedir=_course(root, name), config=config))
    if not answer["success"]:
        raise RuntimeError(answer["log"])
    return (root / "feedback" / STUDENT / name / f"{name}.html").read_text(encoding="utf-8")


def _notes(graded: nbformat.NotebookNode, limits: sandbox.Limits, out_of_order: bool) -> list[str]:
    """What an instructor should know of the execution: cells that took too long, or were kept from something."""
    notes = []
    for number, cell in enumerate(graded.cells, 1):
        for output in cell.get("outputs", []):
            if output.output_type != "error":
                continue
            where = f"cell {number}" + (
                f" ({release.grade_id(cell)})" if release.grade_id(cell) else ""
            )
            text = COLOURS.sub("", output.evalue)
            if output.ename == "CellTimeoutError":
                notes.append(f"{where} was stopped after {limits.cell_seconds} seconds")
            elif guard.SAYS in text:  # some libraries wrap the error
                notes.append(f"{where}: {text.split(guard.SAYS)[1].rstrip('>')}")
            elif output.ename == "StdinNotImplementedError":
                notes.append(f"{where} asks with input(), and nobody answers")
            elif output.ename == "NameError" and out_of_order:
                notes.append(
                    f"{where}: {text}; the student had run the cells in another order than from the top"
                )
    return notes


def main() -> None:
    warnings.simplefilter("ignore")  # what nbgrader's libraries say to its makers
    job = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    scratch = Path(job["scratch"])
    outcome = grade(
        Path(job["notebook"]),
        Path(job["source"]),
        scratch,
        sandbox.Limits(*job["limits"]),
        [Path(folder) for folder in job["hidden"]],
        job["out_of_order"],
    )
    (scratch / "outcome.json").write_text(json.dumps(outcome._asdict()), encoding="utf-8")


if __name__ == "__main__":
    main()
