"""The quality report: numbers that agree with the metrics on all pixels, intervals, tables, sheets, the command."""

import json
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import skimage.data
from PIL import Image
from scipy import stats

from coursekit import cli, color, colorizer, metrics
from coursekit.tools import quality
from coursekit.tools.quality import measuring, photosets, report


class Oracle:
    """Answers with what it was told, in the order of the photos; counts how many it was shown at once."""

    def __init__(self, ab):
        self.ab, self.at, self.most = ab, 0, 0

    def predict_ab(self, L):
        self.most, self.at = max(self.most, len(L)), self.at + len(L)
        return self.ab[self.at - len(L) : self.at]


@pytest.fixture(scope="module")
def photos():
    """Ten squares of a colourful photo, no two alike."""
    rgb = skimage.data.astronaut()
    return np.stack(
        [rgb[y : y + 32, x : x + 32] for y in (0, 100, 200, 300, 400) for x in (100, 250)]
    )


@pytest.fixture(scope="module")
def noisy(photos):
    """The true ab, some of it wrong, more so in later photos."""
    _, ab = color.split(photos)
    rng = np.random.default_rng(0)
    return (
        ab
        + rng.normal(0, 1, ab.shape).astype(np.float32)
        * np.arange(1, 11, dtype=np.float32)[:, None, None, None]
    )


@pytest.fixture(scope="module")
def reddish(tmp_path_factory):
    """The file of a colorizer that paints everything with one known colour, a = 40, b = 20."""
    network = keras.Sequential([keras.layers.Input((None, None, 1)), keras.layers.Conv2D(2, 1)])
    network.set_weights([np.zeros((1, 1, 1, 2)), np.array([40, 20]) / 128])
    file = tmp_path_factory.mktemp("models") / "reddish.keras"
    colorizer.Colorizer(network, size=32).save(file)
    return str(file)


def by_name(rows):
    return {row["name"]: row for row in rows}


def measure(colorizers, rgb, **options):
    return by_name(quality.measure(colorizers, rgb, progress=False, **options))


def test_every_number_is_that_of_the_metrics_on_all_pixels(photos, noisy):
    row = measure({"noisy": Oracle(noisy)}, photos, batch_size=3)["noisy"]
    L, ab = color.split(photos)
    made = color.join(L, noisy)
    assert row["photos"] == 10
    assert row["auc"][0] == pytest.approx(metrics.auc(ab, noisy))
    assert row["rebalanced_auc"][0] == pytest.approx(metrics.rebalanced_auc(ab, noisy))
    assert row["psnr"][0] == pytest.approx(metrics.psnr(photos, made))
    assert row["colorfulness"][0] == pytest.approx(metrics.colorfulness(made).mean())
    assert row["colorfulness_kept"][0] == pytest.approx(
        100 * metrics.colorfulness(made).mean() / metrics.colorfulness(photos).mean()
    )
    assert row["delta_e"][0] == pytest.approx(metrics.mean_delta_e(photos, made), rel=1e-5)
    assert row["over_grey"][0] == pytest.approx(metrics.auc(ab, noisy) - metrics.auc(ab, 0 * ab))
    each = [metrics.mean_delta_e(*pair) for pair in zip(photos, made, strict=True)]
    assert row["each"] == pytest.approx(each, rel=1e-5)


def test_a_prior_from_elsewhere_weighs_the_pixels(photos, noisy):
    prior = np.linspace(1, 2, 313)
    prior /= prior.sum()
    row = measure({"noisy": Oracle(noisy)}, photos, prior=prior)["noisy"]
    _, ab = color.split(photos)
    assert row["rebalanced_auc"][0] == pytest.approx(metrics.rebalanced_auc(ab, noisy, prior))


def test_who_knows_the_truth_makes_no_error_and_keeps_all_colour(photos):
    row = measure({"knows": Oracle(color.split(photos)[1])}, photos)["knows"]
    for key in ("auc", "rebalanced_auc", "colorfulness_kept"):
        assert row[key] == pytest.approx((100, 100, 100)), key
    assert row["psnr"] == (np.inf, np.inf, np.inf) and row["delta_e"] == pytest.approx(
        (0, 0, 0), abs=1e-4
    )


def test_the_baselines_are_another_photos_colours_no_colour_and_one_colour(photos):
    rows = measure({}, photos, mean=[10, 20])
    assert list(rows) == ["random", "grey", "mean colour"]
    _, ab = color.split(photos)
    assert rows["grey"]["auc"][0] == pytest.approx(metrics.auc(ab, 0 * ab))
    assert rows["grey"]["over_grey"] == (0, 0, 0)
    assert rows["grey"]["colorfulness_kept"][0] < 1
    assert rows["mean colour"]["auc"][0] == pytest.approx(
        metrics.auc(ab, np.broadcast_to([10, 20], ab.shape))
    )
    own = measure({}, photos)["mean colour"]["auc"][0]
    assert own == pytest.approx(metrics.auc(ab, np.broadcast_to(ab.mean((0, 1, 2)), ab.shape)))
    # With two photos there is no choice: each gets the other's.
    two = measure({}, photos[:2])["random"]["auc"][0]
    assert two == pytest.approx(metrics.auc(ab[:2], ab[1::-1]))
    # Every photo lends its colours once, so all colours of the set are there.
    assert rows["random"]["colorfulness_kept"][0] == pytest.approx(100, abs=15)


def test_the_interval_of_a_mean_is_that_of_the_normal_distribution():
    values = np.random.default_rng(1).normal(50, 4, 400)
    draws = measuring.redraw(400, np.random.default_rng(0), repeats=4000)
    value, low, high = measuring.interval(draws @ values / 400)
    assert value == pytest.approx(values.mean())
    assert (low, high) == pytest.approx(
        stats.norm.interval(0.95, values.mean(), stats.sem(values)), abs=0.03
    )
    assert (draws.sum(axis=1) == 400).all()


def test_intervals_hold_the_value_and_photos_that_are_all_alike_have_none(photos, noisy):
    row = measure({"noisy": Oracle(noisy)}, photos)["noisy"]
    for key in report.COLUMNS:
        value, low, high = row[key]
        assert low < value < high, key
    same = np.repeat(photos[:1], 5, axis=0)
    assert measure({}, same)["grey"]["auc"][1:] == pytest.approx(
        [measure({}, same)["grey"]["auc"][0]] * 2
    )


def test_the_same_seed_gives_the_same_rows_whatever_the_batches_and_the_company(photos, noisy):
    one = measure({"noisy": Oracle(noisy)}, photos, seed=3)
    other = measure(
        {"noisy": Oracle(noisy), "more": Oracle(0 * noisy)}, photos, seed=3, batch_size=4
    )
    for key in report.COLUMNS:
        assert one["noisy"][key] == pytest.approx(other["noisy"][key])
        assert one["random"][key] == pytest.approx(other["random"][key])


def test_colorizers_see_what_they_are_given_in_batches_and_their_colours_are_laid_on_the_true_lightness(
    photos, noisy
):
    class Looks(Oracle):
        def predict_ab(self, L):
            assert (L == 7).all()
            return super().predict_ab(L)

    looks = Looks(noisy)
    row = measure(
        {"looks": looks}, photos, L=np.full((10, 32, 32, 1), 7, np.float32), batch_size=4
    )["looks"]
    assert looks.most == 4
    assert row["psnr"][0] == pytest.approx(
        metrics.psnr(photos, color.join(color.split(photos)[0], noisy))
    )


class OfOneSize(Oracle):
    network = SimpleNamespace(input_shape=(None, 64, 64, 1))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rgb, ab: ({}, rgb[:1]), "1 photos: .*at least two"),
        (lambda rgb, ab: ({}, rgb[:, :20]), "32 × 20 pixels: sides must be multiples of 8"),
        (lambda rgb, ab: ({}, rgb.astype(float)), r"uint8 \(N, H, W, 3\), got float64"),
        (lambda rgb, ab: ({}, np.repeat(rgb[..., :1], 3, axis=-1)), "all photos are grey"),
        (lambda rgb, ab: ({"grey": Oracle(ab)}, rgb), "'grey', as a baseline is"),
        (lambda rgb, ab: ({"mine": Oracle(ab * np.nan)}, rgb), "colorizer mine: .*NaN"),
        (
            lambda rgb, ab: ({"mine": Oracle(ab[:, ::2])}, rgb),
            r"colorizer mine: .*\(10, 32, 32, 2\)",
        ),
        (
            lambda rgb, ab: ({"mine": OfOneSize(ab)}, rgb),
            "colorizer mine: .*64 × 64 pixels only.*at size 64",
        ),
    ],
)
def test_what_cannot_be_measured_is_named_with_the_way_out(change, message, photos, noisy):
    colorizers, rgb = change(photos, noisy)
    with pytest.raises(ValueError, match=message):
        quality.measure(colorizers, rgb, progress=False)


ROWS = [
    {
        "name": name,
        "photos": 9,
        **{key: (value, value - 1, value + 1) for key in report.COLUMNS},
        "each": each,
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
    few = [{"name": "vivid", "photos": 2, "each": [5.0, 3.0]}]
    assert report.pick(few, "vivid") == {1: "best", 0: "worst"}
    with pytest.raises(ValueError, match="no row 'regression'; there are grey, vivid"):
        report.pick(ROWS, "regression")


def test_a_sheet_has_a_row_for_the_grey_photo_each_colorizer_and_the_truth(photos, noisy, reddish):
    painter = colorizer.load(reddish)
    rows = quality.measure({"reddish": painter}, photos, progress=False)
    figure = quality.sheet({"reddish": painter}, photos, rows)
    shown = np.array([axis.images[0].get_array() for axis in figure.axes]).reshape(3, 6, 32, 32, 3)
    chosen = report.pick(rows, "reddish")
    assert np.ptp(shown[0], axis=-1).max() <= 1  # grey
    np.testing.assert_array_equal(shown[1], [painter.colorize(photos[i]) for i in chosen])
    np.testing.assert_array_equal(shown[2], photos[list(chosen)])
    assert [axis.get_title().split(",")[0] for axis in figure.axes[:6]] == list(chosen.values())
    worst = max(by_name(rows)["reddish"]["each"])
    assert (
        figure.axes[5].get_title() == f"worst, ΔE {worst:.1f}"
        and figure.axes[11].get_xlabel() == f"ΔE {worst:.1f}"
    )
    assert "2 best, 2 median, 2 worst of reddish" in report.alt({"reddish": painter}, "mine", rows)
    with pytest.raises(ValueError, match="9 photos, but the rows are of 10"):
        quality.sheet({"reddish": painter}, photos[:9], rows)


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
    assert rows["reddish"]["auc"][0] == pytest.approx(
        metrics.auc(ab, np.broadcast_to([40, 20], ab.shape)), abs=0.5
    )
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
    np.testing.assert_allclose(
        held_back.mean, color.split(photos[:6])[1].mean((0, 1, 2)), atol=1
    )  # stored as JPEG
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
        (["scenes", "--readme"], "add historic"),
        (["historic", "EMPTY", "--readme"], "data sets of the course only"),
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


def test_the_readme_gets_a_short_table_and_a_sheet_of_free_photos(
    real, tmp_path, reddish, monkeypatch
):
    monkeypatch.setenv("COURSEKIT_DATA", str(real("historic")))
    monkeypatch.chdir(tmp_path)
    Path("README.md").write_text(
        "before\n<!-- quality -->\nold\n<!-- /quality -->\nafter\n", encoding="utf-8"
    )
    assert cli.main(["quality", "historic", "--size", "32", "--models", reddish, "--readme"]) == 0
    text = Path("README.md").read_text(encoding="utf-8")
    assert text.startswith("before\n<!-- quality -->\n") and text.endswith(
        "<!-- /quality -->\nafter\n"
    )
    assert "old" not in text and "historic (24)" in text
    assert re.search(r"\| reddish +\| \d\d\.\d · \d\d\.\d · \d+ +\|", text)
    assert Path("notebooks/images/quality.png").stat().st_size > 1000


def test_a_readme_without_marks_is_named(tmp_path):
    (tmp_path / "README.md").write_text("nothing", encoding="utf-8")
    with pytest.raises(ValueError, match="<!-- quality -->"):
        report.write_readme("text", tmp_path / "README.md")


def test_importing_the_room_loads_neither_keras_nor_matplotlib():
    code = "import sys, coursekit.tools.quality; print({'keras', 'matplotlib'} & {*sys.modules})"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip()
        == "set()"
    )
