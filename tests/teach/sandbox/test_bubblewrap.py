"""No submission gains a point, reads or changes what is not its own, or hides that it tried."""

import contextlib
import copy
import csv
import io
import secrets
import socket
import sys
import tempfile
from pathlib import Path

import boxes
import hostile
import nbformat
import psutil
import pytest
from bs4 import BeautifulSoup
from small_assignment import NAME

grade = pytest.importorskip("coursekit.teach.grade")
judge = pytest.importorskip("coursekit.teach.judge")
sandbox = pytest.importorskip("coursekit.teach.sandbox")


def table(path):
    with open(path, newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def graded(sources, released, tmp_path_factory):
    """All of them, graded in one run: tables, pages, and what happened outside."""
    if boxes.MISSING:
        pytest.skip(boxes.MISSING)
    sent, out = tmp_path_factory.mktemp("sent"), tmp_path_factory.mktemp("out")
    # Not below the folder of pytest's own, which nothing hides in particular.
    with tempfile.TemporaryDirectory() as name, socket.create_server(("127.0.0.1", 0)) as server:
        folder = Path(name).resolve()
        word = secrets.token_hex(16)
        (folder / "secret").write_text(word)
        names = {"folder": str(folder), "port": server.getsockname()[1]}
        blank = released[NAME]
        made = {"attempts": hostile.attempts(copy.deepcopy(blank), names)}
        made |= {cheat.__name__: cheat(copy.deepcopy(blank))[0] for cheat in hostile.CHEATS}
        for cell in made["says_that_nothing_was_tried"].cells:
            cell.source = cell.source.replace("{folder}", str(folder))
        made |= {
            each.__name__: each(copy.deepcopy(blank)) for each in (hostile.floods, hostile.honest)
        }
        for student, notebook in made.items():
            nbformat.write(notebook, sent / f"{student}_a0.ipynb")
        (sent / "links_a0.ipynb").symlink_to(sources / f"{NAME}.ipynb")
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            grade.grade([sent], sources, out, sandbox.Limits(30, 2e9), 2, boxes.BOX)
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()
        # Workers are children of this process, and boxes of theirs.
        left = [
            found["cmdline"]
            for process in psutil.Process().children(recursive=True)
            if "coursekit.teach.inside.agent"
            in ((found := process.as_dict(["cmdline"]))["cmdline"] or [])
        ]
        outside = {path.name: path.read_text() for path in folder.iterdir()}
    return {
        "rows": {row["student"]: row for row in table(out / f"scores_{NAME}.csv")},
        "problems": table(out / "problems.csv"),
        "out": out,
        "names": names,
        "word": word,
        "outside": outside,
        "left": left,
    }


def told(graded, student):
    return [row["problem"] for row in graded["problems"] if row["student"] == student]


def page(graded, student):
    return (graded["out"] / "feedback" / NAME / f"{student}.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("cheat", hostile.CHEATS, ids=lambda cheat: cheat.__name__)
def test_a_wrong_answer_gains_no_point(graded, blank, cheat):
    row = graded["rows"][cheat.__name__]
    assert row["automatic"] in ("0", "")  # or none at all, and a reason
    assert row["automatic"] == "0" or told(graded, cheat.__name__)
    words = cheat(blank)[1]
    assert words is None or any(words in problem for problem in told(graded, cheat.__name__))


@pytest.mark.parametrize("name", hostile.ATTEMPTS)
def test_an_attempt_is_listed_though_it_was_swallowed(graded, name):
    code, words = hostile.ATTEMPTS[name]
    number = [*hostile.ATTEMPTS].index(name) + 4
    mine = [text for text in told(graded, "attempts") if text.startswith(f"cell {number}: ")]
    assert words is None or any(words.format(**graded["names"]) in text for text in mine), mine


def test_attempts_change_nothing_outside_and_find_nothing(graded):
    assert graded["outside"] == {"secret": graded["word"]}
    whole = "".join(
        path.read_text(encoding="utf-8", errors="replace")
        for path in graded["out"].rglob("*")
        if path.is_file() and path.suffix in (".json", ".html", ".csv")
    )
    assert graded["word"] not in whole and "solutions: <module" not in whole


def test_a_right_answer_keeps_its_points_whatever_else_it_tried(graded):
    assert graded["rows"]["attempts"]["automatic"] == "85"


def test_a_link_is_no_submission(graded):
    """A link of a student's may lead to the solution, which would have all points."""
    assert "links" not in graded["rows"]
    assert any("a link to" in text for text in told(graded, "links"))


def test_nothing_runs_on_when_grading_has_ended(graded):
    assert graded["left"] == []


def test_honest_work_gets_its_points_and_no_note(graded):
    assert graded["rows"]["honest"]["automatic"] == "85" and told(graded, "honest") == []
    assert "from a thread" in page(graded, "honest")
    assert "data:image/png;base64" in page(graded, "honest")


def test_output_is_cut_and_listed(graded):
    assert any("more output than is kept" in text for text in told(graded, "floods"))
    assert len(page(graded, "floods")) < 3_000_000


def test_a_page_runs_nothing_and_shows_nothing_over_its_points(graded):
    found = BeautifulSoup(page(graded, "floods"), "html.parser")
    assert not found.select("script, svg, iframe, form, [href^=javascript]")
    for element in found.find_all(True):
        assert not [name for name in element.attrs if name.startswith("on")]
        assert "position" not in element.get("style", "")
    policy = found.head.find("meta", {"http-equiv": "Content-Security-Policy"})["content"]
    assert policy.startswith("default-src 'none'; ") and "script" not in policy
    shown = found.find(id="notebook")
    assert shown.find("b", string="a table") and shown.find("em", string="Mine.")


def test_what_the_box_was_not_told_is_not_in_it(graded):
    """The environment of a submission has nothing of the grader's."""
    environment = sandbox.box.environment("/home/student", "{}")
    assert not {"PATH", "USERNAME", "SSH_AUTH_SOCK"} & {*environment}
    assert all("TOKEN" not in name for name in environment)


@pytest.fixture(scope="module")
def boxed(tmp_path_factory):
    """A kernel behind walls to talk to."""
    if boxes.MISSING:
        pytest.skip(boxes.MISSING)
    box = boxes.BOX(tmp_path_factory.mktemp("box"), [], sandbox.Limits(60, 2e9))
    found = judge.Submission(*box.start(), sandbox.Watch(box, box.limits))
    assert found._receive() == {"answer": True}
    yield found
    box.close()


def value(submission, source):
    submission.ask("cell", source=source)
    return submission.ask("name", name="value")


def test_no_thread_of_the_box_passes_by_the_filter(boxed):
    """NumPy starts threads when it is imported, before the filter is there."""
    look = (
        "import pathlib\nvalue = [\n"
        "    line.split()[1] for each in pathlib.Path('/proc/self/task').iterdir()\n"
        "    for line in (each / 'status').read_text().splitlines() if line.startswith('Seccomp:')]"
    )
    found = value(boxed, look)
    assert found and {*found} == {"2"}  # SECCOMP_MODE_FILTER


def test_the_kernel_is_alone_in_its_box(boxed):
    found = value(
        boxed, "import os\nvalue = [each for each in os.listdir('/proc') if each.isdigit()]"
    )
    assert found == ["1"]


def test_a_box_has_no_files_in_memory_that_nobody_counts(boxed):
    look = (
        "import os\ntry: value = os.memfd_create('x')\n"
        "except OSError as error: value = error.strerror"
    )
    assert value(boxed, look) == "Function not implemented"


@pytest.mark.skipif(sys.platform != "linux", reason="bubblewrap is for Linux")
def test_the_box_is_there_with_what_the_course_installs():
    assert boxes.bubblewrap.program() is not None
