"""Checks of the fourth assignment: classification and rebalancing."""

from __future__ import annotations

import numpy as np
from scipy import ndimage, special
from scipy.spatial.distance import cdist

from coursekit import bins

from .answers import NotYet, agree, array, number
from .exercise import exercise


@exercise(
    "A4.1",
    hint=(
        "The squared distance of each pixel to each bin: `((ab[..., None, :] - centres) ** 2).sum(axis=-1)`. `argmin` over "
        "the last axis is the nearest. For many pixels `scipy.spatial.KDTree` needs less memory."
    ),
)
def nearest(answer, rng):
    centres = bins.published()[rng.permutation(313)[:120]]
    ab = rng.uniform(-70, 70, (12, 11, 2)).round(2)
    found = array(answer(ab, centres), (12, 11), "nearest_bin(ab, centres)")
    flat = ab.reshape(-1, 2)

    def index(metric):
        return cdist(flat, centres, metric).argmin(axis=1).reshape(12, 11)

    if found.min() < 0 or found.max() >= 120 or (found % 1).any():
        raise NotYet(
            "not places",
            "Return for each pixel the place of its bin in `centres`, a whole number from 0.",
        )
    agree(
        found,
        index("euclidean"),
        {
            "the farthest bin": (
                cdist(flat, centres).argmax(axis=1).reshape(12, 11),
                "These are the *farthest* bins: argmin.",
            ),
            "distances added": (
                index("cityblock"),
                "You added |Δa| + |Δb|; distance in the plane is √(Δa² + Δb²).",
            ),
            "only a": (
                np.abs(flat[:, :1] - centres[:, 0]).argmin(axis=1).reshape(12, 11),
                "You compared a only.",
            ),
        },
        f"{(found != index('euclidean')).mean():.0%} of the pixels get a bin that is not their nearest.",
    )
    return "As SciPy finds them."


def _in_plane(prior, centres, sigma):
    kernel = np.exp(-cdist(centres, centres, "sqeuclidean") / (2 * sigma**2))
    return kernel, kernel @ (prior / kernel.sum(axis=0))


@exercise(
    "A4.2",
    hint=(
        "For each pair of bins take exp(−d² / 2σ²), where d is their distance in the plane: a table (Q, Q). Divide each "
        "column by its sum, so that a bin gives away exactly what it has, and multiply the table by the prior."
    ),
)
def smooth(answer, rng):
    order = rng.permutation(313)
    centres, sigma = bins.published(), 5.0
    prior = rng.dirichlet(np.full(313, 0.1))
    found = array(answer(prior, centres, sigma), (313,), "smooth(prior, centres, sigma)")
    kernel, right = _in_plane(prior, centres, sigma)

    def worst(mode):
        return ndimage.gaussian_filter1d(prior, sigma, mode=mode)

    if any(
        np.allclose(found, worst(mode), atol=1e-7)
        for mode in ("reflect", "nearest", "constant", "wrap", "mirror")
    ):
        far = cdist(centres, centres)[prior.argmax()] > 40
        one = np.eye(313)[prior.argmax()]
        lost = ndimage.gaussian_filter1d(one, sigma)[far].sum()
        raise NotYet(
            "along the list",
            f"This still smooths along the list: of the commonest bin's share, {lost:.0%} "
            "goes to bins more than 40 units away in the plane.",
        )
    agree(
        1e3 * found,
        1e3 * right,
        {
            "not normalised": (
                1e3 * kernel @ prior,
                f"The shares sum to {found.sum():.2f} afterwards. A bin must give "
                "away "
                "what it has, no more: divide each column of the table by its sum.",
            ),
            "what a bin gets, not what it gives": (
                1e3 * (kernel / kernel.sum(axis=1, keepdims=True)) @ prior,
                f"Sum {found.sum():.3f}: you divided by what each bin *gets* from all. "
                "Divide by what each *gives*, or bins on the rim give away too little.",
            ),
            "one sum for all": (
                1e3 * kernel @ prior / (kernel @ prior).sum(),
                "The sum is 1, but bins inside, which have "
                "more "
                "neighbours, gave away more than they had. Divide each column by its own sum.",
            ),
            "the 2 is missing": (
                1e3 * _in_plane(prior, centres, sigma / np.sqrt(2))[1],
                "The exponent is −d² / (2σ²), with the 2.",
            ),
            "nothing smoothed": (1e3 * prior, "The prior came back as it was."),
        },
        f"The sum is {found.sum():.3f} (1 is right); the largest share is {found.max():.3f} ({right.max():.3f} is "
        "right).",
    )
    moved = np.asarray(answer(prior[order], centres[order], sigma), float)
    if not np.allclose(moved, right[order], atol=1e-6):
        raise NotYet(
            "along the list",
            "With the bins in another order, they get other shares. The order of a list "
            "means nothing; distance in the plane does.",
        )
    return "Each bin gave away its own share, to neighbours in the plane, in whatever order the list stands."


@exercise(
    "A4.3",
    hint=(
        "log q = logits − logsumexp(logits). Gather it at the K bins of each pixel: `np.take_along_axis(log_q, indices, "
        "axis=-1)`. Weigh by the shares, add up over K, turn the sign."
    ),
)
def cross_entropy(answer, rng):
    logits = rng.normal(0, 2, (3, 4, 11))
    indices = np.argsort(rng.random((3, 4, 11)), axis=-1)[..., :5]
    shares = rng.dirichlet(np.ones(5), (3, 4))
    found = array(
        answer(logits, indices, shares), (3, 4), "soft_cross_entropy(logits, indices, shares)"
    )
    log_q = special.log_softmax(logits, axis=-1)
    dense = np.zeros(logits.shape)
    np.put_along_axis(dense, indices, shares, axis=-1)
    q = np.exp(log_q)

    def gathered(scores):
        return (shares * np.take_along_axis(scores, indices, axis=-1)).sum(axis=-1)

    agree(
        found,
        -(dense * log_q).sum(axis=-1),
        {
            "the sign": (
                gathered(log_q),
                "A loss is small where the network is right: −Σ share · log q.",
            ),
            "logits are no logarithms": (
                -gathered(logits),
                "Logits are not log q yet: subtract logsumexp over *all* bins.",
            ),
            "normalised over five bins": (
                -(shares * special.log_softmax(np.take_along_axis(logits, indices, -1), -1)).sum(
                    -1
                ),
                "You took the softmax over the five gathered bins; all Q compete.",
            ),
            "probabilities, no logarithm": (
                -gathered(q),
                "The logarithm is missing: −Σ share · log q, not −Σ share · q.",
            ),
            "shares not used": (
                -np.take_along_axis(log_q, indices, -1).mean(-1),
                "The five neighbours do not count the same: weigh each by its share.",
            ),
            "the nearest bin only": (
                -np.take_along_axis(log_q, indices[..., :1], -1)[..., 0],
                "You used one of the K bins.",
            ),
            "target and prediction swapped": (
                -(q * np.log(dense + 1e-7)).sum(-1),
                "Target and prediction are swapped: the logarithm belongs to the network's q.",
            ),
        },
        f"For the first pixel {-(dense * log_q).sum(-1)[0, 0]:.3f} is right; you say {found[0, 0]:.3f}.",
    )
    with np.errstate(all="ignore"):
        large = np.asarray(answer(logits * 500, indices, shares), float)
    if not np.allclose(
        large, -(dense * special.log_softmax(logits * 500, axis=-1)).sum(-1), rtol=1e-3
    ):
        raise NotYet(
            "overflow",
            "With logits of a thousand, exp overflows: the loss is infinite or NaN, or is held by "
            "a small number that you added. `scipy.special.logsumexp` is safe.",
        )
    return "K gathers, and the same number as with all Q."


@exercise(
    "A4.4",
    hint=(
        "A pixel of error d is right at every threshold t with d ≤ t. At each of the 151 thresholds take the *weighted* "
        "share of right pixels, `np.average(right, weights=…)`, then the mean over thresholds, times 100."
    ),
)
def auc(answer, rng):
    true = rng.normal(0, 30, (6, 7, 2))
    predicted = true + rng.normal(0, 40, true.shape)
    predicted[0, :2] = true[0, :2]
    predicted[1, 0] = true[1, 0] + [30, 40]  # an error of exactly 50
    weights = rng.gamma(0.5, 2, (6, 7))
    found = number(answer(true, predicted, weights), "weighted_auc(true, predicted, weights)")
    error = np.linalg.norm(true - predicted, axis=-1)
    t = np.arange(151)

    def area(error, weights=weights, thresholds=t):
        error, weights = np.ravel(error), np.ravel(weights)
        return 100 * np.mean([np.average(error <= limit, weights=weights) for limit in thresholds])

    per_plane = np.abs(true - predicted)
    agree(
        found,
        area(error),
        {
            "weights not used": (
                area(error, np.ones_like(weights)),
                "This is plain AuC: weigh the pixels.",
            ),
            "a share, not per cent": (area(error) / 100, "Right as a share; per cent is wanted."),
            "smaller, not smaller or equal": (
                100
                * np.mean([np.average((error < s).ravel(), weights=weights.ravel()) for s in t]),
                "A pixel whose error *is* the threshold is right: take ≤.",
            ),
            "150 thresholds": (
                area(error, thresholds=t[:-1]),
                "The thresholds are 0, 1, … 150, the last one included.",
            ),
            "thresholds from 1": (
                area(error, thresholds=t[1:]),
                "The thresholds begin with 0, where only exact pixels are right.",
            ),
            "a and b apart": (
                area(per_plane, np.repeat(weights[..., None], 2, -1)),
                "You judged a and b each by itself. "
                "The "
                "error of a pixel is the length of (Δa, Δb).",
            ),
            "squared error": (area(error**2), "You compared *squared* errors with the thresholds."),
            "not divided by the weights": (
                100 * np.mean([(weights * (error <= s)).mean() for s in t]),
                "Divide by the sum of the weights, not by the number of pixels.",
            ),
        },
        f"{area(error):.2f} is right, you say {found:.2f}.",
        within=1e-5,
    )
    return "Measured by the pixels that count."


def _chroma(logits, centres, temperature):
    return np.linalg.norm(special.softmax(logits / temperature, axis=-1) @ centres, axis=-1).mean()


@exercise(
    "A4.5",
    hint=(
        "Write the mean chroma as a function of T first. It falls as T grows, so halve an interval: begin with T from 0.05 "
        "to 1, and go on with the half in which the wanted chroma lies. `scipy.optimize.brentq` does the same."
    ),
)
def temperature(answer, rng):
    centres = bins.published()
    logits = rng.normal(0, 0.5, (30, 313)) - cdist(rng.normal([35, 25], 15, (30, 2)), centres) / 40
    wanted = _chroma(logits, centres, rng.uniform(0.5, 0.7))
    T = number(answer(logits, centres, wanted), "temperature_for(logits, centres, chroma)")
    if not T > 0:
        raise NotYet("not a temperature", f"T = {T:.3g}; a temperature is positive.")
    reached = _chroma(logits, centres, T)
    if abs(reached / wanted - 1) < 0.005:
        return f"T = {T:.3f} gives a mean chroma of {reached:.1f}, as wanted."
    inverse = _chroma(logits, centres, 1 / T)
    if abs(inverse / wanted - 1) < 0.01:
        raise NotYet(
            "multiplied by T",
            f"T = {T:.2f} would be right if logits were multiplied by T; they are divided.",
        )

    of_mean = np.linalg.norm((special.softmax(logits / T, axis=-1) @ centres).mean(axis=0))
    if abs(of_mean / wanted - 1) < 0.005:
        raise NotYet(
            "the chroma of the mean colour",
            "You took the mean colour of all pixels and then its chroma; "
            "red and "
            "green would cancel. Take each pixel's chroma, then the mean.",
        )
    if T not in (1, 0.38) and not 0.06 < T < 0.99:
        raise NotYet(
            "an end of the interval",
            f"Your search ended at T = {T:.3f}, where the mean chroma is "
            f"{reached:.1f} and not {wanted:.1f}. Is the chroma that of the decoded "
            "*colours*, and does the search keep the half in which the answer "
            "lies?",
        )
    if T in (1, 0.38):
        raise NotYet(
            "a fixed temperature",
            f"T = {T:.2f} whatever is asked for gives a mean chroma of {reached:.1f}, "
            f"wanted is {wanted:.1f}.",
        )
    raise NotYet(
        "another result",
        f"T = {T:.3f} gives a mean chroma of {reached:.1f}, wanted is {wanted:.1f}. "
        f"{'A smaller' if reached < wanted else 'A larger'} T is needed.",
    )
