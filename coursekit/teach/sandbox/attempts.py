"""Lists what a submission tried, as Linux itself reports it: the side outside of the box.

See `coursekit.teach.inside.attempts` for the filter. What is asked here is either let through, in
which case the box decides, or refused. A report cannot be swallowed by a ``try``, nor avoided by
native code; one that is meant to hide can still swap the name of a file while it is read, so this
is a list for a person and no wall.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import posixpath
import re
import select
import socket
import struct
import threading
from pathlib import Path

from coursekit.teach.inside import attempts as inside

# ioctl numbers of linux/seccomp.h; struct seccomp_notif has 80 bytes, its answer 24.
RECEIVE, SEND, VALID = 0xC0502100, 0xC0182101, 0x40082102
GO_ON = 1  # SECCOMP_USER_NOTIF_FLAG_CONTINUE
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
HERE = -100  # AT_FDCWD
# Where in the arguments a path stands, and the folder (dir_fd) that it starts from; two for some.
PATHS = {
    "open": [(None, 0)],
    "creat": [(None, 0)],
    "openat": [(0, 1)],
    "openat2": [(0, 1)],
    "renameat": [(0, 1), (2, 3)],
    "renameat2": [(0, 1), (2, 3)],
    "linkat": [(0, 1), (2, 3)],
    "rename": [(None, 0), (None, 1)],
    "link": [(None, 0), (None, 1)],
    "symlink": [(None, 1)],
    "symlinkat": [(1, 2)],
    **{name: [(0, 1)] for name in ("mkdirat", "unlinkat", "fchmodat", "fchownat", "mknodat")},
    **{name: [(0, 1)] for name in ("fchmodat2", "utimensat")},
}
# Those that mean what a link leads to, and not the link.
BY_LINKS = {
    *inside.OPENS,
    *("truncate", "chmod", "fchmodat", "fchmodat2", "chown", "fchownat"),
    *("utime", "utimes", "utimensat", "setxattr"),
}
# What the C library asks for names of users and the like, and how programs write a log.
SERVICES = ("/var/run/nscd/socket", "/run/nscd/socket", "/dev/log")
OWN_PROCESS = re.compile(r"/proc/(?:self|thread-self|\d+)(?=/|$)")  # in a box there is one only
LONGEST_CHAIN = 40  # of links
# What a system has for everybody: that a library looks there is nobody's attempt at anything.
OF_THE_SYSTEM = ("/etc", "/usr", "/lib", "/lib64", "/bin", "/sbin", "/sys", "/proc", "/dev", "/run")
MOST = 20  # attempts of a kind that are listed, so that those of one do not hide another


class Attempts(threading.Thread):
    """Answers the questions of one box, and lists what was tried.

    Parameters
    ----------
    own : tuple of str
        Folders in which the submission may write.
    shown : tuple of str
        Folders that the box shows.
    searched : tuple of str
        Folders in which Python looks for modules, and lists them to do so.
    """

    def __init__(self, own: tuple[str, ...], shown: tuple[str, ...], searched: tuple[str, ...]):
        super().__init__(daemon=True)
        self.own, self.shown, self.searched = own, shown, searched
        self._found: dict[str, str] = {}  # what was tried → by which call
        self._more = 0
        self._server = socket.socket(socket.AF_UNIX)
        self._done = threading.Event()

    def listen(self, path: Path) -> None:
        """Wait for the filter of a box.

        Parameters
        ----------
        path : Path
            The socket's file to make.
        """
        # By the folder's number, for a socket's name may have 107 bytes only.
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            self._server.bind(f"/proc/self/fd/{folder}/{path.name}")
        finally:
            os.close(folder)
        self._server.listen(1)
        self.start()

    def take(self) -> list[str]:
        """Take what was tried since the last time.

        Returns
        -------
        list of str
            In words, each once; the last one says how many are left out.
        """
        (found, self._found), (more, self._more) = (self._found, {}), (self._more, 0)
        return [*found, *([f"and {more} more attempts"] if more else [])]

    def stop(self) -> None:
        """Stop listening; the box has ended."""
        self._done.set()
        self._server.close()

    def run(self) -> None:
        """Take the filter's end, and answer until the box ends."""
        try:
            inner, _ = self._server.accept()
            self._server.close()  # nobody else is expected
            with inner:
                _, (listener, *_), _, _ = socket.recv_fds(inner, 1, 1)
                inner.send(b"x")
        except (OSError, ValueError):
            return
        poll = select.poll()
        poll.register(listener, select.POLLIN)
        try:
            while not self._done.is_set():
                events = poll.poll(200)
                if any(event & (select.POLLHUP | select.POLLERR) for _, event in events):
                    return
                if events:
                    self._answer(listener)
        finally:
            os.close(listener)

    def _answer(self, listener: int) -> None:
        question = bytearray(80)
        try:
            fcntl.ioctl(listener, RECEIVE, question)
        except OSError:  # it ended meanwhile
            return
        number, pid, _, call, _, _, *arguments = struct.unpack("=QIIiIQ6Q", question)
        try:
            refused = self._judge(pid, call, arguments)
        except Exception:  # it has ended, or names an address of nothing; an answer it needs
            refused = False
        answer = struct.pack("=QqiI", number, 0, -errno.EPERM if refused else 0, not refused)
        try:
            fcntl.ioctl(listener, SEND, answer)
        except OSError:
            pass

    def _judge(self, pid: int, call: int, arguments: list[int]) -> bool:
        """Note what is an attempt; return whether to refuse it."""
        name = NAMES[call]
        if name in inside.PROGRAMS:
            text = "a notebook starts no other program (no !, %pip or subprocess)"
            return self._note(name, text)
        if name in inside.ESCAPES:
            return self._note(name, f"a notebook leaves the system alone (it called {name})")
        if name in inside.SOCKET:
            kind = arguments[0] & 0xFFFFFFFF
            return self._note(name, f"no network, so no socket of address family {kind}")
        if name in inside.NETWORK:
            where = _address(pid, name, arguments)
            if where is None or where in SERVICES or _within(where, self.own):
                return False
            return self._note(name, f"no network, so no connection to {where}")
        writes = name in inside.CHANGES or name == "creat" or _flags(pid, name, arguments) & WRITING
        for folder, path in PATHS.get(name, [(None, 0)]):
            start = None if folder is None else ctypes.c_int32(arguments[folder] & 0xFFFFFFFF).value
            given = _path(pid, start, arguments[path])
            whole = posixpath.normpath(given)
            # Links are where a student makes them, and the system has its own.
            if ".." in given or _within(whole, (*self.own, "/proc")):
                whole = _followed(pid, given, name in BY_LINKS)
            if self._is_attempt(whole, bool(writes)):
                text = f"a notebook writes only in its own folder, not to {whole}"
                if not writes:
                    text = f"{whole} is not for notebooks to read"
                elif name in inside.CHANGES:
                    text = f"a notebook changes only its own folder, not {whole}"
                return self._note(f"{name}, {bool(writes)}", text)
        return False

    def _is_attempt(self, path: str, writes: bool) -> bool:
        if _within(path, (*self.own, "/dev")) or OWN_PROCESS.match(path):
            return False
        if writes or path in ("/", *self.searched):
            return writes
        # To look for what is nowhere is what every library does that looks for its settings.
        return not _within(path, (*self.shown, *OF_THE_SYSTEM)) and os.path.lexists(path)

    def _note(self, kind: str, text: str) -> bool:
        if text[:300] not in self._found:
            if [*self._found.values()].count(kind) < MOST:
                self._found[text[:300]] = kind
            else:
                self._more += 1
        return True


def _names() -> dict[int, str]:
    column = inside.MACHINES.get(os.uname().machine, (0, 0))[1] if hasattr(os, "uname") else 0
    return {numbers[column]: name for name, numbers in inside.ASKED.items() if numbers[column]}


NAMES: dict[int, str] = _names()


def _memory(pid: int, address: int, count: int) -> bytes:
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        memory.seek(address)
        return memory.read(count)


def _path(pid: int, folder: int | None, address: int) -> str:
    """Read a path out of a process, as one that begins at the top."""
    text = b""
    while b"\0" not in text and len(text) < 4096:
        # Up to the end of a page, for the next one may not be there.
        at = address + len(text)
        text += _memory(pid, at, 4096 - at % 4096) or b"\0"
    path = os.fsdecode(text.split(b"\0")[0])
    if not path.startswith("/"):
        link = "cwd" if folder in (None, HERE) else f"fd/{folder}"
        path = posixpath.join(os.readlink(f"/proc/{pid}/{link}"), path)
    return path


def _followed(pid: int, path: str, last: bool) -> str:
    """Follow the links of a path, the last one or all before it, as they are inside."""
    parts, whole, links = path.split("/")[::-1], "", 0
    while parts:
        part = parts.pop()
        if part == "..":
            whole = posixpath.dirname(whole)
        if part in ("", ".", ".."):
            continue
        whole = f"{whole.rstrip('/')}/{part}"
        if links == LONGEST_CHAIN or not (last or any(parts)):
            continue
        # What a process has under /proc leads elsewhere for those who look from outside.
        here = OWN_PROCESS.sub(f"/proc/{pid}", whole)
        here = here if here != whole else f"/proc/{pid}/root{whole}"
        try:
            target = os.readlink(here)
        except OSError:  # no link
            continue
        if here.endswith("/root"):
            target = "/"
        links += 1
        whole = "/" if target.startswith("/") else posixpath.dirname(whole)
        parts += target.split("/")[::-1]
    return whole or "/"


def _flags(pid: int, name: str, arguments: list[int]) -> int:
    if name == "openat2":
        return int.from_bytes(_memory(pid, arguments[2], 8), "little")
    return {"open": arguments[1], "openat": arguments[2]}.get(name, 0)


def _address(pid: int, name: str, arguments: list[int]) -> str | None:
    """Read to whom something is sent; None for nobody, and for what the system answers itself."""
    if name == "connect":
        at, length = arguments[1], arguments[2]
    elif name == "sendto":
        at, length = arguments[4], arguments[5]
    else:
        at, length = struct.unpack("=QI", _memory(pid, arguments[1], 12))
    if not at or length < 2:
        return None
    raw = _memory(pid, at, min(length, 110))
    (family,) = struct.unpack("=H", raw[:2])
    if family == socket.AF_UNIX and len(raw) > 2:
        # A name that begins with a zero stands for no file.
        path = os.fsdecode(raw[2:].rstrip(b"\0") if raw[2] == 0 else raw[2:].split(b"\0")[0])
        if path.startswith("\0"):
            return path.replace("\0", "@")
        return posixpath.normpath(posixpath.join(os.readlink(f"/proc/{pid}/cwd"), path))
    if family == socket.AF_INET and len(raw) >= 8:
        return f"{socket.inet_ntop(family, raw[4:8])}, port {int.from_bytes(raw[2:4], 'big')}"
    if family == socket.AF_INET6 and len(raw) >= 24:
        return f"{socket.inet_ntop(family, raw[8:24])}, port {int.from_bytes(raw[2:4], 'big')}"
    return None


def _within(path: str, folders: tuple[str, ...]) -> bool:
    return any(path == folder or path.startswith(folder.rstrip("/") + "/") for folder in folders)
