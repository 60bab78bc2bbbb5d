"""A submission on its way: whose, of which assignment, what was noticed, what came out."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from coursekit.teach.matching import Rebuilt
from coursekit.teach.release import grade_id
from coursekit.teach.roster import Person
from coursekit.teach.senders import Sender
from coursekit.teach.submissions import Submission


@dataclass
class Entry:
    """A submission on its way through grading.

    Attributes
    ----------
    submission : Submission
        The file.
    student : str
        Whose it is, in the same words in all assignments.
    assignment : str or None
        Which one it answers; None if that could not be told.
    sender : Sender or None
        What names of files and folders say of the student.
    person : Person or None
        Who that is in the class; None without a roster, or if nobody.
    rebuilt : Rebuilt or None
        The notebook that is graded; None if there is none.
    key : str or None
        What the result depends on, as the cache names it.
    notes : list of str
        What a person should know although it was graded.
    failure : str or None
        Why there are no points.
    points : dict
        grade_id → (automatic points, of how many, whether a person gives them), as `worker.Outcome`
        has them.
    by_hand : dict of str to float or None
        grade_id → points of a person, None for those to do.
    comments : dict of str to str
        grade_id → what the person wrote.
    lines : dict of str to list of float or None
        grade_id → points of each line of the rubric, None for those that are open.
    feedback : str
        nbgrader's page, HTML.
    said : dict of str to str
        grade_id of each test that failed → what its error says.
    """

    submission: Submission
    student: str = ""
    assignment: str | None = None
    sender: Sender | None = None
    person: Person | None = None
    rebuilt: Rebuilt | None = None
    key: str | None = None
    notes: list[str] = field(default_factory=list)
    failure: str | None = None
    points: dict = field(default_factory=dict)
    by_hand: dict = field(default_factory=dict)
    comments: dict = field(default_factory=dict)
    lines: dict[str, list[float | None]] = field(default_factory=dict)
    feedback: str = ""
    said: dict[str, str] = field(default_factory=dict)

    def answer(self, question: str) -> str:
        """Read what the student answered to a question.

        Parameters
        ----------
        question : str
            The grade_id of its cell.

        Returns
        -------
        str
            The text, and behind it what is attached; empty where there is none.
        """
        for cell in self.rebuilt.notebook.cells if self.rebuilt else []:
            if grade_id(cell) == question:
                attached = cell.get("attachments")
                return cell.source + (json.dumps(attached, sort_keys=True) if attached else "")
        return ""

    def finish(self, outcome: dict) -> None:
        """Take what grading gave.

        Parameters
        ----------
        outcome : dict
            The fields of a `worker.Outcome`.
        """
        self.points, self.feedback = outcome["points"], outcome["feedback"]
        self.said = outcome["said"]
        self.failure = outcome["failure"]
        self.notes = [*self.notes, *outcome["notes"]]

    def total(self) -> float | None:
        """Add the points up.

        Returns
        -------
        float or None
            None as long as an answer waits for a person, or if there are no points at all.
        """
        got = [self.by_hand.get(name, points) for name, (points, _, _) in self.points.items()]
        return None if self.failure or not got or None in got else float(sum(got))
