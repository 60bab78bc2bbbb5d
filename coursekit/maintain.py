"""For those who change the course: lint, test, and stamp the repository's address into the notebooks."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

# Lessons whose every output is compared; in the others only cells tagged nbval-check-output.
STRICT = ("01_lab_color_space",)
CELL_TIMEOUT = 300  # seconds; a smoke-profile lesson takes under 40


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
        _call("pytest", "tests"),
        *([_call(*nbval, "--nbval", *strict)] if strict else []),
        *([_call(*nbval, "--nbval-lax", *lax)] if lax else []),
    ]
    return int(any(codes))


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
        rf"(research\.google\.com/github/){part}/blob/.+?/(notebooks/)": rf"\g<1>{repo}/blob/{ref}/\g<2>",
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
