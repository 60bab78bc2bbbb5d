"""Asks Linux to report what a submission tries: files, network, programs, in native code too.

A seccomp filter makes the kernel of the operating system stop at the system calls that are listed
here and ask a process outside the box (`coursekit.teach.sandbox.attempts`). Nothing inside can take
the filter out. It lists what was tried; that nothing comes of it is the box's work.
"""

from __future__ import annotations

import array  # noqa: F401  (`socket.send_fds` wants it, when no file can be opened yet)
import ctypes
import os
import platform
import socket
import struct
import sys

# Numbers of system calls by machine; None where a machine has no such call.
MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
OPENS = {
    "open": (2, None),
    "creat": (85, None),
    "openat": (257, 56),
    "openat2": (437, 437),
    "chdir": (80, 49),
}
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
    "fchmodat2": (452, 452),
    "utime": (132, None),
    "utimes": (235, None),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "mknod": (133, None),
    "mknodat": (259, 33),
}
SOCKET = {"socket": (41, 198)}
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
    "open_by_handle_at": (304, 265),
    "name_to_handle_at": (303, 264),
    # The new ways to mount.
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    # Keyrings are the user's, and outlive the box.
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "pidfd_getfd": (438, 438),
    "process_madvise": (440, 440),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "reboot": (169, 142),
    "syslog": (103, 116),
    "acct": (163, 89),
    "swapon": (167, 224),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
}
ASKED = OPENS | CHANGES | SOCKET | NETWORK | PROGRAMS | ESCAPES
# Libraries do without them. The first two would pass by the filter, or their flags lie where a
# filter cannot read them; the others make files in memory that no process has, so nobody counts
# them.
ABSENT = {
    "clone3": (435, 435),
    "io_uring_setup": (425, 425),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "msgget": (68, 186),
}
THREAD, VFORK = 0x10000, 0x4000  # CLONE_THREAD, CLONE_VFORK
# AF_UNIX, AF_INET, AF_INET6 and AF_NETLINK end at the box's own network. Others need not: a
# virtual machine talks to its host by AF_VSOCK.
OWN_SOCKETS = (1, 2, 10, 16)
DOOR = 99  # the number of the file by which the filter's other end leaves

SECCOMP = {"x86_64": 317, "aarch64": 277}
# SECCOMP_FILTER_FLAG_TSYNC, NEW_LISTENER and TSYNC_ESRCH: for all threads, those of libraries too.
ALL_THREADS, NEW_LISTENER, SAY_SO = 1, 8, 16
ALLOW, ASK, REFUSE = 0x7FFF0000, 0x7FC00000, 0x00050000
LOAD, EQUAL, HAS, RETURN = 0x20, 0x15, 0x45, 0x06
NUMBER, ARCHITECTURE, FIRST = 0, 4, 16  # where struct seccomp_data has them
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
    libc = ctypes.CDLL(None, use_errno=True)
    with socket.socket(socket.AF_UNIX) as outside:
        outside.connect(address)
        os.dup2(outside.fileno(), DOOR)
    with socket.socket(fileno=DOOR) as door:
        libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        listener = _add(libc, program(machine), ALL_THREADS | NEW_LISTENER | SAY_SO)
        if listener < 0:
            return False
        # Until this has arrived outside, whoever makes a call that is asked about waits.
        socket.send_fds(door, [b"x"], [listener])
        reported = door.recv(1) == b"x"
        os.close(listener)
    return reported and _add(libc, shutting(machine), ALL_THREADS) == 0


def _add(libc: ctypes.CDLL, code: bytes, flags: int) -> int:
    """Put one more filter on all threads of this process; what it says is less than 0 if not."""
    instructions = ctypes.create_string_buffer(code, len(code))
    # struct sock_fprog: how many instructions, and where.
    whole = struct.pack("HxxxxxxQ", len(code) // 8, ctypes.addressof(instructions))
    return libc.syscall(SECCOMP[platform.machine()], 1, flags, whole)


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
        (LOAD, 0, 0, ARCHITECTURE),  # calls of another one have other numbers
        (EQUAL, 1, 0, architecture),
        (RETURN, 0, 0, REFUSE | NOT_PERMITTED),
        (LOAD, 0, 0, NUMBER),
    ]
    if machine == "x86_64":
        code += [(HAS, 0, 1, 0x40000000), (RETURN, 0, 0, REFUSE | NO_SUCH_CALL)]  # x32's calls
    for calls, answer in ((ABSENT, REFUSE | NO_SUCH_CALL), (ASKED, ASK)):
        for name, numbers in calls.items():
            if numbers[column] is None:
                continue
            if name == "clone":
                # A thread is no program, unless the one that starts it is to wait for its end, in
                # which it looks as if it waited for a disk. The flags are the first argument.
                code += [
                    (EQUAL, 0, 5, numbers[column]),
                    (LOAD, 0, 0, FIRST),
                    (HAS, 1, 0, VFORK),
                    (HAS, 1, 0, THREAD),
                    (RETURN, 0, 0, answer),
                    (RETURN, 0, 0, ALLOW),
                ]
            elif name == "socket":
                code += _by_first(numbers[column], OWN_SOCKETS, ALLOW, answer)
            elif name == "sendmsg":
                code += _by_first(numbers[column], (DOOR,), ALLOW, answer)
            else:
                code += [(EQUAL, 0, 1, numbers[column]), (RETURN, 0, 0, answer)]
    code.append((RETURN, 0, 0, ALLOW))
    return _assembled(code)


def shutting(machine: str) -> bytes:
    """Write the filter that shuts the door by which the other end of the first one left.

    Parameters
    ----------
    machine : str
        As `platform.machine` calls it.

    Returns
    -------
    bytes
        Instructions. Of two filters, the one that allows less holds.
    """
    number = NETWORK["sendmsg"][MACHINES[machine][1]]
    code = [(LOAD, 0, 0, NUMBER), *_by_first(number, (DOOR,), REFUSE | NOT_PERMITTED, ALLOW)]
    return _assembled([*code, (RETURN, 0, 0, ALLOW)])


def _by_first(number: int, values: tuple[int, ...], answer: int, otherwise: int) -> list[tuple]:
    """Answer a call by its first argument: whether it is one of these values."""
    code = [(LOAD, 0, 0, FIRST)]
    code += [(EQUAL, len(values) - at, 0, value) for at, value in enumerate(values)]
    code += [(RETURN, 0, 0, otherwise), (RETURN, 0, 0, answer)]
    return [(EQUAL, 0, len(code), number), *code]


def _assembled(code: list[tuple]) -> bytes:
    return b"".join(struct.pack("HBBI", *instruction) for instruction in code)
