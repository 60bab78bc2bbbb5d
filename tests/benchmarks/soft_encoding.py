"""Encoding a batch by the table of `bins.SoftEncoding`, against a neighbour search in a tree.

Each side makes the same of the same photos: K indices and K Gaussian weights a pixel.
scikit-learn's ball tree is what published code uses; SciPy's k-d tree is the fastest search that we
know.
"""

from functools import partial

import numpy as np
from paired import compare
from scipy.spatial import KDTree
from sklearn.neighbors import BallTree

from coursekit import bins, color
from coursekit.datasets import scenes


def by_search(tree, neighbours: int = 5, sigma: float = 5.0):
    def encode(ab):
        distance, index = tree.query(ab.reshape(-1, 2), neighbours)
        weights = np.exp(-(distance**2) / (2 * sigma**2))
        weights /= weights.sum(axis=-1, keepdims=True)
        shape = (*ab.shape[:-1], neighbours)
        return index.astype(np.int32).reshape(shape), weights.astype(np.float32).reshape(shape)

    return encode


def measure(photos: int = 16, size: int = 64):
    # Drawn scenes with a little noise, so that no two pixels are quite the same, as in photos.
    rgb = scenes.draw(photos, size).rgb
    rgb = np.clip(rgb + np.random.default_rng(0).normal(0, 4, rgb.shape), 0, 255).astype(np.uint8)
    ab = np.ascontiguousarray(color.split(rgb)[1])
    centres = bins.published()
    table = bins.SoftEncoding(centres)
    for name, tree in [
        ("scikit-learn's ball tree", BallTree(centres)),
        ("SciPy's k-d tree", KDTree(centres)),
    ]:
        yield compare(
            "soft encoding by table",
            name,
            lambda: table(ab),
            partial(by_search(tree), ab),
            note=f"{photos} photos of {size} px",
            times=20,
        )


if __name__ == "__main__":
    print(*measure(), sep="\n")
