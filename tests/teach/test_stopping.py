"""Grading that is killed loses nothing, and grades nothing again that was kept."""

import copy
import csv
import json
import os
import random
import signal
import threading
from pathlib import Path

import nbformat
import pytest
from small_assignment import NAME, answer_cell, fill

grade = pytest.importorskip("coursekit.teach.grade")
commands = pytest.importorskip("coursekit.teach.commands")
unwalled = pytest.importorskip("coursekit.teach.sandbox.unwalled")

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a process to kill")
CLASS = 60


class Worker:
    """In the place of a process: grades at once, or never, and says so on a pipe."""

    said = None  # the pipe
    most = CLASS  # how many are graded; the others run until they are ended
    count, lock = 0, threading.Lock()

    def __init__(self, job, log):
        job = json.loads(job.read_text())
        notebook = nbformat.read(job["notebook"], 4)
        student = answer_cell(notebook, "a0-why-answer").source
        with Worker.lock:
            Worker.count += 1
            self.pid, self._ended = 2**30, threading.Event()
            os.write(Worker.said, f"begun {student}\n".encode())
            if Worker.count > Worker.most:
                return
        points = {"a0-1-tests": (40.0, 40.0, False), "a0-why-answer": (None, 15.0, True)}
        page = f"<html><head></head><body>{student}</body></html>"
        outcome = {"points": points, "feedback": page, "notes": [], "failure": None, "said": {}}
        (Path(job["scratch"]) / "outcome.json").write_text(json.dumps(outcome))
        self._ended.set()
        os.write(Worker.said, f"graded {student}\n".encode())

    def is_alive(self):
        return not self._ended.is_set()

    def join(self, timeout=None):
        self._ended.wait(timeout)

    def kill(self):
        self._ended.set()


@pytest.fixture(scope="module")
def sent(released, tmp_path_factory):
    folder = tmp_path_factory.mktemp("class")
    for number in range(CLASS):
        notebook = fill(copy.deepcopy(released[NAME]), why=f"student-{number:02}")
        nbformat.write(notebook, folder / f"student-{number:02}_a0.ipynb")
    return folder


@pytest.fixture
def grading(sent, sources, monkeypatch):
    """Grades in a process of its own: its number, and what it says, line by line."""
    monkeypatch.setattr(grade, "start_worker", Worker)

    def start(out, most=CLASS):
        reading, writing = os.pipe()
        child = os.fork()
        if child:
            os.close(writing)
            return child, os.fdopen(reading)
        # Nothing of the tests' own process may go on in the child.
        status = 99
        try:
            os.close(reading)
            Worker.said, Worker.most, Worker.count = writing, most, 0
            # A shell has what it runs in the background ignore Ctrl-C.
            signal.signal(signal.SIGINT, signal.default_int_handler)
            empty = os.open(os.devnull, os.O_RDWR)
            os.dup2(empty, 1)
            os.dup2(empty, 2)
            options = [
                "--trust",
                "--jobs",
                "2",
                "--source",
                str(sources),
                "-o",
                str(out),
                str(sent),
            ]
            parser = commands.argparse.ArgumentParser()
            commands._grade_arguments(parser)
            monkeypatch.setattr(grade.sandbox, "choose", lambda trust: unwalled.Unwalled)
            status = commands._grade(parser.parse_args(options))
        finally:
            os._exit(status)

    return start


def ended(child):
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def kept(out):
    """List the results in the cache, which are named for what they depend on."""
    found = (out / "cache").glob(f"{'?' * 24}.json") if out.exists() else []
    return {path.name for path in found}


def scores(out):
    with open(out / f"scores_{NAME}.csv", newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def test_a_class_killed_at_ten_moments_is_graded_whole_and_nothing_twice(grading, tmp_path):
    out, moments = tmp_path / "out", random.Random(7)
    begun, results = [], set()
    for _ in range(10):
        child, lines = grading(out)
        for _ in range(moments.randrange(1, 2 * CLASS // 10)):
            begun.append(lines.readline().split())
        os.kill(child, signal.SIGKILL)
        assert ended(child) == -signal.SIGKILL
        begun += [line.split() for line in lines]
        # What was kept is still there, whole.
        assert results <= kept(out)
        results = kept(out)
        assert all(json.loads((out / "cache" / name).read_text())["points"] for name in results)
        lines.close()
    before = len(results)
    assert 0 < before < CLASS
    child, lines = grading(out)
    last = [line.split() for line in lines]
    assert ended(child) == 0
    # Only what had not been kept is begun by the run that ends.
    assert len([line for line in last if line[0] == "begun"]) == CLASS - before
    assert len(kept(out)) == CLASS
    assert [row["student"] for row in scores(out)] == [f"student-{n:02}" for n in range(CLASS)]
    assert {row["automatic"] for row in scores(out)} == {"40"}
    assert len([*(out / "feedback" / NAME).glob("*.html")]) == CLASS
    # Two were at work when each of ten runs was killed; nothing else is begun twice.
    assert len([line for line in begun + last if line[:1] == ["begun"]]) <= CLASS + 2 * 10


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_a_signal_ends_the_workers_and_writes_the_tables(grading, tmp_path, number):
    out = tmp_path / "out"
    child, lines = grading(out, most=5)
    # Two more are begun, and never end by themselves.
    for _ in range(5 + 5 + 2):
        assert lines.readline()
    os.kill(child, number)
    assert ended(child) == 130
    rows = scores(out)
    assert len(rows) == CLASS
    assert sorted({row["state"] for row in rows}) == ["graded", "not graded"]
    assert sum(row["state"] == "graded" for row in rows) == 5
    with open(out / "problems.csv", newline="", encoding="utf-8-sig") as file:
        assert {row["problem"] for row in csv.DictReader(file)} == {grade.STOPPED}
    # The next run does the rest, and no more.
    child, lines = grading(out)
    assert len([line for line in lines if line.startswith("begun")]) == CLASS - 5
    assert ended(child) == 0 and {row["state"] for row in scores(out)} == {"graded"}


def test_an_end_of_the_disk_leaves_the_tables_of_before(grading, tmp_path, monkeypatch):
    """Every table and all pages are written whole, then replaced."""
    report = grade.results.report
    out = tmp_path / "out"
    child, lines = grading(out)
    lines.read()
    assert ended(child) == 0
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    pages = report._pages

    def break_off(entries, folder, guide):
        pages(entries[:3], folder, guide)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(report, "_pages", break_off)
    child, lines = grading(out)
    lines.read()
    assert ended(child) == 99
    assert {path: path.read_bytes() for path in before} == before
