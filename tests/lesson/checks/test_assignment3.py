"""Wrong answers to the tasks of assignment 3 that students give."""

import keras
import numpy as np
from graded import answers
from keras import layers
from mistakes import enough, named
from scipy import stats
from scipy.special import softmax

from coursekit import color
from coursekit.lesson import checks
from coursekit.teach import hidden

RIGHT = answers(3)


def fused(vectors):
    def fuse(features, embedding):
        shape = (*features.shape[:3], embedding.shape[-1])
        return np.concatenate(
            [features, np.broadcast_to(vectors(embedding, shape), shape)], axis=-1
        )

    return fuse


def at_the_first_place(embedding, shape):
    vectors = np.zeros(shape)
    vectors[:, 0, 0] = embedding
    return vectors


def embedding_first(features, embedding):
    both = RIGHT["A3.1"](features, embedding)
    return np.concatenate([both[..., features.shape[-1] :], features], axis=-1)


def level(L):
    return color.join(L, np.zeros((*L.shape[:3], 2))).astype(float)


def three(L):
    return np.repeat(L, 3, axis=-1)


def entropy(logits):
    return stats.entropy(softmax(logits, axis=-1), axis=-1)


def ignores_its_cache(photos, classifier, cache):
    cache["last"] = vectors = classifier(photos)
    return vectors


def by_place(photos, classifier, cache):
    for place, photo in enumerate(photos):
        if place not in cache:
            cache[place] = classifier(photo[None])[0]
    return np.stack([cache[place] for place in range(len(photos))])


def asks_for_each_copy(photos, classifier, cache):
    new = [photo for photo in photos if photo.tobytes() not in cache]
    if new:
        cache.update(
            zip([photo.tobytes() for photo in new], classifier(np.stack(new)), strict=True)
        )
    return np.stack([cache[photo.tobytes()] for photo in photos])


def sorted_by_key(photos, classifier, cache):
    RIGHT["A3.4"](photos, classifier, cache)
    return np.stack([cache[key] for key in sorted(photo.tobytes() for photo in photos)])


def another_dictionary(photos, classifier, cache):
    cache = {}  # not the one that was given
    return RIGHT["A3.4"](photos, classifier, cache)


def forgets(photos, classifier, cache):
    known = dict(cache)
    vectors = RIGHT["A3.4"](photos, classifier, known)
    cache.clear()
    cache.update({photo.tobytes(): known[photo.tobytes()] for photo in photos})
    return vectors


def all_again(photos, classifier, cache):
    if any(photo.tobytes() not in cache for photo in photos):
        different = {photo.tobytes(): photo for photo in photos}
        cache.update(zip(different, classifier(np.stack([*different.values()])), strict=True))
    return np.stack([cache[photo.tobytes()] for photo in photos])


def new_ones_only(photos, classifier, cache):
    new = [photo for photo in photos if photo.tobytes() not in cache]
    vectors = classifier(np.stack(new)) if new else np.zeros((0, 4))
    cache.update(zip([photo.tobytes() for photo in new], vectors, strict=True))
    return vectors


def keyed_by(key):
    def embed_once(photos, classifier, cache):
        for photo in photos:
            if key(photo) not in cache:
                cache[key(photo)] = classifier(photo[None])[0]
        return np.stack([cache[key(photo)] for photo in photos])

    return embed_once


def remembers_elsewhere(own):
    def embed_once(photos, classifier, cache):
        return RIGHT["A3.4"](photos, classifier, own)

    return embed_once


def asks_twice(photos, classifier, cache):
    classifier(photos[:1])
    return RIGHT["A3.4"](photos, classifier, cache)


def one_photo_at_a_time_without_a_batch(photos, classifier, cache):
    return np.stack([classifier(photo) for photo in photos])


def built(
    size=None,
    activation="tanh",
    widths=(16, 16),
    told_where=None,
    sees_L=True,
    planes=(1, 2),
    up=2,
    numbers=None,
    order=1,
):
    """A network like the reference, with something about it changed."""

    def fusion_network(embedding):
        def conv(filters, strides=1, activation="relu"):
            return layers.Conv2D(filters, 3, strides, padding="same", activation=activation)

        L, told = layers.Input((size, size, planes[0])), layers.Input((numbers or embedding,))
        x = conv(widths[0], 2)(L if sees_L else layers.Rescaling(0.0)(L))
        news = layers.Reshape((1, 1, widths[0]))(layers.Dense(widths[0])(told))
        x = layers.Add()([x, news]) if told_where is None else told_where(x, news)
        x = layers.UpSampling2D(up)(conv(widths[1])(x))
        return keras.Model([L, told][::order], conv(planes[1], activation=activation)(x))

    return fusion_network


def at_the_left(x, news):
    """Adds the news where the column is small, by a mask that knows no size."""

    def masked(both):
        columns = keras.ops.cumsum(keras.ops.ones_like(both[0][:, :1, :, :1]), axis=2)
        return both[0] + both[1] * keras.ops.cast(columns < 3, "float32")

    return layers.Lambda(masked)([x, news])


def mixed_up(x, news):
    return layers.Add()([x, layers.Lambda(lambda news: keras.ops.flip(news, axis=0) + news)(news)])


MISTAKES = [
    ("A3.1", "the embedding first", embedding_first),
    (
        "A3.1",
        "vectors of other photos",
        fused(lambda e, shape: np.tile(e, (shape[1] * shape[2], 1)).reshape(shape)),
    ),
    ("A3.1", "one vector for all photos", fused(lambda e, shape: e[0])),
    ("A3.1", "the mean vector", fused(lambda e, shape: e.mean(axis=0))),
    ("A3.1", "photos in reverse", fused(lambda e, shape: e[::-1, None, None])),
    ("A3.1", "the next photo's vector", fused(lambda e, shape: np.roll(e, -1, 0)[:, None, None])),
    ("A3.1", "at one place only", fused(at_the_first_place)),
    (
        "A3.1",
        "vectors of length 1",
        fused(lambda e, shape: (e / np.linalg.norm(e, axis=1, keepdims=True))[:, None, None]),
    ),
    ("A3.1", "another result", fused(lambda e, shape: 0 * e[:, None, None])),
    ("A3.2", "scaled twice", lambda L: level(L) / 255 / 127.5 - 1),
    ("A3.2", "not scaled", lambda L: level(L)),
    ("A3.2", "from 0 to 1", lambda L: level(L) / 255),
    ("A3.2", "L taken for a level", lambda L: three(L) / 50 - 1),
    ("A3.2", "L as a level, unscaled", lambda L: three(L) / 127.5 - 1),
    ("A3.2", "from −½ to ½", lambda L: level(L) / 255 - 0.5),
    (
        "A3.2",
        "by the photos' own mean and deviation",
        lambda L: (level(L) - level(L).mean()) / level(L).std(),
    ),
    ("A3.2", "black and white exchanged", lambda L: 1 - level(L) / 127.5),
    ("A3.2", "another result", lambda L: 0 * level(L)),
    ("A3.2", "one channel", lambda L: level(L)[..., :1] / 127.5 - 1),
    ("A3.3", "entropy, no number of classes", lambda z: entropy(z).mean()),
    ("A3.3", "exp of the mean", lambda z: np.exp(entropy(z).mean())),
    ("A3.3", "bits", lambda z: np.exp(stats.entropy(softmax(z, axis=-1), axis=-1, base=2)).mean()),
    (
        "A3.3",
        "the mean distribution",
        lambda z: np.exp(stats.entropy(softmax(z, axis=-1).mean(axis=0))),
    ),
    ("A3.3", "the sum over photos", lambda z: np.exp(entropy(z)).sum()),
    ("A3.3", "entropy in bits", lambda z: stats.entropy(softmax(z, -1), axis=-1, base=2).mean()),
    (
        "A3.3",
        "one over the sum of squares",
        lambda z: (1 / (softmax(z, axis=-1) ** 2).sum(-1)).mean(),
    ),
    ("A3.3", "classes over a limit", lambda z: (softmax(z, axis=-1) > 0.01).sum(-1).mean()),
    ("A3.3", "another result", lambda z: 40),
    ("A3.3", "not finite", lambda z: float("inf")),
    ("A3.4", "computed again", ignores_its_cache),
    ("A3.4", "vectors of other photos", by_place),
    ("A3.4", "equal photos computed twice", asks_for_each_copy),
    ("A3.4", "the order is lost", sorted_by_key),
    ("A3.4", "computed more than once", asks_twice),
    ("A3.4", "the cache stays empty", another_dictionary),
    ("A3.4", "the cache forgets", forgets),
    ("A3.4", "all for one new photo", all_again),
    ("A3.4", "only the new ones", new_ones_only),
    ("A3.4", "a key that two photos share", keyed_by(lambda photo: photo[0, 0, 0])),
    ("A3.4", "a key that two photos share", keyed_by(lambda photo: sorted(photo.ravel())[4])),
    ("A3.4", "your code raised an error", one_photo_at_a_time_without_a_batch),
    ("A3.5", "one size only", built(size=32)),
    ("A3.5", "the inputs exchanged", built(order=-1)),
    ("A3.5", "RGB goes in", built(planes=(3, 2))),
    ("A3.5", "RGB comes out", built(planes=(1, 3))),
    ("A3.5", "an embedding of another size", built(numbers=1000)),
    ("A3.5", "a smaller output", built(up=1)),
    ("A3.5", "never below zero", built(activation="sigmoid")),
    ("A3.5", "too many weights", built(widths=(64, 256))),
    ("A3.5", "no tanh at the end", built(activation="linear")),
    ("A3.5", "the embedding is ignored", built(told_where=lambda x, news: x)),
    ("A3.5", "the embedding reaches some places", built(told_where=at_the_left)),
    ("A3.5", "L is ignored", built(sees_L=False)),
    ("A3.5", "photos hear each other", built(told_where=mixed_up)),
    (
        "A3.5",
        "no model of two inputs",
        lambda embedding: keras.Sequential([layers.Input((8, 8, 1)), layers.Flatten()]),
    ),
]

test_a_mistake_is_called_by_its_name = named(MISTAKES)
test_a_mistake_is_called_by_its_name_in_hidden_tests = named(MISTAKES, hidden.check)
test_every_task_has_mistakes = enough("A3", MISTAKES)


def test_a_memory_of_its_own_is_no_cache():
    assert checks.check("A3.4", remembers_elsewhere({})).misconception == "a cache of its own"


def test_photos_shown_one_by_one_are_right_too():
    answer = keyed_by(lambda photo: photo.tobytes())
    assert checks.check("A3.4", answer).status == checks.CORRECT
