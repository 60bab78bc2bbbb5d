"""What a submission may use, and the thread that sees to it."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

import psutil

LINUX = sys.platform == "linux"
EACH = 0.1  # seconds between two looks
MOST_THREADS = 4000  # of a submission; what Keras starts on hundreds of cores is a tenth
GRACE = 10  # seconds at most for a cell to end that was told to


class Limits(NamedTuple):
    """What one submission may use.

    Attributes
    ----------
    seconds : float
        For the whole notebook: those in which it computed or slept. Where the system can tell
        (Linux), those in which it waited for a core that others had do not count.
    memory_bytes : float
        Memory of all its processes that is not given back: resident, or swapped out.
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


class Watched(Protocol):
    """What the watch needs of a box."""

    def processes(self) -> list[psutil.Process]:
        """List the processes in it."""

    def interrupt(self) -> None:
        """Tell what runs in it to stop."""

    def kill(self) -> None:
        """End it."""


class Watch(threading.Thread):
    """Interrupts cells that take too long, and ends boxes that take too much.

    Resident size is what is watched: TensorFlow and CUDA reserve far more address space than they
    use, so that a limit on it would hit the innocent.

    Parameters
    ----------
    box : Watched
        The box.
    limits : Limits
        What it may take.

    Attributes
    ----------
    broken : str or None
        Which limit was broken, in words.
    stopped : list of str
        The cells that were interrupted.
    cell : str or None
        The last cell that was begun, in words.
    """

    def __init__(self, box: Watched, limits: Limits):
        super().__init__(daemon=True)
        self.box, self.limits = box, limits
        self.broken: str | None = None
        self.stopped: list[str] = []
        self.cell: str | None = None
        self._total = self._of_cell = 0.0
        self._waiting = self._told = False
        self._done = threading.Event()

    def begin(self, cell: str) -> None:
        """Start the clock of a cell anew.

        Parameters
        ----------
        cell : str
            What it is called.
        """
        self.cell, self._of_cell, self._told = cell, 0.0, False

    @contextlib.contextmanager
    def waiting(self) -> Iterator[None]:
        """Count the time in which somebody waits for the box.

        Yields
        ------
        None
            While the box works.
        """
        # A second call of a cell that was stopped is told again.
        self._waiting, self._told = True, False
        try:
            yield
        finally:
            self._waiting = False

    def run(self) -> None:
        """Watch until `stop`."""
        used = {}
        last = time.monotonic()
        grace = 0.0
        while not self._done.wait(EACH):
            now = time.monotonic()
            passed, last = now - last, now
            processes = self.box.processes()
            before, used = used, {process.pid: _seconds(process) for process in processes}
            if sum(map(_resident, processes)) > self.limits.memory_bytes:
                self._break(f"used more than {self.limits.memory_bytes / 1e9:g} GB of memory")
            elif sum(map(_threads, processes)) > MOST_THREADS:
                self._break(f"started more than {MOST_THREADS:,} threads")
            if not self._waiting:
                continue
            computed = sum(used[pid] - before.get(pid, used[pid]) for pid in used)
            # Who is not asleep and yet computes nothing waits for a core, which others have.
            spent = min(passed, computed) if any(map(_wants_a_core, processes)) else passed
            self._total += spent
            self._of_cell += spent
            if self._total > self.limits.seconds:
                self._break(f"took more than {self.limits.seconds:g} seconds in all")
            elif self._of_cell > self.limits.cell_seconds and not self._told:
                self._told, grace = True, 0.0
                self.stopped.append(self.cell or "")
                self.box.interrupt()
            elif self._told:
                grace += spent
                if grace > min(GRACE, self.limits.cell_seconds):
                    most = f"{self.limits.cell_seconds} seconds"
                    self._break(f"took more than {most} and could not be stopped")

    def stop(self) -> None:
        """Stop watching."""
        self._done.set()
        if self.is_alive():
            self.join()

    def _break(self, words: str) -> None:
        if self.broken is None:
            self.broken = f"{words}, in {self.cell or 'no cell'}"
        self.box.kill()


def _resident(process: psutil.Process) -> int:
    try:
        return process.memory_info().rss + _beside(process.pid)
    except psutil.Error:
        return 0


def _beside(pid: int) -> int:
    """Count what was swapped out, and the tables of pages, which can be as large (Linux)."""
    try:
        text = Path(f"/proc/{pid}/status").read_text(errors="replace") if LINUX else ""
    except OSError:
        return 0
    return sum(1024 * int(found) for found in re.findall(r"(?m)^Vm(?:Swap|PTE):\s*(\d+) kB", text))


def _threads(process: psutil.Process) -> int:
    try:
        return process.num_threads()
    except psutil.Error:
        return 0


def _seconds(process: psutil.Process) -> float:
    """Take the seconds that a process has computed."""
    try:
        times = process.cpu_times()
        return times.user + times.system
    except psutil.Error:
        return 0.0


def _wants_a_core(process: psutil.Process) -> bool:
    """Tell whether a thread of a process runs or would like to, as much as this process would.

    One that waits for a disk does not, nor one that only looks as if it did; nor one that has made
    itself less urgent than others, for on a busy server it would wait without an end.
    """
    if not LINUX:
        return False
    for thread in Path(f"/proc/{process.pid}/task").glob("*/stat"):
        try:
            # What follows the name, which is in parentheses and may hold any character.
            fields = thread.read_text(errors="replace").rpartition(")")[2].split()
            state, nice, policy = fields[0], int(fields[16]), int(fields[38])
            if state == "R" and nice <= os.nice(0) and policy == os.sched_getscheduler(0):
                return True
        except OSError:
            continue
    return False
