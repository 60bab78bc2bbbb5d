"""What an instructor types in a clone."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path

from coursekit.cli import Command

ASSIGNMENTS = Path("notebooks/assignments")
RESULTS = Path("build/grades")


def _assignments_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--source", type=Path, default=ASSIGNMENTS, metavar="FOLDER", help="the sources"
    )
    parser.add_argument(
        "-o", "--output", type=Path, default=Path("build/release"), metavar="FOLDER"
    )
    parser.set_defaults(run=_assignments)


def _assignments(options: argparse.Namespace) -> int:
    from coursekit.teach import release

    written = release.build(options.source, options.output)
    print(
        f"{len(written)} assignments without solutions and hidden tests in {options.output}/, "
        f"checksums in {release.CHECKSUMS}"
    )
    return 0


def _grade_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "submissions", nargs="*", type=Path, help="folders, or notebooks, as they came"
    )
    parser.add_argument(
        "--source", type=Path, default=ASSIGNMENTS, metavar="FOLDER", help="the sources"
    )
    parser.add_argument("-o", "--output", type=Path, default=RESULTS, metavar="FOLDER")
    parser.add_argument(
        "--roster",
        type=Path,
        metavar="CLASS.csv",
        help="the class: name, id, email, or what Canvas or Moodle exports; says who is missing",
    )
    parser.add_argument(
        "--minutes", type=float, default=10, help="for a submission, a third of it for a cell (10)"
    )
    parser.add_argument(
        "--memory", type=float, default=6, metavar="GB", help="for a submission (6)"
    )
    parser.add_argument(
        "--jobs", type=int, default=_cores(), help="how many at a time (as many as cores)"
    )
    parser.add_argument(
        "--trust", action="store_true", help="go on where there are no walls to grade behind"
    )
    parser.add_argument(
        "--check", action="store_true", help="say which walls there are, try them, and end"
    )
    parser.set_defaults(run=_grade)


def _cores() -> int:
    """Count the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _grade(options: argparse.Namespace) -> int:
    from coursekit.teach import grade, roster, sandbox

    if options.check:
        from coursekit.teach import escapes

        return escapes.report(options.trust)
    if not options.submissions:
        print("name the folder of what students sent", file=sys.stderr)
        return 2
    limits = sandbox.Limits(options.minutes * 60, options.memory * 1e9)
    people = options.roster and roster.read(options.roster)
    box = sandbox.choose(options.trust)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    # What stops a service or a job of a cluster stops as Ctrl-C does: tables first.
    before = signal.signal(signal.SIGTERM, stop)
    try:
        failed = grade.grade(
            options.submissions,
            options.source,
            options.output,
            limits,
            max(1, options.jobs),
            box,
            people,
        )
    except grade.Interrupted:
        return 130
    except KeyboardInterrupt:  # while it read, or wrote its tables
        print("stopped; nothing graded is lost: run the same command again", file=sys.stderr)
        return 130
    finally:
        signal.signal(signal.SIGTERM, before)
    return int(failed > 0)


def _mark_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-o", "--output", type=Path, default=RESULTS, metavar="FOLDER", help="of `coursekit grade`"
    )
    parser.add_argument("--port", type=int, default=0, help="on this computer (any that is free)")
    parser.set_defaults(run=_mark)


def _mark(options: argparse.Namespace) -> int:
    from coursekit.teach.marking import app

    app.serve(options.output, options.port)
    return 0


COMMANDS = [
    Command(
        "assignments",
        "instructors",
        "the students' release of the assignments, with checksums",
        _assignments_arguments,
        "teach",
    ),
    Command(
        "grade",
        "instructors",
        "points, feedback and problems of what students sent; again, what changed",
        _grade_arguments,
        "teach",
    ),
    Command(
        "mark",
        "instructors",
        "points by hand in the browser: all answers to a question side by side",
        _mark_arguments,
        "teach",
    ),
]
