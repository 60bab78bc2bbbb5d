"""The tables of the guide to speed."""

import platform
import re
import sys
from pathlib import Path

import keras

from coursekit import device

GUIDE = Path("docs/guides/speed.md")


def into_guide(guide: Path, mark: str, where: str, *tables: str) -> None:
    """Write tables between the two marks of that name."""
    text, count = re.subn(
        rf"(?s)(<!-- {mark} -->\n).*?(<!-- /{mark} -->)",
        lambda marks: f"{marks[1]}{where}\n\n" + "\n".join(tables) + marks[2],
        guide.read_text(encoding="utf-8"),
    )
    if not count:
        sys.exit(f"{guide} has no <!-- {mark} --> … <!-- /{mark} --> to write between")
    guide.write_text(text, encoding="utf-8")


def machine() -> str:
    """What the numbers were measured on."""
    backend = keras.backend.backend()
    return (
        f"{device.describe()}, Python {platform.python_version()}, Keras {keras.__version__}, "
        f"{backend} {device.backend_version(backend)}"
    )


def of_ratios(ratios) -> str:
    return table(
        ("what", "against", "times as fast", "on"),
        [
            (
                each.what,
                each.against,
                f"{each.ratio:.3g} ({each.low:.3g}–{each.high:.3g})",
                each.note,
            )
            for each in ratios
        ],
    )


def of_growth(grown) -> str:
    """A column a number of photos: seconds of the processor and megabytes above the start."""
    return table(
        ("photos", *(f"{size:,}" for size in grown[0].sizes), "time grows as"),
        [
            (
                each.what,
                *(
                    f"{seconds:.3g} s, {megabytes:.0f} MB"
                    for seconds, megabytes in zip(each.seconds, each.megabytes, strict=True)
                ),
                f"number^{each.exponent:.2f}",
            )
            for each in grown
        ],
    )


def lessons_in(guide: Path) -> dict[tuple[str, str], str]:
    """Read the lessons' table back: its cells, by lesson and profile."""
    marked = guide.read_text(encoding="utf-8").partition("<!-- lessons -->")[2]
    lines = marked.partition("<!-- /lessons -->")[0].splitlines()
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in lines if line[:1] == "|"
    ]
    if not rows:
        return {}
    (_, *profiles), _, *rows = rows
    return {
        (name, profile): cell
        for name, *cells in rows
        for profile, cell in zip(profiles, cells, strict=True)
    }


def of_lessons(run, before: dict[tuple[str, str], str] | None = None) -> str:
    """A row a lesson, a column a profile: seconds and gigabytes at the peak, else as before."""
    cells = (before or {}) | {
        (each.lesson, each.profile): f"{each.seconds:.0f} s, {each.gigabytes:.1f} GB"
        for each in run
    }
    names, profiles = (dict.fromkeys(key[at] for key in cells) for at in (0, 1))
    return table(
        ("lesson", *profiles),
        [(name, *(cells.get((name, each), "") for each in profiles)) for name in names],
    )


def table(heads: tuple, rows: list[tuple]) -> str:
    """Markdown."""
    return "".join(f"| {' | '.join(row)} |\n" for row in (heads, ("---",) * len(heads), *rows))
