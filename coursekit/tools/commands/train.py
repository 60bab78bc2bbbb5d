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
    parser.add_argument(
        "--also",
        action="append",
        default=[],
        metavar="ZIP",
        help="a zip or folder of your own whose training split is trained on too; may be repeated",
    )
    parser.add_argument(
        "--seeds",
        type=int,
        default=1,
        metavar="N",
        help="train so many decoders: the first ships, the others show the spread (%(default)s)",
    )
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from coursekit import device
    from coursekit.tools.shipping import recipes, release

    device.keep_threads_apart()
    if options.seeds < 1:
        raise ValueError(f"--seeds {options.seeds}: give at least 1")
    data = recipes.photos(options.also)
    decoder, found, painters = release.finish(options.output, data)
    for name in found:
        print(f"{name}: stored as {options.output / name}.keras")
    release.spread(options.output, data, range(options.seeds), found["vivid"])
    if options.ship:
        release.ship(decoder, found, painters, data.tuning)
        release.measure_held_back(options.also)
    return 0
