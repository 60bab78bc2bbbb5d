"""Addresses of the course on the web: they need no folder beside a notebook that is handed out."""

from __future__ import annotations

import posixpath
import re
import tomllib
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import nbformat
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[2]
HERE = "notebooks/assignments"  # where the assignments stand in the repository
LINK = re.compile(r"(?P<before>\]\()(?P<target>[^)\s]+)(?P<after>[^)]*\))")
# Section of a lesson that an exercise, or an assignment's question, stands on.
SECTIONS = {
    "A1.1": ("01_lab_color_space", "1.2"),
    "A1.2": ("01_lab_color_space", "1.2"),
    "A1.3": ("01_lab_color_space", "1.9"),
    "A1.4": ("01_lab_color_space", "1.5"),
    "A1.5": ("01_lab_color_space", "1.12"),
    "A1.6": ("01_lab_color_space", "1.6"),
    "a1-why-answer": ("01_lab_color_space", "1.12"),
    "A2.1": ("02_beta_cnn", "2.6"),
    "A2.2": ("02_beta_cnn", "2.3"),
    "A2.3": ("02_beta_cnn", "2.4"),
    "A2.4": ("02_beta_cnn", "2.8"),
    "A2.5": ("02_beta_cnn", "2.5"),
    "a2-why-answer": ("02_beta_cnn", "2.6"),
    "A3.1": ("03_fusion_network", "3.3"),
    "A3.2": ("03_fusion_network", "3.4"),
    "A3.3": ("03_fusion_network", "3.5"),
    "A3.4": ("03_fusion_network", "3.6"),
    "A3.5": ("03_fusion_network", "3.3"),
    "a3-why-answer": ("03_fusion_network", "3.8"),
    "A4.1": ("05_classification_rebalancing", "5.3"),
    "A4.2": ("05_classification_rebalancing", "5.6"),
    "A4.3": ("05_classification_rebalancing", "5.5"),
    "A4.4": ("05_classification_rebalancing", "5.12"),
    "A4.5": ("05_classification_rebalancing", "5.10"),
    "a4-why-answer": ("05_classification_rebalancing", "5.12"),
    "A5.1": ("07_turing_test", "7.8"),
    "A5.2": ("07_turing_test", "7.12"),
    "A5.3": ("07_turing_test", "7.9"),
    "A5.4": ("07_turing_test", "7.10"),
    "A5.5": ("07_turing_test", "7.11"),
    "a5-why-answer": ("07_turing_test", "7.11"),
}


class Section(NamedTuple):
    """A section of a lesson.

    Attributes
    ----------
    title : str
        Its heading, with its number.
    address : str
        On the web.
    """

    title: str
    address: str


def address(path: str, root: Path = ROOT) -> str:
    """Say where a file of the repository is on the web.

    Parameters
    ----------
    path : str
        From the top folder of the course, with slashes.
    root : Path
        That folder; its pyproject.toml holds the setting that `coursekit stamp` writes.

    Returns
    -------
    str
        The address.
    """
    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    setting = tomllib.loads(text)["tool"]["coursekit"]
    return f"https://github.com/{setting['repo']}/blob/{setting['ref']}/{quote(path)}"


def absolute(text: str, root: Path = ROOT) -> str:
    """Give links of an assignment's text that lead to other files of the course their address.

    Parameters
    ----------
    text : str
        Markdown.
    root : Path
        As for `address`.

    Returns
    -------
    str
        The same, where links to the web, to places in the text and to attachments stay.
    """

    def whole(link: re.Match) -> str:
        target, hash_, place = link["target"].partition("#")
        if not target or re.match(r"[a-z][a-z0-9+.-]*:|//", target):
            return link[0]
        path = posixpath.normpath(posixpath.join(HERE, target))
        if path.startswith(".."):
            return link[0]
        return f"{link['before']}{address(path, root)}{hash_}{place}{link['after']}"

    return LINK.sub(whole, text)


def section(name: str, sources: dict[str, NotebookNode], root: Path = ROOT) -> Section | None:
    """Find what to read again for an exercise.

    Parameters
    ----------
    name : str
        Of an exercise, such as "A1.5", or of a question's cell.
    sources : dict of str to NotebookNode
        Lessons that were read already, by their names; more are added.
    root : Path
        As for `address`.

    Returns
    -------
    Section or None
        None if the course has none for it, as for exercises of one's own.
    """
    if name not in SECTIONS:
        return None
    lesson, number = SECTIONS[name]
    if lesson not in sources:
        sources[lesson] = nbformat.read(root / "notebooks" / f"{lesson}.ipynb", 4)
    for cell in sources[lesson].cells:
        heading = re.search(rf"(?m)^##+\s+({re.escape(number)}\s.+)$", cell.source)
        if cell.cell_type == "markdown" and heading:
            title = heading[1].strip()
            place = quote(title.replace(" ", "-"))
            return Section(title, address(f"notebooks/{lesson}.ipynb", root) + f"#{place}")
    return None
