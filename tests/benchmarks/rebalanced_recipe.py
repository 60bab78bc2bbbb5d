"""Photos a second of rebalanced training, against the same network fed by a neighbour search and dense targets.

    python tests/benchmarks/rebalanced_recipe.py [network] [size]

From photos in memory (L and ab) to the step done, one run, all sides in turn, median of the repeats. The other side
searches the five nearest bins of each pixel, a whole batch at once, writes a target with all 313, looks up a weight a
pixel, and takes Keras' own cross-entropy. scikit-learn's ball tree searches if it is installed, else SciPy's faster k-d
tree. Two more numbers say where the time goes: the step of the network with a loss that costs nothing, which no recipe
can beat, and what the targets cost by themselves.
"""

import statistics
import sys
import time

import keras
import numpy as np
from scipy.spatial import KDTree

from coursekit import bins, color, losses, networks, training
from coursekit.datasets import scenes

try:
    from sklearn.neighbors import BallTree
except ImportError:
    BallTree = None

CENTRES = bins.published()


def dense_targets(ab, weights, tree, neighbours: int = 5, sigma: float = 5.0) -> tuple[np.ndarray, np.ndarray]:
    """A batch encoded with a number for every bin, float32 (N, H, W, 313), and the weight of each pixel."""
    distance, index = tree.query(ab.reshape(-1, 2), neighbours)
    share = np.exp(-distance**2 / (2 * sigma**2))
    target = np.zeros((len(index), len(CENTRES)), np.float32)
    target[np.arange(len(index))[:, None], index] = share / share.sum(axis=-1, keepdims=True)
    shape = ab.shape[:-1]
    return target.reshape(*shape, -1), weights[index[:, 0]].reshape(shape)


def main(network: str = "small_colorful", size: int = 64, batch: int = 16, steps: int = 3, repeats: int = 7) -> None:
    L, ab = color.split(scenes.draw(batch * steps, size).rgb)
    L = color.scale_L(L)
    encoding = bins.SoftEncoding()
    weights = bins.rebalancing_weights(bins.smooth(bins.prior(ab, encoding), CENTRES))
    tree = KDTree(CENTRES) if BallTree is None else BallTree(CENTRES)

    def compiled(loss):
        training.seed_everything(0)
        model = getattr(networks, network)()
        model.compile(keras.optimizers.Adam(1e-3), loss, jit_compile=False)
        return model

    ours = compiled(losses.SoftCrossEntropy(weights=weights))
    theirs = compiled(keras.losses.CategoricalCrossentropy(from_logits=True))
    free = compiled(lambda y_true, y_pred: keras.ops.mean(y_pred[..., 0]))
    stride = size // ours.compute_output_shape((1, size, size, 1))[1]
    middle = slice(stride // 2, None, stride)

    sides = {
        "ours": lambda L, ab: ours.train_on_batch(L, ab),
        "theirs": lambda L, ab: theirs.train_on_batch(L, *dense_targets(ab[:, middle, middle], weights, tree)),
        "network": lambda L, ab: free.train_on_batch(L, ab),
        "our targets": lambda L, ab: encoding(ab[:, middle, middle]),
        "their targets": lambda L, ab: dense_targets(ab[:, middle, middle], weights, tree),
    }

    def milliseconds(step) -> float:
        started = time.perf_counter()
        for first in range(0, len(L), batch):
            step(L[first:first + batch], ab[first:first + batch])
        return 1e3 * (time.perf_counter() - started) / len(L)

    for step in sides.values():
        milliseconds(step)  # compiles
    rounds = [{name: milliseconds(step) for name, step in sides.items()} for _ in range(repeats)]
    each = {name: statistics.median(one[name] for one in rounds) for name in sides}
    ratios = sorted(one["theirs"] / one["ours"] for one in rounds)
    print(f"{network} at {size} px, output 1/{stride}, batch {batch}, on {keras.backend.backend()}, searching with "
          f"{type(tree).__name__}:\n"
          f"  {1e3 / each['ours']:.0f} photos/s against {1e3 / each['theirs']:.0f} with dense targets, "
          f"{statistics.median(ratios):.2f} times as many ({ratios[0]:.2f}–{ratios[-1]:.2f}, {repeats} repeats); "
          f"{1e3 / each['network']:.0f} if the loss were free\n"
          f"  targets by themselves: {each['our targets']:.3f} ms a photo against {each['their targets']:.3f}, "
          f"{each['their targets'] / each['our targets']:.0f} times less")


if __name__ == "__main__":
    main(*[kind(value) for kind, value in zip((str, int), sys.argv[1:], strict=False)])
