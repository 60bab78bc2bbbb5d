"""`photos` reads what people have, or says which file is broken, why, and what to do."""

import importlib.util
import io
import itertools
import os
import pickle
import struct
import time
import warnings
import zipfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import tifffile
from pictures import (
    ALPHA,
    COLOURS,
    GREY,
    GREYS,
    HEIGHT,
    PICTURE,
    WHITE,
    WIDTH,
    draw,
    encode,
    grey,
    over,
    quarters,
)
from PIL import Image, ImageChops, ImageCms, features

from coursekit import photos


def png(samples, bits, colour_type, transparency=None, size=(WIDTH, HEIGHT)):
    """A PNG written from its specification, for the kinds that Pillow cannot write."""

    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", *size, bits, colour_type, 0, 0, 0))
    rows = zlib.compress(b"".join(b"\0" + row.tobytes() for row in samples))
    clear = chunk(b"tRNS", transparency) if transparency else b""
    return b"\x89PNG\r\n\x1a\n" + header + clear + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def tiff_12_bit(samples):
    """A grey TIFF of 12 bits a pixel, two pixels in three bytes, which Pillow cannot write."""
    even, odd = samples[:, ::2], samples[:, 1::2]
    pixels = (
        np.dstack([even >> 4, (even & 15) << 4 | odd >> 8, odd & 255]).astype(np.uint8).tobytes()
    )
    tags = {
        256: WIDTH,
        257: HEIGHT,
        258: 12,
        259: 1,
        262: 1,
        273: 8,
        277: 1,
        278: HEIGHT,
        279: len(pixels),
    }
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    directory = struct.pack("<H", len(tags)) + entries + bytes(4)
    return b"II*\0" + struct.pack("<I", 8 + len(pixels)) + pixels + directory


def ink(rgb):
    """CMYK with no black whose naive conversion is `rgb`."""
    return Image.merge(
        "CMYK", [*Image.fromarray(255 - rgb).split(), Image.new("L", rgb.shape[1::-1])]
    )


def without_adobe_marker(jpeg):
    start = jpeg.index(b"\xff\xee\x00\x0eAdobe")
    return jpeg[:start] + jpeg[start + 16 :]


SRGB_PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def swapped_profile():
    """The sRGB profile with the primaries of red and green exchanged, under another name."""
    profile = SRGB_PROFILE.replace("sRGB".encode("utf-16-be"), "swap".encode("utf-16-be"))
    return profile.replace(b"rXYZ", b"????").replace(b"gXYZ", b"rXYZ").replace(b"????", b"gXYZ")


def linear_grey_profile():
    """A grey profile of gamma 1, after the ICC specification, version 2."""
    name = b"linear grey\0"
    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(name)) + name + bytes(78),
        b"wtpt": b"XYZ \0\0\0\0" + struct.pack(">iii", 63190, 65536, 54061),
        b"kTRC": b"curv\0\0\0\0" + struct.pack(">I", 0),
    }
    table, body, offset = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for sign, data in tags.items():
        data += bytes(-len(data) % 4)
        table += sign + struct.pack(">II", offset + len(body), len(data))
        body += data
    header = struct.pack(
        ">I4sI4s4s4s12x4s28xiii48x",
        128 + len(table + body),
        b"lcms",
        0x02100000,
        b"mntr",
        b"GRAY",
        b"XYZ ",
        b"acsp",
        63190,
        65536,
        54061,
    )
    return header + table + body


def with_text(kind, at_the_end):
    """A PNG with more text than Pillow reads by itself, before its pixels or behind them."""
    content = encode(PICTURE, "PNG")
    text = b"history\0\0" + zlib.compress(b"and then " * 230_000)
    chunk = struct.pack(">I", len(text)) + kind + text
    chunk += struct.pack(">I", zlib.crc32(kind + text))
    at = content.index(b"IEND" if at_the_end else b"IDAT") - 4
    return content[:at] + chunk + content[at:]


def premultiplied():
    """A TIFF whose greys were multiplied by their alpha, as the tag of the alpha says."""
    grey_and_alpha = np.dstack([GREY * (draw(ALPHA) / 255), draw(ALPHA)]).round().astype(np.uint8)
    stream = io.BytesIO()
    tifffile.imwrite(
        stream, grey_and_alpha, photometric="minisblack", extrasamples=["assocalpha"],
        planarconfig="contig",
    )  # fmt: skip
    return stream.getvalue()


def qoi(colours):
    """A QOI after its specification: each pixel in full, or a run of the last."""
    content = b"qoif" + struct.pack(">IIBB", WIDTH, HEIGHT, 3, 0)
    for top in (colours[:2], colours[2:]):
        for _ in range(HEIGHT // 2):
            for colour in top:
                content += b"\xfe" + bytes(colour.tolist()) + bytes([0xC0 | WIDTH // 2 - 2])
    return content + b"\0" * 7 + b"\1"


def heic(picture, **options):
    import pillow_heif

    stream = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(picture)).save(
        stream, quality=95, chroma=444, **options
    )
    return stream.getvalue()


def srgb_curve(linear):
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


# sRGB's red, middle grey, black and white in CIELAB for D50, after B. Lindbloom.
# TIFF keeps L * 2.55.
LAB = np.array([(54.29 * 2.55, 80.81, 69.89), (53.59 * 2.55, 0, 0), (0, 0, 0), (255, 0, 0)]).round()
LAB = Image.frombytes("LAB", (WIDTH, HEIGHT), draw(LAB).tobytes())
CUTOUT = np.dstack([PICTURE, draw(ALPHA)])
INK_COLOURS = grey([0, 255, 255, 0])
INK = Image.fromarray(draw([0, 255, 255, 0])).convert("1")
PALETTE = Image.fromarray(draw([0, 1, 2, 3])).copy()
PALETTE.putpalette(COLOURS.astype(np.uint8).tobytes())
SWAPPED, SWAPPED_COLOURS = swapped_profile(), COLOURS[:, [1, 0, 2]]
DEEP = np.array([0, 1000, 40000, 65535])
MOTOROLA = Image.frombytes("I;16B", (WIDTH, HEIGHT), draw(DEEP, ">u2").tobytes())
ON_WHITE, FIRST_IS_CLEAR = over(COLOURS, ALPHA, WHITE), over(COLOURS, [0, 255, 255, 255], WHITE)


def damaged_exif():
    exif = Image.Exif()
    exif[0x0112] = 6
    return encode(PICTURE, "JPEG", exif=exif.tobytes()[:-9])


# kind -> (content, the four colours that must be read, tolerance in levels)
SOUND = {
    "JPEG": (encode(PICTURE, "JPEG"), COLOURS, 3),
    "JPEG progressive": (encode(PICTURE, "JPEG", progressive=True), COLOURS, 3),
    "JPEG without chroma subsampling": (encode(PICTURE, "JPEG", subsampling=0), COLOURS, 3),
    "JPEG grey": (encode(GREY, "JPEG"), grey(GREYS), 2),
    "JPEG CMYK, inverted as Adobe does": (encode(ink(PICTURE), "JPEG", quality=95), COLOURS, 3),
    "JPEG CMYK, not inverted": (
        without_adobe_marker(encode(ImageChops.invert(ink(PICTURE)), "JPEG", quality=95)),
        COLOURS,
        3,
    ),
    "JPEG with garbage after its end": (
        encode(PICTURE, "JPEG") + b"\xff\xd8 garbage" * 99,
        COLOURS,
        3,
    ),
    "JPEG with damaged EXIF": (damaged_exif(), COLOURS, 3),
    "JPEG with sRGB profile": (encode(PICTURE, "JPEG", icc_profile=SRGB_PROFILE), COLOURS, 3),
    "JPEG with another profile": (encode(PICTURE, "JPEG", icc_profile=SWAPPED), SWAPPED_COLOURS, 4),
    "JPEG with nonsense for a profile": (
        encode(PICTURE, "JPEG", icc_profile=b"nonsense" * 50),
        COLOURS,
        3,
    ),
    "JPEG grey with a grey profile": (
        encode(GREY, "JPEG", icc_profile=linear_grey_profile()),
        grey(255 * srgb_curve(GREYS / 255)),
        3,
    ),
    "JPEG CMYK with a profile for RGB": (
        encode(ink(PICTURE), "JPEG", quality=95, icc_profile=SWAPPED),
        SWAPPED_COLOURS,
        5,
    ),
    "JPEG of several pictures (MPO)": (encode(PICTURE, "MPO", second=True), COLOURS, 3),
    "JPEG named .png": (encode(PICTURE, "JPEG"), COLOURS, 3),
    "PNG": (encode(PICTURE, "PNG"), COLOURS, 0),
    "PNG named .jpg": (encode(PICTURE, "PNG"), COLOURS, 0),
    "PNG with garbage after its end": (encode(PICTURE, "PNG") + b"garbage" * 99, COLOURS, 0),
    "PNG with another profile": (encode(PICTURE, "PNG", icc_profile=SWAPPED), SWAPPED_COLOURS, 1),
    "PNG 1-bit": (encode(INK, "PNG"), grey([0, 255, 255, 0]), 0),
    "PNG grey 2-bit": (
        png(draw([0, 0b01010101, 0b10101010, 255])[:, ::4], 2, 0),
        grey([0, 85, 170, 255]),
        0,
    ),
    "PNG grey": (encode(GREY, "PNG"), grey(GREYS), 0),
    "PNG grey and alpha": (
        encode(np.dstack([GREY, draw(ALPHA)]), "PNG"),
        over(grey(GREYS), ALPHA, WHITE),
        1,
    ),
    "PNG grey 16-bit": (encode(draw(DEEP, np.uint16), "PNG"), grey(DEEP / 257), 0.5),
    "PNG grey 16-bit by the specification": (png(draw(DEEP, ">u2"), 16, 0), grey(DEEP / 257), 0.5),
    "PNG grey 16-bit with one clear grey": (
        png(draw(DEEP, ">u2"), 16, 0, struct.pack(">H", 40000)),
        grey([0, 1000 / 257, 255, 255]),
        0.5,
    ),
    "PNG grey and alpha 16-bit": (
        png(np.dstack([draw(DEEP, int), draw(ALPHA * 257, int)]).astype(">u2"), 16, 4),
        over(grey(DEEP / 257), ALPHA, WHITE),
        1,
    ),
    "PNG RGB 16-bit": (png(draw(COLOURS * 257, ">u2"), 16, 2), COLOURS, 0),
    "PNG RGBA 16-bit": (png((CUTOUT * np.uint16(257)).astype(">u2"), 16, 6), ON_WHITE, 1),
    "PNG RGBA": (encode(CUTOUT, "PNG"), ON_WHITE, 1),
    "PNG palette": (encode(PALETTE, "PNG"), COLOURS, 0),
    "PNG palette with one clear colour": (
        encode(PALETTE, "PNG", transparency=0),
        FIRST_IS_CLEAR,
        0,
    ),
    "PNG palette with alpha": (
        encode(PALETTE, "PNG", transparency=bytes(ALPHA.tolist())),
        ON_WHITE,
        1,
    ),
    "PNG RGB with one clear colour": (
        encode(PICTURE, "PNG", transparency=tuple(COLOURS[0].tolist())),
        FIRST_IS_CLEAR,
        0,
    ),
    "PNG grey with one clear grey": (
        encode(GREY, "PNG", transparency=20),
        grey([255, 90, 160, 240]),
        0,
    ),
    "WebP": (encode(PICTURE, "WEBP", quality=95), COLOURS, 5),
    "WebP lossless with alpha": (encode(CUTOUT, "WEBP", lossless=True, exact=True), ON_WHITE, 1),
    "WebP animated": (encode(PICTURE, "WEBP", lossless=True, second=True), COLOURS, 0),
    "GIF": (encode(PALETTE, "GIF"), COLOURS, 0),
    "GIF with a clear colour": (encode(PALETTE, "GIF", transparency=0), FIRST_IS_CLEAR, 0),
    "GIF animated": (encode(PALETTE, "GIF", second=True), COLOURS, 0),
    "TIFF": (encode(PICTURE, "TIFF"), COLOURS, 0),
    "TIFF with LZW": (encode(PICTURE, "TIFF", compression="tiff_lzw"), COLOURS, 0),
    "TIFF with JPEG inside": (encode(PICTURE, "TIFF", compression="jpeg", quality=95), COLOURS, 4),
    "TIFF of two pages": (encode(PICTURE, "TIFF", second=True), COLOURS, 0),
    "TIFF RGBA": (encode(CUTOUT, "TIFF"), ON_WHITE, 1),
    "TIFF CMYK": (encode(ink(PICTURE), "TIFF"), COLOURS, 1),
    "TIFF CIELAB": (encode(LAB, "TIFF"), [(255, 0, 0), (128, 128, 128), (0, 0, 0), WHITE], 5),
    "TIFF 1-bit fax": (encode(INK, "TIFF", compression="group4"), grey([0, 255, 255, 0]), 0),
    "TIFF 16-bit": (encode(draw(DEEP, np.uint16), "TIFF"), grey(DEEP / 257), 0.5),
    "TIFF 12-bit": (
        tiff_12_bit(draw([0, 1000, 2500, 4095], int)),
        grey([0, 62.3, 155.7, 255]),
        0.5,
    ),
    "TIFF 16-bit big-endian": (encode(MOTOROLA, "TIFF"), grey(DEEP / 257), 0.5),
    "TIFF float32 from 0 to 1": (encode(draw(GREYS / 255, np.float32), "TIFF"), grey(GREYS), 0.5),
    "BMP": (encode(PICTURE, "BMP"), COLOURS, 0),
    "PNG with 2 MB of text": (with_text(b"zTXt", at_the_end=False), COLOURS, 0),
    "PNG with 2 MB of text behind its pixels": (with_text(b"zTXt", at_the_end=True), COLOURS, 0),
    "TIFF grey and alpha, multiplied": (premultiplied(), over(grey(GREYS), ALPHA, WHITE), 2),
    "JPEG-2000": (encode(PICTURE, "JPEG2000"), COLOURS, 0),
    "JPEG-2000, only its codestream": (encode(PICTURE, "JPEG2000", no_jp2=True), COLOURS, 0),
    "JPEG-2000 with alpha": (encode(CUTOUT, "JPEG2000"), ON_WHITE, 1),
    "JPEG-2000 grey 16-bit": (encode(draw(DEEP, np.uint16), "JPEG2000"), grey(DEEP / 257), 0.5),
    "PPM": (b"P6 64 48 255\n" + PICTURE.tobytes(), COLOURS, 0),
    "PGM": (b"P5 64 48 255\n" + GREY.astype(np.uint8).tobytes(), grey(GREYS), 0),
    "PBM": (b"P4 64 48\n" + np.packbits(draw([1, 0, 0, 1]), 1).tobytes(), INK_COLOURS, 0),
    "PFM": (b"Pf\n64 48\n-1.0\n" + draw(GREYS / 255, "<f4")[::-1].tobytes(), grey(GREYS), 0.5),
    "TGA": (encode(PICTURE, "TGA"), COLOURS, 0),
    "TGA with runs": (encode(PICTURE, "TGA", compression="tga_rle"), COLOURS, 0),
    "TGA of the first version, without a footer": (encode(PICTURE, "TGA")[:-26], COLOURS, 0),
    "TGA named .jpg": (encode(PICTURE, "TGA"), COLOURS, 0),
    "ICO": (encode(PICTURE, "ICO", sizes=[(64, 48)]), COLOURS, 0),
    "PCX": (encode(PICTURE, "PCX"), COLOURS, 0),
    "SGI": (encode(PICTURE, "SGI"), COLOURS, 0),
    "QOI": (qoi(COLOURS), COLOURS, 0),
    "DDS": (encode(PICTURE, "DDS"), COLOURS, 0),
    "XBM": (encode(INK, "XBM"), INK_COLOURS[::-1], 0),
}
if features.check("avif"):
    SOUND["AVIF"] = (encode(PICTURE, "AVIF", quality=95), COLOURS, 5)
    SOUND["AVIF with alpha"] = (
        encode(CUTOUT, "AVIF", quality=98, subsampling="4:4:4"),
        ON_WHITE,
        6,
    )
if importlib.util.find_spec("pillow_heif"):
    SOUND["HEIC"] = (heic(PICTURE), COLOURS, 6)
    SOUND["HEIC with a profile"] = (heic(PICTURE, icc_profile=SWAPPED), SWAPPED_COLOURS, 7)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
@pytest.mark.parametrize("kind", SOUND)
def test_reads_the_colours_that_were_drawn(tmp_path, kind):
    content, expected, tolerance = SOUND[kind]
    file = tmp_path / f"photo.{kind.partition('named .')[2] or kind.split()[0]}"
    file.write_bytes(content)
    rgb = photos.read(file)
    assert (rgb.dtype, rgb.shape) == (np.uint8, (HEIGHT, WIDTH, 3))
    np.testing.assert_allclose(quarters(rgb), expected, atol=tolerance)


def stored(picture, orientation):
    """Where the EXIF standard puts the rows and columns of an upright picture."""
    turned = picture.transpose(1, 0, 2)
    return {
        1: picture,  # row 0 is the top, column 0 the left
        2: picture[:, ::-1],  # top, right
        3: picture[::-1, ::-1],  # bottom, right
        4: picture[::-1],  # bottom, left
        5: turned,  # left, top
        6: turned[::-1],  # right, top
        7: turned[::-1, ::-1],  # right, bottom
        8: turned[:, ::-1],  # left, bottom
    }[orientation]


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "WEBP", "AVIF", "HEIC"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_turns_a_photo_upright(tmp_path, orientation, form):
    exif = Image.Exif()
    exif[0x0112] = orientation
    turned = np.ascontiguousarray(stored(PICTURE, orientation))
    if form not in SOUND and form in ("AVIF", "HEIC"):
        pytest.skip(f"needs {form}")
    write = heic if form == "HEIC" else partial(encode, form=form, quality=95)
    file = tmp_path / "turned"
    file.write_bytes(write(turned, exif=exif.tobytes()))
    np.testing.assert_allclose(quarters(photos.read(file)), COLOURS, atol=6)


def test_turns_and_scales_a_16_bit_photo():
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = np.ascontiguousarray(draw(DEEP, np.uint16).T[::-1])
    rgb = photos.read(encode(turned, "PNG", exif=exif))
    np.testing.assert_allclose(quarters(rgb), grey(DEEP / 257), atol=0.5)


def test_puts_transparent_photos_on_the_background_that_is_asked_for():
    background = (10, 200, 90)
    rgb = photos.read(encode(CUTOUT, "PNG"), background=background)
    np.testing.assert_allclose(quarters(rgb), over(COLOURS, ALPHA, background), atol=1)


def test_colour_profiles_change_the_photo_but_not_its_background():
    rgb = photos.read(encode(CUTOUT, "PNG", icc_profile=SWAPPED), background=(255, 0, 0))
    np.testing.assert_allclose(quarters(rgb), over(SWAPPED_COLOURS, ALPHA, (255, 0, 0)), atol=2)


def test_reads_one_pixel():
    assert photos.read(encode(np.full((1, 1, 3), 77, np.uint8), "PNG")).tolist() == [[[77, 77, 77]]]


def test_reads_paths_bytes_and_file_objects_alike(tmp_path):
    content = encode(PICTURE, "PNG")
    file = tmp_path / "a.png"
    file.write_bytes(content)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("inside.png", content)

    class Pipe(io.BytesIO):
        def seekable(self):
            return False

    at_its_end = io.BytesIO(content)
    at_its_end.read()
    with file.open("rb") as opened, zipfile.ZipFile(tmp_path / "a.zip") as archive:
        sources = [
            file,
            str(file),
            content,
            memoryview(content),
            opened,
            at_its_end,
            Pipe(content),
            archive.open("inside.png"),
        ]
        for source in sources:
            assert np.array_equal(photos.read(source), PICTURE)


def test_a_broken_photo_in_an_archive_is_named_too(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("short.png", PNG[:100])
        archive.writestr("changed.png", PNG)
    content = bytearray((tmp_path / "a.zip").read_bytes())
    content[content.rindex(b"IDAT") + 8] ^= 255
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        with pytest.raises(photos.PhotoError, match=r"photo short\.png: truncated after 0\.1 kB"):
            photos.read(archive.open("short.png"))
        with pytest.raises(
            photos.PhotoError, match=r"photo changed\.png: cannot be read \(Bad CRC"
        ):
            photos.read(archive.open("changed.png"))


def test_a_failing_disk_is_reported_for_the_photo_it_fails_on(monkeypatch, tmp_path):
    class BadSector(io.BytesIO):
        def read(self, *_):
            raise OSError(5, "Input/output error")

    (tmp_path / "a.jpg").write_bytes(JPEG)
    monkeypatch.setattr(Path, "open", lambda *_: BadSector())
    with pytest.raises(photos.PhotoError, match=r"a\.jpg: Input/output error; check the disk"):
        photos.read(tmp_path / "a.jpg")


def test_the_array_may_be_written_to():
    photos.read(encode(PICTURE, "PNG"))[:] = 0


# kind -> (content, what the message must say)
JPEG, PROGRESSIVE = SOUND["JPEG"][0], SOUND["JPEG progressive"][0]
PNG, GIF, WEBP, TIFF, BMP = (SOUND[kind][0] for kind in ("PNG", "GIF", "WebP", "TIFF", "BMP"))


def patched(content, start, new):
    return content[:start] + new + content[start + len(new) :]


def jpeg_of(width, height):
    frame = JPEG.index(b"\xff\xc0")
    return patched(JPEG, frame + 5, struct.pack(">HH", height, width))


BROKEN = {
    "empty": (b"", "empty"),
    "only zeros": (bytes(5000), "not a photo"),
    "text": (b"Dear diary, no photo today.\n", "not a photo"),
    "web page": (b"\xef\xbb\xbf\n<!DOCTYPE html><html>404</html>", "web page"),
    "SVG drawing": (b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", "XML"),
    "git-lfs": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 9",
        "git lfs pull",
    ),
    "PDF": (b"%PDF-1.7\n" + bytes(99), "not a photo"),
    "zip": (b"PK\x03\x04" + bytes(99), "not a photo"),
    "PostScript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a photo"),
    "PPM cut": (b"P6 9 9 255\nabc", "truncated|damaged PPM"),
    "HEIC of nothing": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(99), "HEIC.*save it as"),
    "JPEG 2000 cut": (encode(PICTURE, "JPEG2000")[:300], "JPEG 2000|truncated"),
    "JPEG cut in its pixels": (JPEG[:-200], "truncated after"),
    "JPEG cut in its header": (JPEG[:100], "truncated after"),
    "JPEG of three bytes": (JPEG[:3], "truncated after"),
    "JPEG progressive, cut": (PROGRESSIVE[:-150], "truncated after"),
    "JPEG with zeros for its second half": (JPEG[:-200] + bytes(200), "truncated after"),
    "JPEG of nothing but its header": (
        JPEG[: JPEG.index(b"\xff\xda")] + b"\xff\xd9",
        "truncated|cut off",
    ),
    "JPEG of no rows": (jpeg_of(64, 0), "JPEG"),
    "JPEG of 240 megapixels": (jpeg_of(60000, 4000), "over 200 megapixels"),
    "JPEG of 4,295 megapixels": (jpeg_of(65535, 65535), "over 200 megapixels"),
    "PNG cut in its pixels": (PNG[: len(PNG) // 2], "truncated after"),
    "PNG cut in its header": (PNG[:20], "truncated after"),
    "PNG without its last bytes": (PNG[:-8], "truncated after"),
    "PNG with a wrong checksum in the header": (patched(PNG, 29, b"\0\0\0\0"), "PNG.*damaged"),
    "PNG with a wrong checksum of the pixels": (
        patched(PNG, len(PNG) - 16, b"\0\0\0\0"),
        "damaged PNG",
    ),
    "PNG with damaged pixels": (patched(PNG, PNG.index(b"IDAT") + 20, b"\xff" * 9), "damaged PNG"),
    "PNG with no columns": (png([], 8, 2, size=(0, 48)), "PNG"),
    "PNG with no rows": (png([], 8, 2, size=(64, 0)), "PNG"),
    "PNG of 200.02 megapixels": (png([], 1, 0, size=(20000, 10001)), "over 200 megapixels"),
    "PNG of 2,500 megapixels": (png([], 1, 0, size=(50000, 50000)), "over 200 megapixels"),
    "GIF cut": (GIF[:-30], "truncated|cut off"),
    "GIF with no columns": (
        patched(patched(GIF, 6, b"\0\0"), GIF.index(b",\0\0\0\0") + 5, b"\0\0"),
        "GIF",
    ),
    "GIF of 3,600 megapixels": (
        patched(GIF, 6, struct.pack("<HH", 60000, 60000)),
        "over 200 megapixels",
    ),
    "WebP cut": (WEBP[:-40], r"truncated after 0\.\d+ of 0\.\d+ kB"),
    "TIFF cut": (TIFF[:5000], "truncated|cut off"),
    "TIFF with LZW, cut": (SOUND["TIFF with LZW"][0][:-100], "cut off"),
    "TIFF whose directory lies outside": (patched(TIFF, 4, b"\xff\xff\xff\x7f"), "cut off"),
    "TIFF of 32-bit integers": (encode(draw(GREYS, np.int32), "TIFF"), "32-bit.*save it as"),
    "TIFF of floats beyond 1": (encode(draw(GREYS, np.float32), "TIFF"), "pixels from 20 to 240"),
    "TIFF of negative floats": (
        encode(draw(-GREYS, np.float32), "TIFF"),
        "pixels from -240 to -20",
    ),
    "TIFF with not-a-number": (encode(draw([np.nan, 0, 1, 1], np.float32), "TIFF"), "nan"),
    "BMP cut": (BMP[:4000], "truncated after 4 of 9.27 kB"),
}


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("kind", BROKEN)
def test_names_the_file_that_is_broken_and_why(tmp_path, kind):
    content, reason = BROKEN[kind]
    file = tmp_path / "photo.jpg"
    file.write_bytes(content)
    with pytest.raises(photos.PhotoError, match=reason) as caught:
        photos.read(file)
    assert str(caught.value).startswith(f"photo {file}: ") and "delete" not in str(caught.value)
    assert "; " in str(caught.value)
    file.unlink()  # on Windows this fails while the file is still open


def test_there_are_thirty_kinds_and_more():
    assert len(BROKEN) >= 30 and len(SOUND) >= 30


def test_two_hundred_megapixels_are_not_too_many():
    """The header is accepted; the file is refused later, because it holds no pixels."""
    with pytest.raises(photos.PhotoError, match="damaged|truncated") as caught:
        photos.read(png([], 1, 0, size=(20000, 10000)))
    assert "megapixels" not in str(caught.value)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WebP", "GIF", "JPEG"])
def test_leaves_pillows_own_limit_alone_and_does_not_depend_on_it(monkeypatch, kind):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 7)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        photos.read(SOUND[kind][0])
    with pytest.raises(photos.PhotoError):
        photos.read(BROKEN["JPEG of 4,295 megapixels"][0])
    assert Image.MAX_IMAGE_PIXELS == 7


def test_the_limit_holds_where_warnings_are_errors():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(photos.PhotoError, match="over 200 megapixels"):
            photos.read(BROKEN["PNG of 200.02 megapixels"][0])


def test_threads_that_read_at_once_leave_pillows_limit_alone(monkeypatch):
    def slow_open(*args, pillow_open=Image.open, **options):
        time.sleep(0.001 * next(pauses))
        return pillow_open(*args, **options)

    before, pauses = Image.MAX_IMAGE_PIXELS, itertools.cycle([1, 4, 2])
    monkeypatch.setattr(Image, "open", slow_open)
    with ThreadPoolExecutor(8) as pool:
        read = list(pool.map(photos.read, [PNG, TIFF] * 16))
    assert all(np.array_equal(rgb, PICTURE) for rgb in read)
    assert Image.MAX_IMAGE_PIXELS == before


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(
    "kind",
    [
        "JPEG",
        "JPEG progressive",
        "PNG",
        "PNG palette",
        "WebP",
        "GIF",
        "TIFF",
        "TIFF with LZW",
        "TIFF with JPEG inside",
        "BMP",
    ],
)
def test_a_photo_cut_anywhere_is_never_read_as_another_picture(kind):
    content = SOUND[kind][0]
    whole, refused = photos.read(content), 0
    cuts = np.linspace(0, len(content) - 1, 60).astype(int).tolist()
    for length in [*cuts, *range(len(content) - 12, len(content))]:
        try:
            assert np.array_equal(photos.read(content[:length]), whole), f"cut after {length} bytes"
        except photos.PhotoError:
            refused += 1
    assert refused > 50


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize(
    "kind",
    [
        "JPEG",
        "JPEG CMYK, not inverted",
        "PNG palette with alpha",
        "WebP",
        "PNG with another profile",
        "GIF animated",
        "TIFF with LZW",
    ],
)
def test_random_damage_gives_a_photo_or_a_photo_error_and_nothing_else(kind):
    rng = np.random.default_rng(7)
    for _ in range(40):
        damaged = np.frombuffer(SOUND[kind][0], np.uint8).copy()
        damaged[rng.integers(4, damaged.size, 5)] = rng.integers(0, 256, 5)
        try:
            rgb = photos.read(damaged.tobytes())
        except photos.PhotoError:
            continue
        assert rgb.dtype == np.uint8 and rgb.ndim == 3 and rgb.shape[2] == 3


def test_without_a_background_transparency_stays_as_a_fourth_channel():
    image = Image.fromarray(PICTURE)
    image.putalpha(Image.fromarray(draw(ALPHA)))
    exif = Image.Exif()
    exif[274] = 3  # upside down
    rgba = photos.read(encode(image, "PNG", exif=exif), background=None)
    np.testing.assert_array_equal(rgba[::-1, ::-1], np.dstack([PICTURE, draw(ALPHA)]))
    assert (
        photos.read(PNG, background=None).shape == PICTURE.shape
    )  # nothing transparent, no fourth channel


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(photos.PhotoError, match=r"missing\.jpg: No such file.*check the path"):
        photos.read(tmp_path / "missing.jpg")


def test_a_folder_given_as_a_photo_is_named(tmp_path):
    folder = tmp_path / "holiday.jpg"
    folder.mkdir()
    with pytest.raises(photos.PhotoError, match=r"holiday\.jpg: is a folder; .*photos\.find"):
        photos.read(folder)


def test_a_file_without_permission_is_named(somebody):
    file = somebody / "private.jpg"
    file.write_bytes(JPEG)
    photos.read(file)
    file.chmod(0)
    with pytest.raises(photos.PhotoError, match=r"private\.jpg: Permission denied.*permissions"):
        photos.read(file)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_refused_without_waiting_for_it(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    with pytest.raises(photos.PhotoError, match=r"pipe\.jpg: is a pipe"):
        photos.read(tmp_path / "pipe.jpg")


def test_what_is_no_file_at_all_is_a_programming_error():
    with pytest.raises(TypeError):
        photos.read(5)


def test_the_error_survives_pickling():
    error = pickle.loads(pickle.dumps(photos.PhotoError("a.jpg", "empty", "copy it again")))
    assert (str(error), error.file, error.reason) == (
        "photo a.jpg: empty; copy it again",
        "a.jpg",
        "empty",
    )
    assert isinstance(error, ValueError)
