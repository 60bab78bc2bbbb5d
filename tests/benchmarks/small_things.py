"""Loading, converting, colouring and importing, each against the plain way of doing it."""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from paired import compare
from PIL import Image
from skimage.color import rgb2lab

from coursekit import color, datasets, networks, photos
from coursekit.colorizer import Colorizer
from coursekit.datasets import scenes


def measure():
    yield from (loading(), converting(), colouring(), importing())


def loading(count: int = 600, size: int = 64):
    """A folder of photos from the second load on, against decoding and shrinking each."""
    with tempfile.TemporaryDirectory() as folder:
        for number, rgb in enumerate(scenes.draw(count, 128).rgb):
            Image.fromarray(rgb).save(Path(folder, f"{number:04}.jpg"), quality=90)
        files = photos.find(folder)
        return compare("loading again", "decoding again", lambda: datasets.load(folder, "train", size),
                       lambda: np.stack([photos.resize(photos.read(file), size, size) for file in files]),
                       note=f"{count} photos of 128 px to {size} px")


def converting(count: int = 200, size: int = 64):
    rgb = scenes.draw(count, size).rgb
    return compare("color.split", "scikit-image called a photo at a time", lambda: color.split(rgb),
                   lambda: np.stack([rgb2lab(photo) for photo in rgb]), note=f"{count} photos of {size} px")


def colouring(side: int = 1024):
    """Predicting small and putting the colour on the large L, against the network on the whole photo."""
    photo = np.kron(scenes.draw(1, 128).rgb[0], np.ones((side // 128, side // 128, 1), np.uint8))
    colorizer = Colorizer(networks.small_colorful(2, "tanh"), size=64)
    L, _ = color.split(photo)
    return compare("Colorizer.colorize", "the network at full resolution", lambda: colorizer.colorize(photo),
                   lambda: color.join(L, colorizer.predict_ab(L[None])[0]), repeats=5, note=f"{side} × {side} pixels")


def importing():
    def start(code):
        return lambda: subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)

    return compare("import coursekit", "import keras", start("import coursekit"), start("import keras"), repeats=5)


if __name__ == "__main__":
    for ratio in measure():
        print(ratio, flush=True)
