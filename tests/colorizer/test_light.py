"""The colorizers of the course without Keras: the same pixels, and files that can be missing."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
import skimage.data
from PIL import Image

from coursekit import colorizer
from coursekit.colorizer import LightColorizer, shipped

# As after the base installation: what colours photos asks for none of these.
BASE = """
import sys
for name in ("keras", "tensorflow", "jax", "torch", "scipy", "skimage", "matplotlib"):
    sys.modules[name] = None
"""


@pytest.mark.parametrize("name", shipped.NAMES)
def test_the_pixels_are_those_of_keras_within_one_level(name):
    heavy, light = colorizer.load(name), LightColorizer(name)
    for photo in (skimage.data.chelsea(), skimage.data.coffee()[:333, :217], np.uint8([[7, 250]])):
        expected = heavy.colorize(photo).astype(int)
        assert np.abs(light.colorize(photo) - expected).max() <= 1
        assert photo.size < 10 or np.ptp(expected, axis=-1).mean() > 5  # colourful enough to differ


def test_a_temperature_is_that_of_keras_too():
    photo = skimage.data.coffee()[::4, ::4]
    heavy, light = (
        each.with_temperature(0.1) for each in (colorizer.load("vivid"), LightColorizer("vivid"))
    )
    assert np.abs(light.colorize(photo).astype(int) - heavy.colorize(photo)).max() <= 1
    assert (
        np.abs(light.colorize(photo).astype(int) - LightColorizer("vivid").colorize(photo)).max()
        > 5
    )


def test_a_temperature_for_regression_is_refused():
    with pytest.raises(ValueError, match="regression averages no bins"):
        LightColorizer("regression").with_temperature(0.5)
    with pytest.raises(ValueError, match="temperature must be positive"):
        LightColorizer("vivid").with_temperature(0)


def test_a_photo_is_coloured_after_the_base_installation(tmp_path):
    Image.fromarray(skimage.data.camera()[::4, ::4]).save(tmp_path / "grey.png")
    command = ["colorize", str(tmp_path / "grey.png"), "-o", str(tmp_path / "out.png")]
    code = BASE + f"from coursekit import cli; sys.exit(cli.main({command}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    expected = LightColorizer("vivid").colorize(skimage.data.camera()[::4, ::4])
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "out.png")), expected)


def test_a_shipped_colorizer_is_loaded_light_where_keras_has_no_backend(monkeypatch):
    monkeypatch.setattr("coursekit.device.has_backend", lambda: False)
    loaded = colorizer.load("vivid", temperature=0.2)
    assert isinstance(loaded, LightColorizer)
    assert loaded.colorize(np.zeros((8, 8), np.uint8)).shape == (8, 8, 3)


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """The files of vivid, in a folder of their own."""
    for file in shipped.FOLDER.iterdir():
        shutil.copy(file, tmp_path)
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    return tmp_path


def test_it_has_the_temperature_of_its_facts(copied):
    usual = LightColorizer("vivid").colorize(skimage.data.coffee()[::4, ::4])
    (copied / "vivid.json").write_text(json.dumps({**shipped.facts("vivid"), "temperature": 0.2}))
    assert (LightColorizer("vivid").colorize(skimage.data.coffee()[::4, ::4]) != usual).any()


def test_a_missing_graph_is_named_with_the_way_out(copied):
    (copied / "vivid.onnx").unlink()
    with pytest.raises(ValueError, match="vivid.onnx: missing; install coursekit again"):
        LightColorizer("vivid")


def test_weights_that_are_no_numbers_are_an_error_and_no_grey_photo(monkeypatch):
    read = shipped.arrays
    monkeypatch.setattr(shipped, "arrays", lambda name: [each * np.nan for each in read(name)])
    with pytest.raises(colorizer.DivergedError, match="vivid"):
        LightColorizer("vivid").colorize(np.zeros((64, 64), np.uint8))
