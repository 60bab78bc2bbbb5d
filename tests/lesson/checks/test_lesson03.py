"""Wrong answers to the exercises of lesson 03 that learners give, and other right ones."""

import keras
import numpy as np
import pytest
from mistakes import enough, named
from scipy import special
from scipy.spatial import distance

from coursekit import embeddings
from coursekit.lesson import checks
from coursekit.lesson.checks.lesson03 import fused, witness
from coursekit.networks.fusion import Fuse


def cosines(vectors, lengths):
    return (vectors / lengths) @ (vectors / lengths).T


def off(table):
    return table[~np.eye(len(table), dtype=bool)]


def between(table):
    return off(table).mean()


def lengths(vectors):
    return np.linalg.norm(vectors, axis=1, keepdims=True)


def relu(x):
    return np.maximum(x, 0)


def of_embedding(e, k):
    return (e @ k[5:])[:, None, None]


MISTAKES = [
    ("03.1", "each photo with itself", lambda v: cosines(v, lengths(v)).mean()),
    ("03.1", "dot products", lambda v: between(v @ v.T)),
    ("03.1", "divided by the length of all", lambda v: between(cosines(v, np.linalg.norm(v)))),
    (
        "03.1",
        "divided along the wrong axis",
        lambda v: between(cosines(v, np.linalg.norm(v, axis=0))),
    ),
    ("03.1", "distance, not similarity", lambda v: distance.pdist(v, "cosine").mean()),
    ("03.1", "the sum over pairs", lambda v: 42 * witness(v)),
    ("03.1", "centred first", lambda v: witness(v - v.mean(axis=0))),
    ("03.1", "another shape", lambda v: cosines(v, lengths(v))),
    ("03.1", "the median over pairs", lambda v: np.median(off(cosines(v, lengths(v))))),
    ("03.1", "neighbours only", lambda v: np.diag(cosines(v, lengths(v)), 1).mean()),
    (
        "03.1",
        "divided by the whole table",
        lambda v: off(cosines(v, lengths(v))).sum() / len(v) ** 2,
    ),
    (
        "03.1",
        "half of the sum",
        lambda v: np.triu(cosines(v, lengths(v)), 1).sum() / (len(v) * (len(v) - 1)),
    ),
    (
        "03.1",
        "each photo against the mean",
        lambda v: (v / lengths(v) @ v.mean(axis=0) / np.linalg.norm(v.mean(axis=0))).mean(),
    ),
    ("03.1", "correlation", lambda v: off(np.corrcoef(v)).mean()),
    ("03.1", "one of the two divided", lambda v: between(v / lengths(v) @ v.T)),
    ("03.1", "divided by the squared length", lambda v: between(cosines(v, lengths(v) ** 2))),
    (
        "03.1",
        "divided by the sum",
        lambda v: between(cosines(v, np.abs(v).sum(axis=1, keepdims=True))),
    ),
    ("03.1", "the most alike pair", lambda v: off(cosines(v, lengths(v))).max()),
    ("03.1", "the first photo only", lambda v: cosines(v, lengths(v))[0, 1:].mean()),
    ("03.1", "per cent", lambda v: 100 * witness(v)),
    ("03.1", "another result", lambda v: np.median(cosines(v, lengths(v)))),
    ("03.2", "no ReLU", lambda x, e, k, b: x @ k[:5] + of_embedding(e, k) + b),
    (
        "03.2",
        "ReLU before the sum",
        lambda x, e, k, b: relu(x @ k[:5]) + relu(of_embedding(e, k) + b),
    ),
    ("03.2", "the bias twice", lambda x, e, k, b: relu((x @ k[:5] + b) + (of_embedding(e, k) + b))),
    ("03.2", "the bias is missing", lambda x, e, k, b: relu(x @ k[:5] + of_embedding(e, k))),
    (
        "03.2",
        "the embedding's rows first",
        lambda x, e, k, b: relu(x @ k[7:] + (e @ k[:7])[:, None, None] + b),
    ),
    ("03.2", "vectors of other photos", lambda x, e, k, b: relu(x @ k[:5] + e @ k[5:] + b)),
    ("03.2", "the embedding is ignored", lambda x, e, k, b: relu(x @ k[:5] + b)),
    (
        "03.2",
        "the features are ignored",
        lambda x, e, k, b: np.broadcast_to(relu(of_embedding(e, k) + b), (*x.shape[:3], 6)),
    ),
    (
        "03.2",
        "the sign taken away, not cut",
        lambda x, e, k, b: np.abs(x @ k[:5] + of_embedding(e, k) + b),
    ),
    (
        "03.2",
        "the bias after the ReLU",
        lambda x, e, k, b: relu(x @ k[:5] + of_embedding(e, k)) + b,
    ),
    ("03.2", "one vector for all photos", lambda x, e, k, b: relu(x @ k[:5] + e[0] @ k[5:] + b)),
    ("03.2", "the mean vector", lambda x, e, k, b: relu(x @ k[:5] + e.mean(axis=0) @ k[5:] + b)),
    ("03.2", "multiplied, not added", lambda x, e, k, b: relu(x @ k[:5] * of_embedding(e, k) + b)),
    ("03.2", "the bias subtracted", lambda x, e, k, b: fused(x, e, k, -b)),
    (
        "03.2",
        "another activation",
        lambda x, e, k, b: special.expit(x @ k[:5] + of_embedding(e, k) + b),
    ),
    ("03.2", "another result", lambda x, e, k, b: 0 * relu(x @ k[:5])),
    ("03.2", "another shape", lambda x, e, k, b: relu(x @ k[:5])[:, 0]),
    ("03.3", "some keep their own", lambda v, rng: rng.permutation(v)),
    ("03.3", "nothing shuffled", lambda v, rng: v),
    ("03.3", "a vector used twice", lambda v, rng: v[rng.integers(len(v), size=len(v))]),
    ("03.3", "mixed inside a vector", lambda v, rng: rng.permuted(v, axis=1)),
    ("03.3", "each number by itself", lambda v, rng: rng.permuted(v, axis=0)),
    ("03.3", "nothing told", lambda v, rng: np.zeros_like(v)),
    ("03.3", "noise added", lambda v, rng: v + rng.normal(0, 0.1, v.shape)),
    ("03.3", "noise added", lambda v, rng: v + rng.normal(0, 0.3, v.shape)),
    ("03.3", "one vector for all", lambda v, rng: np.tile(v[rng.integers(len(v))], (len(v), 1))),
    ("03.3", "new vectors", lambda v, rng: 2 * np.roll(v, 1, axis=0)),
    ("03.3", "new vectors", lambda v, rng: rng.normal(size=v.shape)),
    ("03.3", "the mean for all", lambda v, rng: np.tile(v.mean(axis=0), (len(v), 1))),
    ("03.3", "the signs turned", lambda v, rng: -rng.permutation(v)),
    ("03.3", "averages of two", lambda v, rng: (v + np.roll(v, 1, axis=0)) / 2),
    ("03.3", "no lot drawn", lambda v, rng: np.roll(v, 1, axis=0)),
    ("03.3", "no lot drawn", lambda v, rng: v[::-1]),
    ("03.3", "only moved along", lambda v, rng: np.roll(v, rng.integers(1, len(v)), axis=0)),
    ("03.3", "changes its input", lambda v, rng: rng.shuffle(v) or v),
]

test_a_mistake_is_called_by_its_name = named(MISTAKES)
test_every_exercise_has_mistakes = enough("03", MISTAKES)


def drawn_until_none_stays(vectors, rng):
    while True:
        order = rng.permutation(len(vectors))
        if (order != np.arange(len(vectors))).all():
            return vectors[order]


def repeated(x, e, k, b):
    everywhere = np.broadcast_to(e[:, None, None], (*x.shape[:3], e.shape[1]))
    return relu(np.concatenate([x, everywhere], axis=-1) @ k + b)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("03.1", lambda v: 1 - distance.pdist(v, "cosine").mean()),
        ("03.2", repeated),
        ("03.3", drawn_until_none_stays),
        (
            "03.3",
            lambda v, rng: (
                embeddings.shuffled(embeddings.Embedding(v, "any"), int(rng.integers(99))).vectors
            ),
        ),
    ],
)
def test_another_right_answer_is_correct_too(name, answer):
    for seed in range(5):
        assert checks.check(name, answer, seed).status == checks.CORRECT


def test_the_reference_of_fusing_is_what_the_layers_of_the_network_compute():
    rng = np.random.default_rng(0)
    features, embedding = (
        np.float32(rng.normal(size=(2, 3, 4, 5))),
        np.float32(rng.normal(size=(2, 7))),
    )
    layer = keras.layers.Conv2D(6, 1, activation="relu", bias_initializer="normal")
    expected = keras.ops.convert_to_numpy(layer(Fuse()(features, embedding)))
    kernel, bias = (keras.ops.convert_to_numpy(weight) for weight in layer.weights)
    np.testing.assert_allclose(fused(features, embedding, kernel[0, 0], bias), expected, atol=1e-5)
