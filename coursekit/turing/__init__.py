"""Turing test of colorization: whether people can tell a photo's true colours from a network's.

`protocol` plans who sees what, `pairs` makes the pictures, `store` keeps the votes, `session` leads
one participant through, in the words of `words`: by `widget` and `plain` in a notebook, by `server`
a class, by `sheet` on paper. `rooms` joins the stores of several rooms into one study. `statistics`
says what the votes mean, `simulate` checks that it does, `figures` show it.
"""

from .pairs import Experiment, build
from .protocol import Protocol, Trial, TuringError, plan
from .session import Session
from .store import Store, StoreError, VoteError

__all__ = [
    "Experiment",
    "Protocol",
    "Session",
    "Store",
    "StoreError",
    "Trial",
    "TuringError",
    "VoteError",
    "build",
    "plan",
]
