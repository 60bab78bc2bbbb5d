"""Each photo gets a result of its own, and what cannot be planned is named before the work."""

import os
import sys
from functools import partial

import numpy as np
import pytest
from albums import opened, paint, ramp, save

from coursekit import color, photos
from coursekit.colorizer import colorize_files


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


def test_results_within_the_folder_of_photos_are_no_photos_to_colour(tmp_path):
    save(tmp_path / "a.png")
    assert len(paint(tmp_path, tmp_path / "coloured").written) == 1
    save(tmp_path / "b.png")
    assert paint(tmp_path, tmp_path / "coloured", skip=True).written == [
        tmp_path / "coloured" / "b.png"
    ]
    # A folder beside the photos or above them hides none of them.
    assert len(paint(tmp_path / "coloured", tmp_path, force=True).written) == 2


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


def test_photos_whose_results_would_have_one_name_get_two_and_it_is_said(tmp_path):
    album = tmp_path / "album"
    for name in ("b.tif", "b.png", "b.tif.png", "c.gif", "d.jpg"):
        save(album / name)
    report = paint(album, tmp_path / "out")
    assert not report.broken and sorted(os.listdir(tmp_path / "out")) == [
        "b (2).png",
        "b.png",
        "b.tif.png",
        "c.png",
        "d.jpg",
    ]
    why = f"becomes b (2).png, for b.png comes from {album / 'b.png'}"
    assert report.notes == [(album / "b.tif", why)]
    again = paint(album, tmp_path / "out", skip=True)
    assert not again.written and len(again.skipped) == 5


def test_photos_of_one_name_from_two_folders_are_both_coloured(tmp_path):
    given = [save(tmp_path / folder / "x.png") for folder in "abc"]
    report = paint([*given, given[0], tmp_path / "a"], tmp_path / "out")
    assert [file.name for file in report.written] == ["x.png", "x (2).png", "x (3).png"]
    assert [photo for photo, _ in report.notes] == given[1:]


def test_patterns_are_expanded_and_one_that_matches_nothing_is_named(tmp_path):
    for name in ("a.jpg", "b.jpg", "c.png", "deep/d.jpg", "odd [1].jpg"):
        save(tmp_path / "album" / name)
    none = tmp_path / "album" / "*.webp"
    report = paint([tmp_path / "album" / "*.jpg", str(none)], tmp_path / "out")
    assert {file.name for file in report.written} == {"a.jpg", "b.jpg", "odd [1].jpg"}
    assert report.broken == [(none, "no file matches this pattern")]
    deep = paint(str(tmp_path / "album" / "**" / "*.jpg"), tmp_path / "two")
    assert len(deep.written) == 4
    # A name that is there is no pattern.
    assert len(paint(tmp_path / "album" / "odd [1].jpg", tmp_path / "three").written) == 1


def test_what_a_folder_holds_besides_is_counted_with_the_way_to_convert_it(tmp_path):
    for name in ("a.jpg", "b.png"):
        save(tmp_path / "album" / name)
    for name in ("c.NEF", "d.nef", "e.psd", "notes.txt", "README"):
        (tmp_path / "album" / name).touch()
    report = paint(tmp_path / "album", tmp_path / "out")
    assert report.unread == {".nef": 2, ".psd": 1, ".txt": 1, "": 1} and not report.broken
    raw, psd, others = photos.unread_kinds(report.unread)
    assert raw.startswith("2 .nef not read: a camera raw file; develop it with darktable")
    assert psd.startswith("1 .psd not read: Photoshop's PSD; ")
    assert others == "1 without a suffix, 1 .txt not read: no photos by their names"


def test_a_folder_of_nothing_but_raws_says_so(tmp_path):
    (tmp_path / "album").mkdir()
    (tmp_path / "album" / "a.dng").touch()
    with pytest.raises(ValueError, match="no photo in .*album.*1 .dng not read: a camera raw"):
        paint(tmp_path / "album", tmp_path / "out")


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_a_link_to_a_folder_is_named(tmp_path):
    save(tmp_path / "album" / "a.png"), save(tmp_path / "elsewhere" / "b.png")
    (tmp_path / "album" / "link").symlink_to(tmp_path / "elsewhere")
    report = paint(tmp_path / "album", tmp_path / "out")
    assert len(report.written) == 1
    assert report.notes[0][0] == tmp_path / "album" / "link" and "link" in report.notes[0][1]


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_an_input_behind_a_link_is_not_replaced(tmp_path):
    real = save(tmp_path / "real" / "a.png")
    (tmp_path / "linked.png").symlink_to(real)
    (tmp_path / "folder").symlink_to(tmp_path / "real")
    for out in (tmp_path / "real", tmp_path / "folder"):
        with pytest.raises(FileExistsError, match="an input would be replaced"):
            paint(tmp_path / "real", out)
    with pytest.raises(FileExistsError, match="an input would be replaced"):
        paint(tmp_path / "linked.png", tmp_path / "real" / "a.png")


def test_a_folder_that_may_not_be_listed_is_named_and_the_others_are_coloured(somebody):
    save(somebody / "album" / "a.png")
    (somebody / "album" / "private").mkdir(0)
    report = paint(somebody / "album", somebody / "out")
    (somebody / "album" / "private").chmod(0o700)
    assert len(report.written) == 1
    assert report.broken == [(somebody / "album" / "private", "Permission denied")]


def calls_of(work):
    """The number of functions that are called, of Python and of C."""
    counted = 0

    def count(frame, event, argument):
        nonlocal counted
        counted += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return counted


@pytest.mark.parametrize("same", [False, True], ids=["names of their own", "one name"])
def test_twice_as_many_photos_take_twice_the_work_to_list(tmp_path, same):
    def album(number):
        folder = tmp_path / f"album{number}"
        found = []
        for each in range(number):
            file = folder / f"{each}" / "x.jpg" if same else folder / f"{each}.jpg"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
            found.append(file)
        out = tmp_path / f"out{number}"
        out.mkdir()
        for each in range(number):
            name = (f"x ({each + 1}).jpg" if each else "x.jpg") if same else f"{each}.jpg"
            (out / name).touch()
        return found if same else folder, out

    few, many = album(150), album(300)
    # The first time more is called, what is imported late.
    calls = [calls_of(partial(paint, *each, skip=True)) for each in (few, few, many)]
    assert len(paint(*many, skip=True).skipped) == 300
    assert calls[2] < 2.2 * calls[1]
