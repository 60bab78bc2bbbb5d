"""What Sphinx reads: docs/, lessons, cards and a page of API a room, with links that work there.

Pages are written for GitHub, where links are relative to the file. Here each comes to stand where
the site has it, and its links with it: to another page of the site, or to the file in the
repository. An address that nobody has set yet (see `coursekit.tools.stamp`) is no link.
"""

from __future__ import annotations

import ast
import base64
import hashlib
import html
import io
import posixpath
import re
import shutil
import tomllib
from pathlib import Path
from typing import NamedTuple

import nbformat
from PIL import Image

from coursekit import files

# Pages of the repository that the site shows, and where.
PAGES = {
    "datasets.md": "datasets.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
}
# Of docs/ stays behind what Sphinx and git need not see.
BESIDE = shutil.ignore_patterns("node_modules", "package*.json", ".npmrc", "__pycache__")
# A link of Markdown: what is shown, the address, an anchor.
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\(([^)\s#]*)(#[^)\s]*)?\)")
BADGE = re.compile(r"\[!\[[^\]]*\]\([^)]*\)\]\([^)]*\)")
ALT = re.compile(r"^<Figure: (.*)>$", re.DOTALL)
# Wings whose docstrings readers of the site call.
WINGS = ("subject", "lesson")
# What the command line registers, and nobody imports.
COMMANDS = {"commands"}
UNSET = "OWNER/"


class Repository(NamedTuple):
    """Where the course lives.

    Attributes
    ----------
    name : str
        Such as "owner/name".
    ref : str
        Branch or tag.
    """

    name: str
    ref: str

    @property
    def known(self) -> bool:
        """Say whether somebody has set the address.

        Returns
        -------
        bool
            False for the placeholder that the course comes with.
        """
        return not self.name.startswith(UNSET)

    def file(self, path: str) -> str:
        """Give the address of a file.

        Parameters
        ----------
        path : str
            From the top folder.

        Returns
        -------
        str
            Of the page that shows it.
        """
        return f"https://github.com/{self.name}/blob/{self.ref}/{path}"

    def launchers(self, path: str) -> dict[str, str]:
        """Give the addresses under which hosts open a notebook.

        Parameters
        ----------
        path : str
            From the top folder.

        Returns
        -------
        dict of str to str
            Address by the host's name; none if nobody has set the repository's.
        """
        if not self.known:
            return {}
        colab = f"https://colab.research.google.com/github/{self.name}/blob/{self.ref}/{path}"
        binder = f"https://mybinder.org/v2/gh/{self.name}/{self.ref}?labpath={path}"
        return {"Colab": colab, "Binder": binder}


def repository(root: Path) -> Repository:
    """Read where the course lives.

    Parameters
    ----------
    root : Path
        The top folder of a clone.

    Returns
    -------
    Repository
        As pyproject.toml says.
    """
    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    setting = tomllib.loads(text)["tool"]["coursekit"]
    return Repository(setting["repo"], setting["ref"])


def stage(root: Path, source: Path) -> None:
    """Bring together what Sphinx reads.

    Parameters
    ----------
    root : Path
        The top folder of a clone.
    source : Path
        Where to; it is emptied first, but for pictures that are made once.
    """
    where = places(root)
    made = source / "_static/frames"
    for path in source.glob("*") if source.is_dir() else ():
        if path != source / "_static":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in (source / "_static").glob("*"):
        if path != made:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(root / "docs", source, ignore=BESIDE, dirs_exist_ok=True)
    there = repository(root)
    for original, staged in where.items():
        target = source / staged
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.suffix == ".ipynb":
            _lesson(root / original, target, original, where, there, source / "_static/lessons")
        elif target.suffix == ".md":
            text = (root / original).read_text(encoding="utf-8")
            files.write(target, relinked(text, original, where, there))
        else:
            shutil.copy(root / original, target)
    _api(root, source / "api")


def places(root: Path) -> dict[str, str]:
    """Say where the site has what of the repository.

    Parameters
    ----------
    root : Path
        The top folder of a clone.

    Returns
    -------
    dict of str to str
        Path below the site's sources, by path from the top folder, both with slashes.
    """
    found = {original: staged for original, staged in PAGES.items() if (root / original).is_file()}
    for path in sorted((root / "docs").rglob("*.md")):
        below = path.relative_to(root / "docs")
        if "node_modules" not in below.parts:
            found[path.relative_to(root).as_posix()] = below.as_posix()
    patterns = ("notebooks/[0-9]*.ipynb", "notebooks/images/*", "notebooks/assignments/README.md")
    for pattern in (*patterns, "coursekit/*/weights/*.md", "coursekit/embeddings/*.md"):
        for path in sorted(root.glob(pattern)):
            below = path.relative_to(root).as_posix()
            found[below] = re.sub(r"^coursekit/.*/", "cards/", below)
    return found


def relinked(text: str, original: str, where: dict[str, str], there: Repository) -> str:
    """Make the links of a page those of the site.

    Parameters
    ----------
    text : str
        Markdown.
    original : str
        The page's path from the top folder.
    where : dict of str to str
        As `places` gives it.
    there : Repository
        For files that the site does not have.

    Returns
    -------
    str
        Markdown, without badges.
    """
    here = posixpath.dirname(where[original])

    def moved(match: re.Match) -> str:
        picture, shown, address, anchor = match.groups()
        if not address or re.match(r"[a-z]+:", address):
            unset = UNSET in address and not there.known
            return shown if unset and not picture else match[0]
        target = posixpath.normpath(posixpath.join(posixpath.dirname(original), address))
        if target in where:
            address = posixpath.relpath(where[target], here)
        elif there.known:
            address = there.file(target)
        else:
            return f"`{target}`" if shown.strip("`") == address else shown
        return f"{picture}[{shown}]({address}{anchor or ''})"

    return LINK.sub(moved, BADGE.sub("", text))


def _lesson(
    path: Path,
    target: Path,
    original: str,
    where: dict[str, str],
    there: Repository,
    pictures: Path,
) -> None:
    """Stage a lesson: links, pictures with alt texts, a word where a widget would stand."""
    notebook = nbformat.read(path, 4)
    launch = " · ".join(
        f'<a href="{html.escape(address)}">open in {host}</a>'
        for host, address in there.launchers(original).items()
    )
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = relinked(cell.source, original, where, there)
            continue
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            kind = next((kind for kind in ("image/png", "image/jpeg") if kind in data), None)
            if kind:
                alt = output.get("metadata", {}).get(kind, {}).get("alt", "")
                if not alt and (said := ALT.match(data.get("text/plain", ""))):
                    alt = said[1]
                output.data = {"text/html": _picture(data[kind], alt, pictures)}
            elif data.get("text/plain", "").startswith("[Widget]"):
                output.data = {"text/html": _widget(data["text/plain"], launch)}
    if launch:
        title, _, rest = notebook.cells[0].source.partition("\n")
        notebook.cells[0].source = f'{title}\n\n<p class="ck-launch">{launch}</p>\n{rest}'
    files.write(target, nbformat.writes(notebook))


def _picture(encoded: str, alt: str, folder: Path) -> str:
    """Store a picture, and give what shows it; a page with a hundred of them stays small."""
    data = base64.b64decode(encoded)
    folder.mkdir(parents=True, exist_ok=True)
    picture = Image.open(io.BytesIO(data))
    name = f"{hashlib.sha256(data).hexdigest()[:16]}.{picture.format.lower()}"
    files.write(folder / name, data)
    width, height = picture.size
    # Sphinx writes NAME.ipynb as NAME/index.html, in the folder of lessons.
    return (
        f'<img src="../../_static/lessons/{name}" alt="{html.escape(alt)}" '
        f'width="{width}" height="{height}" loading="lazy">'
    )


def _widget(sentence: str, launch: str) -> str:
    """Say what a kernel would show here."""
    what = sentence.removeprefix("[Widget] ").replace(" Run the cell to use it.", "")
    where = f" To use it, {launch}." if launch else " It needs a running notebook."
    return f'<p class="ck-widget"><strong>Here is a widget.</strong> {html.escape(what)}{where}</p>'


def _api(root: Path, folder: Path) -> None:
    """Write a page of API a room of CONTRIBUTING.md's table, in its order."""
    table = (root / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rooms = re.findall(r"(?m)^\| (\w+) \| `(\w+)` \| (.*) \|$", table)
    folder.mkdir(parents=True, exist_ok=True)
    listed = []
    for wing, room, what in rooms:
        if wing not in WINGS:
            continue
        lines = [f"# coursekit.{room}", "", f"{_begun(what)}.", ""]
        for name in _modules(root, f"coursekit.{room}"):
            lines += [] if name == f"coursekit.{room}" else [f"## {name}", ""]
            lines += [f"```{{eval-rst}}\n.. automodule:: {name}\n   :members:\n```", ""]
        files.write(folder / f"{room}.md", "\n".join(lines))
        listed.append(room)
    index = (folder / "index.md").read_text(encoding="utf-8")
    toctree = "\n".join(["```{toctree}", ":maxdepth: 1", "", *listed, "```"])
    files.write(folder / "index.md", f"{index}\n{toctree}\n")


def _begun(sentence: str) -> str:
    """Begin with a capital, but for names such as sRGB."""
    return sentence if sentence[1].isupper() else sentence[0].upper() + sentence[1:]


def _modules(root: Path, name: str) -> list[str]:
    """List a room and the modules that it offers by name, and they in turn."""
    folder = root.joinpath(*name.split("."))
    if not folder.is_dir():
        return [name]
    # Read and not imported: Keras, which takes seconds to start, need not be there.
    tree = ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))
    below = {path.parent.name for path in folder.glob("[a-z]*/__init__.py")} - COMMANDS
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module == name or not node.module):
            below |= {alias.name for alias in node.names}
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "lazy.attach":
            below |= {*ast.literal_eval(node.args[1])}
    return [
        name,
        *(deeper for each in sorted(below) for deeper in _modules(root, f"{name}.{each}")),
    ]
