"""Read any image file that people have into uint8 RGB (H, W, 3); find, resize and crop photos."""

from .finding import SUFFIXES, find, iter_photos, read_many
from .geometry import center_crop, letterbox, resize
from .reading import MAX_PIXELS, PhotoError, header, read

__all__ = [
    "MAX_PIXELS",
    "SUFFIXES",
    "PhotoError",
    "center_crop",
    "find",
    "header",
    "iter_photos",
    "letterbox",
    "read",
    "read_many",
    "resize",
]
