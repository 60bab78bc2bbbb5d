"""A picture of four quarters, and what reading it must give."""

import io

import numpy as np
from PIL import Image

HEIGHT, WIDTH = 48, 64
COLOURS = np.array([(200, 30, 40), (30, 180, 60), (40, 60, 200), (230, 210, 60)])
GREYS = np.array([20, 90, 160, 240])
WHITE = (255, 255, 255)
ALPHA = np.array([255, 0, 255, 128])


def draw(four, dtype=np.uint8):
    """A picture of four quarters: top left, top right, bottom left, bottom right."""
    four = np.asarray(four, dtype)
    return four.reshape(2, 2, *four.shape[1:]).repeat(HEIGHT // 2, 0).repeat(WIDTH // 2, 1)


def quarters(rgb):
    """The mean colours of the four quarters, without their borders, where JPEG rings."""
    blocks = rgb.reshape(2, HEIGHT // 2, 2, WIDTH // 2, 3)[:, 8:-8, :, 8:-8]
    return blocks.mean((1, 3)).reshape(4, 3)


def grey(four):
    return np.repeat(np.asarray(four)[:, None], 3, 1)


def over(colours, alpha, background):
    alpha = np.asarray(alpha)[:, None] / 255
    return colours * alpha + np.asarray(background) * (1 - alpha)


def encode(picture, form, second=False, **options):
    """The bytes of an image file; with `second`, another frame or page follows."""
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    stream = io.BytesIO()
    if second:
        options |= {"save_all": True, "append_images": [Image.new("RGB", image.size, "magenta")]}
    image.save(stream, form, **options)
    return stream.getvalue()


PICTURE, GREY = draw(COLOURS), draw(GREYS)
