"""Where a submission runs: a kernel of its own in a folder of its own, without network, within time and memory.

Two walls. Everywhere: the audit hook of `guard`, an environment without secrets, and a watch on memory and time. On
Linux with bubblewrap (`bwrap`, https://github.com/containers/bubblewrap) also namespaces: no network device, the whole
disk read-only but for the folder, and processes that end with the kernel.
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
    """What one submission may use; a single cell gets a third of the time."""

    seconds: float = 600
    memory_bytes: float = 6e9

    @property
    def cell_seconds(self) -> int:
        return max(1, round(self.seconds / 3))


@cache
def bubblewrap() -> str | None:
    """The program that gives namespaces; None where it is not installed or the system does not allow it."""
    program = shutil.which("bwrap") if sys.platform == "linux" else None
    works = (
        program and subprocess.run([program, *_WALLS, "true"], capture_output=True).returncode == 0
    )
    return program if works else None


_WALLS = [
    "--ro-bind",
    "/",
    "/",
    "--dev",
    "/dev",
    "--proc",
    "/proc",
    "--unshare-all",
    "--die-with-parent",
]


def environment(room: Path, hidden: list[Path]) -> dict[str, str]:
    """The environment of a kernel: its home, caches and temporary files in ``room``; no network asked for.

    Parameters: ``hidden``, folders that it must not read.
    """
    for name in ("home", "tmp", "matplotlib", "data"):
        (room / name).mkdir(parents=True, exist_ok=True)
    return {name: value for name, value in os.environ.items() if name in PASSED} | {
        "HOME": str(room / "home"),
        "USERPROFILE": str(room / "home"),
        "IPYTHONDIR": str(room / "home"),
        "TMPDIR": str(room / "tmp"),
        "TEMP": str(room / "tmp"),
        "TMP": str(room / "tmp"),
        "MPLCONFIGDIR": str(room / "matplotlib"),
        "COURSEKIT_DATA": str(room / "data"),
        "COURSEKIT_OFFLINE": "1",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        # The kernel starts in the room, and must still find this very package.
        "PYTHONPATH": os.pathsep.join(filter(None, [str(PACKAGES), os.environ.get("PYTHONPATH")])),
        guard.ROOM: str(room),
        guard.HIDDEN: os.pathsep.join(map(str, hidden)),
    }


def kernel_spec(folder: Path, room: Path, hidden: list[Path]) -> None:
    """Write a kernel "python3" that Jupyter finds in ``folder`` (JUPYTER_PATH) and that lives in ``room``."""
    command = [sys.executable, "-m", "coursekit.teach.guard", "-f", "{connection_file}"]
    if bubblewrap():
        # An empty folder lies over each hidden one; the room comes last, it may be inside.
        covers = [part for place in hidden for part in ("--tmpfs", str(place)) if place.is_dir()]
        command = [
            bubblewrap(),
            *_WALLS,
            *covers,
            "--bind",
            str(room),
            str(room),
            "--chdir",
            str(room),
            *command,
        ]
    spec = {"argv": command, "display_name": "Python 3", "language": "python"}
    if os.name == "posix":
        spec["interrupt_mode"] = "message"  # a signal would end bwrap and not reach the kernel
    place = folder / "kernels" / "python3"
    place.mkdir(parents=True)
    (place / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")


class Watch(threading.Thread):
    """Ends every process below this one when they take too long or too much memory; ``broken`` then says which.

    Resident size is what is watched: TensorFlow and CUDA reserve far more address space than they use, so that a
    limit on it would hit the innocent.
    """

    def __init__(self, limits: Limits):
        super().__init__(daemon=True)
        self.limits, self.broken, self.peak_bytes = limits, None, 0
        self._done = threading.Event()

    def run(self) -> None:
        begin = None
        while not self._done.wait(0.2):
            children = psutil.Process().children(recursive=True)
            if children and begin is None:  # the kernel's time, not nbgrader's
                begin = time.monotonic()
            used = sum(map(_resident, children))
            self.peak_bytes = max(self.peak_bytes, used)
            if used > self.limits.memory_bytes:
                self.broken = f"used more than {self.limits.memory_bytes / 1e9:g} GB of memory"
            elif begin and time.monotonic() - begin > self.limits.seconds:
                self.broken = f"took more than {self.limits.seconds:g} seconds in all"
            if self.broken:
                end(children)  # and whatever they started meanwhile, the next time round

    def stop(self) -> None:
        self._done.set()
        self.join()
        end(psutil.Process().children(recursive=True))


def end(processes: list[psutil.Process]) -> None:
    """Kill processes; those that ended meanwhile are fine."""
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
