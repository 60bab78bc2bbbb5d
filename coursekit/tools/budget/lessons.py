"""What each lesson would cost on a T4: `coursekit gpu-budget`, and its table in the guide."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tokenize
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import nbformat

from coursekit import files
from coursekit.datasets import registry
from coursekit.lesson import profile
from coursekit.tools import gate, notebooks

GUIDE = Path("docs/guides/small_gpus.md")
BEGIN, END = "<!-- gpu-budget writes from here -->\n", "<!-- to here -->"
HEAD = """| lesson | TFLOP | GPU, min | CPU beside it, min | GPU memory, MB |
|---|---|---|---|---|
"""
ROW = re.compile(
    r"(?m)^\| (\w+) \| ([\d,.]+) \| ([\d.]+) \| ([\d.]+) \| ([\d,]+) <!-- (\w+) --> \|$"
)
COSTLY = 5  # entries that are told where a lesson exceeds its budget


class Estimate(NamedTuple):
    """What a lesson's gpu profile costs on a T4.

    Attributes
    ----------
    lesson : str
        The notebook's name without ``.ipynb``.
    tflop : float
        Operations of its networks, 10¹².
    gpu : float
        Minutes of the GPU, see `coursekit.tools.budget.counting`.
    cpu : float
        Minutes of a core beside it, for batches, scenes, photos converted and numbers, not for
        drawing figures; as measured where it was counted.
    megabytes : float
        The most GPU memory that it holds at once, 2²⁰ bytes.
    state : str
        Of which code and profile this was counted, see `state`.
    """

    lesson: str
    tflop: float
    gpu: float
    cpu: float
    megabytes: float
    state: str

    @property
    def excess(self) -> str:
        """Say by what it exceeds its budget; empty if it does not.

        Returns
        -------
        str
            Such as "21 minutes, allowed are 15".
        """
        minutes, found = self.gpu + self.cpu, []
        if minutes > gate.GPU_SECONDS / 60:
            found.append(f"{minutes:.0f} minutes, allowed are {gate.GPU_SECONDS // 60}")
        if self.megabytes > gate.GPU_MB:
            found.append(f"{self.megabytes:,.0f} MB, allowed are {gate.GPU_MB:,}")
        return "; ".join(found)

    def __str__(self) -> str:
        """Write its row of the table."""
        return (
            f"| {self.lesson} | {self.tflop:,.1f} | {self.gpu:.1f} | {self.cpu:.1f} "
            f"| {self.megabytes:,.0f} <!-- {self.state} --> |"
        )


def budget(folder: Path, only: str | None = None, guide: Path = GUIDE) -> int:
    """Count lessons, say what each costs and asks, and write the rows of the guide's table.

    Parameters
    ----------
    folder : Path
        The lessons'.
    only : str, optional
        How the names of those wanted start, such as "02"; the rows of others stay.
    guide : Path
        The file with the table.

    Returns
    -------
    int
        How many exceed the budget, ask data sets for what they do not have, or fail.
    """
    bad, rows = 0, {row.lesson: row for row in table(guide)}
    for path in notebooks.lessons(folder, only):
        counted = count(path, "gpu", "all")
        row, faults = estimate(path, counted), _faults("gpu, all", counted, [])
        last = max(counted["asked"], default=0)
        with ThreadPoolExecutor(2) as pool:
            jobs = {
                f"{name}, {sets}": pool.submit(count, path, name, sets, last)
                for name, sets in _others(path)
                if last
            }
        for label, job in jobs.items():
            faults += _faults(label, job.result(), counted["asked"])
        state = "FAILED" if row.excess or faults else "ok    "
        print(
            f"{path.stem:32}  {state}  {row.tflop:9,.1f} TFLOP  {row.gpu:5.1f} min GPU  "
            f"{row.cpu:4.1f} min CPU  {row.megabytes:6,.0f} MB",
            flush=True,
        )
        if row.excess:
            print(f"    {row.excess}; what costs most:")
            print(*(f"        {line}" for line in costly(path, counted)), sep="\n", flush=True)
        for fault in faults:
            print(f"    {fault}", flush=True)
        bad += bool(row.excess or faults)
        if not faults:  # a row says that a lesson asks for nothing that there is not
            rows[path.stem] = row
    there = [path.stem for path in notebooks.lessons(folder)]
    write(guide, [rows[name] for name in there if name in rows])
    return bad


def _others(path: Path) -> list[tuple[str, str]]:
    """List profile and data sets at hand of the runs that only look at what data sets are asked.

    Only such as may ask for something else than the gpu profile with all sets. Smoke asks drawn
    scenes alone, and runs in earnest in `make test`.
    """
    chosen = profile.LESSONS[path.stem]
    profiles = ["gpu"] if chosen["laptop"] == chosen["gpu"] else ["gpu", "laptop"]
    told = json.dumps([[*settings.values()] for settings in chosen.values()])
    optional = {card.name for card in registry.CARDS.values() if card.counts} - {"flowers"}
    mixed = any(f'"{name}"' in told for name in optional)
    sets = ["all", "flowers"] if mixed else ["all"]
    return [(each, at_hand) for each in profiles for at_hand in sets][1:]


def count(path: Path, in_profile: str, available: str, last: int | None = None) -> dict:
    """Run a lesson in a process of its own, its networks counted and its photos made up.

    Parameters
    ----------
    path : Path
        The notebook.
    in_profile : str
        "smoke", "laptop" or "gpu".
    available : str
        Which data sets are at hand, as `coursekit.tools.budget.pretending.AVAILABLE` names it.
    last : int, optional
        The code cell after which to end; by default all run.

    Returns
    -------
    dict
        What `coursekit.tools.budget.pretending.run` gives.
    """
    # Nothing is read from the user's cache, and nothing that a lesson writes stays.
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        work = shutil.copytree(
            path.parent, place / "work", ignore=lambda folder, names: set(names) - {path.name}
        )
        environment = {
            **os.environ,
            "COURSEKIT_DATA": str(place / "data"),
            "COURSEKIT_OFFLINE": "1",
            "COURSEKIT_PROFILE": in_profile,
            "MPLBACKEND": "Agg",
            "PYTHONPATH": os.pathsep.join(filter(None, [os.getcwd(), *_paths()])),
            # A lesson asserts what trained networks do.
            "PYTHONOPTIMIZE": "1",
        }
        module = "coursekit.tools.budget.pretending"
        arguments = [str(path.name), available, str(place / "found.json"), str(last or 0)]
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=work,
            env=environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
        )
        if done.returncode:
            end = done.stderr.strip().splitlines()[-1:]
            raise RuntimeError(f"{path}: the process that counts it ended early: {''.join(end)}")
        return json.loads((place / "found.json").read_text(encoding="utf-8"))


def _paths() -> list[str]:
    return os.environ.get("PYTHONPATH", "").split(os.pathsep)


def _faults(label: str, counted: dict, asking: list[int]) -> list[str]:
    """Say what a run found fault with; and its failure, unless all cells that ask have asked."""
    whole = bool(asking) and {*asking} <= {*counted["asked"]}
    failure = [counted["failure"]] if counted["failure"] and not whole else []
    return [f"{label}: {fault}" for fault in [*dict.fromkeys(counted["faults"]), *failure]]


def estimate(path: Path, counted: dict) -> Estimate:
    """Add up what a lesson costs.

    Parameters
    ----------
    path : Path
        The notebook.
    counted : dict
        What `count` gave.

    Returns
    -------
    Estimate
        The sum.
    """
    posts = counted["posts"]
    return Estimate(
        path.stem,
        sum(post["flops"] for post in posts) / 1e12,
        sum(post["seconds"] for post in posts) / 60,
        (counted["core"] + sum(post["core"] for post in posts)) / 60,
        max((post["bytes"] for post in posts), default=0) / 2**20,
        state(path),
    )


def costly(path: Path, counted: dict) -> Iterator[str]:
    """Say which calls cost most, in which cell, and which settings stand there.

    Parameters
    ----------
    path : Path
        The notebook.
    counted : dict
        What `count` gave.

    Yields
    ------
    str
        A line a call: the slowest first, then the largest.
    """
    values = {**profile.LESSONS[path.stem]["all"], **profile.LESSONS[path.stem]["gpu"]}
    sources = code(path)
    posts = counted["posts"]
    slow = sorted(posts, key=lambda post: -post["seconds"] - post["core"])[:COSTLY]
    large = [post for post in posts if post["bytes"] > gate.GPU_MB * 2**20 and post not in slow]
    for post in [*slow, *large]:
        named = dict.fromkeys(re.findall(r"\bsettings\.(\w+)", sources[post["cell"] - 1]))
        there = ", ".join(f"{name}={values[name]}" for name in named if name in values)
        yield (
            f"cell [{post['cell']}] {post['call']} {post['network']} {post['shapes']}: "
            f"{post['steps']:,} steps, {post['seconds'] / 60:.1f} min GPU, "
            f"{post['core'] / 60:.1f} min CPU, {post['bytes'] / 2**20:,.0f} MB"
            + f" ({there})"
            * bool(there)
        )


def code(path: Path) -> list[str]:
    """List the code cells of a notebook.

    Parameters
    ----------
    path : Path
        The notebook.

    Returns
    -------
    list of str
        Their sources, without empty ones.
    """
    cells = nbformat.read(path, as_version=4).cells
    return [cell.source for cell in cells if cell.cell_type == "code" and cell.source.strip()]


def state(path: Path) -> str:
    """Tell one state of a lesson from another, by what it may compute and ask data sets for.

    Parameters
    ----------
    path : Path
        The notebook.

    Returns
    -------
    str
        Twelve hexadecimal digits: of its code, without comments and layout, its profile, and what
        the cards of its data sets count. Smoke is left out, which asks drawn scenes alone.
    """
    chosen = {**profile.LESSONS.get(path.stem, {})}
    chosen.pop("smoke", None)
    cards = {
        card.name: (card.size, card.counts)
        for card in registry.CARDS.values()
        if path.stem[:2] in card.lessons
    }
    content = json.dumps([[*map(_bare, code(path))], chosen, cards], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def _bare(source: str) -> str:
    """Take comments, blanks and line ends out of a cell."""
    lines = source.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    return "".join("".join(lines).split())


def table(guide: Path) -> list[Estimate]:
    """Read the table that `budget` wrote.

    Parameters
    ----------
    guide : Path
        The file.

    Returns
    -------
    list of Estimate
        Its rows.
    """
    rows = ROW.findall(_part(guide))
    return [
        Estimate(name, *(float(number.replace(",", "")) for number in numbers), found)
        for name, *numbers, found in rows
    ]


def write(guide: Path, rows: list[Estimate]) -> None:
    """Write the table.

    Parameters
    ----------
    guide : Path
        The file, which has a place for it.
    rows : list of Estimate
        In order.
    """
    text, new = guide.read_text(encoding="utf-8"), HEAD + "".join(f"{row}\n" for row in rows)
    before, after = text.partition(BEGIN)[0], text.partition(END)[2]
    files.write(guide, f"{before}{BEGIN}{new}{END}{after}")


def _part(guide: Path) -> str:
    """Cut out the place of the table."""
    text = guide.read_text(encoding="utf-8")
    if BEGIN not in text or END not in text:
        raise ValueError(f"{guide} has no place for the table: {BEGIN.strip()} … {END}")
    return text.partition(BEGIN)[2].partition(END)[0]
