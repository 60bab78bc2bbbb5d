"""The training of the shipped colorizers, on a few drawn scenes: it resumes, and what it writes can be loaded."""

import json

import numpy as np
import pytest

from coursekit import cli, color, colorizer
from coursekit.bins.layers import AnnealedMean
from coursekit.colorizer import Colorizer, shipped
from coursekit.datasets import scenes
from coursekit.embeddings import compact
from coursekit.networks import unet
from coursekit.tools.shipping import ablations, recipes, release


@pytest.fixture
def short(monkeypatch):
    """Every recipe with two epochs of two batches of four scenes."""
    for name, value in {
        "SETS": ("scenes",),
        "KEPT": 64,
        "SIZE": 32,
        "TUNING": 8,
        "BATCH": 4,
        "STEPS": 2,
    }.items():
        monkeypatch.setattr(recipes, name, value)
    monkeypatch.setattr(
        recipes,
        "RECIPES",
        {name: each._replace(epochs=2) for name, each in recipes.RECIPES.items()},
    )
    monkeypatch.setattr(
        recipes, "photos", lambda: (scenes.draw(12, 64, seed=1).rgb, scenes.draw(8, 64, seed=2).rgb)
    )
    monkeypatch.setattr(release, "TEMPERATURES", (0.38, 1.0))
    monkeypatch.setattr(release, "SHARES", (0.5, 1.0))
    monkeypatch.setattr(release, "SIZES", (32, 64))
    monkeypatch.setattr(release, "UNSEEN", ())


def weights(model):
    return np.concatenate([weight.ravel() for weight in model.get_weights()])


def test_training_that_was_cut_off_ends_with_the_weights_of_one_that_was_not(
    short, killed, tmp_path
):
    whole, _ = recipes.train("classification", tmp_path / "whole", recipes.photos())
    with killed():
        recipes.train("classification", tmp_path / "cut", recipes.photos())
    resumed, run = recipes.train("classification", tmp_path / "cut", recipes.photos())
    np.testing.assert_array_equal(weights(resumed), weights(whole))
    assert len((tmp_path / "cut/classification/log.csv").read_text().splitlines()) == 3
    again, _ = recipes.train(
        "classification", tmp_path / "cut", recipes.photos()
    )  # nothing is left to do
    np.testing.assert_array_equal(weights(again), weights(whole))


def test_one_command_trains_ships_and_writes_a_card(short, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(shipped, "FOLDER", tmp_path / "weights")
    assert cli.main(["train", "-o", str(tmp_path), "--ship"]) == 0
    photo = scenes.draw(1, 40, seed=3).rgb[0]
    for name in colorizer.NAMES:
        painted = colorizer.load(name).colorize(photo).astype(int)
        assert (
            np.abs(painted - colorizer.load(tmp_path / f"{name}.keras").colorize(photo)).max() <= 2
        )  # half precision
        facts, card = colorizer.facts(name), (tmp_path / f"weights/{name}.md").read_text()
        assert facts["bytes"] == (tmp_path / f"weights/{name}.npz").stat().st_size
        assert (
            "12 photos of the training splits" in card
            and "| scenes |" in card
            and "mean colour" in card
        )
    assert colorizer.facts("regression")["temperature"] is None
    assert (tmp_path / "classification.keras").exists()


def test_a_recipe_that_does_not_exist_is_named_with_those_that_do(capsys):
    assert cli.main(["train", "vivd"]) == 1
    assert "'vivd'" in capsys.readouterr().err


def test_a_network_takes_over_what_it_shares_with_another():
    network, classifier = unet(), compact.classifier()
    recipes.adopt(network, classifier)
    assert np.array_equal(network.layers[1].get_weights()[0], classifier.layers[1].get_weights()[0])
    regression = unet(2, "tanh")
    recipes.adopt(regression, network)
    same = [
        all(map(np.array_equal, mine.get_weights(), theirs.get_weights()))
        for mine, theirs in zip(regression.layers, network.layers, strict=True)
        if mine.weights
    ]
    assert all(same[:-1]) and not same[-1]


def test_views_are_the_same_for_the_same_seed_and_keep_colours_on_their_pixels():
    rgb = np.zeros((3, 64, 64, 3), np.uint8)
    rgb[:, :32] = (200, 30, 30)  # the upper half red, whichever part is seen
    one, other = (recipes.Views(rgb, 5, size=32)[3] for _ in range(2))
    np.testing.assert_array_equal(one[1], other[1])
    L, ab = one
    assert L.shape == (recipes.BATCH, 32, 32, 1) and abs(L).max() <= 1
    red = ab[..., 0] > 40
    assert (L[..., 0][red]).min() > (L[..., 0][~red & (abs(ab).max(axis=-1) < 1)]).max() - 0.6
    assert not np.array_equal(recipes.Views(rgb, 6, size=32)[3][1], ab)


def test_half_size_error_compares_with_the_mean_of_each_block():
    true = np.zeros((1, 4, 4, 2), np.float32)
    true[0, 0, 0] = 4  # a mean of 1 in the first block
    predicted = np.full(
        (1, 2, 2, 2), 1 / 128, np.float32
    )  # 1 everywhere, once it is put back to CIELAB units
    assert float(recipes.HalfSizeError()(true, predicted)) == pytest.approx(3 / 4)


@pytest.mark.parametrize(
    ("above_grey", "chosen"), [([2, 1, 0.4], 0.6), ([2, 0.4, 1], 1.0), ([0.1, 0, -1], 0.3)]
)
def test_the_share_is_the_largest_that_stays_above_grey_or_the_smallest(above_grey, chosen):
    assert (
        release.choose(
            [
                {"share": share, "above_grey": value}
                for share, value in zip((0.3, 0.6, 1.0), above_grey, strict=True)
            ]
        )
        == chosen
    )


def test_weights_between_two_networks_are_those_of_the_line():
    (found,) = release.mixed([np.array([0.0, 4.0])], [np.array([2.0, 0.0])], 0.25)
    np.testing.assert_allclose(found, [0.5, 3.0])


def test_an_ablation_leaves_out_one_idea_and_measures(monkeypatch):
    photos = scenes.draw(8, 64, seed=1).rgb, scenes.draw(6, 32, seed=2).rgb
    monkeypatch.setattr(ablations, "_photos", lambda: photos)
    monkeypatch.setattr(ablations, "EPOCHS", 2)
    monkeypatch.setattr(recipes, "STEPS", 1)
    monkeypatch.setattr(recipes, "BATCH", 4)
    whole, less = (ablations.measure(left_out, seed=0) for left_out in ("nothing", "skips"))
    assert set(whole) == set(less) and whole != less
    assert all(np.isfinite(value) for value in whole.values())


@pytest.fixture
def little(tmp_path, monkeypatch):
    """A shipped colorizer in a folder of its own."""
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    rgb = scenes.draw(2, 32, seed=1).rgb
    facts = {"size": 32, "temperature": 0.5}
    release.ship("vivid", Colorizer(unet(), AnnealedMean(temperature=0.5), 32), facts, rgb)
    return tmp_path


def test_a_shipped_colorizer_is_loaded_with_its_temperature_or_with_another(little):
    assert colorizer.load("vivid").decoder.temperature == 0.5
    assert colorizer.load("vivid", temperature=0.2).decoder.temperature == 0.2
    assert json.loads((little / "vivid.json").read_text())["half_precision_costs"].keys() >= {
        "auc",
        "psnr",
    }


def test_damaged_or_missing_weights_are_refused_with_the_way_out(little):
    data = bytearray((little / "vivid.npz").read_bytes())
    data[len(data) // 2] ^= 1
    (little / "vivid.npz").write_bytes(data)
    with pytest.raises(ValueError, match="vivid.npz: damaged.*install coursekit again"):
        colorizer.load("vivid")
    (little / "vivid.npz").unlink()
    with pytest.raises(ValueError, match="vivid.npz: missing; install coursekit again"):
        colorizer.load("vivid")


def test_a_temperature_for_a_colorizer_without_bins_is_refused(tmp_path):
    Colorizer(unet(2, "tanh"), size=32).save(tmp_path / "own.keras")
    with pytest.raises(ValueError, match="a temperature changes nothing"):
        colorizer.load(tmp_path / "own.keras", temperature=0.5)


def test_an_unknown_name_is_refused_with_those_there_are():
    with pytest.raises(FileNotFoundError, match="regression, classification, vivid"):
        colorizer.load("livid")


def test_views_hold_lab_and_not_rgb():
    grey = np.full((2, 64, 64, 3), 119, np.uint8)
    L, ab = recipes.Views(grey, 0, size=32, varied=False)[0]
    assert abs(color.unscale_L(L) - 50).max() < 0.2 and abs(ab).max() < 0.1
