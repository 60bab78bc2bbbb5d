"""Makes the stored cases of the graded exercises: `python -m coursekit.teach.cases`.

The visible ones are shipped with the checks, in `coursekit/lesson/checks/assignments/`; the hidden
ones stay here, in `hidden_cases/`, for `hidden.require`. Both hold results only. The same seed
gives the same cases; the seed stands in each file.
"""

from __future__ import annotations

import argparse
import importlib
import itertools
import pkgutil
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from coursekit import files
from coursekit.lesson.checks import cases
from coursekit.lesson.checks.answers import close
from coursekit.lesson.checks.cases import Case
from coursekit.teach import references

VISIBLE, HIDDEN = cases.FOLDER, Path(__file__).parent / "hidden_cases"
VISIBLE_SEED, HIDDEN_SEED = 0, 1
COUNT = 5  # cases of an exercise


def make(seed: int) -> dict[str, dict[str, np.ndarray]]:
    """Compute cases of all exercises that have a reference.

    Parameters
    ----------
    seed : int
        Other seeds give other inputs.

    Returns
    -------
    dict of str to dict
        Assignment, such as "A1" → what is stored in its file: key, such as "A1.1/expected/photo" →
        array (cases, …).

    Raises
    ------
    ValueError
        That names an exercise whose cases cannot be stored, or two of whose mistakes always give
        the same result.
    """
    made = {}
    for module in pkgutil.iter_modules(references.__path__):
        found = importlib.import_module(f"{references.__name__}.{module.name}").CASES
        for name, case_of in found.items():
            arrays = made.setdefault(name.partition(".")[0], {"seed": np.array(seed)})
            # With its name in the seed, a new exercise leaves the cases of the others as they are.
            entropy = [seed, zlib.crc32(name.encode())]
            each = [_flat(_telling(case_of, [*entropy, at])) for at in range(COUNT)]
            for key in each[0]:
                if len({case[key].shape for case in each}) > 1:
                    raise ValueError(
                        f"{name}: {key} has another shape in another case; cases are stored "
                        "together, so draw one shape always"
                    )
                arrays[f"{name}/{key}"] = np.stack([case[key] for case in each])
    return made


def write(folder: Path, seed: int) -> list[Path]:
    """Compute cases and store them, a file for each assignment.

    Parameters
    ----------
    folder : Path
        Where they go; files of the same names are replaced.
    seed : int
        As for `make`.

    Returns
    -------
    list of Path
        The files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for assignment, arrays in make(seed).items():
        path = cases.file(assignment, folder)
        with files.replacing(path) as part, open(part, "wb") as file:
            np.savez_compressed(file, **arrays)
        written.append(path)
    return written


def _telling(case_of: Callable, entropy: list[int]) -> Case:
    """Draw until every mistake gives a result of its own, by which it can be told."""
    for attempt in range(100):
        case = case_of(np.random.default_rng([*entropy, attempt]))
        results = [
            [np.asarray(found, float) for found in (right, *case.mistakes.get(part, {}).values())]
            for part, right in case.expected.items()
        ]
        if not any(close(a, b) for of in results for a, b in itertools.combinations(of, 2)):
            return case
    raise ValueError(
        f"{case_of.__doc__} Two of its mistakes give the same result, whatever the inputs"
    )


def _flat(case: Case) -> dict[str, np.ndarray]:
    """Lay the arrays of a case out by their keys, as `cases.pick` reads them."""
    found = {}

    def add(key: str, value: dict | ArrayLike, exact: bool) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                if "/" in name:
                    raise ValueError(f"{key}: {name!r} has a slash, which divides keys")
                add(f"{key}/{name}", inner, exact)
            return
        array = np.asarray(value)
        # Inputs stay what they were when results were computed; seven digits are enough to compare
        # results with.
        found[key] = array if exact or array.dtype != float else array.astype(np.float32)

    for kind, values in case._asdict().items():
        add(kind, values, exact=kind == "given")
    return found


def main(arguments: list[str] | None = None) -> int:
    """Write the visible and the hidden cases.

    Parameters
    ----------
    arguments : list of str, optional
        What follows the name of the module on the command line.

    Returns
    -------
    int
        The exit status, 0.
    """
    parser = argparse.ArgumentParser(prog="python -m coursekit.teach.cases", description=__doc__)
    parser.add_argument(
        "--hidden-seed", type=int, default=HIDDEN_SEED, metavar="NUMBER", help="of hidden cases"
    )
    options = parser.parse_args(arguments)
    for folder, seed in ((VISIBLE, VISIBLE_SEED), (HIDDEN, options.hidden_seed)):
        for path in write(folder, seed):
            print(f"{path} ({path.stat().st_size / 1e3:.0f} kB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
