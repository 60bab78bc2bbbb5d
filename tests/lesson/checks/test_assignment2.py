"""Wrong answers to the tasks of assignment 2 that students give.

Training is tried with painters made by hand.
"""

import functools

import keras
import numpy as np
import pytest
from graded import answers
from keras import layers
from mistakes import enough, named

from coursekit import color
from coursekit.lesson import checks
from coursekit.teach import hidden

RIGHT = answers(2)


def losses(grey=None, mean=None):
    def baselines(train, new):
        right = RIGHT["A2.1"](train, new)
        return grey(train / 128, new / 128) if grey else right[0], mean(
            train / 128, new / 128
        ) if mean else right[1]

    return baselines


def built(
    *widths,
    kernel=3,
    activation="tanh",
    size=None,
    strides=True,
    up=2,
    planes=(1, 2),
    padding="same",
):
    """A network like the reference, with something about it changed."""

    def network():
        def conv(filters, strides=1, activation="relu"):
            return layers.Conv2D(filters, kernel, strides, padding=padding, activation=activation)

        L = layers.Input((size, size, planes[0]))
        x = conv(widths[0], 2 if strides else 1)(L)
        for width in widths[1:]:
            x = conv(width)(x)
        x = layers.UpSampling2D(up)(x) if strides else x
        return keras.Model(L, conv(planes[1], activation=activation)(x))

    return network


def mirrored(coin_L, coin_ab=None, axis=2):
    def mirror(L, ab, rng):
        heads = coin_L(rng, len(L))
        both = heads if coin_ab is None else coin_ab(rng, len(L))
        return (
            np.where(heads[:, None, None, None], np.flip(L, axis), L),
            np.where(both[:, None, None, None], np.flip(ab, axis), ab),
        )

    return mirror


def coin(rng, count):
    return rng.random(count) < 0.5


def divided(order=None, among=None):
    def split(rgb, share, seed):
        places = (
            np.arange(len(rgb)) if order is None else order(np.random.default_rng(seed), len(rgb))
        )
        return (
            (places[round(share * len(rgb)) :], places[: round(share * len(rgb))])
            if among is None
            else among(places)
        )

    return split


def without_copies(rgb, share, seed):
    _, places = np.unique(rgb.reshape(len(rgb), -1), axis=0, return_index=True)
    places = np.random.default_rng(seed).permutation(places)
    return places[round(share * len(rgb)) :], places[: round(share * len(rgb))]


def with_replacement(rng, count, share):
    held = rng.integers(count, size=round(share * count))
    return np.setdiff1d(np.arange(count), held), held


class Painter:
    """What a network would do that was trained in some wrong way."""

    def __init__(self, paint):
        self.paint = paint

    def __call__(self, L, training=False):
        return self.paint(np.asarray(L))

    predict = __call__


def mean_colour(rgb):
    mean = color.scale_ab(color.split(rgb)[1]).mean(axis=(0, 1, 2))
    return Painter(lambda L: np.broadcast_to(mean, (*L.shape[:3], 2)))


def features(L):
    """Polynomials of L and of the row: enough for a coast."""
    L = L[..., 0]
    y = np.broadcast_to(np.linspace(-1, 1, L.shape[1])[:, None], L.shape)
    return np.polynomial.polynomial.polyvander2d(L, y, [4, 4])


@functools.cache
def fitted(pixels, shape):
    """Least squares on these features, once for the same photos."""
    L, ab = color.split(np.frombuffer(pixels, np.uint8).reshape(shape))
    columns = features(color.scale_L(L)).reshape(-1, 25)
    return np.linalg.lstsq(columns, color.scale_ab(ab).reshape(-1, 2), rcond=None)[0]


def by_row_and_light(scale, said=lambda ab: ab):
    """Whoever paints by least squares, is shown L on some scale, and says ab on some scale."""

    def train(rgb):
        found = fitted(rgb.tobytes(), rgb.shape)
        return Painter(lambda L: said(np.clip(features(np.clip(scale(L), -1, 1)) @ found, -1, 1)))

    return train


MISTAKES = [
    ("A2.1", "ab not scaled", losses(lambda train, new: (128 * new**2 * 128).mean())),
    ("A2.1", "a root too many", losses(lambda train, new: np.sqrt((new**2).mean()))),
    ("A2.1", "summed over a and b", losses(lambda train, new: (new**2).sum(-1).mean())),
    ("A2.1", "the training photos", losses(lambda train, new: (train**2).mean())),
    (
        "A2.1",
        "the mean of the new photos",
        losses(mean=lambda train, new: ((new - new.mean((0, 1, 2))) ** 2).mean()),
    ),
    (
        "A2.1",
        "one mean for a and b",
        losses(mean=lambda train, new: ((new - train.mean()) ** 2).mean()),
    ),
    (
        "A2.1",
        "a mean for each photo",
        losses(mean=lambda train, new: ((new - new.mean((1, 2), keepdims=True)) ** 2).mean()),
    ),
    ("A2.1", "absolute, not squared", losses(lambda train, new: np.abs(new).mean())),
    ("A2.1", "divided by 100", losses(lambda train, new: (1.28**2 * new**2).mean())),
    (
        "A2.1",
        "judged on the training photos",
        losses(mean=lambda train, new: ((train - train.mean((0, 1, 2))) ** 2).mean()),
    ),
    (
        "A2.1",
        "the median colour",
        losses(mean=lambda train, new: ((new - np.median(train, axis=(0, 1, 2))) ** 2).mean()),
    ),
    ("A2.1", "grey again", losses(mean=lambda train, new: (new**2).mean())),
    ("A2.1", "another result", losses(mean=lambda train, new: 0)),
    ("A2.1", "another number of results", lambda train, new: RIGHT["A2.1"](train, new)[0]),
    ("A2.2", "one size only", built(8, size=32)),
    ("A2.2", "a smaller output", built(8, 8, up=1)),
    ("A2.2", "too many weights", built(64, 128)),
    ("A2.2", "no tanh at the end", built(8, 8, activation="linear")),
    ("A2.2", "never below zero", built(8, 8, activation="sigmoid")),
    ("A2.2", "sees too little", built(8, strides=False)),
    ("A2.2", "RGB goes in", built(8, 8, planes=(3, 2))),
    ("A2.2", "RGB comes out", built(8, 8, planes=(1, 3))),
    ("A2.2", "one plane comes out", built(8, 8, planes=(1, 1))),
    ("A2.2", "the rim is lost", built(8, 8, padding="valid")),
    ("A2.2", "a larger output", built(8, 8, up=4)),
    ("A2.2", "no Keras model", lambda: layers.Conv2D(2, 3)(layers.Input((None, None, 1)))),
    ("A2.3", "ab stays behind", mirrored(coin, lambda rng, count: np.zeros(count, bool))),
    ("A2.3", "two coins", mirrored(coin, coin)),
    ("A2.3", "upside down", mirrored(coin, axis=1)),
    (
        "A2.3",
        "no coin for each photo",
        mirrored(lambda rng, count: np.full(count, rng.random() < 0.5)),
    ),
    ("A2.3", "a loaded coin", mirrored(lambda rng, count: rng.random(count) < 0.1)),
    ("A2.3", "L stays behind", mirrored(lambda rng, count: np.zeros(count, bool), coin)),
    ("A2.3", "turned round, not mirrored", mirrored(coin, axis=(1, 2))),
    ("A2.3", "photos change places", mirrored(coin, axis=None)),
    ("A2.3", "photos change places", mirrored(coin, axis=0)),
    ("A2.3", "a and b exchanged", mirrored(coin, axis=-1)),
    ("A2.3", "always the same photos", mirrored(lambda rng, count: np.arange(count) % 2 == 0)),
    ("A2.3", "a generator of your own", mirrored(lambda rng, count: coin(np.random, count))),
    ("A2.3", "another result", lambda L, ab, rng: (L + 1, ab)),
    ("A2.3", "another result", lambda L, ab, rng: (np.roll(L, 1, axis=2), ab)),
    (
        "A2.4",
        "as listed",
        lambda rgb, share, seed: np.split(np.arange(len(rgb)), [round(len(rgb) * (1 - share))]),
    ),
    ("A2.4", "as listed", divided(among=lambda places: (places[20:], places[:20]))),
    (
        "A2.4",
        "every so many",
        divided(among=lambda places: (np.setdiff1d(places, places[::4]), places[::4])),
    ),
    (
        "A2.4",
        "drawn with replacement",
        lambda rgb, share, seed: with_replacement(np.random.default_rng(seed), len(rgb), share),
    ),
    ("A2.4", "nothing held back", divided(among=lambda places: (places, places[: round(0.25)]))),
    ("A2.4", "nothing to train on", divided(among=lambda places: (places[:0], places))),
    ("A2.4", "copies on both sides", divided(lambda rng, count: rng.permutation(count))),
    ("A2.4", "photos lost", without_copies),
    ("A2.4", "photos on both sides", divided(among=lambda places: (places, places[:20]))),
    ("A2.4", "sides exchanged", lambda rgb, share, seed: RIGHT["A2.4"](rgb, share, seed)[::-1]),
    ("A2.4", "the seed does nothing", lambda rgb, share, seed: RIGHT["A2.4"](rgb, share, 3)),
    ("A2.4", "another split each time", lambda rgb, share, seed: RIGHT["A2.4"](rgb, share, None)),
    ("A2.4", "another share", lambda rgb, share, seed: RIGHT["A2.4"](rgb, 0.5, seed)),
    ("A2.4", "not places", lambda rgb, share, seed: (rgb[20:], rgb[:20])),
    ("A2.5", "only the mean colour", mean_colour),
    ("A2.5", "ab not scaled", lambda rgb: Painter(lambda L: np.ones((*L.shape[:3], 2)))),
    ("A2.5", "L not scaled", by_row_and_light(lambda L: L / 50 - 1)),
    ("A2.5", "not trained enough", lambda rgb: Painter(lambda L: np.full((*L.shape[:3], 2), 0.1))),
    ("A2.5", "L from 0 to 1", by_row_and_light(lambda L: 2 * L - 1)),
    ("A2.5", "ab from 0 to 1", by_row_and_light(lambda L: L, lambda ab: (ab + 1) / 2)),
    ("A2.5", "a and b exchanged", by_row_and_light(lambda L: L, lambda ab: ab[..., ::-1])),
    ("A2.5", "grey", lambda rgb: Painter(lambda L: np.zeros((*L.shape[:3], 2)))),
    (
        "A2.5",
        "training ran away",
        lambda rgb: Painter(lambda L: np.full((*L.shape[:3], 2), np.nan)),
    ),
    ("A2.5", "no Keras model", lambda rgb: {"loss": [0.01]}),
]

test_a_mistake_is_called_by_its_name = named(MISTAKES)
test_a_mistake_is_called_by_its_name_in_hidden_tests = named(MISTAKES, hidden.check)
test_every_task_has_mistakes = enough("A2", MISTAKES)


@pytest.mark.parametrize("seed", range(3))
def test_whoever_paints_well_has_trained_well_with_whatever(seed):
    assert checks.check("A2.5", by_row_and_light(lambda L: L), seed).status == checks.CORRECT
