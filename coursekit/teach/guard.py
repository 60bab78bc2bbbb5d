"""Starts the kernel of a submission (`python -m coursekit.teach.guard`), behind an audit hook.

What a notebook may do is what an assignment needs: compute, read libraries, write in its own folder. Python reports
every file, socket and process to the hook before it is opened, and no Python code can take the hook out again. It is a
fence against accidents and easy mischief; against native code (ctypes) only a real sandbox helps: see `sandbox`.
"""

from __future__ import annotations

import os
import sys
from itertools import zip_longest

SAYS = "grading: "  # how its errors begin
ROOM, HIDDEN = "COURSEKIT_GRADING_ROOM", "COURSEKIT_GRADING_HIDDEN"
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
# Events about paths that change: how many arguments are paths, and where the folders (dir_fd) that they start
# from begin.
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


def fence(room: str, hidden: list[str]):
    """An audit hook. ``room``, the one folder to write in; ``hidden``, folders not to read: solutions, others' work."""
    room, hidden = os.path.realpath(room), [os.path.realpath(folder) for folder in hidden]
    real, join, fsdecode = (
        os.path.realpath,
        os.path.join,
        os.fsdecode,
    )  # a notebook may replace os.path's

    def within(path, folder):
        path = real(fsdecode(path))
        return path == folder or path.startswith(join(folder, ""))

    def hook(event, arguments):
        if event == "open":
            path, _, flags = arguments
            if isinstance(path, int) or path is None:
                return
            if flags & WRITING and not within(path, room) and fsdecode(path) not in DEVICES:
                raise PermissionError(
                    SAYS + f"a notebook writes only in its own folder, not to {fsdecode(path)}"
                )
            if any(within(path, folder) for folder in hidden):
                raise PermissionError(SAYS + f"{fsdecode(path)} is not for notebooks to read")
        elif event in CHANGES:
            count, first = CHANGES[event]
            for path, start in zip_longest(
                arguments[:count], arguments[first : first + count], fillvalue=-1
            ):
                if isinstance(path, int) or fsdecode(path) == ":memory:":
                    continue
                if not within(join(folder_of(start), fsdecode(path)) if start >= 0 else path, room):
                    raise PermissionError(
                        SAYS + f"a notebook changes only its own folder, not {fsdecode(path)}"
                    )
        elif event in PROCESSES:
            raise PermissionError(
                SAYS + "a notebook starts no other program (no !, %pip or subprocess)"
            )
        elif event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
            if arguments[1][0] not in ("127.0.0.1", "::1", "localhost"):
                raise PermissionError(SAYS + f"no network, so no connection to {arguments[1][0]}")
        elif event == "socket.getaddrinfo" and arguments[0] not in (
            "127.0.0.1",
            "::1",
            "localhost",
            None,
            "",
        ):
            raise PermissionError(SAYS + f"no network, so no address of {arguments[0]}")

    return hook


def folder_of(descriptor: int) -> str:
    """The path of an open folder."""
    if sys.platform == "darwin":
        import fcntl

        return os.fsdecode(fcntl.fcntl(descriptor, fcntl.F_GETPATH, bytes(1024)).rstrip(b"\0"))
    return os.readlink(f"/proc/self/fd/{descriptor}")


def main() -> None:
    """Limit this process, put the fence up, become the kernel."""
    room, hidden = os.environ.pop(ROOM), os.environ.pop(HIDDEN).split(os.pathsep)
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
        with open(
            "/proc/self/oom_score_adj", "w"
        ) as file:  # if memory ends at once, Linux ends this process first
            file.write("1000")
    except (ImportError, OSError, ValueError):
        pass  # Windows and macOS lack these limits; the watch on memory and time is everywhere
    if (
        os.name == "posix"
    ):  # in a process namespace the kernel would take itself for an orphan; the worker ends it
        os.environ.pop("JPY_PARENT_PID", None)
    from ipykernel.kernelapp import IPKernelApp

    sys.path[:] = [place for place in sys.path if place not in ("", os.getcwd())]
    sys.addaudithook(fence(room, [folder for folder in hidden if folder]))
    IPKernelApp.launch_instance()


if __name__ == "__main__":
    main()
