import json
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib import pyplot as plt

from coursekit import color, experiments, metrics
from coursekit.datasets import scenes
from coursekit.lesson import ladder


class Paints:
    """Predicts the truth, times a strength."""

    def __init__(self, rgb, strength):
        self.L, self.ab = color.split(rgb)
        self.strength = strength

    def predict_ab(self, L):
        # The photos that are shown come by themselves: find them by their L.
        each = [np.abs(self.L - one).sum(axis=(1, 2, 3)).argmin() for one in L]
        return self.strength * self.ab[each]


@pytest.fixture(scope="module")
def photos():
    return scenes.draw(6, 32, seed=0).rgb


@pytest.fixture
def board(photos, tmp_path):
    return on("05", photos, tmp_path)


def on(lesson, photos, folder):
    return ladder.Ladder(lesson, photos, photos, folder / "own.jsonl", folder / "recorded.jsonl")


def test_a_rung_is_scored_photo_by_photo_and_compared_with_the_mean_colour(board, photos):
    for seed, strength in enumerate([0.8, 0.9, 1.0]):
        found = board.add("bold", Paints(photos, strength), seed, seconds=60)
    assert found["auc"] == pytest.approx(100)
    bold, mean = board.scores("bold", "auc"), board.scores("mean colour", "auc")
    assert bold.shape == (3, 6) and mean.shape == (6,)
    _, ab = color.split(photos)
    constant = np.broadcast_to(metrics.mean_ab(photos), ab.shape)
    assert mean.mean() == pytest.approx(metrics.auc(ab, constant))
    assert experiments.compare(bold, mean, family=4).verdict == "holds"


@pytest.fixture
def shown(monkeypatch):
    """What would be displayed."""
    calls = []
    monkeypatch.setattr(ladder, "display", lambda data, raw: calls.append(data))
    return calls


def test_lines_are_kept_and_a_later_lesson_stands_on_them(board, photos, tmp_path, shown):
    board.add("bold", Paints(photos, 1.0), seconds=90)
    later = on("06", photos, tmp_path)
    later.add("bolder", Paints(photos, 0.5))
    assert later.rungs == ["05 · bold", "06 · bolder"]
    later.table()
    lines = shown[0]["text/plain"].splitlines()
    names = ["grey", "mean colour", "05 · bold", "06 · bolder"]
    assert [line.startswith(name) for line, name in zip(lines[2:], names, strict=True)] == [
        True
    ] * 4
    assert "1.5" in lines[4]
    # An earlier lesson does not know what comes.
    assert on("05", photos, tmp_path).rungs == ["05 · bold"]


def test_the_table_says_the_same_as_text_and_as_cells_with_heads(board, photos, shown):
    board.add("bold < brave", Paints(photos, 0.9), seconds=90)
    board.table()
    about, *lines = shown[0]["text/plain"].splitlines()
    table = ElementTree.fromstring(shown[0]["text/html"])
    assert table.findtext("caption") == about
    heads = [cell.text for cell in table.iterfind("thead/tr/th[@scope='col']")]
    assert heads == [*ladder.MEASURES.values(), "seeds", "minutes"]
    rows = [["".join(cell.itertext()) for cell in row] for row in table.iterfind("tbody/tr")]
    assert [row[0] for row in rows] == ["grey", "mean colour", "05 · bold < brave"]
    assert rows[2][-2:] == ["1", "1.5"]
    assert [line.split() for line in lines] == [" ".join(cells).split() for cells in (heads, *rows)]


def test_what_ships_stands_last_in_every_lesson_and_has_no_seeds(photos, tmp_path):
    on(ladder.SHIPPED, photos, tmp_path).add("vivid", Paints(photos, 1.0))
    board = on("02", photos, tmp_path)
    board.add("beta", Paints(photos, 0.5))
    assert board.rungs == ["02 · beta", "ships · vivid"]
    assert board.scores("ships · vivid", "auc").shape == (6,)


def test_the_readers_own_run_takes_the_place_of_the_recorded_one(photos, tmp_path):
    recorded = tmp_path / "recorded.jsonl"
    first = on("05", photos, tmp_path)
    for seed in (0, 1):
        first.add("bold", Paints(photos, 0.2), seed)
    (tmp_path / "own.jsonl").rename(recorded)
    board = on("05", photos, tmp_path)
    board.add("bold", Paints(photos, 1.0), 0)
    assert np.argmax(board.scores("bold", "auc").mean(axis=1)) == 0
    assert len(board.scores("bold", "auc")) == 2
    assert len(ladder.read(tmp_path / "own.jsonl")) == 1


def test_other_photos_have_a_ladder_of_their_own(board, photos, tmp_path):
    board.add("bold", Paints(photos, 1.0))
    assert on("05", photos[::-1].copy(), tmp_path).rungs == []


def test_the_strip_shows_what_each_rung_painted(board, photos):
    board.add("bold", Paints(photos, 1.0))
    figure = board.strip()
    assert [axis.get_title() for axis in figure.axes[:3]] == ["grey", "05 · bold", "true"]
    grey, bold, true = (axis.images[0].get_array().astype(float) for axis in figure.axes[:3])
    assert np.abs(bold - true).mean() < np.abs(grey - true).mean() / 2
    plt.close(figure)


def test_the_picture_has_a_panel_a_measure(board, photos):
    board.add("bold", Paints(photos, 1.0))
    figure = board.picture()
    assert [axis.get_xlabel() for axis in figure.axes] == list(ladder.MEASURES.values())
    plt.close(figure)


def test_unknown_names_are_told_with_those_that_there_are(board, photos):
    board.add("bold", Paints(photos, 1.0))
    with pytest.raises(ValueError, match="05 · bold"):
        board.scores("timid", "auc")
    with pytest.raises(ValueError, match="rare_recall"):
        board.scores("bold", "beauty")


def test_a_line_of_another_kind_is_named(photos, tmp_path):
    (tmp_path / "own.jsonl").write_text(json.dumps({"lesson": "05"}) + "\n")
    with pytest.raises(ValueError, match=r"own.jsonl, line 1"):
        on("05", photos, tmp_path)


def test_the_lines_that_ship_are_of_the_photos_of_laptop_and_of_gpu():
    lines = ladder.read(ladder.RECORDED)
    sets = {line["photos"] for line in lines}
    assert len(sets) == 2
    for photos in sets:
        assert {"vivid", "classification", "regression"} <= {
            line["name"]
            for line in lines
            if (line["lesson"], line["photos"]) == (ladder.SHIPPED, photos)
        }
    assert all(len(each) == 400 for line in lines for each in line["each"].values())
