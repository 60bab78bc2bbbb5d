"""Stores of several rooms become one study."""

import contextlib
import csv
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import warnings

import pytest

from coursekit import cli
from coursekit.turing import Session, Store, StoreError, Trial, simulate, statistics
from coursekit.turing.rooms import merge

TRIALS = [Trial(i, "test", f"photo {i}", "beta", "left") for i in range(1, 6)]


def begin(store, votes=5, experiment="experiment 1"):
    code = store.begin(experiment, TRIALS, 7)
    for trial in TRIALS[:votes]:
        store.vote(code, trial.number, "left", 1.5 + trial.number, 1.01)
    return code


def room(folder, name, people=2, **kwargs):
    """A closed store, and the codes in it."""
    folder.mkdir(exist_ok=True)
    store = Store(folder / f"{name}.sqlite")
    codes = [begin(store, **kwargs) for _ in range(people)]
    store.close()
    return store.path, codes


def copied(path, name):
    """The store, opened as a copy that goes on by itself."""
    copy = shutil.copy(path, path.with_name(f"{name}.sqlite"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Store(copy)


def joined(folder, *sources):
    sources = [each if isinstance(each, tuple) else (None, each) for each in sources]
    return merge(sources, folder / "study.sqlite")


def votes(path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a study is no copy
        with contextlib.closing(Store(path)) as store:
            return store.votes()


def rooms(path):
    return {vote["participant"]: vote["room"] for vote in votes(path)}


def plain(path):
    """Everything a study holds, but for what tells it from a copy."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        return [line for line in db.iterdump() if "'file'" not in line]


def test_each_vote_of_each_room_is_there_once_and_remembers_its_room(tmp_path):
    (aula, some), (lab, others) = room(tmp_path, "aula", 3), room(tmp_path, "lab", 2)
    merged = joined(tmp_path, aula, ("Room 5", lab))
    assert merged == ({"aula": 3, "Room 5": 2}, 25, 0)
    found = votes(tmp_path / "study.sqlite")
    expected = [{**vote, "room": "aula"} for vote in votes(aula)]
    assert found == expected + [{**vote, "room": "Room 5"} for vote in votes(lab)]
    assert rooms(tmp_path / "study.sqlite") == {
        **dict.fromkeys(some, "aula"),
        **dict.fromkeys(others, "Room 5"),
    }
    study = Store(tmp_path / "study.sqlite")
    assert study.participants() == Store(aula).participants() + Store(lab).participants()


def test_a_participant_goes_on_in_a_study(tmp_path, experiment):
    store = Store(tmp_path / "aula.sqlite")
    session = Session.start(experiment, store)
    session.vote(1, "left")
    joined(tmp_path, store.path)
    again = Session.resume(experiment, Store(tmp_path / "study.sqlite"), session.code)
    assert again.trials == session.trials and again.current.number == 2
    again.vote(2, "left")
    assert {vote["room"] for vote in again.store.votes()} == {"aula"}


def test_a_copy_and_what_went_on_in_it_count_each_vote_once_and_are_one_room(tmp_path):
    path, (done, stopped) = room(tmp_path, "monday", 2, votes=3)
    tuesday = copied(path, "tuesday")
    tuesday.vote(stopped, 4, "right", 2.0)
    late = begin(tuesday)
    for order in ((path, tuesday.path), (tuesday.path, path)):
        merged = joined(tmp_path, *order)
        assert merged == ({order[0].stem: 3}, 12, 6)
        found = votes(tmp_path / "study.sqlite")
        assert [vote["participant"] for vote in found] == [done] * 3 + [stopped] * 4 + [late] * 5
        assert found[6]["side"] == "right"


def test_stores_that_are_linked_by_a_third_are_one_room(tmp_path):
    first, _ = room(tmp_path, "first", 1)
    second, _ = room(tmp_path, "second", 1)
    both = tmp_path / "both.sqlite"
    merge([("aula", first), ("aula", second)], both)
    assert joined(tmp_path, first, second, both).rooms == {"aula": 2}


def test_joining_again_changes_nothing_and_neither_does_the_study_among_its_own_sources(tmp_path):
    (aula, _), (lab, _) = room(tmp_path, "aula"), room(tmp_path, "lab")
    study = tmp_path / "study.sqlite"
    joined(tmp_path, aula, ("Room 5", lab))
    once = plain(study)
    joined(tmp_path, aula, ("Room 5", lab))
    assert plain(study) == once
    for i, sources in enumerate(([study], [aula, lab, study], [aula, aula, study])):
        merge([(None, each) for each in sources], tmp_path / f"again {i}.sqlite")
        assert plain(tmp_path / f"again {i}.sqlite") == once


def test_a_contradiction_is_named_with_both_stores(tmp_path):
    path, (code,) = room(tmp_path, "monday", 1, votes=3)
    other = copied(path, "tuesday")
    other.vote(code, 4, "right", 2.0)
    Store(path).vote(code, 4, "left", None)
    with pytest.raises(
        StoreError,
        match=f"{code} has two different votes on pair 4: left in .*monday.sqlite, "
        "right after 2 s in .*tuesday.sqlite",
    ):
        joined(tmp_path, path, other.path)
    assert not (tmp_path / "study.sqlite").exists()


def test_one_code_with_two_plans_is_named(tmp_path):
    (aula, (code,)), (lab, _) = room(tmp_path, "aula", 1), room(tmp_path, "lab", 1)
    with contextlib.closing(sqlite3.connect(lab)) as db, db:
        db.execute("UPDATE participants SET code = ?, seed = 8", (code,))
    with pytest.raises(StoreError, match=f"{code} has other pairs in .*lab.* than in .*aula"):
        joined(tmp_path, aula, lab)


def test_experiments_that_differ_are_named(tmp_path):
    (aula, _), (lab, _) = room(tmp_path, "aula"), room(tmp_path, "lab")
    foreign, _ = room(tmp_path, "foreign", experiment="pictures of another test")
    with pytest.raises(
        StoreError,
        match="different: .*aula.sqlite and .*lab.sqlite of experime; .*foreign.sqlite of pictures",
    ):
        joined(tmp_path, aula, foreign, lab)


def test_a_room_in_which_nobody_began_is_no_hindrance_but_it_alone_is_no_study(tmp_path):
    (aula, _), (empty, _) = room(tmp_path, "aula"), room(tmp_path, "empty", 0)
    assert joined(tmp_path, empty, aula).rooms == {"aula": 2}
    with pytest.raises(StoreError, match="empty.sqlite: nobody has begun"):
        joined(tmp_path, empty)


def test_rooms_of_the_same_name_must_be_told_apart_or_made_one(tmp_path):
    one, _ = room(tmp_path / "a", "votes")
    other, _ = room(tmp_path / "b", "votes")
    with pytest.raises(StoreError, match="two rooms that are both called votes; say NAME="):
        joined(tmp_path, one, other)
    assert joined(tmp_path, one, ("lab", other)).rooms == {"votes": 2, "lab": 2}
    (tmp_path / "study.sqlite").unlink()
    assert joined(tmp_path, ("aula", one), ("aula", other)).rooms == {"aula": 4}


def test_one_room_cannot_have_two_names(tmp_path):
    path, _ = room(tmp_path, "monday")
    copy = copied(path, "tuesday")
    with pytest.raises(StoreError, match="share participants.*called aula and lab; give it one"):
        joined(tmp_path, ("aula", path), ("lab", copy.path))
    assert joined(tmp_path, path, ("lab", copy.path)).rooms == {"lab": 2}


def test_a_study_keeps_the_names_of_its_rooms(tmp_path):
    (aula, _), (lab, _) = room(tmp_path, "aula"), room(tmp_path, "lab")
    joined(tmp_path, ("Room 5", aula))
    study = (tmp_path / "study.sqlite").rename(tmp_path / "first.sqlite")
    with pytest.raises(StoreError, match="first.sqlite: a study.*leave out mine="):
        joined(tmp_path, ("mine", study), lab)
    assert joined(tmp_path, study, lab).rooms == {"Room 5": 2, "lab": 2}


def everything(folder):
    """What lies in a folder; -shm is memory that processes share, no file of its own."""
    return {
        path.name: (path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in folder.iterdir()
        if not path.name.endswith("-shm")
    }


KILLED = """
import os, sys
from coursekit.turing import Store, Trial

store = Store(sys.argv[1])
trials = [Trial(i, "test", f"photo {i}", "beta", "left") for i in range(1, 6)]
code = store.begin("experiment 1", trials, 7)
for trial in trials[:3]:
    store.vote(code, trial.number, "left", 1.0)
os._exit(0)
"""


def test_sources_stay_as_they_are_whether_they_are_closed_in_use_killed_or_copied_in_use(tmp_path):
    sources = tmp_path / "50% sure? #1"
    closed, _ = room(sources, "closed")
    running = Store(sources / "running.sqlite")
    begin(running)
    subprocess.run([sys.executable, "-c", KILLED, sources / "killed.sqlite"], check=True)
    subprocess.run([sys.executable, "-c", KILLED, sources / "moved.sqlite"], check=True)
    (sources / "moved.sqlite-shm").unlink()
    assert (sources / "running.sqlite-wal").stat().st_size  # else this would show little
    there, names = everything(sources), {path.name for path in sources.iterdir()}
    merged = joined(tmp_path, *sorted(sources.glob("*.sqlite")))
    assert merged == ({"closed": 2, "killed": 1, "moved": 1, "running": 1}, 21, 0)
    assert everything(sources) == there and {path.name for path in sources.iterdir()} == names
    begin(running)  # and whoever is there goes on
    study = (tmp_path / "study.sqlite").rename(tmp_path / "first.sqlite")
    assert joined(tmp_path, running.path, study).rooms["running"] == 2


WRITER = """
import sys
from coursekit.turing import Store, Trial

store = Store(sys.argv[1])
trials = [Trial(i, "test", f"photo {i}", "beta", "left") for i in range(1, 201)]
code = store.begin("experiment 1", trials, 7)
print(code, flush=True)
for trial in trials:
    store.vote(code, trial.number, "left", 1.0)
"""


def test_while_a_room_votes_each_study_holds_its_votes_up_to_some_moment(tmp_path):
    path, numbers = tmp_path / "aula.sqlite", [0]
    writer = subprocess.Popen([sys.executable, "-c", WRITER, path], stdout=subprocess.PIPE)
    assert writer.stdout.readline()
    while writer.poll() is None:
        joined(tmp_path, path)
        given = [vote["number"] for vote in votes(tmp_path / "study.sqlite")]
        assert given == list(range(1, len(given) + 1)) and len(given) >= numbers[-1]
        numbers.append(len(given))
    writer.communicate()
    assert joined(tmp_path, path).votes == 200


# The tables of version 1, in which neither rooms nor hidden pages were known.
FIRST = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE participants (
    id INTEGER PRIMARY KEY, code TEXT UNIQUE NOT NULL, seed INTEGER NOT NULL) STRICT;
CREATE TABLE trials (
    participant INTEGER NOT NULL REFERENCES participants, number INTEGER NOT NULL,
    kind TEXT NOT NULL, photo TEXT NOT NULL, colorizer TEXT NOT NULL,
    real TEXT NOT NULL CHECK (real IN ('left', 'right')), PRIMARY KEY (participant, number)) STRICT;
CREATE TABLE votes (
    participant INTEGER NOT NULL, number INTEGER NOT NULL,
    side TEXT NOT NULL CHECK (side IN ('left', 'right')), seconds REAL, exposure REAL,
    PRIMARY KEY (participant, number),
    FOREIGN KEY (participant, number) REFERENCES trials) STRICT;
PRAGMA application_id = 0x74757231;
PRAGMA user_version = 1;
INSERT INTO facts VALUES ('experiment', 'experiment 1');
INSERT INTO participants VALUES (1, 'BCDFGHJK', 7);
INSERT INTO trials VALUES (1, 1, 'test', 'photo 1', 'beta', 'left');
INSERT INTO trials VALUES (1, 2, 'test', 'photo 2', 'beta', 'right');
INSERT INTO votes VALUES (1, 1, 'left', 1.25, 1.003);
"""
OLD = {
    "participant": "BCDFGHJK",
    "number": 1,
    "kind": "test",
    "colorizer": "beta",
    "photo": "photo 1",
    "real": "left",
    "side": "left",
    "fooled": True,
    "seconds": 1.25,
    "exposure": 1.003,
    "hidden": None,
}


def old(path):
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.executescript(FIRST)
        db.execute("INSERT INTO facts VALUES ('file', ?)", (str(path.stat().st_ino),))
        db.commit()
    return path


def test_a_store_of_the_first_version_opens_and_goes_on(tmp_path):
    path = old(tmp_path / "old.sqlite")
    assert votes(path) == [OLD]
    Store(path).vote("BCDFGHJK", 2, "left", 1.0)
    assert [vote["fooled"] for vote in votes(path)] == [True, False]


def test_a_store_of_the_first_version_is_joined_and_stays_of_that_version(tmp_path):
    path = old(tmp_path / "old.sqlite")
    content = path.read_bytes()
    new, _ = room(tmp_path, "new", 1)
    joined(tmp_path, path, new)
    assert path.read_bytes() == content
    assert votes(tmp_path / "study.sqlite")[0] == {**OLD, "room": "old"}


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[: len(content) // 2],
        lambda content: content[:4096] + bytes(4096) + content[8192:],
        lambda content: b"\xff" * 200 + content[200:],
        lambda content: b"participant,number\n1,2\n",
    ],
    ids=["cut", "page", "header", "csv"],
)
def test_a_damaged_store_is_named_and_no_study_is_written(tmp_path, damage):
    (aula, _), (lab, _) = room(tmp_path, "aula"), room(tmp_path, "lab", 20)
    broken = damage(lab.read_bytes())
    lab.write_bytes(broken)
    with pytest.raises(StoreError, match="lab.sqlite: damaged"):
        joined(tmp_path, aula, lab)
    assert lab.read_bytes() == broken and not (tmp_path / "study.sqlite").exists()


def test_a_file_that_is_missing_foreign_or_newer_is_named(tmp_path):
    aula, _ = room(tmp_path, "aula")
    for name, script, why in [
        ("other", "CREATE TABLE photos (name)", "a database of another program"),
        ("newer", f"{FIRST} PRAGMA user_version = 99", "written by a newer coursekit"),
    ]:
        with contextlib.closing(sqlite3.connect(tmp_path / f"{name}.sqlite")) as db:
            db.executescript(script)
        with pytest.raises(StoreError, match=f"{name}.sqlite: {why}"):
            joined(tmp_path, aula, tmp_path / f"{name}.sqlite")
    with pytest.raises(StoreError, match="none.sqlite: no such file of votes"):
        joined(tmp_path, aula, tmp_path / "none.sqlite")
    assert not (tmp_path / "none.sqlite").exists()
    with pytest.raises(StoreError, match="no folder .*missing"):
        merge([(None, aula)], tmp_path / "missing" / "study.sqlite")


def test_a_study_that_is_there_is_replaced_only_if_no_vote_is_lost(tmp_path):
    (aula, _), (lab, _) = room(tmp_path, "aula", 1, votes=2), room(tmp_path, "lab")
    study = tmp_path / "study.sqlite"
    joined(tmp_path, aula)
    assert joined(tmp_path, aula, lab).rooms == {"aula": 1, "lab": 2}
    before = study.read_bytes()
    with pytest.raises(
        StoreError, match="study.sqlite: has more of participant .* than the stores"
    ):
        joined(tmp_path, aula)
    for sources in ((study, aula), (study,)):
        with pytest.raises(StoreError, match="study.sqlite: one of the stores"):
            joined(tmp_path, *sources)
    other, _ = room(tmp_path, "other", experiment="another")
    with pytest.raises(StoreError, match="holds the votes of another experiment"):
        joined(tmp_path, other)
    assert study.read_bytes() == before
    study.write_text("shopping list " * 100)
    with pytest.raises(StoreError, match="study.sqlite: damaged, or no file of votes"):
        joined(tmp_path, aula)
    assert study.read_text().startswith("shopping list")


def test_a_study_in_use_or_what_was_left_of_one_is_not_written_over(tmp_path):
    aula, _ = room(tmp_path, "aula")
    joined(tmp_path, aula)
    study = Store(tmp_path / "study.sqlite")
    study.participants()
    with pytest.raises(StoreError, match="study.sqlite: in use"):
        joined(tmp_path, aula)
    study.close()
    joined(tmp_path, aula)
    study.path.unlink()
    (tmp_path / "study.sqlite-wal").write_bytes(b"votes of before")
    with pytest.raises(StoreError, match="study.sqlite-wal was left behind"):
        joined(tmp_path, aula)


def test_a_study_that_cannot_be_written_whole_is_not_written_at_all(tmp_path, monkeypatch):
    (aula, _), (lab, _) = room(tmp_path, "aula"), room(tmp_path, "lab")
    joined(tmp_path, aula)
    there = everything(tmp_path)
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        joined(tmp_path, aula, lab)
    assert everything(tmp_path) == there


def test_the_command_joins_says_so_and_exports_the_room(tmp_path, capsys):
    (aula, _), (lab, _) = room(tmp_path, "aula", 3), room(tmp_path, "lab", 2)
    odd = shutil.move(lab, tmp_path / "a=b.sqlite")
    study, table = tmp_path / "study.sqlite", tmp_path / "votes.csv"
    arguments = ["turing", "merge", str(aula), str(odd), "-o", str(study)]
    assert cli.main(arguments) == 0
    said = capsys.readouterr().out
    assert (
        "aula: 3 participants\na=b: 2 participants\n25 votes of 5 participants in 2 rooms" in said
    )
    assert cli.main(["turing", "merge", f"Aula 1={aula}", str(aula), "-o", f"{study}2"]) == 0
    assert "Aula 1: 3" in (said := capsys.readouterr().out) and "15 stood in two stores" in said
    assert cli.main(["turing", "export", str(study), "-o", str(table)]) == 0
    with open(table, encoding="utf-8", newline="") as stream:
        assert [row["room"] for row in csv.DictReader(stream)] == ["aula"] * 15 + ["a=b"] * 10
    assert cli.main(["turing", "export", str(aula)]) == 0
    assert capsys.readouterr().out.splitlines()[-1].endswith(",")  # no room has a name there
    assert cli.main(["turing", "merge", str(tmp_path / "none"), "-o", f"{study}3"]) == 1
    assert "none: no such file of votes" in capsys.readouterr().err


def test_a_study_of_eight_simulated_rooms_has_an_interval_over_rooms(tmp_path, experiment):
    paths = []
    for i in range(8):
        store = Store(tmp_path / f"room {i}.sqlite")
        simulate.classroom(experiment, store, lambda trial: 0.3, 3, seed=i)
        store.close()
        paths.append(store.path)
    joined(tmp_path, *paths)
    for each in statistics.rates(votes(tmp_path / "study.sqlite")):
        assert (each.participants, each.rooms, each.caveat) == (24, 8, "")
