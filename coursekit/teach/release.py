"""The students' release of the assignments (`coursekit assignments`).

Sources are checked, nbgrader takes solutions and hidden tests out, and the result is searched for
what it left.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Base
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.nbgraderformat import SCHEMA_VERSION, MetadataValidator, ValidationError
from nbgrader.utils import capture_log, is_grade, is_solution
from sqlalchemy import create_engine
from traitlets.config import Config

from coursekit import files
from coursekit.teach import links

POINTS = 100
BEGIN_SOLUTION, END_SOLUTION = "BEGIN SOLUTION", "END SOLUTION"
BEGIN_HIDDEN, END_HIDDEN = "BEGIN HIDDEN TESTS", "END HIDDEN TESTS"
CHECKSUMS = "SHA256SUMS"
# Answers are functions; an untouched one returns what `coursekit.lesson.checks` knows as "not
# attempted".
STUB = "return ...  # your code here"


def sources(folder: Path) -> list[Path]:
    """List the assignments of a folder.

    Parameters
    ----------
    folder : Path
        Of the sources.

    Returns
    -------
    list of Path
        The notebooks, in the order of their names.

    Raises
    ------
    FileNotFoundError
        If there is none.
    """
    found = sorted(Path(folder).glob("*.ipynb"))
    if not found:
        raise FileNotFoundError(
            f"no assignment (*.ipynb) in {folder}/; run this in the top folder of the course"
        )
    return found


def build(folder: Path, release: Path) -> list[Path]:
    """Write the students' version of every assignment, and the checksums of all.

    Parameters
    ----------
    folder : Path
        Of the sources.
    release : Path
        The folder to write. A notebook there without a source goes.

    Returns
    -------
    list of Path
        The notebooks written.

    Raises
    ------
    FileNotFoundError
        Without sources.
    ValueError
        That names each cell at fault and the way out; nothing is written then.
    """
    paths = sources(folder)
    check(paths)
    written = {}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        for path in paths:
            student = generate(path, Path(scratch) / path.stem)
            written[release / path.name] = (nbformat.writes(student).rstrip("\n") + "\n").encode()
    release.mkdir(parents=True, exist_ok=True)
    for old in set(release.glob("*.ipynb")) - set(written):
        old.unlink()
    for path, content in written.items():
        files.write(path, content)
    lines = [
        f"{hashlib.sha256(content).hexdigest()}  {path.name}\n" for path, content in written.items()
    ]
    files.write(release / CHECKSUMS, "".join(lines))
    return list(written)


def check(paths: list[Path]) -> None:
    """Refuse sources that have a fault.

    Parameters
    ----------
    paths : list of Path
        The sources.

    Raises
    ------
    ValueError
        With every fault: file, cell, what is wrong, the way out.
    """
    found = [f"{path.name}: {fault}" for path in paths for fault in faults(path)]
    if found:
        raise ValueError("\n".join(found))


def faults(path: Path) -> list[str]:
    """List what keeps an assignment's source from being released.

    Parameters
    ----------
    path : Path
        The source.

    Returns
    -------
    list of str
        A sentence a fault, with the way out; cells are counted from 1, as a reader counts them.
    """
    try:
        notebook = nbformat.read(path, as_version=4)
    except (OSError, ValueError, nbformat.ValidationError) as error:
        return [
            f"not a notebook ({str(error).splitlines()[0][:100]}); open it in JupyterLab and save "
            "it again"
        ]
    found, seen, points, manual, hidden = [], {}, {}, 0, 0
    for number, cell in enumerate(notebook.cells, 1):
        where = f"cell {number} ({grade_id(cell) or cell.source.strip().splitlines()[:1]})"
        found += [f"{where}: {fault}" for fault in _region_faults(cell)]
        if "nbgrader" not in cell.metadata:
            continue
        try:
            MetadataValidator().validate_cell(cell)
        except (ValidationError, KeyError) as error:
            found.append(
                f"{where}: nbgrader metadata: {error}; set its type in JupyterLab's Create "
                "Assignment panel"
            )
            continue
        name = grade_id(cell)
        if name in seen:
            found.append(
                f"{where}: its grade_id also names cell {seen[name]}; give one of them another"
            )
        seen[name] = number
        if is_grade(cell):
            points[name] = float(cell.metadata.nbgrader.points)
            manual += is_solution(cell)
            hidden += BEGIN_HIDDEN in cell.source
    if not points:
        return [
            *found,
            "no graded cell; mark tests and manual questions in JupyterLab's Create Assignment "
            "panel",
        ]
    if sum(points.values()) != POINTS:
        each = ", ".join(f"{name} {value:g}" for name, value in points.items())
        found.append(
            f"points add to {sum(points.values()):g}, not {POINTS} ({each}); change the points of "
            "a cell"
        )
    if not manual:
        found.append(
            "no manual question; mark one answer cell as Manually graded answer and give it points"
        )
    if not hidden:
        found.append(
            f"no hidden test; put lines between ### {BEGIN_HIDDEN} and ### {END_HIDDEN} in a test "
            "cell"
        )
    return found


def grade_id(cell: NotebookNode) -> str | None:
    """Name a cell as nbgrader knows it.

    Parameters
    ----------
    cell : NotebookNode
        Of an assignment.

    Returns
    -------
    str or None
        None for a cell that nbgrader does not know.
    """
    known = cell.metadata.get("nbgrader")
    return known.get("grade_id") if isinstance(known, dict) else None


def generate(path: Path, root: Path) -> NotebookNode:
    """Let nbgrader make an assignment's release and gradebook.

    Parameters
    ----------
    path : Path
        The source.
    root : Path
        Where nbgrader's course folder for it is made.

    Returns
    -------
    NotebookNode
        The release.

    Raises
    ------
    ValueError
        With nbgrader's words if it refuses, or if something private is left in the release.
    """
    source = nbformat.read(path, as_version=4)
    for cell in source.cells:
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader.setdefault("schema_version", SCHEMA_VERSION)
        if cell.cell_type == "markdown":  # a badge opens the source, and that has the solutions
            cell.source = re.sub(rf"(?m)^.*/{re.escape(path.name)}\b.*\n+", "", cell.source)
            # A notebook that is handed out by itself has no lessons beside it.
            cell.source = links.absolute(cell.source)
    folder = root / "source" / path.stem
    folder.mkdir(parents=True)
    nbformat.write(source, folder / path.name)
    config = Config({"ClearSolutions": {"code_stub": {"python": STUB}}})
    course_folder = course(root, path.stem)
    # With the tables there, nbgrader does not ask alembic, in a Python of its own that takes
    # seconds to start, for the version that upgrades of a gradebook begin with: nobody upgrades
    # this one.
    gradebook = create_engine(course_folder.db_url)
    Base.metadata.create_all(gradebook)
    gradebook.dispose()
    answer = capture_log(GenerateAssignment(coursedir=course_folder, config=config))
    if not answer["success"]:
        raise ValueError(
            f"{path.name}: nbgrader could not make the "
            f"release:\n{answer.get('log', '')}{answer['error']}"
        )
    release = nbformat.read(root / "release" / path.stem / path.name, as_version=4)
    left = leaks(source, release)
    if left:
        raise ValueError(f"{path.name}: the release would show " + "; ".join(left))
    return release


def course(root: Path, assignment: str) -> CourseDirectory:
    """Describe a folder with one assignment to nbgrader, which thinks of it as a course.

    Parameters
    ----------
    root : Path
        The folder.
    assignment : str
        The assignment's name.

    Returns
    -------
    CourseDirectory
        The configuration.
    """
    return CourseDirectory(root=str(root.resolve()), assignment_id=assignment)


def leaks(source: NotebookNode, release: NotebookNode) -> list[str]:
    """List what students must not see and yet would.

    Parameters
    ----------
    source, release : NotebookNode
        An assignment with its solutions, and what is to be handed out.

    Returns
    -------
    list of str
        Markers, lines of solutions and hidden tests, outputs, each with its cell.
    """
    private, public = set(), set()
    for cell in source.cells:
        for line, is_private in _marked_lines(cell):
            (private if is_private else public).add(line)
    found = []
    for number, cell in enumerate(release.cells, 1):
        lines = {line.strip() for line in cell.source.splitlines()}
        found += [
            f"{line!r} in cell {number}"
            for line in sorted(lines & (private - public))
            if len(line) > 8
        ]
        found += [
            f"{marker!r} in cell {number}"
            for marker in (BEGIN_SOLUTION, BEGIN_HIDDEN, "BEGIN MARK SCHEME")
            if marker in cell.source
        ]
        if cell.get("outputs"):
            found.append(f"outputs in cell {number}")
    return found


def _marked_lines(cell: NotebookNode) -> list[tuple[str, bool]]:
    """Return the lines of a source cell, each with whether it is private."""
    lines, inside = [], False
    # Without a region nbgrader replaces the whole cell.
    whole = is_solution(cell) and BEGIN_SOLUTION not in cell.source
    for line in cell.source.splitlines():
        if BEGIN_SOLUTION in line or BEGIN_HIDDEN in line:
            inside = True
        elif END_SOLUTION in line or END_HIDDEN in line:
            inside = False
        else:
            lines.append((line.strip(), inside or whole))
    return lines


def _region_faults(cell: NotebookNode) -> list[str]:
    found = []
    for begin, end, fits, kind in (
        (BEGIN_SOLUTION, END_SOLUTION, is_solution(cell), "an answer"),
        (BEGIN_HIDDEN, END_HIDDEN, is_grade(cell) and not is_solution(cell), "a test"),
    ):
        # The order matters too: an end before its begin leaves the region open.
        marks = [mark for line in cell.source.splitlines() for mark in (begin, end) if mark in line]
        if marks != [begin, end] * (len(marks) // 2):
            found.append(f"each ### {begin} needs its own ### {end} after it")
        if marks and not fits:
            found.append(f"### {begin} in a cell that is not marked as {kind}")
    return found
