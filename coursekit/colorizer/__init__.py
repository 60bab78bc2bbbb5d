"""Colorizers: grey photo in, colour photo out. Some come with the course, others you train.

Use one as ``colorizer.load("vivid").colorize(photos.read("grandmother.jpg"))``.
"""

from .files import colorize_files
from .loading import load
from .model import Colorizer, DivergedError
from .shipped import NAMES, facts

__all__ = ["NAMES", "Colorizer", "DivergedError", "colorize_files", "facts", "load"]
