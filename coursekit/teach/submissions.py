"""What students sent: every file of a folder, whose it is, and the notebook in it.

Names of files matter little.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import NamedTuple

import nbformat
from nbformat import NotebookNode

LARGEST = 50_000_000  # bytes; a notebook with all its pictures has a tenth of that
SKIPPED = re.compile(r"^(\.|__MACOSX$|Thumbs\.db$|desktop\.ini$)")
# What learning platforms and browsers add to a name.
ADDED = re.compile(r"(_assignsubmission_file_?|\s*\(\d+\)|[\s_-]*(?:copy|Copy|Kopie)\s*\d*)$")


class Submission(NamedTuple):
    """A file that a student sent.

    Attributes
    ----------
    path : Path
        The file.
    folders : tuple of str
        Those between the folder that was named and the file.
    content : bytes
        What is in it; empty for a file that is too large.
    notebook : NotebookNode or None
        What it holds, as valid nbformat 4; None where it cannot be read.
    problem : str or None
        Why it cannot be read, and the way out.
    """

    path: Path
    folders: tuple[str, ...]
    content: bytes
    notebook: NotebookNode | None
    problem: str | None


def collect(paths: list[Path]) -> list[Submission]:
    """Read every submission in some folders and files.

    A file that is no notebook is a submission with a problem, except beside a notebook in a
    student's own folder, where it is an enclosure.

    Parameters
    ----------
    paths : list of Path
        Folders, which are searched to the bottom, and files.

    Returns
    -------
    list of Submission
        In the order of their names.

    Raises
    ------
    FileNotFoundError
        That names a path that is not there, or says that there is no file at all.
    """
    files = []
    for named in map(Path, paths):
        if not named.exists():
            raise FileNotFoundError(f"{named}: no such file or folder")
        for path in sorted(named.rglob("*")) if named.is_dir() else [named]:
            parts = path.relative_to(named).parts if named.is_dir() else (path.name,)
            if path.is_file() and not any(SKIPPED.match(part) for part in parts):
                files.append(_read(path, parts[:-1]))
    if not files:
        raise FileNotFoundError(
            f"no file in {', '.join(map(str, paths))}; name the folder of what students sent"
        )
    own_folders = {file.path.parent for file in files if file.notebook is not None and file.folders}
    return [
        file
        for file in files
        if file.notebook is not None
        or ".ipynb" in file.path.name.lower()
        or file.path.parent not in own_folders
    ]


def student(submission: Submission, assignments: list[str]) -> str | None:
    """Tell whose a submission is.

    The first folder above it that is no assignment's says so; else the file's name without the
    assignment's.

    Parameters
    ----------
    submission : Submission
        A file that was sent.
    assignments : list of str
        The names of all assignments.

    Returns
    -------
    str or None
        None if nothing is left that could be a name.
    """
    stem = re.sub(r"(\.ipynb|\.json|\.txt)+$", "", submission.path.name, flags=re.IGNORECASE)
    stem = submission.path.stem if stem == submission.path.name else stem
    for part in (*submission.folders, stem):
        name = part
        # The longest first: "a1_lab" is to go whole, and not to leave "_lab".
        for assignment in sorted(assignments, key=len, reverse=True):
            short = assignment.split("_")[0]  # "a1" of "a1_lab"
            name = re.sub(rf"(?i)(?<![^\W_]){re.escape(assignment)}(?![^\W_])", "", name)
            name = re.sub(rf"(?i)(?<![^\W_]){re.escape(short)}(?![^\W_])", "", name)
        # What a platform adds may stand behind what a browser adds, and the other way round.
        while (shorter := ADDED.sub("", name).strip(" ._-")) != name:
            name = shorter
        if name and name.lower() not in ("submitted", "submissions"):
            return name
    return None


def _read(path: Path, folders: tuple[str, ...]) -> Submission:
    def problem(what: str) -> Submission:
        return Submission(path, folders, content, None, what)

    content = b""
    if path.stat().st_size > LARGEST:
        return problem(f"larger than {LARGEST / 1e6:g} MB; ask for it with cleared outputs")
    content = path.read_bytes()
    if ".ipynb" not in path.name.lower() and not content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(
        b"{"
    ):
        return problem(
            f"not a notebook but {path.suffix or 'a file without a suffix'}; ask for the .ipynb "
            "file"
        )
    try:
        raw = json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return problem(
            "not text in UTF-8; ask for the .ipynb file as JupyterLab or Colab downloads it"
        )
    except (ValueError, RecursionError) as error:
        return problem(
            f"not JSON, so not a notebook ({error}); most often an incomplete download: ask for "
            "it again"
        )
    if not isinstance(raw, dict) or not ("cells" in raw or "worksheets" in raw):
        return problem("JSON, but not a notebook: it has no cells; ask for the .ipynb file")
    try:
        return Submission(path, folders, content, _plain(raw), None)
    # Whatever is wrong inside, it is this file's problem only.
    except Exception as error:
        return problem(
            f"a damaged notebook ({type(error).__name__}: {error}); open it in JupyterLab and "
            "save it again"
        )


def _plain(raw: dict) -> NotebookNode:
    """Make of a notebook of any format a valid one of nbformat 4, with what grading needs.

    That is types, sources, attachments, the order of execution, and the names that cells had.
    """
    if raw.get("nbformat", 4) < 4 or "worksheets" in raw:
        raw = nbformat.convert(nbformat.from_dict(raw), 4)
    cells = []
    for number, cell in enumerate(raw["cells"]):
        source = cell.get("source", "")
        text = source if isinstance(source, str) else "".join(source)
        kind = cell.get("cell_type")
        makers = {"code": nbformat.v4.new_code_cell, "raw": nbformat.v4.new_raw_cell}
        new = makers.get(kind, nbformat.v4.new_markdown_cell)(text)
        if kind == "code" and isinstance(cell.get("execution_count"), int):
            new.execution_count = cell["execution_count"]
        if kind != "code" and isinstance(cell.get("attachments"), dict):
            new.attachments = nbformat.from_dict(cell["attachments"])
        metadata = cell.get("metadata")
        known = metadata.get("nbgrader") if isinstance(metadata, dict) else None
        sent = known.get("grade_id") if isinstance(known, dict) else None
        # An id tells which cell of the release it was, where an editor kept it.
        new.id = f"sent-{number}"
        new.metadata = nbformat.from_dict(
            {"was": [name for name in (sent, cell.get("id")) if isinstance(name, str)]}
        )
        cells.append(new)
    return nbformat.v4.new_notebook(cells=cells)
