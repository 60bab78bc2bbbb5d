"""Checks of the second assignment: regression. Keras is loaded only where a network is looked at."""

from __future__ import annotations

import functools

import numpy as np

from coursekit import color
from coursekit.datasets import scenes

from .answers import NotYet, agree, array, number, parts
from .exercise import exercise

MOST_WEIGHTS, REACH = 60_000, 21


@exercise(
    "A2.1",
    hint=(
        "Scale ab first: `color.scale_ab`. Grey is ab = 0. The mean colour has one a and one b, taken over all pixels of "
        "the *training* photos; its loss is taken over the new ones. A mean squared error runs over both planes."
    ),
)
def baselines(answer, rng):
    train = rng.normal([10, -20], 15, (7, 6, 5, 2))
    new = rng.normal([30, 5], [20, 40], (3, 6, 5, 2))
    grey, mean = parts(answer(train, new), 2, "baselines(train_ab, new_ab)")
    grey, mean = number(grey, "the loss of grey"), number(mean, "the loss of the mean colour")

    def loss(guess, scale=128.0):
        return (((new - guess) / scale) ** 2).mean()

    agree(
        grey * 1e3,
        loss(0) * 1e3,
        {
            "ab not scaled": (
                loss(0, 1) * 1e3,
                "These are squared CIELAB units; the network's loss is that of ab / 128.",
            ),
            "a root too many": (
                np.sqrt(loss(0)) * 1e3,
                'This is the root; `"mse"` is the mean squared error itself.',
            ),
            "summed over a and b": (
                2 * loss(0) * 1e3,
                "Keras takes the mean over a and b as well, not their sum.",
            ),
            "the training photos": (
                ((train / 128) ** 2).mean() * 1e3,
                "This is grey's loss on the training photos; it is to be compared with a held-back "
                "one.",
            ),
        },
        f"Painting the new photos grey costs {loss(0):.4f}; you say {grey:.4f}.",
    )
    agree(
        mean * 1e3,
        loss(train.mean(axis=(0, 1, 2))) * 1e3,
        {
            "the mean of the new photos": (
                loss(new.mean(axis=(0, 1, 2))) * 1e3,
                "You took the mean colour of the new "
                "photos: "
                "nobody knows their colours beforehand. Take that of the training photos.",
            ),
            "one mean for a and b": (
                loss(train.mean()) * 1e3,
                "a and b have a mean each: `axis=(0, 1, 2)`.",
            ),
            "a mean for each photo": (
                loss(new.mean(axis=(1, 2), keepdims=True)) * 1e3,
                "You gave each new photo its own "
                "mean. That is a far better painter than one colour for everything.",
            ),
        },
        f"The mean colour of the training photos costs {loss(train.mean(axis=(0, 1, 2))):.4f} on the new ones; you say "
        f"{mean:.4f}.",
    )
    return "Two lines that a network has to get below before it has learnt anything about photos."


@exercise(
    "A2.2",
    hint=(
        "`networks.small_cnn` of lesson 02 has the shape you need, with too many weights. Give `layers.Input` the size "
        "(None, None, 1); halve twice by strides, double twice, and end with 2 filters and tanh."
    ),
)
def network(answer, rng):
    model = answer()
    if not hasattr(model, "count_params"):
        raise NotYet(
            "no Keras model",
            f"network() should return a keras.Model, got a {type(model).__name__}.",
        )
    shapes = {}
    for size in (32, 48):
        try:
            shapes[size] = _run(model, rng.uniform(-1, 1, (2, size, size, 1))).shape
        except Exception as error:
            raise NotYet(
                "one size only",
                f"With photos of {size} × {size} pixels it stops: {type(error).__name__}. "
                "Give `layers.Input` (None, None, 1), and halve as often as you double.",
            ) from None
    if shapes[48] != (2, 48, 48, 2):
        smaller = shapes[48][1] < 48
        raise NotYet(
            "a smaller output" if smaller else "another shape",
            f"48 × 48 pixels come out as "
            f"{shapes[48][1:]}; "
            "(48, 48, 2) are wanted" + (": double as often as you halve." if smaller else "."),
        )
    weights = model.count_params()
    if weights > MOST_WEIGHTS:
        raise NotYet(
            "too many weights",
            f"{weights:,} weights; {MOST_WEIGHTS:,} are allowed. Where two wide layers "
            "meet, a kernel costs 9 · in · out.",
        )
    extreme = _run(model, 1e4 * rng.choice([-1, 1], (2, 32, 32, 1)))
    if np.abs(extreme).max() > 1:
        raise NotYet(
            "no tanh at the end",
            f"On a wild input it answers {np.abs(extreme).max():.0f}; ab / 128 lies "
            "within −1…1. End with tanh.",
        )
    if extreme.min() >= 0:
        raise NotYet(
            "never below zero",
            "It only gives numbers from 0: no green and no blue. ReLU or sigmoid in the "
            "last layer? tanh has both signs.",
        )
    reach = _reach(model)
    if reach < REACH:
        raise NotYet(
            "sees too little",
            f"An output sees {reach} pixels across, {REACH} are wanted. Strides widen what "
            "every later layer sees.",
        )
    return f"{weights:,} weights, and each output sees {reach} pixels across."


def _run(model, planes) -> np.ndarray:
    import keras

    return keras.ops.convert_to_numpy(model(np.asarray(planes, np.float32), training=False))


def _reach(model, size: int = 96) -> int:
    """How far the change of one pixel gets, in a copy with positive weights, where nothing cancels or dies."""
    import keras

    copy = keras.models.clone_model(model)
    copy.set_weights(
        [
            np.full_like(w, 1 / np.prod(w.shape[:-1])) if w.ndim > 1 else w
            for w in copy.get_weights()
        ]
    )
    planes = np.zeros((2, size, size, 1))
    planes[1, size // 2, size // 2] = 1
    still, poked = _run(copy, planes)
    rows = np.flatnonzero((still != poked).any(axis=(1, 2)))
    return int(np.ptp(rows)) + 1 if len(rows) else 0


@exercise(
    "A2.3",
    hint=(
        "`coin = rng.random(len(L)) < 0.5` is one coin for each photo. `np.where(coin[:, None, None, None], L[:, :, ::-1], "
        "L)` mirrors where it shows heads, and leaves L itself alone."
    ),
)
def mirror(answer, rng):
    L = rng.permutation(300 * 4 * 6).reshape(300, 4, 6, 1).astype(np.float32)
    ab = np.concatenate([L + 0.25, -L], axis=-1)
    found_L, found_ab = parts(
        answer(L, ab, np.random.default_rng(rng.integers(1000))), 2, "mirror(L, ab, rng)"
    )
    found_L, found_ab = array(found_L, L.shape, "L"), array(found_ab, ab.shape, "ab")

    def photos(found, expected):
        return (found == expected).all(axis=(1, 2, 3))

    turned, same = photos(found_L, L[:, :, ::-1]), photos(found_L, L)
    if photos(found_L, L[:, ::-1]).any() and not turned.any():
        raise NotYet(
            "upside down",
            "Photos are turned upside down: axis 1 are the rows. Mirror the columns, axis 2.",
        )
    if not (turned | same).all():
        raise NotYet(
            "another result",
            f"{(~(turned | same)).sum()} of 300 photos are neither mirrored nor as they were.",
        )
    if turned.all() or same.all():
        raise NotYet(
            "no coin for each photo",
            f"{'All' if turned.all() else 'None'} of 300 photos are mirrored. Toss "
            "a coin for each photo of the batch.",
        )
    follows = np.where(turned, photos(found_ab, ab[:, :, ::-1]), photos(found_ab, ab))
    if not follows.all():
        left = photos(found_ab, ab).all()
        raise NotYet(
            "ab stays behind" if left else "two coins",
            (
                "L is mirrored and ab is not: colours lie on the wrong side."
                if left
                else f"In {(~follows).sum()} of 300 photos L and ab disagree about being mirrored. One coin decides for both."
            ),
        )
    if not 0.4 <= turned.mean() <= 0.6:
        raise NotYet(
            "a loaded coin", f"{turned.mean():.0%} of the photos are mirrored; half should be."
        )
    return "L and ab stay together, and no batch looks the same twice."


@exercise(
    "A2.4",
    hint=(
        "Two photos are the same if `photo.tobytes()` is. Collect the places of each photo in a dictionary under that key, "
        "shuffle the groups with `np.random.default_rng(seed)`, and deal out whole groups until the share is reached."
    ),
)
def split(answer, rng):
    names = np.concatenate(
        [np.arange(60), rng.choice(60, 20, replace=False)]
    )  # 20 photos stand there twice
    kinds = rng.integers(0, 256, (60, 3, 3, 3), dtype=np.uint8)
    rgb = kinds[np.sort(names)]
    names, share, seed = np.sort(names), 0.25, int(rng.integers(1000))

    def places(seed):
        sides = [
            np.asarray(side)
            for side in parts(answer(rgb, share, seed), 2, "split(rgb, share, seed)")
        ]
        if any(side.ndim != 1 or side.dtype.kind not in "iu" for side in sides):
            raise NotYet(
                "not places",
                "Return two lists of whole numbers: the places in rgb of the photos to train "
                "on, and of those held back.",
            )
        return sides

    train, held = places(seed)
    both = np.intersect1d(train, held)
    if len(both):
        raise NotYet("photos on both sides", f"{len(both)} photos are to train on *and* held back.")
    lost = np.setdiff1d(np.arange(80), [*train, *held])
    if len(lost) or len(train) + len(held) != 80:
        raise NotYet(
            "photos lost",
            f"Of 80 photos {len(lost)} are on neither side. Keep copies, on the same side as "
            "the original."
            if len(lost)
            else "Some photo stands twice on one side.",
        )
    if np.array_equal(np.sort(held), np.arange(80 - len(held), 80)):
        raise NotYet(
            "as listed",
            "The last photos of the listing are held back. A folder is listed class by class, so "
            "the network would be judged on classes that it never saw. Shuffle first.",
        )
    if abs(len(held) - 80 * share) > 3:
        exchanged = abs(len(train) - 80 * share) <= 3
        raise NotYet(
            "sides exchanged" if exchanged else "another share",
            f"{len(held)} of 80 photos are held back; about {80 * share:.0f} are wanted.",
        )
    copies = np.intersect1d(names[train], names[held])
    if len(copies):
        raise NotYet(
            "copies on both sides",
            f"{len(copies)} photos are to train on, and a copy of each is held back: "
            "the network knows them by heart. Keep copies together.",
        )
    again, other = places(seed), places(seed + 1)
    if not np.array_equal(np.sort(again[1]), np.sort(held)):
        raise NotYet(
            "another split each time",
            "The same seed gives two splits, so nobody can repeat your result.",
        )
    if np.array_equal(np.sort(other[1]), np.sort(held)):
        raise NotYet("the seed does nothing", "Two seeds give the same split.")
    return "Nothing that is held back has been seen in training, not even as a copy."


@functools.lru_cache(maxsize=5)  # trying again should not take longer than training
def _coasts(seed: int):
    return tuple(
        scenes.draw(count, 32, ["coast"], seed=seed + i) for i, count in enumerate((160, 60))
    )


@exercise(
    "A2.5",
    hint=(
        '`L, ab = color.split(rgb)`, scale both, `compile` with Adam at about 2e-3 and "mse", `fit` with small batches '
        "for "
        "10 to 20 epochs, return the model."
    ),
)
def train(answer, rng):
    seen, new = _coasts(int(rng.integers(1000)))
    model = answer(seen.rgb)
    if not hasattr(model, "predict"):
        raise NotYet(
            "no Keras model",
            f"train(rgb) should return the trained keras.Model, got a "
            f"{type(model).__name__}. "
            "`fit` returns a history, not the model."
            if hasattr(model, "history")
            else f"train(rgb) should return the trained keras.Model, got a {type(model).__name__}.",
        )
    target = color.scale_ab(new.ab)
    mean = color.scale_ab(seen.ab).mean(axis=(0, 1, 2))

    def loss(L):
        return float(((array(_run(model, L), target.shape, "the network") - target) ** 2).mean())

    found, cheap = loss(color.scale_L(new.L)), float(((mean - target) ** 2).mean())
    if found > 0.8 * cheap:
        best = scenes.lowest_mse(new) / color.AB_SCALE**2
        numbers = (
            f"On new scenes its loss is {found:.4f}; the mean colour has {cheap:.4f}, "
            f"the best possible {best:.4f}"
        )
        if loss(new.L) < 0.8 * found:
            raise NotYet(
                "L not scaled",
                f"{numbers}. Fed with L from 0 to 100 it has {loss(new.L):.4f}: it was "
                "trained on unscaled L.",
            )
        if found > 20 * cheap:
            raise NotYet(
                "ab not scaled",
                f"{numbers}. Its answers are near ±1, that is ±128: was the target divided by 128?",
            )
        if abs(found / cheap - 1) < 0.02:
            raise NotYet(
                "only the mean colour",
                f"{numbers}. It paints everything in one colour: train longer, or "
                "with a larger learning rate.",
            )
        raise NotYet("not trained enough", f"{numbers}. Get to 80 % of the mean colour.")
    return f"On new scenes its loss is {found:.4f}, {found / cheap:.0%} of the mean colour's."
