"""A step of rebalanced training, against one fed by a neighbour search and dense targets.

From photos in memory (L and ab) to the step done. The other side searches the five nearest bins of
each pixel with scikit-learn's ball tree, a whole batch at once, writes a target with all 313, looks
up a weight a pixel, and takes Keras' own cross-entropy. Two more ratios say where the time goes:
the same step against one whose loss costs nothing, which no recipe can beat, and the targets by
themselves.
"""

import sys

import keras
import numpy as np
from paired import compare
from sklearn.neighbors import BallTree

from coursekit import bins, color, losses, networks, training
from coursekit.datasets import scenes

CENTRES = bins.published()


def dense_targets(
    ab, weights, tree, neighbours: int = 5, sigma: float = 5.0
) -> tuple[np.ndarray, np.ndarray]:
    """A batch with a number for every bin, float32 (N, H, W, 313), and the weight of each pixel."""
    distance, index = tree.query(ab.reshape(-1, 2), neighbours)
    share = np.exp(-(distance**2) / (2 * sigma**2))
    target = np.zeros((len(index), len(CENTRES)), np.float32)
    target[np.arange(len(index))[:, None], index] = share / share.sum(axis=-1, keepdims=True)
    shape = ab.shape[:-1]
    return target.reshape(*shape, -1), weights[index[:, 0]].reshape(shape)


def measure(network: str = "small_colorful", size: int = 64, batch: int = 16, steps: int = 3):
    L, ab = color.split(scenes.draw(batch * steps, size).rgb)
    L = color.scale_L(L)
    encoding = bins.SoftEncoding()
    weights = bins.rebalancing_weights(bins.smooth(bins.prior(ab, encoding), CENTRES))
    tree = BallTree(CENTRES)

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

    def over_batches(step):
        def all_steps():
            for first in range(0, len(L), batch):
                step(L[first : first + batch], ab[first : first + batch])

        return all_steps

    step = over_batches(lambda L, ab: ours.train_on_batch(L, ab))
    note = f"{network}, {size} px, output 1/{stride}"
    yield compare(
        "rebalanced step",
        "the step with dense targets",
        step,
        over_batches(
            lambda L, ab: theirs.train_on_batch(
                L, *dense_targets(ab[:, middle, middle], weights, tree)
            )
        ),
        note=note,
    )
    yield compare(
        "rebalanced step",
        "a step whose loss costs nothing",
        step,
        over_batches(lambda L, ab: free.train_on_batch(L, ab)),
        note=note,
    )
    yield compare(
        "targets by table",
        "dense targets by ball tree",
        over_batches(lambda L, ab: encoding(ab[:, middle, middle])),
        over_batches(lambda L, ab: dense_targets(ab[:, middle, middle], weights, tree)),
        note=note,
    )


if __name__ == "__main__":
    for ratio in measure(
        *[kind(value) for kind, value in zip((str, int), sys.argv[1:], strict=False)]
    ):
        print(ratio, flush=True)
