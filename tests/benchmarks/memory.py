"""How much memory this process holds, and the most it held while something ran."""

import threading
from collections.abc import Callable

import psutil


def held() -> int:
    """Bytes that this process holds, without pages of mapped files where they can be told."""
    info = psutil.Process().memory_info()
    return info.rss - getattr(info, "shared", 0)


def peak(work: Callable[[], object]) -> int:
    """The most bytes while ``work`` ran.

    The system's own record of it would not do: a process inherits that of the one which started it.
    """
    most, done = held(), threading.Event()

    def watch() -> None:
        nonlocal most
        while not done.wait(0.005):
            most = max(most, held())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        work()
    finally:
        done.set()
        watcher.join()
    return max(most, held())
