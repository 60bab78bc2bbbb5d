"""Loading, converting, colouring and starting, each against the plain way of doing it."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import memory
import numpy as np
from paired import compare, from_pairs, seconds
from PIL import Image
from skimage.color import rgb2lab

from coursekit import color, colorizer, datasets, photos
from coursekit.datasets import scenes


def measure():
    yield from (loading(), converting(), colouring(), listing())
    yield from starting()


def loading(count: int = 600, size: int = 64):
    """A folder of photos from the second load on, against decoding and shrinking each."""
    with tempfile.TemporaryDirectory() as folder:
        for number, rgb in enumerate(scenes.draw(count, 128).rgb):
            Image.fromarray(rgb).save(Path(folder, f"{number:04}.jpg"), quality=90)
        files = photos.find(folder)
        return compare(
            "loading again",
            "decoding again",
            lambda: datasets.load(folder, "train", size),
            lambda: np.stack([photos.resize(photos.read(file), size, size) for file in files]),
            note=f"{count} photos of 128 px to {size} px",
        )


def converting(count: int = 200, size: int = 64):
    rgb = scenes.draw(count, size).rgb
    return compare(
        "color.split",
        "scikit-image called a photo at a time",
        lambda: color.split(rgb),
        lambda: np.stack([rgb2lab(photo) for photo in rgb]),
        note=f"{count} photos of {size} px",
    )


def colouring(size: int = 512, height: int = 3000, width: int = 4000):
    """Predicting small and putting the colour on the large L, against the network on it all.

    The whole photo is a small one, for at 12 megapixels the network alone would take more than 30
    GB.
    """
    model = colorizer.load("vivid")
    large, small = (
        np.asarray(Image.fromarray(scenes.draw(1, 128).rgb[0]).resize(shape))
        for shape in ((width, height), (size, size))
    )
    L, _ = color.split(small)
    with tempfile.TemporaryDirectory() as folder:
        Image.fromarray(large).save(Path(folder, "large.jpg"), quality=92)
        model.save(Path(folder, "model.keras"))
        alone = subprocess.run(
            [sys.executable, __file__, folder], check=True, capture_output=True, text=True
        )
    times = width * height / size**2
    pairs = [
        (ours / times, naive)
        for ours, naive in (
            (
                seconds(lambda: model.colorize(large)),
                seconds(lambda: color.join(L, model.predict_ab(L[None])[0])),
            )
            for _ in range(6)
        )
    ][1:]
    return from_pairs(
        "a pixel with Colorizer.colorize",
        "with the network at full resolution",
        pairs,
        f"{width} × {height} against {size} × {size} pixels; the large one as a JPEG file, "
        f"by a process of its own: {alone.stdout.strip()}",
    )


def one_file(folder: str) -> None:
    """Read, colour and write a file, the second time: then the network has run once."""
    model = colorizer.load(f"{folder}/model.keras")

    def colour(name: str) -> None:
        colorizer.colorize_files(f"{folder}/large.jpg", f"{folder}/{name}.jpg", model)

    colour("first")
    started, used = time.perf_counter(), time.process_time()
    peak = memory.peak(lambda: colour("second"))
    took, used = time.perf_counter() - started, time.process_time() - used
    print(f"{took:.1f} s ({used:.1f} s of CPU), peak memory {peak / 1e9:.2f} GB")


def listing(count: int = 30_000):
    """An album whose results are all there before, against finding its photos."""
    model = colorizer.load("vivid")
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("album", "coloured"):
            for number in range(count):
                file = Path(folder, kind, str(number % 100), f"{number}.jpg")
                file.parent.mkdir(parents=True, exist_ok=True)
                file.touch()
        album, out = f"{folder}/album", f"{folder}/coloured"

        def skipping():
            colorizer.colorize_files(album, out, model, skip=True)

        return compare(
            "coursekit colorize --skip",
            "photos.find",
            skipping,
            lambda: photos.find(album),
            repeats=5,
            note=f"{count:,} photos that were coloured before, in {seconds(skipping):.1f} s",
        )


def starting():
    """What someone waits for before anything is computed, against loading Keras."""

    def start(*arguments):
        command = [sys.executable, *arguments]
        return lambda: subprocess.run(command, check=True, capture_output=True)

    subject = "from coursekit import color, photos, datasets"
    keras = start("-c", "import keras")
    yield compare(
        "coursekit --help", "import keras", start("-m", "coursekit", "--help"), keras, repeats=5
    )
    yield compare(subject, "import keras", start("-c", subject), keras, repeats=5)


if __name__ == "__main__":
    if sys.argv[1:]:
        one_file(sys.argv[1])
    else:
        for ratio in measure():
            print(ratio, flush=True)
