"""Checks of lesson 03: fusion."""

from __future__ import annotations

import numpy as np

from .exercise import exercise
from .learner import NotYet, agree, array, number


def fusion_weights(features, embedding, filters):
    """Weights, with biases, of the 1x1 convolution that reads features and embedding at each place."""
    return (features + embedding + 1) * filters


@exercise("03.1", solution=fusion_weights, hint=(
    "A 1×1 convolution looks at one place. There are features + embedding numbers at it; each filter has a weight for "
    "each of them, and a bias."))
def weights(answer, rng):
    for C, E, F in [(256, 1000, 256), tuple(int(n) for n in rng.integers(20, 400, 3))]:
        found = number(answer(C, E, F), "fusion_weights(features, embedding, filters)")
        agree(found, (C + E + 1) * F, {
            "no biases": ((C + E) * F, "Each filter has a bias as well."),
            "one bias for all": ((C + E) * F + 1, "Each filter has a bias of its own."),
            "a 3×3 kernel": ((9 * (C + E) + 1) * F, "The kernel is 1×1, not 3×3."),
            "the embedding is forgotten": ((C + 1) * F, "The embedding's numbers are inputs too."),
            "the features are forgotten": ((E + 1) * F, "The features are inputs too."),
            "for every place": ((C + E + 1) * F * 32 * 32, "A convolution has the same weights at each place; do not "
                                "multiply by 32 · 32."),
        }, f"For {C} features, {E} numbers and {F} filters {(C + E + 1) * F:,} is right, you say "
           f"{found:,.0f}.", within=1e-9)
    return "As published, 256 features and 1,000 numbers: 321,792 weights, four fifths of them for the embedding."


def keep_only(vectors, kept):
    """The vectors with zeros in all places that are not kept."""
    return np.where(kept, vectors, 0)


@exercise("03.2", solution=keep_only, hint=(
    "`np.where(kept, vectors, 0)`: `kept` (E,) is stretched over all photos. The shape must stay, or the network "
    "cannot read it."))
def keeping(answer, rng):
    vectors, kept = rng.normal(size=(6, 9)), rng.random(9) < 0.5
    kept[:2] = True, False
    value = answer(vectors, kept)
    if np.shape(value) == (6, kept.sum()):
        raise NotYet("numbers cut out", f"You cut the other numbers out: {kept.sum()} of 9 are left, and the network "
                                        "that was trained on 9 cannot read them. Put zeros.")
    found = array(value, (6, 9), "keep_only(vectors, kept)")
    agree(found, keep_only(vectors, kept), {
        "the others are kept": (np.where(kept, 0, vectors), "You kept the others: `kept` is True where a number "
                                                            "stays."),
        "nothing changed": (vectors, "All numbers are still there."),
        "the mean instead of zero": (np.where(kept, vectors, vectors.mean(axis=0)), "You put the mean there; zero was "
                                                                                    "asked "
                                     "for. (The mean is worth a try too.)"),
    }, "The kept numbers should stay as they are, the others be zero.")
    return "Colour the held-back photos with it: what they lose was due to the other numbers."


def another_photos(vectors, rng):
    """The same vectors, each with another photo: along one circle through all photos."""
    circle = rng.permutation(len(vectors))
    found = np.empty_like(vectors)
    found[circle] = vectors[np.roll(circle, 1)]
    return found


@exercise("03.3", solution=another_photos, hint=(
    "A plain permutation leaves somebody their own vector more often than not. Put all photos in a circle in random "
    "order (`rng.permutation`), and give each the vector of its neighbour (`np.roll`)."))
def shuffling(answer, rng):
    vectors = rng.normal(size=(7, 5))
    orders = set()
    for seed in range(30):
        found = array(answer(vectors, np.random.default_rng(seed)), (7, 5), "another_photos(vectors, rng)")
        order = ((found[:, None] - vectors) ** 2).sum(axis=-1).argmin(axis=-1)
        if np.allclose(np.sort(found, axis=1), np.sort(vectors, axis=1)) and not np.allclose(found, vectors):
            raise NotYet("numbers shuffled within a vector", "You shuffled the numbers *within* each photo's vector; "
                                                             "shuffle the photos.")
        if np.allclose(np.sort(found, axis=0), np.sort(vectors, axis=0)) and not np.allclose(found, vectors[order]):
            raise NotYet("columns shuffled apart", "Each number was shuffled by itself, so that nobody has a whole "
                                                   "vector of another photo.")
        if not np.allclose(found, vectors[order]):
            raise NotYet("another result", "These are not the vectors of photos any more; give each photo another's.")
        if len(set(order)) < 7:
            raise NotYet("drawn with repeats", f"{7 - len(set(order))} of 7 vectors are used by nobody: draw without "
                                               "putting back.")
        own = (order == np.arange(7)).sum()
        if own:
            raise NotYet("some keep their own", f"{own} of 7 photos kept their own vector, which helps the network "
                                                "that should get no help.")
        orders.add(tuple(order))
    if len(orders) == 1:
        raise NotYet("always the same order", "30 generators, one order: use `rng`. Photos of a class often stand "
                                              "together, so a neighbour's vector is nearly one's own.")
    return "As large and as varied as the real ones, and of no use: a fair opponent."
