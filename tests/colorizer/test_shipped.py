"""The colorizers of the course: whole, small, and as good as their cards and the guide say."""

import hashlib
import json
import shutil

import numpy as np
import pytest
import skimage.data

from coursekit import color, colorizer, datasets, metrics, photos
from coursekit.colorizer import shipped
from coursekit.embeddings import efficientnet_lite0

PROMISED = ("flowers", "landscapes", "imagenette")


def results(name):
    """What vivid's card says of a set, a dict of values for each row."""
    found = next(each for each in shipped.facts("vivid")["results"] if each["facts"]["set"] == name)
    return {
        row["name"]: {key: value[0] for key, value in row.items() if isinstance(value, list)}
        for row in found["rows"]
    }


def test_together_they_are_small_and_those_of_their_cards():
    trunk = (shipped.FOLDER / shipped.TRUNK).read_bytes()
    last = {name: (shipped.FOLDER / f"{name}.npz").read_bytes() for name in shipped.NAMES}
    encoder = efficientnet_lite0.WEIGHTS.stat().st_size
    assert encoder + len(trunk) + sum(map(len, last.values())) < 14_000_000
    for name in shipped.NAMES:
        facts = shipped.facts(name)
        assert hashlib.sha256(last[name]).hexdigest() == facts["sha256"]
        assert hashlib.sha256(trunk).hexdigest() == facts["trunk_sha256"]
        assert (len(last[name]), len(trunk)) == (facts["bytes"], facts["trunk_bytes"])
        assert abs(facts["half_precision_costs"]["auc"]) < 0.01


SETS = ("flowers", "landscapes", "imagenette", "urban", "pets", "everyday", "photos")


@pytest.mark.parametrize("name", SETS)
def test_photos_held_back_are_coloured_better_than_by_one_colour(name):
    rows = results(name)
    better = {"grey", "mean colour"} - ({"mean colour"} if name == "photos" else set())
    for row in ("regression", "classification"):
        assert rows[row]["auc"] > max(rows[other]["auc"] for other in better)
    assert max(rows, key=lambda row: rows[row]["rebalanced_auc"]) == "vivid"
    assert rows["vivid"]["auc"] > rows["grey"]["auc"] - 1
    assert 80 <= rows["vivid"]["colorfulness_kept"] <= 115


@pytest.mark.parametrize(
    ("name", "points"), [*zip(SETS, (12, 10, 6.5, 7, 4, 7.5, 7.5), strict=True)]
)
def test_vivid_finds_rare_colours(name, points):
    rows = results(name)
    assert rows["vivid"]["rebalanced_auc"] > rows["grey"]["rebalanced_auc"] + points


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
    assert max(colourful, key=colourful.get) == "vivid"
    assert all(metrics.auc(ab, each) > metrics.auc(ab, 0 * ab) for each in found.values())


@pytest.mark.parametrize("name", PROMISED)
def test_photos_held_back_are_coloured_as_well_as_the_card_says(name, real, painters, monkeypatch):
    monkeypatch.setenv("COURSEKIT_DATA", str(real(name)))
    rgb = datasets.load(name, "val", 96, limit=100, progress=False)[0]
    rows = {
        row["name"]: row
        for row in metrics.measure({"vivid": painters["vivid"]}, rgb, progress=False)
    }
    value, low, high = rows["vivid"]["auc"]
    assert low - 1 <= results(name)["vivid"]["auc"] <= high + 1


def test_white_paper_stays_white_and_ink_black(painters):
    page = np.full((64, 96, 3), 255, np.uint8)
    page[20:40, 10:80:3] = 0
    for each in painters.values():
        np.testing.assert_array_equal(each.colorize(page), page)


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """A shipped colorizer in a folder of its own."""
    for file in ("vivid.npz", "vivid.json", shipped.TRUNK):
        shutil.copy(shipped.FOLDER / file, tmp_path)
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    return tmp_path


def test_a_shipped_colorizer_is_loaded_with_its_temperature_or_with_another(copied):
    (copied / "vivid.json").write_text(json.dumps({**shipped.facts("vivid"), "temperature": 0.5}))
    assert colorizer.load("vivid").decoder.temperature == 0.5
    assert colorizer.load("vivid", temperature=0.2).decoder.temperature == 0.2


@pytest.mark.parametrize("file", ["vivid.npz", shipped.TRUNK])
def test_damaged_or_missing_weights_are_refused_with_the_way_out(copied, file):
    data = bytearray((copied / file).read_bytes())
    data[len(data) // 2] ^= 1
    (copied / file).write_bytes(data)
    with pytest.raises(ValueError, match=f"{file}: damaged.*install coursekit again"):
        colorizer.load("vivid")
    (copied / file).unlink()
    with pytest.raises(ValueError, match=f"{file}: missing; install coursekit again"):
        colorizer.load("vivid")
    (copied / "vivid.json").unlink()
    with pytest.raises(ValueError, match="vivid.json: missing; install coursekit again"):
        colorizer.load("vivid")


@pytest.mark.parametrize("name", shipped.NAMES)
def test_a_description_fits_the_facts_and_the_network(name):
    described = shipped.SHIPPED[name]
    assert (shipped.facts(name)["temperature"] is None) == (described.outputs == 2)
    assert shipped.network(name).output_shape[-1] == described.outputs
