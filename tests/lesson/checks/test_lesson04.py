"""Wrong answers to the exercises of lesson 04 that learners give, and other right ones."""

import keras
import numpy as np
import pytest
from mistakes import enough, named

from coursekit import networks
from coursekit.lesson import checks, ladder
from coursekit.lesson.checks.lesson04 import loss_at, start_dense


def before(kernel, x):
    return (x @ kernel).mean(axis=0), (x @ kernel).std(axis=0)


def shifted(kernel, x, bias):
    mean, std = before(kernel, x)
    return kernel / std, bias(mean, std)


def scaled(by):
    return lambda kernel, x: (kernel * by(kernel, x), np.zeros(kernel.shape[1]))


def running(losses, seconds, before, budget):
    begun = int((budget - before) // seconds) + 1
    return losses[min(begun, len(losses)) - 1] if begun > 0 else float("inf")


def ended(losses, seconds, before, budget, least=0):
    return max(least, min(len(losses), int((budget - before) // seconds)))


def best(losses, seconds, before, budget):
    return min(losses[: max(0, int((budget - before) // seconds))], default=float("inf"))


MISTAKES = [
    ("04.1", "a fifth pooling", lambda s: (s / 8, s / 16, s / 32, s / 4)),
    ("04.1", "one halving too few", lambda s: (s / 4, s / 8, s / 8, s / 2)),
    ("04.1", "ab already enlarged", lambda s: (s / 8, s / 16, s / 16, s)),
    ("04.1", "every transposed convolution doubles", lambda s: (s / 8, s / 16, s / 16, s / 2)),
    ("04.1", "no transposed convolution doubles", lambda s: (s / 8, s / 16, s / 16, s / 16)),
    ("04.1", "one halving too many", lambda s: (s / 16, s / 32, s / 32, s / 8)),
    ("04.1", "channels, not sides", lambda s: (256, 512, 512, 2)),
    ("04.1", "another shape", lambda s: (s / 8, s / 16, s / 4)),
    ("04.1", "factors, not sides", lambda s: (8, 16, 16, 4)),
    (
        "04.1",
        "areas, not sides",
        lambda s: ((s // 8) ** 2, (s // 16) ** 2, (s // 16) ** 2, (s // 4) ** 2),
    ),
    ("04.1", "only one doubles", lambda s: (s // 8, s // 16, s // 16, s // 8)),
    ("04.1", "in reverse", lambda s: (s // 4, s // 16, s // 16, s // 8)),
    ("04.1", "another result", lambda s: (s, s, s, s)),
    ("04.2", "falls in every epoch", lambda start, epoch, every: start * 0.5 ** (epoch / every)),
    ("04.2", "halved in every epoch", lambda start, epoch, every: start * 0.5**epoch),
    ("04.2", "one epoch early", lambda start, epoch, every: start * 0.5 ** ((epoch + 1) // every)),
    (
        "04.2",
        "halved at the start",
        lambda start, epoch, every: start * 0.5 ** (epoch // every + 1),
    ),
    ("04.2", "divided, not halved", lambda start, epoch, every: start / (epoch // every + 1)),
    ("04.2", "a straight line", lambda start, epoch, every: start * (1 - 0.5 * (epoch // every))),
    ("04.2", "never halved", lambda start, epoch, every: start),
    (
        "04.2",
        "one epoch late",
        lambda start, epoch, every: start * 0.5 ** (max(epoch - 1, 0) // every),
    ),
    ("04.2", "doubled, not halved", lambda start, epoch, every: start * 2 ** (epoch // every)),
    ("04.2", "halved once only", lambda start, epoch, every: start if epoch < every else start / 2),
    ("04.2", "a tenth, not a half", lambda start, epoch, every: start * 0.1 ** (epoch // every)),
    (
        "04.2",
        "in one epoch only",
        lambda start, epoch, every: start / 2 if epoch and epoch % every == 0 else start,
    ),
    ("04.2", "rounded, not cut", lambda start, epoch, every: start * 0.5 ** round(epoch / every)),
    ("04.2", "the factor alone", lambda start, epoch, every: 0.5 ** (epoch // every)),
    ("04.2", "another result", lambda start, epoch, every: start * 0.9**epoch),
    ("04.3", "one number for all outputs", scaled(lambda kernel, x: 1 / (x @ kernel).std())),
    ("04.3", "multiplied by the deviation", scaled(lambda kernel, x: before(kernel, x)[1])),
    ("04.3", "divided by the variance", scaled(lambda kernel, x: 1 / before(kernel, x)[1] ** 2)),
    ("04.3", "the kernel's own deviation", scaled(lambda kernel, x: 1 / kernel.std(axis=0))),
    ("04.3", "nothing scaled", scaled(lambda kernel, x: 1)),
    ("04.3", "divided by n − 1", scaled(lambda kernel, x: 1 / (x @ kernel).std(axis=0, ddof=1))),
    ("04.3", "the inputs' own deviation", scaled(lambda kernel, x: 1 / x.std(axis=0)[:, None])),
    (
        "04.3",
        "the kernel's own length",
        scaled(lambda kernel, x: 1 / np.linalg.norm(kernel, axis=0)),
    ),
    (
        "04.3",
        "divided by the largest",
        scaled(lambda kernel, x: 1 / np.abs(x @ kernel).max(axis=0)),
    ),
    ("04.3", "the root of the deviation", scaled(lambda kernel, x: before(kernel, x)[1] ** -0.5)),
    ("04.3", "divided by the range", scaled(lambda kernel, x: 1 / np.ptp(x @ kernel, axis=0))),
    (
        "04.3",
        "the mean counts as spread",
        scaled(lambda kernel, x: ((x @ kernel) ** 2).mean(axis=0) ** -0.5),
    ),
    (
        "04.3",
        "the mean taken from the kernel",
        lambda kernel, x: ((kernel - before(kernel, x)[0]) / before(kernel, x)[1], np.zeros(5)),
    ),
    (
        "04.3",
        "one bias for all outputs",
        lambda kernel, x: shifted(kernel, x, lambda mean, std: np.full(5, -(mean / std).mean())),
    ),
    (
        "04.3",
        "bias divided twice",
        lambda kernel, x: shifted(kernel, x, lambda mean, std: -mean / std**2),
    ),
    (
        "04.3",
        "the median for the mean",
        lambda kernel, x: shifted(
            kernel, x, lambda mean, std: -np.median(x @ kernel, axis=0) / std
        ),
    ),
    ("04.3", "another result", scaled(lambda kernel, x: 2)),
    ("04.3", "bias not scaled", lambda kernel, x: shifted(kernel, x, lambda mean, std: -mean)),
    ("04.3", "the mean added", lambda kernel, x: shifted(kernel, x, lambda mean, std: mean / std)),
    ("04.3", "bias left at zero", lambda kernel, x: shifted(kernel, x, lambda mean, std: 0 * mean)),
    (
        "04.3",
        "means not zero",
        lambda kernel, x: shifted(kernel, x, lambda mean, std: -3 * mean / std),
    ),
    ("04.3", "another number of results", lambda kernel, x: start_dense(kernel, x)[0]),
    (
        "04.4",
        "pretraining not counted",
        lambda losses, s, before, budget: loss_at(losses, s, 0, budget),
    ),
    ("04.4", "the best, not the last", best),
    ("04.4", "one epoch too many", running),
    (
        "04.4",
        "one epoch too few",
        lambda losses, s, before, budget: loss_at(losses, s, before, budget - s),
    ),
    ("04.4", "the budget is not used", lambda losses, s, before, budget: losses[-1]),
    (
        "04.4",
        "pretraining counted twice",
        lambda losses, s, before, budget: loss_at(losses, s, 2 * before, budget),
    ),
    (
        "04.4",
        "a mean of losses",
        lambda losses, s, before, budget: np.mean(
            losses[: max(0, int((budget - before) // s))] or [np.inf]
        ),
    ),
    ("04.4", "the best of all", lambda losses, s, before, budget: min(losses)),
    ("04.4", "the first loss", lambda losses, s, before, budget: losses[0]),
    ("04.4", "a number of epochs", ended),
    (
        "04.4",
        "a line between epochs",
        lambda losses, s, before, budget: np.interp(
            budget, before + s * np.arange(1, len(losses) + 1), losses
        ),
    ),
    (
        "04.4",
        "counted from the end",
        lambda losses, s, before, budget: losses[ended(losses, s, before, budget, -99) - 1],
    ),
    (
        "04.4",
        "nothing, not infinity",
        lambda losses, s, before, budget: (
            losses[ended(losses, s, before, budget) - 1] if ended(losses, s, before, budget) else 0
        ),
    ),
    ("04.4", "another loss", lambda losses, s, before, budget: 9.0),
    (
        "04.4",
        "your code raised an error",
        lambda losses, s, before, budget: losses[int((budget - before) / s) - 1],
    ),
]

test_a_mistake_is_called_by_its_name = named(MISTAKES)
test_every_exercise_has_mistakes = enough("04", MISTAKES)


@pytest.mark.parametrize("side", [64, 160])
def test_the_reference_sides_are_those_of_the_network(side):
    network = networks.vgg_skip(None, size=side, width=1 / 32)
    known = network.get_layer("encoder").output
    shown = [
        known["pool3"],
        known["pool4"],
        known["relu5_4"],
        network.get_layer("transposed3").output,
    ]
    assert checks.find("04.1").solution(side) == tuple(each.shape[1] for each in shown)


def test_the_reference_rate_is_that_of_keras():
    schedule = keras.optimizers.schedules.ExponentialDecay(0.01, 3, 0.5, staircase=True)
    expected = [float(schedule(epoch)) for epoch in range(10)]
    np.testing.assert_allclose(
        [checks.find("04.2").solution(0.01, epoch, 3) for epoch in range(10)], expected
    )


def loop(losses, seconds, before, budget):
    found, now = float("inf"), before
    for loss in losses:
        now += seconds
        found = loss if now <= budget else found
    return found


def standardised(kernel, x):
    before = keras.ops.convert_to_numpy(keras.ops.matmul(x, kernel))
    return kernel / before.std(axis=0, keepdims=True), -(before / before.std(axis=0)).mean(axis=0)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("04.1", lambda side: [side / 8, side / 16, side / 16, side / 4]),
        ("04.3", standardised),
        ("04.4", loop),
    ],
)
def test_another_right_answer_is_correct_too(name, answer):
    for seed in range(5):
        assert checks.check(name, answer, seed).status == checks.CORRECT


def test_the_recorded_runs_of_levels_share_photos_and_seeds():
    lines = ladder.read(ladder.RECORDED.with_name("04.jsonl"))
    assert len({line["photos"] for line in lines}) == 1
    seeds = {}
    for line in lines:
        seeds.setdefault(line["name"], set()).add(line["seed"])
    assert len(seeds) == 7 and len(set(map(frozenset, seeds.values()))) == 1
