"""Checks of the fourth assignment: classification and rebalancing.

Graded, so there are no solutions here; see `cases`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from coursekit import bins

from .answers import NotYet, agree, array, close, number
from .cases import Case
from .exercise import exercise


@exercise(
    "A4.1",
    hint=(
        "Give the pixels one more axis, so that the centres can be subtracted from each; sum the "
        "squares over a and b: the squared distance of each pixel to each bin. `argmin` over the "
        "last axis is the nearest. For many pixels `scipy.spatial.KDTree` needs less memory."
    ),
    stored=True,
)
def _nearest(answer: Callable, case: Case) -> str:
    """Check places in the list, by distance in the plane."""
    ab, expected = case.given["ab"], case.expected["places"]
    centres = bins.published()[case.given["bins"]]
    found = array(answer(ab, centres), ab.shape[:2], "nearest_bin(ab, centres)")
    if found.min() < 0 or found.max() >= len(centres) or (found % 1).any():
        raise NotYet(
            "not places",
            "Return for each pixel the place of its bin in `centres`, a whole number from 0.",
        )
    messages = {
        "the farthest bin": "These are the *farthest* bins: argmin.",
        "distances added": "You added |Δa| + |Δb|; distance in the plane is √(Δa² + Δb²).",
        "only a": "You compared a only.",
        "only b": "You compared b only.",
        "the larger difference": "You took the larger of |Δa| and |Δb|; distance in the plane is "
        "√(Δa² + Δb²).",
        "a and b exchanged": "a and b have changed places: you found the bins of other colours.",
    }
    agree(
        found,
        expected,
        case.mistaken("places", messages),
        f"{(found != expected).mean():.0%} of the pixels get a bin that is not their nearest.",
    )
    return "As SciPy finds them."


@exercise(
    "A4.2",
    hint=(
        "For each pair of bins take exp(−d² / 2σ²), where d is their distance in the plane: a "
        "table (Q, Q). Divide each column by its sum, so that a bin gives away exactly what it "
        "has, and multiply the table by the prior."
    ),
    stored=True,
    parts=("bug", "shares"),
)
def _smooth(answer: Callable, case: Case, part: str | None) -> str:
    """Check that each bin gives its share in the plane, in any order of the list."""
    prior, sigma, order = case.given["prior"], case.given["sigma"], case.facts["order"]
    centres, expected = bins.published(), case.expected["thousandths"]
    found = array(answer(prior, centres, sigma), prior.shape, "smooth(prior, centres, sigma)")
    # Shares are small, and `agree` allows an absolute error below 1: thousandths are compared.
    thousandths = 1e3 * found
    if any(close(thousandths, along) for along in case.mistakes["along the list"].values()):
        raise NotYet(
            "along the list",
            "This still smooths along the list: of the commonest bin's share, "
            f"{case.facts['lost']:.0%} goes to bins more than 40 units away in the plane.",
        )
    total, worst = found.sum(), np.abs(thousandths - expected).argmax()
    messages = {
        "not normalised": f"The shares sum to {total:.2f} afterwards. A bin must give away what "
        "it has, no more: divide each column of the table by its sum.",
        "what a bin gets, not what it gives": f"Sum {total:.3f}: you divided by what each bin "
        "*gets* from all. Divide by what each *gives*, or bins on the rim give away too "
        "little.",
        "what a bin gets, made to sum to 1": "The sum is 1, but you divided by what each bin "
        "*gets* from all, and then scaled everything: bins on the rim gave away too little. "
        "Divide by what each *gives*.",
        "sigma not squared": "Square σ too; d² / σ² has no unit.",
        "the distance not squared": "Square the distance in the exponent.",
        "a bin keeps nothing": "A bin is its own nearest neighbour, at distance 0, and keeps a "
        "part of its share: leave the diagonal in.",
        "one sum for all": "The sum is 1, but bins inside, which have more neighbours, gave away "
        "more than they had. Divide each column by its own sum.",
        "the 2 is missing": "The exponent is −d² / (2σ²), with the 2.",
        "nothing smoothed": "The prior came back as it was.",
    }
    # The bug is found where neighbours in the plane share, whatever becomes of the sum.
    neighbours = np.corrcoef(found, expected)[0, 1] > 0.9 and not close(thousandths, 1e3 * prior)
    if part != "bug" or not neighbours:
        agree(
            thousandths,
            expected,
            case.mistaken("thousandths", messages),
            f"The sum is {total:.3f} (1 is right); bin {worst}, at {centres[worst].round()}, has "
            f"{thousandths[worst]:.3g} thousandths, and {expected[worst]:.3g} are right.",
        )
    if part == "shares":
        return "Each bin gave away its own share."
    moved = np.asarray(answer(prior[order], centres[order], sigma), float)
    if not close(1e3 * moved, thousandths[order]):
        raise NotYet(
            "along the list",
            "With the bins in another order, they get other shares. The order of a list "
            "means nothing; distance in the plane does.",
        )
    return (
        "Each bin gave away its own share, to neighbours in the plane, in whatever order the "
        "list stands."
    )


@exercise(
    "A4.3",
    hint=(
        "log q = logits − logsumexp(logits). Gather it at the K bins of each pixel with "
        "`np.take_along_axis`. Weigh by the shares, add up over K, turn the sign."
    ),
    stored=True,
)
def _cross_entropy(answer: Callable, case: Case) -> str:
    """Check the loss of a soft target, also where exp overflows."""
    logits, expected = case.given["logits"], case.expected["loss"]
    target = case.given["indices"], case.given["shares"]
    found = array(
        answer(logits, *target), expected.shape, "soft_cross_entropy(logits, indices, shares)"
    )
    messages = {
        "the sign": "A loss is small where the network is right: −Σ share · log q.",
        "logits are no logarithms": "Logits are not log q yet: subtract logsumexp over *all* bins.",
        "normalised over five bins": "You took the softmax over the five gathered bins; all Q "
        "compete.",
        "probabilities, no logarithm": "The logarithm is missing: −Σ share · log q, not −Σ share "
        "· q.",
        "shares not used": "The five neighbours do not count the same: weigh each by its share.",
        "the nearest bin only": "You used one of the K bins.",
        "bits, not nats": "You took log₂; the loss of the course is in nats, by the natural "
        "logarithm.",
        "the logarithm of the mixture": "You mixed the probabilities first and took the logarithm "
        "then: each of the K bins has its own logarithm.",
        "a mean over five bins": "The shares sum to 1 already; do not divide by K as well.",
        "target and prediction swapped": "Target and prediction are swapped: the logarithm "
        "belongs to the network's q.",
    }
    agree(
        found,
        expected,
        case.mistaken("loss", messages),
        f"For the first pixel {expected[0, 0]:.3f} is right; you say {found[0, 0]:.3f}.",
    )
    with np.errstate(all="ignore"):
        large = np.asarray(answer(logits * 500, *target), float)
    if not np.allclose(large, case.expected["loss of large logits"], rtol=1e-3):
        raise NotYet(
            "overflow",
            "With logits of a thousand, exp overflows: the loss is infinite or NaN, or is held by "
            "a small number that you added. `scipy.special.logsumexp` is safe.",
        )
    return "K gathers, and the same number as with all Q."


@exercise(
    "A4.4",
    hint=(
        "A pixel of error d is right at every threshold t with d ≤ t. At each of the 151 "
        "thresholds take the *weighted* share of right pixels (`np.average`), then the mean over "
        "thresholds, times 100."
    ),
    stored=True,
)
def _auc(answer: Callable, case: Case) -> str:
    """Check the weighted share of right pixels, over all thresholds."""
    given, expected = case.given, case.expected["auc"]
    found = number(
        answer(given["true"], given["predicted"], given["weights"]),
        "weighted_auc(true, predicted, weights)",
    )
    messages = {
        "weights not used": "This is plain AuC: weigh the pixels.",
        "a share, not per cent": "Right as a share; per cent is wanted.",
        "smaller, not smaller or equal": "A pixel whose error *is* the threshold is right: take ≤.",
        "150 thresholds": "The thresholds are 0, 1, … 150, the last one included.",
        "thresholds from 1": "The thresholds begin with 0, where only exact pixels are right.",
        "a and b apart": "You judged a and b each by itself. The error of a pixel is the length "
        "of (Δa, Δb).",
        "squared error": "You compared *squared* errors with the thresholds.",
        "the wrong ones": "This is the area of the *wrong* pixels.",
        "thresholds in steps of ten": "The thresholds are 0, 1, … 150, in steps of 1.",
        "the trapezoid rule": "You took the trapezoid rule, in which both ends count half; the "
        "mean over the thresholds is asked for.",
        "not divided by the weights": "Divide by the sum of the weights, not by the number of "
        "pixels.",
    }
    agree(
        found,
        expected,
        case.mistaken("auc", messages),
        f"{expected:.2f} is right, you say {found:.2f}.",
        within=1e-5,
    )
    return "Measured by the pixels that count."


@exercise(
    "A4.5",
    hint=(
        "Write the mean chroma as a function of T first. It falls as T grows, so halve an "
        "interval: begin with T from 0.05 to 1, and go on with the half in which the wanted "
        "chroma lies. `scipy.optimize.brentq` does the same."
    ),
    stored=True,
)
def _temperature(answer: Callable, case: Case) -> str:
    """Check a temperature by the mean chroma that it gives, on a stored curve."""
    wanted, curve = case.given["chroma"], case.facts
    T = number(
        answer(case.given["logits"], bins.published(), wanted),
        "temperature_for(logits, centres, chroma)",
    )
    if not T > 0:
        raise NotYet("not a temperature", f"T = {T:.3g}; a temperature is positive.")

    def at(T: float, measured: str) -> float:
        return float(np.interp(np.log(T), np.log(curve["T"]), curve[measured]))

    reached = at(T, "mean chroma")
    if abs(reached / wanted - 1) < 0.005:
        return f"T = {T:.3f} gives a mean chroma of {reached:.1f}, as wanted."
    if abs(at(1 / T, "mean chroma") / wanted - 1) < 0.01:
        raise NotYet(
            "multiplied by T",
            f"T = {T:.2f} would be right if logits were multiplied by T; they are divided.",
        )
    if T in (1, 0.38):
        raise NotYet(
            "a fixed temperature",
            f"T = {T:.2f} whatever is asked for gives a mean chroma of {reached:.1f}, wanted is "
            f"{wanted:.1f}.",
        )
    if abs(100 * T - round(100 * T)) < 1e-6 and abs(reached / wanted - 1) < 0.03:
        raise NotYet(
            "steps too coarse",
            f"T = {T:g} is a round number, which gives a mean chroma of {reached:.1f}; wanted is "
            f"{wanted:.1f}. You tried T in steps: search on between the two nearest.",
        )
    for measured, misconception, message in (
        (
            "chroma of the mean",
            "the chroma of the mean colour",
            "You took the mean colour of all pixels and then its chroma; red and green would "
            "cancel. Take each pixel's chroma, then the mean.",
        ),
        (
            "median chroma",
            "the median chroma",
            f"Your T makes the *median* chroma {wanted:.1f}; the mean is asked for.",
        ),
        (
            "root mean square",
            "the root of the mean square",
            "You took the mean of a² + b² over the pixels and then the root, which counts vivid "
            "pixels for more. Take each pixel's chroma, then the mean.",
        ),
    ):
        if abs(at(T, measured) / wanted - 1) < 0.005:
            raise NotYet(misconception, message)
    if not 0.06 < T < 0.99:
        raise NotYet(
            "an end of the interval",
            f"Your search ended at T = {T:.3f}, where the mean chroma is {reached:.1f} and not "
            f"{wanted:.1f}. Is the chroma that of the decoded *colours*, and does the search keep "
            "the half in which the answer lies?",
        )
    raise NotYet(
        "another result",
        f"T = {T:.3f} gives a mean chroma of {reached:.1f}, wanted is {wanted:.1f}. "
        f"{'A smaller' if reached < wanted else 'A larger'} T is needed.",
    )
