"""Lessons are executed, reported on and stored; each test makes its own tiny notebook."""

import base64
import contextlib
import io
import json
import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from coursekit.tools import notebooks


def write(path, *sources):
    cells = [new_markdown_cell("# A lesson"), *(new_code_cell(source) for source in sources)]
    nbformat.write(new_notebook(cells=cells), path)
    return path


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Three lessons, of which the second fails; one run over them is read by several tests."""
    folder = tmp_path_factory.mktemp("course")
    write(folder / "01_first.ipynb", "import os", "print(os.environ['COURSEKIT_PROFILE'])")
    write(
        folder / "02_second.ipynb",
        "a = 1\n",
        "b = 2\n\nc = b / (a - 1)  # here\n",
        "print('never')",
    )
    write(
        folder / "03_third.ipynb",
        "block = bytearray(300_000_000)",
        "print('third ran')",
        "from coursekit import lesson\nfrom matplotlib.figure import Figure\n"
        "lesson.show(Figure(figsize=(1, 1)), 'An empty square of white')",
    )
    return folder


@pytest.fixture(scope="module")
def report(course):
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        failed = notebooks.course(course, course / "pages")
    return failed, printed.getvalue()


def page(course, name):
    return (course / "pages" / f"{name}.html").read_text(encoding="utf-8")


def test_a_lesson_runs_in_the_profile_in_force(course, report):
    assert "<pre>smoke" in page(course, "01_first")


def test_a_failing_lesson_is_named_with_its_cell_its_line_and_its_error(report):
    failed, printed = report
    assert failed == 1
    assert re.search(r"02_second +FAILED", printed)
    assert "cell [2], line 3: c = b / (a - 1)  # here" in printed
    assert "ZeroDivisionError: division by zero" in printed
    assert "1 of 3 failed" in printed


def test_the_rest_still_runs_and_every_lesson_leaves_a_page(course, report):
    assert re.search(r"03_third +ok", report[1])
    assert "third ran" in page(course, "03_third")
    assert "ZeroDivisionError" in page(course, "02_second")


def test_a_progress_line_tells_time_and_peak_memory(report):
    seconds, megabytes = re.search(r"03_third +ok +([\d.]+) s +(\d+) MB", report[1]).groups()
    assert 0 < float(seconds) < 60
    assert 300 < float(megabytes) < 800


def test_a_page_shows_the_alt_text_of_its_figures(course, report):
    assert 'alt="An empty square of white"' in page(course, "03_third")


def test_executing_for_a_look_leaves_the_notebook_as_it_was(course, report):
    assert nbformat.read(course / "01_first.ipynb", as_version=4).cells[2].outputs == []


def test_storing_twice_in_the_laptop_profile_gives_the_same_bytes(tmp_path):
    path = write(
        tmp_path / "01_again.ipynb",
        "import ipywidgets, os\nfrom coursekit import lesson\nprint(object())\nobject()",
        "lesson.widget(ipywidgets.IntSlider(), 'A slider.')\nipywidgets.IntSlider()",
        "import matplotlib.pyplot as plt\n"
        "figure, axes = plt.subplots(figsize=(2, 2))\naxes.plot([1, 3, 2])\n"
        "lesson.show(figure, 'Three points, two lines')",
        "print(1, flush=True)\nprint(2, flush=True)\nprint(set('abcdef'))",
        "print(os.environ['COURSEKIT_PROFILE'])",
    )
    assert notebooks.store(tmp_path) == 0
    first = path.read_bytes()
    assert notebooks.store(tmp_path) == 0
    assert path.read_bytes() == first
    stored = nbformat.read(path, as_version=4)
    assert [cell.execution_count for cell in stored.cells[1:]] == [1, 2, 3, 4, 5]
    assert stored.cells[-1].outputs[0].text == "laptop\n"
    assert stored.metadata == notebooks.METADATA
    text = first.decode()
    assert "widget-view" not in text and not re.search("0x[0-9a-f]{6}", text)
    (picture,) = stored.cells[3].outputs
    assert b"Software" not in base64.b64decode(picture.data["image/png"])
    assert "[Widget] A slider. Run the cell to use it." in text
    assert first.endswith(b"}\n") and b"\r" not in first


def test_a_lesson_that_fails_is_not_stored(tmp_path):
    path = write(tmp_path / "01_a.ipynb", "print('new')", "raise RuntimeError('no')")
    before = path.read_bytes()
    assert notebooks.store(tmp_path) == 1
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_kernel_that_dies_is_a_failure_and_not_an_end(tmp_path, capsys):
    write(tmp_path / "01_a.ipynb", "x = 1", "import os\nos._exit(9)")
    write(tmp_path / "02_b.ipynb", "x = 1")
    assert notebooks.course(tmp_path, tmp_path / "pages") == 1
    printed = capsys.readouterr().out
    assert "cell [2]" in printed and "the kernel died" in printed
    assert re.search("02_b +ok", printed)


def test_a_cell_that_takes_too_long_is_a_failure(tmp_path):
    path = write(tmp_path / "01_a.ipynb", "import time\ntime.sleep(60)")
    outcome = notebooks.execute(path, "smoke", cell_timeout=1)
    assert outcome.failure.startswith("cell [1]") and "1 second" in outcome.failure
    assert outcome.seconds < 30


def test_a_file_that_is_no_notebook_does_not_keep_the_others_from_running(tmp_path, capsys):
    (tmp_path / "01_a.ipynb").write_text("not a notebook")
    write(tmp_path / "02_b.ipynb", "x = 1")
    assert notebooks.course(tmp_path, tmp_path / "pages") == 1
    printed = capsys.readouterr().out
    assert re.search("01_a +FAILED", printed) and re.search("02_b +ok", printed)


def test_only_chooses_by_the_beginning_of_the_name(tmp_path):
    for name in ("01_a", "02_b", "02_c", "12_d"):
        write(tmp_path / f"{name}.ipynb")
    assert [path.stem for path in notebooks.lessons(tmp_path, "02")] == ["02_b", "02_c"]
    with pytest.raises(FileNotFoundError, match="starts with 05"):
        notebooks.lessons(tmp_path, "05")


def test_tidying_keeps_the_alt_text_of_a_figure():
    output = nbformat.v4.new_output(
        "display_data",
        data={"image/png": "AAAA", "text/plain": "<f at 0x7f00aa>"},
        metadata={"image/png": {"alt": "A line that falls"}},
    )
    cell = new_code_cell(
        "1", outputs=[output], metadata={"execution": {"iopub.execute_input": "2026"}}
    )
    tidy = notebooks.tidy(
        new_notebook(cells=[cell], metadata={"widgets": {"a": 1}, "author": "me"})
    )
    assert tidy.cells[0].outputs[0].metadata == {"image/png": {"alt": "A line that falls"}}
    assert tidy.cells[0].outputs[0].data["text/plain"] == "<f at 0x0>"
    assert "execution" not in tidy.cells[0].metadata
    assert json.dumps(tidy.metadata, sort_keys=True) == json.dumps(
        notebooks.METADATA, sort_keys=True
    )
