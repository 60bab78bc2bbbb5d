"""Drawn scenes have known odds of colour: what is learnt can be held against what can be learnt."""

import keras
import numpy as np
import pytest
from scipy import special

from coursekit import bins, color, losses, metrics, networks, training
from coursekit.bins.layers import AnnealedMean
from coursekit.colorizer import Colorizer
from coursekit.datasets import scenes

ENCODING = bins.SoftEncoding()


def trained(outputs, loss, L, ab, highest=3e-3, start=None):
    """The small network, of few layers, after one epoch under a cosine of learning rates.

    ``highest`` is the rate after the warm-up, ``start`` the bias of the last layer.
    """
    training.seed_everything(0)
    network = networks.small_colorful(*outputs, depth=1)
    if start is not None:
        network.layers[-1].bias.assign(start)
    steps = -(-len(L) // 16)
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, steps - steps // 20, warmup_target=highest, warmup_steps=steps // 20
    )
    network.compile(keras.optimizers.Adam(rate), loss, jit_compile=False)
    network.fit(training.Batches(color.scale_L(L), ab, 16), verbose=0)
    return network


def test_the_cross_entropy_of_the_classifier_comes_within_10_percent_of_the_best_possible():
    seen, new = (scenes.draw(count, 32, ["coast"], seed) for count, seed in [(1500, 1), (80, 2)])
    # Each drawing five times, its colours drawn anew: there is nothing to learn by heart.
    L, ab = (
        np.tile(seen.L, (5, 1, 1, 1)),
        np.concatenate([scenes.recolor(seen, seed).ab for seed in range(5)]),
    )
    known = np.log(bins.smooth(bins.prior(ab, ENCODING), ENCODING.centres) + 1e-6)
    network = trained((313,), losses.SoftCrossEntropy(), L, ab, 5e-3, start=known)
    predicted = special.log_softmax(network.predict(color.scale_L(new.L), verbose=0), axis=-1)

    # Of each block of 4 × 4 the network answers for one pixel; the mean over all colours it might
    # have had.
    answered = new._replace(objects=new.objects[:, 2::4, 2::4])
    truth = scenes.distribution(answered, ENCODING.dense)
    best = scenes.lowest_cross_entropy(answered, ENCODING.dense)
    reached = -(truth * predicted).sum(axis=-1).mean()
    without_looking = -(truth * known).sum(axis=-1).mean()
    assert best <= reached < 1.1 * best < without_looking


@pytest.fixture(scope="module")
def contest():
    """What regression and the rebalanced classifier make of new scenes of all kinds.

    Gives the truth, the prior, and name → ab.
    """
    seen, new = (scenes.draw(count, 32, seed=seed) for count, seed in [(1500, 1), (150, 2)])
    prior = bins.smooth(bins.prior([seen.ab], ENCODING), ENCODING.centres)

    def squared_error(ab, predicted):
        return keras.ops.mean(keras.ops.square(ab[:, 2::4, 2::4] / 128 - predicted), axis=-1)

    regression = trained((2, "tanh"), squared_error, seen.L, seen.ab)
    rebalanced = trained(
        (313,), losses.SoftCrossEntropy(weights=bins.rebalancing_weights(prior)), seen.L, seen.ab
    )
    decoders = {
        "regression": (regression, None),
        "mean": (rebalanced, AnnealedMean(temperature=1)),
        "annealed mean": (rebalanced, AnnealedMean()),
    }
    painted = {
        name: Colorizer(*parts, size=32).predict_ab(new.L) for name, parts in decoders.items()
    }
    return new, prior, painted


def test_rebalanced_classification_keeps_more_of_the_colorfulness_than_regression(contest):
    new, _, painted = contest
    kept = {
        name: metrics.colorfulness(color.join(new.L, ab)).mean()
        / metrics.colorfulness(new.rgb).mean()
        for name, ab in painted.items()
    }
    assert abs(kept["annealed mean"] - 1) < 0.25
    assert kept["regression"] < kept["annealed mean"] - 0.15


def test_rebalanced_classification_is_better_at_rare_colours_than_regression(contest):
    new, prior, painted = contest
    auc = {name: metrics.rebalanced_auc(new.ab, ab, prior) for name, ab in painted.items()}
    assert auc["mean"] > auc["regression"] + 1
    recall = {name: metrics.rare_recall(new.ab, ab, prior) for name, ab in painted.items()}
    assert recall["mean"] > recall["regression"] + 10
