"""Where a submission runs: a kernel and a folder of its own, no network, limited time and memory.

Two walls. Everywhere: the audit hook of `guard`, an environment without secrets, and a watch on
memory and time. On Linux with bubblewrap (`bwrap`, https://github.com/containers/bubblewrap) also
namespaces: no network device, the whole disk read-only but for the folder, and processes that end
with the kernel.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from functools import cache
from pathlib import Path
from typing import NamedTuple

import psutil

from coursekit.teach import guard

# All that a kernel learns of the environment: no token or password of the instructor's.
PASSED = {
    "PATH",
    "VIRTUAL_ENV",
    "LD_LIBRARY_PATH",
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
    "CUDA_VISIBLE_DEVICES",
    "OMP_NUM_THREADS",
}
PACKAGES = Path(__file__).resolve().parents[2]


class Limits(NamedTuple):
    """What one submission may use.

    Attributes
    ----------
    seconds : float
        For the whole notebook.
    memory_bytes : float
        Resident memory of all its processes.
    """

    seconds: float = 600
    memory_bytes: float = 6e9

    @property
    def cell_seconds(self) -> int:
        """Give a single cell a third of the time.

        Returns
        -------
        int
            Whole seconds.
        """
        return max(1, round(self.seconds / 3))


@cache
def bubblewrap() -> str | None:
    """Find the program that gives namespaces.

    Returns
    -------
    str or None
        Its path; None where it is not installed or the system does not allow it.
    """
    program = shutil.which("bwrap") if sys.platform == "linux" else None
    works = (
        program and subprocess.run([program, *_WALLS, "true"], capture_output=True).returncode == 0
    )
    return program if works else None


_DISK = ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
_WALLS = [*_DISK, "--unshare-all", "--die-with-parent"]


def environment(folder: Path, hidden: list[Path]) -> dict[str, str]:
    """Make the environment of a kernel, in which nothing of the instructor's is left.

    Parameters
    ----------
    folder : Path
        Its own; home, caches and temporary files are made in it.
    hidden : list of Path
        Folders that it must not read.

    Returns
    -------
    dict of str to str
        Variables; no network is asked for.
    """
    for name in ("home", "tmp", "matplotlib", "data"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    return {name: value for name, value in os.environ.items() if name in PASSED} | {
        "HOME": str(folder / "home"),
        "USERPROFILE": str(folder / "home"),
        "IPYTHONDIR": str(folder / "home"),
        "TMPDIR": str(folder / "tmp"),
        "TEMP": str(folder / "tmp"),
        "TMP": str(folder / "tmp"),
        "MPLCONFIGDIR": str(folder / "matplotlib"),
        "COURSEKIT_DATA": str(folder / "data"),
        "COURSEKIT_OFFLINE": "1",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        # The kernel starts in its folder, and must still find this very package.
        "PYTHONPATH": os.pathsep.join(filter(None, [str(PACKAGES), os.environ.get("PYTHONPATH")])),
        guard.FOLDER: str(folder),
        guard.HIDDEN: os.pathsep.join(map(str, hidden)),
    }


def kernel_spec(specs: Path, folder: Path, hidden: list[Path]) -> None:
    """Write the description of a kernel "python3" that runs behind the walls.

    Parameters
    ----------
    specs : Path
        Where Jupyter looks for kernels (JUPYTER_PATH).
    folder : Path
        The one folder in which the kernel may write.
    hidden : list of Path
        Folders that it must not read.
    """
    command = [sys.executable, "-m", "coursekit.teach.guard", "-f", "{connection_file}"]
    if bubblewrap():
        # An empty folder lies over each hidden one; the kernel's own comes last, it may be inside
        # one.
        covers = [part for one in hidden for part in ("--tmpfs", str(one)) if one.is_dir()]
        own = ["--bind", str(folder), str(folder), "--chdir", str(folder)]
        command = [bubblewrap(), *_WALLS, *covers, *own, *command]
    spec = {"argv": command, "display_name": "Python 3", "language": "python"}
    if os.name == "posix":
        spec["interrupt_mode"] = "message"  # a signal would end bwrap and not reach the kernel
    path = specs / "kernels" / "python3" / "kernel.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(spec), encoding="utf-8")


class Watch(threading.Thread):
    """Ends every process below this one when they take too long or too much memory.

    Resident size is what is watched: TensorFlow and CUDA reserve far more address space than they
    use, so that a limit on it would hit the innocent.

    Parameters
    ----------
    limits : Limits
        What the processes may take.

    Attributes
    ----------
    limits : Limits
        What the processes may take.
    broken : str or None
        Which limit was broken, in words.
    peak_bytes : int
        The most memory that was seen.
    """

    def __init__(self, limits: Limits):
        super().__init__(daemon=True)
        self.limits, self.broken, self.peak_bytes = limits, None, 0
        self._done = threading.Event()

    def run(self) -> None:
        """Watch until `stop`, five times a second."""
        begin = None
        while not self._done.wait(0.2):
            children = psutil.Process().children(recursive=True)
            # The kernel's time, not nbgrader's.
            if children and begin is None:
                begin = time.monotonic()
            used = sum(map(_resident, children))
            self.peak_bytes = max(self.peak_bytes, used)
            if used > self.limits.memory_bytes:
                self.broken = f"used more than {self.limits.memory_bytes / 1e9:g} GB of memory"
            elif begin and time.monotonic() - begin > self.limits.seconds:
                self.broken = f"took more than {self.limits.seconds:g} seconds in all"
            # What they start meanwhile ends the next time round.
            if self.broken:
                end(children)

    def stop(self) -> None:
        """Stop watching, and end what still runs."""
        self._done.set()
        self.join()
        end(psutil.Process().children(recursive=True))


def end(processes: list[psutil.Process]) -> None:
    """Kill processes.

    Parameters
    ----------
    processes : list of psutil.Process
        Those that ended meanwhile are passed over.
    """
    for process in processes:
        try:
            process.kill()
        except psutil.Error:
            pass


def _resident(process: psutil.Process) -> int:
    try:
        return process.memory_info().rss
    except psutil.Error:
        return 0
