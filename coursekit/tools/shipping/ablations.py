"""What each idea of the recipes is worth: the same training with one of them left out, over several seeds.

``python -m coursekit.tools.shipping.ablations`` writes ``ablations.jsonl``, which lesson 06 reads; killed, it goes on.
"""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np

from coursekit import color, datasets, experiments, losses, metrics, training
from coursekit.bins.layers import AnnealedMean
from coursekit.embeddings import compact
from coursekit.networks import unet
from coursekit.tools.shipping import recipes

FILE = Path(__file__).with_name("ablations.jsonl")
# Small enough for two cores: fewer and smaller photos than the colorizers were trained on, and fewer steps.
SIZE, PHOTOS, EPOCHS, RATE = (
    32,
    400,
    2,
    1e-3,
)  # pixels; of each set; of recipes.STEPS batches; learning rate
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


def measure(left_out: str, seed: int) -> dict:
    """Train without one idea, and measure on the photos that the recipes choose by.

    Returns: cross-entropy over soft bins; AuC, rebalanced AuC, both in per cent, and colorfulness in per cent of the
    truth at T = 0.38; the same as ``flipped_…`` where each photo's scores are averaged with those of its mirror image.
    """
    rgb, tuning = _photos()
    training.seed_everything(seed)
    network = unet(skips=left_out != "skips", global_features=left_out != "global features")
    if left_out != "the classifier's weights":
        recipes.adopt(network, compact.classifier())
    loss = losses.SoftCrossEntropy(neighbours=1 if left_out == "soft bins" else 5)
    steps = EPOCHS * recipes.STEPS
    recipes.compile_for(
        network,
        loss,
        steps,
        RATE,
        cosine=left_out != "cosine schedule",
        average=None if left_out == "weight averaging" else max(0, 1 - 16 / steps),
    )
    views = recipes.Views(rgb, seed, size=SIZE, varied=left_out != "crops and mirrors")
    network.fit(views, epochs=EPOCHS, verbose=0)
    scores = network.predict(color.scale_L(color.split(tuning)[0]), verbose=0)
    mirrored = network.predict(color.scale_L(color.split(tuning[:, :, ::-1])[0]), verbose=0)[
        :, :, ::-1
    ]
    both = np.logaddexp(_log(scores), _log(mirrored)) - np.log(2)
    return {
        **_judge(tuning, scores),
        **{f"flipped_{name}": value for name, value in _judge(tuning, both).items()},
    }


def _log(scores) -> np.ndarray:
    return keras.ops.convert_to_numpy(keras.ops.log_softmax(scores))


def _judge(rgb, scores) -> dict:
    L, ab = color.split(rgb)
    loss = losses.SoftCrossEntropy()
    cross_entropy = np.mean(
        [float(loss(ab[at : at + 50], scores[at : at + 50])) for at in range(0, len(ab), 50)]
    )
    predicted = keras.ops.convert_to_numpy(
        keras.ops.image.resize(AnnealedMean()(scores), ab.shape[1:3], "bilinear")
    )
    colours = (
        metrics.colorfulness(color.join(L, predicted)).mean() / metrics.colorfulness(rgb).mean()
    )
    return {
        "cross_entropy": cross_entropy,
        "auc": metrics.auc(ab, predicted),
        "rebalanced_auc": metrics.rebalanced_auc(ab, predicted),
        "colorfulness": 100 * float(colours),
    }


def _photos() -> tuple[np.ndarray, np.ndarray]:
    rgb = [datasets.load(name, "train", 2 * SIZE, seed=recipes.SEED)[0] for name in recipes.SETS]
    tuning = np.concatenate([each[: recipes.TUNING] for each in rgb])
    return np.concatenate([each[recipes.TUNING :][:PHOTOS] for each in rgb]), recipes.small(
        tuning, SIZE
    )


def main() -> None:
    experiments.run(
        experiments.grid(seed=list(SEEDS), left_out=list(LEFT_OUT)),
        measure,
        FILE,
        [_judge, _photos, recipes.Views, recipes.view, recipes.compile_for, unet],
        "ablations",
    )


if __name__ == "__main__":
    main()
