"""What a maintainer types, and the doctor, whom anybody may ask."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from coursekit.cli import Command

from . import quality, train

NOTEBOOKS = Path("notebooks")


def _plain(run: Callable[[argparse.Namespace], int]) -> Callable[[argparse.ArgumentParser], None]:
    """Make the arguments of a command that takes none."""
    return lambda parser: parser.set_defaults(run=run)


def _doctor(options: argparse.Namespace) -> int:
    from coursekit.tools import doctor

    return doctor.report()


def _which_lessons(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--only", metavar="NN", help="only the lessons whose names start so, such as 02"
    )
    parser.add_argument(
        "--cell-timeout", type=int, metavar="SECONDS", help="longest time for a cell"
    )


def _course_arguments(parser: argparse.ArgumentParser) -> None:
    _which_lessons(parser)
    parser.set_defaults(run=_course)


def _course(options: argparse.Namespace) -> int:
    from coursekit.tools import notebooks

    pages = Path("build/course")
    return int(notebooks.course(NOTEBOOKS, pages, options.only, options.cell_timeout) > 0)


def _notebooks_arguments(parser: argparse.ArgumentParser) -> None:
    _which_lessons(parser)
    parser.set_defaults(run=_notebooks)


def _notebooks(options: argparse.Namespace) -> int:
    from coursekit.tools import notebooks

    return int(notebooks.store(NOTEBOOKS, options.only, options.cell_timeout) > 0)


def _record_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--only", metavar="NN", help="the lessons to execute; none: keep what is in notebooks/runs"
    )
    parser.add_argument("--seeds", metavar="N,N,…", default="0,1,2")
    parser.set_defaults(run=_record)


def _record(options: argparse.Namespace) -> int:
    from coursekit.tools import recording

    return int(recording.record(NOTEBOOKS, options.only, options.seeds) > 0)


def _lint(options: argparse.Namespace) -> int:
    from coursekit.tools import gate

    return gate.lint()


def _test(options: argparse.Namespace) -> int:
    from coursekit.tools import gate

    return gate.test()


def _coverage(options: argparse.Namespace) -> int:
    from coursekit.tools import gate

    return gate.coverage()


def _gpu_check(options: argparse.Namespace) -> int:
    from coursekit.tools import gate

    return int(gate.gpu_check() > 0)


def _gpu_budget_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--only", metavar="NN", help="only the lessons whose names start so, such as 02"
    )
    parser.set_defaults(run=_gpu_budget)


def _gpu_budget(options: argparse.Namespace) -> int:
    from coursekit.tools.budget import lessons

    return int(lessons.budget(NOTEBOOKS, options.only) > 0)


def _site(options: argparse.Namespace) -> int:
    from coursekit.tools import site

    made = site.build(Path.cwd(), Path("build/site"))
    print(f"{made}: serve it with python -m http.server --directory {made}")
    return 0


def _stamp_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--repo", metavar="OWNER/NAME")
    parser.add_argument("--ref", metavar="REF", help="branch or tag")
    parser.add_argument(
        "--check",
        action="store_true",
        help="write nothing: fail where an address cannot work, or is not that of REF",
    )
    parser.set_defaults(run=_stamp)


def _stamp(options: argparse.Namespace) -> int:
    from coursekit.tools import stamp

    if options.check:
        found = stamp.faults(options.ref)
        print(*(f"no release: {fault}" for fault in found), sep="\n", end="\n" * bool(found))
        return int(bool(found))
    for path in stamp.stamp(options.repo, options.ref):
        print(f"changed {path}")
    return 0


COMMANDS = [
    Command(
        "doctor",
        "learners",
        "say OK, or the way out, for each thing the course needs",
        _plain(_doctor),
    ),
    Command(
        "course",
        "maintainers",
        "execute every lesson in COURSEKIT_PROFILE's profile; pages in build/course",
        _course_arguments,
    ),
    Command(
        "notebooks",
        "maintainers",
        "execute lessons in the laptop profile and store their outputs",
        _notebooks_arguments,
    ),
    Command(
        "record",
        "maintainers",
        "execute lessons with several seeds; what they put on the ladder ships with the course",
        _record_arguments,
        clone=True,
    ),
    Command(
        "lint",
        "maintainers",
        "ruff over package, tests and notebooks; numpydoc over the package",
        _plain(_lint),
        "test",
        clone=True,
    ),
    Command(
        "test",
        "maintainers",
        "lint, unit tests, doctests, notebook checks, every notebook in the smoke profile",
        _plain(_test),
        "test",
        clone=True,
    ),
    Command(
        "coverage",
        "maintainers",
        "unit tests, and which lines they run; pages in build/coverage",
        _plain(_coverage),
        "test",
        clone=True,
    ),
    Command(
        "gpu-check",
        "maintainers",
        "every notebook in the gpu profile under COURSEKIT_GPU_MB: time and memory",
        _plain(_gpu_check),
        "test",
        clone=True,
    ),
    Command(
        "gpu-budget",
        "maintainers",
        "what each lesson's gpu profile would cost on a T4, counted without a GPU",
        _gpu_budget_arguments,
        "test",
        clone=True,
    ),
    Command(
        "quality",
        "maintainers",
        "how good the colorizers are on photos that they never saw",
        quality.arguments,
    ),
    Command(
        "train",
        "maintainers",
        "train the colorizers of the course anew; killed, it goes on when started again",
        train.arguments,
    ),
    Command(
        "site",
        "maintainers",
        "build the site from docs/, the stored lessons and the docstrings; build/site/html",
        _plain(_site),
        "site",
    ),
    Command(
        "stamp",
        "maintainers",
        "write the repository's address into badges and pip lines",
        _stamp_arguments,
        clone=True,
    ),
]
