"""Stamps the repository's address into the notebooks, the README and pyproject.toml."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from coursekit import files


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
        raise ValueError(
            f"ref {ref!r}: give a branch or tag made of letters, digits, '.', '_', '-' and '/'"
        )
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
    files.write(path, new)
    return [path]
