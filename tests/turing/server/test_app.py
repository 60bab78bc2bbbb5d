"""What the addresses answer, asked without a browser."""

import itertools
import json
import re
import sqlite3

import pytest

from coursekit import turing
from coursekit.turing import server
from coursekit.turing.server import guard

from .conftest import Client


@pytest.fixture
def app(experiment, store):
    return server.application(experiment, store)


@pytest.fixture
def client(app):
    return Client(app)


class Taker:
    """A participant's page."""

    def __init__(self, client, code=None):
        self.client = client
        answer = client.post(
            "/api/resume" if code else "/api/begin", {"code": code} if code else {}
        )
        self.step = answer.json()
        self.headers = {"X-Code": self.step["code"]}

    def send(self, **changes):
        message = {name: self.step.get(name) for name in ("number", "ticket")} | {"side": "left"}
        return self.client.post("/api/vote", message | changes, headers=self.headers)

    def vote(self, **changes):
        answer = self.send(**changes)
        assert answer.status_code == 200, answer.text
        self.step = answer.json()["next"]
        return answer.json()

    def pictures(self):
        return [self.picture(name) for name in self.step["pictures"]]

    def picture(self, name):
        return self.client.get(f"/picture/{name}", headers=self.headers)


@pytest.fixture
def taker(client):
    return Taker(client)


def test_one_begins_sees_votes_and_is_thanked(client, store, taker):
    assert (taker.step["number"], taker.step["total"]) == (1, 12)
    while "pictures" in taker.step:
        assert len(store.votes()) == taker.step["number"] - 1  # on the disk before the next pair
        taker.vote(side="right", reaction=1500.5, exposure=1001.0, hidden=False)
    assert "Thank you!" in taker.step["thanks"]
    votes = store.votes()
    assert [vote["side"] for vote in votes] == ["right"] * 12
    assert {(vote["seconds"], vote["exposure"], vote["hidden"]) for vote in votes} == {
        (1.5005, 1.001, False)
    }


def test_practice_is_answered_and_the_test_is_not(taker, experiment, store):
    real = [
        trial.real for trial in turing.Session.resume(experiment, store, taker.step["code"]).trials
    ]
    told = [taker.vote(side="left")["feedback"] for _ in range(12)]
    assert told[2:] == [None] * 10
    for number, feedback in enumerate(told[:2], start=1):
        fake = {"left": "right", "right": "left"}[real[number - 1]]
        assert (feedback["number"], feedback["fake"]) == (number, fake)
        assert feedback["text"].startswith("Correct" if fake == "left" else "Not so")


def test_neither_names_nor_sizes_nor_headers_of_pictures_tell_which_is_real(client, experiment):
    sent, names = [], []
    for _ in range(3):
        taker = Taker(client)
        while "pictures" in taker.step:
            left, right = taker.pictures()
            names += taker.step["pictures"]
            assert left.content != right.content and left.headers == right.headers
            sent += [(left, right)]
            if len(names) % 24 > 4:  # the page itself says that practice is practice
                said = json.dumps(taker.step)
                hidden = {*experiment.photos, *experiment.colorizers, "real", "vigilance", "random"}
                assert not [word for word in hidden if word in said]
            taker.vote()
    assert len({*names}) == len(names) == 72  # another name for every participant and pair
    assert {len(name) for name in names} == {20}
    assert all(len(left.content) == len(right.content) for left, right in sent)


def test_a_picture_is_given_to_its_participant_while_the_pair_is_there(client, taker):
    name = taker.step["pictures"][0]
    other = Taker(client)
    assert other.picture(name).status_code == 404
    assert client.get(f"/picture/{name}").status_code == 404
    assert taker.picture(name).headers["content-type"] == "image/png"
    taker.vote()
    assert taker.picture(name).status_code == 404


def refused(answer, status, sentence):
    assert answer.status_code == status and re.search(sentence, answer.json()["error"]), answer.text


def test_votes_never_shown_repeated_late_or_out_of_order_are_refused_with_a_sentence(taker, store):
    first = dict(taker.step)
    for changes in (
        {"number": 2},
        {"number": 0},
        {"number": 99},
        {"ticket": "made up"},
        {"ticket": None},
        {"ticket": "\ud800"},
    ):
        refused(taker.send(**changes), 409, r"Pair \d+ was not shown under this code; load")
    taker.vote(side="right")
    late = {"number": 1, "ticket": first["ticket"]}
    refused(
        taker.send(**late), 409, "Pair 1 has its vote already, and the first one counts; pair 2"
    )
    refused(taker.send(number=3), 409, "Pair 3 was not shown")
    refused(taker.send(number="2"), 409, "say its number")
    refused(taker.send(side="top"), 409, "say 'left' or 'right'")
    refused(taker.send(side=["left"]), 409, "say 'left' or 'right'")
    assert [vote["side"] for vote in store.votes()] == ["right"]
    while "pictures" in taker.step:
        taker.vote()
    refused(taker.send(**late), 409, "Pair 1 has its vote already.*all pairs are done")


def test_a_foreign_code_or_another_ones_ticket_is_refused(client, taker, store):
    other = Taker(client)
    refused(taker.send(ticket=other.step["ticket"]), 409, "was not shown under this code")
    for headers in ({"X-Code": "BCDFGHJK"}, {}):
        answer = client.post("/api/vote", {"number": 1}, headers=headers)
        refused(answer, 404, "Nobody here has the code")
    refused(client.post("/api/resume", {"code": "\ud800"}), 404, "Nobody here")
    refused(client.post("/api/resume", {}), 404, "Nobody here")
    refused(client.get("/api/pair"), 404, "Nobody here")
    assert store.votes() == []


def test_times_that_make_no_sense_are_not_stored(taker, store):
    for reaction in ("fast", -3.0, None, True, [1]):
        taker.vote(reaction=reaction, exposure=reaction, hidden="yes")
    assert {(each["seconds"], each["exposure"], each["hidden"]) for each in store.votes()} == {
        (None, None, None)
    }


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{}", "text/plain", 415),
        (b"code=X", "application/x-www-form-urlencoded", 415),
        (b"{", "application/json", 400),
        (b"[1]", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"[" * 4000, "application/json", 400),
        (b" " * 5000, "application/json", 413),
    ],
)
def test_what_is_no_message_of_the_page_is_refused(client, store, content, kind, status):
    answer = client.post("/api/begin", content=content, headers={"Content-Type": kind})
    assert answer.status_code == status and answer.json()["error"]
    assert store.participants() == []


def test_with_the_code_however_typed_one_goes_on_in_another_process(experiment, store, taker):
    taker.vote()
    code = taker.step["code"]
    fresh = Client(server.application(experiment, turing.Store(store.path)))
    again = Taker(fresh, f" {code[:4]}-{code[4:].lower()}")
    assert again.step == taker.step
    assert [each.content for each in again.pictures()] == [
        each.content for each in taker.pictures()
    ]
    again.vote()
    assert [vote["number"] for vote in store.votes()] == [1, 2]


def test_a_class_behind_one_address_begins_at_once_and_a_flood_is_slowed(client, store):
    codes = {Taker(client).step["code"] for _ in range(320)}
    assert len(codes) == 320


def test_too_much_is_refused_with_when_to_try_again(experiment, store):
    few = guard.Limit(burst=3, rate=0.001)
    app = server.application(experiment, store, begin=few, strange=few, person=few)
    client = Client(app)
    takers = [Taker(client) for _ in range(3)]
    refusals = [client.post("/api/begin", {})]
    strange = [client.post("/api/resume", {"code": f"NOBODY{at}"}).status_code for at in range(4)]
    assert strange == [404, 404, 404, 429]
    for _ in range(3):
        takers[0].vote()
    refusals.append(takers[0].send())
    for refusal in refusals:
        refused(refusal, 429, "Too many requests")
        assert int(refusal.headers["retry-after"]) > 0
    takers[1].vote()  # others go on
    assert len(store.votes()) == 4


def test_every_answer_has_a_policy_that_lets_nothing_in_from_elsewhere(client, taker):
    for path in ("/", "/static/take.js", "/api/pair", "/nowhere", f"/picture/{'x' * 20}"):
        answer = client.get(path)
        policy = dict(
            part.strip().split(" ", 1)
            for part in answer.headers["content-security-policy"].split(";")
        )
        assert policy["default-src"] == policy["frame-ancestors"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in answer.headers and answer.headers["cache-control"] == "no-store"


def test_pages_name_no_other_host_and_hold_no_script_or_style_of_their_own(client, app):
    for path in ("/", "/static/take.js", "/static/pair.js", "/static/take.css", "/static/pair.css"):
        text = client.get(path).text.replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|//[a-z]+\.[a-z]", text), path
    page = client.get("/").text
    assert not re.search(r"<style|style=|onclick|<script(?![^>]* src=)", page) and "{{" not in page


def test_the_page_shows_the_pair_of_the_notebooks_widget(client):
    from coursekit.turing import widget

    assert client.get("/static/pair.js").text == widget.Pair._esm
    assert client.get("/static/pair.css").text == widget.Pair._css


def test_neither_pictures_nor_votes_nor_other_files_have_an_address(client, experiment, store):
    picture = next((experiment.folder / "pictures").iterdir())
    for path in (
        "/pictures/experiment.json",
        f"/picture/{picture.name}",
        f"/static/..%2f..%2f..%2f{store.path}",
        "/static/../app.py",
        "/static/desk.py",
        "/static/take.html",
        "/console",
        "/console/",
        "/console/guess/",
        "/console/guess/live",
        "/console/guess/votes.csv",
        f"/{store.path.name}",
    ):
        assert client.get(path).status_code == 404, path


def test_a_store_that_fails_is_said_without_its_path_and_the_test_goes_on(taker, store, capsys):
    taker.vote()
    with sqlite3.connect(store.path) as db:
        db.execute("ALTER TABLE votes RENAME TO lost")
    refused(taker.send(), 503, "^The test cannot go on just now; tell your teacher$")
    assert "votes.sqlite" in capsys.readouterr().err
    with sqlite3.connect(store.path) as db:
        db.execute("ALTER TABLE lost RENAME TO votes")
    taker.vote()
    assert len(store.votes()) == 2


def test_votes_of_another_test_are_not_mixed_in(experiment, store, photos, colorizers, tmp_path):
    turing.Session.start(experiment, store)
    other = turing.build(
        tmp_path / "other", photos, {"dull": colorizers["dull"]}, experiment.protocol
    )
    with pytest.raises(turing.StoreError, match="votes of another experiment"):
        server.application(other, store)


def test_a_meter_fills_again_with_time_and_forgets_who_has_been_away():
    clock = itertools.count()  # a second at each look
    meter = guard.Meter(guard.Limit(2, 0.5), lambda: next(clock))
    for _ in range(3):  # 2 left, 1.5, 1
        meter.take("one")
    with pytest.raises(guard.Refusal) as refusal:
        for _ in range(3):
            meter.take("one")
    assert refusal.value.headers == {"Retry-After": "1"}
    meter.take("one")
    meter.KEPT = 1
    for _ in range(10):
        next(clock)
    meter.take("other")
    assert [*meter._buckets] == ["other"]
