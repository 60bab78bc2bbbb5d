"""What students sent: every file of a folder or a zip, and the notebook in it.

Names of files matter little; `senders` tells whose they are.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import NamedTuple

import nbformat
from bs4 import BeautifulSoup
from nbformat import NotebookNode

from coursekit.teach import archives

LARGEST = 50_000_000  # bytes; a notebook with all its pictures has a tenth of that
# A long notebook of the course has a hundred cells, and a hundredth of these letters.
MOST_CELLS, MOST_TEXT = 2000, 5_000_000
LARGEST_ZIP = 2_000_000_000  # bytes; a class's, which is read at once
SKIPPED = re.compile(r"^(\.|__MACOSX$|Thumbs\.db$|desktop\.ini$)")
# A text that students type into the platform, as Moodle and Canvas export it.
ONLINE_TEXT = re.compile(r"onlinetext.*\.html?$|_(text|link)\.html$", re.IGNORECASE)
OTHER_ARCHIVES = (".rar", ".7z", ".gz", ".tgz", ".tar", ".xz", ".bz2")


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

    A file that is no notebook is a submission with a problem; whether it only lies beside a
    student's notebook is seen when it is known whose it is.

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
            if any(SKIPPED.match(part) for part in parts):
                continue
            if path.is_symlink() and path != named:
                files.append(_link(path, parts))
            elif not path.is_dir():
                files += _files(path, parts)
    if not files:
        raise FileNotFoundError(
            f"no file in {', '.join(map(str, paths))}; name the folder of what students sent"
        )
    return files


def _link(path: Path, parts: tuple[str, ...]) -> Submission:
    """Leave a link alone: a student's may lead to the work of another, or to the solution."""
    problem = f"a link to {os.readlink(path)} and no file; ask for the file itself"
    return Submission(path, parts[:-1], b"", None, problem)


def _files(path: Path, parts: tuple[str, ...]) -> list[Submission]:
    """Read a file, or all files of a zip, whose name then stands among the folders."""
    zipped = False
    try:
        if not path.is_file():
            raise OSError("a pipe or a device and no file")
        if path.suffix.lower() in (".zip", ".ipynb", ""):
            with open(path, "rb") as file:
                zipped = archives.is_zip(path, file.read(4))
        size = path.stat().st_size
        content = path.read_bytes() if size <= (LARGEST_ZIP if zipped else LARGEST) else None
    except OSError as error:
        # Of a file that may not be read the rest of the class must not suffer.
        problem = f"cannot be read ({error.strerror or error}); ask for it, or copy it, again"
        return [Submission(path, parts[:-1], b"", None, problem)]
    if not zipped or content is None:
        return [*filter(None, [_read(path, parts[:-1], content)])]
    found = []
    for member in archives.members(path, content, LARGEST):
        inside = (*parts, *member.path.parts[len(path.parts) :])
        if any(SKIPPED.match(part) for part in inside):
            continue
        if member.problem:
            found.append(Submission(member.path, inside[:-1], b"", None, member.problem))
            continue
        content = member.content if len(member.content) <= LARGEST else None
        found += filter(None, [_read(member.path, inside[:-1], content)])
    return found or [
        Submission(path, parts[:-1], b"", None, "an empty zip; ask for the .ipynb file")
    ]


def _read(path: Path, folders: tuple[str, ...], content: bytes | None) -> Submission | None:
    """Read a file; None for an online text in which nothing stands."""

    def problem(what: str) -> Submission:
        return Submission(path, folders, content or b"", None, what)

    if content is None:
        return problem(f"larger than {LARGEST / 1e6:g} MB; ask for it with cleared outputs")
    if ONLINE_TEXT.search(path.name):
        text = _text(content.decode("utf-8", "replace"))
        if not text:
            return None
        short = text if len(text) <= 120 else f"{text[:120]}…"
        return problem(f"an online text and no notebook ({short}); ask for the .ipynb file")
    if ".ipynb" not in path.name.lower() and not content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(
        b"{"
    ):
        if path.suffix.lower() in OTHER_ARCHIVES:
            return problem(f"packed as {path.suffix}; unpack it into a folder of the same name")
        return problem(
            f"not a notebook but {path.suffix or 'a file without a suffix'}; ask for the .ipynb "
            "file"
        )
    try:
        raw = json.loads(content.decode("utf-8-sig"))
        # JSON can hold half a surrogate pair, which no file, table or page can.
        raw = json.loads(json.dumps(raw, ensure_ascii=False).encode("utf-8", "replace"))
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
        # A validator quotes the whole part that it complains of.
        said = f"{type(error).__name__}: {error}".splitlines()[0][:200]
        return problem(f"a damaged notebook ({said}); open it in JupyterLab and save it again")


def _plain(raw: dict) -> NotebookNode:
    """Make of a notebook of any format a valid one of nbformat 4, with what grading needs.

    That is types, sources, attachments, the order of execution, and the names that cells had.
    """
    if raw.get("nbformat", 4) < 4 or "worksheets" in raw:
        raw = nbformat.convert(nbformat.from_dict(raw), 4)
    if len(raw["cells"]) > MOST_CELLS:
        raise ValueError(f"{len(raw['cells']):,} cells")
    cells, length = [], 0
    for number, cell in enumerate(raw["cells"]):
        source = cell.get("source", "")
        text = source if isinstance(source, str) else "".join(source)
        length += len(text)
        if length > MOST_TEXT:
            raise ValueError(f"more than {MOST_TEXT:,} letters in its cells")
        kind = cell.get("cell_type")
        makers = {"code": nbformat.v4.new_code_cell, "raw": nbformat.v4.new_raw_cell}
        new = makers.get(kind, nbformat.v4.new_markdown_cell)(text)
        if kind == "code" and isinstance(cell.get("execution_count"), int):
            new.execution_count = cell["execution_count"]
        if kind != "code" and (attached := _attachments(cell.get("attachments"))):
            new.attachments = nbformat.from_dict(attached)
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


def _attachments(found: object) -> dict[str, dict[str, str]]:
    """Keep of what is attached to a cell the files in the form that notebooks have them in."""
    kept = {}
    for name, bundle in found.items() if isinstance(found, dict) else ():
        files = bundle.items() if isinstance(bundle, dict) else ()
        kept[name] = {mime: data for mime, data in files if isinstance(data, str)}
    return {name: bundle for name, bundle in kept.items() if bundle}


def _text(page: str) -> str:
    """Take the words and the addresses of links out of a page."""
    soup = BeautifulSoup(page, "html.parser")
    for part in soup(["title", "style", "script"]):
        part.decompose()
    links = [link["href"] for link in soup("a", href=True)]
    return " ".join([*soup.get_text(" ").split(), *links])
