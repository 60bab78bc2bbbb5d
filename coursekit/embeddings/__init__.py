"""What a classifier says about each photo: computed from grey once, then read back from disk."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import numpy as np

from coursekit import color, files
from coursekit.embeddings import compact, inception
from coursekit.embeddings.store import Store
from coursekit.networks.imagenet import WeightsError

__all__ = ["Embedding", "MODELS", "compact", "embed", "inception", "shuffled", "zeros"]

MODELS = {"compact": compact, "inception_resnet_v2": inception}
AT_ONCE = 32  # photos computed, then stored, at a time


class Embedding(NamedTuple):
    """One vector a photo, and where they come from."""

    vectors: np.ndarray  #: float32 (N, D), in the order of the photos
    model: str  #: "compact" or "inception_resnet_v2", the one that was used


def embed(
    photos,
    model: str = "compact",
    after_softmax: bool = False,
    trained: bool = True,
    progress: bool = True,
) -> Embedding:
    """What a classifier says about each photo, which it sees in grey.

    Each photo is computed once: its vector is kept in the course's cache, under the content of the photo, the weights
    and the preprocessing. A call that is cut off loses the last few photos at most; what is damaged is made anew.

    Parameters: ``photos``, L float32 (N, H, W, 1), 0…100, or uint8 RGB (N, H, W, 3), whose colour is dropped;
    ``model``, "inception_resnet_v2" (1,000 classes of ImageNet; 225 MB, fetched once) or "compact" (ours, which comes
    with the course); ``after_softmax``, probabilities instead of the numbers before; ``trained=False`` for a classifier
    with weights of chance, of which nothing is kept; ``progress``, a bar with the time left, if it takes long.
    Returns: `Embedding`. Where the ImageNet weights cannot be had, "compact" is used, a printed line says so, and so
    does ``model``.
    Raises: ValueError for an unknown model, for no photos, and for L in another range than 0…100.
    """
    if model not in MODELS:
        raise ValueError(f"no model {model!r}; there are {', '.join(MODELS)}")
    photos = _checked(photos)
    room = MODELS[model]
    file = trained and _file(model)
    keys = [_key(photo) for photo in photos]
    first = {}  # of equal photos
    for index, key in enumerate(keys):
        first.setdefault(key, index)
    found = Store(file).read([*first]) if file else {}
    missing = [key for key in first if key not in found]
    if missing:
        try:
            classifier = room.classifier() if trained else room.classifier(None)
        except WeightsError as error:
            print(
                f"{error}. The compact classifier is used instead ({len(compact.classes())} numbers a photo)."
            )
            return embed(photos, "compact", after_softmax, progress=progress)
        for some in _in_parts(missing, model, progress):
            chosen = [first[key] for key in some]
            if (
                len(missing) > AT_ONCE
            ):  # the last part is filled up: compiling for its size would take longer
                chosen = np.resize(chosen, AT_ONCE)
            vectors = classifier.predict_on_batch(room.prepare(_L(photos[chosen])))[: len(some)]
            found |= zip(some, vectors, strict=True)
            if file:
                Store(file).write(some, vectors)
    vectors = np.stack([found[key] for key in keys])
    if after_softmax:
        from scipy.special import softmax

        vectors = softmax(vectors, axis=-1)
    return Embedding(vectors, model)


def zeros(embedding: Embedding) -> Embedding:
    """The embedding of one who knows nothing, of the same shape: what is left without global features."""
    return Embedding(np.zeros_like(embedding.vectors), f"zeros for {embedding.model}")


def shuffled(embedding: Embedding, seed: int = 0) -> Embedding:
    """The same vectors, each with another photo: as large and as varied as the real ones, and of no use."""
    circle = np.random.default_rng(seed).permutation(len(embedding.vectors))
    vectors = np.empty_like(embedding.vectors)
    vectors[circle] = embedding.vectors[np.roll(circle, 1)]
    return Embedding(vectors, f"shuffled {embedding.model}")


def _checked(photos) -> np.ndarray:
    photos = np.asarray(photos)
    way = "pass L from color.split, float32 (N, H, W, 1), 0…100, or uint8 RGB (N, H, W, 3)"
    if photos.dtype == np.uint8 and photos.ndim == 4 and photos.shape[-1] == 3 and photos.size:
        return photos
    if not (
        np.issubdtype(photos.dtype, np.floating)
        and photos.ndim == 4
        and photos.shape[-1] == 1
        and photos.size
    ):
        raise ValueError(f"no photos: {photos.dtype} {photos.shape}; {way}")
    low, high = photos.min(), photos.max()
    if not (low >= 0 and (high == 0 or 1 < high <= 100.01)):
        raise ValueError(
            f"L lies in {low:.3g}…{high:.3g}, so it is scaled already, or no L; a classifier would take "
            f"every photo for the same; {way}"
        )
    return photos.astype(np.float32, copy=False)


def _L(photos: np.ndarray) -> np.ndarray:
    return color.split(photos)[0] if photos.dtype == np.uint8 else photos


def _key(photo: np.ndarray) -> bytes:
    digest = hashlib.sha256(f"{photo.dtype}{photo.shape}".encode())
    digest.update(np.ascontiguousarray(photo))
    return digest.digest()


def _file(model: str):
    """Where vectors of this model are kept; another file for other weights or preprocessing; None if nowhere."""
    folder, room = files.spare("embeddings"), MODELS[model]
    made_with = hashlib.sha256(f"{room.checksum()} {room.PREPROCESSING}".encode()).hexdigest()
    return folder and folder / f"{model}-{made_with[:16]}.sqlite"


def _in_parts(keys: list[bytes], model: str, progress: bool):
    from tqdm.auto import tqdm

    with tqdm(
        total=len(keys), desc=model, unit="photo", delay=2, leave=False, disable=not progress
    ) as bar:
        for start in range(0, len(keys), AT_ONCE):
            some = keys[start : start + AT_ONCE]
            yield some
            bar.update(len(some))
