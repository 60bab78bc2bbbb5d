"""Time and peak memory of the lessons by profile, in fresh kernels, without stored results.

python tests/benchmarks/lessons.py smoke 01 02             # a profile, and the lessons if not all
python tests/benchmarks/lessons.py smoke,laptop --guide    # writes their rows of the guide's table
"""

import shutil
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import report

from coursekit.tools import notebooks


class Lesson(NamedTuple):
    """What one lesson took in one profile."""

    lesson: str
    profile: str
    seconds: float
    gigabytes: float

    def __str__(self):
        took = f"{self.seconds:.0f} s, {self.gigabytes:.1f} GB at its peak"
        return f"{self.lesson}, {self.profile}: {took}"


def measure(profile: str, *only: str):
    with tempfile.TemporaryDirectory() as folder:
        fresh = shutil.copytree(
            "notebooks", Path(folder, "notebooks"), ignore=shutil.ignore_patterns("runs")
        )
        for path in [path for start in only or [None] for path in notebooks.lessons(fresh, start)]:
            outcome = notebooks.execute(path, profile)
            if outcome.failure:
                sys.exit(f"{path.stem} failed in {profile}: {outcome.failure}")
            yield Lesson(path.stem, profile, outcome.seconds, outcome.peak_bytes / 1e9)


def main(profiles: str, *only: str) -> None:
    found, guide = [], "--guide" in only
    only = [each for each in only if each != "--guide"]
    for profile in profiles.split(","):
        for lesson in measure(profile, *only):
            print(lesson, flush=True)
            found.append(lesson)
    if guide:
        table = report.of_lessons(found, report.lessons_in(report.GUIDE))
        report.into_guide(report.GUIDE, "lessons", f"{report.machine()}.", table)


if __name__ == "__main__":
    main(*sys.argv[1:])
