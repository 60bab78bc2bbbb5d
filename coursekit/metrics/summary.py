"""Colorizers and baselines on the same photos, every number with its interval over photos."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from coursekit import bins, color, metrics

BASELINES = ("random", "grey", "mean colour")
REPEATS, LEVEL = 1000, 0.95
MULTIPLE = 8  # the networks halve a photo three times
Interval = tuple[float, float, float]  # value, lower and upper end


def measure(
    colorizers: Mapping,
    rgb,
    prior=None,
    mean=None,
    L=None,
    seed: int = 0,
    batch_size: int = 32,
    progress: bool = True,
) -> list[dict]:
    """Measure colorizers on photos, and three answers that need no network.

    The baselines: "random", the colours of another of these photos; "grey", ab = 0; "mean colour", one ab everywhere.
    AuC and rebalanced AuC compare ab as predicted; the other measures compare photos, so after what sRGB cannot show
    was clipped. AuC, rebalanced AuC and PSNR are those of all pixels together, colorfulness and ΔE means over photos.
    Intervals hold 95 % of the values that 1,000 redrawings of the photos give (bootstrap, percentiles); all rows share
    the redrawings, and the prior stays as it is.

    Parameters: ``colorizers``, name → anything with ``predict_ab(L) -> ab``, such as a `Colorizer`; ``rgb`` uint8
    (N, H, W, 3), the truth, H and W multiples of 8; ``prior`` (313,), the probability of each bin for the rebalanced
    AuC, by default that of the true pixels here, so that every bin that occurs counts the same; ``mean`` (2,), the
    mean colour in CIELAB units, by default that of these photos; ``L`` float32 (N, H, W, 1), what the colorizers see,
    by default the photos' own; ``seed`` of the lenders of random colours and of the redrawings.
    Returns: a dict for each row: "name"; "photos", their number; "auc" and "rebalanced_auc" in per cent; "over_grey",
    AuC above that of grey, photo against photo; "colorfulness"; "colorfulness_kept", per cent of the truth's; "psnr" in
    dB; "delta_e", ΔE2000; each of them (value, low, high); "each", the ΔE of each photo.
    Raises: ValueError for other shapes, fewer than two photos, photos without colour, names taken by a baseline,
    and colorizers that cannot take this size or predict no finite ab.
    """
    rgb = np.asarray(rgb)
    _check(rgb, colorizers)
    encoding, rng = bins.SoftEncoding(neighbours=1), np.random.default_rng(seed)
    if prior is None:
        prior = bins.prior((color.split(some)[1] for some in _pieces(rgb)), encoding)
    if mean is None:
        mean = mean_ab(rgb)
    order, lender = rng.permutation(len(rgb)), np.empty(len(rgb), int)
    lender[order] = np.roll(order, 1)  # every photo lends its colours once, none to itself

    answers: dict[str, Callable] = {
        "random": lambda seen, at: color.split(rgb[lender[at]])[1],
        "grey": lambda seen, at: np.zeros((*seen.shape[:-1], 2), np.float32),
        "mean colour": lambda seen, at: np.broadcast_to(np.float32(mean), (*seen.shape[:-1], 2)),
        **{name: _asked(name, each) for name, each in colorizers.items()},
    }
    found: dict[str, list[dict]] = {name: [] for name in answers}
    for at in _batches(len(rgb), batch_size, progress):
        lab = color.rgb_to_lab(rgb[at])
        seen = lab[..., :1] if L is None else L[at]
        weight = 1 / prior[encoding.nearest(lab[..., 1:])]
        for name, answer in answers.items():
            found[name].append(_by_photo(rgb[at], lab, weight, answer(seen, at)))
    photos = {
        name: {key: np.concatenate([some[key] for some in parts]) for key in parts[0]}
        for name, parts in found.items()
    }
    draws = redraw(len(rgb), rng)
    return [
        {
            "name": name,
            "photos": len(rgb),
            **_measures(each, photos["grey"], draws),
            "each": each["delta_e"].tolist(),
        }
        for name, each in photos.items()
    ]


def mean_ab(rgb) -> np.ndarray:
    """The mean ab of photos uint8 (N, H, W, 3), float64 (2,): the one colour of smallest squared error."""
    return np.average(
        [color.split(some)[1].mean((0, 1, 2)) for some in _pieces(rgb)],
        axis=0,
        weights=[len(some) for some in _pieces(rgb)],
    )


def redraw(count: int, rng: np.random.Generator, repeats: int = REPEATS) -> np.ndarray:
    """How often each of ``count`` photos occurs: row 0 once each, the others in samples drawn with replacement.

    Returns: float64 (repeats + 1, count).
    """
    drawn = rng.multinomial(count, np.full(count, 1 / count), size=repeats)
    return np.vstack([np.ones(count), drawn])


def interval(values: np.ndarray, level: float = LEVEL) -> Interval:
    """The first value, that of the photos themselves, and the quantiles of the others, those of `redraw`."""
    # No interpolation: PSNR is infinite where nothing is wrong, and infinities have no difference.
    low, high = np.quantile(values[1:], [(1 - level) / 2, (1 + level) / 2], method="inverted_cdf")
    return float(values[0]), float(low), float(high)


def _by_photo(rgb, lab, weight, ab) -> dict[str, np.ndarray]:
    """What adds up to the measures, a number for each photo."""
    right, made = metrics.right(lab[..., 1:], ab), color.join(lab[..., :1], ab)
    return {
        "right": right.mean((1, 2)),
        "weighted": (weight * right).sum((1, 2)),
        "weight": weight.sum((1, 2)),
        "colorfulness": metrics.colorfulness(made),
        "true_colorfulness": metrics.colorfulness(rgb),
        "squared": ((rgb.astype(np.float64) - made) ** 2).mean((1, 2, 3)),
        "delta_e": color.delta_e(lab, color.rgb_to_lab(made)).mean((1, 2), dtype=np.float64),
    }


def _measures(photo: dict, grey: dict, draws: np.ndarray) -> dict[str, Interval]:
    def mean(values):
        return draws @ values / draws.shape[1]

    with np.errstate(divide="ignore"):
        values = {
            "auc": 100 * mean(photo["right"]),
            "over_grey": 100 * mean(photo["right"] - grey["right"]),
            "rebalanced_auc": 100 * mean(photo["weighted"]) / mean(photo["weight"]),
            "colorfulness": mean(photo["colorfulness"]),
            "colorfulness_kept": 100
            * mean(photo["colorfulness"])
            / mean(photo["true_colorfulness"]),
            "psnr": 10 * np.log10(255**2 / mean(photo["squared"])),
            "delta_e": mean(photo["delta_e"]),
        }
    return {name: interval(each) for name, each in values.items()}


def _asked(name: str, colorizer) -> Callable:
    """A colorizer as an answer that is checked."""

    def answer(seen, at):
        ab = np.asarray(colorizer.predict_ab(seen))
        if ab.shape != (*seen.shape[:-1], 2) or not np.isfinite(ab).all():
            raise ValueError(
                f"colorizer {name}: gave ab of shape {ab.shape} with {(~np.isfinite(ab)).sum()} NaN or "
                f"infinite, wanted is {(*seen.shape[:-1], 2)}; train it again, or leave it out"
            )
        return ab

    return answer


def _check(rgb: np.ndarray, colorizers: Mapping) -> None:
    if rgb.dtype != np.uint8 or rgb.ndim != 4 or rgb.shape[-1] != 3:
        raise ValueError(f"photos are uint8 (N, H, W, 3), got {rgb.dtype} {rgb.shape}")
    if any(side < MULTIPLE or side % MULTIPLE for side in rgb.shape[1:3]):
        raise ValueError(
            f"photos of {rgb.shape[2]} × {rgb.shape[1]} pixels: sides must be multiples of {MULTIPLE}"
        )
    if len(rgb) < 2:
        raise ValueError(
            f"{len(rgb)} photos: an interval over photos, and colours of another photo, need at least two"
        )
    if (rgb == rgb[..., :1]).all():
        raise ValueError(
            "all photos are grey, so there is no true colour to compare with; take photos in colour"
        )
    for name, each in colorizers.items():
        if name in BASELINES:
            raise ValueError(
                f"a colorizer cannot be called {name!r}, as a baseline is; choose another name"
            )
        fixed = tuple(getattr(getattr(each, "network", None), "input_shape", (None,) * 3)[1:3])
        if None not in fixed and fixed != rgb.shape[1:3]:
            raise ValueError(
                f"colorizer {name}: its network takes {fixed[1]} × {fixed[0]} pixels only, these photos "
                f"have {rgb.shape[2]} × {rgb.shape[1]}; measure it at size {fixed[0]}"
            )


def _pieces(rgb):
    return (rgb[i : i + 256] for i in range(0, len(rgb), 256))


def _batches(count: int, size: int, progress: bool):
    from tqdm.auto import tqdm

    with tqdm(
        total=count, desc="measuring", unit="photo", leave=False, disable=not progress
    ) as bar:
        for start in range(0, count, size):
            yield slice(start, start + size)
            bar.update(min(size, count - start))
