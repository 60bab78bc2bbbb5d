"""`coursekit lab`."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

NOTEBOOKS = Path("notebooks")
UPLOAD = 50  # MB that a widget takes through the browser, five times what Jupyter does by itself
# The photo, and what the message says besides.
MESSAGE = (UPLOAD + 2) * 2**20


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
    # Kernels inherit it, and their widgets say it.
    os.environ["COURSEKIT_UPLOAD_MB"] = str(UPLOAD)
    settings = {"websocket_max_message_size": MESSAGE}
    chosen = [
        f"--ServerApp.root_dir={NOTEBOOKS.resolve()}",
        f"--ServerApp.tornado_settings={settings}",
    ]
    return lab([*chosen, *root]) or 0
