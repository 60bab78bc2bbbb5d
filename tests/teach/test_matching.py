"""A submission is known by what its cells say: spoilt metadata costs nobody a point."""

import malformed
import nbformat
import pytest
from small_assignment import NAME, answer_cell, fill

matching = pytest.importorskip("coursekit.teach.matching")
submissions = pytest.importorskip("coursekit.teach.submissions")


def as_sent(notebook, folder):
    path = folder / "someone.ipynb"
    path.write_bytes(
        notebook if isinstance(notebook, bytes) else nbformat.writes(notebook).encode()
    )
    return submissions.collect([path])[0].notebook


def graded_cells(notebook):
    """What nbgrader and the kernel see, the texts between apart."""
    return [
        (cell.cell_type, cell.source.strip(), cell.metadata.get("nbgrader"))
        for cell in notebook.cells
        if cell.cell_type == "code" or "nbgrader" in cell.metadata
    ]


@pytest.fixture
def faultless(released, tmp_path):
    import copy

    sent = as_sent(fill(copy.deepcopy(released[NAME])), tmp_path)
    return matching.rebuild(sent, released[NAME])


def test_a_faultless_submission_stays_as_it_is_and_gives_no_note(faultless, blank):
    assert faultless.notes == []
    assert graded_cells(faultless.notebook) == graded_cells(fill(blank))


def test_an_untouched_release_gives_no_note(blank, released, tmp_path):
    rebuilt = matching.rebuild(as_sent(blank, tmp_path), released[NAME])
    assert rebuilt.notes == [] and graded_cells(rebuilt.notebook) == graded_cells(released[NAME])


@pytest.mark.parametrize("fault", malformed.MATCHED, ids=lambda fault: fault.__name__)
def test_is_graded_as_if_faultless(fault, blank, released, faultless, tmp_path):
    notebook, words = fault(blank)
    sent = as_sent(notebook, tmp_path)
    assert matching.recognise(sent, released) == NAME
    rebuilt = matching.rebuild(sent, released[NAME])
    assert graded_cells(rebuilt.notebook) == graded_cells(faultless.notebook)
    assert words is None or words in "\n".join(rebuilt.notes)


def test_cells_of_the_students_own_run_where_the_student_put_them(blank, released, tmp_path):
    fill(blank).cells.insert(4, nbformat.v4.new_code_cell("print(luma(np.zeros((1, 1, 3))))"))
    rebuilt = matching.rebuild(as_sent(blank, tmp_path), released[NAME])
    assert [cell.source for cell in rebuilt.notebook.cells] == [cell.source for cell in blank.cells]


def test_a_missing_answer_leaves_no_stub_that_would_undo_one_that_stands_elsewhere(
    blank, released, tmp_path
):
    notebook, _, _ = malformed.answer_missing(blank)
    rebuilt = matching.rebuild(as_sent(notebook, tmp_path), released[NAME])
    assert "return" not in answer_cell(rebuilt.notebook, "a0-1-answer").source


def test_two_assignments_are_told_apart_without_metadata(released, tmp_path):
    for name, release in released.items():
        sent = as_sent(malformed._anonymous(nbformat.from_dict(release)), tmp_path)
        assert matching.recognise(sent, released) == name


def test_one_assignment_under_two_names_is_not_guessed(released, tmp_path, blank):
    with pytest.raises(ValueError, match="as much .* as"):
        matching.recognise(as_sent(blank, tmp_path), {NAME: released[NAME], "copy": released[NAME]})


def test_both_versions_of_an_answer_run_in_their_order(blank, released, tmp_path):
    notebook, _, words = malformed.answer_split_in_two(blank)
    rebuilt = matching.rebuild(as_sent(notebook, tmp_path), released[NAME])
    sources = [cell.source for cell in rebuilt.notebook.cells]
    helper, answer = (
        [f"def {name}" in text for text in sources].index(True) for name in ("total", "luma")
    )
    assert helper < answer < sources.index(answer_cell(rebuilt.notebook, "a0-1-tests").source)
    assert words in "\n".join(rebuilt.notes)
