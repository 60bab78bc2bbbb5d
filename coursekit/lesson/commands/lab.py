"""`coursekit lab`."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from coursekit.lesson import working_copy

from . import lessons

UPLOAD = 50  # MB that a widget takes through the browser, five times what Jupyter does by itself
# Holds what JupyterLab loads so that screen readers are told what figures show. An installed wheel
# puts it where any `jupyter lab` finds it, an editable one does not.
EXTENSIONS = Path(__file__).parents[1] / "labextensions"
# The photo, and what the message says besides.
MESSAGE = (UPLOAD + 2) * 2**20


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `coursekit lab` takes.

    Parameters
    ----------
    parser : argparse.ArgumentParser
        The command's own.
    """
    parser.add_argument(
        "folder",
        metavar="FOLDER",
        type=Path,
        nargs="?",
        help="the lessons are put there if need be; by default work/ in a clone, else the copy "
        "that is in this folder. A clone's notebooks/ is opened as it is",
    )
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    # First, so that where it is missing nothing is asked and written.
    from jupyterlab.labapp import main as lab

    folder = options.folder or lessons.usual_folder()
    if folder.resolve() != working_copy.source().resolve():
        lessons.report(folder, working_copy.put(folder))
    # In a container people are root, whom Jupyter would refuse; it listens on this machine only.
    root = ["--allow-root"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
    # Kernels inherit it, and their widgets say it.
    os.environ["COURSEKIT_UPLOAD_MB"] = str(UPLOAD)
    settings = {"websocket_max_message_size": MESSAGE}
    chosen = [
        f"--ServerApp.root_dir={folder.resolve()}",
        f"--ServerApp.tornado_settings={settings}",
        f"--LabApp.extra_labextensions_path={EXTENSIONS}",
    ]
    return lab([*chosen, *root]) or 0
