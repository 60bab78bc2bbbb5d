import csv
import io
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import warnings
from collections import Counter

import pytest

from coursekit import cli
from coursekit.turing import Store, StoreError, Trial, VoteError

TRIALS = [
    Trial(i, "test", f"photo {i}", "beta", "left" if i % 2 else "right") for i in range(1, 41)
]


def begin(store, **kwargs):
    return store.begin("experiment 1", TRIALS, 5, **kwargs)


def opened(path):
    """A store, where a warning counts as an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return Store(path)


def test_a_vote_is_in_the_file_for_whoever_opens_it_next(store):
    code = begin(store)
    store.vote(code, 1, "left", 1.25, 1.003)
    store.vote(code, 2, "left", None)
    first, second = opened(store.path).votes()
    assert first == {
        "participant": code,
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
    assert (second["fooled"], second["seconds"]) == (False, None)
    assert store.participants() == [{"participant": code, "voted": 2, "total": 40, "seed": 5}]


def test_a_participant_is_a_random_code_and_the_file_knows_nothing_else_about_a_person(store):
    codes = {begin(store) for _ in range(50)}
    assert len(codes) == 50 and all(re.fullmatch("[A-Z2-9]{8}", code) for code in codes)
    with sqlite3.connect(store.path) as db:
        tables = [
            name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        columns = {
            name for table in tables for _, name, *_ in db.execute(f"PRAGMA table_info({table})")
        }
    assert columns == {
        "name",
        "value",
        "id",
        "code",
        "seed",
        "participant",
        "number",
        "kind",
        "photo",
        "colorizer",
        "real",
        "side",
        "seconds",
        "exposure",
        "hidden",
        "room",  # of a study of several rooms: no name of a person either
    }


def test_the_file_is_in_wal_mode_and_every_commit_reaches_the_disk(tmp_path, monkeypatch):
    made, connect = [], sqlite3.connect
    monkeypatch.setattr(
        sqlite3, "connect", lambda *a, **k: made.append(connect(*a, **k)) or made[-1]
    )
    Store(tmp_path / "votes.sqlite")
    for db in made:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert db.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
    assert made


def test_a_second_vote_on_a_pair_is_refused_and_the_first_one_stays(store):
    code = begin(store)
    store.vote(code, 1, "left", 1.0)
    with pytest.raises(
        VoteError, match="pair 1 has its vote already, and the first one counts; pair 2 is next"
    ):
        store.vote(code, 1, "right", 2.0)
    assert [(vote["side"], vote["seconds"]) for vote in store.votes()] == [("left", 1.0)]


@pytest.mark.parametrize("number", [0, -1, 2, 41])
def test_a_vote_on_a_pair_that_was_not_shown_is_refused(store, number):
    code = begin(store)
    with pytest.raises(VoteError, match=f"pair {number} was not shown; pair 1 is next"):
        store.vote(code, number, "left", 1.0)
    assert store.votes() == []


def test_votes_of_somebody_unknown_are_refused(store):
    with pytest.raises(VoteError, match="nobody here has the code 'XXXX'"):
        store.vote("XXXX", 1, "left", 1.0)
    with pytest.raises(VoteError, match="nobody here has the code 'XXXX'; look for a typing error"):
        store.resume("experiment 1", "XXXX")


def test_a_code_is_found_however_it_is_typed(store):
    code = begin(store)
    for typed in (code.lower(), f" {code[:4]}-{code[4:]} ", f"{code[:2]} {code[2:]}"):
        assert store.resume("experiment 1", typed) == (code, TRIALS)


def test_votes_of_two_experiments_do_not_mix(store):
    code = begin(store)
    for act in (
        lambda: store.begin("experiment 2", TRIALS, 0),
        lambda: store.resume("experiment 2", code),
    ):
        with pytest.raises(StoreError, match="votes.sqlite: holds the votes of another experiment"):
            act()
    assert len(store.participants()) == 1


WRITER = """
import sys, threading
from coursekit.turing import Store, Trial, VoteError

trials = [Trial(i, "test", f"photo {i}", "beta", "left") for i in range(1, 11)]
store = Store(sys.argv[1])

def take():
    code = store.begin("experiment 1", trials, 0)
    for trial in trials:
        store.vote(code, trial.number, "left", 1.0)
        try:  # a double click
            store.vote(code, trial.number, "right", 1.1)
            print("doubled")
        except VoteError:
            pass

threads = [threading.Thread(target=take) for _ in range(10)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""


def test_thirty_writers_at_once_in_three_processes_lose_and_double_nothing(tmp_path):
    path = tmp_path / "votes.sqlite"  # which they all make, too
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        for _ in range(3)
    ]
    assert [writer.communicate(timeout=300)[0] for writer in writers] == [b""] * 3
    votes = opened(path).votes()
    assert (
        Counter((vote["participant"], vote["number"]) for vote in votes).most_common(1)[0][1] == 1
    )
    assert len(votes) == 300 and {vote["side"] for vote in votes} == {"left"}
    assert len(opened(path).participants()) == 30


def test_threads_that_write_at_once_wait_for_the_disk_together(store, monkeypatch):
    codes, commits = [begin(store) for _ in range(20)], []
    store.close()
    connect = sqlite3.connect

    def watched(*args, **kwargs):
        db = connect(*args, **kwargs)
        db.set_trace_callback(lambda said: commits.append(said) if said == "COMMIT" else None)
        return db

    monkeypatch.setattr(sqlite3, "connect", watched)
    barrier = threading.Barrier(20)

    def vote(code):
        barrier.wait()
        for trial in TRIALS:
            store.vote(code, trial.number, "left", 1.0)
            with pytest.raises(VoteError, match="has its vote already"):  # spoils nobody's vote
                store.vote(code, trial.number, "right", 1.0)

    threads = [threading.Thread(target=vote, args=(code,)) for code in codes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [vote["side"] for vote in store.votes()] == ["left"] * 800
    assert 0 < len(commits) < 800


KILLED = """
import sys
from coursekit.turing import Store, Trial

store = Store(sys.argv[1])
trials = [Trial(i, "test", f"photo {i}", "beta", "left") for i in range(1, 100_000)]
code = store.begin("experiment 1", trials, 0)
print(code, flush=True)
for trial in trials:
    store.vote(code, trial.number, "left", 1.0)
    print(trial.number, flush=True)
"""


def test_killed_in_the_middle_every_vote_given_is_there_and_the_test_goes_on(tmp_path):
    path = tmp_path / "votes.sqlite"
    writer = subprocess.Popen(
        [sys.executable, "-c", KILLED, path], stdout=subprocess.PIPE, text=True
    )
    code = writer.stdout.readline().strip()
    for line in writer.stdout:
        if int(line) == 25:
            break
    writer.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
    said = 25 + len(writer.communicate(timeout=300)[0].splitlines())
    store = opened(path)
    assert store.voted(code) in (said, said + 1)  # the last one may not have been reported
    assert [vote["number"] for vote in store.votes()] == list(range(1, store.voted(code) + 1))
    store.vote(code, store.voted(code) + 1, "right", 1.0)


def test_votes_given_on_paper_go_in_at_once(store):
    code = begin(store, sides=["left"] * 40)
    assert store.voted(code) == 40 and {vote["seconds"] for vote in store.votes()} == {None}
    with pytest.raises(VoteError, match="pair 41 was not shown; all pairs are done"):
        store.vote(code, 41, "left", 1.0)


def test_a_participant_who_cannot_be_stored_whole_is_not_stored_at_all(store):
    with pytest.raises(StoreError, match="votes.sqlite: damaged, or no file of votes"):
        begin(store, sides=["left"] * 39 + ["top"])
    assert store.participants() == []


def test_a_copy_is_noticed_until_it_becomes_a_store_of_its_own(store):
    code = begin(store)
    store.vote(code, 1, "left", 1.0)
    store.close()
    copy = shutil.copy(store.path, store.path.with_name("copy.sqlite"))
    store.vote(code, 2, "left", 1.0)
    for _ in range(2):
        with pytest.warns(
            UserWarning, match="copy.sqlite: a copy; votes that went to the original later"
        ):
            read = Store(copy)
        assert len(read.votes()) == 1
    read.vote(code, 2, "right", 1.0)
    assert len(opened(copy).votes()) == 2


def test_a_renamed_file_is_no_copy(store):
    begin(store)
    store.close()
    assert (
        len(opened(store.path.rename(store.path.with_name("renamed.sqlite"))).participants()) == 1
    )


def filled(path):
    store = Store(path)
    for _ in range(20):
        begin(store, sides=["left"] * 40)
    store.close()
    return path.read_bytes()


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[: len(content) // 2],
        lambda content: content[:4096] + bytes(4096) + content[8192:],
        lambda content: b"\xff" * 200 + content[200:],
        lambda content: b"participant,number\n1,2\n",
        lambda content: content[:-3000] + os.urandom(3000),
    ],
    ids=["cut", "page", "header", "csv", "tail"],
)
def test_a_damaged_file_is_named_and_left_as_it_is(tmp_path, damage):
    path = tmp_path / "votes.sqlite"
    broken = damage(filled(path))
    path.write_bytes(broken)
    with pytest.raises(StoreError, match="votes.sqlite: damaged.*sound copy"):
        Store(path)
    assert path.read_bytes() == broken


def test_a_database_of_another_program_is_left_alone(tmp_path):
    path = tmp_path / "other.sqlite"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE photos (name)")
    with pytest.raises(
        StoreError, match="other.sqlite: a database of another program; choose another file"
    ):
        Store(path)


def test_a_store_of_a_newer_version_asks_for_an_update(store):
    with sqlite3.connect(store.path) as db:
        db.execute("PRAGMA user_version = 4")
    with pytest.raises(
        StoreError, match=r"newer coursekit \(schema 4, this one knows 3\); update coursekit"
    ):
        Store(store.path)


def test_a_store_of_the_schema_before_is_brought_to_this_one(store):
    code = begin(store)
    store.vote(code, 1, "left", 1.0)
    store.close()
    with sqlite3.connect(store.path) as db:
        db.executescript(
            "ALTER TABLE votes DROP COLUMN hidden; ALTER TABLE participants DROP COLUMN room; "
            "PRAGMA user_version = 1"
        )
    older = opened(store.path)
    older.vote(code, 2, "left", 1.0, hidden=True)
    assert [vote["hidden"] for vote in opened(store.path).votes()] == [None, True]


def test_a_tally_counts_what_the_votes_say(store):
    for fooled in (3, 0):
        begin(store, sides=[trial.real for trial in TRIALS[:fooled]] + ["left"] * (40 - fooled))
    begin(store)
    counted = Counter((vote["participant"], vote["fooled"]) for vote in store.votes())
    tally = store.tally()
    assert [(each.kind, each.colorizer, each.trials) for each in tally] == [
        ("test", "beta", 40)
    ] * 2
    assert {each.participant: each.fooled for each in tally} == {
        code: counted[code, True] for code, _ in counted
    }


def test_a_fact_is_the_same_for_all_who_have_the_file_open(store):
    assert store.fact("status") is None and store.note("status", "paused") == "paused"
    other = opened(store.path)
    assert other.note("status", "open", replace=False) == "paused"
    assert other.note("status", "closed") == store.fact("status") == "closed"


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(StoreError, match="no folder .*missing; make it first"):
        Store(tmp_path / "missing" / "votes.sqlite")
    with pytest.raises(StoreError, match="unable to open.*local disk where you may write"):
        Store(tmp_path)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_writes_through_a_connection_of_its_own(store):
    code = begin(store)
    child = os.fork()
    if not child:
        store.vote(code, 1, "left", 1.0)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    store.vote(code, 2, "left", 1.0)
    assert len(opened(store.path).votes()) == 2


def test_the_export_holds_what_votes_holds(store, tmp_path, capsys):
    code = begin(store)
    store.vote(code, 1, "left", 1.25, 1.003, hidden=True)
    store.vote(code, 2, "left", None)
    assert cli.main(["turing", "export", str(store.path), "-o", str(tmp_path / "votes.csv")]) == 0
    assert "2 votes of 1 participants in" in capsys.readouterr().out
    rows = list(csv.DictReader(io.StringIO((tmp_path / "votes.csv").read_text(encoding="utf-8"))))
    expected = [
        {name: int(value) if isinstance(value, bool) else value for name, value in vote.items()}
        for vote in store.votes()
    ]
    assert rows == [
        {name: "" if value is None else str(value) for name, value in vote.items()} | {"room": ""}
        for vote in expected
    ]


def test_the_export_goes_to_the_screen_and_a_missing_file_is_not_made(store, tmp_path, capsys):
    begin(store)
    assert cli.main(["turing", "export", str(store.path)]) == 0
    assert capsys.readouterr().out.startswith(
        "participant,number,kind,colorizer,photo,real,side,fooled,seconds"
    )
    assert cli.main(["turing", "export", str(tmp_path / "none.sqlite")]) == 1
    assert "none.sqlite: no such file of votes" in capsys.readouterr().err
    assert not (tmp_path / "none.sqlite").exists()


@pytest.fixture
def pages(monkeypatch):
    """Limits the pages of every database that is opened next; what was opened, to lift that."""
    made, connect = [], sqlite3.connect

    def limited(*args, **kwargs):
        db = connect(*args, **kwargs)
        (there,) = db.execute("PRAGMA page_count").fetchone()
        db.execute(f"PRAGMA max_page_count = {max(there, 1)}")
        made.append(db)
        return db

    monkeypatch.setattr(sqlite3, "connect", limited)
    return made


def test_on_a_full_disk_the_cause_is_told_and_what_was_stored_stays(store, pages):
    code = begin(store)
    store.vote(code, 1, "left", 1.0)
    store.close()
    before = store.votes()
    full = "votes.sqlite: database or disk is full; make room on the disk.*stored before stays"
    with pytest.raises(StoreError, match=full):
        for _ in range(100):
            begin(store)
    began = len(store.participants())
    assert store.votes() == before
    pages[-1].execute("PRAGMA max_page_count = 100000")  # somebody makes room
    begin(store)
    store.vote(code, 2, "right", 1.0)
    assert len(store.votes()) == 2 and len(opened(store.path).participants()) == began + 1


def test_where_no_file_may_grow_the_cause_is_told_and_the_votes_go_on_later(store, full_disk):
    code = begin(store)
    store.vote(code, 1, "left", 1.0)
    store.close()
    store.votes()
    with full_disk(64), pytest.raises(StoreError, match="votes.sqlite: .*stored before stays"):
        store.vote(code, 2, "left", 1.0)
    assert len(store.votes()) == 1
    store.vote(code, 2, "left", 1.0)
    assert len(opened(store.path).votes()) == 2


def test_a_store_that_finds_no_room_leaves_nothing_half_made(tmp_path, pages):
    with pytest.raises(StoreError, match="disk is full; make room"):
        Store(tmp_path / "votes.sqlite")
    assert not (tmp_path / "votes.sqlite").exists()


def test_votes_in_a_folder_for_reading_only_are_read_and_none_is_taken(read_only):
    folder, context = read_only
    store = Store(folder / "votes.sqlite")
    code = begin(store)
    store.vote(code, 1, "left", 1.0)
    store.close()
    before = (folder / "votes.sqlite").read_bytes()
    with context():
        there = opened(store.path)
        assert len(there.votes()) == 1
        with pytest.raises(StoreError, match="readonly database; .*where you may write.*stays"):
            there.vote(code, 2, "left", 1.0)
        assert len(there.votes()) == 1
        there.close()
        with pytest.raises(StoreError, match="another.sqlite: cannot be made.*may write"):
            Store(folder / "another.sqlite")
    assert store.path.read_bytes() == before


def test_votes_that_are_still_beside_the_file_are_not_passed_over(read_only):
    folder, context = read_only
    store = Store(folder / "votes.sqlite")
    store.vote(begin(store), 1, "left", 1.0)
    with context(), pytest.raises(StoreError, match="votes are still in votes.sqlite-wal; copy"):
        Store(store.path)
    store.close()
