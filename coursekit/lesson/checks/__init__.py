"""Immediate feedback on exercises: `check` an answer; `hint` and `solution` help on request.

    from coursekit.lesson import checks
    checks.check("05.2", my_weights)

A check tests what an answer does on inputs that the learner has not seen: shapes, ranges,
invariants, agreement with another library. It never looks at how the answer is written. An answer
``...`` counts as not attempted.

Importing it must be quick, so what only `solution` needs (IPython) is imported there.
"""

from __future__ import annotations

from typing import Any

from .answers import examine
from .exercise import Exercise, find, names
from .result import CORRECT, NOT_ATTEMPTED, NOT_YET, Message, Result

__all__ = [
    "CORRECT",
    "NOT_ATTEMPTED",
    "NOT_YET",
    "Exercise",
    "Message",
    "Result",
    "check",
    "find",
    "hint",
    "names",
    "require",
    "solution",
]


def check(name: str, answer: Any, seed: int = 0, part: str | None = None) -> Result:
    """Look at an answer to an exercise.

    Parameters
    ----------
    name : str
        The exercise, such as "05.2".
    answer : Any
        What it asks for (a function, an array, a number), or ``...``.
    seed : int
        Seed of the inputs that the answer is tried on.
    part : str, optional
        What to look at alone, of an exercise that has parts.

    Returns
    -------
    Result
        A notebook shows it in a box. An exception in the learner's code is part of it.

    Raises
    ------
    ValueError
        If there is no such exercise, or no such part of it.

    Examples
    --------
    >>> check("07.1", lambda rates: 1 - 2 * rates)
    ✓ 07.1: correct. At 50 % it is 0: nobody saw anything. At 32 % it is about a third of the pairs.
    """
    return examine(find(name), answer, seed, part=part)


def require(name: str, answer: Any, seed: int = 0, part: str | None = None) -> None:
    """Demand a correct answer, in a graded cell.

    Parameters
    ----------
    name : str
        The exercise, such as "A1.2".
    answer : Any
        As for `check`.
    seed : int
        As for `check`.
    part : str, optional
        As for `check`.

    Raises
    ------
    AssertionError
        Unless the answer is correct; it says what is wrong.
    """
    __tracebackhide__ = True  # the student sees the sentence, not this file
    result = check(name, answer, seed, part)
    if result.status != CORRECT:
        raise AssertionError(str(result)) from None


def hint(name: str) -> Message:
    """Give a nudge in the right direction.

    Parameters
    ----------
    name : str
        The exercise.

    Returns
    -------
    Message
        A notebook shows it in a box.

    Raises
    ------
    ValueError
        If there is no such exercise.
    """
    return Message(f"{name}: hint", find(name).hint)


def solution(name: str) -> None:
    """Show the source of the reference solution.

    Parameters
    ----------
    name : str
        The exercise.

    Raises
    ------
    ValueError
        If there is no such exercise, or if it is graded.
    """
    reference = find(name).solution
    if reference is None:
        raise ValueError(
            f"{name} is graded, so there is no solution to show; try checks.hint({name!r})"
        )
    from coursekit.lesson import notebook

    notebook.source(reference)
