"""Checks a lesson's notebook; `python tests/notebooks/checker.py notebooks/*.ipynb` prints faults.

A lesson has
- a header, the Markdown before the first code cell: one H1 title; a Colab badge that opens this
  notebook; **You will be able to** with a list of 3 to 5 items; **You need**; **Reading time** …
  N min; **Run time** … N s or N min on 2 CPU cores … small GPU;
- a set-up cell, the first code cell: tries to import coursekit, installs it with %pip where that
  fails, calls lesson.start with the notebook's name; it is tagged nbval-ignore-output, because it
  prints versions;
- a footer, its last five H2 in this order: What we saw, Pitfalls, Exercises, Questions (each with
  its answer folded in <details>), References (a list; each item has a DOI, an arXiv number, an
  ISBN or a link).
In between no heading level is skipped, code cells have at most 20 lines, every image and figure
has alt text (figures get it from lesson.show), and the outputs are those of one execution from top
to bottom, with nothing of the machine in them: no errors, no stderr, no paths, no widget state.
`coursekit notebooks` stores them so.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import NamedTuple

import mistune
import nbformat.validator
from bs4 import BeautifulSoup, Comment

from coursekit.tools.notebooks import METADATA, WIDGET_VIEW

FOOTER = ["What we saw", "Pitfalls", "Exercises", "Questions", "References"]
SIZE_LIMIT = 3_000_000  # bytes; GitHub shows larger notebooks slowly or not at all
CODE_LINES = 20
NUMBERED = re.compile(r"\b10\.\d{4,9}/\S+|arXiv:\s?\d{4}\.\d{4,5}|ISBN", re.IGNORECASE)
MACHINE_PATH = re.compile(r"/(?:home|root|Users|tmp|private/var)/|site-packages|[A-Z]:\\Users")


class Fault(NamedTuple):
    """What is wrong, in which cell (counted from 0; None for the notebook as a whole)."""

    name: str
    cell: int | None
    message: str


def check(path: Path, root: Path) -> list[Fault]:
    """Find the faults of a notebook; links must stay in ``root``, the repository's top folder."""
    # Not nbformat.read, which would repair in silence.
    notebook = nbformat.v4.reads(path.read_text(encoding="utf-8"))
    texts = [cell.source if cell.cell_type == "markdown" else "" for cell in notebook.cells]
    pages = [BeautifulSoup(mistune.html(text), "html.parser") for text in texts]
    lesson = Lesson(path, root, notebook, pages)
    return [Fault(rule.__name__, cell, message) for rule in RULES for cell, message in rule(lesson)]


class Lesson(NamedTuple):
    path: Path
    root: Path
    notebook: nbformat.NotebookNode
    pages: list[BeautifulSoup]  # each Markdown cell as HTML; empty for code cells

    def code(self):
        return [
            (at, cell) for at, cell in enumerate(self.notebook.cells) if cell.cell_type == "code"
        ]

    def outputs(self):
        return [(at, output) for at, cell in self.code() for output in cell.outputs]

    def header(self) -> BeautifulSoup:
        end = self.code()[0][0] if self.code() else len(self.pages)
        return BeautifulSoup("".join(str(page) for page in self.pages[:end]), "html.parser")

    def headings(self) -> list[tuple[int, int, str]]:
        """(cell, level, text) of each heading in order."""
        return [
            (at, int(heading.name[1]), heading.get_text().strip())
            for at, page in enumerate(self.pages)
            for heading in page.find_all(re.compile(r"^h[1-6]$"))
        ]

    def section(self, title: str) -> tuple[int | None, BeautifulSoup]:
        """The cell in which an H2 stands, and the HTML from it to the next H2."""
        whole = BeautifulSoup("".join(map(str, self.pages)), "html.parser")
        heading = next((h for h in whole.find_all("h2") if h.get_text().strip() == title), None)
        parts = []
        for element in heading.next_siblings if heading else []:
            if element.name == "h2":
                break
            parts.append(str(element))
        cell = next(
            (at for at, level, text in self.headings() if (level, text) == (2, title)), None
        )
        return cell, BeautifulSoup("".join(parts), "html.parser")


def invalid_format(lesson):
    for error in nbformat.validator.iter_validate(lesson.notebook):
        yield None, str(error).splitlines()[0]
    ids = [cell.get("id") for cell in lesson.notebook.cells]
    for at, name in enumerate(ids):
        if name in ids[:at]:
            yield at, f"cell id {name} stands twice"


def too_large(lesson):
    size = lesson.path.stat().st_size
    if size > SIZE_LIMIT:
        yield None, f"{size / 1e6:.1f} MB; the limit is {SIZE_LIMIT / 1e6:.0f} MB"


def not_executed_in_order(lesson):
    code = [(at, cell) for at, cell in lesson.code() if cell.source.strip()]
    for number, (at, cell) in enumerate(code, start=1):
        if cell.execution_count != number:
            yield (
                at,
                f"execution count {cell.execution_count}, not {number}: run `coursekit notebooks`",
            )
            return


def error_output(lesson):
    for at, output in lesson.outputs():
        if output.output_type == "error":
            yield at, f"{output.ename}: {output.evalue}"


def stderr_output(lesson):
    for at, output in lesson.outputs():
        if output.output_type == "stream" and output.name == "stderr":
            yield at, f"standard error was stored: {output.text[:80]!r}"


def machine_path(lesson):
    for at, output in lesson.outputs():
        data = [
            content for kind, content in output.get("data", {}).items() if kind.startswith("text/")
        ]
        found = MACHINE_PATH.search(" ".join([output.get("text", ""), *data]))
        if found:
            yield at, f"a path of the machine is in the output: …{found[0]}…"


def machine_metadata(lesson):
    for key, value in lesson.notebook.metadata.items():
        if key != "widgets" and METADATA.get(key) != value:
            yield None, f"metadata {key!r} is not as `coursekit notebooks` stores it"
    for at, cell in enumerate(lesson.notebook.cells):
        if "execution" in cell.metadata:
            yield at, "the cell's metadata holds execution times"


def widget_state(lesson):
    if "widgets" in lesson.notebook.metadata:
        yield None, "metadata.widgets is stored"


def widget_view(lesson):
    for at, output in lesson.outputs():
        if WIDGET_VIEW in output.get("data", {}):
            yield at, "a view of a widget is stored; without a kernel it shows an error"


def image_without_alt_text(lesson):
    for at, page in enumerate(lesson.pages):
        for image in page.find_all("img"):
            if not image.get("alt", "").strip():
                yield at, f"image {image.get('src')} has no alt text"


def figure_without_alt_text(lesson):
    for at, output in lesson.outputs():
        for kind, content in output.get("data", {}).items():
            if kind.startswith("image/"):
                alt = output.metadata.get(kind, {}).get("alt", "")
                if len(alt.split()) < 4:
                    yield at, f"figure with alt text {alt!r}; show it with lesson.show(figure, alt)"
            if kind == "text/html":
                for image in BeautifulSoup(content, "html.parser").find_all("img"):
                    if not image.get("alt", "").strip():
                        yield at, "an image in HTML output has no alt text"


def not_one_title(lesson):
    titles = [(at, text) for at, level, text in lesson.headings() if level == 1]
    if len(titles) != 1 or lesson.headings()[0][1] != 1 or titles[0][0] != 0:
        yield None, f"one H1, in the first cell, is the title; found {titles}"


def skipped_heading_level(lesson):
    before = 1
    for at, level, text in lesson.headings():
        if level > before + 1:
            yield at, f"{text!r} is an H{level} after an H{before}"
        before = level


def header_without_goals(lesson):
    phrase = lesson.header().find("strong", string="You will be able to")
    goals = phrase.find_next(["ul", "ol"]) if phrase else None
    count = len(goals.find_all("li")) if goals else 0
    if not 3 <= count <= 5:
        yield 0, f"**You will be able to** has {count} items, not 3 to 5"


def header_without_needs(lesson):
    if not lesson.header().find("strong", string="You need"):
        yield 0, "**You need** is missing"


def header_without_reading_time(lesson):
    if not re.search(r"Reading time\W.*?\d+ min", lesson.header().get_text()):
        yield 0, "**Reading time** … N min is missing"


def header_without_run_time(lesson):
    wanted = r"Run time\W.*?\d+ (?:s|min)\b.*? 2 CPU cores.*small GPU"
    if not re.search(wanted, lesson.header().get_text(), re.DOTALL):
        yield 0, "**Run time** … N s or N min on 2 CPU cores … small GPU is missing"


def header_without_badge(lesson):
    header = lesson.header()
    # A course without an address keeps its badges in comments: `coursekit stamp` brings them out.
    hidden = header.find_all(string=lambda text: isinstance(text, Comment))
    links = re.findall(r"]\((https:[^()]*OWNER/[^()]*)\)$", "\n".join(map(str.strip, hidden)), re.M)
    links += [link["href"] for link in header.find_all("a", href=True) if link.find("img")]
    colab = [link for link in links if "colab.research.google.com" in link]
    if not any(link.endswith(f"/{lesson.path.name}") for link in colab):
        yield 0, f"no Colab badge that opens {lesson.path.name}"


def incomplete_set_up_cell(lesson):
    at, cell = lesson.code()[0] if lesson.code() else (None, None)
    wanted = [
        "import coursekit",
        "except ImportError",
        "%pip install",
        f'lesson.start("{lesson.path.stem}")',
    ]
    missing = [text for text in wanted if cell is None or text not in cell.source]
    if missing:
        yield at, f"the first code cell lacks {', '.join(missing)}"
    elif "nbval-ignore-output" not in cell.metadata.get("tags", []):
        yield at, "the set-up cell is not tagged nbval-ignore-output, but prints versions"


def footer_incomplete(lesson):
    sections = [text for _, level, text in lesson.headings() if level == 2][-len(FOOTER) :]
    if sections != FOOTER:
        yield None, f"the last sections are {sections}, not {FOOTER}"


def question_without_folded_answer(lesson):
    cell, questions = lesson.section("Questions")
    answers = questions.find_all("details")
    for answer in answers:
        summary = answer.find("summary")
        if not summary or not answer.get_text().replace(summary.get_text(), "", 1).strip():
            yield cell, "an answer in <details> has no <summary>, or no text"
    if cell is not None and not answers:
        yield cell, "no answer is folded in <details>"


def reference_without_number(lesson):
    cell, references = lesson.section("References")
    items = references.find_all("li")
    for item in items:
        if not NUMBERED.search(item.get_text()) and not item.find("a", href=True):
            yield cell, f"no DOI, arXiv number, ISBN or link: {item.get_text()[:60]!r}"
    if cell is not None and not NUMBERED.search(references.get_text()):
        yield cell, "no reference has a DOI, an arXiv number or an ISBN"


def checked_cell_without_output(lesson):
    for at, cell in lesson.code():
        if "nbval-check-output" in cell.metadata.get("tags", []) and not cell.outputs:
            yield at, "tagged nbval-check-output, but there is no output to compare"


def broken_link(lesson):
    for at, page in enumerate(lesson.pages):
        addresses = [tag.get("href") or tag.get("src") or "" for tag in page.find_all(["a", "img"])]
        for address in addresses:
            if re.match(r"[a-z]+:|#", address, re.IGNORECASE):
                continue  # the web and places within the notebook
            target = (lesson.path.parent / address.split("#")[0]).resolve()
            if (
                not address
                or not target.exists()
                or not target.is_relative_to(lesson.root.resolve())
            ):
                yield at, f"{address!r} is not a file of this repository"


def long_code_cell(lesson):
    for at, cell in lesson.code():
        lines = sum(bool(line.strip()) for line in cell.source.splitlines())
        if lines > CODE_LINES:
            yield at, f"{lines} lines of code; the limit is {CODE_LINES}"


RULES = [
    invalid_format,
    too_large,
    not_executed_in_order,
    error_output,
    stderr_output,
    machine_path,
    machine_metadata,
    widget_state,
    widget_view,
    image_without_alt_text,
    figure_without_alt_text,
    not_one_title,
    skipped_heading_level,
    header_without_goals,
    header_without_needs,
    header_without_reading_time,
    header_without_run_time,
    header_without_badge,
    incomplete_set_up_cell,
    footer_incomplete,
    question_without_folded_answer,
    reference_without_number,
    checked_cell_without_output,
    broken_link,
    long_code_cell,
]


if __name__ == "__main__":
    repository = Path(__file__).parents[2]
    found = [(name, fault) for name in sys.argv[1:] for fault in check(Path(name), repository)]
    for name, (rule, cell, message) in found:
        print(f"{name}, {'whole' if cell is None else f'cell {cell}'}: {rule}: {message}")
    sys.exit(bool(found))
