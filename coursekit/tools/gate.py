"""The gate: lint, unit tests, notebook checks, every lesson in the smoke profile; the lessons on a GPU."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from coursekit import device

# Lessons whose every output is compared; in the others only cells tagged nbval-check-output.
STRICT = ("01_lab_color_space",)
CELL_TIMEOUT = 300  # seconds; a smoke-profile lesson takes under 40
GPU_MB, GPU_SECONDS = 4096, 900  # what a lesson may take in the gpu profile


def lint() -> int:
    """Run ruff over the package, the tests and the notebooks. Returns: its exit code."""
    return _call("ruff", "check", ".")


def test() -> int:
    """Run everything: lint, unit tests and notebook checks, nbval on every notebook in the smoke profile.

    Returns: 0, or 1 if any of them failed; a failure does not keep the rest from running.
    """
    os.environ |= {
        "COURSEKIT_PROFILE": "smoke",
        "COURSEKIT_OFFLINE": "1",
        "TF_CPP_MIN_LOG_LEVEL": "2",
    }
    notebooks = sorted(Path("notebooks").glob("*.ipynb"))
    strict = [str(path) for path in notebooks if path.stem in STRICT]
    lax = [str(path) for path in notebooks if path.stem not in STRICT]
    # loadscope keeps a notebook's cells in one process.
    nbval = [
        "pytest",
        "--nbval-current-env",
        f"--nbval-cell-timeout={CELL_TIMEOUT}",
        "-n",
        "2",
        "--dist",
        "loadscope",
    ]
    codes = [
        lint(),
        _call(
            "pytest", "-n", "2", "--dist", "loadfile", "tests"
        ),  # a file stays in one process, with its fixtures
        *([_call(*nbval, "--nbval", *strict)] if strict else []),
        *([_call(*nbval, "--nbval-lax", *lax)] if lax else []),
    ]
    return int(any(codes))


def gpu_check() -> int:
    """Run nbval on every lesson in the gpu profile under a cap on GPU memory; print time and peak memory of each.

    The peak is what the driver counts on the first card, above what was in use before: the backend's own
    start included, which no cap limits.
    Returns: how many lessons failed or took longer than ``GPU_SECONDS``. Raises: ValueError without a card.
    """
    if not device.gpus():
        raise ValueError("no NVIDIA card: nvidia-smi finds none; run this where it does")
    os.environ |= {
        "COURSEKIT_PROFILE": "gpu",
        "COURSEKIT_GPU_MB": str(device.memory_cap() or GPU_MB),
    }
    name, total = device.gpus()[0]
    print(
        f"{name}, {total} MiB, of which a lesson may take {os.environ['COURSEKIT_GPU_MB']}",
        flush=True,
    )
    nbval = [
        sys.executable,
        "-m",
        "pytest",
        "--quiet",
        "--nbval-current-env",
        "--nbval-lax",
        f"--nbval-cell-timeout={GPU_SECONDS}",
    ]
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
            print(
                f"{path.stem:32}  {'ok    ' if ok else 'FAILED'}  {seconds:4.0f} s  {peak:5} MiB",
                flush=True,
            )
            log.seek(0)
            print(end=log.read() if running.returncode else "", flush=True)
        failed += not ok
    return failed


def _used() -> int:
    return device.gpus("memory.used")[0][1]


def _call(module: str, *arguments: str) -> int:
    print(f"\n$ python -m {module} {' '.join(arguments)}", flush=True)
    return subprocess.call([sys.executable, "-m", module, *arguments])
