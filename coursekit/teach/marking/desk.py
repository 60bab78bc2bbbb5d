"""Points of answers: read from manual.csv for each question, written there at once."""

from __future__ import annotations

import threading
from pathlib import Path

from coursekit.teach import manual_scores
from coursekit.teach.marking import answers
from coursekit.teach.marking.answers import Answer, Question

LONGEST = 2000  # letters of a comment


class MarkError(ValueError):
    """Points or a comment that cannot be taken; the message says why."""


class Desk:
    """What is to be marked, and how far it is.

    Parameters
    ----------
    out : Path
        The folder for results.

    Attributes
    ----------
    questions : list of Question
        All of them.
    """

    def __init__(self, out: Path) -> None:
        self._out, self._lock = out, threading.Lock()
        self.questions, found = answers.read(out)
        self._answers = {answer.id: answer for answer in found}

    def overview(self) -> list[dict]:
        """Tell how far each question is.

        Returns
        -------
        list of dict
            For each its place, names, points, HTML, rubric, how many answers there are and how
            many have points.
        """
        marks = self._marks()
        found = []
        for place, question in enumerate(self.questions):
            mine = self._of(question)
            done = sum(bool(marks[answer.id]["points"]) for answer in mine)
            found.append(question._asdict() | {"place": place, "answers": len(mine), "done": done})
        return found

    def answers(self, place: int, with_names: bool) -> list[dict]:
        """Show all answers to a question.

        Parameters
        ----------
        place : int
            The question's.
        with_names : bool
            Whether it is told whose they are.

        Returns
        -------
        list of dict
            For each its id, HTML, points or None, points of the rubric's lines with None for those
            that are open, comment and, if wanted, student.
        """
        marks, question = self._marks(), self.questions[place]
        return [
            {"id": answer.id, "html": answer.html, **self._shown(question, marks[answer.id])}
            | ({"student": answer.student} if with_names else {})
            for answer in self._of(question)
        ]

    def save(self, answer: str, lines: list[float | None], comment: str) -> dict:
        """Take points of an answer.

        Parameters
        ----------
        answer : str
            Its id.
        lines : list of float or None
            For each line of the rubric nothing, half or all of its points, None if it is open.
        comment : str
            For the student.

        Returns
        -------
        dict
            What stands in the file now, as in `answers`.

        Raises
        ------
        MarkError
            If there is no such answer, or points or comment are none that can be given.
        """
        if answer not in self._answers:
            raise MarkError("there is no such answer any more; load the page again")
        found = self._answers[answer]
        question = next(
            each
            for each in self.questions
            if (each.assignment, each.name) == (found.assignment, found.question)
        )
        if len(lines) != len(question.rubric) or not all(
            points is None or points in (0, most / 2, most)
            for points, (most, _) in zip(lines, question.rubric, strict=True)
        ):
            raise MarkError("each line of the rubric gives nothing, half or all of its points")
        if len(comment) > LONGEST:
            raise MarkError(f"a comment has {LONGEST} letters at most")
        total = None if None in lines else sum(lines)
        written = {
            "points": "" if total is None else f"{total:g}",
            "lines": " ".join("-" if points is None else f"{points:g}" for points in lines),
            "comment": comment,
        }
        with self._lock:
            manual_scores.save(self._out, found.line, written)
        return self._shown(question, written)

    def _of(self, question: Question) -> list[Answer]:
        return [
            answer
            for answer in self._answers.values()
            if (answer.assignment, answer.question) == (question.assignment, question.name)
        ]

    def _marks(self) -> dict[str, dict[str, str]]:
        """Read what stands in the file, which a spreadsheet may have changed meanwhile."""
        known = manual_scores.index(manual_scores.rows(self._out))
        empty = {"points": "", "lines": "", "comment": ""}
        return {
            answer.id: next(
                (known[key] for key in manual_scores.keys(answer.line) if key in known), empty
            )
            for answer in self._answers.values()
        }

    def _shown(self, question: Question, row: dict[str, str]) -> dict:
        lines = manual_scores.lines(row)
        if len(lines) != len(question.rubric):
            lines = [None] * len(question.rubric)
        points = manual_scores.number(row["points"])
        return {"points": points, "lines": lines, "comment": row["comment"]}
