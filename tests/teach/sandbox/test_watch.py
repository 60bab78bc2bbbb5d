"""A submission's time is what it computes or sleeps."""

import threading

import pytest

judge = pytest.importorskip("coursekit.teach.judge")
sandbox = pytest.importorskip("coursekit.teach.sandbox")
unwalled = pytest.importorskip("coursekit.teach.sandbox.unwalled")


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
            return [type("Process", (), {"pid": 1})()]

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
