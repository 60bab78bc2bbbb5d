"""What a classifier says of grey photos: computed once, whatever happens to the cache."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from coursekit import color, embeddings
from coursekit.datasets import scenes
from coursekit.embeddings import efficientnet_lite0

pytestmark = pytest.mark.usefixtures("cache", "looks_at_32_pixels")
SIZE = 32  # of the photos here, and of what the classifier looks at


@pytest.fixture
def looks_at_32_pixels(monkeypatch):
    """What is stored, and when, does not depend on what the numbers say; so 224 pixels would only
    take fifty times as long.
    """
    monkeypatch.setattr(efficientnet_lite0, "SIZE", SIZE)


@pytest.fixture(scope="module")
def drawn():
    return scenes.draw(70, SIZE, seed=3)


@pytest.fixture
def counted(monkeypatch):
    """Counts the photos that a classifier is shown; told to, it dies on the way.

    It says of a photo its first thousand pixels.
    """
    counter = SimpleNamespace(photos=0, dies_after=np.inf)

    def predict(inputs):
        different = len(
            np.unique(inputs.reshape(len(inputs), -1), axis=0)
        )  # a part may be filled up with repeats
        if counter.photos + different > counter.dies_after:
            raise KeyboardInterrupt
        counter.photos += different
        return inputs.reshape(len(inputs), -1)[:, :1000]

    stand_in = SimpleNamespace(predict_on_batch=predict)
    monkeypatch.setattr(efficientnet_lite0, "classifier", lambda: stand_in)
    return counter


def database(cache):
    (file,) = (cache / "embeddings").glob("*.sqlite")
    return file


def embed(L, **options):
    return embeddings.embed(L, progress=False, **options).vectors


# What it says


def test_there_is_a_vector_a_photo_of_as_many_numbers_as_there_are_classes(drawn):
    embedding = embeddings.embed(drawn.L, progress=False)
    assert embedding.model == "efficientnet_lite0"
    assert embedding.vectors.shape == (70, len(efficientnet_lite0.classes()))
    assert embedding.vectors.dtype == np.float32


def test_it_is_what_the_classifier_says_of_the_scaled_photo():
    L = scenes.draw(3, SIZE).L
    logits = keras.ops.convert_to_numpy(efficientnet_lite0.classifier()(color.scale_L(L)))
    np.testing.assert_allclose(embed(L), logits, rtol=1e-4, atol=1e-4)


def test_colour_is_dropped(drawn):
    other = scenes.recolor(drawn, seed=5)
    as_grey = np.repeat(color.join(drawn.L, np.zeros_like(drawn.ab))[..., :1], 3, axis=-1)
    for rgb in (drawn.rgb, other.rgb, as_grey):
        np.testing.assert_allclose(embed(rgb), embed(drawn.L), atol=0.1)  # L was rounded with rgb


def test_after_the_softmax_the_numbers_are_probabilities_in_the_same_order(drawn):
    logits, probabilities = embed(drawn.L), embed(drawn.L, after_softmax=True)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    assert (
        probabilities.argmax(axis=1) == logits.argmax(axis=1)
    ).all() and probabilities.min() >= 0


@pytest.mark.parametrize(
    "wrong",
    [
        lambda L: L / 100,
        color.scale_L,
        lambda L: L * 2.55,
        lambda L: L[..., 0],
        lambda L: np.repeat(L, 3, -1),
        lambda L: L[:0],
        lambda L: L.astype(int),
        lambda L: L * np.nan,
    ],
    ids=[
        "0…1",
        "-1…1",
        "0…255",
        "no channel",
        "three channels",
        "none",
        "integers",
        "not a number",
    ],
)
def test_photos_that_were_scaled_already_are_refused_with_the_way_out(wrong, drawn):
    with pytest.raises(ValueError, match="pass L from color.split"):
        embed(wrong(drawn.L))


def test_ten_photos_that_come_in_0_to_1_would_all_be_the_same_to_a_classifier(drawn):
    def alike(inputs):
        vectors = keras.ops.convert_to_numpy(efficientnet_lite0.classifier()(inputs))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return (vectors @ vectors.T)[~np.eye(len(vectors), dtype=bool)].mean()

    L = drawn.L[:10]
    assert alike(color.scale_L(L / 100)) > 0.99
    assert alike(color.scale_L(L)) < 0.8


def test_black_photos_are_photos():
    assert np.isfinite(embed(np.zeros((1, 32, 32, 1), np.float32))).all()


def test_an_unknown_model_is_named(drawn):
    with pytest.raises(
        ValueError, match="'vgg'; there are efficientnet_lite0, inception_resnet_v2"
    ):
        embed(drawn.L, model="vgg")


def test_an_untrained_classifier_says_something_else_and_leaves_no_trace(drawn, cache):
    assert np.abs(embed(drawn.L[:2], trained=False) - embed(drawn.L[:2])).max() > 0.1
    with sqlite3.connect(database(cache)) as connection:
        assert connection.execute("SELECT count(*) FROM vectors").fetchone() == (2,)


# Ablations


def test_zeros_have_the_same_shape_and_nothing_in_it(drawn):
    embedding = embeddings.embed(drawn.L, progress=False)
    nothing = embeddings.zeros(embedding)
    assert nothing.vectors.shape == embedding.vectors.shape and not nothing.vectors.any()
    assert nothing.model == "zeros for efficientnet_lite0"


def test_shuffled_gives_every_photo_the_vector_of_another(drawn):
    embedding = embeddings.embed(drawn.L, progress=False)
    for seed in range(5):
        other = embeddings.shuffled(embedding, seed)
        assert (np.abs(other.vectors - embedding.vectors).max(axis=1) > 0).all()
        np.testing.assert_array_equal(
            np.sort(other.vectors, axis=0), np.sort(embedding.vectors, axis=0)
        )
    assert other.model == "shuffled efficientnet_lite0"


# Computed once


def test_a_second_call_computes_nothing_and_gives_the_same_bits(drawn, counted):
    first = embed(drawn.L)
    assert counted.photos == 70
    np.testing.assert_array_equal(embed(drawn.L[::-1])[::-1], first)
    assert counted.photos == 70


def test_equal_photos_are_computed_once(drawn, counted):
    vectors = embed(np.concatenate([drawn.L[:3]] * 4))
    assert counted.photos == 3
    np.testing.assert_array_equal(vectors[:3], vectors[9:])


def test_only_new_photos_are_computed(drawn, counted):
    embed(drawn.L[:40])
    embed(drawn.L)
    assert counted.photos == 70


def test_a_call_that_was_cut_off_keeps_what_it_had(drawn, counted):
    counted.dies_after = embeddings.AT_ONCE
    with pytest.raises(KeyboardInterrupt):
        embed(drawn.L)
    counted.dies_after = np.inf
    embed(drawn.L)
    assert counted.photos == 70


# A process that embeds. In the place of Keras and of the network, which take seconds to start, it
# takes the first thousand pixels of a photo for what the classifier says. It begins once as many
# processes as it is told have come so far.
EMBEDDING = """
import os, pathlib, sys, time, types
import numpy as np

config = types.SimpleNamespace(dtype_policy=lambda: None, set_dtype_policy=lambda policy: None)
sys.modules["keras"] = types.SimpleNamespace(config=config)
sys.modules["coursekit.networks"] = types.SimpleNamespace(WeightsError=OSError)
from coursekit import embeddings
from coursekit.datasets import scenes
from coursekit.embeddings.store import Store

file, processes = pathlib.Path(sys.argv[1]), int(sys.argv[2])

def say(inputs):
    file.with_suffix(".arrived").touch()
    while len([*file.parent.glob("*.arrived")]) < processes:
        time.sleep(0.01)
    return inputs.reshape(len(inputs), -1)[:, :1000]

classifier = types.SimpleNamespace(predict_on_batch=say)
embeddings.efficientnet_lite0.SIZE = 32
embeddings.efficientnet_lite0.classifier = lambda: classifier
L = scenes.draw(70, 32, seed=3).L
"""


def said(L):
    """What the classifier of such a process says."""
    return efficientnet_lite0.prepare(L).reshape(len(L), -1)[:, :1000]


def embedding(program, file, processes, cache):
    return subprocess.Popen(
        [sys.executable, "-c", EMBEDDING + program, str(file), str(processes)],
        env=os.environ | {"COURSEKIT_DATA": str(cache)},
    )


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_killed_process_keeps_what_it_had_and_harms_nothing(drawn, counted, cache, tmp_path):
    program = (
        "real, calls = Store.write, []\n"
        "def write(self, *rows):\n"
        "    calls.append(1) if not calls else os.kill(os.getpid(), 9)\n"
        "    real(self, *rows)\n"
        "Store.write = write\n"
        "embeddings.embed(L)\n"
    )
    process = embedding(program, tmp_path / "killed", 1, cache)
    assert process.wait(120) == -signal.SIGKILL
    kept = embeddings.AT_ONCE
    np.testing.assert_array_equal(embed(drawn.L)[:kept], said(drawn.L[:kept]))
    assert counted.photos == 70 - kept


def test_two_processes_at_once_agree(drawn, counted, cache, tmp_path):
    files = [tmp_path / f"{number}.npy" for number in range(2)]
    program = "np.save(file, embeddings.embed(L).vectors)"
    both = [embedding(program, file, 2, cache) for file in files]
    assert [process.wait(120) for process in both] == [0, 0]
    for found in (*map(np.load, files), embed(drawn.L)):
        np.testing.assert_array_equal(found, said(drawn.L))
    assert counted.photos == 0


def test_other_weights_or_another_preprocessing_are_computed_anew(drawn, counted, monkeypatch):
    embed(drawn.L)
    monkeypatch.setattr(efficientnet_lite0, "checksum", lambda: "of other weights")
    embed(drawn.L)
    monkeypatch.setattr(efficientnet_lite0, "PREPROCESSING", "another")
    embed(drawn.L)
    assert counted.photos == 3 * 70


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"no database" * 2000,
        lambda data: data[: len(data) // 2],
        lambda data: b"",
        lambda data: data[:50],
        lambda data: data[:4096] + bytes(2000) + data[6096:],
    ],
    ids=["other file", "half", "empty", "stump", "hole"],
)
def test_a_damaged_file_is_made_anew(damage, drawn, counted, cache, recwarn):
    first = embed(drawn.L)
    database(cache).write_bytes(damage(database(cache).read_bytes()))
    np.testing.assert_allclose(embed(drawn.L), first, atol=1e-4)
    assert counted.photos > 70
    now = counted.photos
    np.testing.assert_allclose(embed(drawn.L), first, atol=1e-4)
    assert counted.photos == now, "and what was made anew is whole"


def test_a_damaged_entry_is_noticed_and_made_anew(drawn, counted, cache):
    first = embed(drawn.L)
    data = bytearray(database(cache).read_bytes())
    data[data.index(first[7].tobytes()) + 5] ^= 1
    database(cache).write_bytes(data)
    with pytest.warns(UserWarning, match="sqlite: 1 damaged entries; they are made anew"):
        again = embed(drawn.L)
    np.testing.assert_allclose(again, first, atol=1e-4)
    assert counted.photos == 71


def test_without_a_place_to_keep_it_it_is_still_computed(drawn, cache, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    for variable in ("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA", "COURSEKIT_DATA"):
        monkeypatch.setenv(variable, str(tmp_path / "file"))
    assert embed(drawn.L[:2]).shape[0] == 2


@pytest.mark.parametrize("size", [64, 128])
def test_reading_back_is_fast(size):
    L = np.random.default_rng(0).uniform(0, 100, (1500, size, size, 1)).astype(np.float32)
    keys = [embeddings._key(photo) for photo in L]
    embeddings.Store(embeddings._file("efficientnet_lite0")).write(
        keys, np.zeros((len(L), len(efficientnet_lite0.classes())))
    )

    def seconds():  # of this process: others may be busy
        started = time.process_time()
        embed(L)
        return time.process_time() - started

    assert len(L) / min(seconds() for _ in range(5)) > 5000


def test_a_full_disk_is_named_and_what_was_stored_stays(drawn, cache, monkeypatch):
    first = embed(drawn.L[:40])
    connect = sqlite3.connect

    def limited(*args, **kwargs):
        made = connect(*args, **kwargs)
        (pages,) = made.execute("PRAGMA page_count").fetchone()
        made.execute(f"PRAGMA max_page_count = {pages}")
        return made

    with monkeypatch.context() as patch:
        patch.setattr(sqlite3, "connect", limited)
        more = np.random.default_rng(0).uniform(0, 100, (300, 8, 8, 1)).astype(np.float32)
        with pytest.warns(UserWarning, match="nothing can be stored .*disk is full"):
            embeddings.Store(database(cache)).write(
                [bytes([i // 256, i % 256]) for i in range(300)], more.reshape(300, -1)
            )
        np.testing.assert_array_equal(embed(drawn.L[:40]), first)
    assert len(embeddings.Store(database(cache)).read([bytes([0, 1])])) == 0


def test_vectors_that_cannot_be_read_just_now_are_named_and_stay(read_only):
    folder, context = read_only
    kept = embeddings.Store(folder / "vectors.sqlite")
    kept.write([b"one"], np.ones((1, 4), np.float32))
    before = kept.file.read_bytes()
    (folder / "vectors.lock").unlink()
    with context():
        with pytest.warns(UserWarning, match="vectors.sqlite: cannot be read .*ermission"):
            assert kept.read([b"one"]) == {}
        with pytest.warns(UserWarning, match="vectors.sqlite: nothing can be stored"):
            kept.write([b"two"], np.ones((1, 4), np.float32))
    assert kept.file.read_bytes() == before and list(kept.read([b"one"])) == [b"one"]


def test_a_database_that_others_hold_is_no_damaged_one(tmp_path, monkeypatch):
    kept = embeddings.Store(tmp_path / "vectors.sqlite")
    kept.write([b"one"], np.ones((1, 4), np.float32))
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda file: connect(file, timeout=0))
    with sqlite3.connect(kept.file) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.warns(UserWarning, match=r"vectors.sqlite: cannot be read \(.*locked"):
            assert kept.read([b"one"]) == {}
    assert list(kept.read([b"one"])) == [b"one"]
