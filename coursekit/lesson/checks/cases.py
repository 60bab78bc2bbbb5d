"""Cases of graded exercises, computed beforehand: inputs, right answers, what mistakes give.

The checks of assignments compare with these. They hold no solution, so that nothing which is
installed with the course computes the answer to a graded task; the reference solutions, and the
command that writes the files, are in a clone (`coursekit.teach`).
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

FOLDER = Path(__file__).parent / "assignments"


class Case(NamedTuple):
    """One set of inputs of an exercise, and what is known about them.

    Attributes
    ----------
    given : dict of str to ndarray or number
        What the answer is tried on.
    expected : dict of str to ndarray or number
        Part of the result → what is right.
    mistakes : dict of str to dict
        Part of the result → name of a misconception → what it gives.
    facts : dict of str to ndarray or number
        Other numbers that a sentence of the check needs.
    """

    given: dict
    expected: dict
    mistakes: dict = {}
    facts: dict = {}

    def mistaken(self, part: str, messages: dict[str, str]) -> dict[str, tuple]:
        """Join the results of mistakes to what is to be said of them.

        Parameters
        ----------
        part : str
            Part of the result.
        messages : dict of str to str
            Name of a misconception → what to say.

        Returns
        -------
        dict of str to tuple
            Name → (result, message), as `answers.agree` wants them.

        Raises
        ------
        KeyError
            If a stored mistake has no message.
        """
        return {name: (found, messages[name]) for name, found in self.mistakes[part].items()}


def pick(name: str, seed: int = 0, folder: Path = FOLDER) -> Case:
    """Read one of the stored cases of an exercise.

    Parameters
    ----------
    name : str
        The exercise, such as "A1.1".
    seed : int
        Which case: its number, begun anew after the last.
    folder : Path
        Where the files are, one for each assignment.

    Returns
    -------
    Case
        Its arrays are the caller's own.

    Raises
    ------
    FileNotFoundError
        If there are no cases of this exercise.
    """
    path = file(name, folder)
    if not path.is_file():
        raise FileNotFoundError(f"the cases of {name} are missing: no {path}; {_WAY_OUT}")
    case = Case({}, {}, {}, {})
    with np.load(path, allow_pickle=False) as stored:
        keys = [key for key in stored.files if key.startswith(f"{name}/")]
        if not keys:
            raise FileNotFoundError(f"{path} has no case of {name}; {_WAY_OUT}")
        for key in keys:
            # "A1.1/mistakes/photo/codes were averaged" holds what that mistake gives in each case,
            # one after another.
            _, kind, *parts, last = key.split("/")
            fields = getattr(case, kind)
            for part in parts:
                fields = fields.setdefault(part, {})
            of_each = stored[key]
            value = of_each[seed % len(of_each)]
            fields[last] = value if value.ndim else value.item()
    return case


def file(name: str, folder: Path = FOLDER) -> Path:
    """Name the file with the cases of an exercise.

    Parameters
    ----------
    name : str
        The exercise, such as "A1.1", or its assignment, "A1".
    folder : Path
        Where the files are.

    Returns
    -------
    Path
        One file for each assignment, whether it is there or not.
    """
    return folder / f"assignment{name.partition('.')[0][1:]}.npz"


_WAY_OUT = "install the course again, or, in a clone, run: python -m coursekit.teach.cases"
