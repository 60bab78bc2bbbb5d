"""What a notebook calls: the set-up cell, figures, widgets, sources."""

import ast
import base64
import inspect
import platform
import re
import subprocess
import sys

import nbformat
import numpy as np
import pytest
from matplotlib import pyplot as plt
from nbformat.v4 import new_code_cell, new_notebook
from skimage import data as samples

from coursekit import color, lesson
from coursekit.lesson import profile
from coursekit.lesson.ladder import Ladder
from coursekit.tools import notebooks

FIT = """
import keras
from coursekit import networks
class {kind}(Exception): pass
def fail(epoch, logs): raise {kind}('when allocating 3 GB')
model = networks.alpha()
model.compile('adam', 'mse', run_eagerly=True)
L, ab = keras.ops.zeros((1, 8, 8, 1)), keras.ops.zeros((1, 8, 8, 2))
model.fit(L, ab, verbose=0, callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=fail)])
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """One kernel: set-up, settings, random numbers; both again; a figure; memory; errors."""
    path = tmp_path_factory.mktemp("lesson") / "01_start.ipynb"
    start = "from coursekit import lesson\nsettings = lesson.start('01_lab_color_space')"
    tell = "print(settings.lesson, settings.profile, settings.dataset)"
    draw = (
        "import keras, numpy, random\n"
        "print(random.random(), numpy.random.rand(), float(keras.random.uniform(())))"
    )
    fail, full = FIT.format(kind="OtherError"), FIT.format(kind="OutOfMemoryError")
    plot = "from matplotlib import pyplot\n_ = pyplot.plot([1, 2])"
    tell_memory = "import psutil\nprint(psutil.Process().memory_info().rss >> 20)"
    # Small enough for the C library to keep, in a circle, and something that stays after them.
    many = "ring = [numpy.ones(8_000) for at in range(5_000)]\nring.append(ring)"
    compute = f"import numpy\n{many}\nrest = numpy.ones(8_000)\ndel ring\n{tell_memory}"
    sources = (start, tell, draw, start, draw, plot, compute, tell_memory, fail, full)
    cells = [new_code_cell(source) for source in sources]
    cells[-2].metadata.tags = ["raises-exception"]  # the kernel goes on to the next
    nbformat.write(new_notebook(cells=cells), path)
    return notebooks.execute(path, "smoke")


@pytest.fixture(scope="module")
def started(run):
    """What its cells put out."""
    return [cell.outputs for cell in run.notebook.cells]


def test_everything_that_the_wing_offers_is_there():
    assert all(hasattr(lesson, name) for name in lesson.__all__)


def test_the_set_up_cell_prints_versions_device_profile_and_data(started):
    lines = started[0][0].text.splitlines()
    assert [line.split()[0] for line in lines] == ["versions", "device", "profile", "data"]
    assert re.search(
        r"coursekit \d.*Python 3\.\d+.*Keras 3\.\d+.*(tensorflow|jax|torch) \d", lines[0]
    )
    assert "smoke" in lines[2] and "scenes" in lines[3]


def test_the_set_up_cell_stores_no_start_up_lines_of_the_backend_and_no_path(started):
    assert [output.get("name") for output in started[0]] == ["stdout"]
    assert not re.search(r"/home|/root|/tmp|\.venv|site-packages", started[0][0].text)


def test_the_settings_name_lesson_profile_and_data_set(started):
    assert started[1][0].text == "01_lab_color_space smoke scenes\n"


def test_the_set_up_cell_seeds_python_numpy_and_the_backend(started):
    assert started[2] == started[4] and len(started[2][0].text.split()) == 3


def test_an_unknown_lesson_is_named_with_the_known_ones():
    with pytest.raises(ValueError, match="99_none.*01_lab_color_space"):
        lesson.start("99_none")


def test_another_data_set_than_the_first_choice_is_explained(monkeypatch, capsys):
    monkeypatch.setenv("COURSEKIT_PROFILE", "laptop")
    monkeypatch.setattr("coursekit.datasets.choose", lambda *names: names[-1])
    first, *_, last = profile.settings("01_lab_color_space").datasets
    assert lesson.start("01_lab_color_space").dataset == last
    assert f"{last}, because {first} is not here" in capsys.readouterr().out


def test_what_the_backend_writes_is_kept_back_unless_its_start_fails():
    code = (
        "import os\nfrom coursekit.device import quiet_start\n"
        "with quiet_start():\n    os.write(2, b'chatter')\n{}\nos.write(2, b'after')"
    )
    quiet, failed = (
        subprocess.run([sys.executable, "-c", code.format(end)], capture_output=True, text=True)
        for end in ("", "    raise SystemExit(3)")
    )
    assert quiet.stderr == "after"
    assert failed.returncode == 3 and "chatter" in failed.stderr


def test_a_figure_carries_its_alt_text_and_is_closed(shown):
    figure, axes = plt.subplots()
    axes.plot([0, 1])
    lesson.show(figure, "A line that rises steadily")
    ((data, metadata),) = shown
    assert metadata == {"image/png": {"alt": "A line that rises steadily"}}
    assert data["text/plain"] == "<Figure: A line that rises steadily>"
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert not plt.fignum_exists(figure.number)


def test_a_figure_of_photos_is_a_jpeg_much_smaller_than_a_png(shown):
    figure, axes = plt.subplots()
    axes.imshow(samples.astronaut())
    lesson.show(figure, "An astronaut before a flag")
    ((data, metadata),) = shown
    assert metadata == {"image/jpeg": {"alt": "An astronaut before a flag"}}
    assert data.keys() == {"image/jpeg", "text/plain"}
    assert base64.b64decode(data["image/jpeg"]).startswith(b"\xff\xd8")


def test_the_same_figure_is_the_same_bytes_without_the_version_of_matplotlib(shown):
    for _ in range(2):
        figure, axes = plt.subplots()
        axes.imshow(np.eye(3))
        lesson.show(figure, "Three white squares on black")
    assert shown[0] == shown[1]
    assert b"Software" not in base64.b64decode(shown[0][0]["image/png"])


def test_a_figure_that_jupyter_shows_by_itself_holds_no_version_either(started):
    (figure,) = started[5]
    assert b"Software" not in base64.b64decode(figure.data["image/png"])


@pytest.mark.parametrize("alt", ["", "plot", "a loss curve"])
def test_a_figure_without_a_real_alt_text_is_refused(alt, shown):
    with pytest.raises(ValueError, match="at least four words"):
        lesson.show(plt.figure(), alt)
    assert shown == []
    plt.close("all")


def test_a_widget_leaves_a_sentence_where_no_kernel_runs(shown):
    import ipywidgets

    lesson.widget(ipywidgets.IntSlider(), "A slider for L.")
    ((data, _),) = shown
    assert data["text/plain"] == "[Widget] A slider for L. Run the cell to use it."
    assert "application/vnd.jupyter.widget-view+json" in data


def test_the_source_shown_is_the_source_that_runs(shown):
    lesson.source(color.scale_L)
    ((data, _),) = shown
    head, _, body = inspect.getsource(color.scale_L).partition('"""')
    first, body = body.split("\n", 1)[0], body.split('"""', 1)[1]
    assert data["text/plain"] == f'# coursekit/color.py\n{head}"""{first}"""{body}'
    assert "<span" in data["text/html"] and "scale_L" in data["text/html"]
    assert '<pre style="font-family: monospace' in data["text/html"]


def test_of_the_docstrings_of_a_class_and_its_methods_the_first_lines_are_shown(shown):
    lesson.source(Ladder)
    ((data, _),) = shown
    tree = ast.parse(data["text/plain"])
    said = [
        ast.get_docstring(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node)
    ]
    assert len(said) > 5 and not any("\n" in text for text in said)


def test_several_sources_stand_in_one_block_each_with_its_file(shown):
    lesson.source(color.scale_L, profile.settings)
    ((data, _),) = shown
    assert data["text/plain"].count("# coursekit/") == 2
    assert data["text/plain"].index("color.py") < data["text/plain"].index("profile.py")


def test_the_source_of_a_function_from_a_cell_is_said_to_be_of_this_notebook(shown, monkeypatch):
    monkeypatch.setattr(color.scale_L, "__module__", "__main__")
    lesson.source(color.scale_L)
    assert shown[0][0]["text/plain"].startswith("# this notebook\ndef scale_L")


@pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="only the GNU C library gives all of it back"
)
def test_what_a_cell_needed_to_compute_goes_back_to_the_system_when_it_ends(started):
    during, after = (int(outputs[0].text) for outputs in started[6:8])
    assert during - after > 200  # MiB, of 305


def test_the_device_line_tells_precision_and_compilation(started):
    assert re.search(r"^device .*, float32, with(out)? XLA$", started[0][0].text, re.MULTILINE)


def test_the_choice_of_mixed_precision_is_told(monkeypatch, capsys):
    import keras

    try:
        keras.config.set_dtype_policy("mixed_float16")
        lesson.start("01_lab_color_space")
    finally:
        keras.config.set_dtype_policy("float32")
    assert ", mixed_float16, with" in capsys.readouterr().out


def test_out_of_memory_in_training_ends_with_what_to_change_and_other_errors_do_not(run, started):
    other, full = (outputs[-1] for outputs in started[-2:])
    assert (other.ename, full.ename) == ("OtherError", "OutOfMemoryError")
    for text in ("\n".join(full.traceback), run.failure):
        assert "when allocating 3 GB" in text
        assert "batch_size" in text and "COURSEKIT_PROFILE" in text and "COURSEKIT_GPU_MB" in text
    assert "batch_size" not in "\n".join(other.traceback)
