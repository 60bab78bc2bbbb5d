"""Starts the kernel of a submission (`python -m coursekit.teach.guard`), behind an audit hook.

What a notebook may do is what an assignment needs: compute, read libraries, write in its own
folder. Python reports every file, socket and process to the hook before it is opened, and no Python
code can take the hook out again. It is a fence against accidents and easy mischief; against native
code (ctypes) only a real sandbox helps: see `sandbox`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from itertools import zip_longest

SAYS = "grading: "  # how its errors begin
# Variables that tell the kernel its one folder to write in, and the folders not to read.
FOLDER, HIDDEN = "COURSEKIT_GRADING_FOLDER", "COURSEKIT_GRADING_HIDDEN"
LARGEST_FILE = 2_000_000_000  # bytes
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
PROCESSES = (
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.fork",
    "os.forkpty",
    "os.posix_spawn",
    "os.spawn",
    "pty.spawn",
    "os.startfile",
)
# Events about paths that change: how many arguments are paths, and where the folders (dir_fd) that
# they start from begin.
CHANGES = {
    "os.remove": (1, 1),
    "os.rename": (2, 2),
    "os.mkdir": (1, 2),
    "os.rmdir": (1, 1),
    "os.link": (2, 2),
    "os.symlink": (2, 9),
    "os.truncate": (1, 9),
    "os.chmod": (1, 2),
    "os.chown": (1, 3),
    "os.utime": (1, 3),
    "sqlite3.connect": (1, 9),
}
DEVICES = {os.devnull, "/dev/tty"}
HERE = ("127.0.0.1", "::1", "localhost")  # Jupyter's own connections


def fence(folder: str, hidden: list[str]) -> Callable[[str, tuple], None]:
    """Make an audit hook that lets a notebook do what an assignment needs.

    Parameters
    ----------
    folder : str
        The one folder to write in.
    hidden : list of str
        Folders not to read: solutions, others' work.

    Returns
    -------
    callable
        For `sys.addaudithook`; it raises PermissionError.
    """
    # A notebook may put functions of its own into os.path; the hook keeps those of now.
    real, join, fsdecode = os.path.realpath, os.path.join, os.fsdecode
    folder, hidden = real(folder), [real(one) for one in hidden]

    def within(path: str | bytes | os.PathLike, outer: str) -> bool:
        path = real(fsdecode(path))
        return path == outer or path.startswith(join(outer, ""))

    def hook(event: str, arguments: tuple) -> None:
        if event == "open":
            path, _, flags = arguments
            # What is open already was looked at when it was opened.
            if isinstance(path, int) or path is None:
                return
            if flags & WRITING and not within(path, folder) and fsdecode(path) not in DEVICES:
                raise PermissionError(
                    SAYS + f"a notebook writes only in its own folder, not to {fsdecode(path)}"
                )
            if any(within(path, one) for one in hidden):
                raise PermissionError(SAYS + f"{fsdecode(path)} is not for notebooks to read")
        elif event in CHANGES:
            count, first = CHANGES[event]
            for path, start in zip_longest(
                arguments[:count], arguments[first : first + count], fillvalue=-1
            ):
                if isinstance(path, int) or fsdecode(path) == ":memory:":
                    continue
                # A path may start from an open folder, known by its number, and not from the
                # current one.
                whole = join(folder_of(start), fsdecode(path)) if start >= 0 else path
                if not within(whole, folder):
                    raise PermissionError(
                        SAYS + f"a notebook changes only its own folder, not {fsdecode(path)}"
                    )
        elif event in PROCESSES:
            raise PermissionError(
                SAYS + "a notebook starts no other program (no !, %pip or subprocess)"
            )
        elif event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
            if arguments[1][0] not in HERE:
                raise PermissionError(SAYS + f"no network, so no connection to {arguments[1][0]}")
        elif event == "socket.getaddrinfo" and arguments[0] not in (*HERE, None, ""):
            raise PermissionError(SAYS + f"no network, so no address of {arguments[0]}")

    return hook


def folder_of(descriptor: int) -> str:
    """Find the path of an open folder.

    Parameters
    ----------
    descriptor : int
        Its number in this process.

    Returns
    -------
    str
        The path.
    """
    if sys.platform == "darwin":
        import fcntl

        return os.fsdecode(fcntl.fcntl(descriptor, fcntl.F_GETPATH, bytes(1024)).rstrip(b"\0"))
    return os.readlink(f"/proc/self/fd/{descriptor}")


def main() -> None:
    """Limit this process, put the fence up, become the kernel."""
    folder, hidden = os.environ.pop(FOLDER), os.environ.pop(HIDDEN).split(os.pathsep)
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
        # If memory ends at once, Linux ends this process first.
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write("1000")
    except (ImportError, OSError, ValueError):
        pass  # Windows and macOS lack these limits; the watch on memory and time is everywhere
    # In a process namespace the kernel would take itself for an orphan and end; the worker ends it.
    if os.name == "posix":
        os.environ.pop("JPY_PARENT_PID", None)
    from ipykernel.kernelapp import IPKernelApp

    # What a notebook writes into its folder must not stand for a module.
    sys.path[:] = [path for path in sys.path if path not in ("", os.getcwd())]
    sys.addaudithook(fence(folder, [one for one in hidden if one]))
    IPKernelApp.launch_instance()


if __name__ == "__main__":
    main()
