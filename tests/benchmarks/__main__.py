"""Everything that the course says about speed: tables, and the same as JSON in build/bench.json.

python tests/benchmarks                         # or: make bench
python tests/benchmarks --lessons smoke,laptop  # every lesson in these profiles too: half an hour
python tests/benchmarks --guide                 # writes the tables into docs/guides/speed.md too
"""

import argparse
import json
import sys
from pathlib import Path

import fit_against_step
import fusion_recipe
import growth
import lessons
import rebalanced_recipe
import report
import small_things
import soft_encoding

from coursekit import device

MODULES = (soft_encoding, rebalanced_recipe, fit_against_step, fusion_recipe, small_things)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python tests/benchmarks")
    parser.add_argument(
        "--lessons", default="", metavar="PROFILES", help="execute every lesson too: smoke,laptop"
    )
    parser.add_argument(
        "--guide", action="store_true", help=f"write the tables into {report.GUIDE}"
    )
    options = parser.parse_args(arguments)
    device.keep_threads_apart()  # as lessons do, and before anything starts TensorFlow
    ratios = printed(each for module in MODULES for each in module.measure())
    grown = printed(growth.measure())
    run = printed(
        each
        for profile in filter(None, options.lessons.split(","))
        for each in lessons.measure(profile)
    )
    where = report.machine()
    out = Path("build/bench.json")
    out.parent.mkdir(exist_ok=True)
    out.write_text(
        json.dumps(
            {
                "where": where,
                "ratios": [each._asdict() for each in ratios],
                "growth": [{**each._asdict(), "exponent": each.exponent} for each in grown],
                "lessons": [each._asdict() for each in run],
            },
            indent=1,
            ensure_ascii=False,
        )
    )
    print(f"written to {out}")
    if options.guide:
        spread = f"{where}; median of the repeats, with the smallest and the largest."
        tables = report.of_ratios(ratios), report.of_growth(grown)
        report.into_guide(report.GUIDE, "bench", spread, *tables)
        if run:
            report.into_guide(report.GUIDE, "lessons", f"{where}.", report.of_lessons(run))


def printed(measured) -> list:
    """All of them, each printed as soon as it is there."""
    found = []
    for each in measured:
        print(each, flush=True)
        found.append(each)
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
