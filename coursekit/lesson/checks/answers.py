"""The learner's side of a check: calls their code, catches what goes wrong there, and says where."""

from __future__ import annotations

import copy
import functools
import sys
import traceback
import zlib
from pathlib import Path

import numpy as np

import coursekit

from . import cases
from .result import CORRECT, NOT_ATTEMPTED, NOT_YET, Result


class NotYet(Exception):
    """Raised by a check: the likely misconception in a few words, and what was seen."""

    def __init__(self, misconception: str, message: str):
        super().__init__(message)
        self.misconception, self.message = misconception, message


class _NotAttempted(Exception):
    pass


class _Raised(Exception):
    """The learner's code raised ``error``."""

    def __init__(self, error: BaseException, answer):
        super().__init__()
        self.error, self.answer = error, answer


def examine(exercise, answer, seed: int = 0, folder: Path = cases.FOLDER) -> Result:
    """Run a check on an answer. Returns: a `Result`; whatever the answer is or does, nothing is raised.

    ``folder``: of the stored cases, of which ``seed`` chooses one, if the exercise has them.
    """
    if exercise.stored:
        given = cases.pick(exercise.name, seed, folder)
    else:
        given = np.random.default_rng([seed, zlib.crc32(exercise.name.encode())])
    try:
        if answer is ...:
            raise _NotAttempted
        message = exercise.check(
            answer if exercise.value else _watched(exercise.name, answer), given
        )
        return Result(exercise.name, CORRECT, message)
    except _NotAttempted:
        return Result(
            exercise.name,
            NOT_ATTEMPTED,
            "Replace the three dots by your answer and run the cell again.",
        )
    except NotYet as seen:
        return Result(exercise.name, NOT_YET, seen.message, seen.misconception)
    except _Raised as raised:
        return Result(
            exercise.name, NOT_YET, _where(raised.error, raised.answer), "your code raised an error"
        )
    except (
        Exception
    ) as error:  # an answer so unlike the expected one that the check itself tripped over it
        return Result(
            exercise.name,
            NOT_YET,
            f"The answer could not be examined: {type(error).__name__}: {error}",
            "an answer of another kind",
        )


def _watched(name: str, answer):
    """The learner's function; what it raises is theirs, ``...`` is no answer, and its inputs must stay as they are."""
    if not callable(answer):
        raise NotYet(
            "not a function",
            f"Expected a function, got {_kind(answer)}. Pass the function itself, "
            f"without calling it: `checks.check({name!r}, my_function)`.",
        )

    @functools.wraps(answer, updated=())
    def call(*arguments):
        # A dictionary is there to be filled, a cache for example.
        given = [value if isinstance(value, dict) else copy.deepcopy(value) for value in arguments]
        try:
            found = answer(*given)
        except (Exception, SystemExit) as error:
            raise _Raised(error, answer) from None
        if found is ...:
            raise _NotAttempted
        for before, after in zip(arguments, given, strict=True):
            if isinstance(before, np.ndarray) and not np.array_equal(
                before, after, equal_nan=before.dtype.kind == "f"
            ):
                raise NotYet(
                    "changes its input",
                    "Your function writes into the array that it was given, so the "
                    "caller's photo changes too. Begin with a copy: `x = x.copy()`.",
                )
        return found

    return call


def array(value, shape: tuple, what: str = "your function") -> np.ndarray:
    """What the learner returned, as finite float64 of this shape; raises NotYet otherwise. None fits any length."""
    if value is None:
        raise NotYet("nothing returned", f"{_begin(what)} returns None. Is there a `return`?")
    try:
        found = np.asarray(value, np.float64)
    except (TypeError, ValueError):
        raise NotYet(
            "not numbers", f"{_begin(what)} should give numbers, got {_kind(value)}."
        ) from None
    fits = len(found.shape) == len(shape) and all(
        s in (None, f) for f, s in zip(found.shape, shape, strict=True)
    )
    if not fits:
        raise NotYet(
            "another shape",
            f"{_begin(what)} should give shape {_shape(shape)}, got {_shape(found.shape)}.",
        )
    if not np.isfinite(found).all():
        raise NotYet(
            "not finite",
            f"{_begin(what)} gives {(~np.isfinite(found)).sum()} numbers that are infinite "
            "or NaN. Look for a division by zero, a logarithm of zero, or an overflow.",
        )
    return found


def number(value, what: str = "your answer") -> float:
    """As `array`, for one number."""
    return float(array(value, (), what))


def parts(value, count: int, what: str = "your function") -> tuple:
    """A tuple of ``count`` things; raises NotYet for anything else."""
    if value is None:
        raise NotYet("nothing returned", f"{_begin(what)} returns None. Is there a `return`?")
    if not isinstance(value, (tuple, list)) or len(value) != count:
        raise NotYet(
            "another number of results",
            f"{_begin(what)} should give {count} things, got {_kind(value)}.",
        )
    return tuple(value)


def close(found, expected, within: float = 1e-4) -> bool:
    """True if numbers agree, to ``within`` of the largest of them or of 1."""
    scale = max(1.0, float(np.abs(expected).max(initial=0)))
    return bool(np.abs(np.asarray(found) - expected).max(initial=0) <= within * scale)


def agree(found, expected, mistakes: dict, otherwise: str, within: float = 1e-4) -> None:
    """Nothing if ``found`` is as expected; otherwise NotYet with the mistake that gives just this result.

    ``mistakes``: misconception -> (the result it gives, what to say); ``otherwise``: what to say of any other.
    """
    if close(found, expected, within):
        return
    for misconception, (result, message) in mistakes.items():
        if close(found, result, within):
            raise NotYet(misconception, message)
    raise NotYet("another result", otherwise)


def _begin(what: str) -> str:
    """At the start of a sentence, unless it is the name of a function."""
    return what if "(" in what or "_" in what else what[:1].upper() + what[1:]


def _kind(value) -> str:
    if isinstance(value, np.ndarray):
        return f"an array of shape {_shape(value.shape)}"
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of {len(value)}"
    return (
        f"`{value!r}`"[:60]
        if isinstance(value, (int, float, str, bool))
        else f"a {type(value).__name__}"
    )


def _shape(shape: tuple) -> str:
    return f"({', '.join('any' if s is None else str(s) for s in shape)}{',' * (len(shape) == 1)})"


def _where(error: BaseException, answer) -> str:
    """The learner's line that raised, and the error; no line of a package."""
    what = (
        f"{type(error).__name__}: {error}".replace("`", "'") if str(error) else type(error).__name__
    )
    code = getattr(answer, "__code__", None)
    frames = traceback.extract_tb(error.__traceback__)
    own = getattr(code, "co_filename", None)
    theirs = [frame for frame in frames if frame.filename == own or not _installed(frame.filename)]
    if theirs:
        last = theirs[-1]
        line = f"`{last.line.replace('`', chr(39))}` raised " if last.line else ""
        return f"{_file(last.filename)}, line {last.lineno}: {line}{what}."
    place = f"{_file(code.co_filename)}, line {code.co_firstlineno}: " if code else ""
    return f"{place}calling it raised {what}."


def _installed(filename: str) -> bool:
    """Whether a file belongs to this package, another one, or Python."""
    path = Path(filename)
    inside = (Path(coursekit.__file__).parent, sys.prefix, sys.base_prefix)
    return (
        any(path.is_relative_to(place) for place in inside)
        or "site-packages" in path.parts
        or filename.startswith(("<frozen", "<__array"))
    )


def _file(filename: str) -> str:
    """The cell, as it is numbered in the notebook, or the file's name."""
    if "IPython" in sys.modules:
        shell = sys.modules["IPython"].get_ipython()
        named = shell and getattr(shell.compile, "format_code_name", lambda name: None)(filename)
        if named:
            return " ".join(named)
    return (
        "Your cell"
        if "ipython-input" in filename or "ipykernel" in filename
        else Path(filename).name
    )
