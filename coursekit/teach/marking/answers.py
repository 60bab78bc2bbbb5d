"""Questions with their rubrics, and what students answered, as grading left them for the page.

What makes them (`collecting`) needs nbgrader; the page, which is to be there at once, does not.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

FILE = Path("cache") / "answers.json"  # beside the sources: it holds the model answers


class Question(NamedTuple):
    """Something that a person marks.

    Attributes
    ----------
    assignment : str
        Its assignment's name.
    name : str
        Its grade_id.
    of : float
        The most points.
    asked : str
        HTML: the cell with the question, without the rubric.
    rubric : list of tuple of float and str
        Points of each line, and what they are for.
    model : str
        HTML: the model answer.
    """

    assignment: str
    name: str
    of: float
    asked: str
    rubric: list[tuple[float, str]]
    model: str


class Answer(NamedTuple):
    """What a student answered to a question.

    Attributes
    ----------
    id : str
        For addresses; it says nothing of whose it is, and sorts answers in an order of no meaning.
    student : str
        Whose it is.
    assignment, question : str
        What it answers.
    html : str
        The answer, without anything that could run.
    line : dict of str to str
        The line of manual.csv that it is marked in, without points.
    """

    id: str
    student: str
    assignment: str
    question: str
    html: str
    line: dict[str, str]


def read(out: Path) -> tuple[list[Question], list[Answer]]:
    """Read what there is to mark.

    Parameters
    ----------
    out : Path
        The folder for results.

    Returns
    -------
    tuple of list of Question and list of Answer
        Answers in an order that says nothing of whose they are.

    Raises
    ------
    FileNotFoundError
        If nothing was graded there.
    """
    try:
        content = json.loads((out / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise FileNotFoundError(
            f"no answers in {out}/; run `coursekit grade SUBMISSIONS` first, or name its folder "
            "with -o"
        ) from None
    questions = [
        Question(**each | {"rubric": [tuple(line) for line in each["rubric"]]})
        for each in content["questions"]
    ]
    return questions, [Answer(**each) for each in content["answers"]]
