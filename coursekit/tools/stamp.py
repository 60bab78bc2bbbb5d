"""The repository's address, stamped into notebooks, pages and pyproject.toml."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from coursekit import files

# What names the repository beside the notebooks.
PAGES = ("README.md", "CONTRIBUTING.md", "CITATION.cff", "pyproject.toml")


def stamp(repo: str | None = None, ref: str | None = None, folder: Path = Path(".")) -> list[Path]:
    """Make pyproject.toml, notebooks and pages name one repository and one branch or tag.

    Parameters
    ----------
    repo : str, optional
        Such as "owner/name"; by default what pyproject.toml says.
    ref : str, optional
        A branch or tag; by default what pyproject.toml says.
    folder : Path
        The top folder of the course.

    Returns
    -------
    list of Path
        The files that changed.

    Raises
    ------
    ValueError
        For a repository that is not "owner/name", or a branch or tag that cannot stand in an
        address.
    """
    pyproject = folder / "pyproject.toml"
    setting = tomllib.loads(pyproject.read_text(encoding="utf-8"))["tool"]["coursekit"]
    old, repo, ref = setting["repo"], repo or setting["repo"], ref or setting["ref"]
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repo):
        raise ValueError(f"repo {repo!r}: give it as owner/name")
    if not re.fullmatch(r"[\w./-]+", ref):
        allowed = "letters, digits, '.', '_', '-' and '/'"
        raise ValueError(f"ref {ref!r}: give a branch or tag made of {allowed}")
    part = re.escape(old)
    rules = {
        # Colab's badges, and the addresses of files that Kaggle opens.
        rf"(\bgithub(?:\.com)?/){part}/blob/[\w./-]+?(?=/notebooks/)": rf"\g<1>{repo}/blob/{ref}",
        rf"(mybinder\.org/v2/gh/){part}/[\w./-]+": rf"\g<1>{repo}/{ref}",
        rf"(git\+https://github\.com/){part}(?:\.git)?(?:@[\w./-]+)?": rf"\g<1>{repo}@{ref}",
        # The project's pages; another name that only begins like ours is someone else's.
        rf"(?<!git\+)(https://github\.com/){part}(?![\w-])": rf"\g<1>{repo}",
    }
    changed = []
    for path in [*sorted(folder.glob("notebooks/**/*.ipynb")), *map(folder.joinpath, PAGES)]:
        # As bytes, for line ends stay as they are.
        text = new = path.read_bytes().decode() if path.exists() else ""
        for old_address, new_address in rules.items():
            new = re.sub(old_address, new_address, new)
        if path == pyproject:
            # The setting itself.
            new = re.sub(r'(?m)^repo = ".*"$', f'repo = "{repo}"', new)
            new = re.sub(r'(?m)^ref = ".*"$', f'ref = "{ref}"', new)
        if new != text:
            files.write(path, new)
            changed.append(path)
    return changed
