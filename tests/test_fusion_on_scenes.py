"""What global features buy where it is known: the ground's colour depends on the kind of scene.

Pieces of bare ground look alike in every kind of scene. A network that sees such a piece alone
cannot know the kind: what it knows beyond the best guess without it, the embedding of the whole
scene has told it.
"""

import keras
import numpy as np
import pytest

from coursekit import color, embeddings, experiments, networks, training
from coursekit.datasets import scenes
from coursekit.embeddings import efficientnet_lite0

GROUND = [*scenes.OBJECTS].index("ground")
PIECE = 16  # pixels of the scene's 64


def pieces(drawn, *maps):
    """Of each map the square of each scene that holds the most ground."""
    ground = np.lib.stride_tricks.sliding_window_view(
        drawn.objects == GROUND, (PIECE, PIECE), (1, 2)
    )
    shares = ground.mean(axis=(3, 4))
    corners = [np.unravel_index(share.argmax(), share.shape) for share in shares]
    return [
        np.stack(
            [each[y : y + PIECE, x : x + PIECE] for each, (y, x) in zip(map_, corners, strict=True)]
        )
        for map_ in maps
    ]


@pytest.fixture(scope="module")
def error_on_the_ground(tmp_path_factory):
    """Mean ab error on the ground of held-back scenes, by embedding; start and batches are one."""
    train, test = scenes.draw(240, seed=1), scenes.draw(60, seed=2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSEKIT_DATA", str(tmp_path_factory.mktemp("cache")))
        # A fifth of the time of 224 pixels; the kinds of scenes are told apart nearly as well.
        patch.setattr(efficientnet_lite0, "SIZE", 96)
        known = [embeddings.embed(part.L, progress=False) for part in (train, test)]
    mean, spread = known[0].vectors.mean(axis=0), known[0].vectors.std(axis=0)
    scale = spread * len(mean) ** 0.5  # a vector's length is about 1
    known = [part._replace(vectors=(part.vectors - mean) / scale) for part in known]

    L, ab = pieces(train, color.scale_L(train.L), color.scale_ab(train.ab))
    best = scenes.expected_ab(test, kind_known=False)
    seen, truth, best, objects = pieces(test, color.scale_L(test.L), test.ab, best, test.objects)
    painted = {"no kind": best}
    changes = {"real": lambda e: e, "zero": embeddings.zeros, "shuffled": embeddings.shuffled}
    model = networks.fusion(known[0].vectors.shape[1], width=1 / 4)
    model.compile(keras.optimizers.Adam(1e-3), "mse", jit_compile=False)
    for name, change in changes.items():
        learnt, asked = (change(embedding).vectors for embedding in known)
        experiments.restart(model, seed=0)
        model.fit(training.Batches(L, ab, embedding=learnt), epochs=5, verbose=0)
        guess = model.predict([seen, asked], batch_size=30, verbose=0)
        painted[name] = color.unscale_ab(guess)
    errors = {name: np.linalg.norm(ab - truth, axis=-1) for name, ab in painted.items()}
    return {name: float(error[objects == GROUND].mean()) for name, error in errors.items()}


def test_the_real_embedding_lowers_the_error_by_a_third_at_least(error_on_the_ground):
    assert error_on_the_ground["real"] < 0.66 * error_on_the_ground["zero"]


def test_it_is_what_the_embedding_says_that_helps_not_its_size(error_on_the_ground):
    assert error_on_the_ground["real"] < 0.66 * error_on_the_ground["shuffled"]


def test_with_the_embedding_the_network_knows_more_than_any_that_does_not_know_the_kind(
    error_on_the_ground,
):
    assert error_on_the_ground["real"] < 0.66 * error_on_the_ground["no kind"]


@pytest.mark.parametrize("control", ["zero", "shuffled"])
def test_without_it_the_network_learns_what_can_be_known_without_the_kind_and_no_more(
    error_on_the_ground, control
):
    assert error_on_the_ground[control] == pytest.approx(error_on_the_ground["no kind"], rel=0.1)
