"""Lessons executed: to look at (`coursekit course`), or to store their outputs (`notebooks`)."""

from __future__ import annotations

import os
import re
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import nbformat
import psutil
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from coursekit import device, files
from coursekit.lesson import profile

# What a stored notebook says about its kernel: nothing of the machine that executed it.
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "name": "python", "pygments_lexer": "ipython3"},
}
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


class Outcome(NamedTuple):
    """How a lesson's execution went.

    Attributes
    ----------
    notebook : nbformat.NotebookNode
        With its outputs, as far as it came.
    seconds : float
        How long it took.
    peak_bytes : int
        The kernel's largest resident size.
    failure : str or None
        The cell, the line and the error; None if there was none.
    """

    notebook: nbformat.NotebookNode
    seconds: float
    peak_bytes: int
    failure: str | None


# Called with the number of a code cell as it starts, and with how many there are.
Ticker = Callable[[int, int], None]


def lessons(folder: Path, only: str | None = None) -> list[Path]:
    """List the lessons of a folder.

    Parameters
    ----------
    folder : Path
        The folder.
    only : str, optional
        How the names must start, such as "02".

    Returns
    -------
    list of Path
        In order.

    Raises
    ------
    FileNotFoundError
        If there is none.
    """
    paths = sorted(folder.glob("*.ipynb"))
    found = [path for path in paths if path.name.startswith(only or "")]
    if not found:
        what = f"no lesson whose name starts with {only}" if only else "no lesson"
        raise FileNotFoundError(
            f"{what} in {folder}/; `coursekit lessons {folder}` puts them there"
        )
    return found


def execute(
    path: Path, in_profile: str, cell_timeout: int | None = None, on_cell: Ticker | None = None
) -> Outcome:
    """Execute a notebook in a fresh kernel and tidy its outputs; the file stays as it is.

    Parameters
    ----------
    path : Path
        The notebook.
    in_profile : str
        "smoke", "laptop" or "gpu".
    cell_timeout : int, optional
        Seconds that a cell may take; by default any number.
    on_cell : callable, optional
        Called with (cell number, number of code cells) as each code cell starts.

    Returns
    -------
    Outcome
        How it went; an error in a cell is no exception here.
    """
    notebook = nbformat.read(path, as_version=4)
    cells = notebook.cells
    code = [at for at, cell in enumerate(cells) if cell.cell_type == "code" and cell.source.strip()]
    running = {"number": 0, "peak": 0}

    def starts(cell: nbformat.NotebookNode, cell_index: int) -> None:
        if cell_index in code:
            running["number"] = code.index(cell_index) + 1
            if on_cell:
                on_cell(running["number"], len(code))

    client = NotebookClient(
        notebook,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        timeout=cell_timeout,
        on_cell_start=starts,
        extra_arguments=["--log-level=ERROR"],
        record_timing=False,
        store_widget_state=False,
        coalesce_streams=True,
    )
    done = threading.Event()
    watch = threading.Thread(target=_watch_memory, args=(client, done, running), daemon=True)
    environment = {
        **os.environ,
        "COURSEKIT_PROFILE": in_profile,
        # The order of a printed set must not change from run to run.
        "PYTHONHASHSEED": "0",
        # Figures go into the notebook, whatever this process does with its own.
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    }
    failure, begin = None, time.perf_counter()
    watch.start()
    try:
        client.execute(env=environment)
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        cell = cells[code[running["number"] - 1]]
        failure = f"cell [{running['number']}]{_where(cell, error)}\n{_what(error)}"
    finally:
        done.set()
        watch.join()
    return Outcome(tidy(notebook), time.perf_counter() - begin, running["peak"], failure)


def tidy(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Remove from a notebook, in place, what differs from run to run or between machines.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        The notebook.

    Returns
    -------
    nbformat.NotebookNode
        The same.
    """
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.nbformat_minor = max(notebook.nbformat_minor, 5)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            # Without a kernel a view of a widget shows an error; its text stays.
            output.get("data", {}).pop(WIDGET_VIEW, None)
            if "text" in output:
                output.text = _scrub(output.text)
            for kind, content in output.get("data", {}).items():
                if kind.startswith("text/"):
                    output.data[kind] = _scrub(content)
    return notebook


def course(
    folder: Path, pages: Path, only: str | None = None, cell_timeout: int | None = None
) -> int:
    """Execute lessons in the profile in force, leave a page of each, and say how each went.

    Parameters
    ----------
    folder : Path
        The lessons'.
    pages : Path
        The folder for the pages.
    only : str, optional
        How the names of those wanted start, such as "02".
    cell_timeout : int, optional
        Seconds that a cell may take.

    Returns
    -------
    int
        The number of lessons that failed.
    """

    def keep(path: Path, outcome: Outcome) -> None:
        _page(path, outcome, pages)

    return _run(folder, only, profile.name(), cell_timeout, keep)


def store(folder: Path, only: str | None = None, cell_timeout: int | None = None) -> int:
    """Execute lessons in the laptop profile and store their outputs.

    One that fails stays as it was.

    Parameters
    ----------
    folder : Path
        The lessons'.
    only : str, optional
        How the names of those wanted start, such as "02".
    cell_timeout : int, optional
        Seconds that a cell may take.

    Returns
    -------
    int
        The number of lessons that failed.
    """
    return _run(folder, only, "laptop", cell_timeout, _write)


def check(folder: Path, only: str | None = None) -> int:
    """Execute lessons in the laptop profile and keep nothing but what they write themselves.

    Parameters
    ----------
    folder : Path
        The lessons'.
    only : str, optional
        How the names of those wanted start, such as "02".

    Returns
    -------
    int
        The number of lessons that failed.
    """
    return _run(folder, only, "laptop", None, lambda path, outcome: None)


def _run(
    folder: Path,
    only: str | None,
    in_profile: str,
    cell_timeout: int | None,
    keep: Callable[[Path, Outcome], None],
) -> int:
    """Execute lessons one after the other, say how each went, and hand each to ``keep``."""
    paths = lessons(folder, only)
    width = max(len(path.stem) for path in paths)
    failed = 0
    print(f"profile {in_profile}, {len(paths)} lesson{'s' * (len(paths) > 1)}", flush=True)
    for path in paths:
        # A terminal sees the cells go by; a log gets one line a lesson.
        ticker = _ticker(f"{path.stem:{width}}") if sys.stdout.isatty() else None
        try:
            outcome = execute(path, in_profile, cell_timeout, ticker)
        except Exception as error:
            # An unreadable file, a kernel that cannot start: the others still run.
            outcome = Outcome(nbformat.v4.new_notebook(), 0, 0, f"{type(error).__name__}: {error}")
        state = "FAILED" if outcome.failure else "ok    "
        cost = f"{outcome.seconds:6.1f} s  {outcome.peak_bytes / 1e6:6.0f} MB"
        print(f"\r{path.stem:{width}}  {state}  {cost}", flush=True)
        if outcome.failure:
            failed += 1
            print("    " + outcome.failure.replace("\n", "\n    "), flush=True)
        keep(path, outcome)
    if failed:
        print(f"{failed} of {len(paths)} failed")
    return failed


def _ticker(label: str) -> Ticker:
    return lambda number, count: print(f"\r{label}  cell {number} of {count} ", end="", flush=True)


def _page(path: Path, outcome: Outcome, pages: Path) -> None:
    """Export a lesson, complete or not."""
    from nbconvert import HTMLExporter

    # The classic template is the one that shows the figures' alt texts.
    exporter = HTMLExporter(template_name="classic", embed_images=True)
    resources = {"metadata": {"name": path.stem, "path": str(path.parent)}}
    page, _ = exporter.from_notebook_node(outcome.notebook, resources)
    pages.mkdir(parents=True, exist_ok=True)
    # Links between lessons become links between pages.
    page = re.sub(r'(href="\d\d_\w+)\.ipynb', r"\1.html", page)
    files.write(pages / f"{path.stem}.html", page)


def _write(path: Path, outcome: Outcome) -> None:
    if outcome.failure:
        return
    files.write(path, nbformat.writes(outcome.notebook).rstrip("\n") + "\n")


def _scrub(text: str) -> str:
    """Take addresses of memory out of a text."""
    return re.sub(r"\bat 0x[0-9a-fA-F]+", "at 0x0", text)


def _where(cell: nbformat.NotebookNode, error: Exception) -> str:
    """Name the line of the cell that raised, as far as the traceback tells it."""
    # IPython's tracebacks are in colour.
    traceback = re.sub(r"\x1b\[[\d;]*m", "", getattr(error, "traceback", ""))
    found = re.search(r"In\[\d+\], line (\d+)", traceback)
    if not found:
        return ""
    return f", line {found[1]}: {cell.source.splitlines()[int(found[1]) - 1].strip()}"


def _what(error: Exception) -> str:
    """Say what went wrong, and the way out where there is one."""
    if isinstance(error, CellExecutionError):
        said = f"{error.ename}: {error.evalue}"
        return f"{said}\n{device.memory_advice()}" if device.out_of_memory(said) else said
    if isinstance(error, DeadKernelError):
        return "the kernel died; most often the machine ran out of memory"
    return str(error).splitlines()[0]


def _watch_memory(client: NotebookClient, done: threading.Event, running: dict[str, int]) -> None:
    """Note the kernel's largest resident size, ten times a second: it works on every system."""
    while not done.wait(0.1):
        pid = getattr(getattr(client.km, "provisioner", None), "pid", None)
        try:
            held = psutil.Process(pid).memory_info().rss if pid else 0
        except psutil.Error:
            # The kernel is just ending.
            continue
        running["peak"] = max(running["peak"], held)
