"""Wrong answers to the exercises of lesson 03 that learners give, and other right ones."""

import numpy as np
import pytest
from mistakes import enough, named

from coursekit import checks
from coursekit.checks.lesson03 import keep_only

MISTAKES = [
    ("03.1", "no biases", lambda C, E, F: (C + E) * F),
    ("03.1", "one bias for all", lambda C, E, F: (C + E) * F + 1),
    ("03.1", "a 3×3 kernel", lambda C, E, F: 9 * (C + E) * F + F),
    ("03.1", "the embedding is forgotten", lambda C, E, F: C * F + F),
    ("03.1", "the features are forgotten", lambda C, E, F: E * F + F),
    ("03.1", "for every place", lambda C, E, F: 32 * 32 * (C + E + 1) * F),
    ("03.1", "another result", lambda C, E, F: C * E * F),
    ("03.2", "numbers cut out", lambda vectors, kept: vectors[:, kept]),
    ("03.2", "the others are kept", lambda vectors, kept: keep_only(vectors, ~kept)),
    ("03.2", "nothing changed", lambda vectors, kept: vectors),
    ("03.2", "the mean instead of zero", lambda vectors, kept: np.where(kept, vectors, vectors.mean(axis=0))),
    ("03.3", "some keep their own", lambda vectors, rng: rng.permutation(vectors)),
    ("03.3", "drawn with repeats", lambda vectors, rng: vectors[rng.integers(len(vectors), size=len(vectors))]),
    ("03.3", "numbers shuffled within a vector", lambda vectors, rng: rng.permuted(vectors, axis=1)),
    ("03.3", "columns shuffled apart", lambda vectors, rng: rng.permuted(vectors, axis=0)),
    ("03.3", "always the same order", lambda vectors, rng: np.roll(vectors, 1, axis=0)),
    ("03.3", "another result", lambda vectors, rng: rng.normal(size=vectors.shape)),
]

test_a_mistake_is_called_by_its_name = named(MISTAKES)
test_every_exercise_has_mistakes = enough("03", MISTAKES)


def counted_by_keras(features, embedding, filters):
    import keras

    layer = keras.layers.Conv2D(filters, 1)
    layer.build((None, 8, 8, features + embedding))
    return layer.count_params()


def permuted_until_nobody_has_their_own(vectors, rng):
    order = np.arange(len(vectors))
    while (order == np.arange(len(vectors))).any():
        order = rng.permutation(len(vectors))
    return vectors[order]


@pytest.mark.parametrize(("name", "answer"), [
    ("03.1", counted_by_keras), ("03.2", lambda vectors, kept: vectors * kept),
    ("03.3", permuted_until_nobody_has_their_own)])
def test_another_right_answer_is_correct_too(name, answer):
    assert checks.check(name, answer).status == checks.CORRECT
