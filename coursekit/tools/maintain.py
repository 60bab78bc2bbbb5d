"""For those who change the course: lint, test, and stamp the repository's address into the notebooks."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
import tomllib
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
    os.environ |= {"COURSEKIT_PROFILE": "smoke", "COURSEKIT_OFFLINE": "1", "TF_CPP_MIN_LOG_LEVEL": "2"}
    notebooks = sorted(Path("notebooks").glob("*.ipynb"))
    strict = [str(path) for path in notebooks if path.stem in STRICT]
    lax = [str(path) for path in notebooks if path.stem not in STRICT]
    # loadscope keeps a notebook's cells in one process.
    nbval = ["pytest", "--nbval-current-env", f"--nbval-cell-timeout={CELL_TIMEOUT}",
             "-n", "2", "--dist", "loadscope"]
    codes = [
        lint(),
        _call("pytest", "-n", "2", "--dist", "loadfile", "tests"),  # a file stays in one process, with its fixtures
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
    if not device.cards():
        raise ValueError("no NVIDIA card: nvidia-smi finds none; run this where it does")
    os.environ |= {"COURSEKIT_PROFILE": "gpu", "COURSEKIT_GPU_MB": str(device.memory_cap() or GPU_MB)}
    name, total = device.cards()[0]
    print(f"{name}, {total} MiB, of which a lesson may take {os.environ['COURSEKIT_GPU_MB']}", flush=True)
    nbval = [sys.executable, "-m", "pytest", "--quiet", "--nbval-current-env", "--nbval-lax",
             f"--nbval-cell-timeout={GPU_SECONDS}"]
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
            print(f"{path.stem:32}  {'ok    ' if ok else 'FAILED'}  {seconds:4.0f} s  {peak:5} MiB", flush=True)
            log.seek(0)
            print(end=log.read() if running.returncode else "", flush=True)
        failed += not ok
    return failed


def _used() -> int:
    return device.cards("memory.used")[0][1]


def stamp(repo: str | None = None, ref: str | None = None, folder: Path = Path(".")) -> list[Path]:
    """Make pyproject.toml, the notebooks and README.md name one repository and one branch or tag.

    Parameters: ``repo`` "owner/name" and ``ref``; None keeps what pyproject.toml says.
    Returns: the files that changed.
    Raises: ValueError for a repo that is not "owner/name" or a ref that cannot stand in an address.
    """
    pyproject = folder / "pyproject.toml"
    setting = tomllib.loads(pyproject.read_text(encoding="utf-8"))["tool"]["coursekit"]
    old, repo, ref = setting["repo"], repo or setting["repo"], ref or setting["ref"]
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repo):
        raise ValueError(f"repo {repo!r}: give it as owner/name")
    if not re.fullmatch(r"[\w./-]+", ref):
        raise ValueError(f"ref {ref!r}: give a branch or tag made of letters, digits, '.', '_', '-' and '/'")
    part = re.escape(old)
    rules = {
        # Colab's badges, and the addresses of files that Kaggle opens.
        rf"(\bgithub(?:\.com)?/){part}/blob/[\w./-]+?/(notebooks/)": rf"\g<1>{repo}/blob/{ref}/\g<2>",
        rf"(mybinder\.org/v2/gh/){part}/[\w./-]+": rf"\g<1>{repo}/{ref}",
        rf"(git\+https://github\.com/){part}(?:\.git)?(?:@[\w./-]+)?": rf"\g<1>{repo}@{ref}",
        rf"(?<!git\+)(https://github\.com/){part}(?![\w-])": rf"\g<1>{repo}",
    }
    changed = []
    for path in [*sorted(folder.glob("notebooks/**/*.ipynb")), folder / "README.md"]:
        text = new = path.read_bytes().decode() if path.exists() else ""
        for old_address, new_address in rules.items():
            new = re.sub(old_address, new_address, new)
        changed += _replace(path, text, new)
    text = pyproject.read_bytes().decode()
    new = re.sub(r'(?m)^repo = ".*"$', f'repo = "{repo}"', text)
    new = re.sub(r'(?m)^ref = ".*"$', f'ref = "{ref}"', new)
    return changed + _replace(pyproject, text, new)


def _replace(path: Path, text: str, new: str) -> list[Path]:
    if new == text:
        return []
    path.write_bytes(new.encode())
    return [path]


def _call(module: str, *arguments: str) -> int:
    print(f"\n$ python -m {module} {' '.join(arguments)}", flush=True)
    return subprocess.call([sys.executable, "-m", module, *arguments])
