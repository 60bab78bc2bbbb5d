"""The doctor says OK or the way out, and speaks even where the course cannot start."""

import os
import re
import shutil
import subprocess
import sys
from collections import namedtuple

import pytest

from coursekit import datasets
from coursekit.tools import doctor


def report(**environment):
    """The report of a fresh process, and its exit code."""
    answer = subprocess.run(
        [sys.executable, "-m", "coursekit", "doctor"],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )
    assert "Traceback" not in answer.stdout + answer.stderr
    return answer.returncode, answer.stdout


@pytest.fixture(scope="module")
def healthy():
    return report()


def test_everything_needed_is_here(healthy):
    code, text = healthy
    assert code == 0 and "FAIL" not in text and text.endswith("Ready.\n")


LINES = ["Python", "Keras", "device", "Jupyter kernel", "cache", "disk", "data sets"]


@pytest.mark.parametrize("name", LINES)
def test_there_is_a_line_for(name, healthy):
    assert re.search(rf"^(OK  |note)  {name} ", healthy[1], re.MULTILINE)


def test_the_backend_is_named_with_its_version(healthy):
    import keras

    assert re.search(rf"Keras +{keras.__version__} on \w+ \d+\.\d+", healthy[1])


def test_an_unknown_backend_is_named_with_the_known_ones():
    code, text = report(KERAS_BACKEND="abacus")
    assert code == 1
    assert (
        re.search(r"FAIL +Keras", text)
        and "'abacus'" in text
        and "tensorflow, jax or torch" in text
    )


def test_a_backend_that_cannot_be_imported_is_named_with_the_way_to_install_it(tmp_path):
    (tmp_path / "jax.py").write_text("raise ModuleNotFoundError(\"No module named 'jax'\")")
    code, text = report(KERAS_BACKEND="jax", PYTHONPATH=str(tmp_path))
    assert code == 1 and "No module named 'jax'" in text and "pip install jax" in text
    assert re.search(r"OK +disk", text), "the other lines still come"


def test_keras_that_cannot_be_imported_is_named_with_the_way_to_install_it(tmp_path):
    (tmp_path / "keras.py").write_text("raise ModuleNotFoundError(\"No module named 'keras'\")")
    code, text = report(PYTHONPATH=str(tmp_path), KERAS_BACKEND="tensorflow")
    assert code == 1 and "No module named 'keras'" in text and "pip install --upgrade keras" in text


def test_a_backend_that_kills_the_process_does_not_kill_the_doctor(tmp_path):
    (tmp_path / "keras.py").write_text("import os; os.abort()")
    code, text = report(PYTHONPATH=str(tmp_path))
    assert code == 1 and "the process died" in text


def test_an_old_python_is_too_old(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 9, 1, "final", 0))
    (finding,) = doctor.python()
    assert finding.ok is False and "3.9.1" in finding.message and "3.11" in finding.message


def test_a_cache_that_cannot_be_written_is_named_with_the_way_out(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("COURSEKIT_DATA", str(tmp_path / "file" / "cache"))
    (finding,) = doctor.cache()
    assert finding.ok is False and "COURSEKIT_DATA" in finding.message


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


def test_a_graphics_card_is_named_with_its_memory(tmp_path, monkeypatch):
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
