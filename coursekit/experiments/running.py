"""Runs as lines of a file: each is done once, whoever is killed on the way."""

from __future__ import annotations

import hashlib
import inspect
import itertools
import json
import os
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
from filelock import FileLock

from coursekit import progress


def grid(**choices: Sequence) -> list[dict]:
    """Combine settings in every way.

    Parameters
    ----------
    **choices : sequence
        The values that each setting may have; the last setting changes fastest.

    Returns
    -------
    list of dict
        Every combination.

    Examples
    --------
    >>> grid(model=[1, 2], seed=[5])
    [{'model': 1, 'seed': 5}, {'model': 2, 'seed': 5}]
    """
    return [
        dict(zip(choices, values, strict=True)) for values in itertools.product(*choices.values())
    ]


def run(
    settings: Iterable[dict],
    function: Callable[..., dict],
    file: str | os.PathLike,
    code: Sequence = (),
    label: str = "runs",
) -> list[dict]:
    """Call ``function(**settings)`` for each entry that has no line in a file yet; append its line.

    The line is written in one piece when the run is done. A run that was killed left none, or half
    a line, which is cut off with a warning; either way it is done again. Two processes may work on
    one file.

    Parameters
    ----------
    settings : iterable of dict
        Plain dicts of numbers, strings, lists.
    function : callable
        Returns a dict of what was measured, plain or NumPy.
    file : str or path-like
        One JSON object a line; made if missing.
    code : sequence
        Other functions, classes and modules that the results depend on: where their source, or that
        of ``function``, has changed since, a run is done again.
    label : str
        What the progress line calls the runs.

    Returns
    -------
    list of dict
        For each entry of ``settings``, in order, its settings, what was measured, and "seconds". A
        new result and one from the file are equal to the last digit, "seconds" included.

    Raises
    ------
    ValueError
        For settings or results that JSON cannot hold, a measure named like a setting, a function
        without source, or a file with a line that is no run.
    """
    settings = list(settings)
    order = [key(each) for each in settings]
    wanted = dict(zip(order, settings, strict=True))
    file, sources = Path(file), _fingerprint([function, *code])
    file.parent.mkdir(parents=True, exist_ok=True)
    _append(file)
    line = progress.Line(len(wanted), f"{label}: 0 of {len(wanted)}")
    for done, (name, each) in enumerate(wanted.items(), start=1):
        # Read anew before each run: another process may have done it in the meantime.
        missing = _lines(file).get(name, {}).get("code") != sources
        if missing:
            started = time.perf_counter()
            measured = function(**each)
            seconds = round(time.perf_counter() - started, 2)
            _append(file, _line(name, sources, each, measured, seconds))
        line.step(done, f"{label}: {done} of {len(wanted)}", timed=missing)
    line.end(f"{label}: {len(wanted)} of {len(wanted)}")
    lines = _lines(file)
    return [_flat(lines[name]) for name in order]


def read(file: str | os.PathLike) -> list[dict]:
    """Read all runs of a file, as `run` returns them.

    Parameters
    ----------
    file : str or path-like
        What `run` wrote.

    Returns
    -------
    list of dict
        In the order in which they were first done. A run that was repeated counts once, as it was
        last; a half-written last line is left out.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        For a line that is no run.
    """
    if not Path(file).exists():
        raise FileNotFoundError(f"{file}: no such file; experiments.run makes it")
    return [_flat(line) for line in _lines(Path(file)).values()]


def key(settings: dict) -> str:
    """Make the name by which a run is recognised.

    Parameters
    ----------
    settings : dict
        In whatever order.

    Returns
    -------
    str
        A hash of the settings.
    """
    return hashlib.sha256(_json(settings, sort_keys=True).encode()).hexdigest()[:16]


def _line(name: str, sources: str, settings: dict, measured: dict, seconds: float) -> str:
    """Write a run down, once it is certain that it can be read again."""
    if not isinstance(measured, dict):
        raise ValueError(
            f"the function must return a dict of what it measured, got {type(measured).__name__}"
        )
    clash = [each for each in measured if each in settings or each == "seconds"]
    if clash:
        raise ValueError(
            f"measured {', '.join(clash)}: a setting, or the time, has that name; choose another"
        )
    parts = {"settings": settings, "measured": measured, "seconds": seconds}
    return _json({"key": name, "code": sources, **parts})


def _flat(line: dict) -> dict:
    return {**line["settings"], **line["measured"], "seconds": line["seconds"]}


def _json(value: dict, **options) -> str:
    def plain(item: object) -> object:
        if isinstance(item, (np.generic, np.ndarray)):
            return item.tolist()
        raise ValueError(
            f"{item!r} cannot stand in a line of JSON; use numbers, strings, lists and dicts"
        )

    return json.dumps(value, default=plain, ensure_ascii=False, **options)


def _fingerprint(code: Sequence) -> str:
    """Hash the source of functions, classes and modules."""
    try:
        sources = [_source(each) for each in code]
    except (OSError, TypeError) as error:
        raise ValueError(
            f"no source to recognise {error} by; define it in a cell or in a file"
        ) from None
    return hashlib.sha256("\n".join(sources).encode()).hexdigest()[:16]


def _source(item: object) -> str:
    """Read the source of one of them; a folder's is that of all its modules."""
    if hasattr(item, "__path__"):
        modules = sorted(Path(item.__file__).parent.rglob("*.py"))
        return "\n".join(module.read_text(encoding="utf-8") for module in modules)
    return inspect.getsource(item)


def _lines(file: Path) -> dict[str, dict]:
    """Read the finished lines, by key; the last one of a key stands for all."""
    found = {}
    content = file.read_bytes() if file.exists() else b""
    # What follows the last line break is a line that another process is writing, or did not finish.
    for number, text in enumerate(content.split(b"\n")[:-1], start=1):
        try:
            line = json.loads(text)
            found[line["key"]] = {
                part: line[part] for part in ("code", "settings", "measured", "seconds")
            }
        except (ValueError, KeyError, TypeError):
            raise ValueError(f"{file}, line {number}: not a run; delete that line") from None
    return found


def _append(file: Path, line: str | None = None) -> None:
    """Add a whole line, safe on the disk when this returns; without one, only clean up."""
    try:
        # Who holds the lock knows that nobody is in the middle of a line, for the lock of a killed
        # process is free: half a line is what such a process left. Without a buffer, which would
        # be written once more on closing, after a full disk refused it.
        with FileLock(file.with_name(f"{file.name}.lock")), file.open("a+b", buffering=0) as stream:
            stream.seek(0)
            content = stream.read()
            whole = content.rfind(b"\n") + 1
            if whole < len(content):
                stream.truncate(whole)
                warnings.warn(
                    f"{file}: the last line was half written; that run is done again", stacklevel=3
                )
            if line is not None:
                _put(stream, line.encode() + b"\n", whole)
    except OSError as error:
        text = f"{error.strerror}; the runs in it stay, and none can be added"
        told = OSError(error.errno, text, str(file))
        if line is not None:  # it may have taken hours
            told.add_note(f"This run was not stored: {line}")
        raise told from error


def _put(stream: BinaryIO, line: bytes, whole: int) -> None:
    """Write a line to its end, or take back what was written of it."""
    try:
        # A disk that is nearly full takes a part, and refuses the rest.
        while line:
            line = line[stream.write(line) :]
        os.fsync(stream.fileno())
    except OSError:
        stream.truncate(whole)
        raise
