"""The page in a real browser, by keyboard and by mouse, through a server that is gone."""

import re
import subprocess
import sys

import pytest

from .conftest import DEADLINE

manual_scores = pytest.importorskip("coursekit.teach.manual_scores")


@pytest.fixture
def served(graded):
    process = subprocess.Popen(
        [sys.executable, "-m", "coursekit", "mark", "-o", str(graded)],
        stdout=subprocess.PIPE,
        text=True,
    )
    yield re.search(r"http\S+", process.stdout.readline())[0]
    process.terminate()
    process.wait()


@pytest.fixture
def page(browser, served):
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        page.set_default_timeout(DEADLINE * 1000)
        page.said = []
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.goto(served)
        page.wait_for_selector("article")
        yield page
        assert page.said == []


def saved(page, count):
    page.wait_for_function(
        f"[...document.querySelectorAll('.state')].filter(e => e.textContent === 'saved').length"
        f" === {count}"
    )


def in_the_table(graded):
    """Points, points of lines and comments of the answers that have any."""
    columns = ("points", "lines", "comment")
    rows = [tuple(row[name] for name in columns) for row in manual_scores.rows(graded)]
    return sorted(row for row in rows if any(row))


def test_a_class_is_marked_by_keyboard(page, graded):
    for key in "2f":  # a line; then all lines of the same answer
        page.keyboard.press(key)
    page.keyboard.press("j")
    for key in ("1", "1", "0"):  # all, then half of the first line; nothing for the open ones
        page.keyboard.press(key)
    page.keyboard.press("c")
    page.keyboard.type("2 jokes, no f")  # keys are letters here
    page.keyboard.press("Escape")
    saved(page, 2)
    assert in_the_table(graded) == [("15", "10 5", ""), ("5", "5 0", "2 jokes, no f")]
    page.keyboard.press("u")
    assert page.evaluate("document.activeElement.querySelector('.points').textContent") == "open"
    assert page.inner_text(".count") == "2 of 3 have points"


def test_names_are_not_in_the_page_until_asked_for(page):
    assert "cleo" not in page.content() and "Answer 1" in page.inner_text(".answers")
    page.check(".names")
    page.wait_for_function("document.querySelector('.answers').innerText.includes('cleo')")


def test_nothing_of_a_student_runs(page):
    assert page.title() == "Points by hand"
    assert page.locator("article script").count() == 0
    assert page.locator("article img").count() == 1  # the plot that was pasted into an answer


def test_what_the_server_did_not_take_is_tried_again(page, graded):
    page.route("**/answers/*", lambda route: route.abort())
    page.click("article >> nth=0 >> button >> nth=0")
    page.wait_for_function("document.querySelector('.message').textContent.includes('tried again')")
    assert in_the_table(graded) == []
    page.unroute("**/answers/*")
    saved(page, 1)
    assert in_the_table(graded) == [("", "10 -", "")] and page.inner_text(".message") == ""


def test_with_open_ones_only_the_others_are_out_of_the_way(page):
    page.keyboard.press("f")
    saved(page, 1)
    page.check(".open-only")
    assert page.locator("article:visible").count() == 2
