"""Tables (CSV) as spreadsheets and learning platforms write and read them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from coursekit import files
from coursekit.teach.names import shown

# A spreadsheet computes what begins so, and a student may have written it.
FORMULA = re.compile(r"[=+\-@\t\r](?=.)", re.DOTALL)
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
QUOTED = re.compile(r"'(?=[=+\-@\t\r].)", re.DOTALL)


def read(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """Read a table, whatever saved it.

    Parameters
    ----------
    path : Path
        The file: UTF-8 with a byte order mark or without, or western Europe's code page; divided by
        commas, semicolons, as where the comma is the decimal mark, or tabs. The mark that `write`
        puts before what looks like a formula is taken away.

    Returns
    -------
    tuple of list of str and list of dict of str to str
        The columns, and the lines; a cell that is not there is "".
    """
    content = Path(path).read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    first = text.partition("\n")[0]
    # A cell may hold several lines, so the text is not taken apart before.
    table = csv.DictReader(
        io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), restval=""
    )
    columns = table.fieldnames = [column.strip() for column in table.fieldnames or []]
    return columns, [{name: QUOTED.sub("", row[name] or "") for name in columns} for row in table]


def write(path: Path, rows: Iterable[Sequence[object]], mark: bool = True) -> None:
    """Write a table, whole or not at all; what looks like a formula, as a text.

    Parameters
    ----------
    path : Path
        The file.
    rows : iterable of sequence
        The first has the names of the columns.
    mark : bool
        Whether to begin with the byte order mark, which tells spreadsheets that it is UTF-8.
    """
    encoding = "utf-8-sig" if mark else "utf-8"
    with files.replacing(path) as part, open(part, "w", newline="", encoding=encoding) as file:
        csv.writer(file).writerows([[_cell(value) for value in row] for row in rows])


def _cell(value: object) -> object:
    """Write names of any bytes as a file takes them, and formulas as texts."""
    if not isinstance(value, str):
        return value
    text = shown(value)
    return f"'{text}" if FORMULA.match(text) and not NUMBER.fullmatch(text) else text
