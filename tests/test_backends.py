"""One course on three backends, one device or several: the same colours, the same losses."""

import importlib.util
import json
import os
import subprocess
import sys

import keras
import numpy as np
import pytest

from coursekit import color, colorizer, datasets, losses, networks
from coursekit.bins.layers import AnnealedMean

BACKENDS = [name for name in ("tensorflow", "jax", "torch") if importlib.util.find_spec(name)]

STORE = """
import sys
from coursekit import colorizer
colorizer.load("vivid").save(sys.argv[1])
"""
COLORIZE = """
import numpy, skimage.data, sys
from coursekit import colorizer, photos
photo = photos.center_crop(skimage.data.chelsea(), 96)
names = (sys.argv[1], *colorizer.NAMES)
numpy.save(sys.argv[2], [colorizer.load(each).colorize(photo) for each in names])
"""
# Rebalanced classification, as in lesson 05: batch norm and the loss must see the whole batch on
# every device.
TRAIN = """
import json
import keras
from coursekit import bins, color, datasets, lesson, losses, networks, training
lesson.start("05_classification_rebalancing")
devices = keras.distribution.list_devices()
if len(devices) > 1:
    keras.distribution.set_distribution(keras.distribution.DataParallel(devices=devices))
L, ab = color.split(datasets.load("scenes", limit=32, size=32)[0])
encoding = bins.SoftEncoding()
prior = bins.smooth(bins.prior(ab, encoding), encoding.centres)
network = networks.small_colorful(size=32)
loss = losses.SoftCrossEntropy(weights=bins.rebalancing_weights(prior))
network.compile(keras.optimizers.Adam(1e-3), loss)
history = network.fit(training.Batches(color.scale_L(L), ab, 16), epochs=3, verbose=0)
print(json.dumps([len(devices), history.history["loss"]]))
"""


def python(code, *arguments, backend, **environment):
    answer = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**os.environ, "KERAS_BACKEND": backend, **environment},
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


@pytest.mark.skipif(
    len(BACKENDS) < 2, reason=f"of the backends only {' and '.join(BACKENDS)} is installed"
)
def test_a_stored_colorizer_and_those_of_the_course_give_the_same_colours_on_every_backend(
    tmp_path,
):
    python(STORE, tmp_path / "one.keras", backend=BACKENDS[0])
    painted = {}
    for backend in BACKENDS:
        python(COLORIZE, tmp_path / "one.keras", tmp_path / f"{backend}.npy", backend=backend)
        painted[backend] = np.load(tmp_path / f"{backend}.npy").astype(int)
    first, *others = painted.values()
    assert np.ptp(first, axis=-1).mean(axis=(1, 2)).min() > 5, "colours, not grey"
    np.testing.assert_array_equal(first[0], first[1 + colorizer.NAMES.index("vivid")])
    for other in others:
        assert np.abs(first - other).max() <= 1  # a level of 255, where rounding decides


@pytest.mark.skipif("jax" not in BACKENDS, reason="jax is not installed: pip install -e '.[jax]'")
def test_four_devices_learn_as_one_does():
    one, four = (
        json.loads(
            python(
                TRAIN, backend="jax", XLA_FLAGS=f"--xla_force_host_platform_device_count={devices}"
            ).splitlines()[-1]
        )
        for devices in (1, 4)
    )
    assert (one[0], four[0]) == (1, 4)
    assert one[1][-1] < one[1][0], "it learns"
    np.testing.assert_allclose(four[1], one[1], rtol=1e-3)


def test_half_precision_leaves_loss_and_colours_as_they_are():
    rgb = datasets.load("scenes", limit=4, size=32)[0]
    L, ab = color.split(rgb)
    found = {}
    for policy in ("float32", "mixed_float16"):
        try:
            keras.config.set_dtype_policy(policy)
            keras.utils.set_random_seed(0)
            model = colorizer.Colorizer(networks.small_colorful(), AnnealedMean(), size=32)
        finally:
            keras.config.set_dtype_policy("float32")
        assert model.network.layers[-1].compute_dtype == policy.removeprefix("mixed_")
        loss = losses.SoftCrossEntropy(weights=np.linspace(0.5, 2, 313))
        found[policy] = float(loss(ab, model.network(color.scale_L(L)))), model.predict_ab(L)
    (loss, full), (half_loss, half) = found.values()
    assert half_loss == pytest.approx(loss, rel=1e-3)
    assert (
        np.abs(full).mean() > 0.5 and np.abs(half - full).max() < 0.5
    )  # CIELAB units; the eye needs about 2
