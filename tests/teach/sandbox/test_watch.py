"""A submission's time is what it computes or sleeps."""

import subprocess
import sys
import threading

import psutil
import pytest

judge = pytest.importorskip("coursekit.teach.judge")
sandbox = pytest.importorskip("coursekit.teach.sandbox")
wire = pytest.importorskip("coursekit.teach.inside.wire")
unwalled = pytest.importorskip("coursekit.teach.sandbox.unwalled")


DEAF = """
import gc, time
from coursekit.teach.inside.wire import Peer
for each in gc.get_objects():
    if isinstance(each, Peer):
        each._receive = lambda: time.sleep(1e6)
"""


def test_a_watch_counts_what_a_box_computes_or_sleeps_and_interrupts_it(tmp_path):
    box = unwalled.Unwalled(tmp_path, [], sandbox.Limits(3, 2e9))
    watch = sandbox.Watch(box, box.limits)
    try:
        submission = judge.Submission(*box.start(), watch)
        submission._receive()
        watch.start()
        watch.begin("cell 1")
        answer = submission.ask("cell", source="import time\ntime.sleep(60)")
        assert answer["outputs"][-1]["ename"] == "KeyboardInterrupt"
        assert watch.stopped == ["cell 1"] and watch.broken is None
    finally:
        watch.stop()
        box.close()


def test_time_in_which_others_have_the_cores_does_not_count(monkeypatch):
    """A box that wants a core and gets none, for ten of its limits."""
    watching = pytest.importorskip("coursekit.teach.sandbox.watch")
    ended, looks = threading.Event(), []

    class Starved:
        def processes(self):
            looks.append(1)
            if len(looks) > 30:
                ended.set()
            return [type("Process", (), {"pid": 1, "num_threads": lambda self: 1})()]

        def interrupt(self):
            raise AssertionError("it did nothing")

        kill = interrupt

    monkeypatch.setattr(watching, "EACH", 0.001)
    monkeypatch.setattr(watching, "_seconds", lambda process: 7.0)
    monkeypatch.setattr(watching, "_resident", lambda process: 0)
    monkeypatch.setattr(watching, "_wants_a_core", lambda process: True)
    watch = sandbox.Watch(Starved(), sandbox.Limits(0.003, 1))
    watch.start()
    with watch.waiting():
        assert ended.wait(30)
    watch.stop()
    assert watch.broken is None and watch.stopped == []


def test_a_box_that_does_not_listen_is_waited_for_only_so_long(tmp_path):
    """What is sent to it is more than a pipe holds."""
    box = unwalled.Unwalled(tmp_path, [], sandbox.Limits(1, 2e9))
    watch = sandbox.Watch(box, box.limits)
    try:
        submission = judge.Submission(*box.start(), watch)
        submission._receive()
        watch.start()
        submission.ask("cell", source=DEAF)
        with pytest.raises(wire.Gone):
            submission.ask("cell", source="#" * 1_000_000)
        assert watch.broken
    finally:
        watch.stop()
        box.close()


@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells")
@pytest.mark.parametrize(
    ("before", "wants"),
    [
        ("", True),
        ("os.nice(1)", False),
        ("os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))", False),
    ],
)
def test_who_steps_back_does_not_wait_for_a_core(before, wants):
    """Else it could hold a busy server for ever, asleep beside a thread that nobody lets run."""
    watching = pytest.importorskip("coursekit.teach.sandbox.watch")
    code = f"import os\n{before}\nprint(flush=True)\nwhile True: pass"
    with subprocess.Popen([sys.executable, "-S", "-c", code], stdout=subprocess.PIPE) as busy:
        try:
            busy.stdout.readline()
            # Between two of its lines a process may be seen asleep for a moment.
            seen = {watching._wants_a_core(psutil.Process(busy.pid)) for _ in range(20)}
        finally:
            busy.kill()
    assert (True in seen) is wants


@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells")
def test_memory_that_was_swapped_out_is_still_memory(monkeypatch):
    watching = pytest.importorskip("coursekit.teach.sandbox.watch")
    told = "Name:\tVmSwap: 9 kB\nVmPTE:\t     12 kB\nVmSwap:\t 3000000 kB\n"
    monkeypatch.setattr(watching.Path, "read_text", lambda self, **named: told)
    assert watching._beside(1) == 3_000_012 * 1024


def test_a_crowd_of_threads_ends_a_box(monkeypatch):
    watching = pytest.importorskip("coursekit.teach.sandbox.watch")
    killed = threading.Event()

    class Crowded:
        def processes(self):
            many = {"pid": 1, "num_threads": lambda self: watching.MOST_THREADS + 1}
            return [type("Process", (), many)()]

        def kill(self):
            killed.set()

    monkeypatch.setattr(watching, "_seconds", lambda process: 7.0)
    monkeypatch.setattr(watching, "_resident", lambda process: 0)
    watch = sandbox.Watch(Crowded(), sandbox.Limits(60, 1))
    watch.start()
    assert killed.wait(30)
    watch.stop()
    assert watch.broken == "started more than 4,000 threads, in no cell"
