"""Tables over all assignments, and files that Canvas and Moodle import."""

import csv
from pathlib import Path
from types import SimpleNamespace

import pytest
from test_roster import CANVAS, OWN, WORKSHEET

exports = pytest.importorskip("coursekit.teach.exports")
entries = pytest.importorskip("coursekit.teach.entry")
senders = pytest.importorskip("coursekit.teach.senders")
roster = pytest.importorskip("coursekit.teach.roster")
students = pytest.importorskip("coursekit.teach.students")

TITLES = {"a0_greys": "Computer lab: Basic Python", "b0_judges": "Counting judges"}


def sent(path, assignment="a0_greys", tests=85.0, by_hand=15.0, failure=None, comment=""):
    """A graded submission; its path says whose it is."""
    path = Path(path)
    submission = SimpleNamespace(
        path=path, folders=path.parts[:-1], content=b"", notebook={}, problem=None
    )
    made = entries.Entry(submission, assignment=assignment, failure=failure)
    made.points = {"tests": (tests, 85.0, False), "why": (None, 15.0, True)}
    made.by_hand, made.comments = {"why": by_hand}, {"why": comment}
    return made


def read(path):
    with open(path, newline="", encoding="utf-8-sig") as file:
        return list(csv.reader(file))


@pytest.fixture
def export(tmp_path):
    def export(submissions, people=None):
        if people is not None:
            (tmp_path / "people.csv").write_text(people, encoding="utf-8")
            people = roster.read(tmp_path / "people.csv")
        named = students.name(submissions, TITLES, people)
        said = exports.write(named, TITLES, tmp_path, people)
        return {path.name: read(path) for path in tmp_path.glob("*.csv")}, said

    return export


def test_one_table_adds_all_assignments_up(export):
    tables, _ = export(
        [
            sent("anna_a0_greys.ipynb"),
            sent("anna_b0_judges.ipynb", "b0_judges", tests=40.5),
            sent("bo_a0_greys.ipynb", by_hand=None),
            sent("cleo/a.ipynb"),
            sent("cleo/b.ipynb"),
            sent("dan_a0_greys.ipynb", failure="its kernel ended"),
            sent("smith_LATE_1_2_a0_greys.ipynb"),
        ]
    )
    assert tables["class.csv"] == [
        ["student", "id", "email", "a0_greys (100)", "a0_greys state", "b0_judges (100)"]
        + ["b0_judges state", "sum", "of"],
        ["anna", "", "", "100", "graded", "55.5", "graded", "155.5", "200"],
        ["bo", "", "", "", "to do", "", "missing", "0", "200"],
        ["cleo", "", "", "", "2 versions", "", "missing", "0", "200"],
        ["dan", "", "", "", "not graded", "", "missing", "0", "200"],
        ["smith", "", "", "100", "graded, late", "", "missing", "100", "200"],
    ]


def test_the_roster_says_who_is_missing(export):
    tables, said = export([sent("anna_a0_greys.ipynb"), sent("xu_a0_greys.ipynb")], OWN)
    assert tables["missing.csv"] == [
        ["student", "id", "email", "assignment"],
        ["Bo Jones", "s2", "bo@uni.example", "a0_greys"],
    ]
    assert said == ["a0_greys: 1 of 2 sent no notebook (Bo Jones)"]
    # In the roster's order, and behind it who is not in the class.
    assert [row[0] for row in tables["class.csv"][1:]] == ["Anna Smith", "Bo Jones", "xu"]


def test_what_could_be_two_peoples_is_nobodys_of_them(export):
    people = "name,id\nAnna Smith,s1001\nAnna Smith,s1002\n"
    tables, said = export([sent("Anna Smith/a0.ipynb")], people)
    states = [(row[0], row[1], row[4]) for row in tables["class.csv"][1:]]
    assert states == [
        ("Anna Smith", "s1001", "missing"),
        ("Anna Smith", "s1002", "missing"),
        ("Anna Smith", "", "graded"),
    ]


def test_what_canvas_exported_goes_back_with_finished_grades_only(export):
    graded = [
        sent("sinclairlordbrett_12345_1_a0_greys.ipynb", tests=70),
        sent("craigdanny_67890_2_a0_greys.ipynb", by_hand=None),
        sent("craigdanny_67890_3_b0_judges.ipynb", "b0_judges"),
    ]
    before = CANVAS.replace("Section for the course,,", "Section for the course,7,")
    tables, _ = export(graded, before.replace('"0,0"', "10"))
    assert tables["canvas.csv"] == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
        + ["Computer lab: Basic Python (23769)", "Counting judges"],
        ["    Points Possible", "", "", "", "", "10", "100"],
        ["Sinclair, Lord Brett", "12345", "brettid", "sinclair@gmail.com"]
        + ["Section for the course", "8.5", ""],
        # What waits for a person leaves the grade that stands there.
        ["Craig, Danny", "67890", "dannyid", "craig@gmail.com"]
        + ["Section for the course", "7", "100"],
    ]


def canvas_reads(table):
    """What Canvas's importer demands of a file, and by what it finds each student."""
    head = table[0]
    assert len(head) > 3 and "Student" in head[0] and "ID" in head[1]
    assert (head[2], head[3], head[4]) == ("SIS User ID", "SIS Login ID", "Section")
    assert "Points Possible" in table[1][0] and all(len(row) == len(head) for row in table)
    return [row[1] or row[2] or row[3] or row[0] for row in table[2:]]


def test_without_its_export_canvas_finds_students_by_the_number_in_the_files_name(export):
    tables, _ = export([sent("smithanna_12345_1_a0_greys.ipynb")])
    assert canvas_reads(tables["canvas.csv"]) == ["12345"]


def test_with_a_roster_canvas_finds_students_by_the_schools_number(export):
    tables, _ = export([sent("anna_a0_greys.ipynb")], OWN)
    assert canvas_reads(tables["canvas.csv"]) == ["s1"]
    assert tables["canvas.csv"][2][0] == "Smith, Anna"


def moodle_reads(table):
    """What Moodle's two importers demand: columns by name, lines as long as the first."""
    assert {"Identifier", "Grade", "Last modified (grade)"} <= {*table[0]}
    assert all(len(row) == len(table[0]) for row in table)
    rows = [dict(zip(table[0], row, strict=True)) for row in table[1:]]
    # It cuts the word "Participant " off, and takes the rest for the number.
    return {int(row["Identifier"].removeprefix("Participant ")): row for row in rows}


def test_moodle_gets_a_grading_worksheet_for_each_assignment(export):
    tables, _ = export(
        [
            sent("Anna Smith_123_assignsubmission_file_/a0.ipynb", comment="Good,\nso far"),
            sent("Bo Jones_124_assignsubmission_file_/a0.ipynb", by_hand=None),
            sent("Anna Smith_456_assignsubmission_file_/b0.ipynb", "b0_judges", tests=40.25),
        ]
    )
    greys = moodle_reads(tables["moodle_a0_greys.csv"])
    assert {number: row["Grade"] for number, row in greys.items()} == {123: "100"}
    assert greys[123]["Feedback comments"] == "Good,\nso far"
    judges = moodle_reads(tables["moodle_b0_judges.csv"])
    assert {number: row["Grade"] for number, row in judges.items()} == {456: "55.25"}


def test_a_worksheet_of_moodle_keeps_its_columns(export):
    tables, _ = export(
        [sent("Aroha Example_8880001_assignsubmission_file_/a0.ipynb", tests=63.5)], WORKSHEET
    )
    head, row = tables["moodle_a0_greys.csv"]
    filled = dict(zip(head, row, strict=True))
    assert {*next(csv.reader([WORKSHEET.splitlines()[0]]))} <= {*head}
    assert (filled["Grade"], filled["Email address"]) == ("78.5", "aexample@example.edu")


def test_moodles_gradebook_gets_no_column_of_addresses_with_a_blank(export):
    # It would give the line's grade to the student of the line before.
    people = OWN.replace("bo@uni.example", "")
    sent_by = [sent(f"{name}_a0.ipynb") for name in ("anna", "Bo Jones", "nobody we know")]
    head, *rows = export(sent_by, people)[0]["moodle_a0_greys.csv"]
    assert head[:2] == ["Full name", "ID number"] and "Email address" not in head
    assert [row[:2] for row in rows] == [["Anna Smith", "s1"], ["Bo Jones", "s2"]]


def test_files_of_an_earlier_call_go(export, tmp_path):
    (tmp_path / "canvas.csv").write_text("old")
    (tmp_path / "moodle_a9.csv").write_text("old")
    tables, _ = export([sent("anna_a0.ipynb")])
    assert tables.keys() == {"class.csv"}


def test_a_name_is_no_formula(export):
    tables, _ = export([sent("=HYPERLINK(1)/a0.ipynb")])
    assert tables["class.csv"][1][0].startswith("'=")
