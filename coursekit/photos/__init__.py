"""Any image file that people have -> uint8 RGB (H, W, 3); finding, resizing, cropping, letterboxing."""

from .reading import (
    MAX_PIXELS,
    SUFFIXES,
    PhotoError,
    center_crop,
    find,
    header,
    iter_photos,
    letterbox,
    read,
    read_many,
    resize,
)

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
