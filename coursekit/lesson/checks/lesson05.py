"""Checks of lesson 05: classification and rebalancing."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
from scipy import special

from .answers import NotYet, agree, array
from .exercise import exercise


def soft_weights(distances: np.ndarray, sigma: float) -> np.ndarray:
    """Weigh the nearest bins by a Gaussian; the weights sum to 1 even far from every bin."""
    return special.softmax(-(distances**2) / (2 * sigma**2), axis=-1)


@exercise(
    "05.1",
    solution=soft_weights,
    hint=(
        "exp(−d² / 2σ²), divided by its sum over the last axis. Far from every bin each exp is 0 "
        "and 0 / 0 is NaN: `scipy.special.softmax` of the exponent does both without that."
    ),
)
def _soft(answer: Callable, rng: np.random.Generator) -> str:
    """Weigh five random distances a pixel, near the bins and then far from all of them."""
    distances, sigma = np.sort(rng.uniform(0, 15, (12, 5)), axis=-1), rng.uniform(4, 8)
    found = array(answer(distances, sigma), distances.shape, "soft_weights(distances, sigma)")
    bell = np.exp(-(distances**2) / (2 * sigma**2))
    sums = found.sum(axis=-1)
    agree(
        found,
        soft_weights(distances, sigma),
        {
            "not normalised": (
                bell,
                f"The weights of a pixel sum to {sums.min():.2f}…{sums.max():.2f}; divide by "
                "their sum over the last axis.",
            ),
            "a density": (
                bell / (sigma * np.sqrt(2 * np.pi)),
                "You divided by σ√2π, which makes the *area* under the bell 1; the weights of a "
                "pixel sum to something else.",
            ),
            "the nearest weighs 1": (
                bell / bell.max(axis=-1, keepdims=True),
                "You divided by the largest weight; divide by the sum.",
            ),
            "σ is not used": (
                special.softmax(-(distances**2) / 2, axis=-1),
                "These are the weights of σ = 1: σ is not used.",
            ),
            "the softmax of weights": (
                special.softmax(bell, axis=-1),
                "You took the softmax of the bell: exp twice. Take it of the exponent.",
            ),
            "all alike": (
                np.full(distances.shape, 1 / distances.shape[-1]),
                "All five weigh the same; nearer ones should weigh more.",
            ),
            "normalised over all pixels": (
                bell / bell.sum(),
                "All weights together sum to 1; those of *each pixel* should, and sum to "
                f"{sums.mean():.2f}: `axis=-1, keepdims=True`.",
            ),
            "the 2 is missing": (
                special.softmax(-(distances**2) / sigma**2, axis=-1),
                "The bell is narrower than σ says: the exponent is −d² / (2σ²), with the 2.",
            ),
            "distance not squared": (
                special.softmax(-distances / (2 * sigma**2), axis=-1),
                "Square the distance in the exponent.",
            ),
            "sigma not squared": (
                special.softmax(-(distances**2) / (2 * sigma), axis=-1),
                "Square σ too; d² / σ² has no unit.",
            ),
            "the nearest bin only": (
                np.eye(5)[distances.argmin(axis=-1)],
                "Only the nearest bin weighs anything; a soft encoding shares among all five.",
            ),
            "one over the distance": (
                (1 / distances) / (1 / distances).sum(axis=-1, keepdims=True),
                "These weights fall as 1 / d; a Gaussian falls as exp(−d² / 2σ²), and σ says how "
                "fast.",
            ),
            "normalised over the wrong axis": (
                bell / bell.sum(axis=0),
                "The weights of one *bin* over the pixels sum to 1; those of each pixel should: "
                "`axis=-1`.",
            ),
            "farther bins weigh more": (
                special.softmax(distances**2 / (2 * sigma**2), axis=-1),
                "The exponent's sign: nearer bins should weigh more.",
            ),
        },
        f"For σ = {sigma:.1f} and distances {distances[0].round(1)} you say {found[0].round(2)}; "
        f"{soft_weights(distances, sigma)[0].round(2)} is right.",
    )
    # Where every exp is 0 in floating point, which `array` above cannot have seen.
    far = np.asarray(answer(distances + 500, sigma), float)
    if not np.allclose(far, soft_weights(distances + 500, sigma), atol=1e-4):
        raise NotYet(
            "far from every bin",
            f"At distances of about 500 you give {far[0].round(2)}: every exp is 0 there. "
            "Subtract the smallest exponent first, which is what `softmax` does.",
        )
    return "Five numbers a pixel, of sum 1, anywhere in the plane."


def rebalancing(prior: np.ndarray, lam: float) -> np.ndarray:
    """Soften the prior and invert it; the weights have mean 1 under it."""
    weights = 1 / ((1 - lam) * prior + lam / len(prior))
    return weights / (prior * weights).sum()


@exercise(
    "05.2",
    solution=rebalancing,
    hint=(
        "Three steps: mix the prior with the uniform distribution, whose bins are 1/Q each; take "
        "the inverse; divide by the mean weight that a *pixel* gets, that is Σ prior · weight."
    ),
)
def _weights(answer: Callable, rng: np.random.Generator) -> str:
    """Weigh forty bins of very uneven prior."""
    prior, lam = rng.dirichlet(np.full(40, 0.3)), rng.uniform(0.2, 0.4)
    found = array(answer(prior, lam), prior.shape, "rebalancing(prior, lam)")
    if (found < 0).any():
        raise NotYet(
            "negative weights",
            f"{(found < 0).sum()} weights are negative; a pixel cannot count less than nothing.",
        )
    right, mixed = rebalancing(prior, lam), (1 - lam) * prior + lam / len(prior)
    bare, under = 1 / mixed, (prior * found).sum()
    rare, added = 1 / ((1 - lam) * prior + lam), 1 / (prior + lam / len(prior))
    late = (1 - lam) / prior + lam * len(prior)
    numbers = f"Your weights average {under:.2f} under the prior, they should average 1"
    only_scale = np.allclose(found / found.mean(), bare / bare.mean(), rtol=1e-3)
    agree(
        found,
        right,
        {
            "not normalised": (bare, f"{numbers}: divide by Σ prior · weight."),
            "mean 1 over bins": (
                bare / bare.mean(),
                f"{numbers}: did you normalise by Q? Bins are not equally common; divide by Σ "
                "prior · weight.",
            ),
            "sum 1 over bins": (
                bare / bare.sum(),
                f"{numbers}: weights are no distribution; divide by Σ prior · weight.",
            ),
            "λ the wrong way round": (
                rebalancing(prior, 1 - lam),
                f"At λ = {lam:.2f} you give the weights of 1 − λ: λ belongs to the uniform part.",
            ),
            "λ is not used": (
                rebalancing(prior, 0),
                "These are the weights of λ = 0: the prior was not mixed with the uniform "
                "distribution.",
            ),
            "λ, not λ / Q": (
                rare / (prior * rare).sum(),
                "You added λ to each bin; the uniform distribution gives each of the Q bins 1 / Q, "
                "so add λ / Q.",
            ),
            "mean 1 under the mixture": (
                bare / len(prior),
                f"{numbers}: you divided by Σ mixture · weight. Pixels come as the *prior* says.",
            ),
            "the root of the inverse": (
                np.sqrt(bare) / (prior * np.sqrt(bare)).sum(),
                "Rare bins gain too little: this is the square root of the inverse.",
            ),
            "the logarithm": (
                -np.log(mixed) / -(prior * np.log(mixed)).sum(),
                "Rare bins gain too little: this is −log p; take 1 / p.",
            ),
            "mixed after inverting": (
                late / (prior * late).sum(),
                "You mixed the inverses. The *prior* is mixed with the uniform distribution, and "
                "then inverted: a bin that never comes would else weigh infinitely much.",
            ),
            "λ as an exponent": (
                prior ** (lam - 1) / (prior**lam).sum(),
                "You raised the prior to a power; λ is the share of the uniform distribution in a "
                "mixture.",
            ),
            "the prior keeps all": (
                added / (prior * added).sum(),
                "You added λ / Q to the whole prior; its own share in the mixture is 1 − λ.",
            ),
            "inverted twice": (
                bare**2 / (prior * bare**2).sum(),
                "Rare bins gain too much: this is the square of the inverse.",
            ),
            "one minus, not one over": (
                (1 - mixed) / (prior * (1 - mixed)).sum(),
                "You took 1 − p, which hardly tells rare bins from common ones; take 1 / p.",
            ),
            "the prior itself": (
                mixed / (prior * mixed).sum(),
                "Common bins weigh most; take the inverse.",
            ),
        },
        f"{numbers}: rare and common stand in the right proportion, only the scale is off."
        if only_scale
        else (
            f"The heaviest bin weighs {found.max() / max(found.min(), 1e-9):.3g} times the "
            f"lightest; {right.max() / right.min():.3g} times is right."
        ),
    )
    return (
        f"Mean 1 under the prior, and no bin weighs more than {right.max() / right.min():.0f} "
        "times another."
    )


def annealed(logits: np.ndarray, centres: np.ndarray, temperature: float) -> np.ndarray:
    """Take the mean colour of the distribution after it is sharpened by T."""
    return special.softmax(logits / temperature, axis=-1) @ centres


@exercise(
    "05.3",
    solution=annealed,
    hint=(
        "Divide the logits by T, take the softmax over the last axis, and multiply by the "
        "centres: `p @ centres`. For large logits subtract the largest first, or use "
        "`scipy.special.softmax`."
    ),
)
def _anneal(answer: Callable, rng: np.random.Generator) -> str:
    """Sharpen random distributions, then some whose logits overflow a plain softmax."""
    centres, T = rng.uniform(-90, 90, (9, 2)), rng.uniform(0.3, 0.5)
    logits = rng.normal(0, 1.5, (4, 5, 9))
    shape = (4, 5, 2)
    found = array(answer(logits, centres, T), shape, "annealed(logits, centres, temperature)")
    softmax = special.softmax(logits, axis=-1)
    agree(
        found,
        annealed(logits, centres, T),
        {
            "multiplied by T": (
                annealed(logits, centres, 1 / T),
                "The distribution became flatter, not sharper: divide the logits by T.",
            ),
            "T is not used": (
                softmax @ centres,
                "This is the mean, T = 1: the temperature has no effect.",
            ),
            "argmax": (
                centres[logits.argmax(-1)],
                "This is the mode, the limit T → 0; T should leave some of the others.",
            ),
            "not normalised again": (
                (softmax ** (1 / T)) @ centres,
                "After p^(1/T) the probabilities no longer sum to 1; divide by their sum.",
            ),
            "softmax first, then T": (
                special.softmax(softmax / T, axis=-1) @ centres,
                "You took the softmax twice. T divides logits, not probabilities.",
            ),
            "softmax over the wrong axis": (
                special.softmax(logits / T, axis=0) @ centres,
                "The softmax must run over the bins, the last axis.",
            ),
            "the colour divided by T": (
                softmax @ centres / T,
                "You divided the mean colour by T, which makes it more vivid but no other; T "
                "divides the logits.",
            ),
            "logits are no probabilities": (
                logits @ centres / T,
                "You weighed the centres by logits; they become probabilities by the softmax.",
            ),
            "always 0.38": (
                annealed(logits, centres, 0.38),
                "This is the colour at T = 0.38, the paper's; use the T that is given.",
            ),
            "the root of T": (annealed(logits, centres, np.sqrt(T)), "This is the colour at √T."),
            "exp, not divided by its sum": (
                np.exp(logits / T) @ centres,
                "You weighed the centres by exp of the logits; divide by the sum of these weights.",
            ),
            "a mean over the bins": (
                annealed(logits, centres, T) / len(centres),
                "The probabilities are weights of sum 1 already: add the weighted centres up, and "
                "do not divide by how many there are.",
            ),
            "a and b exchanged": (
                annealed(logits, centres, T)[..., ::-1],
                "The numbers are right, but b stands first.",
            ),
            "T squared": (
                annealed(logits, centres, T**2),
                "T divides the logits twice: this is the colour at T².",
            ),
            "softmax over everything": (
                special.softmax(logits / T) @ centres,
                "All pixels together share one softmax; each needs its own: `axis=-1`.",
            ),
        },
        f"At T = {T:.2f} your colours are "
        f"{np.abs(found - annealed(logits, centres, T)).mean():.1f} units off.",
    )
    with np.errstate(all="ignore"):
        large = np.asarray(answer(logits * 400, centres, T), float)
    if not np.allclose(large, annealed(logits * 400, centres, T), atol=1e-2):
        raise NotYet(
            "overflow",
            "With logits of some hundreds exp overflows and the colours are NaN: subtract the "
            "largest logit first; softmax does not change by that.",
        )
    return "T = 1 is the mean, T → 0 the mode, and yours is right at every T between."


def undo(logits: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Turn logits of q ∝ p · w into logits of p."""
    return logits - np.log(weights)


@exercise(
    "05.4",
    solution=undo,
    hint=(
        "q ∝ p · w, so p ∝ q / w, and in logits division becomes subtraction of a logarithm. A "
        "constant that is added to all logits changes nothing."
    ),
)
def _undoing(answer: Callable, rng: np.random.Generator) -> str:
    """Rebalance known distributions and ask for them back."""
    p, w = rng.dirichlet(np.ones(12), (3, 4)), rng.uniform(0.2, 6, 12)
    logits = np.log(p * w) + rng.normal(size=(3, 4, 1))
    found = array(answer(logits, w), logits.shape, "undo(logits, weights)")
    if (found > 0).all() and np.allclose(found.sum(axis=-1), 1, atol=1e-3):
        raise NotYet(
            "probabilities, not logits",
            "You return probabilities; return logits, so that `decode` can sharpen them: their "
            "logarithm.",
        )
    # Compared as distributions: logits are free to a constant.
    softmax = functools.partial(special.softmax, axis=-1)
    agree(
        softmax(found),
        p,
        {
            "nothing undone": (softmax(logits), "The distribution is as rebalanced as before."),
            "divided the logits": (
                softmax(logits / w),
                "You divided the logits by the weights; probabilities are to be divided, so "
                "subtract log w from the logits.",
            ),
            "rebalanced twice": (
                softmax(logits + np.log(w)),
                "You added log w: now rare colours count twice as much.",
            ),
            "subtracted the weights": (
                softmax(logits - w),
                "Subtract the *logarithm* of the weights.",
            ),
            "multiplied the logits": (
                softmax(logits * w),
                "You multiplied the logits by the weights; probabilities are to be divided, so "
                "subtract log w from the logits.",
            ),
            "the logarithm to another base": (
                softmax(logits - np.log2(w)),
                "The softmax takes e to the logits, so the logarithm is the natural one, `np.log`.",
            ),
            "the logarithm to base 10": (
                softmax(logits - np.log10(w)),
                "The softmax takes e to the logits, so the logarithm is the natural one, `np.log`.",
            ),
            "undone twice": (
                softmax(logits - 2 * np.log(w)),
                "You subtracted log w twice: now rare colours count too little.",
            ),
            "divided by the logarithm": (
                softmax(logits / np.log(w)),
                "You divided the logits by log w; what is division of probabilities is "
                "*subtraction* of logits.",
            ),
            "the logarithm of 1 + w": (
                softmax(logits - np.log1p(w)),
                "`np.log1p(w)` is log(1 + w), for small numbers; subtract log w.",
            ),
            "exp of the logits": (
                softmax(np.exp(logits) / w),
                "You divided exp of the logits by the weights: that is p but for a factor. Return "
                "logits, so take its logarithm.",
            ),
            "the exponential, not the logarithm": (
                softmax(logits - np.exp(w)),
                "You subtracted exp w; subtract log w.",
            ),
            "flat weights of one pixel": (
                softmax(logits - np.log(w).mean()),
                "The weights differ from bin to bin; subtract each bin's own.",
            ),
        },
        "The softmax of what you return should be p, where the rebalanced network predicts q ∝ p "
        "· w.",
    )
    return (
        "You got p back. In the lesson it is the plain classifier only as far as both networks "
        "learnt their targets."
    )
