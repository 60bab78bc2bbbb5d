"""Photo files coloured, any number at a time: ``coursekit colorize``."""

from .album import FORMATS, OPTIONS, Report, colorize_files

__all__ = ["FORMATS", "OPTIONS", "Report", "colorize_files"]
