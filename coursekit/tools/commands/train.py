"""`coursekit train`."""

from __future__ import annotations

import argparse
from pathlib import Path


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `coursekit train` takes.

    Parameters
    ----------
    parser : argparse.ArgumentParser
        The command's own.
    """
    parser.add_argument("names", nargs="*", metavar="NAME", help="such as vivid; all by default")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        default=Path("build/train"),
        metavar="FOLDER",
        help="for checkpoints, logs, and NAME.keras when it is done (%(default)s)",
    )
    parser.add_argument(
        "--ship",
        action="store_true",
        help="then measure, and put weights and cards into the package",
    )
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from coursekit import device
    from coursekit.tools.shipping import recipes, release

    device.keep_threads_apart()
    names = options.names or [*recipes.RECIPES]
    unknown = [name for name in names if name not in recipes.RECIPES]
    if unknown:
        raise ValueError(f"no recipe {unknown[0]!r}; there are {', '.join(recipes.RECIPES)}")
    # Read once for all of them.
    data = recipes.photos()
    for name in names:
        painter, facts = release.finish(name, options.output, data)
        print(f"{name}: stored as {options.output / name}.keras")
        if options.ship:
            release.ship(name, painter, facts, data[1])
    if options.ship:
        release.measure_held_back()
    return 0
