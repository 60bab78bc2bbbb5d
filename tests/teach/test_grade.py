"""From submissions to points, feedback and problems: one run, of which each test reads a part."""

import contextlib
import copy
import csv
import io
import os
import shutil
import tempfile
from pathlib import Path
from types import SimpleNamespace

import malformed
import nbformat
import pytest
from boxes import BOX
from small_assignment import NAME, answer_cell, fill

grade = pytest.importorskip("coursekit.teach.grade")
sandbox = pytest.importorskip("coursekit.teach.sandbox")

LIMITS = sandbox.Limits(seconds=9, memory_bytes=1e9)
# What learners get wrong: the answer, its points, the words that it should meet in the feedback.
MISTAKEN = {
    "plain mean": ({"luma": "rgb.mean(axis=-1)"}, 45, "did you take the plain mean?"),
    "divided by Q": (
        {"normalised": "weights / len(weights)"},
        40,
        "your weights average 0.50 under the prior",
    ),
    "greys as colours": ({"luma": "rgb * weights_of_luma"}, 45, "white should have luma 255"),
}


def table(path):
    with open(path, newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def run(places, sources, out):
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
        failed = grade.grade(places, sources, out, LIMITS, 2, BOX)
    return failed, printed.getvalue()


@pytest.fixture(scope="module")
def graded(sources, released, tmp_path_factory):
    """The run: folders of submissions and results, how many had no points, what was printed."""
    sent, out = tmp_path_factory.mktemp("sent"), tmp_path_factory.mktemp("out")

    def send(name, notebook):
        content = notebook if isinstance(notebook, bytes) else nbformat.writes(notebook).encode()
        (sent / f"{name}_a0.ipynb").write_bytes(content)

    def blank():
        return copy.deepcopy(released[NAME])

    send("right", fill(blank()))
    send("untouched", blank())
    for name, (answers, _, _) in MISTAKEN.items():
        send(name, fill(blank(), **answers))
    for fault in malformed.GRADED:
        notebook, _, _ = fault(blank())
        send(fault.__name__, notebook)
    peek = fill(blank())
    peek.cells.insert(
        1, nbformat.v4.new_code_cell(f"solution = open({str(sources / f'{NAME}.ipynb')!r}).read()")
    )
    send("peek", peek)
    # As a student's computer wrote it whose names are not UTF-8.
    if os.name == "posix":
        (sent / os.fsdecode(b"J\xf6rg_a0.docx")).write_bytes(b"PK")
    twice = sent / "Zoë Ångström_77_assignsubmission_file_"
    twice.mkdir()
    nbformat.write(fill(blank(), why="Once."), twice / "assignment final.ipynb")
    nbformat.write(fill(blank(), why="Twice."), twice / "assignment final (1).ipynb")
    (sent / "late.docx").write_bytes(b"PK")
    os.environ["SECRET_TOKEN"] = "must not reach a submission"
    before, folders, mkdtemp = motd(), [], tempfile.mkdtemp

    def remembered(*arguments, **named):
        made = mkdtemp(*arguments, **named)
        folders.extend([made] if Path(made).name.startswith("grade-") else [])
        return made

    tempfile.mkdtemp = remembered
    try:
        return sent, out, *run([sent], sources, out), (before, folders)
    finally:
        del os.environ["SECRET_TOKEN"]
        tempfile.mkdtemp = mkdtemp


def motd():
    """The file outside that a submission tries to write."""
    return open("/etc/motd", "rb").read() if os.path.exists("/etc/motd") else None


def row(graded, student):
    (found,) = [row for row in table(graded[1] / f"scores_{NAME}.csv") if row["student"] == student]
    return found


def problems(graded, student):
    return [row for row in table(graded[1] / "problems.csv") if row["student"] == student]


def test_the_reference_solution_gets_all_automatic_points_and_no_note(graded):
    right = row(graded, "right")
    assert (right["automatic"], right["automatic of"], right["to do"], right["state"]) == (
        "85",
        "85",
        "15",
        "graded",
    )
    assert (right["a0-1-tests (40)"], right["a0-2-tests (45)"], right["a0-why-answer (15)"]) == (
        "40",
        "45",
        "to do",
    )
    assert problems(graded, "right") == []


def test_an_untouched_release_gets_nothing_and_leaves_nothing_to_do(graded):
    untouched = row(graded, "untouched")
    assert (untouched["automatic"], untouched["automatic of"], untouched["to do"]) == (
        "0",
        "85",
        "0",
    )


@pytest.mark.parametrize("mistake", MISTAKEN)
def test_a_mistake_costs_its_task_and_is_named_in_the_feedback(graded, mistake):
    _, points, words = MISTAKEN[mistake]
    assert row(graded, mistake)["automatic"] == str(points)
    page = (graded[1] / "feedback" / NAME / f"{mistake}.html").read_text(encoding="utf-8")
    assert words in page


@pytest.mark.parametrize("fault", malformed.GRADED, ids=lambda fault: fault.__name__)
def test_a_malformed_submission_gets_its_points_or_a_reason(graded, blank, fault):
    _, points, words = fault(blank)
    told = problems(graded, fault.__name__)
    assert words in "\n".join(problem["problem"] for problem in told)
    assert {problem["graded"] for problem in told} <= {"no" if points is None else "yes"}
    if points is not None:
        assert row(graded, fault.__name__)["automatic"] == str(points)


def test_what_is_not_graded_has_no_points_rather_than_none(graded):
    assert (
        row(graded, "kernel_ended")["automatic"] == ""
        and row(graded, "kernel_ended")["state"] == "not graded"
    )


def test_an_answer_in_a_new_cell_waits_for_its_reader(graded):
    assert row(graded, "question_answered_in_a_new_cell")["a0-why-answer (15)"] == "to do"


def test_a_notebook_cannot_write_outside_its_folder_call_home_or_see_secrets(graded):
    told = "\n".join(
        problem["problem"] for problem in problems(graded, "asks_writes_outside_and_calls_home")
    )
    assert (
        "writes only in its own folder" in told
        and "changes only its own folder" in told
        and "no network" in told
    )
    page = (graded[1] / "feedback" / NAME / "asks_writes_outside_and_calls_home.html").read_text(
        encoding="utf-8"
    )
    assert "RefusedError" in page and "AssertionError" not in page
    assert motd() == graded[4][0]


def test_a_notebook_cannot_read_the_solutions(graded):
    assert "is not for notebooks to read" in problems(graded, "peek")[0]["problem"]


def test_two_submissions_of_a_student_are_both_graded_and_named(graded):
    rows = [
        row for row in table(graded[1] / f"scores_{NAME}.csv") if row["student"].startswith("Zoë")
    ]
    assert [(row["student"], row["automatic"]) for row in rows] == [("Zoë Ångström", "85")] * 2
    assert "2 submissions of this student" in problems(graded, "Zoë Ångström")[0]["problem"]
    assert len(list((graded[1] / "feedback" / NAME).glob("Zoë Ångström*.html"))) == 2


def test_a_name_that_is_no_text_is_shown_by_its_bytes_and_harms_nobody(graded):
    (told,) = problems(graded, "Jörg")
    assert told["graded"] == "no" and r"J\xf6rg" in told["file"] and r"J\xf6rg" in graded[3]


def test_a_file_that_is_no_notebook_is_named(graded):
    assert "not a notebook but .docx" in problems(graded, "late")[0]["problem"]


def test_the_summary_counts_everything(graded):
    _, out, failed, printed, _ = graded
    rows = {row["file"]: row["graded"] for row in table(out / "problems.csv")}
    nothing = [file for file, answer in rows.items() if answer == "no"]
    assert failed == len(nothing) == 9
    (summary,) = [line for line in printed.splitlines() if " submissions: " in line]
    assert summary.startswith(
        f"{len(malformed.GRADED) + 10} submissions: {len(malformed.GRADED) + 1} graded (0 of them "
        f"before), {len(rows) - 9} with a note, 9 not graded; see "
    )


def test_no_folder_of_a_submission_is_left(graded):
    folders = graded[4][1]
    assert len(folders) > len(malformed.GRADED) and not any(
        Path(folder).exists() for folder in folders
    )


def test_a_second_run_grades_only_what_changed(graded, sources, tmp_path):
    sent, out = tmp_path / "sent", tmp_path / "out"
    sent.mkdir()
    for name in ("right", "untouched"):
        shutil.copy(graded[0] / f"{name}_a0.ipynb", sent)
    shutil.copytree(graded[1] / "cache", out / "cache")
    failed, printed = run([sent], sources, out)
    assert failed == 0 and "2 graded (2 of them before)" in printed
    assert (
        row((None, out), "right")["automatic"] == "85"
        and (out / "feedback" / NAME / "right.html").exists()
    )

    changed = nbformat.read(sent / "untouched_a0.ipynb", 4)
    answer = answer_cell(changed, "a0-1-answer")
    answer.source = answer.source.replace("return ...", "return rgb @ weights_of_luma")
    nbformat.write(changed, sent / "untouched_a0.ipynb")
    _, printed = run([sent], sources, out)
    assert "2 graded (1 of them before)" in printed
    assert row((None, out), "untouched")["automatic"] == "40"


def test_a_place_that_is_not_there_is_named(sources, tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        grade.grade([tmp_path / "nowhere"], sources, tmp_path / "out", LIMITS, 1, BOX)


def test_a_worker_that_ends_before_it_begins_costs_its_submission_only(
    blank, tmp_path, monkeypatch
):
    """It has written no log yet."""

    class Ended:
        def is_alive(self):
            return False

    monkeypatch.setattr(grade, "start_worker", lambda job, log: Ended())
    entry = SimpleNamespace(
        rebuilt=SimpleNamespace(notebook=blank),
        assignment=NAME,
        submission=SimpleNamespace(notebook=blank),
        key="x",
    )
    outcome = grade._Pool({NAME: tmp_path}, tmp_path, LIMITS, [], BOX)._grade(entry)
    assert outcome["failure"] == "the grader itself failed: no word"
