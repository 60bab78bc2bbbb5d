"""From photos to what ``fit`` is fed with: shuffled batches, the same ones for the same seed."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np

from coursekit import color, device, photos

from .augmentation import vary


class Batches(keras.utils.PyDataset):
    """Draw shuffled, optionally augmented batches of (L, ab), or of ((L, embedding), ab).

    What a batch holds depends on the seed, the epoch and its number only, so that a resumed run
    sees the same photos. From photos that are not converted yet: `from_photos`.

    TensorFlow keeps what ``fit`` was given until the process ends: runs that share the arrays L and
    ab need their memory once.

    Parameters
    ----------
    L : np.ndarray
        Lightness, float32 (N, H, W, 1), scaled as the network wants it.
    ab : np.ndarray
        Colour, float32 (N, H, W, 2), in the units that the loss wants.
    batch_size : int
        Photos in a batch; the last one may have fewer.
    augmentation : dict, optional
        Keyword arguments of `vary`, among them those of `augment`; {} for their defaults, None for
        no augmentation.
    seed : int
        Of the order and the augmentation.
    embedding : np.ndarray, optional
        Vectors (N, D), for a network that takes one beside L. A photo keeps its own, however it
        is moved.

    Attributes
    ----------
    epoch : int
        The epoch whose batches are drawn; Keras counts it up.

    Raises
    ------
    ValueError
        If L, ab and embedding differ in number or size, there is no photo, or a batch holds none.
    """

    def __init__(
        self,
        L: np.ndarray,
        ab: np.ndarray,
        batch_size: int = 16,
        augmentation: dict | None = None,
        seed: int = 0,
        embedding: np.ndarray | None = None,
    ):
        if len(L) == 0 or L.shape[:3] != ab.shape[:3]:
            raise ValueError(
                f"L {L.shape} and ab {ab.shape} must hold the same photos, at least one"
            )

        def planes(chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            return L[chosen], ab[chosen]

        self._start(len(L), planes, batch_size, augmentation, seed, embedding)

    @classmethod
    def from_photos(
        cls,
        rgb: np.ndarray,
        batch_size: int = 16,
        scaled: bool = True,
        size: int | None = None,
        augmentation: dict | None = None,
        seed: int = 0,
        embedding: np.ndarray | None = None,
    ) -> Batches:
        """Draw batches from photos in sRGB, which may lie on disk: a batch at a time is converted.

        L is scaled to −1…1.

        Parameters
        ----------
        rgb : np.ndarray
            Photos, uint8 (N, H, W, 3), also as ``datasets.load(…, on_disk=True)`` gives them.
        batch_size : int
            Photos in a batch; the last one may have fewer.
        scaled : bool
            Whether to give ab / 128, else ab in CIELAB units.
        size : int, optional
            Side in pixels of what the network sees: whole photos are reduced to it or, if the
            augmentation crops, parts of them. By default photos keep their size.
        augmentation : dict, optional
            As for `Batches`; moreover ``{"crop": 0.4, …}`` cuts parts out of the large photos.
        seed : int
            Of the order and the augmentation.
        embedding : np.ndarray, optional
            Vectors (N, D), as for `Batches`.

        Returns
        -------
        Batches
            Of L and ab as if all photos had been converted before.

        Raises
        ------
        ValueError
            For other photos, none, another number of embeddings, or a batch that holds none.
        """
        if rgb.dtype != np.uint8 or rgb.ndim != 4 or rgb.shape[3] != 3 or not rgb.size:
            raise ValueError(
                f"photos are uint8 (N, H, W, 3), at least one, got {rgb.dtype} {rgb.shape}"
            )
        whole = size
        if augmentation is not None and augmentation.get("crop") is not None:
            # A part is cut out of the large photo: it would be blurred, had that been reduced.
            whole, augmentation = None, {"size": size, **augmentation}

        def planes(chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            some = rgb[chosen]
            if whole is not None:
                some = np.stack([photos.resize(photo, whole, whole) for photo in some])
            L, ab = color.split(some)
            return color.scale_L(L), color.scale_ab(ab) if scaled else ab

        batches = cls.__new__(cls)
        batches._start(len(rgb), planes, batch_size, augmentation, seed, embedding)
        return batches

    def _start(
        self,
        count: int,
        planes: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]],
        batch_size: int,
        augmentation: dict | None,
        seed: int,
        embedding: np.ndarray | None,
    ) -> None:
        """Where both constructors meet: from here on photos are L and ab of chosen numbers."""
        super().__init__()
        device.check_batch_size(batch_size)
        if embedding is not None and len(embedding) != count:
            raise ValueError(
                f"embedding {embedding.shape} must have one vector for each of the {count} photos"
            )
        self._count, self._planes, self.embedding = count, planes, embedding
        self.batch_size, self.augmentation, self.seed = batch_size, augmentation, seed
        self.epoch, self._order = 0, (None, None)

    def __len__(self) -> int:
        """Count the batches of an epoch."""
        return -(-self._count // self.batch_size)

    def __getitem__(self, index: int) -> tuple:
        """Draw a batch, by its number in the epoch."""
        epoch, order = self._order
        # Once an epoch: once a batch, cost would grow with the square of their number.
        if epoch != self.epoch:
            order = np.random.default_rng([self.seed, self.epoch]).permutation(self._count)
            self._order = self.epoch, order
        chosen = order[index * self.batch_size : (index + 1) * self.batch_size]
        L, ab = self._planes(chosen)
        if self.augmentation is not None:
            rng = np.random.default_rng([self.seed, self.epoch, index])
            planes = vary(np.concatenate([L, ab], axis=-1), rng, **self.augmentation)
            L, ab = planes[..., :1], planes[..., 1:]
        return (L if self.embedding is None else (L, self.embedding[chosen])), ab

    def on_epoch_end(self) -> None:
        """Go on to the next epoch's batches; Keras calls it."""
        self.epoch += 1
