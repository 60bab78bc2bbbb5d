"""What a box says of itself is believed only as far as it is of a form that a kernel has."""

from types import SimpleNamespace

import nbformat
import pytest
from small_assignment import source_notebook

worker = pytest.importorskip("coursekit.teach.worker")
wire = pytest.importorskip("coursekit.teach.inside.wire")
sandbox = pytest.importorskip("coursekit.teach.sandbox")

RIGHT = {"outputs": [], "number": 1, "dropped": 0, "changed": []}


@pytest.fixture
def run():
    """Run a notebook of so many cells in a box that answers as it likes."""

    def run(ask, seen=lambda: [], cells=1):
        one = nbformat.v4.new_code_cell
        notebook = nbformat.v4.new_notebook(cells=[one("1") for _ in range(cells)])
        watch = sandbox.Watch(None, sandbox.Limits())
        made = worker._Run(notebook, source_notebook(), watch, False)
        made.attempts = SimpleNamespace(take=seen)
        made.through(SimpleNamespace(ask=ask))
        return made.notes()

    return run


@pytest.mark.parametrize("error", [SystemExit(0), ValueError("x"), TimeoutError()])
def test_an_error_in_place_of_outputs_is_the_submissions_and_not_the_graders(run, error):
    def ask(what, **fields):
        raise error

    with pytest.raises(wire.Nonsense, match="in place of an answer"):
        run(ask)


@pytest.mark.parametrize("answer", [[], "", 5, RIGHT | {"outputs": [[]]}, {"outputs": {1}}])
def test_outputs_of_no_form_are_the_submissions_too(run, answer):
    with pytest.raises(wire.Nonsense, match="outputs"):
        run(lambda what, **fields: answer)


def test_a_flood_of_words_is_cut_and_buries_nothing_that_the_system_saw(run):
    said = iter(range(1_000_000))

    def ask(what, **fields):
        return RIGHT if what == "cell" else [f"made up {next(said)}" for _ in range(100)]

    seen = iter([[], [], [], [], ["it called ptrace"]])
    notes = run(ask, lambda: next(seen, []), cells=5)
    assert len(notes) == worker.MOST_NOTES + 1 and notes[-1] == "and 201 more notes"
    assert "cell 5: it called ptrace" in notes
