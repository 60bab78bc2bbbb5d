"""What global features buy where it is known: the ground's colour depends on the kind of scene."""

import keras
import numpy as np
import pytest

from coursekit import color, embeddings, experiments, networks, training
from coursekit.datasets import scenes
from coursekit.embeddings import efficientnet_lite0

GROUND = [*scenes.OBJECTS].index("ground")
EPOCHS, PHOTOS, SIZE = 3, 240, 32


@pytest.fixture(scope="module")
def error_on_the_ground(tmp_path_factory):
    """Mean ab error on the ground of held-back scenes, by embedding; start and batches are one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSEKIT_DATA", str(tmp_path_factory.mktemp("cache")))
        # A fifth of the time of 224 pixels; the kinds of scenes are told apart nearly as well.
        patch.setattr(efficientnet_lite0, "SIZE", 96)
        train, test = scenes.draw(PHOTOS, SIZE, seed=1), scenes.draw(90, SIZE, seed=2)
        known = [embeddings.embed(part.L, progress=False) for part in (train, test)]
    best = scenes.expected_ab(test, kind_known=False)
    errors = {"scenes": np.linalg.norm(best - test.ab, axis=-1)}
    mean, spread = known[0].vectors.mean(axis=0), known[0].vectors.std(axis=0)
    scale = spread * len(mean) ** 0.5  # a vector's length is about 1
    known = [part._replace(vectors=(part.vectors - mean) / scale) for part in known]
    changes = {"real": lambda e: e, "zero": embeddings.zeros, "shuffled": embeddings.shuffled}
    model = networks.fusion(known[0].vectors.shape[1], width=1 / 2)
    model.compile(keras.optimizers.Adam(1e-3), "mse", jit_compile=False)
    L, ab = color.scale_L(train.L), color.scale_ab(train.ab)
    # Set back by hand, network and optimizer stay compiled: that would take longer than training.
    experiments.restart(model, seed=0)
    model.optimizer.build(model.trainable_variables)
    state = [*model.variables, *model.optimizer.variables]
    start = [keras.ops.convert_to_numpy(each).copy() for each in state]
    for name, change in changes.items():
        learnt, asked = (change(embedding).vectors for embedding in known)
        for each, value in zip(state, start, strict=True):
            each.assign(value)
        batches = training.Batches(L, ab, embedding=learnt)
        model.fit(batches, epochs=EPOCHS, verbose=0)
        guess = model.predict([color.scale_L(test.L), asked], batch_size=30, verbose=0)
        errors[name] = np.linalg.norm(color.unscale_ab(guess) - test.ab, axis=-1)
    return {name: float(error[test.objects == GROUND].mean()) for name, error in errors.items()}


# By a quarter in lesson 03, whose training is twice as long.
def test_the_real_embedding_lowers_the_error(error_on_the_ground):
    assert error_on_the_ground["real"] < 0.95 * error_on_the_ground["zero"]


def test_it_is_what_the_embedding_says_that_helps_not_its_size(error_on_the_ground):
    assert error_on_the_ground["real"] < 0.95 * error_on_the_ground["shuffled"]


def test_with_the_embedding_the_network_knows_more_than_any_that_does_not_know_the_kind(
    error_on_the_ground,
):
    assert error_on_the_ground["real"] < 0.85 * error_on_the_ground["scenes"]
