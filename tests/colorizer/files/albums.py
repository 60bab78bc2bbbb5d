"""Small albums, and colorizers for them that need no network."""

import numpy as np
from PIL import Image

from coursekit import color
from coursekit.colorizer import colorize_files


class Painter:
    """Paints everything with one colour."""

    ab = np.float32([30, 20])
    name = "painter"

    def colorize(self, rgb):
        L, ab = color.split(rgb)
        return color.join(L, np.broadcast_to(self.ab, ab.shape))


def paint(inputs, out, painter=None, **options):
    return colorize_files(inputs, out, painter or Painter(), **options)


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
