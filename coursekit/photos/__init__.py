"""Read any image file that people have into uint8 RGB (H, W, 3); find, resize and crop photos."""

from .finding import Survey, find, iter_photos, read_many, survey, unread_kinds
from .formats import SUFFIXES, unread
from .geometry import center_crop, letterbox, resize
from .reading import MAX_PIXELS, PhotoError, header, read, read_with

__all__ = [
    "MAX_PIXELS",
    "SUFFIXES",
    "PhotoError",
    "Survey",
    "center_crop",
    "find",
    "header",
    "iter_photos",
    "letterbox",
    "read",
    "read_many",
    "read_with",
    "resize",
    "survey",
    "unread",
    "unread_kinds",
]
