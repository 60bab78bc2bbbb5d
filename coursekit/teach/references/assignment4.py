"""Assignment 4, classification: inputs, right answers, and what known mistakes give."""

from __future__ import annotations

import numpy as np
from scipy import integrate, ndimage, special
from scipy.spatial.distance import cdist

from coursekit import bins
from coursekit.lesson.checks.cases import Case


def _nearest(rng: np.random.Generator) -> Case:
    """A4.1: the nearest of 120 bins, in an order of their own."""
    chosen = rng.permutation(313)[:120]
    centres = bins.published()[chosen]
    ab = rng.uniform(-70, 70, (12, 11, 2)).round(2)
    flat = ab.reshape(-1, 2)

    def places(distance: np.ndarray) -> np.ndarray:
        return distance.argmin(axis=1).reshape(12, 11).astype(np.uint8)

    mistakes = {
        "the farthest bin": places(-cdist(flat, centres)),
        "distances added": places(cdist(flat, centres, "cityblock")),
        "only a": places(cdist(flat[:, :1], centres[:, :1])),
        "only b": places(cdist(flat[:, 1:], centres[:, 1:])),
        "the larger difference": places(cdist(flat, centres, "chebyshev")),
        "a and b exchanged": places(cdist(flat[:, ::-1], centres)),
    }
    return Case(
        {"ab": ab, "bins": chosen.astype(np.int16)},
        {"places": places(cdist(flat, centres))},
        {"places": mistakes},
    )


def _given_away(prior: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    return kernel @ (prior / kernel.sum(axis=0))


def _smooth(rng: np.random.Generator) -> Case:
    """A4.2: a prior smoothed in the plane, in thousandths."""
    centres, sigma = bins.published(), 5.0
    order = rng.permutation(313)
    prior = 1e3 * rng.dirichlet(np.full(313, 0.1))
    distances = cdist(centres, centres)
    kernel = np.exp(-(distances**2) / (2 * sigma**2))
    got = (kernel / kernel.sum(axis=1, keepdims=True)) @ prior
    mistakes = {
        "not normalised": kernel @ prior,
        "what a bin gets, not what it gives": got,
        "what a bin gets, made to sum to 1": 1e3 * got / got.sum(),
        "sigma not squared": _given_away(prior, np.exp(-(distances**2) / (2 * sigma))),
        "the distance not squared": _given_away(prior, np.exp(-distances / (2 * sigma**2))),
        "a bin keeps nothing": _given_away(prior, kernel - np.eye(313)),
        "one sum for all": 1e3 * kernel @ prior / (kernel @ prior).sum(),
        "the 2 is missing": _given_away(prior, kernel**2),
        "nothing smoothed": prior,
    }
    along = {
        mode: ndimage.gaussian_filter1d(prior, sigma, mode=mode)
        for mode in ("reflect", "nearest", "constant", "wrap", "mirror")
    }
    commonest = prior.argmax()
    far = distances[commonest] > 40
    lost = ndimage.gaussian_filter1d(np.eye(313)[commonest], sigma)[far].sum()
    return Case(
        {"prior": prior / 1e3, "sigma": sigma},
        {"thousandths": _given_away(prior, kernel)},
        {"thousandths": mistakes, "along the list": along},
        {"order": order.astype(np.int16), "lost": lost},
    )


def _cross_entropy(rng: np.random.Generator) -> Case:
    """A4.3: the cross-entropy with five target bins of eleven."""
    logits = rng.normal(0, 2, (3, 4, 11)).round(3)
    indices = np.argsort(rng.random((3, 4, 11)), axis=-1)[..., :5]
    shares = rng.dirichlet(np.ones(5), (3, 4))
    log_q = special.log_softmax(logits, axis=-1)
    dense = np.zeros(logits.shape)
    np.put_along_axis(dense, indices, shares, axis=-1)

    def gathered(scores: np.ndarray) -> np.ndarray:
        return np.take_along_axis(scores, indices, axis=-1)

    def loss(scores: np.ndarray) -> np.ndarray:
        return -(shares * scores).sum(axis=-1)

    mistakes = {
        "the sign": -loss(gathered(log_q)),
        "logits are no logarithms": loss(gathered(logits)),
        "normalised over five bins": loss(special.log_softmax(gathered(logits), axis=-1)),
        "probabilities, no logarithm": loss(gathered(np.exp(log_q))),
        "shares not used": -gathered(log_q).mean(axis=-1),
        "the nearest bin only": -gathered(log_q)[..., 0],
        "bits, not nats": loss(gathered(log_q)) / np.log(2),
        "the logarithm of the mixture": -np.log((shares * gathered(np.exp(log_q))).sum(axis=-1)),
        "a mean over five bins": loss(gathered(log_q)) / 5,
        "target and prediction swapped": -(np.exp(log_q) * np.log(dense + 1e-7)).sum(axis=-1),
    }
    expected = {
        "loss": -(dense * log_q).sum(axis=-1),
        "loss of large logits": -(dense * special.log_softmax(logits * 500, axis=-1)).sum(axis=-1),
    }
    return Case(
        {"logits": logits, "indices": indices, "shares": shares}, expected, {"loss": mistakes}
    )


def _auc(rng: np.random.Generator) -> Case:
    """A4.4: weighted AuC of 42 pixels, two of which are exact, and one off by 50 exactly."""
    true = rng.normal(0, 30, (6, 7, 2)).round(1)
    predicted = (true + rng.normal(0, 40, true.shape)).round(1)
    predicted[0, :2] = true[0, :2]
    true[1, 0] = true[1, 0].round()
    predicted[1, 0] = true[1, 0] + [30, 40]
    weights = rng.gamma(0.5, 2, (6, 7))
    error = np.linalg.norm(true - predicted, axis=-1)
    thresholds = np.arange(151)

    def area(right: list[np.ndarray], weights: np.ndarray = weights) -> float:
        return 100 * np.mean([np.average(each, weights=weights) for each in right])

    inside = [error <= t for t in thresholds]
    planes = [np.abs(true - predicted) <= t for t in thresholds]
    mistakes = {
        "weights not used": area(inside, np.ones_like(weights)),
        "a share, not per cent": area(inside) / 100,
        "smaller, not smaller or equal": area([error < t for t in thresholds]),
        "150 thresholds": area(inside[:-1]),
        "thresholds from 1": area(inside[1:]),
        "a and b apart": area(planes, np.repeat(weights[..., None], 2, axis=-1)),
        "squared error": area([error**2 <= t for t in thresholds]),
        "the wrong ones": 100 - area(inside),
        "thresholds in steps of ten": area(inside[::10]),
        "the trapezoid rule": integrate.trapezoid([area([each]) for each in inside]) / 150,
        "not divided by the weights": 100 * np.mean([(weights * each).mean() for each in inside]),
    }
    return Case(
        {"true": true, "predicted": predicted, "weights": weights},
        {"auc": area(inside)},
        {"auc": mistakes},
    )


def _chromas(logits: np.ndarray, centres: np.ndarray, T: float) -> tuple[float, ...]:
    """Measure the colours decoded at T.

    Their mean chroma, and what is taken for it: the chroma of their mean, their median chroma, and
    the root of their mean squared chroma.
    """
    colours = special.softmax(logits / T, axis=-1) @ centres
    chroma = np.linalg.norm(colours, axis=-1)
    of_mean = np.linalg.norm(colours.mean(axis=0))
    return chroma.mean(), of_mean, np.median(chroma), np.sqrt((chroma**2).mean())


def _temperature(rng: np.random.Generator) -> Case:
    """A4.5: the T of a wanted mean chroma, between 0.5 and 0.7, and what every T gives.

    Other chromas reach what is wanted at other, plainly wrong T, and steps of a tenth miss it.
    """
    centres = bins.published()
    # From T to 1 / T of every answer that is looked at; dense enough to be read to a few parts in
    # 100,000.
    T = np.geomspace(0.02, 50, 300)
    searched = (0.05 < T) & (T < 1)
    usable = False
    while not usable:
        around = rng.normal([35, 25], 15, (10, 2))
        logits = (rng.normal(0, 0.5, (10, 313)) - cdist(around, centres) / 40).round(2)
        exact = rng.uniform(0.5, 0.7)
        wanted = _chromas(logits, centres, exact)[0]
        curves = np.transpose([_chromas(logits, centres, each) for each in T])
        # Each meets what is wanted once where a search looks, and at a T of its own.
        once = (np.abs(np.diff(curves[:, searched] > wanted)).sum(axis=1) == 1).all()
        reached = curves[0, np.abs(curves - wanted + 1e9 * ~searched).argmin(axis=1)]
        close = np.abs(np.subtract.outer(reached, reached)) < 0.01 * wanted
        ends = curves[0, searched][[0, -1]] / wanted
        usable = (
            once
            and close.sum() == len(reached)
            and ends[0] > 1.1
            and ends[1] < 0.93
            and abs(exact - round(exact, 1)) > 0.025
        )
    names = "mean chroma", "chroma of the mean", "median chroma", "root mean square"
    return Case(
        {"logits": logits.astype(np.float32), "chroma": wanted},
        {},
        {},
        {"T": T, **dict(zip(names, curves, strict=True))},
    )


CASES = {
    "A4.1": _nearest,
    "A4.2": _smooth,
    "A4.3": _cross_entropy,
    "A4.4": _auc,
    "A4.5": _temperature,
}
