"""Collects what there is to mark: questions of the assignments' sources, answers of submissions."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path
from urllib.parse import unquote

import mistune
from nbformat import NotebookNode

from coursekit import files
from coursekit.teach import manual_scores
from coursekit.teach.entry import Entry
from coursekit.teach.marking.answers import FILE, Answer, Question
from coursekit.teach.release import grade_id

RUBRIC = re.compile(r"(?m)^\|\s*(\d+(?:\.\d+)?)\s*\|\s*(.+?)\s*\|\s*$")
IMAGES = ("image/png", "image/jpeg", "image/gif")


def write(entries: list[Entry], sources: dict[str, NotebookNode], out: Path) -> int:
    """Keep what there is to mark, for `answers.read`.

    Parameters
    ----------
    entries : list of Entry
        Submissions that were graded, as `manual_scores.apply` left them.
    sources : dict of str to NotebookNode
        The assignments with their model answers.
    out : Path
        The folder for results.

    Returns
    -------
    int
        The number of answers that wait for points.
    """
    answers, asked = [], {}
    for entry in entries:
        for question in entry.by_hand:
            asked.setdefault(entry.assignment, set()).add(question)
            line = manual_scores.line(entry, question)
            key = json.dumps(manual_scores.keys(line)[0])
            answers.append(
                Answer(
                    hashlib.sha256(key.encode()).hexdigest()[:16],
                    entry.student,
                    entry.assignment,
                    question,
                    shown(entry, question),
                    line,
                )
            )
    found = [
        question
        for assignment, names in sorted(asked.items())
        for question in questions(assignment, sources[assignment])
        if question.name in names
    ]
    content = {
        "questions": [question._asdict() for question in found],
        "answers": [answer._asdict() for answer in sorted(answers, key=lambda answer: answer.id)],
    }
    (out / FILE).parent.mkdir(parents=True, exist_ok=True)
    files.write(out / FILE, json.dumps(content, ensure_ascii=False))
    return sum(points is None for entry in entries for points in entry.by_hand.values())


def questions(assignment: str, source: NotebookNode) -> list[Question]:
    """List what a person marks in an assignment.

    Parameters
    ----------
    assignment : str
        Its name.
    source : NotebookNode
        The assignment with its model answers.

    Returns
    -------
    list of Question
        In their order.
    """
    found, above = [], ""
    for cell in source.cells:
        known = cell.metadata.get("nbgrader", {})
        if known.get("solution") and known.get("grade"):
            rubric = [(float(points), words) for points, words in RUBRIC.findall(above)]
            # Lines that do not add up to the question's points are no rubric.
            if sum(points for points, _ in rubric) != known["points"]:
                rubric = [(float(known["points"]), "the whole answer")]
            asked = re.sub(r"(?m)^\|.*\n?", "", above)
            found.append(
                Question(
                    assignment,
                    grade_id(cell),
                    float(known["points"]),
                    _html(asked),
                    [(points, _words(words)) for points, words in rubric],
                    _html(cell.source),
                )
            )
        elif cell.cell_type == "markdown":
            above = cell.source
    return found


class _Renderer(mistune.HTMLRenderer):
    """Markdown as HTML in which tags that somebody wrote are text, with pictures of the cell."""

    def __init__(self, pictures: dict[str, str]) -> None:
        super().__init__(escape=True)
        self._pictures = pictures

    def image(self, text: str, url: str, title: str | None = None) -> str:
        """Show a picture that was pasted into the cell; others are not fetched, only named."""
        data = self._pictures.get(unquote(url.removeprefix("attachment:")))
        return super().image(text, data, title) if data else mistune.escape(f"[picture: {text}]")

    def safe_url(self, url: str) -> str:
        """Let pictures of the cell pass, and no address that would run."""
        return url if url in self._pictures.values() else super().safe_url(url)


def shown(entry: Entry, question: str) -> str:
    """Show an answer; pictures that were pasted into it come with it.

    Parameters
    ----------
    entry : Entry
        A submission.
    question : str
        The grade_id of the answer's cell.

    Returns
    -------
    str
        HTML without anything that could run or be fetched.
    """
    cell = next(cell for cell in entry.rebuilt.notebook.cells if grade_id(cell) == question)
    if cell.cell_type == "code":
        return f"<pre>{mistune.escape(cell.source)}</pre>"
    pictures = {}
    for name, bundle in cell.get("attachments", {}).items():
        for kind, data in bundle.items() if isinstance(bundle, dict) else ():
            if kind in IMAGES and _is_base64(data):
                pictures[name] = f"data:{kind};base64,{data}"
    return _html(cell.source, pictures)


def _html(text: str, pictures: dict[str, str] | None = None) -> str:
    renderer = _Renderer(pictures or {})
    return str(mistune.create_markdown(renderer=renderer, plugins=["table", "strikethrough"])(text))


def _words(text: str) -> str:
    return re.sub(r"[*_`]", "", text)


def _is_base64(data: object) -> bool:
    try:
        return isinstance(data, str) and bool(base64.b64decode(data, validate=True))
    except ValueError:
        return False
