import importlib
import json
import subprocess
import sys
import time

import numpy as np
import pytest

from coursekit import experiments


@pytest.fixture
def file(tmp_path):
    return tmp_path / "runs" / "study.jsonl"


@pytest.fixture
def calls():
    return []


@pytest.fixture
def train(calls):
    def train(model, seed):
        calls.append((model, seed))
        return {"loss": np.float32(model / 3 + seed), "history": np.arange(2) / 7}

    return train


RUNS = experiments.grid(model=[1, 2], seed=[0, 1, 2])


def test_a_grid_is_every_combination():
    assert experiments.grid(model=[1, 2], seed=[5]) == [
        {"model": 1, "seed": 5},
        {"model": 2, "seed": 5},
    ]


def test_every_run_is_one_line_of_json(file, train):
    experiments.run(RUNS, train, file)
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line["settings"] for line in lines] == RUNS


def test_what_has_a_line_is_not_run_again_and_its_result_is_equal_to_the_last_digit(
    file, train, calls
):
    first = experiments.run(RUNS, train, file)
    assert len(calls) == 6
    assert experiments.run(RUNS, train, file) == first
    assert experiments.read(file) == first
    assert len(calls) == 6
    assert (
        first[3]["model"] == 2
        and first[3]["loss"] == pytest.approx(2 / 3)
        and first[3]["seconds"] >= 0
    )


def test_adding_a_run_runs_that_one_and_results_keep_the_order_asked_for(file, train, calls):
    experiments.run(RUNS, train, file)
    results = experiments.run([{"model": 9, "seed": 0}, *reversed(RUNS)], train, file)
    assert calls[6:] == [(9, 0)]
    assert [each["model"] for each in results] == [9, 2, 2, 2, 1, 1, 1]


def test_a_run_is_recognised_whatever_the_order_of_its_settings(file, train, calls):
    experiments.run([{"model": 1, "seed": 0}], train, file)
    experiments.run([{"seed": 0, "model": 1}], train, file)
    assert len(calls) == 1
    assert experiments.key({"model": 1}) != experiments.key({"model": 2})


def test_settings_asked_for_twice_are_run_once(file, train, calls):
    results = experiments.run(iter([RUNS[0], RUNS[0]]), train, file)
    assert len(calls) == 1 and results[0] == results[1]


def test_a_run_that_fails_leaves_no_line_and_the_ones_before_it_stay(file, train, calls):
    def breaks(model, seed):
        if (model, seed) == (2, 0):
            raise KeyboardInterrupt
        return train(model, seed)

    with pytest.raises(KeyboardInterrupt):
        experiments.run(RUNS, breaks, file)
    assert [each["seed"] for each in experiments.read(file)] == [0, 1, 2]


@pytest.mark.parametrize("kept", [1, 40, -1])
def test_a_half_written_last_line_is_noticed_and_only_that_run_is_repeated(
    file, train, calls, kept
):
    first = experiments.run(RUNS, train, file)
    *whole, last = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(whole) + last[:kept])
    assert len(experiments.read(file)) == 5
    with pytest.warns(UserWarning, match="study.jsonl.*half written"):
        again = experiments.run(RUNS, train, file)
    assert calls[6:] == [(2, 2)]
    assert [each["loss"] for each in again] == [each["loss"] for each in first]


WORKER = """
import sys
from coursekit import experiments

def slow(worker, number):
    return {"text": str(worker) * 5000}

worker, count = int(sys.argv[1]), int(sys.argv[2])
experiments.run(experiments.grid(worker=[worker], number=list(range(count))), slow, sys.argv[3])
"""


def start_worker(tmp_path, worker, count, file):
    script = tmp_path / "worker.py"
    script.write_text(WORKER)
    return subprocess.Popen(
        [sys.executable, script, str(worker), str(count), file], stdout=subprocess.DEVNULL
    )


def test_two_processes_that_append_at_once_do_not_disturb_each_other(tmp_path, file):
    processes = [start_worker(tmp_path, worker, 40, file) for worker in (1, 2)]
    assert [process.wait(60) for process in processes] == [0, 0]
    results = experiments.read(file)
    assert sorted((each["worker"], each["number"]) for each in results) == [
        (w, n) for w in (1, 2) for n in range(40)
    ]
    assert all(each["text"] == str(each["worker"]) * 5000 for each in results)


def test_a_killed_process_is_continued(tmp_path, file):
    process = start_worker(tmp_path, 1, 100_000, file)
    begin = time.monotonic()
    while not file.exists() or file.read_bytes().count(b"\n") < 5:
        assert time.monotonic() - begin < 30
        time.sleep(0.01)
    process.kill()
    process.wait()
    done = len(experiments.read(file))
    assert done >= 5
    assert start_worker(tmp_path, 1, done + 3, file).wait(60) == 0
    assert [each["number"] for each in experiments.read(file)] == list(range(done + 3))


def test_another_process_finding_half_a_line_of_a_killed_one_cuts_it_off(file):
    def interrupted(number):
        with file.open("ab") as stream:
            stream.write(b'{"key": "left by another pro')
        return {"loss": 0.5}

    with pytest.warns(UserWarning, match="half written"):
        experiments.run([{"number": 1}], interrupted, file)
    assert experiments.read(file)[0]["loss"] == 0.5


def test_a_run_is_repeated_where_the_code_has_changed(tmp_path, file):
    def results_of(body, number=1):
        path = tmp_path / f"lesson{number}.py"
        path.write_text(f"def train(seed):\n    return {{'loss': {body}}}\n")
        scope = {}
        exec(compile(path.read_text(), path, "exec"), scope)
        return experiments.run([{"seed": 3}], scope["train"], file)[0]["loss"]

    assert results_of("seed", 1) == 3
    assert results_of("seed * 2", 2) == 6
    assert experiments.read(file)[0]["loss"] == 6


def test_a_run_is_repeated_where_other_code_that_it_names_has_changed(file, train, calls):
    experiments.run(RUNS[:1], train, file, code=[experiments.grid])
    experiments.run(RUNS[:1], train, file, code=[experiments.grid])
    assert len(calls) == 1
    experiments.run(RUNS[:1], train, file, code=[experiments.key])
    assert len(calls) == 2


def test_a_diverged_loss_is_stored(file):
    experiments.run([{"seed": 0}], lambda seed: {"loss": float("nan")}, file)
    assert np.isnan(experiments.read(file)[0]["loss"])


def test_a_line_that_is_no_run_is_named(file, train):
    experiments.run(RUNS[:2], train, file)
    file.write_text(file.read_text() + "hello\n")
    with pytest.raises(ValueError, match=r"study.jsonl, line 3: not a run"):
        experiments.read(file)


@pytest.mark.parametrize(
    ("measured", "problem"),
    [
        (lambda seed: {"seed": 1}, "measured seed"),
        (lambda seed: {"seconds": 1}, "measured seconds"),
        (lambda seed: 0.5, "dict.*float"),
        (lambda seed: {"loss": object()}, "JSON"),
        (dict, "source"),
    ],
)
def test_results_that_do_not_fit_in_a_line_are_refused(file, measured, problem):
    with pytest.raises(ValueError, match=problem):
        experiments.run([{"seed": 1}], measured, file)


def test_settings_that_json_cannot_hold_are_refused(file, train):
    with pytest.raises(ValueError, match="JSON"):
        experiments.run([{"model": object(), "seed": 0}], train, file)


def test_a_missing_file_is_named(file):
    with pytest.raises(FileNotFoundError, match="study.jsonl"):
        experiments.read(file)


def test_progress_ends_without_timings_and_counts_all_runs(file, train, capsys):
    experiments.run(RUNS, train, file, label="study")
    assert capsys.readouterr().out.splitlines()[-1] == "study: 6 of 6"


def test_the_line_that_stays_in_a_notebook_counts_all_runs_whoever_did_them(file, train, shown):
    for _ in range(2):
        experiments.run(RUNS, train, file)
        assert shown[-1] == "runs: 6 of 6"


def test_a_folder_that_is_named_as_code_counts_with_all_its_modules(
    file, train, calls, tmp_path, monkeypatch
):
    folder = tmp_path / "a_folder_of_code"
    folder.mkdir()
    (folder / "__init__.py").write_text("from .part import number")
    (folder / "part.py").write_text("number = 1")
    monkeypatch.syspath_prepend(tmp_path)
    code = [importlib.import_module("a_folder_of_code")]
    experiments.run(RUNS[:1], train, file, code)
    experiments.run(RUNS[:1], train, file, code)
    assert len(calls) == 1
    (folder / "part.py").write_text("number = 2")
    experiments.run(RUNS[:1], train, file, code)
    assert len(calls) == 2


def test_on_a_full_disk_the_cause_is_told_and_the_runs_before_stay(file, train, full_disk):
    experiments.run(RUNS[:2], train, file)
    before = file.read_bytes()
    with full_disk(len(before) + 20), pytest.raises(OSError, match="runs in it stay") as caught:
        experiments.run(RUNS, train, file)
    assert caught.value.filename == str(file) and "too large" in str(caught.value)
    assert '"model": 1, "seed": 2' in caught.value.__notes__[0], "an hour's work is not lost"
    assert file.read_bytes() == before
    assert len(experiments.run(RUNS, train, file)) == len(RUNS)


def test_a_folder_for_reading_only_is_told_before_anything_is_run(read_only, train, calls):
    folder, context = read_only
    experiments.run(RUNS[:1], train, folder / "study.jsonl")
    with context(), pytest.raises(PermissionError, match="study.jsonl") as caught:
        experiments.run(RUNS, train, folder / "study.jsonl")
    assert "none can be added" in str(caught.value) and len(calls) == 1
    assert len(experiments.read(folder / "study.jsonl")) == 1
