"""The gate: lint, unit tests, notebook checks, every lesson in smoke; the lessons on a GPU."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from coursekit import device

# Lessons whose every output is compared; in the others only cells tagged nbval-check-output.
STRICT = ("01_lab_color_space",)
# Seconds; a lesson in the smoke profile takes under 40 in all.
CELL_TIMEOUT = 300
# What a lesson may take in the gpu profile.
GPU_MB, GPU_SECONDS = 4096, 900
# Per cent of the subject's lines that the unit tests must run: raise it when they run more.
FLOOR = 95
# What is not the subject. Much of it runs in kernels and processes of its own, where nobody counts.
BESIDE = (
    "coursekit/__main__.py",
    "coursekit/cli.py",
    "coursekit/lesson/*",
    "coursekit/teach/*",
    "coursekit/tools/*",
)
# A file stays in one process, with its fixtures. In the order of tests/conftest.py: the longest
# files first. Two cores need a third process, for tests wait on kernels and servers.
FILES = ("pytest", "-n", "3", "--dist", "loadfile", "--no-loadscope-reorder")
UNIT_TESTS = (*FILES, "-m", "not browser", "tests")
BROWSER_TESTS = (*FILES, "-m", "browser", "tests")


def lint() -> int:
    """Lint package, tests and notebooks: ruff's rules and layout, numpydoc's for docstrings.

    Returns
    -------
    int
        0, or 1 if any of the three has found something.
    """
    package = sorted(map(str, Path("coursekit").rglob("*.py")))
    codes = [
        _call("ruff", "check", "."),
        _call("ruff", "format", "--check", "."),
        _call("numpydoc", "lint", *package, shown=["lint", f"({len(package)} files of coursekit)"]),
    ]
    return int(any(codes))


def test() -> int:
    """Run everything: lint, unit tests, doctests, the site, notebook checks and smoke runs.

    A failure does not keep the rest from running.

    Returns
    -------
    int
        0, or 1 if any of them failed.
    """
    _quietly_in_smoke()
    notebooks = sorted(Path("notebooks").glob("*.ipynb"))
    strict = [str(path) for path in notebooks if path.stem in STRICT]
    lax = [str(path) for path in notebooks if path.stem not in STRICT]
    # loadscope keeps a notebook's cells in one process.
    nbval = ["pytest", "-n", "2", "--dist", "loadscope"]
    nbval += ["--nbval-current-env", f"--nbval-cell-timeout={CELL_TIMEOUT}"]
    steps = {
        "lint": lint,
        "unit tests": lambda: _call(*UNIT_TESTS),
        "pages, in a browser": lambda: _call(*BROWSER_TESTS),
        "doctests": doctests,
        "lessons, every output": lambda: _call(*nbval, "--nbval", *strict) if strict else 0,
        "lessons": lambda: _call(*nbval, "--nbval-lax", *lax) if lax else 0,
    }
    codes, lines = [], []
    for what, step in steps.items():
        begin = time.perf_counter()
        codes.append(step())
        state = "FAILED" if codes[-1] else "ok    "
        lines.append(f"{state}  {time.perf_counter() - begin:4.0f} s  {what}")
    print("", *lines, sep="\n", flush=True)
    return int(any(codes))


def doctests() -> int:
    """Run the examples in the package's docstrings.

    Only modules that have some are imported, for most of the others would load Keras.

    Returns
    -------
    int
        0, or another number if any failed.
    """
    found = [
        str(path)
        for path in sorted(Path("coursekit").rglob("*.py"))
        if re.search(r"(?m)^ *>>> ", path.read_text(encoding="utf-8"))
    ]
    # Without the plugin "python" a function called test would be taken for one, `test` above too.
    doctest = ("pytest", "--quiet", "-p", "no:python", "--doctest-modules")
    return _call(*doctest, *found) if found else 0


def coverage() -> int:
    """Run the unit tests and report which lines they run, with pages in build/coverage.

    Returns
    -------
    int
        0, or 1 if a test failed or the subject is below `FLOOR` per cent.
    """
    _quietly_in_smoke()
    build = Path("build")
    build.mkdir(exist_ok=True)
    os.environ["COVERAGE_FILE"] = str((build / "coverage.sqlite").absolute())
    subject = ["--omit", ",".join(BESIDE)]
    codes = [
        _call(*UNIT_TESTS, "--cov=coursekit", "--cov-report="),
        _call("coverage", "html", "--quiet", f"--directory={build / 'coverage'}"),
        _call("coverage", "report", "--skip-covered", *subject, f"--fail-under={FLOOR}"),
    ]
    return int(any(codes))


def _quietly_in_smoke() -> None:
    """Have what runs from now on use the smallest profile and no network."""
    os.environ |= {
        "COURSEKIT_PROFILE": "smoke",
        "COURSEKIT_OFFLINE": "1",
        "TF_CPP_MIN_LOG_LEVEL": "2",
    }


def gpu_check() -> int:
    """Run nbval on every lesson in the gpu profile, under a cap on GPU memory.

    Prints the time and peak memory of each. The peak is what the driver counts on the first GPU,
    above what was in use before: the backend's own start included, which no cap limits.

    Returns
    -------
    int
        How many lessons failed or took longer than `GPU_SECONDS`.

    Raises
    ------
    ValueError
        Without a GPU.
    """
    if not device.gpus():
        raise ValueError("no NVIDIA GPU: nvidia-smi finds none; run this where it does")
    cap = str(device.memory_cap() or GPU_MB)
    os.environ |= {"COURSEKIT_PROFILE": "gpu", "COURSEKIT_GPU_MB": cap}
    name, total = device.gpus()[0]
    print(f"{name}, {total} MiB, of which a lesson may take {cap}", flush=True)
    nbval = [sys.executable, "-m", "pytest", "--quiet", "--nbval-current-env", "--nbval-lax"]
    nbval += [f"--nbval-cell-timeout={GPU_SECONDS}"]
    failed = 0
    for path in sorted(Path("notebooks").glob("*.ipynb")):
        before, peak, begin = _used(), 0, time.perf_counter()
        with tempfile.TemporaryFile("w+", encoding="utf-8") as log:
            running = subprocess.Popen([*nbval, str(path)], stdout=log)
            while running.poll() is None:
                peak = max(peak, _used() - before)
                time.sleep(0.2)
            seconds = time.perf_counter() - begin
            ok = running.returncode == 0 and seconds <= GPU_SECONDS
            state = "ok    " if ok else "FAILED"
            print(f"{path.stem:32}  {state}  {seconds:4.0f} s  {peak:5} MiB", flush=True)
            log.seek(0)
            print(end=log.read() if running.returncode else "", flush=True)
        failed += not ok
    return failed


def _used() -> int:
    """Look up how many MiB of the first GPU are in use."""
    return device.gpus("memory.used")[0][1]


def _call(module: str, *arguments: str, shown: list[str] | None = None) -> int:
    """Run a module of this Python, and print what runs, or ``shown`` where that is too long."""
    print(f"\n$ python -m {module} {' '.join(shown or arguments)}", flush=True)
    return subprocess.call([sys.executable, "-m", module, *arguments])
