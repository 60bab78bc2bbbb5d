"""The tables of the guide to speed."""

import re
import sys
from pathlib import Path


def into_guide(guide: Path, where: str, ratios, grown, run) -> None:
    """Write the tables between the two marks."""
    tables = f"{where}; median of the repeats, with the smallest and the largest.\n\n" + "\n".join(
        of(rows)
        for rows, of in [(ratios, of_ratios), (grown, of_growth), (run, of_lessons)]
        if rows
    )
    text, count = re.subn(
        r"(?s)(<!-- bench -->\n).*?(<!-- /bench -->)",
        lambda marks: marks[1] + tables + marks[2],
        guide.read_text(encoding="utf-8"),
    )
    if not count:
        sys.exit(f"{guide} has no <!-- bench --> … <!-- /bench --> to write between")
    guide.write_text(text, encoding="utf-8")


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


def of_lessons(run) -> str:
    """A row a lesson, a column a profile: seconds and gigabytes at the peak."""
    cells = {
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
