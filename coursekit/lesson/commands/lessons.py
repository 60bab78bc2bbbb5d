"""`coursekit lessons`: the learner's copy of the lessons. And where `coursekit lab` opens one."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from coursekit.lesson import working_copy

# In a clone git leaves it alone, so that pulling a newer version meets no changed file.
WORK = "work"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `coursekit lessons` takes.

    Parameters
    ----------
    parser : argparse.ArgumentParser
        The command's own.
    """
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="made if missing")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    report(options.folder, working_copy.put(options.folder))
    return 0


def report(folder: Path, states: dict[str, str]) -> None:
    """Print what became of the lessons.

    Parameters
    ----------
    folder : Path
        Where they are.
    states : dict of str to str
        As `working_copy.put` returns them.
    """
    counts = {
        state: sum(each == state for each in states.values())
        for state in (working_copy.NEW, working_copy.UPDATED, working_copy.KEPT)
    }
    told = ", ".join(f"{count} {state}" for state, count in counts.items() if count)
    print(
        f"{len(states)} lesson{'s' * (len(states) != 1)} in {folder}: {told or 'all as they were'}"
    )
    known = (working_copy.NEW, working_copy.UPDATED, working_copy.SAME, working_copy.KEPT)
    for name, state in states.items():
        if state == working_copy.UPDATED:
            print(f"{name}: a newer version, since you had not changed it")
        elif state not in known:
            print(f"{name}: yours is kept; the course's newer version is {state}")


def usual_folder() -> Path:
    """Say where the learner's copy is, or ask.

    Returns
    -------
    Path
        ``work`` in a clone; else this folder or its ``lessons``, where they hold a copy; else what
        somebody at the keyboard agrees to.

    Raises
    ------
    FileNotFoundError
        If there is no copy and nobody to ask, or they refuse.
    """
    clone, here = working_copy.clone(), Path.cwd()
    if clone:
        return clone / WORK
    for folder in (here, here / "lessons"):
        if (folder / working_copy.RECORD).exists():
            return folder
    if sys.stdin.isatty():
        answer = input(
            f"No lessons here yet. Put them into {here / 'lessons'} and open them? [Y/n] "
        )
        if answer.strip().lower() in ("", "y", "yes"):
            return here / "lessons"
    raise FileNotFoundError(
        "no lessons here: `coursekit lab FOLDER` puts them into a folder of yours and opens it, "
        "`coursekit lessons FOLDER` only puts them there"
    )
