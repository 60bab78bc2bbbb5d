"""Half precision, as the guide to small GPUs switches it on, and every other policy: photos come
out all the same, and what is trained goes on where it was."""

import os
from pathlib import Path

import keras
import nbformat
import numpy as np
import pytest
import skimage.data

from coursekit import color, colorizer, embeddings, experiments, losses, networks, training
from coursekit.bins.layers import AnnealedMean, Axes, Mode
from coursekit.embeddings import efficientnet_lite0
from coursekit.tools import notebooks

POLICIES = ["mixed_float16", "mixed_bfloat16"]
ALL = [*POLICIES, "bfloat16", "float64"]
NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))


@pytest.fixture(params=POLICIES)
def policy(request):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(request.param)
    yield request.param
    keras.config.set_dtype_policy(before)


def in_full_precision(call):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    try:
        return call()
    finally:
        keras.config.set_dtype_policy(before)


PHOTO = skimage.data.chelsea()[::4, ::4]


@pytest.fixture(scope="module")
def painted():
    """What the colorizers of the course make of a photo in full precision."""
    names = ("regression", "vivid")
    return in_full_precision(lambda: {each: colorizer.load(each).colorize(PHOTO) for each in names})


# Their networks differ in the last layer: what the rarer policies do to regression's decoder, the
# test after this sees on a smaller network.
@pytest.mark.parametrize(
    ("policy", "name"),
    [*((policy, "vivid") for policy in ALL), *((policy, "regression") for policy in POLICIES)],
    indirect=["policy"],
)
def test_the_colorizers_of_the_course_give_nearly_the_colours_of_full_precision(
    policy, painted, name
):
    loaded = colorizer.load(name)
    assert loaded.predict_ab(color.split(PHOTO[:32, :32])[0][None]).dtype == np.float32
    difference = np.abs(loaded.colorize(PHOTO).astype(int) - painted[name])
    # bfloat16 has 8 bits of mantissa, and passes them through twenty layers.
    assert difference.mean() < (2 if "16" in policy else 1e-3)


@pytest.mark.parametrize("policy", ALL, indirect=True)
def test_an_own_colorizer_is_stored_loaded_and_colours_a_photo(policy, tmp_path):
    model = colorizer.Colorizer(networks.alpha(), keras.layers.Rescaling(128.0), size=32)
    model.save(tmp_path / "own.keras")
    photo = skimage.data.camera()[::8, ::8]
    # Half precision keeps 8 bits at least.
    L = color.split(PHOTO[None, :32, :32])[0]
    ab = model.predict_ab(L)
    answer = keras.ops.convert_to_numpy(keras.ops.cast(model.network(color.scale_L(L)), "float32"))
    assert ab.dtype == np.float32
    np.testing.assert_allclose(ab, 128 * answer, rtol=2**-7, atol=1e-6)
    np.testing.assert_array_equal(
        colorizer.load(tmp_path / "own.keras").colorize(photo), model.colorize(photo)
    )


@pytest.mark.parametrize(
    ("decoder", "channels"),
    [(AnnealedMean, 313), (Mode, 313), (Axes, 32), (lambda: Axes(0.38), 32)],
)
def test_decoders_compute_in_full_precision(policy, decoder, channels):
    logits = np.random.default_rng(0).normal(0, 3, (1, 4, 4, channels)).astype(np.float32)
    ab = keras.ops.convert_to_numpy(decoder()(logits))
    exact = in_full_precision(lambda: keras.ops.convert_to_numpy(decoder()(logits)))
    assert ab.dtype == np.float32
    np.testing.assert_array_equal(ab, exact)


@pytest.mark.parametrize("half", ["float16", "bfloat16"])
@pytest.mark.parametrize(
    ("loss", "channels"), [(losses.SoftCrossEntropy, 313), (losses.AxesCrossEntropy, 32)]
)
def test_losses_of_half_logits_are_computed_in_full_precision(loss, channels, half):
    rng = np.random.default_rng(0)
    ab = rng.uniform(-60, 60, (2, 8, 8, 2)).astype(np.float32)
    logits = keras.ops.cast(rng.normal(0, 3, (2, 8, 8, channels)), half)
    exact = keras.ops.cast(logits, "float32")
    assert float(loss()(ab, logits)) == pytest.approx(float(loss()(ab, exact)), rel=1e-6)


def small_network():
    training.seed_everything(3)
    L = keras.layers.Input((None, None, 1))
    x = keras.layers.Conv2D(4, 3, padding="same", activation="relu")(L)
    model = keras.Model(L, keras.layers.Conv2D(32, 1)(keras.layers.Dropout(0.2)(x)))
    model.compile("adam", losses.AxesCrossEntropy(), jit_compile=False)
    return model


def trained(model, folder, epochs):
    rng = np.random.default_rng(0)
    L = rng.uniform(-1, 1, (6, 16, 16, 1)).astype(np.float32)
    ab = rng.uniform(-60, 60, (6, 16, 16, 2)).astype(np.float32)
    batches = training.Batches(L, ab, batch_size=2, augmentation={}, seed=3)
    run = training.Run(folder, model, batches)
    model.fit(batches, initial_epoch=run.epoch, epochs=epochs, callbacks=[run], verbose=0)
    return run.history


def test_a_run_that_is_resumed_ends_with_the_weights_and_scale_of_a_whole_one(
    policy, step_by_step, tmp_path
):
    whole, halves, resumed = (small_network() for _ in range(3))
    losses_of_whole = trained(whole, tmp_path / "whole", epochs=3)
    trained(halves, tmp_path / "halves", epochs=2)
    assert trained(resumed, tmp_path / "halves", epochs=3) == losses_of_whole
    parts = zip(
        [*whole.weights, *whole.optimizer.variables],
        [*resumed.weights, *resumed.optimizer.variables],
        strict=True,
    )
    for one, other in parts:
        one, other = (keras.ops.convert_to_numpy(each) for each in (one, other))
        np.testing.assert_array_equal(one, other)


def test_a_restarted_network_trains_anew_every_time(policy, tmp_path):
    model = small_network()
    # On some backends the first fit of a network ends with other weights than later ones.
    trained(model, tmp_path / "before", epochs=1)
    one, other = (
        trained(experiments.restart(model, 3), tmp_path / name, epochs=2)["loss"]
        for name in ("one", "other")
    )
    assert one == other
    assert np.isfinite(one).all() and one[0] != one[1]


@pytest.fixture(scope="module")
def vectors(tmp_path_factory):
    """Ask the classifier about a photo as a process does that has asked nothing before."""
    L = color.split(PHOTO[None])[0]

    def ask():
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("COURSEKIT_DATA", str(tmp_path_factory.mktemp("cache")))
            patch.setattr(efficientnet_lite0, "SIZE", 96)  # a fifth of the time of 224
            for built in (efficientnet_lite0.network, efficientnet_lite0.classifier):
                built.cache_clear()
            return embeddings.embed(L, progress=False).vectors

    return ask


@pytest.fixture(scope="module")
def exact_vectors(vectors):
    return in_full_precision(vectors)


def test_vectors_of_photos_are_those_of_full_precision(policy, vectors, exact_vectors):
    found = vectors()
    assert found.dtype == exact_vectors.dtype == np.float32
    np.testing.assert_array_equal(found, exact_vectors)
    assert keras.config.dtype_policy().name == policy


# CPUs compute in half precision slowly: a job of the workflow, not every run of the tests.
@pytest.mark.skipif(not os.environ.get("COURSEKIT_HALF"), reason="minutes: set COURSEKIT_HALF=1")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem[:2])
def test_a_lesson_runs_in_half_precision(policy, path, tmp_path, monkeypatch):
    notebook = nbformat.read(path, as_version=4)
    switch = f"import keras\nkeras.config.set_dtype_policy({policy!r})"
    notebook.cells.insert(0, nbformat.v4.new_code_cell(switch))
    nbformat.write(notebook, tmp_path / path.name)
    monkeypatch.setenv("COURSEKIT_DATA", str(tmp_path / "data"))
    outcome = notebooks.execute(tmp_path / path.name, "smoke")
    assert outcome.failure is None
    told = [
        output.text
        for cell in outcome.notebook.cells
        for output in cell.get("outputs", [])
        if output.output_type == "stream" and "device " in output.text
    ]
    assert policy in told[0]
