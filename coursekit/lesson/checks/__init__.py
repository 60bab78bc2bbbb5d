"""Immediate feedback on exercises: `check` looks at an answer, `hint` and `solution` help on request.

    from coursekit.lesson import checks
    checks.check("05.2", my_weights)

A check tests what an answer does on inputs that the learner has not seen: shapes, ranges, invariants, agreement
with another library. It never looks at how the answer is written. An answer ``...`` counts as not attempted.
"""

from __future__ import annotations

from .answers import examine
from .exercise import Exercise, find, names
from .result import CORRECT, NOT_ATTEMPTED, NOT_YET, Card, Result

__all__ = [
    "CORRECT",
    "NOT_ATTEMPTED",
    "NOT_YET",
    "Card",
    "Exercise",
    "Result",
    "check",
    "find",
    "hint",
    "names",
    "require",
    "solution",
]


def check(name: str, answer, seed: int = 0) -> Result:
    """Look at an answer to an exercise.

    Parameters: ``name`` of the exercise, such as "05.2"; ``answer``, what it asks for (a function, an array, a
    number), or ``...``; ``seed`` of the inputs that the answer is tried on.
    Returns: a `Result`, which a notebook shows as a card. An exception in the learner's code is part of it.
    Raises: ValueError if there is no such exercise.
    """
    return examine(find(name), answer, seed)


def require(name: str, answer, seed: int = 0) -> None:
    """`check` for graded cells. Raises: AssertionError that says what is wrong, unless the answer is correct."""
    __tracebackhide__ = True  # the student sees the sentence, not this file
    result = check(name, answer, seed)
    if result.status != CORRECT:
        raise AssertionError(str(result)) from None


def hint(name: str) -> Card:
    """A nudge in the right direction. Raises: ValueError if there is no such exercise."""
    return Card(f"{name}: hint", find(name).hint)


def solution(name: str) -> None:
    """Show the source of the reference solution.

    Raises: ValueError if there is no such exercise, or if it is graded.
    """
    reference = find(name).solution
    if reference is None:
        raise ValueError(
            f"{name} is graded, so there is no solution to show; try checks.hint({name!r})"
        )
    from coursekit import lesson

    lesson.source(reference)
