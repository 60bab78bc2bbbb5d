"""The top of a feedback page: points with what is still open, own words, what to read again."""

from __future__ import annotations

import html
import re

from nbformat import NotebookNode

from coursekit.teach import links
from coursekit.teach.entry import Entry
from coursekit.teach.marking import collecting
from coursekit.teach.marking.answers import Question
from coursekit.teach.release import grade_id

EXERCISE = re.compile(r"\brequire\(\s*[\"'](A\d+\.\d+)[\"']")
STYLE = (
    "<style>.ck-summary { max-width: 900px; margin: 1em 2em 2em; font-size: 14px; line-height: 1.5 "
    "} .ck-summary table { border-collapse: collapse; width: 100% } .ck-summary th, .ck-summary td "
    "{ padding: 4px 12px 4px 0; border-bottom: 1px solid #bbb; text-align: left; vertical-align: "
    "top } .ck-summary td:nth-child(2) { white-space: nowrap } .ck-summary blockquote { margin: "
    "4px 0 4px 4px; padding: 0 0 0 10px; border-left: 3px solid #bbb; font-size: inherit } "
    ".ck-summary blockquote img { max-width: 100% } "
    # The checks' sentences are long.
    ".output pre, .output_text pre { white-space: pre-wrap; word-break: normal }</style>"
)


class Guide:
    """What is the same on all pages of an assignment.

    Parameters
    ----------
    source : NotebookNode
        The assignment with its solutions.
    lessons : dict of str to NotebookNode
        Lessons that were read already; more are added.
    """

    def __init__(self, source: NotebookNode, lessons: dict[str, NotebookNode]) -> None:
        self.headings = headings(source)
        self.questions: dict[str, Question] = {
            question.name: question for question in collecting.questions("", source)
        }
        self.sections = {}
        for cell in source.cells:
            name = grade_id(cell)
            exercise = EXERCISE.search(cell.source) if name in self.headings else None
            found = name and links.section(exercise[1] if exercise else name, lessons)
            if found:
                self.sections[name] = found


def headings(source: NotebookNode) -> dict[str, str]:
    """Name each graded cell by the heading above it.

    Parameters
    ----------
    source : NotebookNode
        An assignment.

    Returns
    -------
    dict of str to str
        Name of each graded cell → heading, without its points; behind it the part of the task.
    """
    found, heading = {}, ""
    for cell in source.cells:
        if cell.cell_type == "markdown":
            above = re.search(r"(?m)^##\s+(.+)$", cell.source)
            heading = re.sub(r"\s*\([^)]*points[^)]*\)\s*$", "", above[1]) if above else heading
        if cell.metadata.get("nbgrader", {}).get("grade"):
            part = grade_id(cell).partition("-tests-")[2]
            found[grade_id(cell)] = f"{heading}: {part}" if part else heading
    return found


def put(entry: Entry, guide: Guide) -> str:
    """Put the summary on top of the page of a student's notebook.

    Parameters
    ----------
    entry : Entry
        A graded submission, with its page and the points by hand.
    guide : Guide
        Of its assignment.

    Returns
    -------
    str
        HTML.
    """
    page = entry.feedback.replace("</head>", f"{STYLE}</head>", 1)
    return re.sub(r"(<body[^>]*>)", lambda body: body[0] + _summary(entry, guide), page, count=1)


def _summary(entry: Entry, guide: Guide) -> str:
    got = {name: entry.by_hand.get(name, points) for name, (points, _, _) in entry.points.items()}
    most = {name: of for name, (_, of, _) in entry.points.items()}
    open_ = [name for name, points in got.items() if points is None]
    score = sum(points for points in got.values() if points is not None)
    head = f"{score:g} of {sum(most.values()):g} points"
    if open_:
        head = (
            f"{score:g} points so far; {sum(most[name] for name in open_):g} of "
            f"{sum(most.values()):g} are still open, until a person has read your answer"
        )
    if entry.sender is not None and entry.sender.late:
        head += "; handed in late"
    rows = [_row(entry, guide, name, got[name], most[name]) for name in got]
    return (
        f'<section class="ck-summary" aria-label="Summary"><p><strong>{head}.</strong></p><table>'
        '<tr><th scope="col">task</th><th scope="col">points</th><th scope="col">what to know</th>'
        f"</tr>{''.join(rows)}</table></section>"
    )


def _row(entry: Entry, guide: Guide, name: str, points: float | None, most: float) -> str:
    said = []
    if name in entry.by_hand:
        said += _by_hand(entry, guide, name)
    elif name in entry.said:
        said.append(html.escape(entry.said[name]))
    if points is not None and points < most and name in guide.sections:
        title, address = guide.sections[name]
        said.append(f'Read again: <a href="{html.escape(address)}">{html.escape(title)}</a>')
    given = "open" if points is None else f"{points:g}"
    title = html.escape(guide.headings.get(name) or name)
    return f"<tr><td>{title}</td><td>{given} of {most:g}</td><td>{'<br>'.join(said)}</td></tr>"


def _by_hand(entry: Entry, guide: Guide, name: str) -> list[str]:
    """Say what each line of the rubric brought, the comment, and what the student wrote."""
    said = []
    lines = entry.lines.get(name, [])
    question = guide.questions.get(name)
    if question and len(lines) == len(question.rubric):
        for points, (of, words) in zip(lines, question.rubric, strict=True):
            given = "open" if points is None else f"{points:g}"
            said.append(f"{given} of {of:g}: {html.escape(words)}")
    if entry.comments.get(name):
        said.append("Comment: " + html.escape(entry.comments[name]).replace("\n", "<br>"))
    said.append(f"You wrote:<blockquote>{collecting.shown(entry, name)}</blockquote>")
    return said
