"""Experiments as lines of a file: a run is a line once it is done, and what has a line is not run again.

runs = experiments.grid(model=[1, 2], seed=[0, 1, 2])
runs += [{"model": 2, "seed": 0, "dropout": 0.5}]           # adding a run is one line
results = experiments.run(runs, train, "runs/study.jsonl")  # killed here, it goes on where it was
"""

from .running import differences, grid, key, read, restart, run, spread, verdict

__all__ = ["differences", "grid", "key", "read", "restart", "run", "spread", "verdict"]
