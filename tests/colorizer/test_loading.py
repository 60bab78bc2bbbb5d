import subprocess
import sys

import keras
import numpy as np
import pytest
import skimage.data

from coursekit import colorizer, networks
from coursekit.bins.layers import AnnealedMean


def test_saving_and_loading_keeps_network_decoder_and_size(tmp_path):
    original = colorizer.Colorizer(networks.beta(), keras.layers.Rescaling(100.0), size=40)
    original.save(tmp_path / "beta.keras")
    photo = skimage.data.astronaut()[::6, ::6]
    before = original.colorize(photo)
    loaded = colorizer.load(tmp_path / "beta.keras")
    assert (loaded.size, loaded.decoder.scale) == (40, 100.0)
    np.testing.assert_array_equal(loaded.colorize(photo), before)


def test_a_network_trained_with_a_loss_of_ones_own_is_loaded_without_it(tmp_path):
    def of_this_notebook(true, predicted):
        return keras.ops.mean(keras.ops.square(true - predicted), axis=-1)

    inside = networks.alpha(32)
    inside.compile("sgd", of_this_notebook)
    inside.train_on_batch(np.zeros((1, 32, 32, 1)), np.zeros((1, 32, 32, 2)))
    L = keras.Input((32, 32, 1))
    original = colorizer.Colorizer(keras.Model(L, inside(L)), size=32)
    original.save(tmp_path / "own.keras")
    loaded = colorizer.load(tmp_path / "own.keras")
    grey = np.full((1, 32, 32, 1), 40, np.float32)
    np.testing.assert_allclose(loaded.predict_ab(grey), original.predict_ab(grey), atol=1e-5)


def test_a_decoder_of_the_course_is_known_to_a_process_that_only_loads(tmp_path):
    colorizer.Colorizer(networks.small_colorful(), AnnealedMean(temperature=0.38), size=32).save(
        tmp_path / "c.keras"
    )
    code = (
        "import sys; from coursekit import colorizer\n"
        "print(colorizer.load(sys.argv[1]).decoder.temperature)"
    )
    command = [sys.executable, "-c", code, tmp_path / "c.keras"]
    answer = subprocess.run(command, capture_output=True, text=True)
    assert answer.stdout.strip() == "0.38", answer.stderr


def test_a_file_that_hides_code_is_refused(tmp_path):
    L = keras.layers.Input((8, 8, 1))
    hidden = colorizer.Colorizer(keras.Model(L, keras.layers.Lambda(lambda x: x)(L)), size=8)
    hidden.save(tmp_path / "lambda.keras")
    with pytest.raises(ValueError, match=r"lambda\.keras"):
        colorizer.load(tmp_path / "lambda.keras")


def test_files_that_are_no_colorizer_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="nothing.keras"):
        colorizer.load(tmp_path / "nothing.keras")
    (tmp_path / "damaged.keras").write_bytes(b"not a zip file")
    with pytest.raises(ValueError, match="damaged.keras"):
        colorizer.load(tmp_path / "damaged.keras")
    networks.alpha().save(tmp_path / "plain.keras")
    with pytest.raises(ValueError, match=r"wrap it: Colorizer\(model\)"):
        colorizer.load(tmp_path / "plain.keras")


def test_an_unknown_name_is_refused_with_those_there_are():
    with pytest.raises(FileNotFoundError, match="regression, classification, vivid"):
        colorizer.load("livid")


def test_a_temperature_for_a_colorizer_without_bins_is_refused(tmp_path):
    colorizer.Colorizer(networks.alpha(), size=32).save(tmp_path / "own.keras")
    with pytest.raises(ValueError, match="a temperature changes nothing"):
        colorizer.load(tmp_path / "own.keras", temperature=0.5)
