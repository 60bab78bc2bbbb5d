"""What a notebook must not do is refused in words, before the box refuses it."""

import subprocess
import sys

import pytest

PREAMBLE = """
import os, sys
from coursekit.teach.inside.fence import fence
os.chdir({own!r})
sys.addaudithook(fence({own!r}, [{hidden!r}]))
"""


@pytest.fixture
def fenced(tmp_path):
    own, hidden, outside = tmp_path / "own", tmp_path / "hidden", tmp_path / "outside"
    for folder in (own, hidden, outside):
        folder.mkdir()
        (folder / "file").write_text("before")
    link = outside / "link"

    def run(code):
        preamble = PREAMBLE.format(own=str(own), hidden=str(hidden))
        names = f"own, hidden, outside = {str(own)!r}, {str(hidden)!r}, {str(outside)!r}\n"
        answer = subprocess.run(
            [sys.executable, "-c", preamble + names + code], capture_output=True, text=True
        )
        return answer.stderr.strip().splitlines()[-1] if answer.returncode else "allowed"

    yield run
    assert (outside / "file").read_text() == "before" and not link.exists()


@pytest.mark.parametrize(
    "code",
    [
        "open('mine', 'w').write('x')",
        "open(own + '/mine', 'w').write('x'); os.remove('mine')",
        "import tempfile; tempfile.tempdir = own; tempfile.TemporaryDirectory().cleanup()",
        "os.makedirs('a/b/c'); import shutil; shutil.rmtree('a'); shutil.copy('file', 'copy')",
        "open(outside + '/file').read(); import decimal",
        "open(os.devnull, 'w').write('x')",
        "import asyncio; asyncio.run(asyncio.sleep(0))",
        "import sqlite3; sqlite3.connect(':memory:')",
    ],
)
def test_allowed(fenced, code):
    assert fenced(code) == "allowed"


@pytest.mark.parametrize(
    "code",
    [
        "open(outside + '/file', 'w')",
        "open(outside + '/new', 'x')",
        "open('../outside/file', 'a')",
        "os.open(outside + '/file', os.O_RDWR)",
        "os.remove(outside + '/file')",
        "os.rename(outside + '/file', own + '/file')",
        "os.rename(own + '/file', outside + '/link')",
        "os.mkdir(outside + '/link')",
        "import shutil; shutil.rmtree(outside)",
        "os.symlink(outside + '/file', 'link'); open('link', 'w')",
        "os.chmod(outside + '/file', 0)",
        "import pathlib; pathlib.Path(outside, 'file').write_text('x')",
        "import sqlite3; sqlite3.connect(outside + '/link')",
    ],
)
def test_no_change_outside_its_own_folder(fenced, code):
    assert "own folder" in fenced(code)


@pytest.mark.parametrize(
    "code", ["open(hidden + '/file').read()", "os.chdir(hidden); open('file')"]
)
def test_no_look_at_what_is_hidden(fenced, code):
    assert "not for notebooks to read" in fenced(code)


@pytest.mark.parametrize(
    "code",
    [
        "import socket; socket.create_connection(('192.0.2.1', 80), 1)",
        "import socket; socket.getaddrinfo('example.org', 80)",
        "import urllib.request; urllib.request.urlopen('http://192.0.2.1/')",
        "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 9))",
    ],
)
def test_no_network(fenced, code):
    assert "no network" in fenced(code)


@pytest.mark.parametrize(
    "code",
    [
        "os.system('true')",
        "import subprocess; subprocess.run(['true'])",
        pytest.param(
            "os.fork()",
            marks=pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="no fork here"),
        ),
    ],
)
def test_no_other_program(fenced, code):
    assert "starts no other program" in fenced(code)


def test_an_answer_cannot_take_the_fence_down(fenced):
    assert "own folder" in fenced(
        "os.path.realpath = lambda path: own; os.fsdecode = lambda path: own\n"
        "open(outside + '/file', 'w')"
    )
