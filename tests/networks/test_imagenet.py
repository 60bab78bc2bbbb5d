"""ImageNet weights: files in the published layout, served on this machine, fetched by Keras."""

import hashlib
import inspect
import os
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import h5py
import keras
import numpy as np
import pytest

from coursekit import color, embeddings, networks
from coursekit.datasets import scenes
from coursekit.embeddings import inception
from coursekit.networks import imagenet


class Handler(SimpleHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        super().do_GET()

    def log_message(self, *_):
        pass


@pytest.fixture
def served(tmp_path, monkeypatch):
    """Serves what a test writes to it; the course and Keras, of empty cache, are led there."""
    folder = tmp_path / "served"
    folder.mkdir()
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("COURSEKIT_DATA", str(tmp_path / "cache"))
    monkeypatch.setenv("COURSEKIT_OFFLINE", "0")
    (tmp_path / "keras").mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder))) as server:
        server.asked, server.folder = [], folder
        threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()

        def publish(name, content=None):
            title, url, _ = imagenet.FILES[name]
            file = folder / url.rpartition("/")[2]
            if content is not None:
                file.write_bytes(content)
            md5 = hashlib.md5(file.read_bytes()).hexdigest()
            url = f"http://127.0.0.1:{server.server_port}/{file.name}"
            monkeypatch.setitem(imagenet.FILES, name, (title, url, md5))
            return tmp_path / "keras" / "models" / file.name

        server.publish = publish
        yield server
        server.shutdown()


def write_as_published(model, file):
    """Writes weights as keras.applications has them: a group a layer, names in attributes."""
    with h5py.File(file, "w") as h5:
        h5.attrs["layer_names"] = [layer.name.encode() for layer in model.layers]
        for layer in model.layers:
            group = h5.create_group(layer.name)
            names = [f"{layer.name}/{weight.name}:0" for weight in layer.weights]
            group.attrs["weight_names"] = [name.encode() for name in names]
            for name, weight in zip(names, layer.get_weights(), strict=True):
                group[name] = weight


@pytest.mark.parametrize(
    "name, function",
    [
        ("vgg19", keras.applications.VGG19),
        ("inception_resnet_v2", keras.applications.InceptionResNetV2),
    ],
)
def test_addresses_and_checksums_are_those_of_keras_applications(name, function):
    _, url, md5 = imagenet.FILES[name]
    source = "".join(inspect.getsource(inspect.getmodule(function)).split()).replace('""', "")
    folder, _, file = url.rpartition("/")
    assert md5 in source and folder in source.replace('""', "")
    assert file in source or file.replace("_notop", "") in source


def test_a_file_is_fetched_once_into_the_folder_that_keras_uses(served):
    expected = served.publish("vgg19", b"weights")
    assert imagenet.imagenet_weights("vgg19") == expected
    assert expected.read_bytes() == b"weights"
    imagenet.imagenet_weights("vgg19")
    assert served.asked == [f"/{expected.name}"]


def test_a_file_whose_checksum_is_wrong_is_an_error_and_does_not_stay(served):
    expected = served.publish("vgg19", b"weights")
    (served.folder / expected.name).write_bytes(b"<html>Please log in</html>")
    with pytest.raises(
        networks.WeightsError,
        match="VGG-19's ImageNet weights are not in .*models and could not be "
        "fetched .*hash does not match",
    ):
        imagenet.imagenet_weights("vgg19")
    assert not expected.exists()


def test_a_damaged_file_is_fetched_again(served):
    expected = served.publish("vgg19", b"weights")
    expected.parent.mkdir()
    expected.write_bytes(b"wei")
    assert imagenet.imagenet_weights("vgg19").read_bytes() == b"weights"


def test_a_missing_page_is_named(served):
    expected = served.publish("vgg19", b"weights")
    (served.folder / expected.name).unlink()
    with pytest.raises(networks.WeightsError, match="404"):
        networks.vgg_skip()


def test_a_server_that_is_gone_is_a_clear_error_with_the_way_out(served):
    served.publish("inception_resnet_v2", b"weights")
    served.shutdown()
    served.server_close()
    with pytest.raises(
        networks.WeightsError, match="URL fetch failure.*another way and put it there"
    ):
        imagenet.imagenet_weights("inception_resnet_v2")


def test_offline_nothing_is_asked_for_but_what_is_there_is_used(served, monkeypatch):
    expected = served.publish("vgg19", b"weights")
    monkeypatch.setenv("COURSEKIT_OFFLINE", "1")
    with pytest.raises(networks.WeightsError, match="COURSEKIT_OFFLINE is set; get http"):
        networks.vgg_skip()
    expected.parent.mkdir()
    expected.write_bytes(b"weights")
    assert imagenet.imagenet_weights("vgg19") == expected
    assert not served.asked


# In the place of Keras, of which two would take seconds to start. The first to fetch waits until
# the other has seen that there is no file; two that fetch at once find each other's mark.
FETCHING = """
import os, pathlib, time, types, urllib.request

arrived = pathlib.Path(os.environ["KERAS_HOME"])
(arrived / f"{os.getpid()}.arrived").touch()

def get_file(name, url, file_hash, cache_dir, cache_subdir):
    mark, file = arrived / "fetching", pathlib.Path(cache_dir, cache_subdir, name)
    mark.touch(exist_ok=False)
    while len([*arrived.glob("*.arrived")]) < 2:
        time.sleep(0.01)
    if not file.exists():
        urllib.request.urlretrieve(url, file)
    mark.unlink()
    return file

utils = types.SimpleNamespace(get_file=get_file)
"""


def test_two_processes_at_once_fetch_once(served, tmp_path):
    expected = served.publish("vgg19", os.urandom(2**22))
    (tmp_path / "keras.py").write_text(FETCHING)
    _, url, md5 = imagenet.FILES["vgg19"]
    program = (
        f"import runpy, sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        f"module = runpy.run_path({imagenet.__file__!r})\n"
        f"module['FILES']['vgg19'] = ('VGG-19', {url!r}, {md5!r})\n"
        "module['imagenet_weights']('vgg19')"
    )
    both = [subprocess.Popen([sys.executable, "-c", program]) for _ in range(2)]
    assert [process.wait(120) for process in both] == [0, 0]
    assert len(served.asked) == 1
    assert hashlib.md5(expected.read_bytes()).hexdigest() == md5


def test_where_inceptions_weights_cannot_be_had_a_line_says_what_is_used_instead(
    served, monkeypatch, capsys
):
    served.publish("inception_resnet_v2", b"weights")
    monkeypatch.setenv("COURSEKIT_OFFLINE", "1")
    L = scenes.draw(3, 32).L
    embedding = embeddings.embed(L, "inception_resnet_v2")
    (said,) = capsys.readouterr().out.splitlines()
    assert (
        "Inception-ResNet-v2's ImageNet weights are not in" in said
        and "EfficientNet-Lite0 is used instead" in said
    )
    assert embedding.model == "efficientnet_lite0"
    again = embeddings.embed(L, "efficientnet_lite0")
    np.testing.assert_array_equal(embedding.vectors, again.vectors)


def test_vgg_skip_starts_as_vgg_19_sees_a_grey_photo(served):
    keras.utils.set_random_seed(0)
    donor = keras.applications.VGG19(include_top=False, weights=None)
    for layer in donor.layers:  # biases of chance too, not zeros
        layer.set_weights(
            [
                np.random.default_rng(0).normal(0, 0.05, w.shape) if w.ndim == 1 else w
                for w in layer.get_weights()
            ]
        )
    write_as_published(donor, served.folder / "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5")
    served.publish("vgg19")
    model = networks.vgg_skip()

    grey = np.random.default_rng(2).integers(0, 256, (1, 96, 96, 1)).astype("float32")
    seen = keras.applications.vgg19.preprocess_input(np.repeat(grey, 3, axis=-1))
    expected = keras.Model(donor.input, donor.get_layer("block3_pool").output).predict_on_batch(
        seen
    )
    taken = model.get_layer("own_convolution")(grey / 127.5 - 1)
    found = keras.ops.convert_to_numpy(model.get_layer("encoder")(taken)["pool3"])
    inside = np.s_[:, 4:-4, 4:-4]  # the two see other zeros beyond the border
    np.testing.assert_allclose(
        found[inside], expected[inside], rtol=1e-3, atol=1e-3 * expected.max()
    )
    assert expected[inside].std() > 0


def test_inception_sees_each_photo_as_grey_srgb_between_minus_one_and_one():
    rgb = scenes.draw(2, 64).rgb
    L, _ = color.split(rgb)
    seen = inception.prepare(L)
    assert seen.shape == (2, 299, 299, 3) and seen.dtype == np.float32
    assert (seen[..., :1] == seen).all()
    L_again = color.rgb_to_lab((seen + 1) / 2)[..., 0]
    assert seen.min() > -1 and seen.max() <= 1 and np.ptp(seen) > 1
    assert np.abs(L_again.mean((1, 2)) - L.mean((1, 2, 3))).max() < 0.5


def test_inception_untrained_and_with_weights_from_the_published_layout(served, monkeypatch):
    # Layer by layer: for a few photos a graph of its 780 layers takes longer than they do.
    monkeypatch.setattr(
        keras.Model, "predict_on_batch", lambda model, x: keras.ops.convert_to_numpy(model(x))
    )
    inception.classifier.cache_clear()
    photos = scenes.draw(2, 32).rgb
    untrained = embeddings.embed(photos, "inception_resnet_v2", trained=False)
    assert untrained.vectors.shape == (2, 1000) and np.isfinite(untrained.vectors).all()
    write_as_published(
        inception.classifier(False),
        served.folder / "inception_resnet_v2_weights_tf_dim_ordering_tf_kernels.h5",
    )
    served.publish("inception_resnet_v2")
    inception.classifier.cache_clear()

    trained = embeddings.embed(photos, "inception_resnet_v2")
    assert trained.model == "inception_resnet_v2"
    assert len(served.asked) == 1
    np.testing.assert_allclose(trained.vectors, untrained.vectors, rtol=1e-3, atol=1e-4)
    assert np.abs(trained.vectors[0] - trained.vectors[1]).max() > 0

    inception.classifier.cache_clear()
    monkeypatch.setattr(inception, "classifier", lambda *_: pytest.fail("computed again"))
    after = embeddings.embed(photos, "inception_resnet_v2", after_softmax=True).vectors
    exp = np.exp(trained.vectors.astype(float) - trained.vectors.max(axis=1, keepdims=True))
    np.testing.assert_allclose(after, exp / exp.sum(axis=1, keepdims=True), rtol=1e-4)
