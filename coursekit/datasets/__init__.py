"""Photos to train on: a card and one loader for each data set, drawn scenes, any folder or zip of yours."""

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
