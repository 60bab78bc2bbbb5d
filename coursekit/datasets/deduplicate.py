"""Train or validation, by what is in a photo: near-identical photos always land in the same split.

SciPy is imported where it is used: it takes as long as the rest of the package to load.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

# Of 128 bits. On 1,200 flower photos, copies re-encoded at quality 30 to 75 and resized by 0.5 or
# 1.5 were at most 18 away; of all 6.4 million pairs of different files only 26 are that near, most
# of them true siblings.
NEAR = 18
VAL = 0.2


def fingerprint(rgb: np.ndarray) -> np.ndarray:
    """Compute the difference hash of a photo: 128 bits that survive re-encoding and resizing.

    Each bit says whether brightness rises from one cell of a 9×9 grid to its neighbour. The source
    [1]_ looks across only; here half of the bits look down.

    Parameters
    ----------
    rgb : np.ndarray
        The photo, uint8 (H, W, 3).

    Returns
    -------
    np.ndarray
        Int8 (128,), each -1 or 1.

    References
    ----------
    .. [1] N. Krawetz, "Kind of like that", The Hacker Factor Blog, 2013.
    """
    grey = np.asarray(Image.fromarray(rgb).convert("L").resize((9, 9), Image.Resampling.BOX), int)
    across = grey[:8, 1:] > grey[:8, :-1]
    down = grey[1:, :8] > grey[:-1, :8]
    return np.where(np.concatenate([across.ravel(), down.ravel()]), 1, -1).astype(np.int8)


def groups(fingerprints: ArrayLike) -> np.ndarray:
    """Group photos that look the same.

    Parameters
    ----------
    fingerprints : array-like
        One `fingerprint` a photo, (N, bits).

    Returns
    -------
    np.ndarray
        Group number of each photo, int (N,): photos within ``NEAR`` bits of one another share one,
        in chains.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    bits = np.asarray(fingerprints, np.float32)
    count, width = bits.shape
    pairs = [np.empty((2, 0), int)]
    # In blocks, for N × N products would not fit into memory; pairs before the block came earlier.
    for start in range(0, count, 1024):
        # The dot product of two rows of ±1 is width - 2 × (bits that differ).
        block = bits[start : start + 1024] @ bits[start:].T
        pairs.append(np.argwhere(block >= width - 2 * NEAR).T + start)
    rows, columns = np.concatenate(pairs, axis=1)
    near = coo_matrix((np.ones(len(rows)), (rows, columns)), (count, count))
    return connected_components(near, directed=False)[1]


def splits(hashes: Sequence[str], fingerprints: ArrayLike) -> list[str]:
    """Split photos into train and val by content alone; neither names nor order matter.

    About a fifth of the groups is val. Both splits get a photo if there are two groups at all.

    Parameters
    ----------
    hashes : sequence of str
        SHA-256 of each photo's file, N of them.
    fingerprints : array-like
        `fingerprint` of each photo, (N, 128).

    Returns
    -------
    list of str
        For each photo "train" or "val".
    """
    group = groups(fingerprints)
    leader: dict[int, str] = {}
    for number, digest in zip(group, hashes, strict=True):
        leader[number] = min(digest, leader.get(number, digest))
    # A group goes by its smallest hash, hashed again: the smallest of many is small, and copies
    # would crowd into val.
    ticket = {
        number: hashlib.sha256(digest.encode()).hexdigest() for number, digest in leader.items()
    }
    ranked = sorted(ticket, key=ticket.get)
    val = {number for number in ranked if int(ticket[number][:8], 16) < VAL * 2**32}
    if len(ranked) > 1:
        # Never nothing, never all: at least the first ticket, never the last.
        val = (val or {ranked[0]}) - ({ranked[-1]} if len(val) == len(ranked) else set())
    else:
        val = set()
    return ["val" if number in val else "train" for number in group]
