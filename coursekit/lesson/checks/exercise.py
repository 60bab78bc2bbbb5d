"""The list of exercises: each lesson's checks stand in a file of their own, which is loaded when it is asked for."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from difflib import get_close_matches
from typing import NamedTuple


class Exercise(NamedTuple):
    """``check(answer, rng)`` returns what to say of a correct answer, or raises `NotYet`."""

    name: str
    check: Callable
    hint: str
    solution: (
        Callable | None
    )  # the answer itself, or, where a value is asked for, a function that returns it
    value: bool  # asks for a value, not for a function
    stored: bool  # its check gets a stored `cases.Case` in the place of ``rng``


_EXERCISES: dict[str, Exercise] = {}


def exercise(
    name: str,
    hint: str,
    solution: Callable | None = None,
    value: bool = False,
    stored: bool = False,
):
    """Decorator: the function below it checks this exercise."""

    def add(check: Callable) -> Callable:
        _EXERCISES[name] = Exercise(name, check, hint, solution, value, stored)
        return check

    return add


def find(name: str) -> Exercise:
    """The exercise of this name. Raises: ValueError, with the closest names."""
    module = _file(str(name))
    if module in _files():
        importlib.import_module(f"{__package__}.{module}")
    if name not in _EXERCISES:
        close = get_close_matches(str(name), names(), n=3) or names()
        raise ValueError(f"there is no exercise {name!r}; did you mean {', '.join(close)}?")
    return _EXERCISES[name]


def names() -> list[str]:
    """All exercises, those of lessons first."""
    for module in _files():
        importlib.import_module(f"{__package__}.{module}")
    return sorted(_EXERCISES)


def _file(name: str) -> str:
    """The file of "05.2" is lesson05, that of "A1.2" assignment1."""
    part = name.partition(".")[0]
    return f"assignment{part[1:]}" if part.startswith("A") else f"lesson{part}"


def _files() -> list[str]:
    package = importlib.import_module(__package__)
    return [
        module.name
        for module in pkgutil.iter_modules(package.__path__)
        if module.name.startswith(("lesson", "assignment"))
    ]
