"""What each idea of the recipes is worth: the same training with one left out, over several seeds.

``python -m coursekit.tools.shipping.ablations`` writes ``ablations.jsonl``, which lesson 06 reads;
killed, it goes on. The runs that are stored drew their batches as the shipped colorizers did (see
`recipes`); a rerun repeats them all.
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np

from coursekit import color, datasets, experiments, losses, training
from coursekit.bins.layers import AnnealedMean
from coursekit.embeddings import compact
from coursekit.networks import unet
from coursekit.tools.shipping import judging, recipes

FILE = Path(__file__).with_name("ablations.jsonl")
# Small enough for two cores: fewer and smaller photos than the colorizers were trained on, and
# fewer steps. Pixels; photos of each set; epochs; the highest learning rate.
SIZE, PHOTOS, EPOCHS, RATE = 32, 400, 8, 1e-3
SEEDS = (0, 1, 2)
LEFT_OUT = (
    "nothing",
    "skips",
    "global features",
    "the classifier's weights",
    "crops and mirrors",
    "soft bins",
    "cosine schedule",
    "weight averaging",
)


def measure(left_out: str, seed: int) -> dict[str, float]:
    """Train without one idea, and measure on the photos that the recipes choose by.

    Parameters
    ----------
    left_out : str
        One of `LEFT_OUT`.
    seed : int
        Of weights, order and augmentation.

    Returns
    -------
    dict of str to float
        Cross-entropy over soft bins; AuC, rebalanced AuC, both in per cent, and colorfulness in per
        cent of the truth's at T = 0.38; the same as ``flipped_…`` where each photo's scores are
        averaged with those of its mirror image.
    """
    rgb, tuning = photos()
    training.seed_everything(seed)
    network = unet(skips=left_out != "skips", global_features=left_out != "global features")
    if left_out != "the classifier's weights":
        recipes.adopt(network, compact.classifier())
    batches = training.Batches.from_photos(
        rgb,
        recipes.BATCH,
        scaled=False,
        size=SIZE,
        augmentation=None if left_out == "crops and mirrors" else recipes.PARTS,
        seed=seed,
    )
    recipes.compile_for(
        network,
        losses.SoftCrossEntropy(neighbours=1 if left_out == "soft bins" else 5),
        EPOCHS,
        len(batches),
        RATE,
        cosine=left_out != "cosine schedule",
        # Over about the last 16 steps: a short training has no more that are alike.
        average=None if left_out == "weight averaging" else max(0, 1 - 16 / EPOCHS / len(batches)),
    )
    network.fit(batches, epochs=EPOCHS, verbose=0)
    scores, mirrored = _scores(network, tuning), _scores(network, tuning[:, :, ::-1])[:, :, ::-1]
    both = np.logaddexp(scores, mirrored) - np.log(2)
    flipped = {f"flipped_{name}": value for name, value in _judge(tuning, both).items()}
    return {**_judge(tuning, scores), **flipped}


def _scores(network: keras.Model, rgb: np.ndarray) -> np.ndarray:
    """Ask for the logarithm of each bin's probability."""
    L = color.scale_L(color.split(rgb)[0])
    scores = keras.ops.log_softmax(network.predict(L, verbose=0))
    return keras.ops.convert_to_numpy(scores)


def _judge(rgb: np.ndarray, scores: np.ndarray) -> dict[str, float]:
    _, ab = color.split(rgb)
    loss = losses.SoftCrossEntropy()
    cross_entropy = np.mean(
        [float(loss(ab[at : at + 50], scores[at : at + 50])) for at in range(0, len(ab), 50)]
    )
    predicted = keras.ops.image.resize(AnnealedMean()(scores), ab.shape[1:3], "bilinear")
    known = SimpleNamespace(predict_ab=lambda L: keras.ops.convert_to_numpy(predicted))
    judged = judging.judge(known, rgb, batch_size=len(rgb))  # one batch, for it is all of them
    kept = ("auc", "rebalanced_auc", "colorfulness")
    return {"cross_entropy": cross_entropy, **{name: judged[name] for name in kept}}


def photos() -> tuple[np.ndarray, np.ndarray]:
    """Load what is trained on, and what is measured on.

    Returns
    -------
    tuple of np.ndarray
        Photos at twice the size that the network sees, uint8 (N, 64, 64, 3), and photos at that
        size.
    """
    rgb = [datasets.load(name, "train", 2 * SIZE, seed=recipes.SEED)[0] for name in recipes.SETS]
    tuning = np.concatenate([each[: recipes.TUNING] for each in rgb])
    few = np.concatenate([each[recipes.TUNING :][:PHOTOS] for each in rgb])
    return few, recipes.small(tuning, SIZE)


def main() -> None:
    """Do the runs that are missing."""
    experiments.run(
        experiments.grid(seed=list(SEEDS), left_out=list(LEFT_OUT)),
        measure,
        FILE,
        [_scores, _judge, photos, training, recipes.compile_for, recipes.small, unet],
        "ablations",
    )


if __name__ == "__main__":
    main()
