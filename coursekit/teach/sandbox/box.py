"""What all boxes have in common: a kernel that is started, talked to, and ended for good."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import site
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil

from coursekit.teach.inside import SETTINGS
from coursekit.teach.sandbox.attempts import Attempts
from coursekit.teach.sandbox.watch import Limits

# All that a kernel learns of the environment: no token or password of the instructor's.
PASSED = (
    "LANG",
    "LC_ALL",
    "SYSTEMROOT",
    "WINDIR",
    "COMSPEC",
    "PATHEXT",
    "NUMBER_OF_PROCESSORS",
    "KERAS_BACKEND",
    "COURSEKIT_PROFILE",
    "TF_CPP_MIN_LOG_LEVEL",
    "OMP_NUM_THREADS",
)
PACKAGE = Path(__file__).resolve().parents[2]  # coursekit
INSIDE = PACKAGE / "teach" / "inside"
AGENT = ["-m", "coursekit.teach.inside.agent"]


class Box:
    """A place for one submission; made by a subclass, which knows the walls.

    Parameters
    ----------
    scratch : Path
        A folder outside of the box, for what its walls are made of.
    hidden : list of Path
        Folders that it must not show, where it could.
    limits : Limits
        What it may use; the watch holds the ones that the system cannot.

    Attributes
    ----------
    walls : bool
        Whether the system keeps what is inside from what is outside.
    """

    walls = True

    def __init__(self, scratch: Path, hidden: list[Path], limits: Limits):
        self.scratch, self.hidden, self.limits = scratch, hidden, limits
        self.attempts: Attempts | None = None
        self._process: subprocess.Popen | None = None
        self._log = tempfile.TemporaryFile()

    def start(self) -> tuple:
        """Start the kernel.

        Returns
        -------
        tuple of binary file
            From and to it.
        """
        command, variables, folder = self._command()
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            cwd=folder,
            env=variables,
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        # If memory ends at once, Linux ends this process and all that it starts first.
        with contextlib.suppress(OSError):
            Path(f"/proc/{self._process.pid}/oom_score_adj").write_text("1000")
        return self._process.stdout, self._process.stdin

    def processes(self) -> list[psutil.Process]:
        """List what runs in the box.

        Returns
        -------
        list of psutil.Process
            Its processes, as this system sees them; the outermost first.
        """
        try:
            first = psutil.Process(self._process.pid)
            return [first, *first.children(recursive=True)]
        except psutil.Error:
            return []

    def interrupt(self) -> None:
        """Interrupt the cell that runs."""
        inner = self.processes()[-1:]
        for process in inner:
            try:
                process.send_signal(
                    signal.SIGINT if os.name == "posix" else signal.CTRL_BREAK_EVENT
                )
            except (psutil.Error, ValueError):
                pass

    def kill(self) -> None:
        """End everything in the box."""
        for process in self.processes():
            try:
                process.kill()
            except psutil.Error:
                pass

    def close(self) -> str:
        """End the box and all that is in it.

        Returns
        -------
        str
            What its walls had to say, for the case that it did not start.
        """
        self.kill()
        if self._process:
            self._process.wait()
        if self.attempts:
            self.attempts.stop()
        self._log.seek(0)
        return self._log.read(10_000).decode(errors="replace").strip()

    def _command(self) -> tuple[list[str], dict[str, str] | None, Path | None]:
        """Say what starts the kernel: the command, its environment, its folder."""
        raise NotImplementedError

    def _settings(self, folder: str, hidden: list[str], report: str | None) -> str:
        """Write what the kernel is told."""
        return json.dumps({"folder": folder, "hidden": hidden, "report": report})


def environment(folder: str, settings: str) -> dict[str, str]:
    """Make the environment of a kernel, in which nothing of the instructor's is left.

    Parameters
    ----------
    folder : str
        Its own, as it sees it.
    settings : str
        What it is told.

    Returns
    -------
    dict of str to str
        Variables; no network is asked for.
    """
    return {name: os.environ[name] for name in PASSED if name in os.environ} | {
        "HOME": folder,
        "USERPROFILE": folder,
        "USER": "student",
        "IPYTHONDIR": os.path.join(folder, ".ipython"),
        "TMPDIR": folder,
        "TEMP": folder,
        "TMP": folder,
        "MPLCONFIGDIR": os.path.join(folder, ".matplotlib"),
        "COURSEKIT_DATA": os.path.join(folder, ".coursekit"),
        "COURSEKIT_OFFLINE": "1",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": os.pathsep.join(map(str, packages())),
        SETTINGS: settings,
    }


def packages() -> list[Path]:
    """List what stands on Python's path besides its own folders: this package's, and others.

    Returns
    -------
    list of Path
        Folders that exist, this package's first.
    """
    prefixes = {Path(prefix).resolve() for prefix in (sys.prefix, sys.base_prefix)}
    found = [PACKAGE.parent]
    entries = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    # Of a person's own packages, which Python finds by a home that the box does not have.
    entries += [own for own in [site.getusersitepackages()] if own in sys.path]
    for entry in entries:
        path = Path(entry).resolve() if entry else None
        # Whoever puts a whole home on the path needs some modules of it; a submission none.
        if path and Path.home().resolve().is_relative_to(path):
            continue
        if path and path.is_dir() and path not in found and path not in prefixes:
            found.append(path)
    return found
