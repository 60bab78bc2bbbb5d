"""Says in words what a submission may not do, before the box refuses it.

What a notebook may do is what an assignment needs: compute, read libraries, write in its own
folder. Python reports files, sockets and processes to an audit hook before they are opened, so that
a student reads a sentence and an instructor a line of problems.csv. It is no wall: code inside the
same interpreter can take it out, and native code does not ask it. The box is the wall.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from itertools import zip_longest

SAYS = "grading: "  # how its errors begin
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
    "_posixsubprocess.fork_exec",
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
# Programs that libraries ask about the machine when they are imported, by `platform` for one.
PROBES = {"uname", "lscpu", "ldconfig", "sysctl", "file"}
DEVICES = {os.devnull, "/dev/tty"}
HERE = ("127.0.0.1", "::1", "localhost")
CONNECTIONS = ("socket.connect", "socket.sendto", "socket.sendmsg")
NAMES = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")
# What only instructors have; the import of it finds nothing in a box.
SECRET = ("coursekit.teach.references", "coursekit.teach.hidden", "coursekit.teach.cases")


class RefusedError(PermissionError):
    """Keeps its sentence where a library adds a file's name to it, as `shutil.rmtree` does."""

    def __str__(self) -> str:
        """Give the sentence; an `OSError` with a file's name would say the error's number."""
        return self.args[0]


def fence(
    folder: str, hidden: list[str], note: Callable[[str], None] = lambda text: None
) -> Callable[[str, tuple], None]:
    """Make an audit hook that lets a notebook do what an assignment needs.

    Parameters
    ----------
    folder : str
        The one folder to write in.
    hidden : list of str
        Folders not to read: solutions, others' work.
    note : callable
        Gets each refusal in words, whatever becomes of the error.

    Returns
    -------
    callable
        For `sys.addaudithook`; it raises `RefusedError`.
    """
    # A notebook may put functions of its own into os.path; the hook keeps those of now.
    real, join, fsdecode = os.path.realpath, os.path.join, os.fsdecode
    folder, hidden = real(folder), [real(one) for one in hidden]

    def within(path: str | bytes | os.PathLike, outer: str) -> bool:
        path = real(fsdecode(path))
        return path == outer or path.startswith(join(outer, ""))

    def refuse(text: str) -> None:
        note(text)
        raise RefusedError(SAYS + text)

    def hook(event: str, arguments: tuple) -> None:
        if event == "open":
            path, _, flags = arguments
            # What is open already was looked at when it was opened.
            if isinstance(path, int) or path is None:
                return
            if flags & WRITING and not within(path, folder) and fsdecode(path) not in DEVICES:
                refuse(f"a notebook writes only in its own folder, not to {fsdecode(path)}")
            if any(within(path, one) for one in hidden):
                refuse(f"{fsdecode(path)} is not for notebooks to read")
        elif event in ("os.listdir", "os.scandir"):
            path = arguments[0]
            if not isinstance(path, int) and any(within(path or ".", one) for one in hidden):
                refuse(f"{fsdecode(path or '.')} is not for notebooks to read")
        elif event == "import" and arguments[0].startswith(SECRET):
            refuse(f"{arguments[0]} is not for notebooks to read")
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
                    refuse(f"a notebook changes only its own folder, not {fsdecode(path)}")
        elif event == "subprocess.Popen" and _is_probe(arguments[1]):
            raise RefusedError(SAYS + "a notebook starts no other program")
        elif event in PROCESSES:
            refuse("a notebook starts no other program (no !, %pip or subprocess)")
        elif event in CONNECTIONS and isinstance(arguments[1], tuple):
            if arguments[1][0] not in HERE:
                refuse(f"no network, so no connection to {arguments[1][0]}")
        elif event in NAMES and arguments[0] not in (*HERE, None, ""):
            refuse(f"no network, so no address of {arguments[0]}")

    return hook


def _is_probe(command: object) -> bool:
    """Tell whether a library only wants to know the machine that it is on, and does without."""
    first = command[0] if isinstance(command, (list, tuple)) and command else command
    return isinstance(first, str) and os.path.basename(first) in PROBES


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
