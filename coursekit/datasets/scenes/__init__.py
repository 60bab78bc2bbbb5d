"""Pictures drawn by code, in colours of a known distribution: the best prediction is known.

Every thing in a scene draws its colour from the palette of its object (``OBJECTS``), and L says
nothing about which one it drew. Whoever knows L, the object map and the kind of scene can therefore
predict no better than ``expected_ab`` (in squared error) and ``distribution`` (in cross-entropy).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from coursekit import color

from .canvas import INSTANCES, Canvas
from .palettes import HELD, KINDS, OBJECTS, POINTS, PROBABILITY, RARE
from .places import PLACES

__all__ = [
    "KINDS",
    "OBJECTS",
    "RARE",
    "Scenes",
    "draw",
    "recolor",
    "expected_ab",
    "distribution",
    "lowest_mse",
    "lowest_cross_entropy",
]


class Scenes(NamedTuple):
    """Pictures and all that is known about them; each field has one entry a scene.

    Attributes
    ----------
    rgb : np.ndarray
        Uint8 (N, H, W, 3).
    labels : np.ndarray
        Int64 (N,), places in ``KINDS``.
    objects : np.ndarray
        Uint8 (N, H, W), places in ``OBJECTS``.
    L, ab : np.ndarray
        Float32 (N, H, W, 1) and (N, H, W, 2), CIELAB units, before rgb was rounded to 8 bits.
    instances : np.ndarray
        Uint8 (N, H, W), which pixels of a scene share one draw of a colour.
    """

    rgb: np.ndarray
    labels: np.ndarray
    objects: np.ndarray
    L: np.ndarray
    ab: np.ndarray
    instances: np.ndarray


def draw(
    count: int, size: int = 64, kinds: Sequence[str] | None = None, seed: int = 0, first: int = 0
) -> Scenes:
    """Draw scenes; the kinds take turns.

    Scene i depends on seed and kinds, never on the count; another size shows the same picture.

    Parameters
    ----------
    count : int
        How many.
    size : int
        Height and width, 32…256 pixels.
    kinds : sequence of str, optional
        Some of ``KINDS``; by default all.
    seed : int
        Chooses the pictures.
    first : int
        Number of the first scene, to draw a series in parts.

    Returns
    -------
    Scenes
        The pictures, and all that is known about them.

    Raises
    ------
    ValueError
        If the size is outside 32…256, a kind unknown, or count, seed or first negative.

    Examples
    --------
    >>> scenes = draw(2, size=32, kinds=["winter", "coast"])
    >>> scenes.rgb.shape, [KINDS[label] for label in scenes.labels]
    ((2, 32, 32, 3), ['winter', 'coast'])
    """
    kinds = KINDS if kinds is None else (kinds,) if isinstance(kinds, str) else tuple(kinds)
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown or not kinds:
        raise ValueError(f"no such kinds of scene: {unknown}; choose from {', '.join(KINDS)}")
    if not 32 <= size <= 256:
        raise ValueError(
            f"size {size} is outside 32…256; draw at one of these and resize with photos.resize"
        )
    if count < 0 or seed < 0 or first < 0:
        raise ValueError(f"count {count}, seed {seed} and first {first} must not be negative")
    labels = np.array(
        [KINDS.index(kinds[i % len(kinds)]) for i in range(first, first + count)], np.int64
    )
    L = np.empty((count, size, size, 1), np.float32)
    objects, instances = np.empty((2, count, size, size), np.uint8)
    chances = np.empty((count, INSTANCES))
    for i, label in enumerate(labels):
        rng = np.random.default_rng([seed, first + i])
        # Drawn for the colours alone: the drawing never looks at them.
        chances[i] = rng.random(INSTANCES)
        canvas = Canvas(size, rng)
        PLACES[KINDS[label]](canvas)
        L[i, ..., 0], objects[i], instances[i] = canvas.finish()
    return _colored(labels, objects, L, instances, chances)


def recolor(scenes: Scenes, seed: int = 0) -> Scenes:
    """Draw every colour anew and leave the drawings: other truths of the same L.

    Parameters
    ----------
    scenes : Scenes
        The drawings.
    seed : int
        Chooses the new colours.

    Returns
    -------
    Scenes
        The same but for ``rgb`` and ``ab``.
    """
    chances = np.random.default_rng([seed]).random((len(scenes.labels), INSTANCES))
    return _colored(scenes.labels, scenes.objects, scenes.L, scenes.instances, chances)


def _colored(
    labels: np.ndarray,
    objects: np.ndarray,
    L: np.ndarray,
    instances: np.ndarray,
    chances: np.ndarray,
) -> Scenes:
    """Colour drawings; ``chances``, 0…1, (N, INSTANCES), decide among points of the palettes."""
    count, height, width = objects.shape
    rgb = np.empty((count, height, width, 3), np.uint8)
    ab = np.empty((count, height, width, 2), np.float32)
    # A chance chooses among up to four points: as many are passed as limits it has reached.
    limits, start = PROBABILITY.cumsum(-1) - 1e-12, 4 * np.arange(len(OBJECTS))[:, None]
    for i, label in enumerate(labels):
        # An instance's draw and the object together choose the point: things that share an instance
        # agree.
        choice = sum((chances[i] >= limits[label, :, k, None] for k in range(3)), start)
        points = np.take(POINTS[label].reshape(-1, 2), choice.ravel(), axis=0)
        # Wider than uint8 under NumPy 1 too, which counts a product with a scalar modulo 256.
        index = np.multiply(objects[i], INSTANCES, dtype=np.intp) + instances[i]
        np.take(points, index, axis=0, out=ab[i], mode="clip")
    # Few at a time: the floats stay in the processor's cache, twice as fast.
    step = max(1, 32768 // (height * width))
    for part in range(0, count, step):
        rgb[part : part + step] = color.join(L[part : part + step], ab[part : part + step])
    return Scenes(rgb, labels, objects, L, ab, instances)


def _blend(table: np.ndarray, kind_known: bool) -> np.ndarray:
    """Return a table (kinds, objects, …), or its mean over kinds that hold the object."""
    if kind_known:
        return table
    share = (HELD / HELD.sum(0)).reshape(HELD.shape + (1,) * (table.ndim - 2))
    return np.broadcast_to((share * table).sum(0), table.shape)


def _mean(kind_known: bool) -> np.ndarray:
    return _blend((PROBABILITY[..., None] * POINTS).sum(2), kind_known)


def expected_ab(scenes: Scenes, kind_known: bool = True) -> np.ndarray:
    """Compute the mean of ab given what L shows: no prediction has a smaller squared error.

    Parameters
    ----------
    scenes : Scenes
        The pictures.
    kind_known : bool
        False for one who sees each pixel's object but not the kind of scene, and takes every kind
        that holds the object as equally likely.

    Returns
    -------
    np.ndarray
        Float32 (N, H, W, 2), CIELAB units.
    """
    return _mean(kind_known).astype(np.float32)[scenes.labels[:, None, None], scenes.objects]


def _distributions(encode: Callable, kind_known: bool) -> np.ndarray:
    encoded = np.asarray(encode(POINTS.reshape(-1, 2)), np.float64)
    encoded = encoded.reshape(POINTS.shape[:-1] + encoded.shape[-1:])
    return _blend((PROBABILITY[..., None] * encoded).sum(2), kind_known)


def distribution(scenes: Scenes, encode: Callable, kind_known: bool = True) -> np.ndarray:
    """Compute the distribution over bins given what L shows: none has a smaller cross-entropy.

    Parameters
    ----------
    scenes : Scenes
        The pictures.
    encode : callable
        From ab float32 (M, 2) to target distributions (M, Q).
    kind_known : bool
        As in `expected_ab`.

    Returns
    -------
    np.ndarray
        Float32 (N, H, W, Q): at Q = 313 and 64 px about 5 MB a scene.
    """
    return _distributions(encode, kind_known).astype(np.float32)[
        scenes.labels[:, None, None], scenes.objects
    ]


def _mean_over_pixels(scenes: Scenes, table: np.ndarray) -> float:
    return float(table[scenes.labels[:, None, None], scenes.objects].mean())


def lowest_mse(scenes: Scenes, kind_known: bool = True) -> float:
    """Compute the mean squared error of `expected_ab`.

    It is averaged over all colours that the scenes might have had.

    Parameters
    ----------
    scenes : Scenes
        The pictures.
    kind_known : bool
        As in `expected_ab`.

    Returns
    -------
    float
        Squared CIELAB units, the mean over pixels and both channels (as Keras takes it).
    """
    error = ((POINTS - _mean(kind_known)[:, :, None]) ** 2).mean(-1)
    return _mean_over_pixels(scenes, (PROBABILITY * error).sum(2))


def lowest_cross_entropy(scenes: Scenes, encode: Callable, kind_known: bool = True) -> float:
    """Compute the mean cross-entropy of `distribution`.

    It is averaged over all colours that the scenes might have had.

    Parameters
    ----------
    scenes : Scenes
        The pictures.
    encode : callable
        As in `distribution`.
    kind_known : bool
        As in `expected_ab`.

    Returns
    -------
    float
        Nats a pixel.
    """
    truth, guess = _distributions(encode, True), _distributions(encode, kind_known)
    return _mean_over_pixels(scenes, -(truth * np.log(np.where(guess > 0, guess, 1))).sum(-1))
