"""The reference solutions of an assignment, as they stand in its notebook."""

import re
from functools import cache
from pathlib import Path

import nbformat

FOLDER = Path(__file__).parents[3] / "notebooks/assignments"
NOTEBOOKS = sorted(FOLDER.glob("a*.ipynb"))


@cache
def cells(path):
    return nbformat.read(path, 4).cells


def graded(cell):
    return cell.metadata.get("nbgrader", {})


@cache
def answers(number):
    """Exercise -> reference solution, from imports and answer cells of assignment ``number``."""
    (path,) = FOLDER.glob(f"a{number}_*.ipynb")
    code = [cell for cell in cells(path) if cell.cell_type == "code"]
    imports = re.findall(r"^(?:from|import) .*$", code[0].source, re.MULTILINE)
    names, found = {}, {}
    exec("\n".join(imports) + "\nimport keras", names)
    for cell in code:
        kind, _, part = graded(cell).get("grade_id", "").partition(f"a{number}-")[2].partition("-")
        if kind == "given" and "class " in cell.source:
            exec(cell.source, names)
        elif part == "answer":
            exec(cell.source, names)
            found[f"A{number}.{kind}"] = names[re.match(r"def (\w+)", cell.source)[1]]
    return found
