"""Checks of lesson 02: regression."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from coursekit import color

from .answers import agree, array, number, parts
from .exercise import exercise


def never_needed() -> tuple[float, float]:
    """Give the shares of tanh's range that sRGB never uses, first on a, then on b."""
    a_min, a_max, b_min, b_max = color.gamut_range()
    width = 2 * color.AB_SCALE
    return 1 - (a_max - a_min) / width, 1 - (b_max - b_min) / width


@exercise(
    "02.1",
    value=True,
    solution=never_needed,
    hint=(
        "`a_min, a_max, b_min, b_max = color.gamut_range()`. tanh can say every ab from −128 to "
        "128, a width of 256; how wide is what sRGB uses?"
    ),
)
def _range_of_tanh(answer: ArrayLike, rng: np.random.Generator) -> str:
    """Compare with the widths that `color.gamut_range` gives."""
    a_min, a_max, b_min, b_max = color.gamut_range()
    found = array(answer, (2,), "your answer")
    expected = np.array(never_needed())
    largest = 1 - max(abs(a_min), abs(b_min), a_max, b_max) / color.AB_SCALE
    width = 2 * color.AB_SCALE
    agree(
        found,
        expected,
        {
            "per cent, not a share": (
                100 * expected,
                "The numbers are right as per cent; a share lies between 0 and 1.",
            ),
            "the needed share": (
                1 - expected,
                "This is the share that *is* needed; take it from 1.",
            ),
            "the range has two ends": (
                np.full(2, largest),
                f"You compared the largest |ab| with 128, which gives {largest:.2f}. Both ends of "
                "each axis have room: compare widths.",
            ),
            "half the width": (
                2 * expected - 1,
                "tanh runs from −1 to 1: its width in ab is 256, not 128.",
            ),
            "the order of gamut_range": (
                1 - np.array([b_min - a_min, b_max - a_max]) / 256,
                "`gamut_range` gives a_min, a_max, b_min, b_max: first a, then b.",
            ),
            "a and b exchanged": (expected[::-1], "Right numbers, but the share of a comes first."),
            "one end of each axis": (
                1 - np.array([a_max, b_max]) / color.AB_SCALE,
                "You compared the positive ends alone; each axis has a negative one too, and they "
                "are not alike.",
            ),
            "the larger end of each axis": (
                1 - np.array([max(-a_min, a_max), max(-b_min, b_max)]) / color.AB_SCALE,
                "You took each axis for symmetric, as wide as twice its larger end; the two ends "
                "are not alike.",
            ),
            "the negative ends alone": (
                1 + np.array([a_min, b_min]) / color.AB_SCALE,
                "You compared the negative ends alone; each axis has a positive one too.",
            ),
            "a sign lost": (
                1 - np.abs([a_max + a_min, b_max + b_min]) / width,
                "The width is the larger end *minus* the smaller one, which is negative: you "
                "added them.",
            ),
            "a share of what is used": (
                1 / (1 - expected) - 1,
                "You divided what is idle by what is used; divide by the whole range.",
            ),
            "tanh's own numbers": (
                1 - np.array([a_max - a_min, b_max - b_min]) / 2,
                "You compared widths of ab with the 2 between −1 and 1. As ab, tanh's range is 256 "
                "wide.",
            ),
        },
        f"You say {found.round(2)}. Compare the width of what sRGB uses on each axis with the "
        "width of tanh's range.",
        within=0.005,
    )
    return (
        f"About {found.mean():.0%} of tanh's range is idle. A divisor of 110 would use more of "
        "it, but the loss only gets another scale, and the course's numbers stop being comparable."
    )


def best_guess(
    first: np.ndarray, second: np.ndarray, probability: float
) -> tuple[np.ndarray, float]:
    """Give the guess of least expected squared error, and that error.

    ``first`` comes with ``probability``, else ``second``.
    """
    guess = probability * first + (1 - probability) * second
    error = probability * np.sum((first - guess) ** 2) + (1 - probability) * np.sum(
        (second - guess) ** 2
    )
    return guess, error


@exercise(
    "02.2",
    solution=best_guess,
    hint=(
        "The best guess under squared error is the mean, and a mean counts each colour as often "
        "as it comes. The expected error is the mean of the two squared distances from that "
        "guess, counted the same way."
    ),
)
def _guesses(answer: Callable, rng: np.random.Generator) -> str:
    """Guess between two random colours of uneven odds: first the guess, then its error."""
    # Odds far enough from even that each mistake lands elsewhere.
    first, second, p = rng.uniform(-60, 60, 2), rng.uniform(-60, 60, 2), rng.uniform(0.62, 0.9)
    guess, error = parts(answer(first, second, p), 2, "best_guess")
    guess, error = array(guess, (2,), "the guess"), number(error, "the error")
    expected, least = best_guess(first, second, p)
    agree(
        guess,
        expected,
        {
            "half-way whatever the odds": (
                (first + second) / 2,
                f"With probability {p:.2f} you still answer the point half-way. Weigh each colour "
                "by how often it comes.",
            ),
            "the likelier colour": (
                first,
                f"You answer the likelier colour. It costs {(1 - p):.2f} times the squared "
                "distance between the two; a step towards the other one costs less.",
            ),
            "the less likely colour": (
                second,
                "You answer the colour that comes less often. Weigh each by how often it comes.",
            ),
            "a step, not a place": (
                p * (first - second),
                "This is how far the best guess lies from the second colour; add that colour.",
            ),
            "the sum of the two": (
                first + second,
                "You added the two colours; a mean counts each by how often it comes.",
            ),
            "probabilities exchanged": (
                best_guess(first, second, 1 - p)[0],
                "Your guess lies near the colour that comes *less* often: `probability` belongs "
                "to the first.",
            ),
        },
        f"Your guess {guess.round(1)} costs more than need be. Which point between the two is "
        f"their mean, if the first comes with probability {p:.2f}?",
    )
    away = np.sum((first - second) ** 2)
    agree(
        error,
        least,
        {
            "a distance, not its square": (
                np.sqrt(least),
                "This is the root of the expected squared error.",
            ),
            "the error of half-way": (
                away / 4,
                "A quarter of the squared distance is the error for even odds only.",
            ),
            "mean over channels": (
                least / 2,
                "You took the mean over a and b; the formula of section 2.6 takes the sum.",
            ),
            "errors not weighted": (
                np.sum((first - guess) ** 2) + np.sum((second - guess) ** 2),
                "You added both squared distances; weigh each by how often it comes.",
            ),
            "the mean distance": (
                2 * p * (1 - p) * np.sqrt(away),
                "This is the expected *distance*; each is to be squared before the mean is taken.",
            ),
            "the mean distance, squared": (
                (2 * p * (1 - p)) ** 2 * away,
                "You squared the expected distance; square each distance first, then take the "
                "mean.",
            ),
            "probabilities exchanged in the error": (
                (p**3 + (1 - p) ** 3) * away,
                "Each squared distance counts as often as *its own* colour comes: you exchanged "
                "the two.",
            ),
            "the error of the likelier colour": (
                (1 - p) * away,
                "This is the error of answering the likelier colour; your guess is better than "
                "that.",
            ),
            "the error of the less likely colour": (
                p * away,
                "This is the error of answering the colour that comes less often; your guess is "
                "better than that.",
            ),
            "the whole squared distance": (
                away,
                "This is the squared distance between the two colours; your guess is wrong by a "
                "part of it, either way.",
            ),
            "the variance of a coin": (
                p * (1 - p),
                "p · (1 − p) is the error if the two colours were 1 apart; multiply by their "
                "squared distance.",
            ),
        },
        f"The guess is right, its expected error is not: you say {error:.1f}, {least:.1f} is "
        "right.",
    )
    return (
        "The better the odds, the smaller the error that remains: p · (1 − p) times the squared "
        "distance."
    )


def receptive_field(network: Sequence[tuple]) -> float:
    """Count how many pixels across one output sees.

    The layers stand in order, as ("conv", kernel, stride) or ("up", factor).
    """
    field, step = 1, 1
    for kind, *numbers in network:
        if kind == "conv":
            kernel, stride = numbers
            field, step = field + (kernel - 1) * step, step * stride
        else:
            step = step / numbers[0]
    return field


def _mistaken(
    network: Sequence[tuple],
    grow: Callable = lambda kernel, step: (kernel - 1) * step,
    late: bool = False,
    up: Callable = lambda step, factor: step / factor,
) -> float:
    """As above with a mistake.

    What a kernel adds at a step, the stride counted too early, what upsampling does to the step.
    """
    field, step = 1, 1
    for kind, *numbers in network:
        step = step * numbers[1] if late and kind == "conv" else step
        field += grow(numbers[0], step) if kind == "conv" else 0
        step = up(step, numbers[0]) if kind == "up" else step if late else step * numbers[1]
    return field


def _step(network: Sequence[tuple]) -> float:
    """Count how many input pixels lie between two neighbouring outputs."""
    step = 1.0
    for kind, *numbers in network:
        step = step * numbers[1] if kind == "conv" else step / numbers[0]
    return step


def _divided(network: Sequence[tuple]) -> float:
    """Count as above, with the mistake that upsampling divides the field and the step."""
    field, step = 1.0, 1.0
    for kind, *numbers in network:
        if kind == "conv":
            field, step = field + (numbers[0] - 1) * step, step * numbers[1]
        else:
            field, step = field / numbers[0], step / numbers[0]
    return field


@exercise(
    "02.3",
    solution=receptive_field,
    hint=(
        "Walk through the layers with two numbers: `field`, what one place sees, and `step`, how "
        "many input pixels lie between two neighbouring places. A convolution adds (kernel − 1) "
        "steps, and *then* its stride makes the step larger; upsampling makes it smaller."
    ),
)
def _fields(answer: Callable, rng: np.random.Generator) -> str:
    """Count through four networks, from one layer to strides and upsamplings."""
    halve, middle = ("conv", 3, 2), ("conv", int(rng.choice([3, 5])), 1)
    double = [("up", 2), ("conv", 3, 1)]
    # The simple ones first: a mistake is told on the smallest network that shows it.
    for network in (
        [("conv", 5, 1)],
        [("conv", 3, 1), ("conv", 5, 1)],
        [("conv", 5, 2), ("conv", 3, 1)],
        [halve, halve, middle, *double, *double],
    ):
        found = number(answer(network), "receptive_field(network)")
        agree(
            found,
            receptive_field(network),
            {
                "strides do not count": (
                    _mistaken(network, lambda kernel, step: kernel - 1),
                    "After a stride of 2 the next layer's neighbours lie 2 pixels apart: it adds "
                    "twice as much.",
                ),
                "kernels add up": (
                    _mistaken(network, lambda kernel, step: kernel * step) - 1,
                    "A kernel of 3 adds 2 pixels, one on each side, not 3.",
                ),
                "starts at nothing": (
                    receptive_field(network) - 1,
                    "Without any layer an output sees one pixel, itself: begin with 1.",
                ),
                "the stride counts too early": (
                    _mistaken(network, late=True),
                    "A layer reads its *input's* grid: its stride counts from the next layer on.",
                ),
                "one side only": (
                    _mistaken(network, lambda kernel, step: kernel // 2 * step),
                    "A kernel of 3 reaches one pixel to the left *and* one to the right.",
                ),
                "upsampling ignored": (
                    _mistaken(network, up=lambda step, factor: step),
                    "After an upsampling by 2 neighbours are half as far apart in the input: the "
                    "step becomes smaller.",
                ),
                "the step, not the field": (
                    _step(network),
                    "This is how far apart the last layer's places lie, not how much one of them "
                    "sees.",
                ),
                "the last layer alone": (
                    max(kernel for kind, kernel, *_ in network if kind == "conv"),
                    "This is what one layer sees of the layer before; follow it down to the input.",
                ),
                "upsampling divides the field": (
                    _divided(network),
                    "Upsampling makes the step smaller; what a place sees stays what it was.",
                ),
                "upsampling taken for a stride": (
                    _mistaken(network, up=lambda step, factor: step * factor),
                    "Upsampling makes the step smaller, a stride makes it larger.",
                ),
            },
            f"For {network} you say {found:g}; {receptive_field(network):g} is right.",
        )
    return (
        "So beta's field in section 2.3 is no magic: 2 pixels a layer, times the step of its grid."
    )


def least_absolute(ab: np.ndarray) -> np.ndarray:
    """Find the one colour of least mean absolute error: the median of each plane."""
    return np.median(ab.reshape(-1, 2), axis=0)


@exercise(
    "02.4",
    solution=least_absolute,
    hint=(
        "Move a guess g a little to the right: it gets nearer to all values on its right and "
        "farther from all on its left. So where is the balance? Each plane by itself."
    ),
)
def _absolute(answer: Callable, rng: np.random.Generator) -> str:
    """Look for the median of two clusters of colours, one of them rare."""
    # Uneven odds, so that the median lies in one cluster and the mean between the two.
    rare = rng.random((9, 9, 1)) < 0.3
    ab = np.where(rare, rng.normal([50, 40], 3, (9, 9, 2)), rng.normal([2, -10], 3, (9, 9, 2)))
    found = array(answer(ab), (2,), "least_absolute(ab)")
    flat = ab.reshape(-1, 2)
    cost = np.abs(flat - found).mean()
    agree(
        found,
        np.median(flat, axis=0),
        {
            "the mean again": (
                flat.mean(axis=0),
                "This is the mean, the answer to *squared* error. Its mean absolute error is "
                f"{cost:.2f}; another colour has "
                f"{np.abs(flat - np.median(flat, axis=0)).mean():.2f}.",
            ),
            "one number for both planes": (
                np.full(2, np.median(flat)),
                "You took one median over a and b together: `axis=0` after reshaping to (pixels, "
                "2).",
            ),
            "the signs are lost": (
                np.median(np.abs(flat), axis=0),
                "This is the median of |a| and of |b|: a green is no red. Leave the signs.",
            ),
            "the middle of the photo": (
                ab[4, 4],
                "This is the pixel in the middle of the photo; the median is the middle of the "
                "*sorted* values.",
            ),
            "a mean of medians": (
                np.median(ab, axis=0).mean(axis=0),
                "You took the median of each column and then the mean of those. All pixels count "
                "alike: reshape to (pixels, 2) first.",
            ),
            "a median of medians": (
                np.median(np.median(ab, axis=0), axis=0),
                "You took the median of each column and then the median of those. All pixels "
                "count alike: reshape to (pixels, 2) first.",
            ),
            "the pixel nearest to the mean": (
                flat[np.linalg.norm(flat - flat.mean(axis=0), axis=1).argmin()],
                "This is the pixel nearest to the *mean*; the median is the middle of the sorted "
                "values, plane by plane.",
            ),
            "the distance in the plane": (
                flat[np.linalg.norm(flat[:, None] - flat, axis=-1).sum(axis=1).argmin()],
                "You looked for the pixel of the smallest *distance* to all others; the absolute "
                "error adds |a| and |b|, so that each plane has its own middle.",
            ),
            "the middle of the range": (
                (flat.min(0) + flat.max(0)) / 2,
                "The middle between the two ends minimises the *worst* error, not the mean one.",
            ),
        },
        f"Mean absolute error {cost:.2f}; {np.abs(flat - np.median(flat, axis=0)).mean():.2f} can "
        "be had.",
        within=0.002,
    )
    return (
        "Absolute error asks for the median: with uneven odds, the likelier colour and not a "
        "mixture, so the rarer one is never painted at all."
    )
