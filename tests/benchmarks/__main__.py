"""Everything that the course says about speed: a table of ratios, and the same as JSON in build/bench.json.

    python tests/benchmarks             # or: make bench
    python tests/benchmarks --readme    # writes the table into README.md too
"""

import json
import platform
import re
import sys
from pathlib import Path

import fit_against_step
import fusion_recipe
import keras
import rebalanced_recipe
import small_things
import soft_encoding

from coursekit.lesson import backend_version, describe_device

MODULES = (soft_encoding, rebalanced_recipe, fit_against_step, fusion_recipe, small_things)


def main(arguments: list[str]) -> None:
    found = []
    for module in MODULES:
        for ratio in module.measure():
            print(ratio, flush=True)
            found.append(ratio)
    backend = keras.backend.backend()
    where = f"{describe_device()}, Python {platform.python_version()}, Keras {keras.__version__}, " \
            f"{backend} {backend_version(backend)}"
    out = Path("build/bench.json")
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps({"where": where, "ratios": [each._asdict() for each in found]}, indent=1,
                              ensure_ascii=False))
    print(f"written to {out}")
    if "--readme" in arguments:
        readme = Path("README.md")
        text, count = re.subn(r"(?s)(<!-- bench -->\n).*?(<!-- /bench -->)",
                              lambda marks: marks[1] + table(where, found) + marks[2],
                              readme.read_text(encoding="utf-8"))
        if not count:
            sys.exit("README.md has no <!-- bench --> … <!-- /bench --> to write between")
        readme.write_text(text, encoding="utf-8")


def table(where: str, ratios) -> str:
    """Markdown: a row a ratio."""
    rows = "".join(f"| {each.what} | {each.against} | {each.ratio:.3g} ({each.low:.3g}–{each.high:.3g}) | "
                   f"{each.note} |\n"
                   for each in ratios)
    return f"{where}; median of the repeats, with the smallest and the largest.\n\n" \
           f"| what | against | times as fast | on |\n|---|---|---|---|\n{rows}"


if __name__ == "__main__":
    main(sys.argv[1:])
