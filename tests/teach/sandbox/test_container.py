"""The container's command line, on a client that writes down what it is asked."""

import json
import os
import re
import stat
import sys
from pathlib import Path

import pytest

container = pytest.importorskip("coursekit.teach.sandbox.container")
judge = pytest.importorskip("coursekit.teach.judge")
sandbox = pytest.importorskip("coursekit.teach.sandbox")

ROOT = Path(__file__).parents[3]
# A client that keeps its arguments, and runs the agent in the place of a container.
CLIENT = """#!{python}
import json, os, sys
with open({log!r}, "a") as log:
    log.write(json.dumps(sys.argv[1:]) + chr(10))
if sys.argv[1] == "image" and not os.path.exists({built!r}):
    sys.exit(1)
if sys.argv[1] == "build":
    open({built!r}, "w")
if sys.argv[1] == "run":
    for at, word in enumerate(sys.argv):
        if word == "--env":
            name, _, value = sys.argv[at + 1].partition("=")
            os.environ[name] = value.replace("/home/student", {home!r})
    os.environ["PYTHONPATH"] = {path!r}
    os.chdir({home!r})
    os.execv(sys.executable, [sys.executable, "-m", "coursekit.teach.inside.agent"])
"""


@pytest.fixture
def client(tmp_path, monkeypatch):
    """Docker, as far as anybody can tell; what it was asked so far."""
    if os.name != "posix":
        pytest.skip("a script that can be started needs POSIX")
    log, home = tmp_path / "log", tmp_path / "home"
    home.mkdir()
    script = tmp_path / "docker"
    script.write_text(
        CLIENT.format(
            python=sys.executable,
            log=str(log),
            built=str(tmp_path / "built"),
            home=str(home),
            path=os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]),
        )
    )
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path))
    for cached in (container.program, container.missing, container.image):
        cached.cache_clear()
    yield lambda: [json.loads(line) for line in log.read_text().splitlines()]
    for cached in (container.program, container.missing, container.image):
        cached.cache_clear()


def test_the_image_is_built_once(client, capsys):
    assert container.missing() is None
    container.missing.cache_clear()
    assert container.missing() is None
    asked = client()
    (built,) = [words for words in asked if words[0] == "build"]
    assert built == [
        *("build", "--file", str(ROOT / "Containerfile.grading")),
        *("--tag", container.image(), str(ROOT)),
    ]
    assert "building the image" in capsys.readouterr().out


def test_a_container_gets_no_network_no_rights_and_no_folder_of_the_host(client, tmp_path):
    box = container.Container(tmp_path, [], sandbox.Limits(60, 3e9))
    watch = sandbox.Watch(box, box.limits)
    try:
        submission = judge.Submission(*box.start(), watch)
        assert submission._receive() == {"answer": False}
        answer = submission.ask("cell", source="6 * 7")
        assert answer["outputs"][0]["data"]["text/plain"] == "42"
    finally:
        box.close()
    run, kill = (next(words for words in client() if words[0] == what) for what in ("run", "kill"))
    options = {word for word in run if word.startswith("--")}
    assert {
        *("--network=none", "--read-only", "--cap-drop=ALL", "--memory=3000000000"),
        *("--security-opt=no-new-privileges", "--user=1000:1000", "--rm"),
    } <= options
    assert not [
        word for word in options if re.match(r"--(volume|mount|privileged|device)|-v", word)
    ]
    assert run[-1] == container.image() and kill[1] in run[1]


def test_the_image_has_the_kernel_and_nothing_else_of_the_instructors():
    text = (ROOT / "Containerfile.grading").read_text(encoding="utf-8")
    # What the first stage had is not in the image; the last one gets a wheel, which has no teach.
    first, last = re.split(r"(?m)^FROM .*", text)[1:]
    assert "pip wheel" in first
    version = re.search(r"(?m)^FROM python:([\d.]+)-slim$", text)[1]
    packages = f"/usr/local/lib/python{version}/site-packages/coursekit/teach/inside"
    assert re.findall(r"(?m)^COPY (.*)", last) == [
        "--from=build /wheels /wheels",
        f"coursekit/teach/inside {packages}",
    ]
