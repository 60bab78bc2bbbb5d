"""What one photo does never stops an album; what hits all alike stops it at the first."""

import errno
import os
import sys
import threading

import numpy as np
import pytest
from albums import Painter, opened, paint, ramp, save
from PIL import Image

from coursekit import color, files, photos
from coursekit.colorizer.files import album as room


def test_jpeg_keeps_colour_at_full_size(tmp_path):
    paint(save(tmp_path / "a.jpg"), tmp_path / "out")
    assert [layer[1:3] for layer in opened(tmp_path / "out" / "a.jpg").layer] == [(1, 1)] * 3


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

    def killed(part, target):
        assert part.read_bytes().startswith(b"\x89PNG")
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        paint(photo, out, force=True)
    assert [(file.name, file.read_bytes()) for file in out.iterdir()] == (
        [("a.png", before)] if existed else []
    )


class Choosy(Painter):
    """Fails on photos of some widths, each in its own way."""

    ways = {61: MemoryError(), 62: RuntimeError("odd\nwidths"), 63: OverflowError()}

    def colorize(self, rgb):
        if rgb.shape[1] in self.ways:
            raise self.ways[rgb.shape[1]]
        return super().colorize(rgb)[:, : 59 if rgb.shape[1] == 60 else None]


def test_whatever_a_photo_does_it_is_named_and_the_others_go_on(tmp_path):
    album = tmp_path / "album"
    for number, width in enumerate((64, 61, 62, 63, 60, 64)):
        save(album / f"{number}.png", ramp(width=width))
    save(album / "wide.png", Image.new("L", (16_384, 2), 99)).rename(album / "wide.webp")
    save(album / "wide.png", Image.new("L", (65_501, 1), 99)).rename(album / "wide.jpg")
    save(album / "x" / "a.png")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "x").touch()  # a file where a folder is needed
    report = paint(album, tmp_path / "out", Choosy())
    assert [file.name for file in report.written] == ["0.png", "5.png"]
    reasons = {photo.name: reason for photo, reason in report.broken}
    assert reasons.pop("a.png")  # each system says it in its own words
    assert reasons == {
        "1.png": "too large for the free memory; save a smaller copy",
        "2.png": "odd",
        "3.png": "OverflowError",
        "4.png": "it gave uint8 (40, 59, 3) for uint8 (40, 60, 3)",
        "wide.webp": "WEBP holds at most 16,383 pixels a side, the photo has 16,384; "
        "give the result a name that ends in .png",
        "wide.jpg": "JPEG holds at most 65,500 pixels a side, the photo has 65,501; "
        "give the result a name that ends in .png",
    }


class Wrong(Painter):
    """A model that colours nothing."""

    def __init__(self):
        self.seen = []

    def colorize(self, rgb):
        self.seen.append(rgb.shape)
        raise RuntimeError("expected 4 channels")


def test_a_model_that_colours_nothing_stops_the_run_at_the_first_photo(tmp_path):
    wrong = Wrong()
    for name in "abc":
        save(tmp_path / "album" / f"{name}.png")
    with pytest.raises(ValueError, match="model cannot colour photos: expected 4 channels"):
        paint(tmp_path / "album", tmp_path / "out", wrong)
    assert wrong.seen == [(40, 64, 3), (64, 64, 3)]  # the first photo, and a grey square


class Counting(Painter):
    number = 0

    def colorize(self, rgb):
        self.number += 1
        return super().colorize(rgb)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS])
def test_a_full_disk_stops_the_run_at_the_first_and_says_why(tmp_path, monkeypatch, number):
    for name in "abcdefgh":
        save(tmp_path / "album" / f"{name}.png")

    def full(path, content):
        raise OSError(number, os.strerror(number), str(path))

    monkeypatch.setattr(files, "write", full)
    painter = Counting()
    with pytest.raises(
        OSError, match=rf"out cannot be written: {os.strerror(number)}. 0 are coloured"
    ):
        paint(tmp_path / "album", tmp_path / "out", painter)
    assert painter.number <= 2  # the second may be under way


def test_a_folder_that_is_not_writable_stops_the_run_at_the_first(somebody):
    for name in "abcdefgh":
        save(somebody / "album" / f"{name}.png")
    (somebody / "out").mkdir()
    (somebody / "out").chmod(0o500)
    painter = Counting()
    with pytest.raises(OSError, match="out cannot be written: Permission denied"):
        paint(somebody / "album", somebody / "out", painter)
    assert painter.number <= 2


def test_a_sub_folder_that_is_not_writable_costs_only_its_own_photos(somebody):
    for name in ("a.png", "x/b.png", "y/c.png"):
        save(somebody / "album" / name)
    (somebody / "out" / "x").mkdir(parents=True)
    (somebody / "out" / "x").chmod(0o500)
    report = paint(somebody / "album", somebody / "out")
    assert [file.name for file in report.written] == ["a.png", "c.png"]
    assert report.broken == [(somebody / "album" / "x" / "b.png", "Permission denied")]


@pytest.mark.parametrize("suffix", [".jpg", ".tif"])
def test_names_may_be_as_long_as_the_system_allows(tmp_path, suffix):
    photo = save(tmp_path / ("n" * (255 - len(suffix)) + suffix))
    report = paint(photo, tmp_path / "out")
    assert len(report.written) == 1 and len(report.written[0].name) == 255
    assert len(paint(photo, tmp_path / "out", skip=True).skipped) == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_in_an_album_is_named_without_waiting_for_it(tmp_path):
    save(tmp_path / "album" / "a.png"), save(tmp_path / "album" / "c.png")
    os.mkfifo(tmp_path / "album" / "b.png")
    report = paint(tmp_path / "album", tmp_path / "out")
    assert len(report.written) == 2
    assert report.broken[0][1].startswith("is a pipe or a device")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_names_that_are_no_utf_8_are_coloured(tmp_path):
    photo = save(tmp_path / os.fsdecode(b"gr\xfcn.png"))
    report = paint(photo, tmp_path / "out")
    assert [os.fsencode(file.name) for file in report.written] == [b"gr\xfcn.png"]


def test_the_next_photo_is_read_and_the_last_is_written_while_one_is_coloured(
    tmp_path, monkeypatch
):
    for name in "abcd":
        save(tmp_path / "album" / f"{name}.png")
    begun = {}
    for what in ("read c", "write a"):
        begun[what] = threading.Event()
    read, write = photos.read_with, files.write

    def noted_read(look, file, background):
        begun.get(f"read {file.stem}", threading.Event()).set()
        return read(look, file, background)

    def noted_write(file, content):
        begun.get(f"write {file.stem}", threading.Event()).set()
        return write(file, content)

    class Waiting(Counting):
        def colorize(self, rgb):
            if self.number == 1:  # the second photo: both must happen before it is done
                assert all(event.wait(30) for event in begun.values())
            return super().colorize(rgb)

    monkeypatch.setattr(photos, "read_with", noted_read)
    monkeypatch.setattr(files, "write", noted_write)
    report = paint(tmp_path / "album", tmp_path / "out", Waiting())
    assert [file.stem for file in report.written] == [*"abcd"] and not report.broken


@pytest.mark.parametrize("large", [False, True])
def test_no_more_than_three_photos_are_in_memory_and_only_one_that_is_large(
    tmp_path, monkeypatch, large
):
    for number in range(12):
        save(tmp_path / "album" / f"{number:02}.png")
    if large:
        monkeypatch.setattr(room, "LARGE", 64 * 40 - 1)
    lock, inside, most = threading.Lock(), set(), []
    read, write = photos.read_with, files.write

    def noted_read(look, file, background):
        with lock:
            inside.add(file.stem)
            most.append(len(inside))
        return read(look, file, background)

    def noted_write(file, content):
        write(file, content)
        with lock:
            inside.remove(file.stem)

    monkeypatch.setattr(photos, "read_with", noted_read)
    monkeypatch.setattr(files, "write", noted_write)
    assert len(paint(tmp_path / "album", tmp_path / "out").written) == 12
    assert max(most) == 1 if large else max(most) <= 3


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
