"""The release holds what students need and no more; a faulty source is refused."""

import hashlib

import nbformat
import pytest
from small_assignment import NAME, answer_cell, source_notebook

release = pytest.importorskip("coursekit.teach.release")


@pytest.fixture(scope="module")
def built(sources, tmp_path_factory):
    return release.build(sources, tmp_path_factory.mktemp("built"))


def test_no_solution_hidden_test_or_model_answer_is_left(built):
    text = (built[0]).read_text(encoding="utf-8")
    for private in (
        "SOLUTION",
        "HIDDEN",
        "rgb @ weights_of_luma",
        "weights @ prior)",
        "secret_green",
        "vivid, and",
    ):
        assert private in nbformat.writes(source_notebook()) and private not in text


def test_signatures_visible_tests_and_questions_stay(built):
    notebook = nbformat.read(built[0], 4)
    assert answer_cell(notebook, "a0-1-answer").source == (
        'def luma(rgb):\n    """uint8 RGB (H, W, 3) to luma (H, W), 0 to 255."""\n    '
        "return ...  # your code here"
    )
    assert "white should have luma 255" in answer_cell(notebook, "a0-1-tests").source
    assert answer_cell(notebook, "a0-why-answer").source == "YOUR ANSWER HERE"


def test_no_badge_opens_the_source_with_its_solutions(built):
    first = nbformat.read(built[0], 4).cells[0].source
    assert first == "#  Greys and weights\n\nA small assignment in two tasks and one question."


def test_the_checksums_are_those_of_the_files(built):
    lines = (built[0].parent / release.CHECKSUMS).read_text().splitlines()
    assert lines == [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}" for path in built
    ]


def test_building_twice_gives_the_same_bytes(built, sources):
    before = [path.read_bytes() for path in built]
    assert [path.read_bytes() for path in release.build(sources, built[0].parent)] == before


def test_a_release_whose_source_is_gone_goes_too(built, sources):
    old = built[0].parent / "a9_old.ipynb"
    old.write_text("{}")
    release.build(sources, built[0].parent)
    assert not old.exists()


def refused(notebook, tmp_path):
    source = tmp_path / "faulty"
    source.mkdir()
    (source / f"{NAME}.ipynb").write_text(
        notebook if isinstance(notebook, str) else nbformat.writes(notebook)
    )
    with pytest.raises(ValueError) as error:
        release.build(source, tmp_path / "release")
    assert not (tmp_path / "release").exists()
    return str(error.value)


def test_points_that_do_not_add_to_100_are_listed(tmp_path):
    source = source_notebook()
    answer_cell(source, "a0-2-tests").metadata.nbgrader["points"] = 40
    assert "points add to 95, not 100 (a0-1-tests 40, a0-2-tests 40, a0-why-answer 15)" in refused(
        source, tmp_path
    )


def test_a_grade_id_used_twice_names_both_cells(tmp_path):
    source = source_notebook()
    answer_cell(source, "a0-2-tests").metadata.nbgrader["grade_id"] = "a0-1-tests"
    assert (
        "cell 8 (a0-1-tests): its grade_id also names cell 5; give one of them another"
        in refused(source, tmp_path)
    )


def test_an_assignment_without_a_manual_question_is_refused(tmp_path):
    source = source_notebook()
    source.cells.remove(answer_cell(source, "a0-why-answer"))
    answer_cell(source, "a0-2-tests").metadata.nbgrader["points"] = 60
    message = refused(source, tmp_path)
    assert "no manual question" in message and "points add" not in message


def test_an_assignment_without_a_hidden_test_is_refused(tmp_path):
    source = source_notebook()
    for cell in source.cells:
        cell.source = cell.source.replace("### BEGIN HIDDEN TESTS\n", "").replace(
            "\n### END HIDDEN TESTS", ""
        )
    assert "no hidden test" in refused(source, tmp_path)


def test_a_region_that_does_not_end_is_named(tmp_path):
    source = source_notebook()
    answer = answer_cell(source, "a0-1-answer")
    answer.source = answer.source.replace("    ### END SOLUTION", "")
    assert (
        "cell 4 (a0-1-answer): each ### BEGIN SOLUTION needs its own ### END SOLUTION"
        in refused(source, tmp_path)
    )


def test_a_solution_in_a_cell_that_is_no_answer_is_named(tmp_path):
    source = source_notebook()
    source.cells[1].source += "\n### BEGIN SOLUTION\nsecret = 1\n### END SOLUTION"
    assert "### BEGIN SOLUTION in a cell that is not marked as an answer" in refused(
        source, tmp_path
    )


def test_broken_nbgrader_metadata_names_its_cell(tmp_path):
    source = source_notebook()
    del answer_cell(source, "a0-1-tests").metadata.nbgrader["points"]
    assert "cell 5 (a0-1-tests): nbgrader metadata" in refused(source, tmp_path)


def test_a_lesson_is_no_assignment(tmp_path):
    lesson = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])
    assert "no graded cell" in refused(lesson, tmp_path)


def test_a_file_that_is_no_notebook_is_named(tmp_path):
    assert f"{NAME}.ipynb: not a notebook" in refused("no JSON", tmp_path)


def test_every_fault_is_told_at_once(tmp_path):
    source = source_notebook()
    source.cells.remove(answer_cell(source, "a0-why-answer"))
    message = refused(source, tmp_path)
    assert "no manual question" in message and "points add to 85" in message


def test_a_solution_line_that_a_text_repeats_would_be_a_leak():
    source = source_notebook()
    shown = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("x = 1\nreturn rgb @ weights_of_luma")]
    )
    assert release.leaks(source, shown) == ["'return rgb @ weights_of_luma' in cell 1"]


def test_an_empty_folder_says_where_to_go(tmp_path):
    with pytest.raises(FileNotFoundError, match="top folder of the course"):
        release.build(tmp_path, tmp_path / "release")
