"""The doctor says OK or the way out, and speaks even where the course cannot start."""

import os
import re
import shutil
import subprocess
import sys
from collections import namedtuple
from importlib.metadata import version

import pytest

from coursekit import datasets, files
from coursekit.tools import doctor


@pytest.fixture(scope="module")
def healthy(tmp_path_factory):
    """The report of a process of its own, where Keras and its backend really start, once."""
    answer = subprocess.run(
        [sys.executable, "-m", "coursekit", "doctor"],
        capture_output=True,
        text=True,
        env={**os.environ, "COURSEKIT_DATA": str(tmp_path_factory.mktemp("cache"))},
    )
    assert "Traceback" not in answer.stdout + answer.stderr
    return answer.returncode, answer.stdout


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Puts a module in the place of an installed one for the doctor's probe, a process."""

    def install(module, source):
        (tmp_path / f"{module}.py").write_text(source)
        path = [str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])]
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path))

    return install


def test_everything_needed_is_here(healthy):
    code, text = healthy
    assert code == 0 and "FAIL" not in text and text.endswith("Ready.\n")


LINES = ["Python", "Keras", "device", "Jupyter kernel", "cache", "disk", "data sets"]


@pytest.mark.parametrize("name", LINES)
def test_there_is_a_line_for(name, healthy):
    assert re.search(rf"^(OK  |note)  {name} ", healthy[1], re.MULTILINE)


def test_the_backend_is_named_with_its_version(healthy):
    assert re.search(rf"Keras +{re.escape(version('keras'))} on \w+ \d+\.\d+", healthy[1])


def test_an_unknown_backend_is_named_with_the_known_ones(installed, monkeypatch):
    installed("keras", 'raise ValueError("Unable to import backend : abacus")')
    monkeypatch.setenv("KERAS_BACKEND", "abacus")
    (finding,) = doctor.backend()
    assert finding.ok is False and "Unable to import backend" in finding.message
    assert "'abacus'" in finding.message and "tensorflow, jax or torch" in finding.message


def test_a_backend_that_cannot_be_imported_is_named_with_the_way_to_install_it(
    installed, monkeypatch
):
    installed("keras", "raise ModuleNotFoundError(\"No module named 'jax'\")")
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    (finding,) = doctor.backend()
    assert finding.ok is False and "No module named 'jax'" in finding.message
    assert "pip install jax" in finding.message


def test_keras_that_cannot_be_imported_is_named_with_the_way_to_install_it(installed, monkeypatch):
    installed("keras", "raise ModuleNotFoundError(\"No module named 'keras'\")")
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    (finding,) = doctor.backend()
    assert finding.ok is False and "No module named 'keras'" in finding.message
    # With --upgrade, pip would take another project of this name from its index.
    assert finding.message.endswith('pip install "coursekit[backend]"')


def test_a_backend_that_kills_the_process_does_not_kill_the_doctor(installed, capsys):
    installed("keras", "import os; os.abort()")
    assert doctor.report() == 1
    printed = capsys.readouterr().out
    assert "the process died" in printed
    assert re.search(r"(OK  |note)  disk", printed), "the other lines still come"


@pytest.mark.parametrize(("minor", "wrong"), [(9, "old"), (15, "new")])
def test_a_python_with_which_the_course_does_not_run_is_named(minor, wrong, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, minor, 1, "final", 0))
    (finding,) = doctor.python()
    assert finding.ok is False and f"3.{minor}.1 is too {wrong}" in finding.message
    assert "3.11 to 3.14" in finding.message


def test_a_cache_that_cannot_be_written_is_named_with_the_way_out(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("COURSEKIT_DATA", str(tmp_path / "file" / "cache"))
    (finding,) = doctor.cache()
    assert finding.ok is False and "COURSEKIT_DATA" in finding.message


@pytest.fixture
def read_only(cache):
    """A cache for reading only, as a class shares it; root could write into it all the same."""
    cache.mkdir()
    cache.chmod(0o555)
    yield cache
    cache.chmod(0o755)


@pytest.mark.skipif(os.name == "nt", reason="a folder's mode says nothing on Windows")
def test_of_an_empty_cache_for_reading_only_it_says_what_the_loader_says(read_only, tmp_path):
    (finding,) = doctor.cache()
    with pytest.raises(files.FolderError) as refused:
        datasets.prepare("flowers", tmp_path)
    assert finding.ok is False
    assert finding.message == str(refused.value).replace(f"{read_only / 'flowers'}", f"{read_only}")


@pytest.mark.skipif(os.name == "nt", reason="a folder's mode says nothing on Windows")
def test_a_prepared_cache_for_reading_only_is_good_for_the_course(read_only, monkeypatch):
    monkeypatch.setattr(datasets, "available", lambda name: name in ("scenes", "flowers"))
    (finding,) = doctor.cache()
    assert finding.ok is None and "for reading only" in finding.message


def test_a_full_disk_is_a_note_because_drawn_scenes_need_none(monkeypatch):
    usage = namedtuple("usage", "total used free")(10**10, 10**10, 3 * 10**8)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)
    (finding,) = doctor.disk()
    assert finding.ok is None and "0.3 GB" in finding.message


def test_without_photos_the_way_to_get_them_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSEKIT_DATA", str(tmp_path))
    (finding,) = doctor.data()
    assert finding.ok is None
    assert "coursekit data get flowers" in finding.message and "scenes" in finding.message


def test_photos_that_are_here_are_named(monkeypatch):
    monkeypatch.setattr(datasets, "available", lambda name: name in ("scenes", "pets"))
    (finding,) = doctor.data()
    assert finding.ok is True and "pets" in finding.message and "flowers" not in finding.message


def test_a_missing_kernel_is_named_with_the_way_to_install_it(monkeypatch):
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    def missing(self, name):
        raise NoSuchKernel(name)

    monkeypatch.setattr(KernelSpecManager, "get_kernel_spec", missing)
    (finding,) = doctor.kernel()
    assert finding.ok is False and "pip install" in finding.message


def test_a_gpu_is_named_with_its_memory(monkeypatch):
    answer = subprocess.CompletedProcess([], 0, "NVIDIA T4, 15360\n", "")
    monkeypatch.setattr(shutil, "which", lambda name: name)
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: answer)
    assert "NVIDIA T4, 15360 MiB" in doctor.graphics_memory()


def test_in_brief_it_says_only_what_is_not_as_it_should_be(monkeypatch, capsys):
    for name in ("python", "backend", "kernel", "cache", "data"):
        monkeypatch.setattr(doctor, name, lambda name=name: [doctor.Finding(name, True, "fine")])
    monkeypatch.setattr(doctor, "disk", lambda: [doctor.Finding("disk", None, "nearly full")])
    assert doctor.report(brief=True) == 0
    assert capsys.readouterr().out.split("\n") == [
        "note  disk            nearly full",
        "Ready.",
        "",
    ]


def test_a_check_that_breaks_is_reported_like_any_other(monkeypatch, capsys):
    def broken():
        raise RuntimeError("the disk is on fire")

    monkeypatch.setattr(doctor, "backend", broken)
    assert doctor.report() == 1
    assert "the disk is on fire" in capsys.readouterr().out
