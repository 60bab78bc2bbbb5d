"""Photo files coloured, any number at a time: ``coursekit colorize``."""

from .album import Report, colorize_files

__all__ = ["Report", "colorize_files"]
