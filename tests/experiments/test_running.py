import json
import subprocess
import sys
import time

import keras
import numpy as np
import pytest

from coursekit import experiments, training


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
import sys, time
from coursekit import experiments, networks, training

def slow(worker, number):
    time.sleep(0.002)
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
    assert capsys.readouterr().out.splitlines()[-1].startswith("study: 6 of 6")


RESULTS = [
    {"model": m, "seed": s, "auc": auc}
    for m, s, auc in [
        (1, 0, 60.0),
        (1, 1, 62.0),
        (1, 2, 64.0),
        (2, 0, 63.0),
        (2, 1, 64.0),
        (2, 2, 68.0),
    ]
]


def test_spread_is_mean_and_sample_standard_deviation():
    assert experiments.spread(RESULTS, "auc", ["model"]) == {
        (1,): (62.0, 2.0),
        (2,): (65.0, pytest.approx(7**0.5)),
    }
    alone = experiments.spread(RESULTS[:1], "auc", ["model"])[1,]
    assert alone[0] == 60 and np.isnan(alone[1])
    with pytest.raises(KeyError, match="psnr"):
        experiments.spread(RESULTS, "psnr", ["model"])


def test_differences_pair_runs_of_the_same_seed():
    shuffled = RESULTS[::-1]
    found = experiments.differences(shuffled, "auc", {"model": 2}, {"model": 1}, ["seed"])
    assert sorted(found) == [2, 3, 4]
    with pytest.raises(ValueError, match="no run"):
        experiments.differences(RESULTS, "auc", {"model": 3}, {"model": 1}, ["seed"])
    with pytest.raises(ValueError, match="several runs"):
        experiments.differences(RESULTS, "auc", {"model": 2}, {"model": 1}, [])


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ([2, 3, 4], "holds"),
        ([-2, -3, -4], "does not hold"),
        ([2, 3, -1], "unclear"),
        ([0.1, 0.1, 9], "unclear"),
        ([5, 5], "unclear"),
        ([1, 2, float("nan")], "unclear"),
        ([0, 0, 0], "unclear"),
        ([1, 1, 1], "holds"),
    ],
)
def test_a_claim_holds_only_if_every_pair_says_so_and_by_more_than_the_spread(values, says):
    assert experiments.verdict(values) == says


def trained(network, seed):
    rng = np.random.default_rng(0)
    L, ab = (rng.uniform(-1, 1, (4, 16, 16, channels)).astype("float32") for channels in (1, 2))
    network.fit(training.Batches(L, ab, batch_size=2, seed=seed), epochs=2, verbose=0)
    return network.get_weights()


def own_loss(true, predicted):  # as a lesson defines one: Keras could not load it from a file
    return keras.ops.mean((true - predicted) ** 2)


def small_network(seed, optimizer):
    training.seed_everything(seed)
    network = keras.Sequential(
        [
            keras.layers.Input((16, 16, 1)),
            keras.layers.Conv2D(4, 3, padding="same"),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.5),
            keras.layers.Conv2D(2, 3, padding="same"),
        ]
    )
    network.compile(optimizer, own_loss)
    return network


@pytest.mark.parametrize("optimizer", ["adam", "adadelta"])
def test_one_restarted_network_trains_like_a_new_one_of_each_seed(optimizer):
    once, other = small_network(7, optimizer), small_network(5, optimizer)
    if (
        keras.backend.backend() != "tensorflow"
    ):  # there a network's first fit ends with other weights than later ones
        trained(once, 7), trained(other, 5)
    results = [
        trained(experiments.restart(network, seed), seed)
        for network, seed in [(once, 1), (once, 2), (once, 1), (other, 1)]
    ]
    assert not np.array_equal(results[0][0], results[1][0])
    for first, second, third in zip(results[0], results[2], results[3], strict=True):
        np.testing.assert_array_equal(first, second)
        np.testing.assert_array_equal(first, third)
