"""Submissions as students send them.

Each function is named for what is wrong and says what grading owes it.
"""

import copy
import json

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell
from small_assignment import answer_cell, fill

ALL = 85  # the automatic points; the question's 15 are given by a person


def _at(notebook, grade_id):
    return notebook.cells.index(answer_cell(notebook, grade_id))


def _anonymous(notebook):
    for number, cell in enumerate(notebook.cells):
        cell.metadata = nbformat.from_dict({})
        cell.id = f"x{number}"
    return notebook


# Put right by matching alone: what is graded is what a faultless submission would give.


def metadata_stripped(blank):
    return _anonymous(fill(blank)), "matched by content"


def metadata_stripped_and_texts_deleted(blank):
    notebook = _anonymous(fill(blank))
    notebook.cells = [cell for cell in notebook.cells if not cell.source.startswith("#  ")]
    return notebook, "matched by content"


def metadata_shuffled(blank):
    known = [cell for cell in fill(blank).cells if "nbgrader" in cell.metadata]
    metadata = [dict(cell.metadata.nbgrader, points=1000) for cell in known]
    for cell, other in zip(known, metadata[1:] + metadata[:1], strict=True):
        cell.metadata.nbgrader, cell.id = nbformat.from_dict(other), f"{other['grade_id']}-x"
    return blank, "matched by content"


def test_duplicated(blank):
    fill(blank).cells.append(copy.deepcopy(answer_cell(blank, "a0-1-tests")))
    return blank, None


def test_missing(blank):
    del fill(blank).cells[_at(blank, "a0-2-tests")]
    return blank, "a0-2-tests: missing; put back"


def setup_missing(blank):
    del fill(blank).cells[1]
    return blank, None


def untouched_stub_beside_the_answer(blank):
    stub = copy.deepcopy(answer_cell(blank, "a0-2-answer"))
    fill(blank).cells.append(stub)
    return blank, None


def test_tampered_with(blank):
    answer_cell(fill(blank), "a0-1-tests").source = "assert True"
    return blank, "a0-1-tests: changed; the original is used"


def test_moved_above_its_answer(blank):
    test = fill(blank).cells.pop(_at(blank, "a0-1-tests"))
    blank.cells.insert(1, test)
    return blank, "a0-1-tests was moved"


def format_of_2014(blank):
    return json.dumps(nbformat.convert(fill(blank), 3)).encode(), None


# What matching leaves in the notebook differs, so these are graded.


def answer_split_in_two(blank):
    at = _at(fill(blank, luma="lookup @ rgb[..., None] if False else total(rgb)"), "a0-1-answer")
    whole = blank.cells[at]
    first = copy.deepcopy(whole)
    first.source, first.id = "def total(rgb):\n    return rgb @ weights_of_luma", "first-half"
    blank.cells.insert(at, first)
    return blank, ALL, "a0-1-answer stands in 2 cells"


def answer_missing(blank):
    del fill(blank).cells[_at(blank, "a0-1-answer")]
    return blank, 45, "a0-1-answer: missing; counts as not answered"


def answer_rewritten_and_metadata_stripped(blank):
    answer_cell(
        fill(blank), "a0-1-answer"
    ).source = "luma = lambda x: np.einsum('hwc,c->hw', x, weights_of_luma)"
    return _anonymous(blank), ALL, "a0-1-answer was found by its place"


def from_colab(blank):
    notebook = json.loads(nbformat.writes(fill(blank)))
    notebook["metadata"] |= {"colab": {"provenance": [], "toc_visible": True}, "accelerator": "GPU"}
    notebook["nbformat_minor"] = 0
    for number, cell in enumerate(notebook["cells"]):
        cell["metadata"] = {"id": f"Xy{number}", **cell["metadata"]}
        cell.pop("id")
        if cell["cell_type"] == "code":
            cell["metadata"]["outputId"] = "0ab"
    extra = {
        "cell_type": "code",
        "execution_count": 1,
        "outputs": [],
        "metadata": {"id": "zz"},
        "source": ["from google.colab import drive\n", "drive.mount('/content/drive')"],
    }
    install = {**extra, "source": "!pip install scikit-image"}
    notebook["cells"][1:1] = [extra, install]
    return json.dumps(notebook).encode("utf-8-sig"), ALL, "starts no other program"


def question_answered_in_a_new_cell(blank):
    untouched = answer_cell(blank, "a0-why-answer").source
    fill(blank, why=untouched).cells.append(
        new_markdown_cell("Because vivid colours are rare, and now they count.")
    )
    return blank, ALL, "a0-why-answer was found by its place"


def endless_loop(blank):
    fill(blank).cells.insert(2, new_code_cell("while True: pass"))
    return blank, ALL, "cell 3 was stopped after"


def asks_writes_outside_and_calls_home(blank):
    fill(blank).cells[1:1] = [
        new_code_cell("import os, shutil, sys\nname = input('Your name? ')"),
        new_code_cell(
            "open('/etc/motd' if sys.platform != 'win32' else 'C:/motd', 'w').write('me')"
        ),
        new_code_cell("shutil.rmtree(sys.prefix)"),
        new_code_cell("import urllib.request\nurllib.request.urlopen('http://example.org')"),
        new_code_cell("from pathlib import Path\nPath('mine.txt').write_text('this is allowed')"),
        new_code_cell(
            "assert not [name for name in os.environ if 'TOKEN' in name], 'a secret of the "
            "instructor'"
        ),
    ]
    return blank, ALL, "nobody answers"


def ran_in_another_order(blank):
    fill(blank, normalised="scaled(weights, prior)")
    blank.cells.append(
        new_code_cell("def scaled(weights, prior):\n    return weights / (weights @ prior)")
    )
    code = [cell for cell in blank.cells if cell.cell_type == "code"]
    for count, cell in zip((1, 3, 4, 5, 6, 2), code, strict=True):
        cell.execution_count = count
    return blank, 40, "the student had run the cells in another order"


# No points, and a reason.


def huge_allocation(blank):
    fill(blank).cells.insert(
        2, new_code_cell("hoard = []\nwhile True: hoard.append(np.ones((1000, 50_000)))")
    )
    return blank, None, "used more than 1 GB of memory, in cell 3"


def loop_that_cannot_be_stopped(blank):
    fill(blank).cells.insert(
        2,
        new_code_cell(
            "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass"
        ),
    )
    return blank, None, "could not be stopped"


def kernel_ended(blank):
    fill(blank).cells.insert(2, new_code_cell("import os\nos._exit(3)"))
    return blank, None, "its kernel ended in cell 3"


def download_cut_off(blank):
    return nbformat.writes(fill(blank)).encode()[:900], None, "not JSON"


def other_notebook(blank):
    blank.cells = [
        new_markdown_cell("# My diary"),
        new_code_cell("print('Dear diary, today I coloured a photo.')"),
    ]
    return blank, None, "none of the assignments (a0_greys, b0_judges)"


def empty_notebook(blank):
    blank.cells = []
    return blank, None, "none of the assignments"


def cells_are_no_list(blank):
    damaged = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [1, 2]}
    return json.dumps(damaged).encode(), None, "a damaged notebook"


MATCHED = (
    metadata_stripped,
    metadata_stripped_and_texts_deleted,
    metadata_shuffled,
    test_duplicated,
    test_missing,
    setup_missing,
    untouched_stub_beside_the_answer,
    test_tampered_with,
    test_moved_above_its_answer,
    format_of_2014,
)
GRADED = (
    answer_split_in_two,
    answer_missing,
    answer_rewritten_and_metadata_stripped,
    from_colab,
    question_answered_in_a_new_cell,
    endless_loop,
    asks_writes_outside_and_calls_home,
    ran_in_another_order,
    huge_allocation,
    loop_that_cannot_be_stopped,
    kernel_ended,
    download_cut_off,
    other_notebook,
    empty_notebook,
    cells_are_no_list,
)
