"""Hidden tests of the assignments: the same checks as students have, on cases that they have not.

Only the hidden regions of the assignments' sources import this. It needs the stored cases and no
reference solution.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from coursekit.lesson.checks import CORRECT, Result, find
from coursekit.lesson.checks.answers import examine

CASES = Path(__file__).parent / "hidden_cases"


def check(name: str, answer: Callable, seed: int = 0, part: str | None = None) -> Result:
    """Look at an answer to a graded exercise as `lesson.checks.check` does, on a hidden case.

    Parameters
    ----------
    name : str
        The exercise, such as "A1.1".
    answer : callable
        The student's function, or ``...``.
    seed : int
        Which case; where an exercise has none, the seed of its inputs.
    part : str, optional
        What to look at alone, of an exercise that has parts.

    Returns
    -------
    Result
        How the answer did.

    Raises
    ------
    ValueError
        If there is no such exercise, or no such part of it.
    FileNotFoundError
        If the hidden cases are missing.
    """
    return examine(find(name), answer, seed, CASES, part)


def require(name: str, answer: Callable, seed: int = 0, part: str | None = None) -> None:
    """Demand that an answer to a graded exercise is correct on a hidden case.

    Parameters
    ----------
    name : str
        The exercise, such as "A1.1".
    answer : callable
        The student's function, or ``...``.
    seed : int
        Which case; where an exercise has none, the seed of its inputs.
    part : str, optional
        What to look at alone, of an exercise that has parts.

    Raises
    ------
    AssertionError
        That says what is wrong, unless the answer is correct.
    ValueError
        If there is no such exercise, or no such part of it.
    FileNotFoundError
        If the hidden cases are missing.
    """
    __tracebackhide__ = True  # the student sees the sentence, not this file
    result = check(name, answer, seed, part)
    if result.status != CORRECT:
        raise AssertionError(str(result)) from None
