"""A class of 60 hands in assignment 1, and is graded: how long it takes, and whether it is right.

    python tests/benchmarks/class_of_60.py               # minutes; --keep FOLDER keeps everything
    python tests/benchmarks/class_of_60.py --kills 10    # ended ten times, and begun again
    python tests/benchmarks/class_of_60.py --people 12   # of each kind a fifth

Twenty have solved it, 22 half of it, each another half, eight nothing, and ten want points that
they have not earned. Linux: it counts the processor's time of all processes that grading starts.
"""

import argparse
import contextlib
import csv
import ctypes
import os
import random
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import psutil
from nbformat.v4 import new_code_cell

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "teach"))
import hostile  # noqa: E402

from coursekit.teach import release  # noqa: E402

SOURCE = ROOT / "notebooks" / "assignments"
NAME = "a1_lab"
CLASS = 60
SOLVED, HALF, UNTOUCHED, HOSTILE = 20, 22, 8, 10
# A wrong return of each task.
WRONG = {
    "a1-1": "((first + 1.0 * second) / 2).astype(np.uint8)",
    "a1-2": "2.55 * L",
    "a1-3": "float((color.split(rgb)[1] > limit).mean())",
    "a1-4": "ab[::factor, ::factor].repeat(factor, axis=0).repeat(factor, axis=1)",
    "a1-5": "color.scale_L(color.split(rgb)[0]), color.split(rgb)[1] / 110",
    "a1-6": "float((np.abs(first - 1.0 * second) > limit).mean())",
}
# Tests → points, of the tasks that WRONG leaves some for.
PARTS = {"a1-5": 12}
# Cells beside wrong answers; all say that they are done, or go for the marks.
CELLS = (
    hostile.WITHOUT_HOOK,
    hostile.EQUAL.replace("luma = normalised", "mix = grey_level = vivid_share"),
    "import builtins\nbuiltins.AssertionError = type('Fine', (Exception,), {})",
    "ip = get_ipython()\nip.input_transformers_cleanup.append(lambda lines: [])",
    "for _ in range(3000): print('x' * 10_000)",
    "import os\ntry: os.system('true')\nexcept OSError: pass",
    "import sqlite3\ntry: sqlite3.connect('/root/gradebook.db').execute('CREATE TABLE x (y)')\n"
    "except Exception: pass",
    "import socket\ntry: socket.create_connection(('192.0.2.1', 9), 1)\nexcept OSError: pass",
    "import threading, time\nfor _ in range(200):\n"
    "    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()",
    "import os\nos._exit(0)",
)
# What is left to who ends the own kernel, or has the own answers emptied before they run.
SELF_INFLICTED = {"_exit": None, "input_transformers": 0}


def send(folder: Path, people: int) -> dict[str, float | None]:
    """Write the submissions; student → automatic points that are due, None where there are none."""
    solved = nbformat.read(SOURCE / f"{NAME}.ipynb", 4)
    points = {}
    for cell in solved.cells:
        known = cell.metadata.get("nbgrader", {})
        if known.get("grade") and not known.get("solution"):
            task = known["grade_id"].partition("-tests")[0]
            points[task] = points.get(task, 0) + known["points"]
    with tempfile.TemporaryDirectory() as built:
        release.build(SOURCE, Path(built))
        blank = nbformat.read(Path(built) / f"{NAME}.ipynb", 4)
    draw, earned = random.Random(60), {}

    def write(student, notebook, due):
        made = nbformat.from_dict(notebook)
        made.cells.append(new_code_cell(f"# {student}"))
        nbformat.write(made, folder / f"{student}_{NAME}.ipynb")
        earned[student] = due

    def mistaken(tasks):
        made = nbformat.from_dict(solved)
        for cell in made.cells:
            for task in tasks:
                if cell.metadata.get("nbgrader", {}).get("grade_id") == f"{task}-answer":
                    cell.source = re.sub(
                        r"### BEGIN.*### END SOLUTION",
                        f"return {WRONG[task]}",
                        cell.source,
                        flags=re.S,
                    )
        lost = sum(points[task] - PARTS.get(task, 0) for task in tasks)
        return made, sum(points.values()) - lost

    for number in range(SOLVED * people // CLASS):
        write(f"solved{number:02}", solved, sum(points.values()))
    for number in range(HALF * people // CLASS):
        write(f"half{number:02}", *mistaken(draw.sample(sorted(WRONG), draw.randint(2, 4))))
    for number in range(UNTOUCHED * people // CLASS):
        write(f"untouched{number:02}", blank, 0)
    for number in range(people - len(earned)):
        made, due = mistaken(sorted(WRONG))
        cell = CELLS[number % len(CELLS)]
        made.cells.insert(3, new_code_cell(cell))
        for harm, left in SELF_INFLICTED.items():
            due = left if harm in cell else due
        write(f"hostile{number:02}", made, due)
    return earned


def start(sent: Path, out: Path) -> subprocess.Popen:
    """Grade, as an instructor does."""
    command = [sys.executable, "-m", "coursekit", "grade", sent, "-o", out]
    return subprocess.Popen(list(map(str, command)), cwd=ROOT, start_new_session=True)


def kept(out: Path) -> dict[str, int]:
    """List the results that are there: file → when it was written."""
    found = (out / "cache").glob(f"{'?' * 24}.json") if (out / "cache").exists() else []
    return {path.name: path.stat().st_mtime_ns for path in found}


def left() -> list[int]:
    """List the processes of grading that still run."""
    found = []
    for each in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if each.status() != psutil.STATUS_ZOMBIE:
                found.append(each.pid)
    return found


def reap() -> None:
    """Wait for processes whose parents ended before them."""
    try:
        while True:
            os.waitpid(-1, 0)
    except ChildProcessError:
        pass


def kill(sent: Path, out: Path, kills: int, people: int) -> None:
    """End grading at random moments; nothing that was kept may be lost or written again."""
    draw, before = random.Random(7), {}
    for number in range(kills):
        process = start(sent, out)
        # Moments are counted in results, so that each run gets somewhere on any computer.
        more = draw.randint(1, max(1, people // kills))
        while process.poll() is None and len(kept(out)) < len(before) + more:
            time.sleep(0.05)
        time.sleep(draw.random())
        process.kill()
        process.wait()
        deadline = time.monotonic() + 300  # on a busy machine
        while left() and time.monotonic() < deadline:
            time.sleep(0.1)
        assert not left(), f"still running: {left()}"
        now = kept(out)
        assert before.items() <= now.items(), "a result was lost, or written again"
        print(f"kill {number + 1}: {len(now)} of {people} results kept", flush=True)
        before = now
    assert start(sent, out).wait() in (0, 1)
    assert before.items() <= kept(out).items() and len(kept(out)) == people


def main(arguments: list[str] | None = None) -> int:
    """Run it."""
    parser = argparse.ArgumentParser(prog="class_of_60.py", description=__doc__)
    parser.add_argument("--people", type=int, default=CLASS, help="how many are in the class")
    parser.add_argument("--kills", type=int, default=0, help="how often grading is ended")
    parser.add_argument("--keep", type=Path, help="a new folder for submissions and results")
    options = parser.parse_args(arguments)
    ctypes.CDLL(None).prctl(36, 1)  # PR_SET_CHILD_SUBREAPER: orphans come here, and are counted
    with tempfile.TemporaryDirectory() as folder:
        folder = options.keep or Path(folder)
        sent, out = folder / "sent", folder / "grades"
        sent.mkdir(parents=True)
        earned = send(sent, options.people)
        began, used = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
        if options.kills:
            kill(sent, out, options.kills, options.people)
        else:
            process = start(sent, out)
            os.waitpid(process.pid, 0)
        wall = time.monotonic() - began
        reap()
        now = resource.getrusage(resource.RUSAGE_CHILDREN)
        with open(out / f"scores_{NAME}.csv", newline="", encoding="utf-8-sig") as file:
            got = {row["student"]: row["automatic"] for row in csv.DictReader(file)}
    wrong = {
        student: (got.get(student), due)
        for student, due in earned.items()
        if got.get(student) != ("" if due is None else f"{due:g}")
    }
    cpu = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
    print(
        f"{len(earned)} submissions, {options.kills} kills: {wall:.0f} s, of the processor "
        f"{cpu:.0f} s ({cpu / len(earned):.1f} s each), on {len(os.sched_getaffinity(0))} cores, "
        f"load {os.getloadavg()[0]:.1f}\nnot the points that were earned: {wrong or 'nobody'}"
    )
    return int(bool(wrong))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    sys.exit(main())
