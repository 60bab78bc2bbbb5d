"""`coursekit data` as people type it."""

import argparse
import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from coursekit import datasets
from coursekit.datasets import registry
from coursekit.lesson.commands import data


@pytest.fixture(autouse=True)
def _own_cache(cache):
    """Every test here has a cache of its own."""


@pytest.fixture
def run(capsys):
    def command(line: str) -> tuple[int, str]:
        parser = argparse.ArgumentParser()
        data.arguments(parser)
        args = parser.parse_args(line.split())
        status = args.run(args)
        captured = capsys.readouterr()
        return status, captured.out + captured.err

    return command


@pytest.fixture
def given(tmp_path, monkeypatch):
    """A zip of six photos, and a registered set that one gets by hand."""
    card = registry.Card(
        name="made_up",
        title="Made up",
        what="",
        photos="",
        licence="yours",
        bad_at="",
        fetch="by hand",
        home="",
        steps="Draw it.",
        pattern=registry.FOLDER,
    )
    monkeypatch.setitem(registry.CARDS, "made_up", card)
    with zipfile.ZipFile(tmp_path / "given.zip", "w") as archive:
        for seed in range(6):
            rgb = np.random.default_rng(seed).integers(0, 256, (3, 4, 3), dtype=np.uint8)
            photo = io.BytesIO()
            Image.fromarray(rgb).resize((400, 300)).save(photo, "JPEG")
            archive.writestr(f"alp/{seed}.jpg", photo.getvalue())
    return tmp_path / "given.zip"


def test_list_names_every_set_and_its_state(run, given):
    run(f"get made_up --from {given}")
    status, text = run("list")
    lines = {line.split()[0]: line for line in text.splitlines()}
    assert status == 0 and [*lines] == datasets.list()
    assert "built in" in lines["scenes"] and "229 MB to fetch" in lines["flowers"]
    assert "by hand" in lines["landscapes"] and " ready " in lines["made_up"]


def test_get_from_a_file_then_check_then_path(run, given):
    status, text = run(f"get made_up --from {given}")
    assert status == 0 and "made_up: ready" in text
    assert run("check") == (0, "made_up: OK\n")
    assert run("path made_up")[1].strip() == str(datasets.location() / "made_up")
    assert run("path")[1].strip() == str(datasets.location())


def test_the_size_in_the_cache_can_be_chosen(run, given):
    assert run(f"get made_up --from {given} --size 200")[0] == 0
    with zipfile.ZipFile(datasets.location() / "made_up" / "made_up.zip") as archive:
        sizes = {Image.open(archive.open(name)).size for name in archive.namelist()}
    assert sizes == {(267, 200)}


def test_a_cache_that_cannot_be_written_is_said(run, given, monkeypatch):
    monkeypatch.setenv("COURSEKIT_DATA", str(given / "cache"))
    status, text = run(f"get made_up --from {given}")
    assert status == 1 and "cannot be written" in text and "COURSEKIT_DATA" in text


def test_check_finds_a_changed_photo_and_says_the_way_out(run, given):
    run(f"get made_up --from {given}")
    path = datasets.location() / "made_up" / "made_up.zip"
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    first, second, *_ = files
    files[first] = files[second]
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    status, text = run("check made_up")
    assert (
        status == 1
        and f"{first}: its SHA-256" in text
        and "coursekit data get made_up --from PATH" in text
    )


@pytest.mark.parametrize(
    "harm", [lambda d: d[: len(d) // 2], lambda d: d[:1000] + b"!" + d[1001:], lambda d: b""]
)
def test_check_finds_a_damaged_file(run, given, harm):
    run(f"get made_up --from {given}")
    path = datasets.location() / "made_up" / "made_up.zip"
    path.write_bytes(harm(path.read_bytes()))
    assert run("check")[0] == 1


def test_check_finds_photos_that_no_manifest_names(run, given):
    run(f"get made_up --from {given}")
    with zipfile.ZipFile(datasets.location() / "made_up" / "made_up.zip", "a") as archive:
        archive.writestr("train/alp/smuggled.jpg", b"x")
    status, text = run("check")
    assert status == 1 and "1 files that the manifest does not name" in text


def test_what_is_not_there_is_said(run):
    status, text = run("check flowers")
    assert status == 1 and "not in the cache; run `coursekit data get flowers --again`" in text
    assert run("check") == (
        0,
        "nothing in the cache yet; `coursekit data list` shows what there is\n",
    )
    status, text = run("get landscapes")
    assert status == 1 and "Log in at Kaggle" in text
    status, text = run("get flowrs")
    assert status == 1 and "did you mean 'flowers'" in text
    assert run("get scenes") == (0, "scenes: ready, it needs no file\n")
    assert run("check scenes") == (0, "scenes: OK, built in\n")


def test_a_real_cache_is_sound(run, real, monkeypatch):
    monkeypatch.setenv("COURSEKIT_DATA", str(real("historic")))
    assert run("check historic") == (0, "historic: OK\n")
