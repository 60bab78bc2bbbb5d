"""Checks of lesson 03: the fusion network."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .answers import NotYet, agree, array, number
from .exercise import exercise


def witness(vectors: np.ndarray) -> float:
    """Average the cosine similarity of all pairs of different photos."""
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return (unit @ unit.T)[~np.eye(len(unit), dtype=bool)].mean()


@exercise(
    "03.1",
    solution=witness,
    hint=(
        "Divide each vector by its own length (`axis=1, keepdims=True`); then `unit @ unit.T` is "
        "the table of all cosines. The diagonal compares each photo with itself: leave it out, as "
        "with `~np.eye(n, dtype=bool)`."
    ),
)
def _similar(answer: Callable, rng: np.random.Generator) -> str:
    """Compare random vectors that share a part and differ in length."""
    # A shared part, as all photos' embeddings have one: else to centre them would change little.
    vectors = rng.normal(size=(7, 9)) + rng.normal(0, 0.8, 9)
    vectors *= rng.uniform(0.5, 3, (7, 1))
    found = number(answer(vectors), "witness(vectors)")
    right, others = witness(vectors), ~np.eye(7, dtype=bool)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    by_number = vectors / np.linalg.norm(vectors, axis=0)
    centred = vectors - vectors.mean(axis=0)
    squared = vectors / (vectors**2).sum(axis=1, keepdims=True)
    by_sum = vectors / np.abs(vectors).sum(axis=1, keepdims=True)
    agree(
        found,
        right,
        {
            "each photo with itself": (
                (right * 42 + 7) / 49,
                "The diagonal is among your pairs: a photo is always like itself. Leave it out.",
            ),
            "dot products": (
                (vectors @ vectors.T)[others].mean(),
                f"You say {found:.2f}; a cosine is a dot product of vectors of length 1. Divide "
                "each by its length.",
            ),
            "divided by the length of all": (
                ((vectors / np.linalg.norm(vectors)) @ (vectors / np.linalg.norm(vectors)).T)[
                    others
                ].mean(),
                "You divided by one length for all photos; each vector has its own: `axis=1, "
                "keepdims=True`.",
            ),
            "divided along the wrong axis": (
                (by_number @ by_number.T)[others].mean(),
                "You divided each *number* by its length over the photos; divide each photo's "
                "vector: `axis=1`.",
            ),
            "distance, not similarity": (
                1 - right,
                "This is the cosine *distance*, 1 − similarity.",
            ),
            "the sum over pairs": (right * 42, "Take the mean over pairs, not the sum."),
            "the median over pairs": (
                np.median((unit @ unit.T)[others]),
                "This is the median over pairs; the mean is asked for.",
            ),
            "neighbours only": (
                (unit[1:] * unit[:-1]).sum(axis=-1).mean(),
                "You compared each photo with the next one alone; take all pairs.",
            ),
            "divided by the whole table": (
                right * 42 / 49,
                "You left the diagonal out of the sum, but still divide by all n² places: there "
                "are n · (n − 1) pairs.",
            ),
            "half of the sum": (
                right / 2,
                "You added each pair once and divided by n · (n − 1), which counts it twice.",
            ),
            "each photo against the mean": (
                (unit @ vectors.mean(axis=0) / np.linalg.norm(vectors.mean(axis=0))).mean(),
                "You compared each photo with the mean vector; compare photos with each other.",
            ),
            "correlation": (
                np.corrcoef(vectors)[others].mean(),
                "This is the correlation, which subtracts the mean of each vector's numbers first; "
                "a cosine does not.",
            ),
            "one of the two divided": (
                (unit @ vectors.T)[others].mean(),
                "You divided one vector of each pair by its length; divide both.",
            ),
            "divided by the squared length": (
                (squared @ squared.T)[others].mean(),
                "You divided by the squared length; the length is its root.",
            ),
            "divided by the sum": (
                (by_sum @ by_sum.T)[others].mean(),
                "You divided by the sum of absolute numbers; a vector's length is the root of the "
                "sum of its squares.",
            ),
            "the most alike pair": (
                (unit @ unit.T)[others].max(),
                "This is the largest similarity; the mean over all pairs is asked for.",
            ),
            "the first photo only": (
                (unit[1:] @ unit[0]).mean(),
                "You compared all photos with the first; compare each with each.",
            ),
            "per cent": (100 * right, "The number is right as per cent; a cosine is at most 1."),
            "centred first": (
                witness(centred),
                "You subtracted the mean vector first. What all photos share is the very thing to "
                "be found: leave it in.",
            ),
        },
        f"The mean over pairs of different photos is {right:.3f}; you say {found:.3f}.",
        within=1e-5,
    )
    return "Near 1 for ten different photos: look at the preprocessing."


def fused(
    features: np.ndarray, embedding: np.ndarray, kernel: np.ndarray, bias: np.ndarray
) -> np.ndarray:
    """Fuse with nothing repeated: the embedding's part is one vector a photo."""
    channels = features.shape[-1]
    told = embedding @ kernel[channels:] + bias
    return np.maximum(features @ kernel[:channels] + told[:, None, None], 0)


@exercise(
    "03.2",
    solution=fused,
    hint=(
        "The first C rows of the kernel belong to the features, the others to the embedding: two "
        "products, added. The second is (N, F); `[:, None, None]` makes it (N, 1, 1, F), so that "
        "it is added at each place. ReLU comes last."
    ),
)
def _fusing(answer: Callable, rng: np.random.Generator) -> str:
    """Fuse random features with random embeddings."""
    # As many photos as columns: a sum with (N, F) runs without an error and gives each column
    # another photo's vector.
    features, embedding = np.abs(rng.normal(size=(3, 4, 3, 5))), rng.normal(size=(3, 7))
    kernel, bias = rng.normal(size=(12, 6)), rng.normal(size=6)
    right = fused(features, embedding, kernel, bias)
    found = array(
        answer(features, embedding, kernel, bias),
        right.shape,
        "fused(features, embedding, kernel, bias)",
    )
    # What the features say and what the embedding says; a kernel's rows are either's.
    seen, told = features @ kernel[:5], (embedding @ kernel[5:])[:, None, None]
    swapped = features @ kernel[7:] + (embedding @ kernel[:7])[:, None, None]
    agree(
        found,
        right,
        {
            "no ReLU": (
                seen + told + bias,
                f"Your smallest number is {found.min():.1f}; after the ReLU none is below 0.",
            ),
            "ReLU before the sum": (
                np.maximum(seen, 0) + np.maximum(told + bias, 0),
                "You took the ReLU of each part: a part that says no can then no longer be heard. "
                "Add first.",
            ),
            "the bias twice": (
                np.maximum(seen + told + 2 * bias, 0),
                "The bias is in both parts; the layer has one.",
            ),
            "the bias is missing": (np.maximum(seen + told, 0), "Add the bias, before the ReLU."),
            "the embedding's rows first": (
                np.maximum(swapped + bias, 0),
                "Features come first in the layer's input, so the *first* rows of the kernel are "
                "theirs.",
            ),
            "vectors of other photos": (
                np.maximum(seen + told[:, 0, 0] + bias, 0),
                "Adding (N, F) to (N, H, W, F) lines photos up with columns. Give the vector's "
                "part two axes: `[:, None, None]`.",
            ),
            "the embedding is ignored": (
                np.maximum(seen + bias, 0),
                "Another embedding would change nothing: its part of the kernel is not used.",
            ),
            "the features are ignored": (
                np.broadcast_to(np.maximum(told + bias, 0), right.shape),
                "All places of a photo come out alike: the features' part of the kernel is not "
                "used.",
            ),
            "the sign taken away, not cut": (
                np.abs(seen + told + bias),
                "What is below 0 should become 0, not positive: ReLU is `np.maximum(…, 0)`.",
            ),
            "one vector for all photos": (
                np.maximum(seen + told[:1] + bias, 0),
                "All photos were told the first one's vector; each has its own.",
            ),
            "the mean vector": (
                np.maximum(seen + told.mean(axis=0) + bias, 0),
                "All photos were told the mean vector; each has its own.",
            ),
            "multiplied, not added": (
                np.maximum(seen * told + bias, 0),
                "You multiplied the two parts; a product with a kernel adds up what its rows give.",
            ),
            "the bias subtracted": (
                np.maximum(seen + told - bias, 0),
                "You subtracted the bias; a layer adds it.",
            ),
            "another activation": (
                1 / (1 + np.exp(-(seen + told + bias))),
                "This is a sigmoid, which runs from 0 to 1; the layer has a ReLU.",
            ),
            "the bias after the ReLU": (
                np.maximum(seen + told, 0) + bias,
                "The bias belongs into the sum, before the ReLU.",
            ),
        },
        "It should be as if the vector stood at each place; you are "
        f"{np.abs(found - right).mean():.2f} off on average.",
    )
    return (
        "The same numbers, and nothing was repeated: to fuse is to add one projection everywhere, "
        "before the ReLU."
    )


def shuffled(vectors: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Deal the vectors out anew, around a circle of all photos, so that none keeps its own."""
    circle = rng.permutation(len(vectors))
    found = np.empty_like(vectors)
    found[circle] = vectors[np.roll(circle, 1)]
    return found


@exercise(
    "03.3",
    solution=shuffled,
    hint=(
        "Of a plain permutation about one photo stays in its place. Draw again until none does, "
        "or seat the photos around a table in random order and let each pass its vector to the "
        "right: `np.roll`."
    ),
)
def _shuffling(answer: Callable, rng: np.random.Generator) -> str:
    """Shuffle thirty times: six vectors, and none may stay or be lost."""
    vectors, photos, owners, twice = rng.normal(size=(6, 8)), np.arange(6), [], 0
    # A plain permutation of six leaves none in its place in 37 % of draws: thirty tell it apart.
    for _ in range(30):
        found = array(
            answer(vectors, np.random.default_rng(rng.integers(2**32))),
            vectors.shape,
            "shuffled(vectors, rng)",
        )
        away = np.abs(found[:, None] - vectors).max(axis=-1)
        owner = away.argmin(axis=1)
        if away.min(axis=1).max() > 1e-6:
            # Sorted along one axis, a shuffle along this axis is undone.
            inside = np.abs(np.sort(found, axis=1) - np.sort(vectors, axis=1)).max() < 1e-6
            across = np.abs(np.sort(found, axis=0) - np.sort(vectors, axis=0)).max() < 1e-6
            if inside:
                raise NotYet(
                    "mixed inside a vector",
                    "You shuffled the numbers of each photo. Whole vectors should change places, "
                    "so that each stays a plausible one.",
                )
            if (np.abs(found + vectors[:, None]).max(axis=-1).min(axis=0) < 1e-6).all():
                raise NotYet(
                    "the signs turned",
                    "These are the vectors with another sign, which no photo ever had. Move whole "
                    "rows and leave them as they are.",
                )
            if not found.any():
                raise NotYet(
                    "nothing told",
                    "All vectors are zero: that is another control, which also takes away their "
                    "size and spread. Deal out the real ones.",
                )
            if (owner == photos).all() and away.min(axis=1).max() < 0.7 * np.median(away):
                raise NotYet(
                    "noise added",
                    "Each photo keeps its own vector, a little changed: it is still told the "
                    "truth. Deal out the others' vectors.",
                )
            if np.abs(found - vectors.mean(axis=0)).max() < 1e-6:
                raise NotYet(
                    "the mean for all",
                    "Every photo gets the mean vector: nothing false is told, but nothing that "
                    "differs either. Deal out the real ones.",
                )
            pairs = (vectors[:, None] + vectors) / 2
            if (np.abs(found[:, None, None] - pairs).max(axis=-1).min(axis=(1, 2)) < 1e-6).all():
                raise NotYet(
                    "averages of two",
                    "Each vector is the mean of two, so they vary less than real ones, and still "
                    "tell half of the truth where one of the two is the photo's own.",
                )
            if across:
                raise NotYet(
                    "each number by itself",
                    "You shuffled each number over the photos by itself, so no vector is one that "
                    "a photo ever had. Move whole rows.",
                )
            raise NotYet(
                "new vectors",
                "Some vectors belong to no photo. Deal out the real ones, so that size and spread "
                "stay as they are.",
            )
        if len(set(owner)) == 1:
            raise NotYet(
                "one vector for all",
                "Every photo gets the same vector, which tells nothing that differs. Deal all of "
                "them out.",
            )
        twice += len(set(owner)) < 6
        owners.append(owner)
    kept = (np.array(owners) == photos).sum(axis=1)
    turned = (np.array(owners) - photos) % 6
    if twice:
        raise NotYet(
            "a vector used twice",
            f"In {twice} of 30 draws some vector is given out more than once, and another one not "
            "at all. Draw without replacement.",
        )
    if kept.min() == 6:
        raise NotYet("nothing shuffled", "Every photo keeps its own vector.")
    if kept.any():
        raise NotYet(
            "some keep their own",
            f"In {np.count_nonzero(kept)} of 30 draws some photo keeps its own vector "
            f"({np.mean(kept):.1f} of 6 on average): those would still be told the truth.",
        )
    # Photos often lie sorted by kind: what stands at a fixed distance is of the same kind.
    if len({*map(tuple, owners)}) == 1:
        raise NotYet(
            "no lot drawn",
            "All 30 draws deal the vectors out in the same way, whatever `rng` says. Where photos "
            "lie sorted by kind, a neighbour's vector still tells the kind; draw the order by lot.",
        )
    if (turned == turned[:, :1]).all():
        raise NotYet(
            "only moved along",
            "Each photo gets the vector of the one that lies a few places before it, all of them "
            "equally far. Where photos lie sorted by kind, that still tells the kind of many; draw "
            "the whole order by lot.",
        )
    return (
        "As large and as varied as the real ones, and none where it belongs: what still helps is "
        "not content."
    )
