"""Photo files coloured: what a file says beside its pixels stays, and nothing is lost."""

import io
import os
import struct

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageCms

from coursekit import color, photos
from coursekit.colorizer import colorize_files

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
# The primaries of Adobe RGB (1998) under D50, as its profile gives them.
ADOBE = {
    b"rXYZ": (0.60974, 0.31111, 0.01947),
    b"gXYZ": (0.20528, 0.62567, 0.06087),
    b"bXYZ": (0.14919, 0.06322, 0.74457),
}


class Painter:
    """Paints everything with one colour."""

    def __init__(self, a=30, b=20):
        self.ab = np.float32([a, b])

    def colorize(self, rgb):
        L, ab = color.split(rgb)
        return color.join(L, np.broadcast_to(self.ab, ab.shape))


def paint(inputs, out, **options):
    return colorize_files(inputs, out, Painter(), **options)


def ramp(height=40, width=64):
    return np.tile(np.linspace(60, 180, width).astype(np.uint8), (height, 1))


def save(file, picture=None, **options):
    file.parent.mkdir(parents=True, exist_ok=True)
    picture = ramp() if picture is None else picture
    (picture if isinstance(picture, Image.Image) else Image.fromarray(picture)).save(
        file, **options
    )
    return file


def opened(file):
    with Image.open(file) as image:
        image.load()
    return image


def wide_gamut():
    """A sound RGB profile with the primaries of Adobe RGB and sRGB's curve."""
    profile = bytearray(SRGB.replace("sRGB".encode("utf-16-be"), "wide".encode("utf-16-be")))
    for number in range(struct.unpack(">I", profile[128:132])[0]):
        tag, offset, _ = struct.unpack(">4sII", profile[132 + 12 * number : 144 + 12 * number])
        if tag in ADOBE:
            profile[offset + 8 : offset + 20] = struct.pack(
                ">iii", *(round(value * 65536) for value in ADOBE[tag])
            )
    return bytes(profile)


def test_one_photo_goes_into_one_file_of_that_name(tmp_path):
    photo = save(tmp_path / "grey.png")
    report = paint(photo, tmp_path / "new" / "red.jpg")
    assert report.written == [tmp_path / "new" / "red.jpg"] and not report.broken
    assert opened(report.written[0]).format == "JPEG"
    L, ab = color.split(photos.read(report.written[0]))
    np.testing.assert_allclose(ab, np.broadcast_to([30, 20], ab.shape), atol=4)
    np.testing.assert_allclose(L, color.split(photos.read(photo))[0], atol=2)


def test_a_folder_comes_back_with_its_sub_folders_in_formats_that_hold_colour(tmp_path):
    album = tmp_path / "album"
    for name in (
        "a.jpg",
        "1900/b.png",
        "1900/may/c.webp",
        "d.bmp",
        "e.tif",
        "f.gif",
        "1900/g.JPEG",
    ):
        save(album / name)
    (album / "notes.txt").write_text("no photo")
    report = paint([album, save(tmp_path / "alone.png")], tmp_path / "out")
    assert {
        str(file.relative_to(tmp_path / "out")): opened(file).format for file in report.written
    } == {
        "a.jpg": "JPEG",
        os.path.join("1900", "b.png"): "PNG",
        os.path.join("1900", "may", "c.webp"): "WEBP",
        "d.bmp": "BMP",
        "e.png": "PNG",
        "f.png": "PNG",
        os.path.join("1900", "g.JPEG"): "JPEG",
        "alone.png": "PNG",
    }
    for file in report.written:
        assert color.split(photos.read(file))[1][..., 0].mean() > 25


def test_jpeg_keeps_colour_at_full_size(tmp_path):
    paint(save(tmp_path / "a.jpg"), tmp_path / "out")
    assert [layer[1:3] for layer in opened(tmp_path / "out" / "a.jpg").layer] == [(1, 1)] * 3


def test_results_within_the_folder_of_photos_are_no_photos_to_colour(tmp_path):
    save(tmp_path / "a.png")
    assert len(paint(tmp_path, tmp_path / "coloured").written) == 1
    save(tmp_path / "b.png")
    assert paint(tmp_path, tmp_path / "coloured", skip=True).written == [
        tmp_path / "coloured" / "b.png"
    ]
    # A folder beside the photos or above them hides none of them.
    assert len(paint(tmp_path / "coloured", tmp_path, force=True).written) == 2


def test_two_photos_that_would_become_one_file_are_named_before_the_work(tmp_path):
    save(tmp_path / "a" / "x.tif"), save(tmp_path / "b" / "x.png")
    with pytest.raises(ValueError, match=r"x\.tif and .*x\.png would both become .*x\.png"):
        paint([tmp_path / "a", tmp_path / "b"], tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert (
        len(paint([tmp_path / "a" / "x.tif"] * 2, tmp_path / "out").written) == 1
    )  # one photo twice is one


def test_results_that_exist_are_named_and_left_alone_unless_forced(tmp_path):
    album = [save(tmp_path / f"{name}.png") for name in "abc"]
    before = save(tmp_path / "out" / "b.png", ramp(3, 3)).read_bytes()
    with pytest.raises(FileExistsError, match=r"^[^,]*b\.png: already there.*--force.*--skip"):
        paint(album, tmp_path / "out")
    assert os.listdir(tmp_path / "out") == ["b.png"]
    report = paint(album, tmp_path / "out", skip=True)
    assert [file.name for file in report.written] == ["a.png", "c.png"] and report.skipped[
        0
    ].name == "b.png"
    assert (tmp_path / "out" / "b.png").read_bytes() == before
    assert len(paint(album, tmp_path / "out", force=True).written) == 3
    assert opened(tmp_path / "out" / "b.png").size == (64, 40)


@pytest.mark.parametrize("options", [{}, {"skip": True}])
def test_an_input_is_never_replaced_unless_forced(tmp_path, options):
    photo = save(tmp_path / "a.png")
    before = photo.read_bytes()
    with pytest.raises(FileExistsError, match=r"a\.png: an input would be replaced"):
        paint(tmp_path, tmp_path, **options)
    assert photo.read_bytes() == before
    paint(tmp_path, tmp_path, force=True)
    assert opened(photo).mode == "RGB"


@pytest.mark.parametrize(
    ("inputs", "out", "words"),
    [
        (["a.png", "b.png"], "out.jpg", "one photo, but there may be several"),
        (["."], "out.jpg", "one photo, but there may be several"),
        (["a.png"], "out.gif", "no result is written as .gif"),
        (["a.png"], "notes.txt", "a file, neither a folder"),
        (["empty"], "out", "no photo in .*empty"),
        ([], "out", "no photo in an empty list"),
    ],
)
def test_what_cannot_be_planned_is_named_before_the_model_is_loaded(tmp_path, inputs, out, words):
    save(tmp_path / "a.png"), save(tmp_path / "b.png")
    (tmp_path / "notes.txt").touch(), (tmp_path / "empty").mkdir()
    with pytest.raises((ValueError, OSError), match=words):
        colorize_files([tmp_path / name for name in inputs], tmp_path / out, "no such model")
    assert not (tmp_path / "out").exists()


def test_a_broken_photo_is_reported_with_the_reason_and_the_others_are_coloured(tmp_path):
    save(tmp_path / "album" / "a.png"), save(tmp_path / "album" / "c.png")
    (tmp_path / "album" / "b.jpg").write_text("<html>")
    report = paint([tmp_path / "album", tmp_path / "missing.jpg"], tmp_path / "out")
    assert sorted(os.listdir(tmp_path / "out")) == ["a.png", "c.png"]
    assert [(file.name, reason.split(";")[0]) for file, reason in report.broken] == [
        ("b.jpg", "a web page or XML, not a photo"),
        ("missing.jpg", "No such file or directory"),
    ]


@pytest.mark.parametrize("existed", [False, True])
def test_a_run_that_is_killed_while_it_writes_leaves_no_half_file(tmp_path, monkeypatch, existed):
    photo, out = save(tmp_path / "a.png"), tmp_path / "out"
    before = save(out / "a.png", ramp(3, 3)).read_bytes() if existed else None

    def half(image, file, *arguments, **options):
        open(file, "wb").write(b"\x89PNG")
        raise KeyboardInterrupt

    monkeypatch.setattr(Image.Image, "save", half)
    with pytest.raises(KeyboardInterrupt):
        paint(photo, out, force=True)
    assert [(file.name, file.read_bytes()) for file in out.iterdir()] == (
        [("a.png", before)] if existed else []
    )


def exif(**tags):
    """EXIF with these tags, a date among the details, a place, and a thumbnail."""
    values = Image.Exif()
    for name, value in tags.items():
        values[getattr(ExifTags.Base, name)] = value
    values.get_ifd(ExifTags.IFD.Exif).update(
        {
            ExifTags.Base.DateTimeOriginal: "1936:03:09 10:00:00",
            ExifTags.Base.ExifImageWidth: 64,
            ExifTags.Base.ExifImageHeight: 40,
        }
    )
    values.get_ifd(ExifTags.IFD.GPSInfo).update({ExifTags.GPS.GPSLatitudeRef: "N"})
    head = values.tobytes()
    if len(head) % 2:
        head += b"\0"
    # Behind the first list of tags stands the place of the second one, the thumbnail's.
    tiff = bytearray(head[6:])
    order = "<" if tiff[:2] == b"II" else ">"
    first = struct.unpack(order + "I", tiff[4:8])[0]
    end = first + 2 + 12 * struct.unpack(order + "H", tiff[first : first + 2])[0]
    small = io.BytesIO()
    Image.new("L", (16, 10), 77).save(small, "JPEG")
    tiff[end : end + 4] = struct.pack(order + "I", len(tiff))
    entries = [(0x103, 6), (0x201, len(tiff) + 2 + 3 * 12 + 4), (0x202, len(small.getvalue()))]
    tiff += (
        struct.pack(order + "H", 3)
        + b"".join(struct.pack(order + "HHII", tag, 4, 1, value) for tag, value in entries)
        + bytes(4)
        + small.getvalue()
    )
    return head[:6] + bytes(tiff)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
def test_exif_stays_but_for_the_thumbnail_and_the_photo_stands_upright(tmp_path, suffix):
    content = exif(Make="Graflex", Orientation=6)
    assert content.count(b"\xff\xd8\xff") == 1
    photo = save(tmp_path / f"a{suffix}", exif=content)
    report = paint(photo, tmp_path / "out")
    result = opened(report.written[0])
    assert result.size == (40, 64)
    np.testing.assert_allclose(
        photos.read(report.written[0])[:, 20].mean(-1), photos.read(photo)[:, 20, 0], atol=35
    )
    kept = result.getexif()
    assert kept[ExifTags.Base.Make] == "Graflex" and kept.get(ExifTags.Base.Orientation, 1) == 1
    details = kept.get_ifd(ExifTags.IFD.Exif)
    assert details[ExifTags.Base.DateTimeOriginal] == "1936:03:09 10:00:00"
    assert (details[ExifTags.Base.ExifImageWidth], details[ExifTags.Base.ExifImageHeight]) == (
        40,
        64,
    )
    assert kept.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] == "N"
    assert report.written[0].read_bytes().count(b"\xff\xd8\xff") == (suffix == ".jpg")


def test_a_tiff_hands_on_what_it_says_of_the_photo_and_not_of_its_own_bytes(tmp_path):
    save(
        tmp_path / "a.tif", tiffinfo={270: "Migrant mother"}, compression="tiff_lzw", dpi=(600, 600)
    )
    paint(tmp_path / "a.tif", tmp_path / "out")
    result = opened(tmp_path / "out" / "a.png")
    assert dict(result.getexif()) == {ExifTags.Base.ImageDescription: "Migrant mother"}
    assert result.info["dpi"] == pytest.approx((600, 600), abs=0.1)


def test_damaged_exif_and_damaged_profiles_cost_the_photo_nothing_else(tmp_path):
    save(tmp_path / "a.jpg", exif=b"Exif\0\0II*\0\xff\xff\xff\xff", icc_profile=b"nonsense")
    report = paint(tmp_path / "a.jpg", tmp_path / "out")
    assert not report.broken and "icc_profile" not in opened(report.written[0]).info


def test_colours_are_right_in_the_photos_own_wide_profile(tmp_path):
    photo = save(tmp_path / "a.png", np.dstack([ramp()] * 3), icc_profile=wide_gamut())
    plain = save(tmp_path / "plain.png", photos.read(photo))  # the same photo in sRGB
    paint([photo, plain], tmp_path / "out")
    own, srgb = opened(tmp_path / "out" / "a.png"), opened(tmp_path / "out" / "plain.png")
    assert own.info["icc_profile"] == wide_gamut() and "icc_profile" not in srgb.info
    shown = photos.read(tmp_path / "out" / "a.png").astype(int)  # reading follows the profile
    assert np.abs(shown - np.asarray(srgb)).max() <= 2
    assert (
        np.abs(np.asarray(own).astype(int) - np.asarray(srgb)).max() > 15
    )  # without it colours would be pale


def test_an_srgb_profile_stays_as_it_is_and_one_of_another_colour_space_goes(tmp_path):
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    photos_of = {
        name: save(tmp_path / f"{name}.png", np.dstack([ramp()] * 3), icc_profile=profile)
        for name, profile in (("srgb", SRGB), ("lab", lab))
    }
    paint(photos_of.values(), tmp_path / "out")
    kept = {
        name: opened(tmp_path / "out" / f"{name}.png").info.get("icc_profile") for name in photos_of
    }
    assert kept == {"srgb": SRGB, "lab": None}


def test_transparency_stays_and_what_shines_through_is_not_mixed_with_white(tmp_path):
    image = Image.fromarray(np.dstack([ramp()] * 3))
    image.putalpha(Image.fromarray(np.tile(np.uint8([0, 100, 255, 255]), (40, 16))))
    photo = save(tmp_path / "a.png", image)
    paint(photo, tmp_path / "out"), paint(photo, tmp_path / "white.jpg")
    result = opened(tmp_path / "out" / "a.png")
    np.testing.assert_array_equal(result.getchannel("A"), image.getchannel("A"))
    L, _ = color.split(np.asarray(result.convert("RGB")))
    np.testing.assert_allclose(L, color.split(np.asarray(image.convert("RGB")))[0], atol=1)
    assert photos.read(tmp_path / "white.jpg")[:, ::4].min() > 200  # JPEG has no transparency


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1)])
def test_the_thinnest_photos_keep_their_size(tmp_path, size):
    paint(save(tmp_path / "thin.png", Image.new("L", size, 120)), tmp_path / "out")
    assert opened(tmp_path / "out" / "thin.png").size == size


def test_photos_that_had_colour_or_a_tint_are_counted(tmp_path):
    noise = np.random.default_rng(0).normal(0, 2, (40, 64, 3))  # a scanner's
    L = color.split(np.dstack([ramp()] * 3))[0]
    kinds = {
        "grey": ramp(),
        "noisy": (ramp()[..., None] + noise).astype(np.uint8),
        "sepia": color.join(L, np.broadcast_to(np.float32([3, 12]), (*L.shape[:2], 2))),
        "red": np.full((40, 64, 3), (200, 30, 40), np.uint8),
    }
    report = paint(
        [save(tmp_path / f"{name}.png", picture) for name, picture in kinds.items()],
        tmp_path / "out",
    )
    assert {photo.stem for photo in report.colour} == {"sepia", "red"}


def test_a_bar_shows_progress_if_asked(tmp_path, capfd):
    paint(save(tmp_path / "a.png"), tmp_path / "one", progress=True)
    assert "1/1" in capfd.readouterr().err
    paint(tmp_path / "a.png", tmp_path / "two")
    assert capfd.readouterr().err == ""
