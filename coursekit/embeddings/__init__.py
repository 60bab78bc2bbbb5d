"""What a classifier says about each photo: computed from grey once, then read back from disk.

Rarely used libraries are imported where they are needed: importing the course must be quick.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from coursekit import color, files
from coursekit.embeddings import efficientnet_lite0, inception
from coursekit.embeddings.store import Store

if TYPE_CHECKING:
    import keras

__all__ = [
    "Classifier",
    "Embedding",
    "MODELS",
    "efficientnet_lite0",
    "embed",
    "inception",
    "names",
    "shuffled",
    "zeros",
]

AT_ONCE = 32  # photos computed, then stored, at a time


class Classifier(Protocol):
    """Say what each module in `MODELS` has.

    Attributes
    ----------
    PREPROCESSING : str
        What `prepare` does, in words; vectors are stored under it, so another preprocessing needs
        other words.
    """

    PREPROCESSING: str

    def classifier(self, trained: bool = True) -> keras.Model:
        """Give the classifier, without a softmax; from what `prepare` gives to (N, D).

        Parameters
        ----------
        trained : bool
            False for weights of chance.

        Returns
        -------
        keras.Model
            Built once, then kept.

        Raises
        ------
        coursekit.networks.WeightsError
            If its weights cannot be had.
        """

    def classes(self) -> list[str]:
        """List what it can name.

        Returns
        -------
        list of str
            In the order of its numbers.
        """

    def checksum(self) -> str:
        """Tell the checksum that its file of weights must have.

        Returns
        -------
        str
            Vectors are stored under it, too.
        """

    def prepare(self, L: np.ndarray) -> np.ndarray:
        """Make of L what the classifier takes.

        Parameters
        ----------
        L : np.ndarray
            Lightness, float32 (N, H, W, 1), 0…100.

        Returns
        -------
        np.ndarray
            As many photos.
        """


MODELS: dict[str, Classifier] = {
    "efficientnet_lite0": efficientnet_lite0,
    "inception_resnet_v2": inception,
}


class Embedding(NamedTuple):
    """Hold one vector a photo, and where they come from.

    Attributes
    ----------
    vectors : np.ndarray
        Float32 (N, D), in the order of the photos.
    model : str
        The classifier that was used, a name in `MODELS`.
    """

    vectors: np.ndarray
    model: str


def embed(
    photos: np.ndarray,
    model: str = "efficientnet_lite0",
    after_softmax: bool = False,
    trained: bool = True,
    progress: bool = True,
) -> Embedding:
    """Ask a classifier about each photo, which it sees in grey.

    Each photo is computed once: its vector is kept in the course's cache, under the content of the
    photo, the weights and the preprocessing. A call that is cut off loses the last few photos at
    most; what is damaged is made anew.

    Parameters
    ----------
    photos : np.ndarray
        L, float32 (N, H, W, 1), 0…100, or sRGB, uint8 (N, H, W, 3), whose colour is dropped.
    model : {"efficientnet_lite0", "inception_resnet_v2"}
        The classifier of ImageNet's 1,000 classes that comes with the course, or the one of the
        published system, of the same classes (225 MB, fetched once).
    after_softmax : bool
        Give probabilities instead of the numbers before.
    trained : bool
        False for a classifier with weights of chance, of which nothing is kept.
    progress : bool
        Show a bar with the time left, if it takes long.

    Returns
    -------
    Embedding
        Where the weights of "inception_resnet_v2" cannot be had, "efficientnet_lite0" is used; a
        printed line says so, and so does ``model``.

    Raises
    ------
    ValueError
        For an unknown model, for no photos, and for L in another range than 0…100.
    """
    if model not in MODELS:
        raise ValueError(f"no model {model!r}; there are {', '.join(MODELS)}")
    photos = _checked(photos)
    asked = MODELS[model]
    file = trained and _file(model)
    keys = [_key(photo) for photo in photos]
    first = {}  # of equal photos
    for index, key in enumerate(keys):
        first.setdefault(key, index)
    found = Store(file).read([*first]) if file else {}
    missing = [key for key in first if key not in found]
    if missing:
        from coursekit.networks import WeightsError

        try:
            with _full_precision():
                # Without the argument: else the trained one would be kept under two names, built
                # twice.
                classifier = asked.classifier() if trained else asked.classifier(False)
        except WeightsError as error:
            print(f"{error}. EfficientNet-Lite0 is used instead, of the same 1,000 classes.")
            return embed(photos, "efficientnet_lite0", after_softmax, progress=progress)
        for some in _in_parts(missing, model, progress):
            chosen = [first[key] for key in some]
            # The last part is filled up: compiling for its size would take longer.
            if len(missing) > AT_ONCE:
                chosen = np.resize(chosen, AT_ONCE)
            vectors = classifier.predict_on_batch(asked.prepare(_L(photos[chosen])))[: len(some)]
            found |= zip(some, vectors, strict=True)
            if file:
                Store(file).write(some, vectors)
    vectors = np.stack([found[key] for key in keys])
    if after_softmax:
        from scipy.special import softmax

        vectors = softmax(vectors, axis=-1)
    return Embedding(vectors, model)


def names(model: str) -> list[str]:
    """List what a classifier can name.

    Parameters
    ----------
    model : str
        A name in `MODELS`.

    Returns
    -------
    list of str
        In the order of its numbers.

    Raises
    ------
    ValueError
        For an unknown model.
    """
    if model not in MODELS:
        raise ValueError(f"no model {model!r}; there are {', '.join(MODELS)}")
    return MODELS[model].classes()


def zeros(embedding: Embedding) -> Embedding:
    """Give the embedding of one who knows nothing: what is left without global features.

    Parameters
    ----------
    embedding : Embedding
        Whose shape it has.

    Returns
    -------
    Embedding
        All 0.
    """
    return Embedding(np.zeros_like(embedding.vectors), f"zeros for {embedding.model}")


def shuffled(embedding: Embedding, seed: int = 0) -> Embedding:
    """Give each photo the vector of another: as large and as varied as its own, and of no use.

    Parameters
    ----------
    embedding : Embedding
        Of two photos at least.
    seed : int
        Of the order.

    Returns
    -------
    Embedding
        The same vectors; none stays with its photo.
    """
    # Around a random circle each photo takes the vector of the one before it.
    circle = np.random.default_rng(seed).permutation(len(embedding.vectors))
    vectors = np.empty_like(embedding.vectors)
    vectors[circle] = embedding.vectors[np.roll(circle, 1)]
    return Embedding(vectors, f"shuffled {embedding.model}")


@contextlib.contextmanager
def _full_precision() -> Iterator[None]:
    """Build networks in float32: what is kept must not depend on the policy of one notebook."""
    from keras import config

    policy = config.dtype_policy()
    config.set_dtype_policy("float32")
    try:
        yield
    finally:
        config.set_dtype_policy(policy)


def _checked(photos: np.ndarray) -> np.ndarray:
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
            f"L lies in {low:.3g}…{high:.3g}, so it is scaled already, or no L; a classifier would "
            f"take every photo for the same; {way}"
        )
    return photos.astype(np.float32, copy=False)


def _L(photos: np.ndarray) -> np.ndarray:
    return color.split(photos)[0] if photos.dtype == np.uint8 else photos


def _key(photo: np.ndarray) -> bytes:
    digest = hashlib.sha256(f"{photo.dtype}{photo.shape}".encode())
    digest.update(np.ascontiguousarray(photo))
    return digest.digest()


def _file(model: str) -> Path | None:
    """Say where vectors are kept, by model, weights and preprocessing; None if nowhere."""
    folder, kept = files.spare("embeddings"), MODELS[model]
    made_with = hashlib.sha256(f"{kept.checksum()} {kept.PREPROCESSING}".encode()).hexdigest()
    return folder and folder / f"{model}-{made_with[:16]}.sqlite"


def _in_parts(keys: list[bytes], model: str, progress: bool) -> Iterator[list[bytes]]:
    from tqdm.auto import tqdm

    with tqdm(
        total=len(keys), desc=model, unit="photo", delay=2, leave=False, disable=not progress
    ) as bar:
        for start in range(0, len(keys), AT_ONCE):
            some = keys[start : start + AT_ONCE]
            yield some
            bar.update(len(some))
