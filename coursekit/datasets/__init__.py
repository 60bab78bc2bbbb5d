"""Photos to train on: cards and a loader for data sets, drawn scenes, your own folders and zips."""

from coursekit.files import location

from .loading import available, choose, load
from .preparing import prepare
from .registry import Card, DatasetError, card
from .registry import names as list  # noqa: A001 - datasets.list() reads as it should

__all__ = [
    "Card",
    "DatasetError",
    "available",
    "card",
    "choose",
    "list",
    "load",
    "location",
    "prepare",
]
