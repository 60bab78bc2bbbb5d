"""`coursekit colorize`."""

from __future__ import annotations

import argparse
import sys


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `coursekit colorize` takes.

    Parameters
    ----------
    parser : argparse.ArgumentParser
        The command's own.
    """
    parser.add_argument(
        "photos", nargs="+", metavar="PHOTO", help="files, and folders with their sub-folders"
    )
    parser.add_argument(
        "-o",
        "--output",
        required=True,
        metavar="OUT",
        help="a folder, made if missing; for one photo also a file name",
    )
    parser.add_argument(
        "--model",
        default="vivid",
        help="regression, classification or vivid (the default), or the path of a .keras file",
    )
    parser.add_argument(
        "--temperature", type=float, metavar="T", help="above 0; lower is more vivid"
    )
    results = parser.add_mutually_exclusive_group()
    results.add_argument("--force", action="store_true", help="replace results that exist")
    results.add_argument(
        "--skip",
        action="store_true",
        help="leave results that exist, to go on after an interruption",
    )
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from coursekit import device

    # The backend says its first lines when it is imported and when it first computes.
    with device.quiet_start():
        from coursekit.colorizer import colorize_files

        device.describe()
    done = colorize_files(
        options.photos,
        options.output,
        options.model,
        options.temperature,
        options.force,
        options.skip,
        progress=True,
    )
    for photo, reason in done.broken:
        print(f"not coloured: {photo}: {reason}", file=sys.stderr)
    print(
        f"{len(done.written)} coloured in {options.output}, {len(done.skipped)} there before, "
        f"{len(done.broken)} broken"
    )
    if done.colour:
        which = f"{len(done.colour)} had colour or a tint already, such as {done.colour[0]}"
        print(f"{which}; only lightness was used")
    return int(bool(done.broken))
