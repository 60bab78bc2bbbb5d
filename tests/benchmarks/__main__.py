"""Everything that the course says about speed: tables, and the same as JSON in build/bench.json.

    python tests/benchmarks                             # or: make bench
    python tests/benchmarks --lessons smoke,laptop      # every lesson in these profiles too: half an hour more
    python tests/benchmarks --readme                    # writes the tables into README.md too
"""

import argparse
import json
import platform
import re
import sys
from pathlib import Path

import fit_against_step
import fusion_recipe
import growth
import keras
import lessons
import rebalanced_recipe
import small_things
import soft_encoding

from coursekit import device
from coursekit.lesson import backend_version

MODULES = (soft_encoding, rebalanced_recipe, fit_against_step, fusion_recipe, small_things)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python tests/benchmarks")
    parser.add_argument("--lessons", default="", metavar="PROFILES", help="execute every lesson too: smoke,laptop")
    parser.add_argument("--readme", action="store_true", help="write the tables into README.md")
    options = parser.parse_args(arguments)
    ratios = printed(each for module in MODULES for each in module.measure())
    grown = printed(growth.measure())
    run = printed(each for profile in filter(None, options.lessons.split(",")) for each in lessons.measure(profile))
    backend = keras.backend.backend()
    where = f"{device.describe()}, Python {platform.python_version()}, Keras {keras.__version__}, " \
            f"{backend} {backend_version(backend)}"
    out = Path("build/bench.json")
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps({"where": where, "ratios": [each._asdict() for each in ratios],
                               "growth": [{**each._asdict(), "exponent": each.exponent} for each in grown],
                               "lessons": [each._asdict() for each in run]}, indent=1, ensure_ascii=False))
    print(f"written to {out}")
    if options.readme:
        into_readme(Path("README.md"), where, ratios, grown, run)


def printed(measured) -> list:
    """All of them, each printed as soon as it is there."""
    found = []
    for each in measured:
        print(each, flush=True)
        found.append(each)
    return found


def into_readme(readme: Path, where: str, ratios, grown, run) -> None:
    """Write the tables between the two marks."""
    tables = f"{where}; median of the repeats, with the smallest and the largest.\n\n" \
             + "\n".join(of(rows) for rows, of in [(ratios, of_ratios), (grown, of_growth), (run, of_lessons)] if rows)
    text, count = re.subn(r"(?s)(<!-- bench -->\n).*?(<!-- /bench -->)", lambda marks: marks[1] + tables + marks[2],
                          readme.read_text(encoding="utf-8"))
    if not count:
        sys.exit("README.md has no <!-- bench --> … <!-- /bench --> to write between")
    readme.write_text(text, encoding="utf-8")


def of_ratios(ratios) -> str:
    return table(("what", "against", "times as fast", "on"),
                 [(each.what, each.against, f"{each.ratio:.3g} ({each.low:.3g}–{each.high:.3g})", each.note)
                  for each in ratios])


def of_growth(grown) -> str:
    """A column a number of photos: seconds of the processor and megabytes above the start."""
    return table(("photos", *(f"{size:,}" for size in grown[0].sizes), "time grows as"),
                 [(each.what, *(f"{seconds:.3g} s, {megabytes:.0f} MB" for seconds, megabytes in
                                zip(each.seconds, each.megabytes, strict=True)), f"number^{each.exponent:.2f}")
                  for each in grown])


def of_lessons(run) -> str:
    """A row a lesson, a column a profile: seconds and gigabytes at the peak."""
    cells = {(each.lesson, each.profile): f"{each.seconds:.0f} s, {each.gigabytes:.1f} GB" for each in run}
    names, profiles = (dict.fromkeys(key[at] for key in cells) for at in (0, 1))
    return table(("lesson", *profiles), [(name, *(cells.get((name, each), "") for each in profiles))
                                         for name in names])


def table(heads: tuple, rows: list[tuple]) -> str:
    """Markdown."""
    return "".join(f"| {' | '.join(row)} |\n" for row in (heads, ("---",) * len(heads), *rows))


if __name__ == "__main__":
    main(sys.argv[1:])
