"""The command line: `coursekit …`, or `python -m coursekit …` where scripts are not on the path.

Each wing registers its own commands (`lesson.commands`, `teach.commands`, `tools.commands`), and is
found here by its name: one that is not installed has none. What a command needs is imported when it
runs: help, a mistyped name and `coursekit colorize` must not wait for Keras or Matplotlib.
"""

from __future__ import annotations

import argparse
import difflib
import importlib
import importlib.metadata
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
CLONE_ONLY = ("assignments", "grade", "mark")
# What a clone has, and an installed package has not.
CLONE = ("pyproject.toml", "notebooks", "tests")


class Command(NamedTuple):
    """One sub-command.

    Attributes
    ----------
    name : str
        What is typed.
    group : str
        For whom it is, one of `GROUPS`.
    help : str
        What it does, in a line.
    arguments : callable
        Adds the command's arguments to an `argparse.ArgumentParser`, and to its defaults ``run``, a
        function of the parsed options that returns the exit status.
    extra : str
        The optional dependencies that it needs, by the name of pyproject.toml.
    clone : bool
        Whether it works on the files of a clone, in its top folder.
    """

    name: str
    group: str
    help: str
    arguments: Callable[[argparse.ArgumentParser], None]
    extra: str = "lab"
    clone: bool = False


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
    if "COURSEKIT_DATA" in os.environ:
        # Kernels start in notebooks/; a relative folder is meant from here.
        folder = Path(os.environ["COURSEKIT_DATA"]).expanduser().absolute()
        os.environ["COURSEKIT_DATA"] = str(folder)
    known = commands()
    # argparse would list all commands where one was mistyped.
    if arguments and not arguments[0].startswith("-") and arguments[0] not in known:
        print(_unknown(arguments[0], known), file=sys.stderr)
        return 2
    parser = _parser(known)
    if not arguments:
        parser.print_help()
        return 0
    options = parser.parse_args(arguments)
    if known[options.command].clone and not all(map(os.path.exists, CLONE)):
        print(f"coursekit {options.command} {_works_in_a_clone()}", file=sys.stderr)
        return 1
    try:
        return options.run(options)
    except ModuleNotFoundError as error:
        install = _install(known[options.command].extra, error.name)
        print(f"{error}. Install it with: {install}", file=sys.stderr)
    except (OSError, ValueError, KeyError) as error:
        # A KeyError shows its message in quotes.
        print(error.args[0] if isinstance(error, KeyError) else error, file=sys.stderr)
    return 1


def commands() -> dict[str, Command]:
    """Collect the commands of the wings that are installed.

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
    """Make the parser of them all; argparse itself has no groups of commands."""
    width = max(map(len, known))
    lines = []
    for group in GROUPS:
        lines.append(f"\nfor {group}:")
        lines += [
            f"  {each.name:{width}}  {each.help}" for each in known.values() if each.group == group
        ]
    parser = argparse.ArgumentParser(
        prog="coursekit",
        usage="coursekit [-h] [--version] COMMAND …",
        formatter_class=argparse.RawTextHelpFormatter,
        description="\n".join(["A course in automatic image colorization.", *lines]),
        epilog="`coursekit COMMAND --help` says what a command takes.",
    )
    parser.add_argument("--version", action="version", version=f"coursekit {coursekit.__version__}")
    chosen = parser.add_subparsers(
        dest="command", prog="coursekit", required=True, metavar="COMMAND", help=argparse.SUPPRESS
    )
    for each in known.values():
        each.arguments(chosen.add_parser(each.name, description=each.help))
    return parser


def _unknown(name: str, known: dict[str, Command]) -> str:
    """Answer a command that is not there."""
    if name in CLONE_ONLY:
        return f"coursekit {name} is for instructors and {_works_in_a_clone()}"
    near = difflib.get_close_matches(name, known, n=1)
    guess = f"did you mean `coursekit {near[0]}`?" if near else "`coursekit --help` lists them all"
    return f"coursekit has no command {name!r}; {guess}"


def _works_in_a_clone() -> str:
    """Say where maintainers' commands work, and how one gets there."""
    try:
        addresses = importlib.metadata.metadata("coursekit").get_all("Project-URL") or []
    except importlib.metadata.PackageNotFoundError:
        addresses = []
    source = [line.partition(", ")[2] for line in addresses if line.startswith("Source, ")]
    way = f": git clone {source[0]}" if source else ""
    return f"works in a clone of the course, in its top folder{way}"


def _install(extra: str, missing: str | None) -> str:
    """Write the line that installs what a command lacks, in a clone or into an installation."""
    backends = coursekit.device.BACKENDS
    if missing in ("keras", *backends):
        extra = missing if os.environ.get("KERAS_BACKEND") == missing else "backend"
    elif extra == "lab" and any(map(importlib.util.find_spec, backends)):
        extra = "jupyter"  # `lab` would bring a second backend
    top = Path(coursekit.__file__).parents[1]
    what = f"coursekit[{extra}]"
    if (top / "pyproject.toml").is_file():
        what = f"{'.' if top == Path.cwd() else top}[{extra}]"
        return f'{sys.executable} -m pip install -e "{what}"'
    return f'{sys.executable} -m pip install "{what}"'
