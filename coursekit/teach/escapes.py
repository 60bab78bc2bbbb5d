"""`coursekit grade --check`: which box there is, and six harmless ways out of it, tried.

Each is tried from inside; whether it worked is looked up outside, where there is something to find.
"""

from __future__ import annotations

import secrets
import socket
import tempfile
import time
from pathlib import Path

from coursekit.teach.judge import Submission
from coursekit.teach.sandbox.box import Box
from coursekit.teach.sandbox.choice import NoBox, choose
from coursekit.teach.sandbox.watch import Limits, Watch

# Each is a cell; what it finds goes into `found`.
TRIES = {
    "read a file of the grader's": "found = open({secret!r}).read()",
    "list a folder of the grader's": "import os\nfound = os.listdir({folder!r})",
    "write beside it": "open({folder!r} + '/written', 'w').write('x')",
    "read the reference solutions": (
        "from coursekit.teach.references import assignment1\nfound = assignment1.__file__"
    ),
    "reach a server of this machine": (
        "import socket\nsocket.create_connection(('127.0.0.1', {port}), 2).send(b'x')"
    ),
    "leave a program running": (
        "import os, time\nchild = os.fork()\nif child:\n    os.waitpid(child, 0)\nelse:\n"
        "    os.setsid()\n    if os.fork() == 0:\n        time.sleep(1)\n"
        "        open({folder!r} + '/later', 'w')\n    os._exit(0)"
    ),
}
# The words of the audit hook are taken away first: it is the box that is tried.
WITHOUT_WORDS = (
    "import gc\nfor _each in gc.get_objects():\n"
    "    if getattr(_each, '__qualname__', '') == 'fence.<locals>.hook':\n"
    "        _each.__code__ = (lambda event, arguments: None).__code__.replace("
    "co_freevars=_each.__code__.co_freevars)\n"
)


def report(trust: bool = False) -> int:
    """Say which box there is, try it, and say what came of it.

    Parameters
    ----------
    trust : bool
        Whether to try to get out where there are no walls.

    Returns
    -------
    int
        0 if all ways out are shut.
    """
    try:
        kind = choose(trust)
    except NoBox as none:
        print(none)
        return 1
    print(f"box: {kind.name}")
    out = tried(kind)
    for what, worked in out.items():
        print(f"{'OPEN' if worked else 'shut'}  {what}")
    opened = sum(out.values())
    print("all ways out are shut" if not opened else f"{opened} of {len(out)} ways out are open")
    return int(opened > 0)


def tried(kind: type[Box]) -> dict[str, bool]:
    """Try to get out of a box.

    Parameters
    ----------
    kind : type of Box
        What makes it.

    Returns
    -------
    dict of str to bool
        What was tried → whether it worked.
    """
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch,
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as outside,
        socket.create_server(("127.0.0.1", 0)) as server,
    ):
        folder, word = Path(outside), secrets.token_hex(8)
        (folder / "secret").write_text(word)
        server.setblocking(False)
        names = {
            "secret": str(folder / "secret"),
            "folder": str(folder),
            "port": server.getsockname()[1],
        }
        box = kind(Path(scratch), [folder], Limits(60, 2e9))
        watch = Watch(box, box.limits)
        found = {}
        try:
            submission = Submission(*box.start(), watch)
            submission._receive()
            watch.start()
            submission.ask("cell", source=WITHOUT_WORDS)
            for what, code in TRIES.items():
                submission.ask("cell", source="found = None\n" + code.format(**names))
                found[what] = str(submission.ask("name", name="found"))
        finally:
            watch.stop()
            box.close()
        time.sleep(1.5)  # what a program that was left would need
        try:
            server.accept()
            reached = True
        except BlockingIOError:
            reached = False
        worked = [
            word in found["read a file of the grader's"],
            "secret" in found["list a folder of the grader's"],
            (folder / "written").exists(),
            "assignment1" in found["read the reference solutions"],
            reached,
            (folder / "later").exists(),
        ]
        return dict(zip(TRIES, worked, strict=True))
