import re

from coursekit.progress import Line


def test_a_line_in_a_notebook_is_rewritten_in_place_and_ends_without_timings(shown):
    line = Line(4, "photos: 0 of 4")
    line.step(1, "photos: 1 of 4")
    line.end("photos: 4 of 4")
    first, between, last = shown
    assert first == "photos: 0 of 4" and last == "photos: 4 of 4"
    assert re.fullmatch(r"photos: 1 of 4\n█{5}░{15} about \d+ s left", between)


def test_a_log_has_about_ten_lines_of_which_the_last_has_no_timings(capsys):
    for total in (3, 10, 15, 42, 1000):
        line = Line(total, "starting")
        for done in range(1, total + 1):
            line.step(done, f"{done} of {total}")
        line.end(f"{total} of {total}")
        *lines, last = capsys.readouterr().out.splitlines()
        assert min(total, 8) <= len(lines) + 1 <= 11
        assert all(re.fullmatch(r"\d+ of \d+ · about \d+ s left", each) for each in lines)
        assert last == f"{total} of {total}"


def test_the_time_left_is_judged_by_the_steps_that_took_time(shown, monkeypatch):
    clock = iter([0, 10, 20])
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    line = Line(8, "runs: 0 of 8")
    for done, timed in enumerate([False, False, True, True], start=1):
        line.step(done, f"runs: {done} of 8", timed)
    assert [text.split("about ")[1] for text in shown[1:]] == ["50 s left", "40 s left"]
