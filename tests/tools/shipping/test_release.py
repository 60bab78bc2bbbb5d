"""What ships, trained on a few drawn scenes: it resumes, and what is written can be loaded."""

from collections import defaultdict
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from PIL import Image

from coursekit import cli, colorizer, training
from coursekit.colorizer import shipped
from coursekit.datasets import scenes
from coursekit.embeddings import efficientnet_lite0
from coursekit.networks import efficientnet, unet_decoder, unet_encoder
from coursekit.tools.quality import photosets
from coursekit.tools.shipping import recipes, release


@pytest.fixture
def small_encoder(monkeypatch):
    """Five blocks with weights of chance in the encoder's place: it is built a dozen times."""
    stages = [(1, 16), (2, 24), (2, 40), (2, 112), (2, 320)]
    blocks = [(3, stride, 1, filters, 1) for stride, filters in stages]
    monkeypatch.setattr(efficientnet, "_STAGES", blocks)
    keras.utils.set_random_seed(0)
    weights = unet_encoder().get_weights()
    monkeypatch.setattr(efficientnet_lite0, "encoder_weights", lambda: weights)
    recipes.pretrained_encoder.cache_clear()
    yield
    recipes.pretrained_encoder.cache_clear()


@pytest.fixture
def short(tmp_path, monkeypatch, small_encoder):
    """The recipe with two epochs of two batches of four scenes, in one view."""
    small = {"SIZE": 32, "BATCH": 4, "EPOCHS": 2, "VIEWS": (training.View(crop=0.5, film=0.5),)}
    for name, value in small.items():
        monkeypatch.setattr(recipes, name, value)
    few = {"TEMPERATURES": (0.38, 1.0), "SHARES": (0.0, 1.0), "SIZES": (32, 48), "UNSEEN": ()}
    for name, value in few.items():
        monkeypatch.setattr(release, name, value)
    monkeypatch.setattr(recipes, "SETS", ("scenes",))
    tuning = {"scenes": scenes.draw(8, 32, seed=2).rgb}
    rgb = scenes.draw(8, 64, seed=1).rgb
    data = recipes.Photos(rgb, tuning, {"scenes": 8}, sharp=rgb[:4])
    monkeypatch.setattr(recipes, "photos", lambda also=(): data)
    # A folder in place of the set: for the mean colour of that, 2,000 scenes would be drawn.
    held_back = tmp_path / "held back"
    held_back.mkdir()
    for number, rgb in enumerate(scenes.draw(4, 64, seed=3).rgb):
        Image.fromarray(rgb).save(held_back / f"{number}.png")
    load = photosets.load
    monkeypatch.setattr(photosets, "load", lambda name, size, split: load(held_back, size))
    return data


def weights(model):
    return np.concatenate([weight.ravel() for weight in model.get_weights()])


def test_training_that_was_cut_off_ends_with_the_weights_of_one_that_was_not(
    short, killed, tmp_path
):
    seen = recipes.views(short.train, tmp_path / "features")
    whole, _ = recipes.train(tmp_path / "whole", short, seen)
    with killed():
        recipes.train(tmp_path / "cut", short, seen)
    resumed, run = recipes.train(tmp_path / "cut", short, seen)
    np.testing.assert_array_equal(weights(resumed), weights(whole))
    assert len((tmp_path / "cut/log.csv").read_text().splitlines()) == 3
    # Nothing is left to do.
    again, _ = recipes.train(tmp_path / "cut", short, seen)
    np.testing.assert_array_equal(weights(again), weights(whole))


def test_one_command_trains_ships_and_writes_a_card(
    short, step_by_step, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(shipped, "FOLDER", tmp_path / "weights")
    assert cli.main(["train", "-o", str(tmp_path), "--seeds", "2", "--ship"]) == 0
    photo = scenes.draw(1, 40, seed=3).rgb[0]
    for name in colorizer.NAMES:
        painter, stored = colorizer.load(name), colorizer.load(tmp_path / f"{name}.keras")
        # What ships is in half precision.
        for one, other in zip(painter.get_weights(), stored.get_weights(), strict=True):
            np.testing.assert_allclose(one, other, rtol=2**-10, atol=1e-6)
        assert np.abs(painter.colorize(photo).astype(int) - stored.colorize(photo)).max() <= 2
        facts, card = colorizer.facts(name), (tmp_path / f"weights/{name}.md").read_text()
        assert facts["bytes"] == (tmp_path / f"weights/{name}.npz").stat().st_size
        assert "8 photos of the training splits" in card and "mean colour" in card
        assert facts["half_precision_costs"].keys() == {"auc", "rebalanced_auc"}
        assert facts["recipe"]["steps"] == 2 and len(facts["tuning_loss"]) == 2
    assert colorizer.facts("regression")["temperature"] is None
    assert [each["seed"] for each in colorizer.facts("vivid")["seeds"]] == [0, 1]
    assert len(colorizer.facts("vivid")["tried"]) == 2 * 2
    assert [each["size"] for each in colorizer.facts("vivid")["by_size"]] == [32, 48]


def test_another_colorizer_is_one_description_and_one_recipe(
    short, step_by_step, tmp_path, monkeypatch
):
    monkeypatch.setitem(shipped.SHIPPED, "bold", shipped.SHIPPED["vivid"])
    monkeypatch.setitem(recipes.RECIPES, "bold", recipes.RECIPES["vivid"])

    def untrained(folder, data, seen, seed):  # how it is trained, the test above sees
        outputs = {name: each.outputs for name, each in shipped.SHIPPED.items()}
        return unet_decoder(outputs), SimpleNamespace(history=defaultdict(list))

    monkeypatch.setattr(recipes, "train", untrained)
    decoder, *_ = release.finish(tmp_path, short._replace(sharp=None))
    assert decoder.output["bold"].shape[-1] == 313
    assert colorizer.load(tmp_path / "bold.keras").decoder.temperature == 0.38


def test_a_recipe_without_a_seed_is_refused(capsys):
    assert cli.main(["train", "--seeds", "0"]) == 1
    assert "--seeds 0: give at least 1" in capsys.readouterr().err


def point(share, worst, rebalanced, false, kept=100):
    return {
        "share": share,
        "worst_auc": worst,
        "rebalanced_auc": rebalanced,
        "false_colour": false,
        "colorfulness": kept,
    }


def test_the_calmest_of_the_best_points_within_the_bounds_is_picked():
    calm, best = point(0.5, 0.6, 7.9, 0.3), point(0.6, 0.5, 8.0, 0.9)
    curve = [
        point(0.1, 1.0, 5.0, 0.0),  # not as good
        calm,
        best,
        point(0.9, -0.5, 9.0, 0.2),  # too far below grey
        point(0.8, 0.6, 8.5, 0.1, kept=80),  # too dull
    ]
    assert release.pick(curve) is calm
    assert release.pick([curve[3], point(1, -0.9, 9.9, 0.1)]) is curve[3]


def test_a_share_lies_on_the_line_between_two_last_layers():
    decoder = unet_decoder({"classification": 3, "vivid": 3})
    start, end = (decoder.get_layer(name).get_weights() for name in ("classification", "vivid"))
    release.blend(decoder, 0.25)
    kernel, bias = decoder.get_layer("vivid").get_weights()
    np.testing.assert_allclose(kernel, 0.75 * start[0] + 0.25 * end[0], atol=1e-6)


@pytest.mark.parametrize("name", shipped.NAMES)
def test_the_cards_say_what_the_facts_say(name):
    card = (shipped.FOLDER / f"{name}.md").read_text(encoding="utf-8")
    assert card == release.card(name, shipped.facts(name))
