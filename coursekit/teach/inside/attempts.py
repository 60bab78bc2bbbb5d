"""Asks Linux to report what a submission tries: files, network, programs, in native code too.

A seccomp filter makes the kernel of the operating system stop at the system calls that are listed
here and ask a process outside the box (`coursekit.teach.sandbox.attempts`). Nothing inside can take
the filter out. It lists what was tried; that nothing comes of it is the box's work.
"""

from __future__ import annotations

import ctypes
import os
import platform
import queue
import socket
import struct
import sys
import threading

# Numbers of system calls by machine; None where a machine has no such call.
MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
OPENS = {"open": (2, None), "creat": (85, None), "openat": (257, 56), "openat2": (437, 437)}
CHANGES = {
    "truncate": (76, 45),
    "rename": (82, None),
    "renameat": (264, 38),
    "renameat2": (316, 276),
    "mkdir": (83, None),
    "mkdirat": (258, 34),
    "rmdir": (84, None),
    "link": (86, None),
    "linkat": (265, 37),
    "unlink": (87, None),
    "unlinkat": (263, 35),
    "symlink": (88, None),
    "symlinkat": (266, 36),
    "chmod": (90, None),
    "fchmodat": (268, 53),
    "chown": (92, None),
    "fchownat": (260, 54),
    "mknod": (133, None),
    "mknodat": (259, 33),
}
NETWORK = {"connect": (42, 203), "sendto": (44, 206), "sendmsg": (46, 211), "sendmmsg": (307, 269)}
PROGRAMS = {
    "fork": (57, None),
    "vfork": (58, None),
    "clone": (56, 220),
    "execve": (59, 221),
    "execveat": (322, 281),
}
ESCAPES = {
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "unshare": (272, 97),
    "setns": (308, 268),
    "bpf": (321, 280),
    "keyctl": (250, 219),
    "open_by_handle_at": (304, 265),
}
ASKED = OPENS | CHANGES | NETWORK | PROGRAMS | ESCAPES
# Would pass by the filter, or its flags lie where a filter cannot read them: libraries do without.
ABSENT = {"clone3": (435, 435), "io_uring_setup": (425, 425)}
THREAD = 0x10000  # CLONE_THREAD

SECCOMP = {"x86_64": 317, "aarch64": 277}
NEW_LISTENER = 8
ALLOW, ASK, REFUSE = 0x7FFF0000, 0x7FC00000, 0x00050000
LOAD, EQUAL, HAS, RETURN = 0x20, 0x15, 0x45, 0x06
NO_SUCH_CALL, NOT_PERMITTED = 38, 1  # ENOSYS, EPERM
NO_NEW_PRIVILEGES = 38  # PR_SET_NO_NEW_PRIVS


def report(address: str | None) -> bool:
    """Put the filter on this process, and hand its other end to who waits outside.

    Parameters
    ----------
    address : str or None
        A socket's file, on which somebody waits; None if nobody does.

    Returns
    -------
    bool
        Whether attempts are reported from now on.
    """
    machine = platform.machine()
    if address is None or sys.platform != "linux" or machine not in MACHINES:
        return False
    code = program(machine)
    libc = ctypes.CDLL(None, use_errno=True)
    instructions = ctypes.create_string_buffer(code, len(code))
    # struct sock_fprog: how many instructions, and where.
    whole = struct.pack("HxxxxxxQ", len(code) // 8, ctypes.addressof(instructions))
    made, heard = queue.SimpleQueue(), queue.SimpleQueue()

    def hand_over() -> None:
        with socket.socket(socket.AF_UNIX) as outside:
            outside.connect(address)
            number = made.get()
            if number >= 0:
                socket.send_fds(outside, [b"x"], [number])
                heard.put(outside.recv(1) == b"x")

    # A filter holds for the thread that asks for it and for those that it starts, so a thread from
    # before can still send; nobody would answer the call of one from after.
    before = threading.Thread(target=hand_over)
    before.start()
    libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    listener = libc.syscall(SECCOMP[machine], 1, NEW_LISTENER, whole)
    made.put(listener)
    if listener < 0:
        before.join()
        return False
    reported = heard.get()
    before.join()
    os.close(listener)
    return reported


def program(machine: str) -> bytes:
    """Write the filter.

    Parameters
    ----------
    machine : str
        As `platform.machine` calls it.

    Returns
    -------
    bytes
        Instructions of the classic Berkeley Packet Filter.
    """
    architecture, column = MACHINES[machine]
    code = [
        (LOAD, 0, 0, 4),  # the architecture: calls of another one have other numbers
        (EQUAL, 1, 0, architecture),
        (RETURN, 0, 0, REFUSE | NOT_PERMITTED),
        (LOAD, 0, 0, 0),  # the number of the call
    ]
    if machine == "x86_64":
        code += [(HAS, 0, 1, 0x40000000), (RETURN, 0, 0, REFUSE | NO_SUCH_CALL)]  # x32's calls
    for calls, answer in ((ABSENT, REFUSE | NO_SUCH_CALL), (ASKED, ASK)):
        for name, numbers in calls.items():
            if numbers[column] is None:
                continue
            if name == "clone":
                # A thread is no program. Its flags are the first argument.
                code += [
                    (EQUAL, 0, 4, numbers[column]),
                    (LOAD, 0, 0, 16),
                    (HAS, 1, 0, THREAD),
                    (RETURN, 0, 0, answer),
                    (RETURN, 0, 0, ALLOW),
                ]
            else:
                code += [(EQUAL, 0, 1, numbers[column]), (RETURN, 0, 0, answer)]
    code.append((RETURN, 0, 0, ALLOW))
    return b"".join(struct.pack("HBBI", *instruction) for instruction in code)
