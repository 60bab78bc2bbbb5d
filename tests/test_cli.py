"""The commands: thin, quick to start, and clear about what went wrong."""

import json
import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from PIL import Image

from coursekit import cli

ROOT = Path(__file__).parents[1]


def coursekit(*arguments, folder=ROOT, **environment):
    return subprocess.run(
        [sys.executable, "-m", "coursekit", *arguments],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, **environment},
    )


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A folder with a course of one lesson that prints where its data sets are."""
    (tmp_path / "notebooks").mkdir()
    cell = new_code_cell("import os\nprint(os.environ['COURSEKIT_DATA'])")
    nbformat.write(new_notebook(cells=[cell]), tmp_path / "notebooks" / "01_lesson.ipynb")
    monkeypatch.chdir(tmp_path)
    return tmp_path


GROUPS = {
    "learners": ("colorize", "lab", "lessons", "data", "doctor"),
    "instructors": ("turing", "assignments", "grade", "mark"),
    "maintainers": (
        "course",
        "notebooks",
        "record",
        "lint",
        "test",
        "coverage",
        "gpu-check",
        "gpu-budget",
        "quality",
        "train",
        "site",
        "stamp",
    ),
}


def test_help_lists_the_commands_by_whom_they_are_for():
    answer = coursekit("--help")
    assert answer.returncode == 0
    _, *listed = re.split(r"\nfor (\w+):\n", answer.stdout.partition("\noptions:")[0])
    commands = [tuple(re.findall(r"(?m)^  (\S+) ", part)) for part in listed[1::2]]
    assert dict(zip(listed[::2], commands, strict=True)) == GROUPS


def test_without_a_command_it_shows_the_help(capsys):
    assert cli.main([]) == 0
    bare = capsys.readouterr().out
    with pytest.raises(SystemExit, match="^0$"):
        cli.main(["--help"])
    assert bare == capsys.readouterr().out and "for learners:" in bare


def test_it_tells_its_version(capsys):
    with pytest.raises(SystemExit, match="^0$"):
        cli.main(["--version"])
    assert capsys.readouterr().out == f"coursekit {version('coursekit')}\n"


@pytest.mark.parametrize("command", [each for names in GROUPS.values() for each in names])
def test_each_command_says_what_it_takes_without_loading_it(command):
    code = (
        "import json, sys\nfrom coursekit import cli\n"
        "try:\n    cli.main([sys.argv[1], '--help'])\n"
        "finally:\n    print(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    )
    answer = subprocess.run([sys.executable, "-c", code, command], capture_output=True, text=True)
    assert answer.returncode == 0 and answer.stdout.startswith(f"usage: coursekit {command} [-h]")
    slow = {"keras", "tensorflow", "matplotlib", "numpy", "PIL", "IPython", "nbformat", "requests"}
    assert not slow & {*json.loads(answer.stderr)}


@pytest.mark.parametrize(
    ("typed", "meant"), [("colour", "colorize"), ("grad", "grade"), ("gpu_check", "gpu-check")]
)
def test_an_unknown_command_is_answered_with_the_nearest(typed, meant, capsys):
    assert cli.main([typed]) == 2
    answer = f"coursekit has no command '{typed}'; did you mean `coursekit {meant}`?\n"
    assert capsys.readouterr().err == answer


def test_a_command_like_no_other_is_answered_with_the_way_to_all(capsys):
    assert cli.main(["xyz"]) == 2
    said = "coursekit has no command 'xyz'; `coursekit --help` lists them all\n"
    assert capsys.readouterr().err == said


@pytest.mark.parametrize("command", ["grade", "assignments", "mark"])
def test_without_the_instructors_wing_its_commands_say_that_they_work_in_a_clone(
    command, monkeypatch, capsys
):
    monkeypatch.setitem(sys.modules, "coursekit.teach", None)  # as if it were not installed
    assert cli.main([command, "submissions"]) == 2
    said = capsys.readouterr().err
    assert f"coursekit {command} is for instructors" in said and "works in a clone" in said
    assert cli.main([]) == 0
    listed = capsys.readouterr().out
    assert f"  {command} " not in listed and "  turing " in listed


def test_data_path_prints_the_cache(tmp_path):
    assert coursekit("data", "path", COURSEKIT_DATA=str(tmp_path)).stdout.strip() == str(tmp_path)


def test_data_list_names_the_drawn_scenes():
    assert "scenes" in coursekit("data", "list").stdout


@pytest.fixture
def model(tmp_path):
    """A file with a small untrained colorizer whose bins have a temperature."""
    from coursekit import networks
    from coursekit.bins.layers import AnnealedMean
    from coursekit.colorizer import Colorizer

    Colorizer(networks.small_colorful(), AnnealedMean(), size=32).save(tmp_path / "model.keras")
    return str(tmp_path / "model.keras")


def test_colorize_colours_folders_names_what_is_broken_and_then_fails(tmp_path, model, capfd):
    album = tmp_path / "album"
    (album / "1900").mkdir(parents=True)
    Image.new("L", (60, 40), 120).save(album / "a.jpg")
    Image.new("RGB", (60, 40), "red").save(album / "1900" / "b.jpg")
    command = ["colorize", str(album), "-o", str(tmp_path / "out"), "--model", model]
    assert cli.main([*command, "--temperature", "0.2"]) == 0
    printed, bar = capfd.readouterr()
    assert "2 coloured" in printed and "0 broken, 0 other files" in printed and "2/2" in bar
    assert "1 had colour or a tint already, such as " in printed and "b.jpg" in printed
    assert Image.open(tmp_path / "out" / "1900" / "b.jpg").size == (60, 40)
    (album / "c.png").write_bytes(b"")
    assert cli.main(command) == 1
    assert "b.jpg, " in (errors := capfd.readouterr().err) and "a.jpg: already there" in errors
    assert cli.main([*command, "--skip"]) == 1
    printed, errors = capfd.readouterr()
    assert "0 coloured" in printed and "2 there before, 1 broken" in printed
    assert f"not coloured: {album / 'c.png'}: empty, 0 bytes" in errors


def test_colorize_says_what_it_left_out_and_did_not_read_and_marks_what_it_made(
    tmp_path, model, capsys
):
    album, out = tmp_path / "album", tmp_path / "out"
    album.mkdir()
    for name in ("a", "b"):
        Image.new("L", (40, 30), 120).save(album / f"{name}.bmp")
    for name in ("a.jpg", os.fsdecode(b"gr\xfcn.jpg") if sys.platform == "linux" else "g.jpg"):
        Image.new("L", (40, 30), 120).save(album / name)
    for name in ("c.nef", "d.nef", "notes.txt"):
        (album / name).touch()
    command = ["colorize", str(album / "*.*"), str(album), "--model", model]
    assert cli.main([*command, "-o", str(out)]) == 1  # the pattern names what is not read
    captured = capsys.readouterr()
    assert f"{album / 'a.bmp'} and 1 more: left out: mark (BMP holds none)" in captured.out
    assert "2 .nef not read: a camera raw file; develop it" in captured.out
    assert "1 .txt not read: no photos by their names" in captured.out
    last = captured.out.splitlines()[-1]
    assert last == f"4 coloured in {out}, 0 there before, 3 broken, 3 other files not read"
    assert f"not coloured: {album / 'c.nef'}: empty, 0 bytes" in captured.err
    assert "the model model.keras" in Image.open(out / "a.jpg").getexif()[0x0131]
    plain = ["--no-mark", "-o", str(tmp_path / "plain")]
    assert cli.main([*command[:1], str(album / "a.jpg"), *command[3:], *plain]) == 0
    assert not Image.open(tmp_path / "plain" / "a.jpg").getexif()


def test_colorize_refuses_a_wrong_model_or_temperature(tmp_path, model, capsys):
    Image.new("L", (60, 40), 120).save(tmp_path / "a.jpg")
    command = ["colorize", str(tmp_path / "a.jpg"), "-o", str(tmp_path / "out")]
    assert cli.main([*command, "--model", "sepia"]) == 1
    assert "sepia: no such file, and no colorizer of the course" in capsys.readouterr().err
    assert cli.main([*command, "--model", model, "--temperature", "-1"]) == 1
    assert "temperature" in capsys.readouterr().err and not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", ["course", "notebooks"])
def test_where_no_lessons_are_it_says_how_to_put_them_there(command, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main([command]) == 1
    assert "`coursekit lessons notebooks` puts them there" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command", ["test", "lint", "coverage", "gpu-check", "gpu-budget", "stamp"]
)
@pytest.mark.parametrize(
    "urls", [[], ["Issues, https://a.org/b/issues", "Source, https://a.org/b"]]
)
def test_what_works_on_a_clone_says_so_elsewhere(command, urls, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    metadata = SimpleNamespace(get_all=lambda name: urls or None)
    monkeypatch.setattr("importlib.metadata.metadata", lambda name: metadata)
    assert cli.main([command]) == 1
    way = ": git clone https://a.org/b" if urls else ""
    said = f"coursekit {command} works in a clone of the course, in its top folder{way}\n"
    assert capsys.readouterr().err == said


def test_a_wrong_profile_is_named(monkeypatch, capsys):
    monkeypatch.setenv("COURSEKIT_PROFILE", "huge")
    assert cli.main(["course"]) == 1
    message = capsys.readouterr().err
    assert "huge" in message and "laptop" in message


def test_course_leaves_a_page_and_finds_a_relative_data_folder(course, monkeypatch):
    monkeypatch.setenv("COURSEKIT_DATA", "my-photos")
    assert cli.main(["course"]) == 0
    assert str(course / "my-photos") in (course / "build/course/01_lesson.html").read_text(
        encoding="utf-8"
    )


def test_notebooks_stores_the_chosen_lesson(course, monkeypatch):
    monkeypatch.setenv("COURSEKIT_DATA", str(course))
    assert cli.main(["notebooks", "--only", "01"]) == 0
    stored = nbformat.read(course / "notebooks/01_lesson.ipynb", as_version=4)
    assert stored.cells[0].outputs[0].text == f"{course}\n"


def test_a_failing_lesson_makes_the_command_fail(course, capsys):
    nbformat.write(
        new_notebook(cells=[new_code_cell("1 / 0")]), course / "notebooks" / "02_fails.ipynb"
    )
    assert cli.main(["course", "--only", "02"]) == 1
    assert "ZeroDivisionError" in capsys.readouterr().out


@pytest.fixture
def without_jupyterlab(monkeypatch):
    """What `coursekit lab` says where JupyterLab is not installed."""
    monkeypatch.setitem(sys.modules, "jupyterlab.labapp", None)

    def said(capsys):
        assert cli.main(["lab"]) == 1
        return capsys.readouterr().err.partition(" -m pip install ")[2].strip()

    return said


def test_a_missing_package_is_named_with_the_way_to_install_it(
    without_jupyterlab, monkeypatch, tmp_path, capsys
):
    monkeypatch.chdir(ROOT)
    assert without_jupyterlab(capsys) == '-e ".[jupyter]"'
    monkeypatch.chdir(tmp_path)
    assert without_jupyterlab(capsys) == f'-e "{ROOT}[jupyter]"'


def test_without_a_clone_the_way_to_install_it_needs_none(
    without_jupyterlab, monkeypatch, tmp_path, capsys
):
    monkeypatch.setattr("coursekit.__file__", str(tmp_path / "coursekit/__init__.py"))
    assert without_jupyterlab(capsys) == '"coursekit[jupyter]"'


def test_where_no_backend_is_there_either_one_comes_with_it(
    without_jupyterlab, monkeypatch, capsys
):
    monkeypatch.setattr("coursekit.device.BACKENDS", ("no_such_backend",))
    monkeypatch.chdir(ROOT)
    assert without_jupyterlab(capsys) == '-e ".[lab]"'


@pytest.mark.parametrize(
    ("missing", "wanted", "extra"),
    [
        ("tensorflow", None, "backend"),
        ("tensorflow", "tensorflow", "tensorflow"),
        ("jax", "jax", "jax"),
    ],
)
def test_a_missing_backend_is_installed_by_its_name_if_somebody_named_it(
    missing, wanted, extra, monkeypatch, capsys
):
    def colorize(*_):
        raise ModuleNotFoundError(f"No module named {missing!r}", name=missing)

    monkeypatch.setattr("coursekit.colorizer.load", colorize)
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    if wanted:
        monkeypatch.setenv("KERAS_BACKEND", wanted)
    monkeypatch.chdir(ROOT)
    assert cli.main(["quality", "scenes", "-o", os.devnull]) == 1
    assert f'pip install -e ".[{extra}]"' in capsys.readouterr().err
