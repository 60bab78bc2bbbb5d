"""Pixels of more than 8 bits come out as another reader, or the specification, has them."""

import io
import struct
import tracemalloc

import numpy as np
import pytest
import tifffile
from PIL import Image

from coursekit import photos
from coursekit.photos import deep

HEIGHT, WIDTH = 37, 50
RNG = np.random.default_rng(20)


def ramp(top, dtype, channels=()):
    """Noise over the whole range, black and white among it."""
    values = RNG.random((HEIGHT, WIDTH, *channels))
    values[0, 0], values[0, 1] = 0, 1
    return (values * top).astype(dtype)


def tiff(values, **options):
    stream = io.BytesIO()
    tifffile.imwrite(stream, values, **options)
    return stream.getvalue()


def rgb_of(levels):
    """What must be read of grey or RGB in 0…1."""
    levels = np.asarray(levels, float).reshape(HEIGHT, WIDTH, -1)
    return np.broadcast_to(levels * 255, (HEIGHT, WIDTH, 3))


WAYS = {
    "plain": {},
    "zipped": {"compression": "zlib"},
    "zipped differences": {"compression": "zlib", "predictor": True},
    "tiles": {"tile": (16, 32), "compression": "zlib", "predictor": True},
    "big-endian": {"byteorder": ">", "compression": "zlib", "predictor": True},
    "strips of seven rows": {"rowsperstrip": 7},
    "BigTIFF": {"bigtiff": True},
}


def ways(*dtypes):
    """A type, and a way to lay it out: tifffile alone writes no differences of floats."""
    return pytest.mark.parametrize(
        ("dtype", "way"),
        [
            (dtype, way)
            for dtype in dtypes
            for way, options in WAYS.items()
            if np.dtype(dtype).kind == "u" or not options.get("predictor")
        ],
    )


@ways(np.uint8, np.uint16, np.float16, np.float32)
@pytest.mark.parametrize("photometric", ["minisblack", "miniswhite"])
def test_grey_of_every_depth_is_read_and_turned_round_where_white_is_zero(dtype, photometric, way):
    top = np.iinfo(dtype).max if dtype in (np.uint8, np.uint16) else 1
    content = tiff(ramp(top, dtype), photometric=photometric, **WAYS[way])
    levels = tifffile.imread(io.BytesIO(content)).astype(float) / top
    levels = 1 - levels if photometric == "miniswhite" else levels
    np.testing.assert_allclose(photos.read(content), rgb_of(levels), atol=0.51)


@ways(np.uint16, np.float16, np.float32)
@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_rgb_of_every_depth_is_read_in_pixels_and_in_planes(dtype, planar, way):
    top = 65535 if dtype == np.uint16 else 1
    values = ramp(top, dtype, (3,))
    planes = values if planar == "contig" else np.moveaxis(values, -1, 0)
    content = tiff(planes, photometric="rgb", planarconfig=planar, **WAYS[way])
    # Pillow cuts 16 bits to 8 where it reads them itself.
    np.testing.assert_allclose(photos.read(content), rgb_of(values / np.float64(top)), atol=1)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("photometric", ["minisblack", "miniswhite"])
def test_grey_and_alpha_of_16_bits_keep_both(photometric, way):
    values = ramp(65535, np.uint16, (2,))
    content = tiff(
        values, photometric=photometric, planarconfig="contig", extrasamples=["unassalpha"],
        **WAYS[way],
    )  # fmt: skip
    grey, alpha = np.moveaxis(values / 65535, -1, 0)
    grey = 1 - grey if photometric == "miniswhite" else grey
    read = photos.read(content, background=None)
    np.testing.assert_allclose(read[..., :3], rgb_of(grey), atol=0.51)
    np.testing.assert_allclose(read[..., 3], alpha * 255, atol=0.51)


def test_colours_that_were_multiplied_by_their_alpha_are_divided_again():
    alpha = np.full((HEIGHT, WIDTH), 0.5)
    values = np.dstack([np.full_like(alpha, 0.3), alpha])
    content = tiff(
        (values * 65535).astype(np.uint16), photometric="minisblack", planarconfig="contig",
        extrasamples=["assocalpha"],
    )  # fmt: skip
    read = photos.read(content, background=None)
    np.testing.assert_allclose(read[..., 0], 0.6 * 255, atol=2)


@pytest.mark.parametrize("strip", [7, HEIGHT])
def test_floats_stored_as_differences_are_what_libtiff_stored(strip):
    """Adobe's floating-point predictor, written by libtiff; Pillow reads the file too."""
    values, stream = ramp(1, np.float32), io.BytesIO()
    tags = {317: 3, 278: strip}
    Image.fromarray(values).save(stream, "TIFF", compression="tiff_adobe_deflate", tiffinfo=tags)
    with Image.open(stream) as stored:
        assert stored.tag_v2[317] == 3
    read = np.asarray(deep.read_tiff(stream, 10**6))
    np.testing.assert_allclose(read, values * 255, atol=0.51)


def packed(values, bits, photometric, fill_order=1):
    """A grey TIFF of so many bits a pixel, rows ending at bytes, written from the specification."""
    rows = b""
    for row in values:
        text = "".join(format(value, f"0{bits}b") for value in row)
        text += "0" * (-len(text) % 8)
        rows += bytes(int(text[at : at + 8], 2) for at in range(0, len(text), 8))
    if fill_order == 2:
        rows = bytes(int(format(byte, "08b")[::-1], 2) for byte in rows)
    rows += bytes(len(rows) % 2)
    tags = {256: WIDTH, 257: HEIGHT, 258: bits, 259: 1, 262: photometric, 266: fill_order}
    tags |= {273: 8, 277: 1, 278: HEIGHT, 279: len(rows)}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    directory = struct.pack("<H", len(tags)) + entries + bytes(4)
    return b"II*\0" + struct.pack("<I", 8 + len(rows)) + rows + directory


@pytest.mark.parametrize("bits", range(9, 16))
@pytest.mark.parametrize("photometric", [0, 1])
def test_grey_of_9_to_15_bits_is_read(bits, photometric):
    values = ramp(2**bits - 1, np.uint16)
    levels = values / (2**bits - 1)
    levels = 1 - levels if photometric == 0 else levels
    read = photos.read(packed(values, bits, photometric))
    np.testing.assert_allclose(read, rgb_of(levels), atol=0.51)


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 10, 12])
def test_bits_that_are_filled_from_the_low_end_are_read(bits):
    values = ramp(2**bits - 1, np.uint16)
    read = photos.read(packed(values, bits, 0, fill_order=2))
    np.testing.assert_allclose(read, rgb_of(1 - values / (2**bits - 1)), atol=0.51)


def test_a_deep_photo_keeps_its_profile_its_resolution_and_its_tags():
    content = tiff(
        ramp(65535, np.uint16, (2,)), photometric="minisblack", planarconfig="contig",
        extrasamples=["unassalpha"], resolution=(300, 300), resolutionunit="INCH",
        description="Harvest", iccprofile=b"profile", metadata=None,
        extratags=[(700, 7, 5, b"<xmp>", True)],
    )  # fmt: skip
    image = photos.header(io.BytesIO(content))
    assert image.info["dpi"] == (300, 300) and image.info["icc_profile"] == b"profile"
    assert image.getexif()[270] == "Harvest" and image.getexif()[700] == b"<xmp>"


def test_a_deep_photo_is_turned_upright():
    values = ramp(65535, np.uint16, (2,))
    values[..., 1] = 65535
    content = tiff(
        values, photometric="minisblack", planarconfig="contig", extrasamples=["unassalpha"],
        extratags=[(274, 3, 1, 3, True)],
    )  # fmt: skip
    expected = rgb_of(values[::-1, ::-1, 0] / 65535)
    np.testing.assert_allclose(photos.read(content), expected, atol=0.51)


@pytest.mark.parametrize("maxval", [255, 1023, 4095, 65535])
def test_pgm_is_scaled_by_the_white_that_it_names(maxval):
    values = ramp(maxval, np.uint16)
    head = f"P5 {WIDTH} {HEIGHT} {maxval}\n".encode()
    body = values.astype(np.uint8 if maxval < 256 else ">u2").tobytes()
    np.testing.assert_allclose(photos.read(head + body), rgb_of(values / maxval), atol=0.51)


def test_jpeg_2000_of_16_bits_is_read():
    values = ramp(65535, np.uint16)
    stream = io.BytesIO()
    Image.fromarray(values).save(stream, "JPEG2000", irreversible=False)
    np.testing.assert_allclose(photos.read(stream.getvalue()), rgb_of(values / 65535), atol=0.51)


def test_pixels_beyond_white_are_named():
    beyond = ramp(1, np.float16)
    beyond[3, 3] = 7
    with pytest.raises(photos.PhotoError, match="pixels from 0 to 7 instead of 0 to 1"):
        photos.read(tiff(beyond, photometric="minisblack"))


def test_a_deep_photo_that_is_cut_is_called_truncated():
    content = packed(ramp(1023, np.uint16), 10, 1)
    count = content.index(struct.pack("<HHI", 279, 4, 1)) + 8
    short = content[:count] + struct.pack("<I", 99999) + content[count + 4 :]
    with pytest.raises(photos.PhotoError, match="truncated"):
        photos.read(short)


def test_no_memory_is_taken_for_pixels_that_a_file_cannot_hold():
    content = packed(ramp(1023, np.uint16), 10, 1)
    for tag in (256, 257, 278):  # 14,000 pixels wide and high
        at = content.index(struct.pack("<HHI", tag, 4, 1)) + 8
        content = content[:at] + struct.pack("<I", 14_000) + content[at + 4 :]
    at = content.index(struct.pack("<HHI", 259, 4, 1)) + 8
    content = content[:at] + struct.pack("<I", 8) + content[at + 4 :]  # zipped
    tracemalloc.start()
    try:
        with pytest.raises(photos.PhotoError, match="truncated"):
            photos.read(content)
        assert tracemalloc.get_traced_memory()[1] < 10e6
    finally:
        tracemalloc.stop()
