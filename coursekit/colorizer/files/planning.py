"""Which result comes from which photo: names that do not clash, patterns, folders of results."""

from __future__ import annotations

import glob
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from coursekit import photos

# What a result is written as, by its suffix.
FORMATS = {
    **dict.fromkeys((".jpg", ".jpeg", ".jpe", ".jfif"), "JPEG"),
    ".png": "PNG",
    ".webp": "WEBP",
    ".bmp": "BMP",
}


class Plan(NamedTuple):
    """What is to be coloured, and what is known before.

    Attributes
    ----------
    results : dict of Path to Path
        The photo that each result comes from.
    unread : Counter of str
        Files in folders that are no photos by their suffix, by suffix.
    broken : list of (Path, str)
        Folders that cannot be listed and patterns that match nothing, each with the reason.
    notes : list of (Path, str)
        Photos whose result gets another name, and linked folders that are not followed.
    """

    results: dict[Path, Path]
    unread: Counter[str]
    broken: list[tuple[Path, str]]
    notes: list[tuple[Path, str]]


def plan(inputs: Iterable[str | os.PathLike], out: Path) -> Plan:
    """Say which result comes from which photo.

    Parameters
    ----------
    inputs : iterable of str or path-like
        Files, folders, patterns.
    out : Path
        A folder, or for one photo a file name.

    Returns
    -------
    Plan
        Nothing is written yet.

    Raises
    ------
    NotADirectoryError
        If ``out`` is a file and no photo.
    ValueError
        If ``out`` is the name of one photo and there are several, or of a format that is not
        written; if there is no photo.
    """
    made = Plan({}, Counter(), [], [])
    given = [path for each in inputs for path in _expanded(Path(each), made.broken)]
    if out.suffix.lower() in photos.SUFFIXES and not out.is_dir():
        if len(given) != 1 or given[0].is_dir():
            why = "is the name of one photo, but there may be several; give a folder"
            raise ValueError(f"{out} {why}")
        if out.suffix.lower() not in FORMATS:
            why = f"no result is written as {out.suffix}; choose from {', '.join(FORMATS)}"
            raise ValueError(f"{out}: {why}")
        made.results[out] = given[0]
        return made
    if out.exists() and not out.is_dir():
        raise NotADirectoryError(f"{out}: a file, neither a folder nor the name of a photo")
    wanted = {}
    for path in given:
        below = _below(path, out, made) if path.is_dir() else [(path, Path(path.name))]
        for photo, name in below:
            # One photo that is given twice is one.
            wanted.setdefault(os.path.abspath(photo), (photo, name))
    _name(list(wanted.values()), out, made)
    if not made.results:
        raise ValueError(_nothing(given, made))
    return made


def _expanded(path: Path, broken: list[tuple[Path, str]]) -> list[Path]:
    """List what a pattern matches, where the shell has not done so; any other path is itself."""
    if os.path.lexists(path) or not glob.has_magic(str(path)):
        return [path]
    matches = sorted(glob.glob(str(path), recursive=True))
    if not matches:
        broken.append((path, "no file matches this pattern"))
    return [Path(match) for match in matches]


def _below(folder: Path, out: Path, made: Plan) -> Iterator[tuple[Path, Path]]:
    """List the photos of a folder, each with its name below it; note what else is there."""
    found = photos.survey(folder)
    made.unread.update(found.unread)
    made.broken.extend((Path(error.filename), error.strerror) for error in found.closed)
    why = "a link to a folder, which is not followed; name it to have it coloured"
    made.notes.extend((link, why) for link in found.linked)
    # A folder of results within the photos' own: those of an earlier run are no photos.
    inside, results = folder.resolve(), out.resolve()
    earlier = results.relative_to(inside).parts if inside in results.parents else None
    for photo in found.photos:
        name = photo.relative_to(folder)
        if earlier is None or name.parts[: len(earlier)] != earlier:
            yield photo, name


def _name(wanted: list[tuple[Path, Path]], out: Path, made: Plan) -> None:
    """Give each photo's result a name of its own; those that keep theirs choose first."""
    taken: dict[str, Path] = {}
    numbers: Counter[str] = Counter()
    targets = {}
    for stays in (True, False):
        for number, (photo, name) in enumerate(wanted):
            if (name.suffix.lower() in FORMATS) != stays:
                continue
            best = name if stays else name.with_suffix(".png")
            for target in _names(best, name, numbers):
                if _key(target) not in taken:
                    break
            taken[_key(target)] = photo
            targets[number] = out / target
            if target != best:
                note = f"becomes {target}, for {best} comes from {taken[_key(best)]}"
                made.notes.append((photo, note))
    made.results.update((targets[number], photo) for number, (photo, _) in enumerate(wanted))


def _names(best: Path, name: Path, numbers: Counter[str]) -> Iterator[Path]:
    """Propose b.png, b.tif.png, b (2).png ..., without counting from 2 for each photo again."""
    yield best
    if best != name:
        yield name.with_name(f"{name.name}.png")
    while True:
        numbers[_key(best)] += 1
        yield best.with_name(f"{best.stem} ({numbers[_key(best)] + 1}){best.suffix}")


def _key(name: Path) -> str:
    """Bring names that are one file on some systems, such as a.jpg and A.JPG, to one."""
    return str(name).casefold() if sys.platform in ("win32", "darwin") else str(name)


def _nothing(given: list[Path], made: Plan) -> str:
    """Say why there is nothing to colour."""
    reasons = [f"{path}: {reason}" for path, reason in made.broken] + photos.unread_kinds(
        made.unread
    )
    where = ", ".join(map(str, given)) or "an empty list"
    common = ".jpg, .png, .tif, .webp, .jp2, .avif"
    return "; ".join([f"no photo in {where}; photos end in {common} and the like", *reasons])
