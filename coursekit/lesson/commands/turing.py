"""`coursekit turing serve|merge|export`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `coursekit turing` takes.

    Parameters
    ----------
    parser : argparse.ArgumentParser
        The command's own.
    """
    commands = parser.add_subparsers(dest="turing_command", required=True)

    command = commands.add_parser("serve", help="let a class take the test in their browsers")
    command.add_argument(
        "experiment", metavar="FOLDER", help="a test that coursekit.turing.build made"
    )
    command.add_argument(
        "--store", metavar="FILE", default="votes.sqlite", help="file of votes (%(default)s)"
    )
    command.add_argument(
        "--address",
        default="127.0.0.1",
        help="to listen on: by default only for this computer; "
        "0.0.0.0 for everyone who can reach it",
    )
    command.add_argument("--port", type=int, default=8866, help="(%(default)s)")
    command.add_argument(
        "--workers", type=_count, default=1, help="processes that answer (%(default)s)"
    )
    command.add_argument(
        "--url", help="the address to hand out, where a proxy or a name stands before this computer"
    )
    command.set_defaults(run=_serve)

    command = commands.add_parser("merge", help="join the stores of several rooms into one study")
    command.add_argument(
        "stores",
        metavar="STORE",
        nargs="+",
        help="file of votes, called by its name in the study, or NAME=FILE",
    )
    command.add_argument(
        "-o", "--output", metavar="STUDY", required=True, help="file of votes to write"
    )
    command.set_defaults(run=_merge)

    command = commands.add_parser("export", help="the votes of a store as CSV")
    command.add_argument("store", metavar="STORE", help="file of votes")
    command.add_argument(
        "-o", "--output", metavar="CSV", help="file to write; the screen by default"
    )
    command.set_defaults(run=_export)


def _serve(args: argparse.Namespace) -> int:
    from coursekit.turing.server import serve

    serve(args.experiment, args.store, args.address, args.port, args.workers, args.url)
    return 0


def _count(text: str) -> int:
    """Read a number of processes."""
    if not 1 <= int(text) <= 64:
        raise argparse.ArgumentTypeError("give 1 to 64")
    return int(text)


def _merge(args: argparse.Namespace) -> int:
    from coursekit.turing.rooms import merge
    from coursekit.turing.statistics import caveat

    merged = merge([_named(each) for each in args.stores], args.output)
    for name, people in merged.rooms.items():
        print(f"{name}: {people} participants")
    again = f"; {merged.again} stood in two stores and count once" if merged.again else ""
    print(
        f"{merged.votes} votes of {sum(merged.rooms.values())} participants in "
        f"{len(merged.rooms)} rooms in {args.output}{again}"
    )
    if len(merged.rooms) > 1 and (doubt := caveat(len(merged.rooms))):
        print(doubt)
    return 0


def _named(text: str) -> tuple[str | None, str]:
    """Take NAME=FILE apart; a file may have such a name itself."""
    name, equals, path = text.partition("=")
    return (name, path) if name and equals and not Path(text).exists() else (None, text)


def _export(args: argparse.Namespace) -> int:
    from coursekit.turing.store import Store

    if not Path(args.store).exists():
        raise FileNotFoundError(f"{args.store}: no such file of votes")
    store = Store(args.store)
    if args.output is None:
        store.export(sys.stdout)
        return 0
    with open(args.output, "w", encoding="utf-8", newline="") as stream:
        store.export(stream)
    print(
        f"{len(store.votes())} votes of {len(store.participants())} participants in {args.output}"
    )
    return 0
