"""What the container file and the guide's configuration for a Hub name is really there."""

import ast
import json
import re
import shlex
import tomllib
from pathlib import Path, PurePosixPath
from types import SimpleNamespace

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from coursekit import cli

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
GUIDE = (ROOT / "notebooks/assignments/README.md").read_text(encoding="utf-8")
COURSE = (ROOT / "docs/guides/instructors.md").read_text(encoding="utf-8")


def instructions():
    """The lines of the container file: (instruction, what follows)."""
    text = (ROOT / "Containerfile").read_text(encoding="utf-8")
    text = re.sub(r"(?m)^#.*\n", "", text).replace("\\\n", "")
    return [tuple(line.split(maxsplit=1)) for line in text.splitlines() if line.strip()]


def of(name):
    return [rest for instruction, rest in instructions() if instruction == name]


@pytest.fixture
def served(monkeypatch):
    """What `coursekit turing serve` is asked to serve, by the command line's own parser."""
    running = pytest.importorskip("coursekit.turing.server")

    def ask(command):
        asked = []
        with monkeypatch.context() as patched:
            patched.setattr(running, "serve", lambda *args: asked.append(args))
            assert command[:3] == ["coursekit", "turing", "serve"] and cli.main(command[1:]) == 0
        ((experiment, store, address, port, workers, url),) = asked
        return SimpleNamespace(
            experiment=experiment,
            store=PurePosixPath(store),
            address=address,
            port=port,
            workers=workers,
            url=url,
        )

    return ask


def test_the_image_has_a_python_that_the_package_wants_and_all_that_it_is_built_from():
    (base,) = of("FROM")
    version = re.fullmatch(r"python:([\d.]+)-slim", base)[1]
    assert f"{version}.0" in SpecifierSet(PROJECT["requires-python"])
    copied = [name for line in of("COPY") for name in line.split()[:-1]]
    assert [name for name in copied if not (ROOT / name).exists()] == []
    licences = {name for name in PROJECT["license-files"] if not name.startswith("coursekit/")}
    assert {"pyproject.toml", PROJECT["readme"], *licences, "coursekit"} <= set(copied)


def test_it_installs_the_extra_that_serves_and_the_script_that_it_starts():
    (extra,) = re.findall(r'pip install .*"\.\[(\w+)]"', " ".join(of("RUN")))
    wanted = {Requirement(each).name for each in PROJECT["optional-dependencies"][extra]}
    assert {"starlette", "uvicorn"} <= wanted
    (start,) = map(json.loads, of("ENTRYPOINT"))
    assert start[0] in PROJECT["scripts"]


def test_it_serves_to_everybody_with_several_workers_and_one_store_on_a_volume(served):
    (start,) = map(json.loads, of("ENTRYPOINT"))
    asked = served(start)
    assert asked.address == "0.0.0.0" and asked.workers > 1
    assert of("EXPOSE") == [str(asked.port)]
    assert of("VOLUME") == [str(asked.store.parent)]


def test_its_first_lines_mount_what_it_reads_and_give_options_that_it_takes(served):
    text = (ROOT / "Containerfile").read_text(encoding="utf-8")
    line = re.search(r"podman run (.*?)\n#\n", text, re.S)[1].replace("\\\n#", "")
    given, options = line.split(" turing ")
    (start,) = map(json.loads, of("ENTRYPOINT"))
    asked = served([*start, *shlex.split(options)])
    assert asked.url.endswith(f":{asked.port}/") and f"-p {asked.port}:{asked.port}" in given
    mounted = re.findall(r"-v \S+?:(/\w+)(?::ro)?", given)
    assert mounted == [asked.experiment, str(asked.store.parent)]


def test_the_configuration_of_the_hub_starts_the_app_on_the_port_of_the_proxy(served):
    started, shared = re.findall(r"```python\nc\.ServerProxy\.servers = (.*?)\n```", GUIDE, re.S)
    (name, server), *others = ast.literal_eval(started).items()
    assert not others and {"command", "timeout", "launcher_entry"} == set(server)
    # jupyter-server-proxy fills in {port}, {base_url} and {unix_socket}, by str.format.
    fields = {"port": 54321, "base_url": "/user/ada/", "unix_socket": ""}
    asked = served([part.format(**fields) for part in server["command"]])
    assert asked.port == 54321 and asked.address == "127.0.0.1"
    assert asked.url.endswith(f"/hub/user-redirect/{name}/") and asked.url in GUIDE
    (by_hand,) = re.findall(r"(?m)^    (coursekit turing serve .* --url .*)$", GUIDE)
    alone = served(shlex.split(by_hand))
    assert ast.literal_eval(shared)[name]["port"] == alone.port
    assert (alone.store, alone.url) == (asked.store, asked.url) and alone.workers > 1


def test_the_commands_of_both_guides_are_understood(served, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    known = []
    monkeypatch.setattr(
        "coursekit.turing.rooms.merge",
        lambda sources, study: known.append(study) or SimpleNamespace(rooms={}, votes=0, again=0),
    )
    lines = re.findall(r"(?m)^ {4,}(coursekit turing .*)$", COURSE + GUIDE)
    for line in lines:
        command = shlex.split(line)
        if command[2] == "serve":
            known.append(served(command).experiment)
        elif command[2] == "merge":
            assert cli.main(command[1:]) == 0
        else:  # no such store here, which is not what argparse would say
            assert cli.main(command[1:]) == 1
    there, guide = ["experiment", "study.sqlite"], ["/srv/turing/experiment"]
    assert known == 2 * there + guide and len(lines) == 6
