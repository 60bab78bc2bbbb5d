"""Experiments as lines of a file: what has a line is not run again.

A run is a line once it is done::

    runs = experiments.grid(model=[1, 2], seed=[0, 1, 2])
    runs += [{"model": 2, "seed": 0, "dropout": 0.5}]  # adding a run is one line
    results = experiments.run(runs, train, "runs/study.jsonl")  # killed, it goes on where it was
"""

from .comparing import Comparison, compare, differences, false_alarms
from .restarting import restart
from .running import grid, key, read, run

__all__ = [
    "Comparison",
    "compare",
    "differences",
    "false_alarms",
    "grid",
    "key",
    "read",
    "restart",
    "run",
]
