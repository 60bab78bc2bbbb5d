"""Wrong answers to the exercises of lesson 02 that learners give, and other right ones."""

import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
from mistakes import enough, named
from scipy import optimize

from coursekit import color
from coursekit.lesson import checks
from coursekit.lesson.checks.lesson02 import best_guess, never_needed, receptive_field

A_MIN, A_MAX, B_MIN, B_MAX = color.gamut_range()


def answered(guess=None, error=None):
    """The right answer, with one of its parts spoilt."""

    def answer(first, second, p):
        right = best_guess(first, second, p)
        return (guess or (lambda *_: right[0]))(first, second, p), (error or (lambda *_: right[1]))(
            first, second, p
        )

    return answer


def field(
    grow=lambda kernel, step: (kernel - 1) * step,
    start=1,
    late=False,
    up=lambda step, factor: step / factor,
):
    def receptive(network):
        total, step = start, 1
        for kind, *numbers in network:
            if kind == "up":
                step = up(step, numbers[0])
                continue
            step *= numbers[1] if late else 1
            total += grow(numbers[0], step)
            step *= 1 if late else numbers[1]
        return total

    return receptive


def stepped(network):
    """Divide both the field and the step where a layer upsamples; return the two."""
    total, step = 1, 1
    for kind, *numbers in network:
        if kind == "up":
            total, step = total / numbers[0], step / numbers[0]
        else:
            total, step = total + (numbers[0] - 1) * step, step * numbers[1]
    return total, step


def squared(first, second):
    return np.sum((first - second) ** 2)


def mix(first, second, p):
    return p * first + (1 - p) * second


def nearest(ab, colour):
    flat = ab.reshape(-1, 2)
    return flat[np.argmin(((flat - colour) ** 2).sum(axis=1))]


def medoid(colours):
    return min(colours, key=lambda one: np.hypot(*(colours - one).T).sum())


MISTAKES = [
    ("02.1", "per cent, not a share", [100 * share for share in never_needed()]),
    ("02.1", "the needed share", [1 - share for share in never_needed()]),
    ("02.1", "the range has two ends", [1 - abs(B_MIN) / 128] * 2),
    ("02.1", "half the width", [1 - (A_MAX - A_MIN) / 128, 1 - (B_MAX - B_MIN) / 128]),
    ("02.1", "the order of gamut_range", [1 - (B_MIN - A_MIN) / 256, 1 - (B_MAX - A_MAX) / 256]),
    ("02.1", "a and b exchanged", never_needed()[::-1]),
    ("02.1", "one end of each axis", [1 - A_MAX / 128, 1 - B_MAX / 128]),
    ("02.1", "a share of what is used", [1 / (1 - share) - 1 for share in never_needed()]),
    ("02.1", "tanh's own numbers", [1 - (A_MAX - A_MIN) / 2, 1 - (B_MAX - B_MIN) / 2]),
    (
        "02.1",
        "the larger end of each axis",
        [1 - max(-A_MIN, A_MAX) / 128, 1 - max(-B_MIN, B_MAX) / 128],
    ),
    ("02.1", "the negative ends alone", [1 + A_MIN / 128, 1 + B_MIN / 128]),
    ("02.1", "a sign lost", [1 - abs(A_MAX + A_MIN) / 256, 1 - abs(B_MAX + B_MIN) / 256]),
    ("02.1", "another result", [0.5, 0.5]),
    ("02.1", "another shape", never_needed()[0]),
    ("02.2", "half-way whatever the odds", answered(lambda first, second, p: (first + second) / 2)),
    ("02.2", "the likelier colour", answered(lambda first, second, p: first)),
    (
        "02.2",
        "probabilities exchanged",
        answered(lambda first, second, p: (1 - p) * first + p * second),
    ),
    ("02.2", "another result", answered(lambda first, second, p: 0 * first)),
    (
        "02.2",
        "a distance, not its square",
        answered(error=lambda f, s, p: np.sqrt(p * (1 - p) * squared(f, s))),
    ),
    ("02.2", "the error of half-way", answered(error=lambda f, s, p: squared(f, s) / 4)),
    ("02.2", "mean over channels", answered(error=lambda f, s, p: p * (1 - p) * squared(f, s) / 2)),
    (
        "02.2",
        "errors not weighted",
        answered(error=lambda f, s, p: ((1 - p) ** 2 + p**2) * squared(f, s)),
    ),
    ("02.2", "the less likely colour", answered(lambda first, second, p: second)),
    (
        "02.2",
        "the mean distance",
        answered(error=lambda f, s, p: 2 * p * (1 - p) * np.sqrt(squared(f, s))),
    ),
    (
        "02.2",
        "the mean distance, squared",
        answered(error=lambda f, s, p: (2 * p * (1 - p)) ** 2 * squared(f, s)),
    ),
    (
        "02.2",
        "probabilities exchanged in the error",
        answered(
            error=lambda f, s, p: (1 - p) * squared(f, mix(f, s, p)) + p * squared(s, mix(f, s, p))
        ),
    ),
    (
        "02.2",
        "the error of the likelier colour",
        answered(error=lambda f, s, p: (1 - p) * squared(f, s)),
    ),
    ("02.2", "the variance of a coin", answered(error=lambda f, s, p: p * (1 - p))),
    ("02.2", "the whole squared distance", answered(error=lambda f, s, p: squared(f, s))),
    (
        "02.2",
        "the error of the less likely colour",
        answered(error=lambda f, s, p: p * squared(f, s)),
    ),
    ("02.2", "a step, not a place", answered(lambda first, second, p: p * (first - second))),
    ("02.2", "the sum of the two", answered(lambda first, second, p: first + second)),
    ("02.2", "another result", answered(error=lambda f, s, p: 3 * squared(f, s))),
    ("02.2", "another number of results", lambda first, second, p: p * first + (1 - p) * second),
    ("02.3", "strides do not count", field(lambda kernel, step: kernel - 1)),
    ("02.3", "kernels add up", field(lambda kernel, step: kernel * step, start=0)),
    ("02.3", "starts at nothing", field(start=0)),
    ("02.3", "the stride counts too early", field(late=True)),
    ("02.3", "one side only", field(lambda kernel, step: kernel // 2 * step)),
    ("02.3", "upsampling ignored", field(up=lambda step, factor: step)),
    ("02.3", "upsampling taken for a stride", field(up=lambda step, factor: step * factor)),
    ("02.3", "the step, not the field", lambda network: stepped(network)[1]),
    (
        "02.3",
        "the last layer alone",
        lambda network: max(kernel for kind, kernel, *_ in network if kind == "conv"),
    ),
    ("02.3", "upsampling divides the field", lambda network: stepped(network)[0]),
    ("02.3", "another result", lambda network: 7 * len(network)),
    ("02.4", "the mean again", lambda ab: ab.mean(axis=(0, 1))),
    ("02.4", "one number for both planes", lambda ab: np.full(2, np.median(ab))),
    ("02.4", "the middle of the range", lambda ab: (ab.min(axis=(0, 1)) + ab.max(axis=(0, 1))) / 2),
    ("02.4", "the signs are lost", lambda ab: np.median(np.abs(ab), axis=(0, 1))),
    ("02.4", "the middle of the photo", lambda ab: ab[len(ab) // 2, ab.shape[1] // 2]),
    ("02.4", "a mean of medians", lambda ab: np.median(ab, axis=0).mean(axis=0)),
    ("02.4", "a median of medians", lambda ab: np.median(np.median(ab, axis=0), axis=0)),
    ("02.4", "the pixel nearest to the mean", lambda ab: nearest(ab, ab.mean(axis=(0, 1)))),
    ("02.4", "the distance in the plane", lambda ab: medoid(ab.reshape(-1, 2))),
    ("02.4", "another result", lambda ab: np.median(ab, axis=(0, 1))[::-1]),
    ("02.4", "another shape", np.median),
]

test_a_mistake_is_called_by_its_name = named(MISTAKES)
test_every_exercise_has_mistakes = enough("02", MISTAKES)


def minimised(first, second, p):
    """Found by a general minimiser that knows no formula."""
    found = optimize.minimize(
        lambda g: p * squared(first, g) + (1 - p) * squared(second, g), [0.0, 0.0], tol=1e-10
    )
    return found.x, found.fun


def poked(network):
    """Follow the span of one output down through the layers to the input."""
    low = high = 0.0
    for kind, *numbers in reversed(network):
        if kind == "up":
            low, high = low / numbers[0], high / numbers[0]
        else:
            kernel, stride = numbers
            low, high = low * stride - (kernel - 1) / 2, high * stride + (kernel - 1) / 2
    return high - low + 1


def searched(ab):
    a, b = (
        optimize.minimize_scalar(lambda g, v=v: np.abs(v - g).sum(), (v.min(), v.max()), tol=1e-9).x
        for v in (ab[..., 0], ab[..., 1])
    )
    return np.array([a, b])


@pytest.mark.parametrize(
    ("name", "answer"),
    [("02.1", list(never_needed())), ("02.2", minimised), ("02.3", poked), ("02.4", searched)],
)
def test_another_right_answer_is_correct_too(name, answer):
    assert checks.check(name, answer).status == checks.CORRECT


def test_the_reference_agrees_with_what_lesson_02_prints_of_beta():
    lesson = nbformat.read(Path(__file__).parents[3] / "notebooks/02_beta_cnn.ipynb", 4)
    printed = next(
        text
        for cell in lesson.cells
        if "field, step = 1, 1" in cell.source
        for text in [cell.outputs[0].text]
    )
    beta = [("conv", 3, s) for s in (1, 2, 1, 2, 1, 2, 1, 1, 1)] + [
        ("up", 2),
        ("conv", 3, 1),
        ("up", 2),
        ("conv", 3, 1),
        ("conv", 3, 1),
        ("up", 2),
    ]
    assert re.findall(r"sees +(\d+) px", printed)[-1] == f"{receptive_field(beta):.0f}"
