"""`coursekit lab`."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

NOTEBOOKS = Path("notebooks")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `coursekit lab` takes: nothing.

    Parameters
    ----------
    parser : argparse.ArgumentParser
        The command's own.
    """
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    if not NOTEBOOKS.is_dir():
        raise FileNotFoundError("no notebooks/ here; run this in the top folder of the course")
    from jupyterlab.labapp import main as lab

    # In a container people are root, whom Jupyter would refuse; it listens on this machine only.
    root = ["--allow-root"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
    return lab([f"--ServerApp.root_dir={NOTEBOOKS.resolve()}", *root]) or 0
