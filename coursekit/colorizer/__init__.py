"""Colorizers: grey photo in, colour photo out. Those that come with the course, and those that you train and save.

colorizer.load("vivid").colorize(photos.read("grandmother.jpg"))
"""

from .files import colorize_files
from .loading import load
from .model import Colorizer
from .shipped import NAMES, facts

__all__ = ["NAMES", "Colorizer", "colorize_files", "facts", "load"]
