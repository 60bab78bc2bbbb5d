"""Points by hand: listed for a person, read back, never lost."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from nbformat.v4 import new_notebook
from small_assignment import cell

manual_scores = pytest.importorskip("coursekit.teach.manual_scores")
entries = pytest.importorskip("coursekit.teach.entry")
summary = pytest.importorskip("coursekit.teach.summary")
report = pytest.importorskip("coursekit.teach.report")


def entry(student="anna", answer="Because rare is vivid.", automatic=None, folder="sent"):
    submission = SimpleNamespace(path=Path(folder, f"{student}_a0.ipynb"))
    made = entries.Entry(submission, student, "a0")
    made.rebuilt = SimpleNamespace(
        notebook=new_notebook(cells=[cell(answer, "why", points=15, solution=True)])
    )
    made.feedback = "<html><head></head><body class='a'>notebook</body></html>"
    made.points = {"tests": (40.0, 85.0, False), "why": (automatic, 15.0, True)}
    return made


def lines(folder):
    return (folder / manual_scores.FILE).read_text(encoding="utf-8-sig").splitlines()


def grade_by_hand(folder, points, separator=","):
    head, row = lines(folder)
    cells = row.split(",")
    cells[4:7] = [points, "", "good <b>"]
    table = "\n".join([head.replace(",", separator), separator.join(cells)])
    (folder / manual_scores.FILE).write_text(table, encoding="utf-8-sig")


def scores(entries, folder):
    report.write(entries, folder, 0, {"a0": summary.Guide(new_notebook(), {})})
    table = (folder / "scores_a0.csv").read_text(encoding="utf-8-sig").splitlines()
    return dict(zip(table[0].split(","), table[1].split(","), strict=True))


def test_an_answer_is_listed_for_a_person_and_leaves_no_total(tmp_path):
    row = scores([entry()], tmp_path)
    assert (row["by hand"], row["to do"], row["total"], row["why (15)"]) == ("0", "15", "", "to do")
    assert "40 points so far; 15 of 100 are still open" in (
        tmp_path / "feedback" / "a0" / "anna.html"
    ).read_text(encoding="utf-8")
    assert lines(tmp_path)[1].startswith("anna,a0,why,15,,,,")


def test_an_untouched_answer_is_not_listed(tmp_path):
    row = scores([entry(automatic=0.0)], tmp_path)
    assert (row["to do"], row["total"]) == ("0", "40") and not (
        tmp_path / manual_scores.FILE
    ).exists()


@pytest.mark.parametrize(("points", "separator"), [("12.5", ","), ("12.5", ";"), ("12,5", ";")])
def test_points_are_read_back_as_spreadsheets_save_them(tmp_path, points, separator):
    scores([entry()], tmp_path)
    grade_by_hand(tmp_path, points, separator)
    row = scores([entry()], tmp_path)
    assert (row["by hand"], row["to do"], row["total"], row["why (15)"]) == (
        "12.5",
        "0",
        "52.5",
        "12.5",
    )
    page = (tmp_path / "feedback" / "a0" / "anna.html").read_text(encoding="utf-8")
    assert "52.5 of 100 points." in page and "12.5 of 15</td><td>Comment: good &lt;b&gt;" in page
    assert "You wrote:<blockquote><p>Because rare is vivid.</p>" in page


def test_points_of_an_earlier_version_are_kept_and_do_not_count(tmp_path):
    scores([entry()], tmp_path)
    grade_by_hand(tmp_path, "12")
    new = entry(answer="Because of the prior.")
    assert scores([new], tmp_path)["why (15)"] == "to do"
    assert "had 12 points by hand, for an earlier version" in new.notes[0]
    assert scores([entry()], tmp_path)["why (15)"] == "12"


@pytest.mark.parametrize(
    "folder", ["./sent", "other/../sent", os.path.abspath("sent"), "elsewhere"]
)
def test_points_stay_however_the_folder_is_named(tmp_path, folder):
    scores([entry()], tmp_path)
    grade_by_hand(tmp_path, "12")
    again = entry(folder=folder)
    assert scores([again], tmp_path)["why (15)"] == "12" and again.notes == []
    assert len(lines(tmp_path)) == 2


def test_points_stay_where_the_student_is_called_otherwise_but_the_file_is_the_same(tmp_path):
    scores([entry()], tmp_path)
    grade_by_hand(tmp_path, "12")
    again = entry()
    again.student = "anna_a0"
    assert scores([again], tmp_path)["why (15)"] == "12"
    assert lines(tmp_path)[1].startswith("anna_a0,") and len(lines(tmp_path)) == 2


def test_a_new_version_with_the_same_answer_keeps_its_points(tmp_path):
    scores([entry()], tmp_path)
    grade_by_hand(tmp_path, "12")
    again = entry()
    again.rebuilt.notebook.cells.insert(0, cell("#  A text of another version"))
    assert scores([again], tmp_path)["why (15)"] == "12"


def test_the_same_answer_of_another_student_is_another_line(tmp_path):
    scores([entry()], tmp_path)
    grade_by_hand(tmp_path, "12")
    assert scores([entry("bob")], tmp_path)["why (15)"] == "to do"


def test_points_of_students_who_are_not_graded_this_time_stay(tmp_path):
    scores([entry()], tmp_path)
    grade_by_hand(tmp_path, "12")
    scores([entry("bob")], tmp_path)
    assert [line.split(",")[0] for line in lines(tmp_path)] == ["student", "anna", "bob"]


@pytest.mark.parametrize("points", ["16", "-1", "good", "nan"])
def test_points_out_of_range_name_the_line(tmp_path, points):
    scores([entry()], tmp_path)
    grade_by_hand(tmp_path, points)
    with pytest.raises(ValueError, match="anna, why: points .* give 0 to 15"):
        scores([entry()], tmp_path)


def test_on_a_full_disk_the_file_is_named_and_points_given_stay(tmp_path, full_disk):
    scores([entry()], tmp_path)
    grade_by_hand(tmp_path, "7.5")
    before = (tmp_path / manual_scores.FILE).read_bytes()
    with full_disk(64), pytest.raises(OSError, match="stood there before stays") as caught:
        manual_scores.apply([entry(), entry("ben")], tmp_path)
    assert caught.value.filename == str(tmp_path / manual_scores.FILE)
    assert (tmp_path / manual_scores.FILE).read_bytes() == before
    assert [file.name for file in tmp_path.glob(".*")] == []


def test_in_a_folder_for_reading_only_the_file_is_named_and_points_given_stay(read_only):
    folder, context = read_only
    scores([entry()], folder)
    grade_by_hand(folder, "7.5")
    before = (folder / manual_scores.FILE).read_bytes()
    with context(), pytest.raises(PermissionError, match="manual.csv"):
        manual_scores.apply([entry(), entry("ben")], folder)
    assert (folder / manual_scores.FILE).read_bytes() == before
