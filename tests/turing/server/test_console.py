"""The teacher's addresses, asked without a browser."""

import csv
import io
from xml.etree import ElementTree

import pytest

from coursekit import turing
from coursekit.turing import server, simulate, statistics
from coursekit.turing.server.console import live

from .conftest import Client


@pytest.fixture
def client(experiment, store):
    return Client(server.application(experiment, store))


@pytest.fixture
def console(client, store):
    return f"/console/{store.fact('console')}/"


def right(trial):
    return {"left": "right", "right": "left"}[trial.real]


def take(experiment, store, choose):
    session = turing.Session.start(experiment, store)
    for trial in session.trials:
        session.vote(trial.number, choose(trial))


def test_before_the_first_vote_there_is_nothing_to_draw(client, console):
    said = client.get(f"{console}live").json()
    assert (said["progress"], said["votes"], said["rates"]) == ([], 0, [])
    assert said["status"] == "open" and said["url"] is None
    assert "<h1>" in client.get(console).text


def test_the_rates_are_those_of_the_statistics_with_intervals_that_count_people(experiment, store):
    chances = {"dull": 0.3, "vivid": 0.6, "random": 0.2}
    simulate.classroom(experiment, store, lambda trial: chances[trial.colorizer], 12, spread=1.0)
    said = live(store)
    kept, left_out = statistics.vigilant(store.votes())
    assert 0 < said["left_out"] == len(left_out) < 12
    assert said["votes"] == 12 * 12 and said["progress"] == [12] * 12 and said["total"] == 12
    expected = statistics.rates(kept)
    assert {each["name"] for each in said["rates"]} == {"dull", "vivid"}
    for found in said["rates"]:
        (other,) = [each for each in expected if each.name == found["name"]]
        for name, value in found.items():
            assert value == pytest.approx(getattr(other, name)) if name != "name" else True


def test_the_page_never_learns_codes_which_others_could_go_on_with(
    client, console, experiment, store
):
    take(experiment, store, right)
    (person,) = store.participants()
    assert person["participant"] not in client.get(f"{console}live").text


def test_pause_stops_new_pairs_but_takes_the_vote_on_the_one_that_is_shown(client, console, store):
    step = client.post("/api/begin", {}).json()
    headers = {"X-Code": step["code"]}
    answer = client.post(f"{console}status", {"status": "paused"})
    assert answer.json()["status"] == store.fact("status") == "paused"
    vote = {"number": 1, "ticket": step["ticket"], "side": "left"}
    following = client.post("/api/vote", vote, headers=headers).json()["next"]
    assert "paused" in following and "pictures" not in following and len(store.votes()) == 1
    assert "paused" in client.get("/api/pair", headers=headers).json()
    client.post(f"{console}status", {"status": "open"})
    assert client.get("/api/pair", headers=headers).json()["number"] == 2


def test_closed_nobody_begins_or_votes_and_all_are_thanked(client, console, store):
    step = client.post("/api/begin", {}).json()
    headers = {"X-Code": step["code"]}
    client.post(f"{console}status", {"status": "closed"})
    vote = {"number": 1, "ticket": step["ticket"], "side": "left"}
    refusal = client.post("/api/vote", vote, headers=headers)
    assert refusal.status_code == 409 and "came too late" in refusal.json()["error"]
    assert client.post("/api/begin", {}).status_code == 409
    assert "thanks" in client.get("/api/pair", headers=headers).json()
    assert store.votes() == []


def test_what_is_no_status_changes_nothing(client, console, store):
    for message in ({"status": "over"}, {"status": ["open"]}, {}):
        answer = client.post(f"{console}status", message)
        assert answer.status_code == 400 and "open, paused, closed" in answer.json()["error"]
    assert store.fact("status") is None


def test_the_export_is_that_of_the_store(client, console, experiment, store):
    take(experiment, store, right)
    answer = client.get(f"{console}votes.csv")
    assert 'filename="votes.csv"' in answer.headers["content-disposition"]
    stream = io.StringIO(newline="")
    store.export(stream)
    assert answer.content.decode() == stream.getvalue()
    assert len([*csv.DictReader(io.StringIO(answer.text))]) == 12


def test_the_qr_code_is_a_picture_of_the_address(client, console):
    segno = pytest.importorskip("segno")
    address = "http://192.168.1.20:8866/"
    answer = client.get(f"{console}qr.svg", params={"of": address})
    assert answer.headers["content-type"].startswith("image/svg+xml")
    size = int(ElementTree.fromstring(answer.content).attrib["width"])
    code = segno.make(address, error="m", micro=False)
    assert size == 8 * (len(code.matrix) + 2 * 4)  # a quiet zone of four modules, as it must have
    for wrong in ("", "x" * 301):
        assert client.get(f"{console}qr.svg", params={"of": wrong}).status_code == 400


def test_the_console_has_the_same_address_in_every_process_and_after_a_restart(
    experiment, store, console
):
    again = Client(server.application(experiment, turing.Store(store.path), "http://room/"))
    assert again.get(f"{console}live").json()["url"] == "http://room/"
