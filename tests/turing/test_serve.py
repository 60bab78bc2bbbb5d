"""What the instructor sees of `coursekit turing serve`: results, and why it cannot start."""

import re
import socket
import sqlite3

import pytest

from coursekit import cli, turing

serving = pytest.importorskip("coursekit.turing.serve", reason="Voilà is not installed")


def text(page):
    return " ".join(re.sub("<style.*</style>|<[^>]+>", " ", page).split())


def take(experiment, store, choose):
    session = turing.Session.start(experiment, store)
    for trial in session.trials:
        session.vote(trial.number, choose(trial))


def fooled(trial):
    return trial.real


def right(trial):
    return {"left": "right", "right": "left"}[trial.real]


def test_before_the_first_vote_the_results_page_says_so(store):
    page = serving.results_page(store)
    assert "0 began, 0 finished, 0 votes" in text(page) and "No vote after practice yet" in page
    assert "<meta http-equiv='refresh' content='5'>" in page


def test_the_results_page_has_each_colorizers_rate_and_leaves_out_who_did_not_look(
    experiment, store
):
    take(experiment, store, right)
    take(
        experiment,
        store,
        lambda trial: fooled(trial) if trial.colorizer == "vivid" else right(trial),
    )
    take(
        experiment,
        store,
        lambda trial: fooled(trial) if trial.kind == "vigilance" else right(trial),
    )
    turing.Session.start(experiment, store)
    page = text(serving.results_page(store))
    assert "4 began, 3 finished, 36 votes" in page and "pairs with random colours: 1." in page
    assert re.search(r"vivid 50% \d+% to \d+% 8 2 dull 0% 0% to \d+% 8 2", page)


def test_the_name_of_a_colorizer_cannot_put_markup_into_the_page(
    photos, colorizers, tmp_path, store
):
    protocol = turing.Protocol(size=32, practice=0, trials=2, vigilance=0)
    take(
        turing.build(tmp_path / "pictures", photos, {"<script>": colorizers["dull"]}, protocol),
        store,
        fooled,
    )
    page = serving.results_page(store)
    assert "&lt;script&gt;" in page and "<script" not in page


def test_a_store_that_fails_is_said_on_the_page(store):
    with sqlite3.connect(store.path) as db:
        db.execute("DROP TABLE votes")
    assert "votes.sqlite" in text(serving.results_page(store))


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
    assert "votes of another experiment" in refusal(capsys, other.folder, "--store", store.path)


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
