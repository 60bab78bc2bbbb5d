"""Photo files coloured, any number at a time: ``coursekit colorize``."""

from .album import Report, colorize_files
from .planning import unread_kinds

__all__ = ["Report", "colorize_files", "unread_kinds"]
