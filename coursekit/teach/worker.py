"""Grades one submission in a process of its own: `python -m coursekit.teach.worker JOB.json`.

nbgrader's own autograder does the work, in a course folder with this one submission: it restores
the tests, executes the notebook, and takes the points. What it left is read out of its gradebook.
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
from jupyter_client import KernelManager
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import Execute
from nbgrader.utils import capture_log
from traitlets.config import Config

from coursekit.teach import guard, release, sandbox
from coursekit.teach.class_report import misconceptions

STUDENT = "student"  # each course folder has one; who it is stands outside
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


class WatchedExecute(Execute):
    """Execution by nbgrader in a folder of our choice, which remembers the cell that runs.

    nbgrader makes the object, so both stand in the class: there is one submission in a process.

    Attributes
    ----------
    cell : str or None
        The last cell that was begun, in words.
    folder : str
        Where the notebook is executed.
    """

    cell = None
    folder = ""

    def preprocess(
        self, nb: NotebookNode, resources: dict, km: KernelManager | None = None
    ) -> tuple[NotebookNode, dict]:
        """Execute a notebook.

        Parameters
        ----------
        nb : NotebookNode
            The notebook; outputs are written into it.
        resources : dict
            What nbconvert's steps tell each other.
        km : KernelManager, optional
            Of a kernel that runs already.

        Returns
        -------
        tuple of NotebookNode and dict
            The notebook and the resources.
        """
        resources.setdefault("metadata", {})["path"] = self.folder
        WatchedExecute.cell = None
        return super().preprocess(nb, resources, km)

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict, index: int
    ) -> tuple[NotebookNode, dict]:
        """Execute a cell.

        Parameters
        ----------
        cell : NotebookNode
            The cell.
        resources : dict
            What nbconvert's steps tell each other.
        index : int
            Its number, from 0.

        Returns
        -------
        tuple of NotebookNode and dict
            The cell and the resources.
        """
        if cell.cell_type == "code":
            WatchedExecute.cell = _name(index + 1, cell)
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

    Parameters
    ----------
    notebook : Path
        Written from `matching.rebuild`.
    source : Path
        A course folder made by `release.generate`.
    scratch : Path
        A folder of one's own.
    limits : sandbox.Limits
        What the submission may use.
    hidden : list of Path
        Folders that the notebook must not read.
    out_of_order : bool
        Whether the student had run its cells in another order.

    Returns
    -------
    Outcome
        Points, or why there are none.
    """
    name = next((source / "source").iterdir()).name
    root, folder = scratch / "course", scratch / "folder"
    shutil.copytree(source, root)
    submitted = root / "submitted" / STUDENT / name
    submitted.mkdir(parents=True)
    shutil.copy(notebook, submitted / f"{name}.ipynb")
    # The kernel gets this process's environment; all that is left in it is meant for the kernel.
    kernels = {"JUPYTER_PATH": str(scratch / "jupyter"), "JUPYTER_RUNTIME_DIR": str(folder)}
    sandbox.kernel_spec(scratch / "jupyter", folder, [*hidden, root])
    mine = sandbox.environment(folder, [*hidden, root]) | kernels
    os.environ.clear()
    os.environ.update(mine)

    WatchedExecute.folder = str(folder)
    watch = sandbox.Watch(limits)
    watch.start()
    try:
        autograde = Autograde(coursedir=_course(root, name), config=_config(folder, limits))
        answer = capture_log(autograde)
    finally:
        watch.stop()
    if not answer["success"]:
        return Outcome({}, "", [], _failure(answer, watch))
    graded = nbformat.read(root / "autograded" / STUDENT / name / f"{name}.ipynb", as_version=4)
    page = _feedback(root, name)
    notes = _notes(graded, limits, out_of_order)
    return Outcome(_points(root, name), page, notes, None, misconceptions.said(graded))


def _course(root: Path, name: str) -> CourseDirectory:
    course = release.course(root, name)
    course.student_id = STUDENT
    return course


def _config(folder: Path, limits: sandbox.Limits) -> Config:
    config = Config()
    config.Autograde.autograde_preprocessors = [
        WatchedExecute if step is Execute else step
        for step in Autograde.autograde_preprocessors.default()
    ]
    config.WatchedExecute.timeout = limits.cell_seconds
    config.WatchedExecute.iopub_timeout = 10  # seconds for a cell to end that was told to
    config.WatchedExecute.kernel_name = "python3"
    # nbgrader gives no points to a test that writes to stderr. A library's warning is no mistake of
    # the student's.
    config.IgnorePattern.enabled = True
    config.IgnorePattern.pattern = "."
    # Sockets in the kernel's folder work where there is no network at all.
    if os.name == "posix":
        config.KernelManager.transport = "ipc"
        config.KernelManager.connection_file = str(folder / "kernel.json")
    return config


def _failure(answer: dict, watch: sandbox.Watch) -> str:
    """Say why nbgrader gave no points, from what it logged."""
    cell, log = WatchedExecute.cell, answer.get("log", "") + answer["error"]
    if watch.broken:
        return f"{watch.broken}, in {cell or 'no cell'}"
    if "IOPub" in log:
        return f"{cell} took more than {watch.limits.cell_seconds} seconds and could not be stopped"
    # Before the first cell it is no fault of the submission's.
    if cell is None:
        raise RuntimeError(log)
    if DeadKernelError.__name__ in log:
        return (
            f"its kernel ended in {cell}: os._exit, exit(), or a crash of a library; remove "
            "the call, grade it again"
        )
    errors = re.findall(r"(?m)^ *([\w.]+(?:Error|Exception|Empty)\b.*)$", log)
    return (
        f"nbgrader could not grade it{f', in {cell}' if cell else ''}: "
        f"{errors[0] if errors else log.strip()[-200:]}"
    )


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


def _notes(graded: NotebookNode, limits: sandbox.Limits, out_of_order: bool) -> list[str]:
    """List the cells that took too long, were kept from something, or asked in vain."""
    notes = []
    for number, cell in enumerate(graded.cells, 1):
        for output in cell.get("outputs", []):
            if output.output_type != "error":
                continue
            where = _name(number, cell)
            text = COLOURS.sub("", output.evalue)
            if output.ename == "CellTimeoutError":
                notes.append(f"{where} was stopped after {limits.cell_seconds} seconds")
            # Some libraries wrap the error.
            elif guard.SAYS in text:
                notes.append(f"{where}: {text.split(guard.SAYS)[1].rstrip('>')}")
            elif output.ename == "StdinNotImplementedError":
                notes.append(f"{where} asks with input(), and nobody answers")
            elif output.ename == "NameError" and out_of_order:
                notes.append(
                    f"{where}: {text}; the student had run the cells in another order than from "
                    "the top"
                )
    return notes


def _name(number: int, cell: NotebookNode) -> str:
    """Name a cell by its number, from 1, and its grade_id if it has one."""
    grade_id = release.grade_id(cell)
    return f"cell {number} ({grade_id})" if grade_id else f"cell {number}"


def main() -> None:
    """Do the job of the file on the command line; leave outcome.json in its scratch folder."""
    # nbgrader's libraries warn its makers.
    warnings.simplefilter("ignore")
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
