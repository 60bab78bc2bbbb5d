"""How much faster the table of `bins.SoftEncoding` encodes a batch than neighbour searches in a tree.

    python tests/benchmarks/soft_encoding.py

Each side makes the same thing of the same photos, K indices and K Gaussian weights a pixel, in turn; the fastest of the
repeats counts. scikit-learn's ball tree, which published code uses, takes part if it is installed; SciPy's k-d tree,
faster, always does.
"""

import time

import numpy as np
from scipy.spatial import KDTree

from coursekit import bins, color
from coursekit.datasets import scenes

try:
    from sklearn.neighbors import BallTree
except ImportError:
    BallTree = None


def by_search(tree, query: str, neighbours: int = 5, sigma: float = 5.0):
    def encode(ab):
        distance, index = getattr(tree, query)(ab.reshape(-1, 2), neighbours)
        weights = np.exp(-distance**2 / (2 * sigma**2))
        weights /= weights.sum(axis=-1, keepdims=True)
        shape = (*ab.shape[:-1], neighbours)
        return index.astype(np.int32).reshape(shape), weights.astype(np.float32).reshape(shape)

    return encode


def main(photos: int = 16, size: int = 64, repeats: int = 7) -> None:
    # Drawn scenes with a little noise, so that no two pixels are quite the same, as in photos.
    rgb = scenes.draw(photos, size).rgb
    rgb = np.clip(rgb + np.random.default_rng(0).normal(0, 4, rgb.shape), 0, 255).astype(np.uint8)
    ab = np.ascontiguousarray(color.split(rgb)[1])
    centres = bins.published()
    sides = {"table": bins.SoftEncoding(centres), "SciPy's k-d tree": by_search(KDTree(centres), "query")}
    if BallTree is not None:
        sides["scikit-learn's ball tree"] = by_search(BallTree(centres), "query")
    best = dict.fromkeys(sides, np.inf)
    for _ in range(repeats):
        for name, encode in sides.items():
            for _ in range(20 if name == "table" else 1):
                started = time.perf_counter()
                encode(ab)
                best[name] = min(best[name], time.perf_counter() - started)
    print(f"soft encoding of {photos} photos at {size} px, {ab[..., 0].size} pixels, 5 of {len(centres)} bins:")
    for name, seconds in best.items():
        print(f"  {name}: {1e3 * seconds:.2f} ms, {seconds / best['table']:.0f} times the table's")


if __name__ == "__main__":
    main()
