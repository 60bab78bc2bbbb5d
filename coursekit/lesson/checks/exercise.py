"""The exercises. A lesson's checks stand in a file of their own, loaded when they are asked for."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from difflib import get_close_matches
from typing import NamedTuple


class Exercise(NamedTuple):
    """An exercise that answers back.

    Attributes
    ----------
    name : str
        Such as "05.2", or "A1.2" in an assignment.
    check : callable
        ``check(answer, rng)`` returns what to say of a correct answer, or raises `NotYet`.
    hint : str
        A nudge in the right direction.
    solution : callable or None
        The reference solution: the answer itself or, where a value is asked for, a function that
        returns it. None if the exercise is graded.
    value : bool
        Whether it asks for a value, not for a function.
    stored : bool
        Whether its check gets a stored `cases.Case` in the place of ``rng``.
    parts : tuple of str
        What can be right by itself. The check of an exercise that has parts takes the name of one
        as its third argument, None for all of them.
    """

    name: str
    check: Callable
    hint: str
    solution: Callable | None
    value: bool
    stored: bool
    parts: tuple[str, ...] = ()


_EXERCISES: dict[str, Exercise] = {}


def exercise(
    name: str,
    hint: str,
    solution: Callable | None = None,
    value: bool = False,
    stored: bool = False,
    parts: tuple[str, ...] = (),
) -> Callable[[Callable], Callable]:
    """Make the function below this decorator the check of an exercise.

    Parameters
    ----------
    name, hint : str
        As in `Exercise`.
    solution : callable or None
        As in `Exercise`.
    value, stored : bool
        As in `Exercise`.
    parts : tuple of str
        As in `Exercise`.

    Returns
    -------
    callable
        The decorator, which leaves the function as it is.
    """

    def add(check: Callable) -> Callable:
        _EXERCISES[name] = Exercise(name, check, hint, solution, value, stored, parts)
        return check

    return add


def find(name: str) -> Exercise:
    """Look an exercise up.

    Parameters
    ----------
    name : str
        Such as "05.2".

    Returns
    -------
    Exercise
        The exercise of this name.

    Raises
    ------
    ValueError
        If there is none; the closest names are told.
    """
    module = _file(str(name))
    if module in _files():
        importlib.import_module(f"{__package__}.{module}")
    if name not in _EXERCISES:
        close = get_close_matches(str(name), names(), n=3) or names()
        raise ValueError(f"there is no exercise {name!r}; did you mean {', '.join(close)}?")
    return _EXERCISES[name]


def names() -> list[str]:
    """Name all exercises.

    Returns
    -------
    list of str
        Those of lessons first.
    """
    for module in _files():
        importlib.import_module(f"{__package__}.{module}")
    return sorted(_EXERCISES)


def _file(name: str) -> str:
    """Name the file of an exercise: lesson05 for "05.2", assignment1 for "A1.2"."""
    part = name.partition(".")[0]
    return f"assignment{part[1:]}" if part.startswith("A") else f"lesson{part}"


def _files() -> list[str]:
    # Found in the folder, not listed: a lesson's checks are added by adding their file.
    package = importlib.import_module(__package__)
    return [
        module.name
        for module in pkgutil.iter_modules(package.__path__)
        if module.name.startswith(("lesson", "assignment"))
    ]
