"""Who sent what, in forty layouts, with a roster and without."""

import copy
import io
import zipfile

import layouts
import nbformat
import pytest
from small_assignment import answer_cell, fill

submissions = pytest.importorskip("coursekit.teach.submissions")
matching = pytest.importorskip("coursekit.teach.matching")
students = pytest.importorskip("coursekit.teach.students")
entries = pytest.importorskip("coursekit.teach.entry")
roster = pytest.importorskip("coursekit.teach.roster")


@pytest.fixture(scope="module")
def contents(released):
    """The two small assignments, answered, as bytes."""
    judges = copy.deepcopy(released["b0_judges"])
    answer_cell(judges, "b0-why-answer").source = "A tie."
    return {
        layouts.A: nbformat.writes(fill(copy.deepcopy(released["a0_greys"]))).encode(),
        layouts.B: nbformat.writes(judges).encode(),
    }


def nested(files):
    """A tree of paths as one of zips: name → content, or the tree of a zip."""
    tree = {}
    for path, content in files.items():
        outer, packed, inner = path.partition(".zip/")
        if packed:
            tree.setdefault(f"{outer}.zip", {})[inner] = content
        else:
            tree[path] = content
    return {
        path: nested(content) if isinstance(content, dict) else content
        for path, content in tree.items()
    }


def packed(content, contents):
    """The bytes of a file, or of a zip of files."""
    if not isinstance(content, dict):
        return contents.get(content, content)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for path, inner in content.items():
            archive.writestr(path, packed(inner, contents))
    return stream.getvalue()


def deliver(files, folder, contents):
    for path, content in nested(files).items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(packed(content, contents))


def named(folder, released, people=None):
    found = []
    for submission in submissions.collect([folder]):
        entry = entries.Entry(submission)
        if submission.notebook is None:
            entry.failure = submission.problem
        else:
            entry.assignment = matching.recognise(submission.notebook, released)
        found.append(entry)
    return students.name(found, students.titles(released), people)


@pytest.mark.parametrize("layout", layouts.LAYOUTS)
def test_a_delivery_is_understood(layout, released, contents, tmp_path):
    files, expected, problems = layouts.LAYOUTS[layout]
    deliver(files, tmp_path, contents)
    found = named(tmp_path, released)
    sent = {}
    for entry in found:
        if not entry.failure:
            sent[entry.student] = sent.get(entry.student, "") + entry.assignment[0]
    assert {name: "".join(sorted(of)) for name, of in sent.items()} == expected
    failed = {entry.student: entry.failure for entry in found if entry.failure}
    assert failed.keys() == problems.keys()
    assert all(words in failed[name] for name, words in problems.items())


def test_a_heap_of_other_files_is_listed_with_a_part_of_it(released, contents, tmp_path):
    heap = {f"smithanna_12345_678_work.zip/{at}.py": b"" for at in range(12)}
    deliver(heap | {"jonesbo_12346_680_a0_greys.ipynb": layouts.A}, tmp_path, contents)
    found = [entry for entry in named(tmp_path, released) if entry.failure]
    assert [entry.student for entry in found] == ["smithanna"] * students.MOST_OTHERS
    assert found[-1].failure.endswith("; and 2 more such files")


def test_there_are_forty():
    assert len(layouts.LAYOUTS) >= 40


PEOPLE = (
    "name,id,email\nAnna Smith,s1,anna@uni.example\nBo Jones,s2,bo@uni.example\n"
    "Cleo Marsh,s3,c@uni.example\nCleo Marsh,s4,c4@uni.example\n"
)


@pytest.fixture
def people(tmp_path):
    path = tmp_path / "class.csv"
    path.write_text(PEOPLE)
    return roster.read(path)


def test_with_a_roster_each_has_one_name_whatever_the_platform(
    people, released, contents, tmp_path
):
    files = {
        "canvas/smithanna_12345_678_a0_greys.ipynb": layouts.A,
        "moodle/Anna Smith_123_assignsubmission_file_/b0_judges.ipynb": layouts.B,
        "s2/a0_greys.ipynb": layouts.A,
        "tutor kim/Jones, Bo b0.ipynb": layouts.B,
        "s3_a0.ipynb": layouts.A,
    }
    deliver(files, tmp_path / "sent", contents)
    found = named(tmp_path / "sent", released, people)
    assert sorted((entry.student, entry.assignment) for entry in found) == [
        ("Anna Smith", "a0_greys"),
        ("Anna Smith", "b0_judges"),
        ("Bo Jones", "a0_greys"),
        ("Bo Jones", "b0_judges"),
        ("Cleo Marsh (s3)", "a0_greys"),
    ]
    assert not any(entry.notes for entry in found)


def test_who_is_not_in_the_class_keeps_the_points_and_gets_a_note(
    people, released, contents, tmp_path
):
    deliver({"Ana Smith/a0.ipynb": layouts.A, "Cleo Marsh/a0.ipynb": layouts.A}, tmp_path, contents)
    (tmp_path / "class.csv").unlink()
    found = named(tmp_path, released, people)
    assert [entry.failure for entry in found] == [None, None]
    assert found[0].notes == ["Ana Smith is not on the roster; is it Anna Smith?"]
    assert "several called Cleo Marsh" in found[1].notes[0]


def test_a_late_mark_is_remembered(released, contents, tmp_path):
    deliver({"smithanna_LATE_12345_678_a0_greys.ipynb": layouts.A}, tmp_path, contents)
    assert named(tmp_path, released)[0].sender.late
