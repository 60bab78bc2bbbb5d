"""The colorizers of the course: whole, small, and as good as their cards and the guide say."""

import hashlib
import json
import shutil

import numpy as np
import pytest
import skimage.data

from coursekit import color, colorizer, datasets, metrics, photos
from coursekit.colorizer import shipped

PROMISED = ("flowers", "landscapes", "imagenette")


def test_together_they_are_small_and_those_of_their_cards():
    assert (
        sum((shipped.FOLDER / f"{name}.npz").stat().st_size for name in shipped.NAMES) < 25_000_000
    )
    for name in shipped.NAMES:
        weights, facts = (shipped.FOLDER / f"{name}.npz").read_bytes(), shipped.facts(name)
        assert (len(weights), hashlib.sha256(weights).hexdigest()) == (
            facts["bytes"],
            facts["sha256"],
        )
        assert abs(facts["half_precision_costs"]["auc"]) < 0.01


@pytest.mark.parametrize("name", PROMISED)
def test_what_the_readme_says_of_photos_held_back_was_measured(name):
    rows = next(
        each["rows"] for each in shipped.facts("vivid")["results"] if each["facts"]["set"] == name
    )
    values = {
        row["name"]: {key: value[0] for key, value in row.items() if isinstance(value, list)}
        for row in rows
    }
    assert max(values, key=lambda row: values[row]["rebalanced_auc"]) == "vivid"
    assert 80 <= values["vivid"]["colorfulness_kept"] <= 120
    assert max(values, key=lambda row: values[row]["psnr"]) == "regression"
    for row in ("regression", "vivid"):
        assert values[row]["auc"] > max(values["grey"]["auc"], values["mean colour"]["auc"])


@pytest.fixture(scope="module")
def painters():
    return {name: colorizer.load(name) for name in shipped.NAMES}


def test_on_well_known_photos_vivid_is_the_most_colourful_and_all_beat_grey(painters):
    rgb = np.stack(
        [
            photos.center_crop(photo, 96)
            for photo in (skimage.data.chelsea(), skimage.data.coffee(), skimage.data.rocket())
        ]
    )
    L, ab = color.split(rgb)
    found = {name: each.predict_ab(L) for name, each in painters.items()}
    colourful = {
        name: metrics.colorfulness(color.join(L, each)).mean() for name, each in found.items()
    }
    assert colourful["regression"] < colourful["classification"] < colourful["vivid"]
    assert all(metrics.auc(ab, each) > metrics.auc(ab, 0 * ab) for each in found.values())


@pytest.mark.parametrize("name", PROMISED)
def test_photos_held_back_are_coloured_as_well_as_the_card_says(name, real, painters, monkeypatch):
    monkeypatch.setenv("COURSEKIT_DATA", str(real(name)))
    rgb = datasets.load(name, "val", 96, limit=100, progress=False)[0]
    rows = {
        row["name"]: row
        for row in metrics.measure({"vivid": painters["vivid"]}, rgb, progress=False)
    }
    claimed = next(
        each["rows"] for each in shipped.facts("vivid")["results"] if each["facts"]["set"] == name
    )
    claimed = next(row for row in claimed if row["name"] == "vivid")
    value, low, high = rows["vivid"]["auc"]
    assert low - 1 <= claimed["auc"][0] <= high + 1


def test_white_paper_stays_white_and_ink_black(painters):
    page = np.full((64, 96, 3), 255, np.uint8)
    page[20:40, 10:80:3] = 0
    for each in painters.values():
        np.testing.assert_array_equal(each.colorize(page), page)


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """A shipped colorizer in a folder of its own."""
    for file in ("vivid.npz", "vivid.json"):
        shutil.copy(shipped.FOLDER / file, tmp_path)
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    return tmp_path


def test_a_shipped_colorizer_is_loaded_with_its_temperature_or_with_another(copied):
    (copied / "vivid.json").write_text(json.dumps({**shipped.facts("vivid"), "temperature": 0.5}))
    assert colorizer.load("vivid").decoder.temperature == 0.5
    assert colorizer.load("vivid", temperature=0.2).decoder.temperature == 0.2


def test_damaged_or_missing_weights_are_refused_with_the_way_out(copied):
    data = bytearray((copied / "vivid.npz").read_bytes())
    data[len(data) // 2] ^= 1
    (copied / "vivid.npz").write_bytes(data)
    with pytest.raises(ValueError, match="vivid.npz: damaged.*install coursekit again"):
        colorizer.load("vivid")
    (copied / "vivid.npz").unlink()
    with pytest.raises(ValueError, match="vivid.npz: missing; install coursekit again"):
        colorizer.load("vivid")
    (copied / "vivid.json").unlink()
    with pytest.raises(ValueError, match="vivid.json: missing; install coursekit again"):
        colorizer.load("vivid")


@pytest.mark.parametrize("name", shipped.NAMES)
def test_a_description_fits_the_facts_and_the_network(name):
    described = shipped.SHIPPED[name]
    assert shipped.facts(name)["temperature"] == described.temperature
    assert shipped.network(name).output_shape[-1] == described.outputs
