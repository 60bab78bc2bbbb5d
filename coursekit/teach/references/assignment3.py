"""Assignment 3, fusion: inputs, right answers, and what known mistakes give.

The cache and the network are judged by what they do, without a reference.
"""

from __future__ import annotations

import numpy as np
from scipy import special, stats

from coursekit import color
from coursekit.lesson.checks.cases import Case


def _fuse(rng: np.random.Generator) -> Case:
    """A3.1: features and, at every place, the photo's embedding."""
    features = rng.normal(size=(3, 4, 5, 6)).round(2)
    embedding = rng.normal(size=(3, 7)).round(2)

    def behind(vectors: np.ndarray) -> np.ndarray:
        return np.concatenate([features, np.broadcast_to(vectors, (3, 4, 5, 7))], axis=-1)

    expected = behind(embedding[:, None, None])
    unit = embedding / np.linalg.norm(embedding, axis=1, keepdims=True)
    corner = np.zeros((4, 5, 1))
    corner[0, 0] = 1
    mistakes = {
        "the embedding first": np.concatenate([expected[..., 6:], features], axis=-1),
        "vectors of other photos": behind(np.tile(embedding, (20, 1)).reshape(3, 4, 5, 7)),
        "one vector for all photos": behind(embedding[0]),
        "the mean vector": behind(embedding.mean(axis=0)),
        "photos in reverse": behind(embedding[::-1, None, None]),
        "the next photo's vector": behind(np.roll(embedding, -1, axis=0)[:, None, None]),
        "at one place only": behind(embedding[:, None, None] * corner),
        "vectors of length 1": behind(unit[:, None, None]),
    }
    return Case(
        {"features": features, "embedding": embedding}, {"fused": expected}, {"fused": mistakes}
    )


def _classifier_input(rng: np.random.Generator) -> Case:
    """A3.2: a grey photo as a classifier wants it."""
    L = rng.uniform(0, 100, (3, 5, 4, 1)).astype(np.float32)
    L[0, 0, 0], L[0, 0, 1] = 0, 100
    level = color.join(L, np.zeros((3, 5, 4, 2))).astype(float)
    three = np.repeat(L, 3, axis=-1)
    mistakes = {
        "scaled twice": level / 255 / 127.5 - 1,
        "not scaled": level,
        "from 0 to 1": level / 255,
        "L taken for a level": three / 50 - 1,
        "L as a level, unscaled": three / 127.5 - 1,
        "from −½ to ½": level / 255 - 0.5,
        "by the photos' own mean and deviation": (level - level.mean()) / level.std(),
        "black and white exchanged": 1 - level / 127.5,
    }
    return Case({"L": L}, {"input": level / 127.5 - 1}, {"input": mistakes})


def _effective(rng: np.random.Generator) -> Case:
    """A3.3: how many classes a softmax leaves; of the first photo it is as good as certain."""
    logits = rng.normal(0, 2, (6, 40)).round(3)
    logits[0, 3] += 900
    p = special.softmax(logits, axis=-1)
    entropy = stats.entropy(p, axis=-1)
    over_photos = stats.entropy(special.softmax(logits, axis=0), axis=-1)
    mistakes = {
        "entropy, no number of classes": entropy.mean(),
        "exp of the mean": np.exp(entropy.mean()),
        "bits": np.exp(entropy / np.log(2)).mean(),
        "the mean distribution": np.exp(stats.entropy(p.mean(axis=0))),
        "the sum over photos": np.exp(entropy).sum(),
        "softmax over photos": np.exp(over_photos).mean(),
        "entropy in bits": entropy.mean() / np.log(2),
        "one over the sum of squares": (1 / (p**2).sum(axis=-1)).mean(),
        "classes over a limit": (p > 0.01).sum(axis=-1).mean(),
    }
    return Case({"logits": logits}, {"classes": np.exp(entropy).mean()}, {"classes": mistakes})


CASES = {"A3.1": _fuse, "A3.2": _classifier_input, "A3.3": _effective}
