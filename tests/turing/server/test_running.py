"""`coursekit turing serve`: bad connections, a server that dies, why it cannot start."""

import asyncio
import contextlib
import socket
import sys
from pathlib import Path

import psutil
import pytest

from coursekit import cli, turing

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
import class_of_300  # noqa: E402


def test_a_class_loses_and_doubles_no_vote_though_connections_drop_and_the_server_is_killed(
    experiment, tmp_path, serving
):
    served = serving(experiment, tmp_path / "votes.sqlite")
    total, voted, kills = 40 * experiment.protocol.total, 0, 0

    async def take():
        at = asyncio.Event()

        def one_more():
            nonlocal voted
            voted += 1
            if voted == total * (kills + 1) // 4:
                at.set()

        async def killer():
            nonlocal kills
            while kills < 3:
                await at.wait()
                at.clear()
                served.kill()
                kills += 1
                await asyncio.to_thread(served.start)

        killing = asyncio.create_task(killer())
        crowd = class_of_300.crowd(served.port, 40, 5, 10, thinks=False, voted=one_more)
        await asyncio.gather(*(person.take() for person in crowd))
        await killing
        return crowd

    everybody = asyncio.run(take())
    assert kills == 3 and not class_of_300.lost(served.store, everybody)
    assert len(served.store.votes()) == total
    statuses = sum((person.statuses for person in everybody), everybody[0].statuses.__class__())
    assert {*statuses} <= {200, 201, 409}  # nobody met a limit


def test_several_workers_share_one_store_and_one_that_dies_is_replaced(
    experiment, tmp_path, serving
):
    served = serving(experiment, tmp_path / "votes.sqlite", "--workers", "2")
    workers = []

    async def take():
        def one_more():
            if sum(len(person.given) for person in crowd) == 60:
                for each in psutil.Process(served.process.pid).children():
                    if "resource_tracker" not in " ".join(each.cmdline()):
                        workers.append(each)
                workers[0].kill()

        crowd = class_of_300.crowd(served.port, 20, 0, 4, thinks=False, voted=one_more)
        await asyncio.gather(*(person.take() for person in crowd))
        return crowd

    everybody = asyncio.run(take())
    assert len(workers) == 2 and not class_of_300.lost(served.store, everybody)
    assert len(served.store.votes()) == 20 * experiment.protocol.total
    served.kill()  # and nobody goes on behind its back
    psutil.wait_procs(workers, timeout=60)
    with contextlib.suppress(psutil.NoSuchProcess):
        assert not workers[1].is_running()


def test_started_on_all_addresses_it_hands_out_one_that_others_can_reach(
    experiment, tmp_path, serving
):
    served = serving(experiment, tmp_path / "votes.sqlite", "--address", "0.0.0.0")
    host = served.address.split("/")[2].rpartition(":")[0]
    assert host not in ("0.0.0.0", "127.0.0.1", "localhost")
    assert served.console.startswith(f"http://127.0.0.1:{served.port}/console/")


def test_a_name_that_a_proxy_has_is_handed_out_instead(experiment, tmp_path, serving):
    served = serving(experiment, tmp_path / "votes.sqlite", "--url", "https://hub.example/turing")
    assert served.address == "https://hub.example/turing/"


def refusal(capsys, *arguments):
    assert cli.main(["turing", "serve", *map(str, arguments)]) == 1
    said = capsys.readouterr()
    assert "Traceback" not in said.err and said.out == ""
    return said.err


def test_a_folder_without_pictures_is_named(tmp_path, capsys):
    said = refusal(capsys, tmp_path / "nowhere", "--store", tmp_path / "votes.sqlite")
    assert "nowhere" in said and "coursekit.turing.build" in said
    assert not (tmp_path / "votes.sqlite").exists()


def test_votes_of_another_test_are_not_mixed_in(
    experiment, photos, colorizers, store, tmp_path, capsys
):
    turing.Session.start(experiment, store)
    other = turing.build(
        tmp_path / "other", photos, {"dull": colorizers["dull"]}, experiment.protocol
    )
    said = refusal(capsys, other.folder, "--store", store.path, "--port", 0)
    assert "votes of another experiment" in said


def test_a_file_that_holds_no_votes_is_named(experiment, tmp_path, capsys):
    (tmp_path / "notes.txt").write_text("shopping list " * 100)
    assert "notes.txt" in refusal(capsys, experiment.folder, "--store", tmp_path / "notes.txt")


def test_a_taken_port_is_named_with_the_way_out(experiment, store, capsys):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        said = refusal(capsys, experiment.folder, "--store", store.path, "--port", port)
    assert str(port) in said and "--port" in said


def test_an_address_of_another_computer_is_named(experiment, store, capsys):
    said = refusal(capsys, experiment.folder, "--store", store.path, "--address", "192.0.2.1")
    assert "192.0.2.1" in said and "--address" in said


@pytest.mark.parametrize("address, port", [("no such host", 8866), ("127.0.0.1", 99999)])
def test_an_address_or_port_that_cannot_be_is_said(address, port, experiment, store, capsys):
    said = refusal(
        capsys, experiment.folder, "--store", store.path, "--address", address, "--port", port
    )
    assert str(address) in said and str(port) in said


def test_where_the_server_is_not_installed_its_extra_is_named(experiment, monkeypatch, capsys):
    for name in [name for name in sys.modules if name.startswith("coursekit.turing.server")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    said = refusal(capsys, experiment.folder, "--address", "192.0.2.1")
    assert 'pip install -e ".[serve]"' in said
