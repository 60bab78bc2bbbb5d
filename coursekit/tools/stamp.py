"""The repository's address, stamped into notebooks, pages and pyproject.toml.

Until there is one, the setting in pyproject.toml names an owner called OWNER. Nobody can follow an
address of that owner's: badges stand in comments then, and so do lines of metadata.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from coursekit import files
from coursekit.lesson.working_copy import UNSTAMPED

# What names the repository beside the notebooks.
PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    "CITATION.cff",
    "pyproject.toml",
    "notebooks/assignments/README.md",
)


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
    setting = _setting(folder)
    changed = []
    for path, text in _stamped(repo or setting["repo"], ref or setting["ref"], folder):
        files.write(path, text)
        changed.append(path)
    return changed


def faults(ref: str | None = None, folder: Path = Path(".")) -> list[str]:
    """Say why the course cannot be released as it is.

    Parameters
    ----------
    ref : str, optional
        The branch or tag that is released, where it must be the one that addresses name.
    folder : Path
        The top folder of the course.

    Returns
    -------
    list of str
        A sentence each, with the way out; empty if every address can work.
    """
    setting, found = _setting(folder), []
    if setting["repo"].startswith(UNSTAMPED):
        way = "run `coursekit stamp --repo OWNER/NAME` with the names of your repository"
        found.append(f"the course has no address yet: {way}")
    if ref and ref != setting["ref"]:
        way = f"run `coursekit stamp --ref {ref}` and commit"
        found.append(f"addresses name {setting['ref']}, and not {ref}: {way}")
    other = [str(path) for path, _ in _stamped(setting["repo"], setting["ref"], folder)]
    if other:
        found.append(f"another address in {', '.join(other)}: run `coursekit stamp` and commit")
    return found


def _setting(folder: Path) -> dict[str, str]:
    """Read the one setting."""
    text = (folder / "pyproject.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)["tool"]["coursekit"]


def _stamped(repo: str, ref: str, folder: Path) -> Iterator[tuple[Path, str]]:
    """Name the files that do not name this address, with the text that they should have."""
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repo):
        raise ValueError(f"repo {repo!r}: give it as owner/name")
    if not re.fullmatch(r"[\w./-]+", ref):
        allowed = "letters, digits, '.', '_', '-' and '/'"
        raise ValueError(f"ref {ref!r}: give a branch or tag made of {allowed}")
    pyproject = folder / "pyproject.toml"
    old, new = re.escape(_setting(folder)["repo"]), re.escape(repo)
    nobody = repo.startswith(UNSTAMPED)
    rules = {
        # Colab's badges, and the addresses of files that Kaggle opens.
        rf"(\bgithub(?:\.com)?/){old}/blob/[\w./-]+?(?=/notebooks/)": rf"\g<1>{repo}/blob/{ref}",
        rf"(mybinder\.org/v2/gh/){old}/[\w./-]+": rf"\g<1>{repo}/{ref}",
        rf"(git\+https://github\.com/){old}(?:\.git)?(?:@[\w./-]+)?": rf"\g<1>{repo}@{ref}",
        # The project's pages; another name that only begins like ours is someone else's.
        rf"(?<!git\+)(https://github\.com/){old}(?![\w-])": rf"\g<1>{repo}",
    }
    # A badge, a picture that is a link, stands in a comment until the link leads somewhere.
    address = rf"[^()\s]*\b{new}(?![\w-])[^()\s]*"
    rules[rf"(?:<!-- )?(\[!\[[^\[\]]*\]\([^()\s]*\)\]\({address}\))(?: -->)?"] = (
        r"<!-- \1 -->" if nobody else r"\1"
    )
    # A line of TOML or YAML that is an address and no more.
    metadata = rf'(?m)^(?:# )?([\w-]+(?: =|:) "https://github\.com/{new}(?:/\w+)?")$'
    lessons = sorted(folder.glob("notebooks/**/*.ipynb"))
    pages = [*map(folder.joinpath, PAGES), *sorted(folder.glob("docs/**/*.md"))]
    for path in [*lessons, *pages]:
        # As bytes, for line ends stay as they are.
        text = before = path.read_bytes().decode() if path.exists() else ""
        for old_address, new_address in rules.items():
            text = re.sub(old_address, new_address, text)
        if path.suffix in (".toml", ".cff"):
            text = re.sub(metadata, r"# \1" if nobody else r"\1", text)
        if path == pyproject:
            # The setting itself.
            text = re.sub(r'(?m)^repo = ".*"$', f'repo = "{repo}"', text)
            text = re.sub(r'(?m)^ref = ".*"$', f'ref = "{ref}"', text)
        if text != before:
            yield path, text
