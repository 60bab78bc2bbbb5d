"""What the benchmarks write, from numbers that are known."""

import sys
from pathlib import Path

import nbformat
import pytest

sys.path.insert(0, str(Path(__file__).parent))
import growth  # noqa: E402
import lessons  # noqa: E402
import report  # noqa: E402
from growth import Growth  # noqa: E402
from lessons import Lesson  # noqa: E402
from paired import Ratio  # noqa: E402


def test_the_exponent_says_how_time_grows():
    assert Growth("", (10, 100, 1000), (1, 10, 100), (5, 5, 5)).exponent == pytest.approx(1)
    assert Growth("", (10, 20), (1, 4), (5, 5)).exponent == pytest.approx(2)


def test_a_stage_is_measured_in_a_process_of_its_own_without_the_photos_before_it(monkeypatch):
    monkeypatch.setattr(growth, "STAGES", (growth.loading, growth.on_disk))
    found = {each.what: each for each in growth.measure(40, 1200)}
    assert [*found] == ["loading into memory", "loading onto disk"]
    few, many = found["loading into memory"].megabytes
    assert many - few > 0.8 * (1200 - 40) * 32 * 32 * 3 / 1e6
    assert all(seconds > 0 for each in found.values() for seconds in each.seconds)


def test_a_lesson_is_executed_and_one_that_fails_is_named(tmp_path, monkeypatch):
    (tmp_path / "notebooks").mkdir()
    for name, code in (("01_good", "x = bytearray(10**7)"), ("02_bad", "1 / 0")):
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
        nbformat.write(notebook, tmp_path / "notebooks" / f"{name}.ipynb")
    monkeypatch.chdir(tmp_path)
    [lesson] = lessons.measure("smoke", "01")
    assert lesson[:2] == ("01_good", "smoke") and lesson.seconds > 0 and 0.01 < lesson.gigabytes < 1
    with pytest.raises(SystemExit, match="(?s)02_bad failed in smoke.*ZeroDivisionError"):
        [*lessons.measure("smoke", "02")]


def test_the_guide_gets_a_table_of_each_kind_between_its_marks(tmp_path):
    guide = tmp_path / "speed.md"
    marks = "<!-- bench -->\nold\n<!-- /bench -->\n<!-- lessons -->\nold\n<!-- /lessons -->\n"
    guide.write_text(f"before\n{marks}after\n", encoding="utf-8")
    ratios = [Ratio("ours", "theirs", 3, 2, 4, 7, "64 px")]
    grown = [Growth("loading", (500, 5000), (1, 10), (20, 21))]
    run = [
        Lesson("01_a", "smoke", 9.6, 0.81),
        Lesson("02_b", "smoke", 20, 1),
        Lesson("01_a", "laptop", 61, 2),
    ]
    report.into_guide(guide, "bench", "2 cores", report.of_ratios(ratios), report.of_growth(grown))
    report.into_guide(guide, "lessons", "2 cores", report.of_lessons(run))
    text = guide.read_text(encoding="utf-8")
    assert text.startswith("before\n<!-- bench -->\n2 cores") and text.endswith(
        "|\n<!-- /lessons -->\nafter\n"
    )
    assert "old" not in text
    assert "| ours | theirs | 3 (2–4) | 64 px |" in text
    assert "| loading | 1 s, 20 MB | 10 s, 21 MB | number^1.00 |" in text
    assert "| 01_a | 10 s, 0.8 GB | 61 s, 2.0 GB |" in text
    assert "| 02_b | 20 s, 1.0 GB |  |" in text
    again = report.of_lessons([Lesson("02_b", "laptop", 5, 1)], report.lessons_in(guide))
    assert "| 01_a | 10 s, 0.8 GB | 61 s, 2.0 GB |" in again
    assert "| 02_b | 20 s, 1.0 GB | 5 s, 1.0 GB |" in again
    guide.write_text("no marks", encoding="utf-8")
    with pytest.raises(SystemExit, match="bench"):
        report.into_guide(guide, "bench", "2 cores", report.of_ratios(ratios))
