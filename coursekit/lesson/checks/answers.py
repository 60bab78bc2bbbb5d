"""The learner's side of a check: call their code, catch what goes wrong there, and say where."""

from __future__ import annotations

import copy
import functools
import sys
import traceback
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

import coursekit

from . import cases
from .exercise import Exercise
from .result import CORRECT, NOT_ATTEMPTED, NOT_YET, Result


class NotYet(Exception):
    """Raised by a check whose answer is not correct.

    Parameters
    ----------
    misconception : str
        The likely one in a few words.
    message : str
        What was seen, and how to go on.
    """

    def __init__(self, misconception: str, message: str):
        super().__init__(message)
        self.misconception, self.message = misconception, message


class _NotAttempted(Exception):
    """The answer is ``...``, or gives it back."""


class _Raised(Exception):
    """The learner's code raised ``error``."""

    def __init__(self, error: BaseException, answer: Callable):
        super().__init__()
        self.error, self.answer = error, answer


def examine(
    exercise: Exercise,
    answer: Any,
    seed: int = 0,
    folder: Path = cases.FOLDER,
    part: str | None = None,
) -> Result:
    """Run a check on an answer.

    Parameters
    ----------
    exercise : Exercise
        What was asked.
    answer : Any
        What the learner gave.
    seed : int
        Which of the stored cases the answer is tried on, or, where the exercise has none, the seed
        of its inputs.
    folder : Path
        Where the stored cases are.
    part : str, optional
        What to look at alone, of an exercise that has parts.

    Returns
    -------
    Result
        Whatever the answer is or does, nothing is raised.

    Raises
    ------
    FileNotFoundError
        If the exercise's stored cases are missing.
    ValueError
        If the exercise has no such part.
    """
    name = exercise.name
    if part is not None and part not in exercise.parts:
        known = ", ".join(exercise.parts) or "none"
        raise ValueError(f"{name} has no part {part!r}; its parts are: {known}")
    if exercise.stored:
        given = cases.pick(name, seed, folder)
    else:
        # The name is part of the seed, so that no two exercises draw the same numbers.
        given = np.random.default_rng([seed, zlib.crc32(name.encode())])
    try:
        if answer is ...:
            raise _NotAttempted
        looked_at = answer if exercise.value else _watched(name, answer)
        which = (part,) if exercise.parts else ()
        message = exercise.check(looked_at, given, *which)
        return Result(name, CORRECT, message)
    except _NotAttempted:
        message = "Replace the three dots by your answer and run the cell again."
        return Result(name, NOT_ATTEMPTED, message)
    except NotYet as seen:
        return Result(name, NOT_YET, seen.message, seen.misconception)
    except _Raised as raised:
        message = _where(raised.error, raised.answer)
        return Result(name, NOT_YET, message, "your code raised an error")
    except Exception as error:
        # An answer so unlike the expected one that the check itself tripped over it.
        message = f"The answer could not be examined: {type(error).__name__}: {error}"
        return Result(name, NOT_YET, message, "an answer of another kind")


def _watched(name: str, answer: Any) -> Callable:
    """Watch the learner's function: errors are theirs, ``...`` is no answer, inputs must stay."""
    if not callable(answer):
        raise NotYet(
            "not a function",
            f"Expected a function, got {_kind(answer)}. Pass the function itself, without calling "
            f"it: `checks.check({name!r}, my_function)`.",
        )

    @functools.wraps(answer, updated=())
    def call(*arguments: Any) -> Any:
        # A dictionary is there to be filled, a cache for example.
        given = [value if isinstance(value, dict) else copy.deepcopy(value) for value in arguments]
        try:
            found = answer(*given)
        except (Exception, SystemExit) as error:
            raise _Raised(error, answer) from None
        if found is ...:
            raise _NotAttempted
        for before, after in zip(arguments, given, strict=True):
            if not isinstance(before, np.ndarray):
                continue
            # NumPy can look for NaN in numbers only.
            if not np.array_equal(before, after, equal_nan=before.dtype.kind == "f"):
                raise NotYet(
                    "changes its input",
                    "Your function writes into the array that it was given, so the caller's photo "
                    "changes too. Begin with a copy: `x = x.copy()`.",
                )
        return found

    return call


def array(value: Any, shape: tuple[int | None, ...], what: str = "your function") -> np.ndarray:
    """Take what the learner returned as an array.

    Parameters
    ----------
    value : Any
        What they returned.
    shape : tuple of int or None
        The expected shape; None fits any length.
    what : str
        What gave the value, as the message calls it.

    Returns
    -------
    np.ndarray
        Finite, float64, of this shape.

    Raises
    ------
    NotYet
        If it is nothing, not numbers, of another shape or not finite.
    """
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
            f"{_begin(what)} gives {(~np.isfinite(found)).sum()} numbers that are infinite or "
            "NaN. Look for a division by zero, a logarithm of zero, or an overflow.",
        )
    return found


def number(value: Any, what: str = "your answer") -> float:
    """Take what the learner returned as one number.

    Parameters
    ----------
    value : Any
        What they returned.
    what : str
        What gave the value, as the message calls it.

    Returns
    -------
    float
        Finite.

    Raises
    ------
    NotYet
        As `array` does.
    """
    return float(array(value, (), what))


def parts(value: Any, count: int, what: str = "your function") -> tuple:
    """Take what the learner returned apart.

    Parameters
    ----------
    value : Any
        What they returned.
    count : int
        How many things it should hold.
    what : str
        What gave the value, as the message calls it.

    Returns
    -------
    tuple
        Of ``count`` things.

    Raises
    ------
    NotYet
        If it is no tuple or list of ``count`` things.
    """
    if value is None:
        raise NotYet("nothing returned", f"{_begin(what)} returns None. Is there a `return`?")
    if not isinstance(value, (tuple, list)) or len(value) != count:
        raise NotYet(
            "another number of results",
            f"{_begin(what)} should give {count} things, got {_kind(value)}.",
        )
    return tuple(value)


def close(found: ArrayLike, expected: ArrayLike, within: float = 1e-4) -> bool:
    """Tell whether numbers agree.

    Parameters
    ----------
    found : array_like
        The learner's.
    expected : array_like
        The right ones, of the same shape.
    within : float
        The largest difference, as a share of the largest expected number or of 1.

    Returns
    -------
    bool
        Whether they do.

    Examples
    --------
    >>> close([1000.0, 0.05], [1000.0, 0.0]), close([1.0, 0.05], [1.0, 0.0])
    (True, False)
    """
    scale = max(1.0, float(np.abs(expected).max(initial=0)))
    return bool(np.abs(np.asarray(found) - expected).max(initial=0) <= within * scale)


def agree(
    found: ArrayLike,
    expected: ArrayLike,
    mistakes: dict[str, tuple[ArrayLike, str]],
    otherwise: str,
    within: float = 1e-4,
) -> None:
    """Demand the expected numbers; name the mistake that gives just these.

    Parameters
    ----------
    found : array_like
        The learner's numbers.
    expected : array_like
        The right ones, of the same shape.
    mistakes : dict
        Misconception → (the result that it gives, what to say of it).
    otherwise : str
        What to say of any other result.
    within : float
        As for `close`.

    Raises
    ------
    NotYet
        If ``found`` is not as expected.
    """
    if close(found, expected, within):
        return
    for misconception, (result, message) in mistakes.items():
        if close(found, result, within):
            raise NotYet(misconception, message)
    raise NotYet("another result", otherwise)


def _begin(what: str) -> str:
    """Begin a sentence with it: upper case, unless it is the name of a function."""
    return what if "(" in what or "_" in what else what[:1].upper() + what[1:]


def _kind(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"an array of shape {_shape(value.shape)}"
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, (int, float, str, bool)):
        return f"`{value!r}`"[:60]
    return f"a {type(value).__name__}"


def _shape(shape: tuple) -> str:
    return f"({', '.join('any' if s is None else str(s) for s in shape)}{',' * (len(shape) == 1)})"


def _where(error: BaseException, answer: Callable) -> str:
    """Tell the learner's line that raised, and the error; no line of a package."""
    kind, said = type(error).__name__, str(error).replace("`", "'")
    what = f"{kind}: {said}" if said else kind
    code = getattr(answer, "__code__", None)
    frames = traceback.extract_tb(error.__traceback__)
    own = getattr(code, "co_filename", None)
    # The last frame is often NumPy's; what the learner can change is the last one of their own.
    theirs = [frame for frame in frames if frame.filename == own or not _installed(frame.filename)]
    if theirs:
        last = theirs[-1]
        line = f"`{last.line.replace('`', chr(39))}` raised " if last.line else ""
        return f"{_file(last.filename)}, line {last.lineno}: {line}{what}."
    # Called with the wrong number of arguments, it was never entered.
    begin = f"{_file(code.co_filename)}, line {code.co_firstlineno}: " if code else ""
    return f"{begin}calling it raised {what}."


def _installed(filename: str) -> bool:
    """Tell whether a file belongs to this package, another one, or Python."""
    path = Path(filename)
    folders = (Path(coursekit.__file__).parent, sys.prefix, sys.base_prefix)
    return (
        any(path.is_relative_to(folder) for folder in folders)
        or "site-packages" in path.parts
        or filename.startswith(("<frozen", "<__array"))
    )


def _file(filename: str) -> str:
    """Name the cell, as it is numbered in the notebook, or the file."""
    if "IPython" in sys.modules:
        shell = sys.modules["IPython"].get_ipython()
        # Older versions of IPython cannot.
        named = shell and getattr(shell.compile, "format_code_name", lambda name: None)(filename)
        if named:
            return " ".join(named)
    if "ipython-input" in filename or "ipykernel" in filename:
        return "Your cell"
    return Path(filename).name
