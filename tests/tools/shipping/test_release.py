"""What ships, trained on a few drawn scenes: it resumes, and what is written can be loaded."""

import dataclasses

import numpy as np
import pytest
from PIL import Image

from coursekit import cli, color, colorizer, metrics
from coursekit.colorizer import shipped
from coursekit.datasets import scenes
from coursekit.tools.quality import photosets
from coursekit.tools.shipping import recipes, release


@pytest.fixture
def short(tmp_path, monkeypatch):
    """Every recipe with two epochs of two batches of four scenes."""
    small = {"SETS": ("scenes",), "KEPT": 64, "SIZE": 32, "TUNING": 8, "BATCH": 4}
    for name, value in small.items():
        monkeypatch.setattr(recipes, name, value)
    for name, each in recipes.RECIPES.items():
        monkeypatch.setitem(recipes.RECIPES, name, dataclasses.replace(each, epochs=2))
    data = scenes.draw(8, 64, seed=1).rgb, scenes.draw(8, 64, seed=2).rgb
    monkeypatch.setattr(recipes, "photos", lambda: data)
    monkeypatch.setattr(release, "TEMPERATURES", (0.38, 1.0))
    monkeypatch.setattr(release, "SHARES", (0.5, 1.0))
    monkeypatch.setattr(release, "SIZES", (32, 64))
    monkeypatch.setattr(release, "UNSEEN", ())
    # A folder in place of the set: for the mean colour of that, 2,000 scenes would be drawn.
    held_back = tmp_path / "held back"
    held_back.mkdir()
    for number, rgb in enumerate(scenes.draw(4, 64, seed=3).rgb):
        Image.fromarray(rgb).save(held_back / f"{number}.png")
    load = photosets.load
    monkeypatch.setattr(photosets, "load", lambda name, size: load(held_back, size))


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
    # Nothing is left to do.
    again, _ = recipes.train("classification", tmp_path / "cut", recipes.photos())
    np.testing.assert_array_equal(weights(again), weights(whole))


def test_one_command_trains_ships_and_writes_a_card(short, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(shipped, "FOLDER", tmp_path / "weights")
    assert cli.main(["train", "-o", str(tmp_path), "--ship"]) == 0
    photo = scenes.draw(1, 40, seed=3).rgb[0]
    for name in colorizer.NAMES:
        painted = colorizer.load(name).colorize(photo).astype(int)
        stored = colorizer.load(tmp_path / f"{name}.keras").colorize(photo)
        assert np.abs(painted - stored).max() <= 2  # half precision
        facts, card = colorizer.facts(name), (tmp_path / f"weights/{name}.md").read_text()
        assert facts["bytes"] == (tmp_path / f"weights/{name}.npz").stat().st_size
        assert (
            "8 photos of the training splits" in card
            and "| scenes |" in card
            and "mean colour" in card
        )
        assert facts["half_precision_costs"].keys() >= {"auc", "psnr"}
        assert facts["recipe"]["steps"] == 2
    assert colorizer.facts("regression")["temperature"] is None
    assert [name for name in colorizer.NAMES if "by_share" in colorizer.facts(name)] == ["vivid"]


def test_another_colorizer_is_one_description_and_one_recipe(short, tmp_path, monkeypatch):
    described = dataclasses.replace(shipped.SHIPPED["vivid"], temperature=0.6)
    monkeypatch.setitem(shipped.SHIPPED, "bold", described)
    bold = dataclasses.replace(recipes.RECIPES["vivid"], start="compact", blend=False)
    monkeypatch.setitem(recipes.RECIPES, "bold", bold)
    painter, facts = release.finish("bold", tmp_path, recipes.photos())
    assert painter.decoder.temperature == facts["temperature"] == 0.6
    assert "by_temperature" in facts and "by_share" not in facts
    assert not (tmp_path / "classification").exists()


@pytest.mark.parametrize("name", shipped.NAMES)
def test_the_cards_say_what_the_facts_say(name):
    card = (shipped.FOLDER / f"{name}.md").read_text(encoding="utf-8")
    assert card == release.card(name, shipped.facts(name))


def test_a_colorizer_is_judged_at_one_size_whatever_size_it_sees():
    rgb = scenes.draw(4, 64, seed=1).rgb

    class Grey:
        def predict_ab(self, L):
            self.seen = L.shape
            return np.zeros((*L.shape[:3], 2), np.float32)

    grey = Grey()
    at_32, at_64 = release.judge(grey, rgb, 32), release.judge(grey, rgb)
    assert grey.seen == (4, 64, 64, 1)
    assert at_32 == at_64
    assert at_64["above_grey"] == 0 and at_64["colorfulness"] < 1
    assert at_64["auc"] == pytest.approx(metrics.auc(color.split(rgb)[1], np.zeros((4, 64, 64, 2))))


def test_above_grey_is_that_of_the_set_where_it_is_least(monkeypatch):
    monkeypatch.setattr(recipes, "TUNING", 2)
    rgb = scenes.draw(4, 64, seed=1).rgb

    class KnowsTwo:
        def predict_ab(self, L):
            return color.split(rgb)[1] * np.array([1, 1, 0, 0])[:, None, None, None]

    assert release.judge(KnowsTwo(), rgb)["above_grey"] == 0


def test_a_recipe_that_does_not_exist_is_named_with_those_that_do(capsys):
    assert cli.main(["train", "vivd"]) == 1
    assert "'vivd'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("above_grey", "chosen"), [([2, 1, 0.4], 0.6), ([2, 0.4, 1], 1.0), ([0.1, 0, -1], 0.3)]
)
def test_the_share_is_the_largest_that_stays_above_grey_or_the_smallest(above_grey, chosen):
    measured = zip((0.3, 0.6, 1.0), above_grey, strict=True)
    by_share = [{"share": share, "above_grey": value} for share, value in measured]
    assert release.choose(by_share) == chosen


def test_weights_between_two_networks_are_those_of_the_line():
    (found,) = release.mixed([np.array([0.0, 4.0])], [np.array([2.0, 0.0])], 0.25)
    np.testing.assert_allclose(found, [0.5, 3.0])
