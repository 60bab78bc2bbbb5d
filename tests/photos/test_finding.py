"""Folders of photos are listed in the same order everywhere, and read one at a time."""

import sys
import tracemalloc
import warnings

import numpy as np
import pytest
from pictures import PICTURE, encode

from coursekit import photos

PNG = encode(PICTURE, "PNG")


@pytest.fixture(scope="module")
def album(tmp_path_factory):
    """2,000 small photos, three of them broken."""
    content = encode(PICTURE[:8, :8], "PNG")
    folder = tmp_path_factory.mktemp("album")
    files = [folder / f"{number:04}.png" for number in range(2000)]
    for file in files:
        file.write_bytes(content)
    files[3].write_bytes(b"")
    files[1200].write_bytes(content[:40])
    files[1999].write_bytes(b"<html>")
    return files


def test_a_folder_of_thousands_is_read_to_its_end_and_the_broken_are_reported(album):
    rgb, broken = photos.read_many(album, skip_broken=True)
    assert len(rgb) == 1997
    assert [file for file, _ in broken] == [album[3], album[1200], album[1999]]
    assert ["empty" in broken[0][1], "truncated" in broken[1][1], "web page" in broken[2][1]] == [
        True
    ] * 3


def test_reading_many_stops_at_the_first_broken_one_unless_told_and_says_how(album):
    with pytest.raises(photos.PhotoError, match=r"0003\.png: empty.*or pass skip_broken=True"):
        photos.read_many(album)


def test_read_many_takes_a_folder(album):
    rgb, broken = photos.read_many(album[0].parent, skip_broken=True)
    assert (len(rgb), len(broken)) == (1997, 3)


def test_read_many_skips_missing_files_and_folders_too(tmp_path):
    rgb, broken = photos.read_many([tmp_path / "no.jpg", PNG, tmp_path], skip_broken=True)
    assert len(rgb) == 1 and [file for file, _ in broken] == [tmp_path / "no.jpg", tmp_path]


def test_streaming_reads_a_photo_only_when_it_is_asked_for(tmp_path):
    stream = photos.iter_photos([PNG, tmp_path / "later.png"])
    assert np.array_equal(next(stream)[1], PICTURE)
    (tmp_path / "later.png").write_bytes(PNG)
    file, rgb = next(stream)
    assert file == tmp_path / "later.png" and np.array_equal(rgb, PICTURE)


def test_streaming_takes_constant_memory():
    content = encode(np.zeros((300, 400, 3), np.uint8), "PNG")
    photos.read(content)  # loads Pillow's formats, which stay
    tracemalloc.start()
    try:
        assert sum(rgb.nbytes for _, rgb in photos.iter_photos([content] * 60)) == 60 * 360_000
        assert tracemalloc.get_traced_memory()[1] < 6 * 360_000
    finally:
        tracemalloc.stop()


def test_streaming_warns_of_each_broken_photo_or_lists_it(tmp_path):
    with pytest.warns(UserWarning, match=r"skipped photo .*no\.jpg: No such file"):
        assert list(photos.iter_photos([tmp_path / "no.jpg"], skip_broken=True)) == []
    broken = []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert (
            list(photos.iter_photos([tmp_path / "no.jpg"], skip_broken=True, broken=broken)) == []
        )
    assert broken[0][0] == tmp_path / "no.jpg"


def test_progress_shows_a_bar(capfd):
    photos.read_many([PNG] * 3, progress=True)
    assert "3/3" in capfd.readouterr().err
    photos.read_many([PNG] * 3)
    assert capfd.readouterr().err == ""


def test_find_does_not_pass_over_a_folder_that_it_may_not_list(somebody):
    (somebody / "private").mkdir(0)
    with pytest.raises(PermissionError, match="private"):
        photos.find(somebody)
    (somebody / "private").chmod(0o700)


def test_find_lists_photos_in_order_and_nothing_else(tmp_path):
    wanted = [
        "B.JPG",
        "a/1.jpeg",
        "a/2.Png",
        "a/deep/er/x.webp",
        "b.gif",
        "c.tif",
        "d.tiff",
        "z.bmp",
    ]
    others = [
        "a.txt",
        "jpg",
        "a.jpg.part",
        "x.mp4",
        ".hidden.jpg",
        "._b.jpg",
        ".cache/y.jpg",
        "a/.git/x.png",
    ]
    for name in wanted + others:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    (tmp_path / "folder.jpg").mkdir()
    assert photos.find(tmp_path) == [tmp_path / name for name in wanted]
    assert photos.find(str(tmp_path / "a" / "deep")) == [tmp_path / "a/deep/er/x.webp"]


def test_find_looks_into_a_folder_that_is_itself_below_a_hidden_one(tmp_path):
    (tmp_path / ".cache").mkdir()
    (tmp_path / ".cache" / "a.jpg").touch()
    assert photos.find(tmp_path / ".cache") == [tmp_path / ".cache" / "a.jpg"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_find_keeps_links_that_lead_nowhere_so_that_reading_reports_them(tmp_path):
    (tmp_path / "lost.jpg").symlink_to(tmp_path / "gone.jpg")
    with pytest.raises(photos.PhotoError, match=r"lost\.jpg: No such file"):
        photos.read_many(photos.find(tmp_path))


@pytest.mark.parametrize("name", ["missing", "a.jpg"])
def test_find_names_what_is_not_a_folder(tmp_path, name):
    (tmp_path / "a.jpg").touch()
    with pytest.raises(NotADirectoryError, match=f"{name}: not a folder"):
        photos.find(tmp_path / name)


def test_a_survey_counts_what_is_not_read_and_names_what_it_does_not_look_into(tmp_path):
    for name in ("a.jpg", "b.NEF", "deep/c.nef", "deep/d.txt", "README", ".hidden.nef"):
        file = tmp_path / "album" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "z.jpg").touch()
    (tmp_path / "album" / "link").symlink_to(tmp_path / "elsewhere")
    found = photos.survey(tmp_path / "album")
    assert found.photos == [tmp_path / "album" / "a.jpg"]
    assert found.unread == {".nef": 2, ".txt": 1, "": 1}
    assert found.linked == [tmp_path / "album" / "link"] and found.closed == []


def test_a_survey_goes_on_past_a_folder_that_it_may_not_list(somebody):
    (somebody / "a.jpg").touch()
    (somebody / "private").mkdir(0)
    found = photos.survey(somebody)
    assert found.photos == [somebody / "a.jpg"]
    assert [error.filename for error in found.closed] == [str(somebody / "private")]
    (somebody / "private").chmod(0o700)
