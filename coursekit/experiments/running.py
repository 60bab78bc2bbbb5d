"""Experiments as lines of a file: a run is a line once it is done, and what has a line is not run again.

runs = experiments.grid(model=[1, 2], seed=[0, 1, 2])
runs += [{"model": 2, "seed": 0, "dropout": 0.5}]           # adding a run is one line
results = experiments.run(runs, train, "runs/study.jsonl")  # killed here, it goes on where it was
"""

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

import numpy as np
from filelock import FileLock


def grid(**choices) -> list[dict]:
    """Every combination of settings. ``choices``, name → list of values; the last name changes fastest."""
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
    """Call ``function(**settings)`` for each entry that has no line in ``file`` yet, and append its line.

    The line is written in one piece when the run is done. A run that was killed left none, or half a line,
    which is cut off with a warning; either way it is done again. Two processes may work on one file.

    Parameters: ``settings``, plain dicts of numbers, strings, lists; ``function``, returns a dict of what was
    measured, plain or NumPy; ``file``, made if missing, one JSON object a line; ``code``, other functions,
    classes and modules that the results depend on: where their source, or that of ``function``, has changed
    since, a run is done again; ``label``, what the progress line calls the runs.
    Returns: for each entry of ``settings``, in order, a dict of its settings, what was measured, and
    "seconds". A new result and one from the file are equal to the last digit, "seconds" included.
    Raises: ValueError for settings or results that JSON cannot hold, a measure named like a setting, a
    function without source, or a file with a line that is no run.
    """
    settings = list(settings)
    order = [key(each) for each in settings]
    wanted = dict(zip(order, settings, strict=True))
    file, sources = Path(file), _fingerprint([function, *code])
    file.parent.mkdir(parents=True, exist_ok=True)
    _append(file)
    progress = _Progress(label, len(wanted))
    for name, each in wanted.items():
        # Read anew before each run: another process may have done it in the meantime.
        if _lines(file).get(name, {}).get("code") != sources:
            started = time.perf_counter()
            measured = function(**each)
            seconds = round(time.perf_counter() - started, 2)
            _append(file, _line(name, sources, each, measured, seconds))
            progress.ran(seconds)
        progress.step()
    progress.end()
    lines = _lines(file)
    return [_flat(lines[name]) for name in order]


def read(file: str | os.PathLike) -> list[dict]:
    """All runs of a file as `run` returns them, in the order in which they were first done.

    A run that was repeated counts once, as it was last; a half-written last line is left out.
    Raises: FileNotFoundError; ValueError for a line that is no run.
    """
    if not Path(file).exists():
        raise FileNotFoundError(f"{file}: no such file; experiments.run makes it")
    return [_flat(line) for line in _lines(Path(file)).values()]


def key(settings: dict) -> str:
    """What a run is recognised by: a hash of its settings, in whatever order they stand."""
    return hashlib.sha256(_json(settings, sort_keys=True).encode()).hexdigest()[:16]


def spread(
    results: list[dict], measure: str, by: Sequence[str]
) -> dict[tuple, tuple[float, float]]:
    """Mean and standard deviation of a measure over the runs that agree in some settings.

    Parameters: ``results`` of `run`; ``measure``, a name in them; ``by``, names of settings.
    Returns: values of those settings → (mean, standard deviation; NaN for a single run), in order of results.
    Raises: KeyError if no run has the measure.
    """
    groups: dict[tuple, list[float]] = {}
    for each in results:
        if measure in each:
            groups.setdefault(tuple(each.get(name) for name in by), []).append(each[measure])
    if not groups:
        raise KeyError(
            f"no run has {measure!r}; they have {', '.join(dict.fromkeys(itertools.chain(*results)))}"
        )
    return {
        group: (
            float(np.mean(values)),
            float(np.std(values, ddof=1)) if len(values) > 1 else float("nan"),
        )
        for group, values in groups.items()
    }


def differences(
    results: list[dict], measure: str, one: dict, other: dict, pair: Sequence[str]
) -> np.ndarray:
    """How much larger a measure is in one kind of run than in another, pair by pair.

    Runs of a pair share what ``pair`` names (seed, photos): what is good or bad luck for both falls out.

    Parameters: ``results`` of `run`; ``measure``; ``one`` and ``other``, settings that tell the two kinds.
    Returns: float64, one number a pair. Raises: ValueError if there is no pair, or a run has two partners.
    """

    def chosen(kind):
        found = [
            each for each in results if all(each.get(name) == value for name, value in kind.items())
        ]
        named = {tuple(each.get(name) for name in pair): each[measure] for each in found}
        if len(named) < len(found):
            raise ValueError(
                f"several runs of {kind} agree in {', '.join(pair)}; name more settings"
            )
        return named

    ones, others = chosen(one), chosen(other)
    shared = [name for name in ones if name in others]
    if not shared:
        raise ValueError(
            f"no run of {one} has a partner of {other} with the same {', '.join(pair)}"
        )
    return np.array([ones[name] - others[name] for name in shared])


def verdict(differences) -> str:
    """What paired differences say about the claim that they are positive: "holds", "does not hold", "unclear".

    It holds if every pair says so and the mean exceeds the standard deviation; it does not if every pair says
    the opposite by that much; else it is unclear, as it is with fewer than three pairs or with NaN.
    Three pairs agree by luck alone one time in four: this is a sieve, no proof.
    """
    values = np.asarray(differences, np.float64)
    if len(values) < 3 or not np.isfinite(values).all():
        return "unclear"
    if abs(values.mean()) <= values.std(ddof=1):
        return "unclear"
    return "holds" if (values > 0).all() else "does not hold" if (values < 0).all() else "unclear"


def _line(name: str, sources: str, settings: dict, measured, seconds: float) -> str:
    if not isinstance(measured, dict):
        raise ValueError(
            f"the function must return a dict of what it measured, got {type(measured).__name__}"
        )
    clash = [each for each in measured if each in settings or each == "seconds"]
    if clash:
        raise ValueError(
            f"measured {', '.join(clash)}: a setting, or the time, has that name; choose another"
        )
    return _json(
        {
            "key": name,
            "code": sources,
            "settings": settings,
            "measured": measured,
            "seconds": seconds,
        }
    )


def _flat(line: dict) -> dict:
    return {**line["settings"], **line["measured"], "seconds": line["seconds"]}


def _json(value, **options) -> str:
    def plain(item):
        if isinstance(item, (np.generic, np.ndarray)):
            return item.tolist()
        raise ValueError(
            f"{item!r} cannot stand in a line of JSON; use numbers, strings, lists and dicts"
        )

    return json.dumps(value, default=plain, ensure_ascii=False, **options)


def _fingerprint(code: Sequence) -> str:
    try:
        sources = [inspect.getsource(each) for each in code]
    except (OSError, TypeError) as error:
        raise ValueError(
            f"no source to recognise {error} by; define it in a cell or in a file"
        ) from None
    return hashlib.sha256("\n".join(sources).encode()).hexdigest()[:16]


def _lines(file: Path) -> dict[str, dict]:
    """The finished lines by key, the last one of a key standing for all."""
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
    """Add a whole line, safe on the disk when this returns; first remove what a killed process left of its own.

    Who holds the lock knows that nobody is in the middle of a line; the lock of a killed process is free.
    """
    with FileLock(file.with_name(f"{file.name}.lock")), file.open("a+b") as stream:
        stream.seek(0)
        content = stream.read()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            stream.truncate(whole)
            warnings.warn(
                f"{file}: the last line was half written; that run is done again", stacklevel=3
            )
        if line is not None:
            stream.write(line.encode() + b"\n")
            stream.flush()
            os.fsync(stream.fileno())


class _Progress:
    """One line: how many runs are done and about how long the rest takes. The line that stays has no timings.

    In a notebook it is rewritten in place; in a log it is printed for each new run.
    """

    def __init__(self, label: str, total: int):
        from IPython import get_ipython

        self.label, self.total, self.done, self.seconds = label, total, 0, []
        self.handle = None
        if get_ipython() is not None:
            from IPython.display import display

            self.handle = display(self._text(""), display_id=True)

    def ran(self, seconds: float) -> None:
        self.seconds.append(seconds)

    def step(self) -> None:
        self.done += 1
        if self.seconds:
            left = np.mean(self.seconds) * (self.total - self.done)
            self._show(f" · at most about {left:.0f} s left")

    def end(self) -> None:
        if self.handle is not None:
            self.handle.update(self._text(""))

    def _show(self, more: str) -> None:
        if self.handle is not None:
            bar = round(20 * self.done / max(self.total, 1))
            self.handle.update(self._text(f"{more}\n{'█' * bar}{'░' * (20 - bar)}"))
        else:
            print(f"{self.label}: {self.done} of {self.total}{more}", flush=True)

    def _text(self, more: str):
        from IPython.display import Pretty

        return Pretty(f"{self.label}: {self.done} of {self.total}{more}")


def restart(network, seed: int):
    """Put a compiled network back to where it has never been trained: one compiled network serves all seeds.

    Compiling anew costs seconds a run. Weights, dropout and optimizer start as in a network built after
    `training.seed_everything(seed)`, which this calls; a learning rate that training changed stays changed.
    On JAX and PyTorch the very first ``fit`` of a network was seen to end with other weights than the same one later.

    Parameters: ``network``, a compiled `keras.Model` without random states beyond its layers'; ``seed``.
    Returns: the network.
    """
    from keras import ops

    from coursekit import training

    training.seed_everything(seed)
    fresh = type(network).from_config(network.get_config())
    for variable, start in zip(network.variables, fresh.variables, strict=True):
        variable.assign(start)
    for variable in network.optimizer.variables:
        if variable is not network.optimizer._learning_rate:
            variable.assign(ops.zeros(variable.shape, variable.dtype))
    return network
