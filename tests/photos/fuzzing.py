"""2,000 damaged photos of twelve formats, read and coloured: run by test_fuzzing.py on its own.

A process of its own, so that its peak memory is that of this work alone. Prints what came out.
"""

import collections
import io
import json
import resource
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image, features

from coursekit import photos
from coursekit.colorizer import colorize_files

NUMBER, SEED = 2000, 20
RNG = np.random.default_rng(SEED)
HEADER = 160  # bytes in which most damage falls


def encoded(form, array, **options):
    stream = io.BytesIO()
    Image.fromarray(array).save(stream, form, **options)
    return stream.getvalue()


def sound():
    """Suffix -> files of it, in the twelve formats."""
    ramp = np.linspace(0, 255, 48 * 36).astype(np.uint8).reshape(36, 48)
    rgb = np.dstack([ramp, ramp[::-1], ramp[:, ::-1]])
    rgba, deep = np.dstack([rgb, ramp]), ramp.astype(np.uint16) * 257
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "harvest"
    kinds = {
        ".jpg": [("JPEG", rgb, {"exif": exif}), ("JPEG", ramp, {"progressive": True})],
        ".png": [("PNG", rgba, {}), ("PNG", deep, {}), ("PNG", rgb, {"dpi": (300, 300)})],
        ".webp": [("WEBP", rgba, {"lossless": True}), ("WEBP", rgb, {})],
        ".gif": [("GIF", ramp, {})],
        ".tif": [
            ("TIFF", rgb, {"compression": "tiff_lzw", "dpi": (300, 300)}),
            ("TIFF", deep, {"compression": "tiff_adobe_deflate"}),
            ("TIFF", ramp, {}),
        ],
        ".bmp": [("BMP", rgb, {}), ("BMP", ramp, {})],
        ".jp2": [("JPEG2000", rgb, {}), ("JPEG2000", deep, {})],
        ".ppm": [("PPM", rgb, {}), ("PPM", deep, {})],
        ".tga": [("TGA", rgb, {"compression": "tga_rle"}), ("TGA", rgba, {})],
        ".ico": [("ICO", rgba, {}), ("ICO", rgb, {"bitmap_format": "bmp"})],
        ".pcx": [("PCX", rgb, {})],
    }
    if features.check("avif"):
        kinds[".avif"] = [("AVIF", rgb, {"exif": exif})]
    else:
        kinds[".sgi"] = [("SGI", rgb, {})]
    if ".heic" in photos.SUFFIXES:
        import pillow_heif

        pillow_heif.register_heif_opener()
        kinds[".heic"] = [("HEIF", rgb, {})]
    files = {
        suffix: [encoded(form, array, **options) for form, array, options in files]
        for suffix, files in kinds.items()
    }
    # Of depths that Pillow refuses.
    for options in ({"tile": (16, 16)}, {"predictor": True, "planarconfig": "separate"}):
        stream = io.BytesIO()
        pairs = np.stack([deep, deep[::-1]], 0 if "predictor" in options else -1)
        tifffile.imwrite(
            stream, pairs, photometric="miniswhite", compression="zlib",
            extrasamples=["unassalpha"], **{"planarconfig": "contig"} | options,
        )  # fmt: skip
        files[".tif"].append(stream.getvalue())
    return files


def damaged(content):
    """Cut it, or change bytes: mostly in the header, to numbers that sizes and offsets fear."""
    content = bytearray(content)
    if RNG.random() < 0.2:
        return bytes(content[: RNG.integers(0, len(content))])
    end = len(content) if RNG.random() < 0.3 else min(len(content), HEADER)
    for _ in range(RNG.integers(1, 5)):
        at = int(RNG.integers(0, end))
        length = int(RNG.choice([1, 1, 2, 4]))
        worst = [b"\0" * length, b"\xff" * length, b"\x7f" + b"\xff" * (length - 1)]
        random = RNG.bytes(length)
        content[at : at + length] = (worst + [random, random])[RNG.integers(5)]
    return bytes(content)


class Painter:
    """Colours nothing, in no time."""

    name = "painter"

    def colorize(self, rgb):
        return np.ascontiguousarray(rgb)


def main():
    warnings.simplefilter("ignore")
    kinds = sound()
    names = list(kinds)
    read, refused, wrong = collections.Counter(), collections.Counter(), []
    slowest, started = ("", 0.0), time.perf_counter()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with tempfile.TemporaryDirectory() as folder:
        album = Path(folder, "album")
        album.mkdir()
        for number in range(NUMBER):
            suffix = names[number % len(names)]
            files = kinds[suffix]
            file = album / f"{number:04}{suffix}"
            file.write_bytes(damaged(files[RNG.integers(len(files))]))
            since = time.perf_counter()
            try:
                rgb = photos.read(file)
                fits = rgb.dtype == np.uint8 and rgb.ndim == 3 and rgb.shape[2] == 3
                if not fits:
                    wrong.append(f"{file.name}: {rgb.dtype} {rgb.shape}")
                read[suffix] += 1
            except photos.PhotoError as error:
                if "delete" in str(error):
                    wrong.append(str(error))
                refused[suffix] += 1
            except Exception as error:
                wrong.append(f"{file.name}: {error!r}")
            slowest = max(slowest, (file.name, time.perf_counter() - since), key=lambda x: x[1])
        done = colorize_files(album, Path(folder, "out"), Painter())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    unit = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes
    answer = {
        "read": read,
        "refused": refused,
        "wrong": wrong,
        "coloured": len(done.written),
        "broken": len(done.broken),
        "megabytes": (peak - before) * unit / 1e6,
        "seconds": time.perf_counter() - started,
        "slowest": slowest,
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
