"""Checks of the third assignment: fusion. Graded, so there are no solutions here; see `cases`.

Keras is loaded only where a network is looked at.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .answers import NotYet, agree, array, number
from .cases import Case
from .exercise import exercise

MOST_WEIGHTS = 80_000


@exercise(
    "A3.1",
    hint=(
        "Shaped (N, 1, 1, E), the embedding can be given height and width by `np.broadcast_to` or "
        "`np.tile`. Then `np.concatenate` on the last axis, features first."
    ),
    stored=True,
)
def _fuse(answer: Callable, case: Case) -> str:
    """Check that every place has its features and the photo's own vector."""
    features, expected = case.given["features"], case.expected["fused"]
    found = array(
        answer(features, case.given["embedding"]), expected.shape, "fuse(features, embedding)"
    )
    messages = {
        "the embedding first": "All numbers are there, but the features should come first.",
        "vectors of other photos": "Within one photo the vector changes from place to place: "
        "`reshape` dealt out vectors of other photos. Broadcast instead.",
        "one vector for all photos": "Every photo got the vector of the first.",
        "the mean vector": "Every photo got the mean of all vectors.",
        "photos in reverse": "The vectors stand with the wrong photos, in reverse order.",
        "the next photo's vector": "Every photo got the vector of the next one.",
        "at one place only": "Only the first place of a photo got the vector; every place should.",
        "vectors of length 1": "You divided the vectors by their length; leave them as they are.",
    }
    agree(
        found,
        expected,
        case.mistaken("fused", messages),
        "The features are right, the part of the embedding is not: at each place of a photo, its "
        "own whole vector."
        if np.allclose(found[..., : features.shape[-1]], features)
        else "The first channels should be the features, unchanged.",
    )
    return "Every place is told the same about the photo."


@exercise(
    "A3.2",
    hint=(
        "Three steps: L to the levels 0…255 of a grey photo (`color.join` with ab = 0), which has "
        "three equal channels already; to float; and to −1…1 as the text above says. Print the "
        "smallest and largest number of what your friend feeds in."
    ),
    stored=True,
    parts=("bug", "levels"),
)
def _classifier_input(answer: Callable, case: Case, part: str | None) -> str:
    """Check the levels of a grey photo, in the classifier's range."""
    L = case.given["L"]
    value = answer(L)
    if np.shape(value) == L.shape:
        raise NotYet(
            "one channel", "A classifier of colour photos wants three channels; make them equal."
        )
    found = array(value, (*L.shape[:3], 3), "classifier_input(L)")
    spread = f"Your input runs from {found.min():.3g} to {found.max():.3g}"
    messages = {
        "scaled twice": f"{spread}: levels were divided by 255 *and* scaled as if they were "
        "0…255. The classifier sees black, whatever the photo.",
        "not scaled": f"{spread}; the classifier was trained on −1…1.",
        "from 0 to 1": f"{spread}; the classifier was trained on −1…1.",
        "L taken for a level": "You scaled L itself. The classifier was trained on photos, that "
        "is on sRGB levels: L = 50 is level 119, not 128.",
        "from −½ to ½": f"{spread}; the classifier was trained on −1…1, twice as far.",
        "by the photos' own mean and deviation": f"{spread}: you scaled by the mean and deviation "
        "of these photos, so each batch comes in on another scale.",
        "black and white exchanged": "White comes in as −1 and black as 1: a negative.",
        "L as a level, unscaled": f"{spread}: L ends at 100, levels at 255, so all photos look "
        "dark.",
    }
    # The bug is found where photos fill the classifier's range, dark ones dark, light ones light.
    wanted = case.expected["input"]
    ends = np.abs([found.min() - wanted.min(), found.max() - wanted.max()]).max()
    if part == "bug" and ends < 0.1 and np.corrcoef(found.ravel(), wanted.ravel())[0, 1] > 0.98:
        return "The classifier sees a photo, from black to white."
    agree(
        found,
        wanted,
        case.mistaken("input", messages),
        f"{spread}; white should come in as 1, black as −1, L = 50 as −0.07.",
        within=0.006,
    )
    return "The classifier sees a grey photo as it would see a file of it."


@exercise(
    "A3.3",
    hint=(
        "Softmax over the last axis; entropy −Σ p · log p of each photo (`scipy.stats.entropy` "
        "takes 0 · log 0 as 0); exp of it; then the mean over photos."
    ),
    stored=True,
)
def _effective(answer: Callable, case: Case) -> str:
    """Check a number of classes for each photo, averaged."""
    expected = case.expected["classes"]
    found = number(answer(case.given["logits"]), "effective_classes(logits)")
    messages = {
        "entropy, no number of classes": "This is the mean entropy in nats; the number of classes "
        "is exp of it, photo by photo.",
        "exp of the mean": "You took exp of the mean entropy; take exp photo by photo, then the "
        "mean.",
        "bits": "You took log₂ and then exp: either ln and exp, or log₂ and 2 to its power.",
        "the mean distribution": "You mixed all photos into one distribution first; that says how "
        "*varied the photos* are.",
        "the sum over photos": "Take the mean over photos, not the sum.",
        "entropy in bits": "This is the mean entropy in bits; the number of classes is 2 to its "
        "power, photo by photo.",
        "one over the sum of squares": "1 / Σ p² counts classes too, and is another number; the "
        "text asks for exp of the entropy.",
        "classes over a limit": "You counted the classes over 1 %; no limit is asked for.",
        "softmax over photos": "The softmax must run over the classes, the last axis.",
    }
    agree(
        found,
        expected,
        case.mistaken("classes", messages),
        f"{expected:.2f} is right, you say {found:.2f}. A photo whose classifier is certain "
        "counts 1.",
    )
    return f"Of 40 numbers about {found:.1f} say something after the softmax."


@exercise(
    "A3.4",
    hint=(
        "The bytes of a photo (`tobytes`) are a key that depends on nothing but content. First "
        "collect the photos whose key is not in the cache, each once; ask the classifier about "
        "those only; then read all from the cache, in order."
    ),
)
def _once(answer: Callable, rng: np.random.Generator) -> str:
    """Check the vectors, and that each photo is shown to the classifier once."""
    photos = rng.random((8, 3, 3, 1)).astype(np.float32)
    # The last one has the pixels of the one before, two of them exchanged: sum, corners and middle
    # are the same, and a key made of those would be, too.
    photos[7] = photos[6]
    photos[7, 0, 1], photos[7, 1, 0] = photos[6, 1, 0], photos[6, 0, 1]
    number_of = {photo.tobytes(): at for at, photo in enumerate(photos)}
    direction = rng.normal(size=(9, 4))
    seen = []

    def classifier(batch: np.ndarray) -> np.ndarray:
        batch = np.asarray(batch)
        if batch.ndim != 4:
            raise ValueError(f"the classifier wants a batch (N, 3, 3, 1), got {batch.shape}")
        seen.extend(number_of.get(np.float32(photo).tobytes()) for photo in batch)
        return batch.reshape(len(batch), -1) @ direction

    def vectors(which: list[int]) -> np.ndarray:
        return photos[which].reshape(len(which), -1) @ direction

    cache = {}

    def ask(which: list[int], what: str) -> int:
        seen.clear()
        found = answer(photos[which], classifier, cache)
        if len(np.shape(found)) == 2 and len(found) == len(seen) < len(which):
            raise NotYet(
                "only the new ones",
                f"{what}: {len(found)} vectors come back, those that were asked for now. Give one "
                "for each photo, known ones too.",
            )
        found = array(found, (len(which), 4), "embed_once(photos, classifier, cache)")
        if not np.allclose(found, vectors(which), atol=1e-4):
            some = np.allclose(np.sort(found, axis=0), np.sort(vectors(which), axis=0), atol=1e-4)
            raise NotYet(
                "the order is lost" if some else "vectors of other photos",
                f"{what}: "
                + (
                    "the right vectors come in another order."
                    if some
                    else "a photo gets a vector that is not its own. Is the key its place, and "
                    "not its content?"
                ),
            )
        return len(seen)

    if (asked := ask([0, 1, 2], "Three new photos")) > 3:
        raise NotYet(
            "computed more than once",
            f"Three new photos were shown to the classifier {asked} times.",
        )
    if ask([0, 1], "Two known photos"):
        if not cache:
            raise NotYet(
                "the cache stays empty",
                "After the first call the dictionary that you were given is still empty: "
                "`cache = …` makes another one, `cache[key] = …` writes into yours.",
            )
        raise NotYet(
            "computed again",
            f"Two photos were known, yet the classifier saw {len(seen)}. Is the cache asked, and "
            "under the key that was written?",
        )
    forgets = NotYet(
        "the cache forgets",
        "A photo that you had asked about two calls ago was asked about again: keep what is in the "
        "cache when you add to it.",
    )
    if ask([2, 3, 0, 4], "Four photos, two of them known") and not {2, 0}.isdisjoint(seen):
        if not {2, 0}.issubset(seen):
            raise forgets
        raise NotYet(
            "all for one new photo",
            f"Of four photos two were known, yet the classifier saw {len(seen)}: one new photo, "
            "and you ask about the whole batch again. Ask about the new ones only.",
        )
    if ask([5, 5, 1, 5], "One new photo, three times") > 1:
        if 1 in seen:
            raise forgets
        raise NotYet(
            "equal photos computed twice",
            f"One new photo stood three times in the batch and was shown {len(seen)} times. "
            "Collect each *different* photo once.",
        )
    if ask([4, 3, 2, 1, 0], "Known photos, in another order"):
        raise NotYet(
            "computed again", f"All photos were known, yet the classifier saw {len(seen)}."
        )
    if not cache:
        raise NotYet(
            "a cache of its own",
            "Your function remembers, but not in the `cache` that it was given: nobody "
            "can keep it on disk, or empty it.",
        )
    # Photo 6 is new, and then photo 7, too.
    if not ask([6], "One new photo") or np.allclose(
        np.asarray(answer(photos[[7]], classifier, cache), float), vectors([6]), atol=1e-4
    ):
        raise NotYet(
            "a key that two photos share",
            "Two photos of the same sum, corners and middle got one vector. Make the key of all "
            "their pixels.",
        )
    return "The classifier saw each photo once, however often and in whatever order it came."


@exercise(
    "A3.5",
    hint=(
        "An encoder as in lesson 02; then `layers.RepeatVector`-like: a Dense of the embedding, "
        "reshaped to (1, 1, E), and `layers.UpSampling2D`; or `keras.ops` inside a small layer. "
        "For any photo size, add a 1×1 convolution of the features and a Dense of the embedding: "
        "(N, H, W, C) + (N, 1, 1, C) is a concatenation followed by a 1×1 convolution."
    ),
)
def _network(answer: Callable, rng: np.random.Generator) -> str:
    """Check a network of two inputs: shapes, weights, range, what each input changes."""
    import keras

    size = 7
    model = answer(size)
    if not hasattr(model, "count_params") or len(getattr(model, "inputs", [])) != 2:
        raise NotYet(
            "no model of two inputs",
            "fusion_network(embedding) should return a keras.Model of two inputs: L "
            "and the embedding.",
        )

    def run(L: np.ndarray, vectors: np.ndarray) -> np.ndarray:
        return keras.ops.convert_to_numpy(
            model([np.float32(L), np.float32(vectors)], training=False)
        )

    L, vectors = rng.uniform(-1, 1, (2, 32, 32, 1)), rng.normal(size=(2, size))
    try:
        found = run(L, vectors)
        other = run(rng.uniform(-1, 1, (2, 48, 48, 1)), vectors)
    except Exception as error:
        raise _why_it_stops(run, L, vectors, error) from None
    if found.shape != (2, 32, 32, 2) or other.shape != (2, 48, 48, 2):
        raise _another_shape(found.shape)
    if model.count_params() > MOST_WEIGHTS:
        raise NotYet(
            "too many weights", f"{model.count_params():,} weights; {MOST_WEIGHTS:,} are allowed."
        )
    if np.abs(run(1e4 * L, 1e4 * vectors)).max() > 1:
        raise NotYet("no tanh at the end", "On a wild input it leaves −1…1. End with tanh.")
    if run(1e4 * rng.choice([-1, 1], L.shape), 1e4 * vectors).min() >= 0:
        raise NotYet(
            "never below zero",
            "It only gives numbers from 0: no green and no blue. ReLU or sigmoid in the last "
            "layer? tanh has both signs.",
        )
    changed = np.abs(run(L, 3 * vectors[::-1]) - found).max(axis=-1)
    if not changed.any():
        raise NotYet(
            "the embedding is ignored",
            "Another embedding, the same answer: it is an input, but nothing comes of it.",
        )
    if (changed[0] == 0).mean() > 0.2:
        raise NotYet(
            "the embedding reaches some places",
            f"Another embedding changes {(changed[0] > 0).mean():.0%} "
            "of the "
            "pixels. It speaks about the whole photo, so every place should hear it.",
        )
    alone = np.abs(run(L, np.stack([vectors[0], 3 * vectors[0]])) - found)
    if alone[0].max() > 1e-5:
        raise NotYet(
            "photos hear each other",
            "Changing the embedding of the second photo changes the first one's colours.",
        )
    if np.abs(run(-L, vectors) - found).max() == 0:
        raise NotYet(
            "L is ignored",
            "Another photo, the same answer: L is an input, but nothing comes of it.",
        )
    return f"{model.count_params():,} weights, and every place hears what the photo shows."


def _why_it_stops(run: Callable, L: np.ndarray, vectors: np.ndarray, error: Exception) -> NotYet:
    """Try what else a network may have been built for."""

    def runs(L: np.ndarray, vectors: np.ndarray) -> bool:
        try:
            run(L, vectors)
        except Exception:
            return False
        return True

    if runs(vectors, L):
        return NotYet(
            "the inputs exchanged",
            "It takes the embedding first: `keras.Model([L, embedding], …)`, in this order.",
        )
    if runs(np.concatenate([L, L, L], axis=-1), vectors):
        return NotYet(
            "RGB goes in", "It takes three planes; what a colorizer is given is L, one plane."
        )
    if any(runs(L, np.zeros((len(L), size))) for size in (1000, 512, 1)):
        return NotYet(
            "an embedding of another size",
            f"It takes no embedding of {vectors.shape[1]} numbers. How many there are is the "
            "argument of your function.",
        )
    return NotYet(
        "one size only",
        f"With photos of 32 and of 48 pixels it stops: {type(error).__name__}. Give "
        "`layers.Input` (None, None, 1), and let the embedding be broadcast.",
    )


def _another_shape(shape: tuple) -> NotYet:
    came_out = f"32 × 32 pixels come out as {shape[1:]}; (32, 32, 2) are wanted"
    if shape == (2, 32, 32, 3):
        return NotYet("RGB comes out", f"{came_out}: L is known, so only a and b are painted.")
    if len(shape) == 4 and shape[1] < 32:
        return NotYet("a smaller output", f"{came_out}: double as often as you halve.")
    return NotYet("another shape", f"{came_out}.")
