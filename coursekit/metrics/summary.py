"""Colorizers and baselines on the same photos, every number with its interval over photos.

tqdm is imported where it is used: in a notebook it brings all widgets, which importing the metrics
should not wait for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

from coursekit import bins, color, device

from . import pixels

BASELINES = ("random", "grey", "mean colour")
LEVEL = 0.95
MULTIPLE = 8  # the networks halve a photo three times
PIECE = 256  # photos of which Lab is held at once
CACHED = 2**14  # pixels that are measured at once
Interval = tuple[float, float, float]  # value, lower and upper end


def measure(
    colorizers: Mapping,
    rgb: np.ndarray,
    prior: ArrayLike | None = None,
    mean: ArrayLike | None = None,
    L: np.ndarray | None = None,
    seed: int = 0,
    batch_size: int = 32,
    redraws: int = 1000,
    progress: bool = True,
    baselines: bool = True,
) -> list[dict]:
    """Measure colorizers on photos, and three answers that need no network.

    The baselines are "random", the colours of another of these photos; "grey", ab = 0; and "mean
    colour", one ab everywhere.

    AuC, rebalanced AuC and rare recall compare ab as predicted. The other measures compare photos,
    the predicted ab being laid on the true L by `color.join`. AuC, rebalanced AuC, rare recall and
    PSNR are those of all pixels together, colorfulness and ΔE means over photos.

    Intervals hold 95 % of the values that redrawings of the photos give (bootstrap, percentiles).
    All rows share the redrawings, and the prior stays as it is.

    Parameters
    ----------
    colorizers : mapping of str to object
        By name, anything with ``predict_ab(L) -> ab``, such as a `Colorizer`: float32 (n, h, w, 1)
        to (n, h, w, 2), in CIELAB units.
    rgb : ndarray of uint8, shape (N, H, W, 3)
        The truth.
    prior : array_like of float, shape (313,), optional
        The probability of each bin for the rebalanced AuC; by default that of the true pixels here,
        so that every bin that occurs counts the same.
    mean : array_like of float, shape (2,), optional
        The mean colour in CIELAB units; by default that of these photos.
    L : ndarray of float32, shape (N, h, w, 1), optional
        What the colorizers see, of any h and w that are multiples of 8; by default the photos' own.
        ab is brought from this size to the photos', as `Colorizer.colorize` does.
    seed : int
        Of the lenders of random colours, and of the redrawings.
    batch_size : int
        Photos that a colorizer sees at once.
    redraws : int
        Redrawings for the intervals; 0 for none.
    progress : bool
        Show a bar.
    baselines : bool
        Measure them too, which takes as long as three colorizers.

    Returns
    -------
    list of dict
        For each baseline, unless they are left out, then each colorizer:

        - "name", and "photos", their number;
        - "auc" and "rebalanced_auc" in per cent; beside baselines "over_grey", AuC above that of
          grey, photo against photo; "colorfulness", and "colorfulness_kept", per cent of the
          truth's; "rare_recall", per cent, NaN where no colour is rare; "psnr" in dB; "delta_e",
          ΔE2000: each of them ``(value, low, high)``, or the bare value without redrawings;
        - "each", a dict of lists, the same but colorfulness and PSNR, of every photo; their means
          are the values. A quotient of sums over photos is linear in none of them: a photo's share
          of it is its derivative's (Taylor linearization).

    Raises
    ------
    ValueError
        For other shapes, fewer than two photos, photos without colour, names taken by a baseline,
        colorizers that cannot take this size or predict no finite ab, and a batch that holds none.
    """
    rgb = np.asarray(rgb)
    _check(rgb, L, colorizers)
    encoding, rng = bins.SoftEncoding(neighbours=1), np.random.default_rng(seed)
    if prior is None:
        prior = bins.prior((color.split(some)[1] for some in _pieces(rgb)), encoding)
    prior = np.asarray(prior, np.float64)
    rare = pixels.rare_bins(prior)
    mean = np.float32(mean_ab(rgb) if mean is None else mean)
    # By lot in a ring: every photo lends its colours once, none to itself.
    order, lender = rng.permutation(len(rgb)), np.empty(len(rgb), int)
    lender[order] = np.roll(order, 1)

    measured = (*BASELINES, *colorizers) if baselines else (*colorizers,)
    found: dict[str, list[dict]] = {name: [] for name in measured}
    # A batch at a time, and of each photo only the sums: ab of all rows would fill the memory.
    device.check_batch_size(batch_size)
    for at in _batches(len(rgb), batch_size, progress):
        true_L, true_ab = color.split(rgb[at])
        seen = true_L if L is None else L[at]
        answers = {
            "random": color.split(rgb[lender[at]])[1],
            "grey": np.zeros_like(true_ab),
            "mean colour": np.broadcast_to(mean, true_ab.shape),
        }
        for name, each in colorizers.items():
            answers[name] = _at_size(_asked(name, each, seen), *true_ab.shape[1:3])
        index = encoding.nearest(true_ab)
        for some in _cached(true_L):
            shared = (rgb[at][some], true_L[some], true_ab[some])
            weight, is_rare = 1 / prior[index[some]], rare[index[some]]
            for name, parts in found.items():
                parts.append(_by_photo(*shared, weight, is_rare, answers[name][some]))

    photos = {
        name: {key: np.concatenate([some[key] for some in parts]) for key in parts[0]}
        for name, parts in found.items()
    }
    draws = redraw(len(rgb), rng, redraws)
    return [
        {"name": name, "photos": len(rgb), **_row(each, photos.get("grey"), draws)}
        for name, each in photos.items()
    ]


def mean_ab(rgb: np.ndarray) -> np.ndarray:
    """Compute the mean ab of photos: the one colour of smallest squared error.

    Parameters
    ----------
    rgb : ndarray of uint8, shape (N, H, W, 3)
        Photos.

    Returns
    -------
    ndarray of float64, shape (2,)
        The two of them, in CIELAB units.
    """
    sums = [color.split(some)[1].sum((0, 1, 2), dtype=np.float64) for some in _pieces(rgb)]
    return np.sum(sums, axis=0) / (rgb.size // 3)


def redraw(count: int, rng: np.random.Generator, redraws: int) -> np.ndarray:
    """Draw photos with replacement, as many as there are, again and again.

    Parameters
    ----------
    count : int
        The photos.
    rng : numpy.random.Generator
        Where the lots come from.
    redraws : int
        How often.

    Returns
    -------
    ndarray of float64, shape (redraws + 1, count)
        How often each photo occurs: in row 0 once each, as they are; then in each redrawing.
    """
    drawn = rng.multinomial(count, np.full(count, 1 / count), size=redraws)
    return np.vstack([np.ones(count), drawn])


def interval(values: np.ndarray, level: float = LEVEL) -> Interval:
    """Compute the interval from the values of photos that were drawn by `redraw`.

    Parameters
    ----------
    values : ndarray of float, shape (redraws + 1,)
        A measure of the photos as they are, then of each redrawing.
    level : float
        The share of the redrawings that the interval holds.

    Returns
    -------
    tuple of float
        The first value, and the lower and the upper end for it.
    """
    # A redrawing without any rare colour says nothing of their recall.
    told = values[1:][~np.isnan(values[1:])]
    if not len(told):
        return float(values[0]), float("nan"), float("nan")
    # No interpolation: PSNR is infinite where nothing is wrong, and infinities have no difference.
    low, high = np.quantile(told, [(1 - level) / 2, (1 + level) / 2], method="inverted_cdf")
    return float(values[0]), float(low), float(high)


def _by_photo(
    rgb: np.ndarray,
    true_L: np.ndarray,
    true_ab: np.ndarray,
    weight: np.ndarray,
    rare: np.ndarray,
    ab: np.ndarray,
) -> dict[str, np.ndarray]:
    """Compute what adds up to the measures, a number for each photo."""
    area, painted = pixels.pixel_auc(true_ab, ab), color.join(true_L, ab)
    lab = np.concatenate([true_L, true_ab], axis=-1)
    difference = color.delta_e(lab, color.rgb_to_lab(painted))
    recalled = np.linalg.norm(true_ab - ab, axis=-1) <= pixels.RECALLED_WITHIN
    return {
        "auc": area.mean((1, 2)),
        # Apart, for their quotient over many photos is not the mean of the photos' quotients.
        "weighted_auc": (weight * area).sum((1, 2)),
        "weight": weight.sum((1, 2)),
        "recalled": (rare & recalled).sum((1, 2), dtype=np.float64),
        "rare": rare.sum((1, 2), dtype=np.float64),
        "colorfulness": pixels.colorfulness(painted),
        "true_colorfulness": pixels.colorfulness(rgb),
        "squared": ((rgb.astype(np.float64) - painted) ** 2).mean((1, 2, 3)),
        "delta_e": difference.mean((1, 2), dtype=np.float64),
    }


def _row(photo: dict, grey: dict | None, draws: np.ndarray) -> dict:
    over_grey = {} if grey is None else {"over_grey": photo["auc"] - grey["auc"]}
    # Names of what is divided, and by what.
    quotients = {
        "rebalanced_auc": ("weighted_auc", "weight", 1),
        "colorfulness_kept": ("colorfulness", "true_colorfulness", 100),
        "rare_recall": ("recalled", "rare", 100),
    }

    def mean(values: np.ndarray) -> np.ndarray:  # of the photos, then of each redrawing of them
        return draws @ values / draws.shape[1]

    with np.errstate(divide="ignore", invalid="ignore"):
        # Without any error PSNR is infinite; where no colour is rare, recall is NaN.
        psnr = 10 * np.log10(255**2 / mean(photo["squared"]))
        shares = {
            name: factor * mean(photo[one]) / mean(photo[other])
            for name, (one, other, factor) in quotients.items()
        }
        linear = {
            name: shares[name][0]
            + (factor * photo[one] - shares[name][0] * photo[other]) / photo[other].mean()
            for name, (one, other, factor) in quotients.items()
        }
    values = {
        "auc": mean(photo["auc"]),
        **{name: mean(some) for name, some in over_grey.items()},
        "colorfulness": mean(photo["colorfulness"]),
        **shares,
        "psnr": psnr,
        "delta_e": mean(photo["delta_e"]),
    }
    each = {"auc": photo["auc"], **over_grey, **linear, "delta_e": photo["delta_e"]}
    bare = len(draws) == 1
    return {
        **{name: float(some[0]) if bare else interval(some) for name, some in values.items()},
        "each": {name: some.tolist() for name, some in each.items()},
    }


def _asked(name: str, colorizer: object, seen: np.ndarray) -> np.ndarray:
    """Ask a colorizer, and check its answer."""
    wanted = (*seen.shape[:-1], 2)
    try:
        ab = np.asarray(colorizer.predict_ab(seen))
    except ValueError as error:
        raise ValueError(f"colorizer {name}: {error}") from error
    if ab.shape != wanted or not np.isfinite(ab).all():
        raise ValueError(
            f"colorizer {name}: gave ab of shape {ab.shape} with {(~np.isfinite(ab)).sum()} NaN or "
            f"infinite, wanted is {wanted}; train it again, or leave it out"
        )
    return ab


def _at_size(ab: np.ndarray, height: int, width: int) -> np.ndarray:
    if ab.shape[1:3] == (height, width):
        return ab
    planes = [
        Image.fromarray(plane).resize((width, height), Image.Resampling.BICUBIC)
        for plane in np.moveaxis(np.float32(ab), -1, 1).reshape(-1, *ab.shape[1:3])
    ]
    return np.moveaxis(np.reshape(planes, (len(ab), 2, height, width)), 1, -1)


def _check(rgb: np.ndarray, L: np.ndarray | None, colorizers: Mapping) -> None:
    if rgb.dtype != np.uint8 or rgb.ndim != 4 or rgb.shape[-1] != 3:
        raise ValueError(f"photos are uint8 (N, H, W, 3), got {rgb.dtype} {rgb.shape}")
    if L is not None and (np.ndim(L) != 4 or (len(L), L.shape[-1]) != (len(rgb), 1)):
        raise ValueError(f"L is (N, h, w, 1) of the same {len(rgb)} photos, got {np.shape(L)}")
    height, width = (rgb if L is None else L).shape[1:3]
    if any(side < MULTIPLE or side % MULTIPLE for side in (height, width)):
        raise ValueError(
            f"photos of {width} × {height} pixels: sides must be multiples of {MULTIPLE}"
        )
    if len(rgb) < 2:
        raise ValueError(
            f"{len(rgb)} photos: an interval over photos, and colours of another photo, need at "
            "least two"
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
        if None not in fixed and fixed != (height, width):
            raise ValueError(
                f"colorizer {name}: its network takes {fixed[1]} × {fixed[0]} pixels only, these "
                f"photos have {width} × {height}; measure it at size {fixed[0]}"
            )


def _pieces(rgb: np.ndarray) -> Iterator[np.ndarray]:
    return (rgb[at : at + PIECE] for at in range(0, len(rgb), PIECE))


def _cached(L: np.ndarray) -> Iterator[slice]:
    """Cut a batch into pieces: beside much else in a kernel, whole ones took twice as long."""
    few = max(1, CACHED // L[0].size)
    return (slice(at, at + few) for at in range(0, len(L), few))


def _batches(count: int, size: int, progress: bool) -> Iterator[slice]:
    from tqdm.auto import tqdm

    with tqdm(
        total=count, desc="measuring", unit="photo", leave=False, disable=not progress
    ) as bar:
        for start in range(0, count, size):
            yield slice(start, start + size)
            bar.update(min(size, count - start))
