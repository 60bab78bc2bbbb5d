"""`coursekit data` as people type it."""

import argparse
import zipfile

import pytest
from coursekit.datasets.commands import add_parser

from coursekit import datasets


@pytest.fixture
def run(capsys):
    def command(line: str) -> tuple[int, str]:
        parser = argparse.ArgumentParser()
        add_parser(parser.add_subparsers())
        args = parser.parse_args(["data", *line.split()])
        status = args.run(args)
        captured = capsys.readouterr()
        return status, captured.out + captured.err

    return command


@pytest.fixture
def given(tmp_path, draw, encoded):
    path = tmp_path / "given.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for i in range(6):
            archive.writestr(f"alp/{i}.jpg", encoded(draw(i)))
    return path


def test_list_names_every_set_and_its_state(run, given):
    run(f"get synsets --from {given}")
    status, text = run("list")
    lines = {line.split()[0]: line for line in text.splitlines()}
    assert status == 0 and [*lines] == datasets.list()
    assert "built in" in lines["scenes"] and "229 MB to fetch" in lines["flowers"]
    assert "by hand" in lines["landscapes"] and " ready " in lines["synsets"]


def test_get_from_a_file_then_check_then_path(run, given):
    status, text = run(f"get synsets --from {given}")
    assert status == 0 and "synsets: ready" in text
    assert run("check") == (0, "synsets: OK\n")
    assert run("path synsets")[1].strip() == str(datasets.location() / "synsets")
    assert run("path")[1].strip() == str(datasets.location())


def test_check_finds_a_changed_photo_and_says_the_way_out(run, given):
    run(f"get synsets --from {given}")
    path = datasets.location() / "synsets" / "synsets.zip"
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    first, second, *_ = files
    files[first] = files[second]
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    status, text = run("check synsets")
    assert (
        status == 1
        and f"{first}: its SHA-256" in text
        and "coursekit data get synsets --from FILE" in text
    )


@pytest.mark.parametrize(
    "harm", [lambda d: d[: len(d) // 2], lambda d: d[:1000] + b"!" + d[1001:], lambda d: b""]
)
def test_check_finds_a_damaged_file(run, given, harm):
    run(f"get synsets --from {given}")
    path = datasets.location() / "synsets" / "synsets.zip"
    path.write_bytes(harm(path.read_bytes()))
    assert run("check")[0] == 1


def test_check_finds_photos_that_no_manifest_names(run, given):
    run(f"get synsets --from {given}")
    with zipfile.ZipFile(datasets.location() / "synsets" / "synsets.zip", "a") as archive:
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


def test_real_caches_are_sound(run, real, monkeypatch):
    monkeypatch.setenv("COURSEKIT_DATA", str(real("historic")))
    assert run("check historic photos") == (0, "historic: OK\nphotos: OK\n")
