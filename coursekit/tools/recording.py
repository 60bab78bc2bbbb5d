"""The runs that come with the course: lessons executed with all seeds, colorizers measured."""

from __future__ import annotations

import os
from pathlib import Path

from coursekit import colorizer, datasets, files
from coursekit.colorizer import shipped
from coursekit.lesson import ladder
from coursekit.tools import notebooks

SEEDS = "0,1,2"
# The ladder's photos in the profiles laptop and gpu.
SIZES, TRAINED_ON, HELD_BACK = (96, 128), 2800, 400


def record(
    folder: Path, only: str | None = None, seeds: str = SEEDS, into: Path = ladder.RECORDED
) -> int:
    """Execute lessons with several seeds; keep what they put on the ladder among what ships.

    The notebooks stay as they are.

    Parameters
    ----------
    folder : Path
        The lessons'.
    only : str, optional
        How the names of those wanted start, such as "05"; by default none is executed, and what is
        in the folder's own file is kept.
    seeds : str
        Such as "0,1,2".
    into : Path
        The file that ships.

    Returns
    -------
    int
        The number of lessons that failed; then nothing is kept.
    """
    if only:
        os.environ["COURSEKIT_SEEDS"] = seeds
        if failed := notebooks.check(folder, only):
            return failed
    sets = set()
    for size in SIZES:
        held_back, _, _ = datasets.load("flowers", "val", size, limit=HELD_BACK)
        train, _, _ = datasets.load("flowers", "train", size, limit=TRAINED_ON)
        board = ladder.Ladder(ladder.SHIPPED, held_back, train, folder / ladder.OWN)
        for name in shipped.SHIPPED:
            board.add(name, colorizer.load(name))
        sets.add(board.photos)
    found = {
        ladder.key(line): line for line in [*ladder.read(into), *ladder.read(folder / ladder.OWN)]
    }
    here = {each: line for each, line in found.items() if line["photos"] in sets}
    files.write(into, ladder.written(here))
    print(f"{into}: {len(here)} runs")
    return 0
