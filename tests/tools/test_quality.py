"""The quality report: tables, sheets whose numbers are those of their pictures, the command."""

import json
import re
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import skimage.data
from PIL import Image
from skimage.color import deltaE_ciede2000, rgb2lab

from coursekit import cli, color, colorizer, metrics
from coursekit.tools import quality
from coursekit.tools.quality import photosets, report


@pytest.fixture(scope="module")
def reddish(tmp_path_factory):
    """The file of a colorizer that paints everything with one known colour, a = 40, b = 20."""
    network = keras.Sequential([keras.layers.Input((None, None, 1)), keras.layers.Conv2D(2, 1)])
    network.set_weights([np.zeros((1, 1, 1, 2)), np.array([40, 20]) / 128])
    file = tmp_path_factory.mktemp("models") / "reddish.keras"
    colorizer.Colorizer(network, size=32).save(file)
    return str(file)


@pytest.fixture(scope="module")
def photos():
    """Ten squares of a colourful photo, no two alike."""
    rgb = skimage.data.astronaut()
    return np.stack(
        [rgb[y : y + 32, x : x + 32] for y in (0, 100, 200, 300, 400) for x in (100, 250)]
    )


def by_name(rows):
    return {row["name"]: row for row in rows}


ROWS = [
    {
        "name": name,
        "photos": 9,
        **{key: (value, value - 1, value + 1) for key in report.COLUMNS},
        "each": {"delta_e": each},
    }
    for name, value, each in (
        ("grey", 50.04, [9.0] * 9),
        ("vivid", 61.26, [8.0, 1, 7, 2, 6, 3, 5, 4, 9]),
    )
]


def test_the_table_is_markdown_with_columns_that_line_up():
    lines = quality.table(ROWS).splitlines()
    assert len({len(line) for line in lines}) == 1 and len(lines) == 4
    assert lines[0].split("|")[2].strip() == "AuC, %"
    assert lines[3].split("|")[1:3] == [" vivid ", " 61.3 (60.3…62.3) "]
    assert lines[2].split("|")[3].strip() == "–"  # grey above grey says nothing


def test_photos_of_a_sheet_are_chosen_by_the_numbers_alone():
    assert report.pick(ROWS, "vivid") == {
        1: "best",
        3: "best",
        7: "median",
        6: "median",
        0: "worst",
        8: "worst",
    }
    few = [{"name": "vivid", "photos": 2, "each": {"delta_e": [5.0, 3.0]}}]
    assert report.pick(few, "vivid") == {1: "best", 0: "worst"}
    with pytest.raises(ValueError, match="no row 'regression'; there are grey, vivid"):
        report.pick(ROWS, "regression")


def pictures(figure, rows, columns):
    """The pictures of a sheet, row by row, all of one size."""
    shown = np.array([axis.images[0].get_array() for axis in figure.axes])
    return shown.reshape(rows, columns, *shown.shape[1:])


def test_a_sheet_has_a_row_for_the_grey_photo_each_colorizer_and_the_truth(photos, reddish):
    painter = colorizer.load(reddish)
    rows = metrics.measure({"reddish": painter}, photos, progress=False)
    figure, alt = quality.sheet({"reddish": painter}, "album", photos, rows)
    given, painted, truth = pictures(figure, 3, 6)
    chosen = report.pick(rows, "reddish")
    assert np.ptp(given, axis=-1).max() <= 1  # grey
    np.testing.assert_array_equal(painted, [painter.colorize(photos[i]) for i in chosen])
    np.testing.assert_array_equal(truth, photos[list(chosen)])
    titles = [axis.get_title() for axis in figure.axes[:6]]
    assert titles == [f"{kind} of reddish,\nas measured" for kind in chosen.values()]
    assert alt.startswith("6 photos of album in 3 rows")
    assert "2 best, 2 median, 2 worst of reddish, as measured" in alt
    with pytest.raises(ValueError, match="9 photos, but the rows are of 10"):
        quality.sheet({"reddish": painter}, "album", photos[:9], rows)


class Faded:
    """Lays half the colour of a photo of another size on what it is given."""

    def colorize(self, rgb):
        L, ab = color.split(rgb)
        return color.join(L, 0.5 * np.roll(ab, 8, axis=0))


def test_the_numbers_of_a_sheet_are_those_of_the_pictures_above_them(photos, reddish):
    # Measured at 32 pixels, shown at 64, from photos whose L is not the truth's.
    painter = colorizer.load(reddish)
    rows = metrics.measure({"one": painter, "two": painter}, photos, progress=False)
    large = photos.repeat(2, axis=1).repeat(2, axis=2)
    figure, alt = quality.sheet(
        {"one": painter, "two": Faded()}, "album", large, rows, "two", 255 - large
    )
    _, *painted, truth = pictures(figure, 4, 6)
    printed = [axis.get_xlabel() for axis in figure.axes]
    assert printed[:6] == printed[18:] == [""] * 6
    for number, row in enumerate(painted, start=1):
        own = [
            f"{deltaE_ciede2000(rgb2lab(right), rgb2lab(made)).mean():.1f}"
            for right, made in zip(truth, row, strict=True)
        ]
        assert printed[6 * number : 6 * number + 6] == [f"ΔE {error}" for error in own]
    assert alt.endswith(f"of two's pictures here is {', '.join(own)}.")
    measured = by_name(rows)["two"]["each"]["delta_e"]
    assert own != [f"{measured[i]:.1f}" for i in report.pick(rows, "two")]


@pytest.fixture
def folder(tmp_path, cache, photos):
    """Ten photos in colour and one without, of one's own."""
    (tmp_path / "album").mkdir()
    for i, photo in enumerate([*photos, np.full((32, 32, 3), 90, np.uint8)]):
        Image.fromarray(photo).save(tmp_path / "album" / f"{i}.png")
    return str(tmp_path / "album")


def test_of_a_folder_all_photos_in_colour_are_measured(folder, reddish, tmp_path, capsys):
    out = tmp_path / "out"
    assert cli.main(["quality", folder, "--models", reddish, "--size", "32", "-o", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "10 photos (all that there are, 1 without colour left out), 32 × 32 pixels" in printed
    [data] = json.loads((out / "report.json").read_text(encoding="utf-8"))
    rows = by_name(data["rows"])
    assert list(rows) == ["random", "grey", "mean colour", "reddish"]
    [photos] = photosets.load(folder, 32)
    _, ab = color.split(photos.rgb)
    expected = metrics.auc(ab, np.broadcast_to([40, 20], ab.shape))
    assert rows["reddish"]["auc"][0] == pytest.approx(expected, abs=0.5)
    page = (out / "report.md").read_text(encoding="utf-8")
    assert quality.table(data["rows"]) in page and quality.table(data["rows"]) in printed
    [alt, picture] = re.search(r"!\[(.+)]\((.+\.png)\)", page).groups()
    assert (out / picture).read_bytes()[:4] == b"\x89PNG" and len(alt.split()) > 20


def test_photos_held_back_are_guessed_with_the_mean_of_the_others(tmp_path, cache, photos):
    for i, photo in enumerate(photos):
        part = tmp_path / "album" / ("train" if i < 6 else "val")
        part.mkdir(parents=True, exist_ok=True)
        Image.fromarray(photo).save(part / f"{i}.png")
    [held_back] = photosets.load(tmp_path / "album", 32, split="val")
    assert len(held_back.rgb) == 4 and held_back.facts["mean colour of"] == "its 6 training photos"
    training = color.split(photos[:6])[1].mean((0, 1, 2))
    np.testing.assert_allclose(held_back.mean, training, atol=1)  # stored as JPEG
    [some] = photosets.load(tmp_path / "album", 32, limit=7)
    assert len(some.rgb) == 7 and some.facts["mean colour of"].startswith(
        "the measured photos themselves"
    )


def test_of_historic_photos_those_with_true_colours_count_by_composite_and_by_exposure(
    real, monkeypatch
):
    monkeypatch.setenv("COURSEKIT_DATA", str(real("historic")))
    composite, exposure = photosets.load("historic", 32)
    assert len(composite.rgb) == len(exposure.rgb) == 24
    np.testing.assert_array_equal(composite.rgb, exposure.rgb)
    assert (exposure.given == exposure.given[..., :1]).mean() > 0.99  # grey
    L, seen = (
        color.split(composite.rgb)[0].reshape(24, -1),
        color.split(exposure.given)[0].reshape(24, -1),
    )
    alike = np.corrcoef(L, seen)[:24, 24:]  # composite against exposure
    assert (alike.argmax(axis=1) == np.arange(24)).all()  # of the same plate
    assert "flatters" in composite.facts["mean colour of"]


def test_default_sets_that_are_not_at_hand_are_left_out_with_a_line(cache, reddish, capsys):
    assert cli.main(["quality", "--models", reddish]) == 1
    said = capsys.readouterr().err
    for name in photosets.DEFAULT:
        assert f"{name}: left out, not at hand; `coursekit data get {name}`" in said
    assert "coursekit quality scenes" in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--size", "60"], "--size 60: give a multiple of 8, such as 56"),
        (["scenes", "--models", "nothing.keras"], "nothing.keras: no such file"),
        (["flwers"], "did you mean 'flowers'"),
        (["landscapes"], "landscapes cannot be fetched by a program"),
        (["EMPTY"], "no photo"),
        (["GREY"], "grey: 0 of 3 photos are in colour"),
        (["scenes", "--limit", "0"], "limit 0"),
        (["scenes", "--by", "vivid"], "--by vivid: no such colorizer; there are reddish"),
        (["scenes", "--guide"], "add historic"),
        (["historic", "EMPTY", "--guide"], "data sets of the course only"),
        (["scenes", "--models", "REDDISH", "REDDISH"], "two colorizers are called reddish"),
    ],
)
def test_bad_input_is_named_with_the_way_out(
    arguments, message, cache, tmp_path, reddish, capsys, monkeypatch
):
    (tmp_path / "empty").mkdir()
    (tmp_path / "grey").mkdir()
    for shade in (60, 120, 180):
        Image.fromarray(np.full((32, 32, 3), shade, np.uint8)).save(
            tmp_path / "grey" / f"{shade}.png"
        )
    monkeypatch.chdir(tmp_path)
    arguments = [
        {"EMPTY": "empty", "GREY": "grey", "REDDISH": reddish}.get(each, each) for each in arguments
    ]
    models = [] if "--models" in arguments else ["--models", reddish]
    assert cli.main(["quality", *arguments, *models]) == 1
    assert message in capsys.readouterr().err


def test_the_guide_gets_a_short_table_and_a_sheet_of_free_photos(
    real, tmp_path, reddish, monkeypatch
):
    monkeypatch.setenv("COURSEKIT_DATA", str(real("historic")))
    monkeypatch.chdir(tmp_path)
    guide = Path("docs/guides/quality.md")
    guide.parent.mkdir(parents=True)
    guide.write_text("before\n<!-- quality -->\nold\n<!-- /quality -->\nafter\n", encoding="utf-8")
    assert cli.main(["quality", "historic", "--size", "32", "--models", reddish, "--guide"]) == 0
    text = guide.read_text(encoding="utf-8")
    assert text.startswith("before\n<!-- quality -->\n") and text.endswith(
        "<!-- /quality -->\nafter\n"
    )
    assert "old" not in text and "historic (24)" in text
    assert re.search(r"\| reddish +\| \d\d\.\d · \d\d\.\d · \d+ +\|", text)
    assert Path("notebooks/images/quality.png").stat().st_size > 1000


def test_a_guide_without_marks_is_named(tmp_path):
    (tmp_path / "quality.md").write_text("nothing", encoding="utf-8")
    with pytest.raises(ValueError, match="<!-- quality -->"):
        report.write_guide("text", tmp_path / "quality.md")


def test_importing_the_room_loads_neither_keras_nor_matplotlib():
    code = "import sys, coursekit.tools.quality; print({'keras', 'matplotlib'} & {*sys.modules})"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip()
        == "set()"
    )
