"""The command line: `coursekit …`, or `python -m coursekit …` where scripts are not on the path.

Each wing registers its own commands (`lesson.commands`, `teach.commands`, `tools.commands`). What a command needs is
imported when it runs: help, a mistyped name and `coursekit colorize` must not wait for Keras or Matplotlib.
"""

from __future__ import annotations

import argparse
import difflib
import importlib
import importlib.util
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import coursekit

WINGS = ("lesson", "teach", "tools")
GROUPS = ("learners", "instructors", "maintainers")
# Commands of the wing that is in a clone only.
CLONE_ONLY = ("assignments", "grade")


class Command(NamedTuple):
    """One sub-command.

    Attributes
    ----------
    name : str
    group : str
        For whom it is, one of `GROUPS`.
    help : str
        What it does, in a line.
    arguments : callable
        Adds the command's arguments to an `argparse.ArgumentParser`, and ``run``, a function of the parsed options
        that returns the exit status, to its defaults.
    extra : str
        The optional dependencies that it needs.
    """

    name: str
    group: str
    help: str
    arguments: Callable[[argparse.ArgumentParser], None]
    extra: str = "lab"


def main(arguments: list[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments : list of str, optional
        What follows ``coursekit``; by default what this process was started with.

    Returns
    -------
    int
        0; 1 if something failed or is missing; 2 for an unknown command.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    if (
        "COURSEKIT_DATA" in os.environ
    ):  # kernels start in notebooks/, a relative folder is meant from here
        os.environ["COURSEKIT_DATA"] = str(
            Path(os.environ["COURSEKIT_DATA"]).expanduser().absolute()
        )
    known = commands()
    if arguments and not arguments[0].startswith("-") and arguments[0] not in known:
        print(_unknown(arguments[0], known), file=sys.stderr)
        return 2
    parser = _parser(known)
    if not arguments:
        parser.print_help()
        return 0
    options = parser.parse_args(arguments)
    try:
        return options.run(options)
    except ModuleNotFoundError as error:
        extra = known[options.command].extra
        print(
            f'{error}. Install it with: {sys.executable} -m pip install -e ".[{extra}]"',
            file=sys.stderr,
        )
    except (OSError, ValueError, KeyError) as error:
        print(error.args[0] if isinstance(error, KeyError) else error, file=sys.stderr)
    return 1


def commands() -> dict[str, Command]:
    """All commands of the wings that are installed.

    Returns
    -------
    dict of str to Command
        In the order of `GROUPS`.
    """
    found = []
    for wing in WINGS:
        if importlib.util.find_spec(f"coursekit.{wing}"):
            found += importlib.import_module(f"coursekit.{wing}.commands").COMMANDS
    return {each.name: each for group in GROUPS for each in found if each.group == group}


def _parser(known: dict[str, Command]) -> argparse.ArgumentParser:
    width = max(map(len, known))
    listed = [
        f"for {group}:\n"
        + "".join(
            f"  {each.name:{width}}  {each.help}\n"
            for each in known.values()
            if each.group == group
        )
        for group in GROUPS
    ]
    parser = argparse.ArgumentParser(
        prog="coursekit",
        usage="coursekit [-h] [--version] COMMAND …",
        formatter_class=argparse.RawTextHelpFormatter,
        description="A course in automatic image colorization.\n\n" + "\n".join(listed),
        epilog="`coursekit COMMAND --help` says what a command takes.",
    )
    parser.add_argument("--version", action="version", version=f"coursekit {coursekit.__version__}")
    chosen = parser.add_subparsers(
        dest="command", required=True, metavar="COMMAND", help=argparse.SUPPRESS
    )
    for each in known.values():
        each.arguments(chosen.add_parser(each.name, description=each.help))
    return parser


def _unknown(name: str, known: dict[str, Command]) -> str:
    if name in CLONE_ONLY:
        return f"coursekit {name} is for instructors and works in a clone of the course, not in an installed package"
    near = difflib.get_close_matches(name, known, n=1)
    guess = f"did you mean `coursekit {near[0]}`?" if near else "`coursekit --help` lists them all."
    return f"coursekit has no command {name!r}; {guess}"
