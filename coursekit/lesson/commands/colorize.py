"""`coursekit colorize`."""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from typing import TextIO


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `coursekit colorize` takes.

    Parameters
    ----------
    parser : argparse.ArgumentParser
        The command's own.
    """
    parser.add_argument(
        "photos",
        nargs="+",
        metavar="PHOTO",
        help="files, folders with their sub-folders, and patterns such as 'album/*.jpg'",
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
    parser.add_argument(
        "--no-mark",
        action="store_true",
        help="do not say in the results' EXIF that a model guessed their colours",
    )
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from coursekit import device, photos
    from coursekit.colorizer import NAMES, colorize_files

    # Those of the course need no backend; one says its first lines when it is imported and when it
    # first computes.
    if options.model not in NAMES and device.has_backend():
        with device.quiet_start():
            device.describe()
    done = colorize_files(
        options.photos,
        options.output,
        options.model,
        options.temperature,
        options.force,
        options.skip,
        progress=True,
        mark=not options.no_mark,
    )
    for photo, reason in done.broken:
        _say(f"not coloured: {photo}: {reason}", sys.stderr)
    # One line for a thing that is to be said of many.
    about = defaultdict(list)
    for photo, note in done.notes:
        about[note].append(photo)
    for note, those in about.items():
        others = f" and {len(those) - 1} more" if len(those) > 1 else ""
        _say(f"{those[0]}{others}: {note}")
    if done.colour:
        which = f"{len(done.colour)} had colour or a tint already, such as {done.colour[0]}"
        _say(f"{which}; only lightness was used")
    for line in photos.unread_kinds(done.unread):
        _say(line)
    _say(
        f"{len(done.written)} coloured in {options.output}, {len(done.skipped)} there before, "
        f"{len(done.broken)} broken, {sum(done.unread.values())} other files not read"
    )
    return int(bool(done.broken))


def _say(line: str, stream: TextIO | None = None) -> None:
    """Print a line; names that the terminal cannot show are spelt out."""
    stream = stream or sys.stdout
    coding = stream.encoding or "utf-8"
    print(line.encode(coding, "backslashreplace").decode(coding), file=stream)
