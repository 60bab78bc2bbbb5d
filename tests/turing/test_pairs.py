import io
import json
import shutil

import numpy as np
import pytest
import skimage.color
from PIL import Image

from coursekit import color
from coursekit import photos as photo_files
from coursekit.turing import Experiment, Protocol, Trial, TuringError, build

from .conftest import PROTOCOL, Faded

WAYS = ("real", "random", "dull", "vivid")


def lightness(rgb):
    return skimage.color.rgb2lab(rgb)[..., 0]


def files(experiment):
    return [path.read_bytes() for path in sorted(experiment.folder.rglob("*.png"))]


def test_every_picture_has_the_same_size_in_pixels_and_bytes_and_no_metadata(experiment):
    pictures = files(experiment)
    assert len({len(png) for png in pictures}) == 1
    for png in pictures:
        image = Image.open(io.BytesIO(png))
        assert (image.size, image.mode, image.info) == ((32, 32), "RGB", {})


@pytest.mark.filterwarnings("ignore:Conversion from CIE-LAB")
def test_real_and_fake_agree_in_L_even_where_the_fake_has_impossible_colours(experiment):
    # 8 bits alone move L by up to 0.25, so two pictures differ by up to 0.5; clipping the channels
    # of "vivid" moves it by far more than this.
    for photo in experiment.photos:
        real = lightness(experiment.picture(photo, "real"))
        for way in WAYS[1:]:
            assert np.abs(lightness(experiment.picture(photo, way)) - real).max() < 0.5
    real = skimage.color.rgb2lab(experiment.picture("photo 0", "real"))
    clipped = skimage.color.lab2rgb(real * (1, 3, 3))
    assert np.abs(lightness(clipped) - real[..., 0]).max() > 2


def test_colours_go_the_way_back_to_sRGB_that_every_colorizer_goes(experiment, photos):
    L, ab = color.split(photo_files.center_crop(photos["photo 2"], 32))
    _, vivid = color.split(Faded(3).colorize(photo_files.center_crop(photos["photo 2"], 32)))
    for kind, its_ab in (("real", ab), ("vivid", vivid)):
        expected = color.join(L, its_ab)
        assert np.array_equal(experiment.picture("photo 2", kind), expected)


def test_the_real_picture_is_the_photo_cut_and_resized(experiment, photos):
    for name, rgb in photos.items():
        square = photo_files.center_crop(rgb, 32)
        assert np.abs(experiment.picture(name, "real").astype(int) - square).max() <= 1


def test_a_fake_is_what_the_colorizer_made_of_the_square(experiment, photos):
    square = photo_files.center_crop(photos["photo 1"], 32)
    expected = Faded(0.3).colorize(square).astype(int)
    assert np.abs(experiment.picture("photo 1", "dull") - expected).mean() < 0.5


def test_the_random_fake_is_vivid_and_its_colours_have_nothing_to_do_with_the_photo(experiment):
    chroma = {way: [] for way in ("real", "random")}
    alike = []
    for name in experiment.photos:
        planes = {
            way: skimage.color.rgb2lab(experiment.picture(name, way))[..., 1:] for way in chroma
        }
        for way, ab in planes.items():
            chroma[way].append(np.linalg.norm(ab, axis=-1).mean())
        alike.append(np.corrcoef(planes["real"].ravel(), planes["random"].ravel())[0, 1])
    assert np.min(chroma["random"]) > 1.2 * np.mean(chroma["real"])
    assert abs(np.mean(alike)) < 0.15


def test_a_pair_puts_the_real_picture_where_the_plan_says(experiment):
    for real in ("left", "right"):
        pair = dict(
            zip(
                ("left", "right"),
                experiment.pair(Trial(1, "test", "photo 2", "dull", real)),
                strict=True,
            )
        )
        shown = np.array(Image.open(io.BytesIO(pair[real])))
        assert np.array_equal(shown, experiment.picture("photo 2", "real"))
        assert pair["left"] != pair["right"]


def test_no_file_name_tells_what_the_picture_is(experiment):
    names = [path.stem for path in (experiment.folder / "pictures").iterdir()]
    assert all(len(name) == 20 and set(name) <= set("0123456789abcdef") for name in names)


def test_a_copied_folder_is_the_same_experiment(experiment, tmp_path):
    copy = Experiment(shutil.copytree(experiment.folder, tmp_path / "copy"))
    assert (copy.id, copy.photos, copy.colorizers, copy.protocol) == (
        experiment.id,
        experiment.photos,
        ("dull", "vivid"),
        PROTOCOL,
    )
    assert np.array_equal(copy.picture("photo 3", "vivid"), experiment.picture("photo 3", "vivid"))


def test_building_the_same_again_changes_nothing_and_building_another_is_refused(
    tmp_path, photos, colorizers
):
    first = build(tmp_path, photos, colorizers, PROTOCOL)
    assert build(tmp_path, photos, colorizers, PROTOCOL).id == first.id
    with pytest.raises(TuringError, match="holds another experiment, and votes may belong to it"):
        build(tmp_path, photos, {"dull": colorizers["dull"]}, PROTOCOL)
    assert Experiment(tmp_path).id == first.id


def test_ready_fakes_in_a_folder_do_as_well_as_a_colorizer(
    tmp_path, photos, experiment, colorizers
):
    (tmp_path / "ready").mkdir()
    for name, rgb in photos.items():
        Image.fromarray(colorizers["dull"].colorize(rgb)).save(tmp_path / "ready" / f"{name}.png")
    made = build(tmp_path / "experiment", photos, {"ready": tmp_path / "ready"}, PROTOCOL)
    # Coloured before or after resizing: nearly the same.
    difference = made.picture("photo 5", "ready").astype(int) - experiment.picture(
        "photo 5", "dull"
    )
    assert np.abs(difference).mean() < 2


def test_ready_fakes_that_are_missing_or_of_another_size_are_named(tmp_path, photos):
    with pytest.raises(TuringError, match=r"0 files called photo 0\.\*"):
        build(tmp_path / "experiment", photos, {"ready": tmp_path}, PROTOCOL)
    Image.new("RGB", (32, 32), "red").save(tmp_path / "photo 0.png")
    with pytest.raises(TuringError, match="photo 0.png: 32 × 32 pixels, the photo has 40 × 40"):
        build(tmp_path / "experiment", photos, {"ready": str(tmp_path)}, PROTOCOL)


def test_photos_too_small_or_grey_are_named_with_the_way_out(tmp_path, photos, colorizers):
    with pytest.raises(
        TuringError, match="photo tiny: 40 × 31 pixels, the test shows 32.*smaller size"
    ):
        build(tmp_path, {**photos, "tiny": photos["photo 0"][:31]}, colorizers, PROTOCOL)
    noise = np.random.default_rng(0).integers(0, 255, (40, 40, 1), np.uint8)
    # A grey photo is never quite grey.
    sensor = np.random.default_rng(1).integers(0, 3, (40, 40, 3), np.uint8)
    with pytest.raises(TuringError, match="photo fog: grey.*leave it out"):
        build(
            tmp_path,
            {**photos, "fog": np.clip(noise.astype(int) + sensor, 0, 255).astype(np.uint8)},
            colorizers,
            PROTOCOL,
        )


@pytest.mark.parametrize(
    "made, message",
    [
        ({}, "no colorizers"),
        ({"real": Faded(1)}, "cannot be called 'real'"),
        ({"random": Faded(1)}, "called 'random'"),
    ],
)
def test_colorizers_must_be_there_and_have_names_of_their_own(tmp_path, photos, made, message):
    with pytest.raises(TuringError, match=message):
        build(tmp_path, photos, made, PROTOCOL)


def test_too_few_photos_for_the_protocol_are_counted(tmp_path, photos, colorizers):
    with pytest.raises(TuringError, match="14 photos for 10 practice pairs and 40 more"):
        build(tmp_path, photos, colorizers, Protocol(size=32))


class Wrong:
    def colorize(self, rgb):
        return rgb / 255


def test_a_colorizer_that_gives_no_photo_is_named(tmp_path, photos):
    with pytest.raises(
        TuringError, match="colorizer wrong: gave float64 .* for photo photo 0, not uint8"
    ):
        build(tmp_path, photos, {"wrong": Wrong()}, PROTOCOL)


def test_a_folder_without_with_a_damaged_or_with_a_newer_experiment_is_named(tmp_path, experiment):
    with pytest.raises(TuringError, match="no experiment.json in it; coursekit.turing.build"):
        Experiment(tmp_path)
    index = tmp_path / "experiment.json"
    for content in (b'{"format": "coursekit', b"[1]", b"\xff\xfe"):
        index.write_bytes(content)
        with pytest.raises(TuringError, match="experiment.json is damaged"):
            Experiment(tmp_path)
    newer = {
        **json.loads((experiment.folder / "experiment.json").read_text(encoding="utf-8")),
        "format": "… 2",
    }
    index.write_text(json.dumps(newer), encoding="utf-8")
    with pytest.raises(TuringError, match="written as '… 2'"):
        Experiment(tmp_path)


def test_a_missing_or_changed_picture_is_noticed_when_it_is_shown(tmp_path, experiment):
    copy = Experiment(shutil.copytree(experiment.folder, tmp_path / "copy"))
    trial = Trial(1, "test", "photo 4", "dull", "left")
    paths = sorted((copy.folder / "pictures").iterdir())
    for path in paths:
        path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(TuringError, match=r"\.png: damaged; copy the folder again"):
        copy.pair(trial)
    for path in paths:
        path.unlink()
    with pytest.raises(TuringError, match=r"\.png: missing"):
        copy.pair(trial)
    with pytest.raises(KeyError, match="no picture 'other'"):
        copy.picture("photo 4", "other")
