"""Checks of the second assignment: regression. Graded, so there are no solutions here; see `cases`.

Keras is loaded only where a network is looked at.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from coursekit import color, metrics
from coursekit.datasets import scenes

from .answers import NotYet, agree, array, number, parts
from .cases import Case
from .exercise import exercise

if TYPE_CHECKING:
    import keras

MOST_WEIGHTS, REACH = 60_000, 21


@exercise(
    "A2.1",
    hint=(
        "Scale ab first: `color.scale_ab`. Grey is ab = 0. The mean colour has one a and one b, "
        "taken over all pixels of the *training* photos; its loss is taken over the new ones. A "
        "mean squared error runs over both planes."
    ),
    stored=True,
    parts=("grey", "mean"),
)
def _baselines(answer: Callable, case: Case, part: str | None) -> str:
    """Check the losses of two painters who never look."""
    found = parts(answer(case.given["train"], case.given["new"]), 2, "baselines(train_ab, new_ab)")
    grey = number(found[0], "the loss of grey")
    mean = number(found[1], "the loss of the mean colour")
    messages = {
        "ab not scaled": "These are squared CIELAB units; the network's loss is that of ab / 128.",
        "a root too many": 'This is the root; `"mse"` is the mean squared error itself.',
        "summed over a and b": "Keras takes the mean over a and b as well, not their sum.",
        "absolute, not squared": 'This is the mean absolute error; `"mse"` squares.',
        "divided by 100": "You divided by 100; the course's scale is ab / 128.",
        "the training photos": "This is grey's loss on the training photos; it is to be compared "
        "with a held-back one.",
    }
    # Losses are hundredths, and `agree` allows an absolute error below 1: thousands are compared,
    # here and there.
    if part in (None, "grey"):
        agree(
            grey * 1e3,
            case.expected["grey"],
            case.mistaken("grey", messages),
            f"Painting the new photos grey costs {case.expected['grey'] / 1e3:.4f}; you say "
            f"{grey:.4f}.",
        )
    if part == "grey":
        return "A line that a network has to get below."
    messages = {
        "the mean of the new photos": "You took the mean colour of the new photos: nobody knows "
        "their colours beforehand. Take that of the training photos.",
        "one mean for a and b": "a and b have a mean each.",
        "judged on the training photos": "This is the loss on the photos that the mean was taken "
        "from; it is to be compared with a held-back one.",
        "the median colour": "This is the loss of the median colour; under squared error the mean "
        "is the best single one.",
        "grey again": "This is grey's loss once more.",
        "a mean for each photo": "You gave each new photo its own mean. That is a far better "
        "painter than one colour for everything.",
    }
    agree(
        mean * 1e3,
        case.expected["mean"],
        case.mistaken("mean", messages),
        f"The mean colour of the training photos costs {case.expected['mean'] / 1e3:.4f} on the "
        f"new ones; you say {mean:.4f}.",
    )
    return "Two lines that a network has to get below before it has learnt anything about photos."


@exercise(
    "A2.2",
    hint=(
        "`networks.small_cnn` of lesson 02 has the shape you need, with too many weights. Give "
        "`layers.Input` the size (None, None, 1); halve twice by strides, double twice, and end "
        "with 2 filters and tanh."
    ),
)
def _network(answer: Callable, rng: np.random.Generator) -> str:
    """Check a network's shapes, weights and range, and what an output sees."""
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
            if _takes_rgb(model):
                raise NotYet(
                    "RGB goes in",
                    "It takes three planes; what a colorizer is given is L, one plane.",
                ) from None
            raise NotYet(
                "one size only",
                f"With photos of {size} × {size} pixels it stops: {type(error).__name__}. "
                "Give `layers.Input` (None, None, 1), and halve as often as you double.",
            ) from None
    if shapes[48] != (2, 48, 48, 2):
        raise _another_shape(shapes)
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


def _takes_rgb(model: keras.Model) -> bool:
    try:
        _run(model, np.zeros((1, 32, 32, 3)))
    except Exception:
        return False
    return True


def _another_shape(shapes: dict[int, tuple]) -> NotYet:
    """Tell why 48 × 48 pixels do not come out as (48, 48, 2), from what comes out of 32 × 32."""
    came_out = f"48 × 48 pixels come out as {shapes[48][1:]}; (48, 48, 2) are wanted"
    if shapes[48] == (2, 48, 48, 3):
        return NotYet("RGB comes out", f"{came_out}: L is known, so only a and b are painted.")
    if shapes[48] == (2, 48, 48, 1):
        return NotYet("one plane comes out", f"{came_out}: one plane for a, one for b.")
    if len(shapes[48]) == 4 and shapes[48][1] != 48:
        lost = [size - shape[1] for size, shape in shapes.items()]
        # Strides take a share of a photo, convolutions without padding a rim that is always as
        # wide.
        if lost[0] == lost[1] > 0:
            return NotYet(
                "the rim is lost",
                f'{came_out}: without `padding="same"` every convolution cuts off a rim.',
            )
        if lost[0] > 0:
            return NotYet("a smaller output", f"{came_out}: double as often as you halve.")
        return NotYet("a larger output", f"{came_out}: halve as often as you double.")
    return NotYet("another shape", f"{came_out}.")


def _run(model: keras.Model, planes: np.ndarray) -> np.ndarray:
    import keras

    return keras.ops.convert_to_numpy(model(np.asarray(planes, np.float32), training=False))


def _reach(model: keras.Model, size: int = 96) -> int:
    """Measure how far the change of one pixel gets.

    With positive weights, where nothing cancels or dies; its own are put back. No copy is made: a
    grader knows the model from afar, and can ask it for no more than this.
    """
    own = model.get_weights()
    positive = [np.full_like(w, 1 / np.prod(w.shape[:-1])) if w.ndim > 1 else w for w in own]
    planes = np.zeros((2, size, size, 1))
    planes[1, size // 2, size // 2] = 1
    try:
        model.set_weights(positive)
        still, poked = _run(model, planes)
    finally:
        model.set_weights(own)
    rows = np.flatnonzero((still != poked).any(axis=(1, 2)))
    return int(np.ptp(rows)) + 1 if len(rows) else 0


@exercise(
    "A2.3",
    hint=(
        "Toss one coin for each photo, with `rng.random`. Shaped (N, 1, 1, 1), the coins let "
        "`np.where` choose between the batch with its columns in reverse and the batch itself: L "
        "by these coins, ab by the same, neither changed in place."
    ),
)
def _mirror(answer: Callable, rng: np.random.Generator) -> str:
    """Check that each photo has a coin of its own, L and ab together."""
    # Every pixel is another number; photo and mirror image are both counted out, from the left and
    # from the right.
    corner = 24.0 * rng.permutation(300)[:, None, None, None]
    row, column = 6 * np.arange(4)[:, None, None], np.arange(6)[:, None]
    L, L_turned = np.float32(corner + row + column), np.float32(corner + row + 5 - column)
    L_upside_down = np.float32(corner + 18 - row + column)
    ab, ab_turned = (np.concatenate([x + 0.25, -x], axis=-1) for x in (L, L_turned))
    seed = int(rng.integers(1000))

    def mirrored(seed: int) -> tuple[np.ndarray, np.ndarray]:
        found = parts(answer(L, ab, np.random.default_rng(seed)), 2, "mirror(L, ab, rng)")
        return array(found[0], L.shape, "L"), array(found[1], ab.shape, "ab")

    found_L, found_ab = mirrored(seed)

    def photos(found: np.ndarray, expected: np.ndarray) -> np.ndarray:
        return (found == expected).all(axis=(1, 2, 3))

    turned, same = photos(found_L, L_turned), photos(found_L, L)
    if photos(found_L, L_upside_down).any() and not turned.any():
        raise NotYet(
            "upside down",
            "Photos are turned upside down: axis 1 are the rows. Mirror the columns, axis 2.",
        )
    if photos(found_L, L_upside_down[:, :, ::-1]).any() and not turned.any():
        raise NotYet(
            "turned round, not mirrored",
            "Rows and columns are both in reverse, so photos stand on their heads. Mirror the "
            "columns alone, axis 2.",
        )
    known = {photo.tobytes() for each in (L, L_turned) for photo in (*each, *each[:, ::-1])}
    if not (turned | same).all() and all(photo.tobytes() in known for photo in np.float32(found_L)):
        raise NotYet(
            "photos change places",
            f"{(~(turned | same)).sum()} of 300 photos stand where another one was: axis 0 are "
            "the photos. Mirror the columns, axis 2.",
        )
    if not (turned | same).all():
        raise NotYet(
            "another result",
            f"{(~(turned | same)).sum()} of 300 photos are neither mirrored nor as they were.",
        )
    if photos(found_ab, ab[..., ::-1]).any():
        raise NotYet(
            "a and b exchanged",
            "In some photos a stands where b was: the last axis, -1, are the planes. Mirror the "
            "columns, axis 2.",
        )
    if same.all() and photos(found_ab, ab_turned).any():
        raise NotYet(
            "L stays behind", "ab is mirrored and L is not: colours lie on the wrong side."
        )
    if turned.all() or same.all():
        raise NotYet(
            "no coin for each photo",
            f"{'All' if turned.all() else 'None'} of 300 photos are mirrored. Toss "
            "a coin for each photo of the batch.",
        )
    follows = np.where(turned, photos(found_ab, ab_turned), photos(found_ab, ab))
    if photos(found_ab, ab).all():
        raise NotYet(
            "ab stays behind", "L is mirrored and ab is not: colours lie on the wrong side."
        )
    if not follows.all():
        raise NotYet(
            "two coins",
            f"In {(~follows).sum()} of 300 photos L and ab disagree about being mirrored. One "
            "coin decides for both.",
        )
    if not 0.4 <= turned.mean() <= 0.6:
        raise NotYet(
            "a loaded coin", f"{turned.mean():.0%} of the photos are mirrored; half should be."
        )
    if not np.array_equal(mirrored(seed)[0], found_L):
        raise NotYet(
            "a generator of your own",
            "The same `rng` mirrors other photos each time: toss the coins with the one you are "
            "given, or nobody can repeat your training.",
        )
    if np.array_equal(mirrored(seed + 1)[0], found_L):
        raise NotYet(
            "always the same photos",
            "Whatever `rng` is, the same photos are mirrored, so a photo is seen one way in every "
            "epoch. Toss the coins with `rng`.",
        )
    return "L and ab stay together, and no batch looks the same twice."


@exercise(
    "A2.4",
    hint=(
        "Two photos are the same if their bytes are (`tobytes`). Collect the places of each photo "
        "in a dictionary under that key, shuffle the groups with a generator made from the seed, "
        "and deal out whole groups until the share is reached."
    ),
    parts=("sides", "bug", "seed"),
)
def _split(answer: Callable, rng: np.random.Generator, part: str | None) -> str:
    """Check that every photo is on one side, copies together, shuffled by the seed."""
    # Sixty photos, twenty of which stand there twice, side by side.
    names = np.sort(np.concatenate([np.arange(60), rng.choice(60, 20, replace=False)]))
    rgb = rng.integers(0, 256, (60, 3, 3, 3), dtype=np.uint8)[names]
    share, seed = 0.25, int(rng.integers(1000))

    def places(seed: int) -> list[np.ndarray]:
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
    if not len(held):
        raise NotYet(
            "nothing held back",
            "No photo is held back. `share` is a share of all photos: times how many there are, "
            "then rounded.",
        )
    if not len(train):
        raise NotYet("nothing to train on", "All photos are held back; only a share of them is.")
    if len(np.unique(held)) < len(held):
        raise NotYet(
            "drawn with replacement",
            f"Of {len(held)} places held back only {len(np.unique(held))} differ: you drew some "
            "twice. Shuffle, or draw without replacement.",
        )
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
    if np.ptp(held) + 1 == len(held) and (0 in held or 79 in held):
        end = "first" if 0 in held else "last"
        raise NotYet(
            "as listed",
            f"The {end} photos of the listing are held back. A folder is listed class by class, so "
            "the network would be judged on classes that it never saw. Shuffle first.",
        )
    if len(held) > 1 and len(np.unique(np.diff(np.sort(held)))) == 1:
        raise NotYet(
            "every so many",
            f"One photo in {np.ptp(held) // (len(held) - 1)} is held back, counted along the "
            "listing, where like stands beside like, copies above all. Shuffle first.",
        )
    if abs(len(held) - 80 * share) > 3:
        exchanged = abs(len(train) - 80 * share) <= 3
        raise NotYet(
            "sides exchanged" if exchanged else "another share",
            f"{len(held)} of 80 photos are held back; about {80 * share:.0f} are wanted.",
        )
    if part == "sides":
        return "Every photo is on one side, and the share is right."
    copies = np.intersect1d(names[train], names[held])
    if len(copies) and part != "seed":
        raise NotYet(
            "copies on both sides",
            f"{len(copies)} photos are to train on, and a copy of each is held back: "
            "the network knows them by heart. Keep copies together.",
        )
    if part == "bug":
        return "Nothing that is held back has been seen in training, not even as a copy."
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
def _coasts(seed: int) -> tuple[scenes.Scenes, scenes.Scenes]:
    return tuple(
        scenes.draw(count, 32, ["coast"], seed=seed + i) for i, count in enumerate((160, 60))
    )


@exercise(
    "A2.5",
    hint=(
        "Split photos into L and ab, scale both, `compile` with Adam at about 2e-3 and "
        '"mse", `fit` with small batches for about 10 epochs, return the model.'
    ),
    stored=True,
)
def _train(answer: Callable, case: Case) -> str:
    """Check a trained network by its loss on new scenes."""
    seen, new = _coasts(case.facts["seed"])
    model = answer(seen.rgb)
    if not hasattr(model, "predict"):
        a_history = " `fit` returns a history, not the model." if hasattr(model, "history") else ""
        raise NotYet(
            "no Keras model",
            f"train(rgb) should return the trained keras.Model, got a {type(model).__name__}."
            + a_history,
        )

    def painted(said: np.ndarray) -> np.ndarray:
        return color.unscale_ab(array(said, new.ab.shape, "the network"))

    def loss(ab: np.ndarray) -> float:
        return (metrics.rmse(new.ab, ab) / color.AB_SCALE) ** 2

    said = _run(model, color.scale_L(new.L))
    if np.isnan(said).all():
        raise NotYet(
            "training ran away",
            "The network answers NaN whatever it is shown: its weights grew until they were no "
            "numbers any more. Take a smaller learning rate.",
        )
    ab = painted(said)
    found, cheap, best = loss(ab), case.facts["mean colour"], case.facts["best"]
    if found > 0.8 * cheap:
        numbers = (
            f"On new scenes its loss is {found:.4f}; the mean colour has {cheap:.4f}, "
            f"the best possible {best:.4f}"
        )
        for misconception, scaled, scale in (
            ("L not scaled", new.L, "from 0 to 100 it has {:.4f}: it was trained on unscaled L"),
            ("L from 0 to 1", new.L / 100, "from 0 to 1 it has {:.4f}: scale L to −1…1"),
        ):
            if (other := loss(painted(_run(model, scaled)))) < 0.8 * min(found, cheap):
                raise NotYet(misconception, f"{numbers}. Fed with L {scale.format(other)}.")
        if (other := loss(2 * ab - color.AB_SCALE)) < 0.8 * min(found, cheap):
            raise NotYet(
                "ab from 0 to 1",
                f"{numbers}. If ½ stood for grey it would be {other:.4f}: the target is ab / 128, "
                "with its signs.",
            )
        if (other := loss(ab[..., ::-1])) < 0.8 * min(found, cheap):
            raise NotYet(
                "a and b exchanged",
                f"{numbers}. With a and b exchanged it would be {other:.4f}: a comes first.",
            )
        if found > 20 * cheap:
            raise NotYet(
                "ab not scaled",
                f"{numbers}. Its answers are near ±1, that is ±128: was the target divided by 128?",
            )
        if np.abs(ab).max() < 0.5:
            raise NotYet(
                "grey",
                f"{numbers}. It paints everything grey: are the units of its last layers dead, or "
                "its learning rate far too small?",
            )
        if abs(found / cheap - 1) < 0.02 and ab.std(axis=(0, 1, 2)).max() < 0.2 * new.ab.std():
            raise NotYet(
                "only the mean colour",
                f"{numbers}. It paints everything in one colour: train longer, or with a larger "
                "learning rate.",
            )
        raise NotYet("not trained enough", f"{numbers}. Get to 80 % of the mean colour.")
    return f"On new scenes its loss is {found:.4f}, {found / cheap:.0%} of the mean colour's."
