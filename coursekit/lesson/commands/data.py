"""`coursekit data list|get|check|path`.

The data sets are imported by the command that is run: `coursekit --help` does without them.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from coursekit.datasets import Card


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `coursekit data` takes.

    Parameters
    ----------
    parser : argparse.ArgumentParser
        The command's own.
    """
    commands = parser.add_subparsers(dest="data_command", required=True)

    command = commands.add_parser("list", help="all data sets, and which are ready")
    command.set_defaults(run=_list)

    command = commands.add_parser("get", help="fetch a data set and prepare it")
    command.add_argument("name")
    command.add_argument(
        "--from", dest="file", metavar="PATH", help="an archive or folder that you have"
    )
    command.add_argument("--size", type=int, help="short side of the photos in the cache, pixels")
    command.add_argument("--again", action="store_true", help="make it anew")
    command.set_defaults(run=_get)

    command = commands.add_parser("check", help="compare what is in the cache with its checksums")
    command.add_argument(
        "names", nargs="*", metavar="name", help="all that are in the cache by default"
    )
    command.set_defaults(run=_check)

    command = commands.add_parser("path", help="where the cache is")
    command.add_argument("name", nargs="?")
    command.set_defaults(run=_path)


def _list(args: argparse.Namespace) -> int:
    from coursekit.datasets import available, registry

    for name in registry.names():
        card = registry.card(name)
        if card.fetch == "built in":
            state = "built in"
        elif available(name):
            state = "ready"
        elif card.bytes:
            state = f"{card.bytes / 1e6:,.0f} MB to fetch"
        else:
            state = "to fetch" if card.fetch == "download" else "by hand"
        print(f"{name:20}{state:20}{card.title}")
    return 0


def _get(args: argparse.Namespace) -> int:
    from coursekit.datasets import DatasetError, prepare, registry
    from coursekit.files import FolderError

    try:
        folder = prepare(args.name, args.file, args.size, args.again)
    except (DatasetError, FolderError) as error:
        print(error, file=sys.stderr)
        return 1
    built_in = registry.card(args.name).fetch == "built in"
    print(f"{args.name}: ready" + (", it needs no file" if built_in else f" in {folder}"))
    return 0


def _check(args: argparse.Namespace) -> int:
    from coursekit import files
    from coursekit.datasets import DatasetError, available, registry
    from coursekit.datasets.sources import faults

    try:
        cards = [registry.card(name) for name in args.names or registry.names()]
    except DatasetError as error:
        print(error, file=sys.stderr)
        return 1
    status = 0
    cached = [card for card in cards if card.fetch != "built in" and available(card.name)]
    if not args.names and not cached:
        print("nothing in the cache yet; `coursekit data list` shows what there is")
    for card in cards:
        if card.fetch == "built in" and args.names:
            print(f"{card.name}: OK, built in")
        elif card in cached:
            found = faults(files.location() / card.name)
            if found:
                print(f"{card.name}: {len(found)} faults, the first: {found[0]}; {_way_out(card)}")
                status = 1
            else:
                print(f"{card.name}: OK")
        elif args.names:
            print(f"{card.name}: not in the cache; {_way_out(card)}")
            status = 1
    return status


def _way_out(card: Card) -> str:
    """Say how to get a set anew."""
    how = "--again" if card.fetch == "download" else "--from PATH"
    return f"run `coursekit data get {card.name} {how}`"


def _path(args: argparse.Namespace) -> int:
    from coursekit import files
    from coursekit.datasets import DatasetError, registry

    try:
        print(files.location() / registry.card(args.name).name if args.name else files.location())
    except DatasetError as error:
        print(error, file=sys.stderr)
        return 1
    return 0
