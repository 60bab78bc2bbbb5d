"""The page in a real browser, by keyboard and by mouse, through a server that is gone."""

import re
import socket
import subprocess
import sys
import threading

import pytest

from ...conftest import DEADLINE

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
uvicorn = pytest.importorskip("uvicorn")
app = pytest.importorskip("coursekit.teach.marking.app")
desks = pytest.importorskip("coursekit.teach.marking.desk")
manual_scores = pytest.importorskip("coursekit.teach.manual_scores")


@pytest.fixture
def served(graded):
    """The page's address; its server is in this process, so that it is there at once."""
    listening = socket.create_server(("127.0.0.1", 0))
    settings = {"log_level": "warning", "timeout_graceful_shutdown": 1}
    server = uvicorn.Server(
        uvicorn.Config(app.application(desks.Desk(graded), "token"), **settings)
    )
    running = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    running.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}/token/"
    server.should_exit = True
    running.join()
    listening.close()


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
    states = page.locator(".state").filter(has_text=re.compile("^saved$"))
    playwright.expect(states).to_have_count(count, timeout=DEADLINE * 1000)


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
    page.locator("article", has_text="cleo").wait_for()


def test_nothing_of_a_student_runs(page):
    assert page.title() == "Points by hand"
    assert page.locator("article script").count() == 0
    assert page.locator("article img").count() == 1  # the plot that was pasted into an answer


def test_what_the_server_did_not_take_is_tried_again(page, graded):
    page.route("**/answers/*", lambda route: route.abort())
    page.click("article >> nth=0 >> button >> nth=0")
    page.locator(".message", has_text="tried again").wait_for()
    assert in_the_table(graded) == []
    page.unroute("**/answers/*")
    saved(page, 1)
    assert in_the_table(graded) == [("", "10 -", "")] and page.inner_text(".message") == ""


def test_with_open_ones_only_the_others_are_out_of_the_way(page):
    page.keyboard.press("f")
    saved(page, 1)
    page.check(".open-only")
    assert page.locator("article:visible").count() == 2


def test_the_command_says_where_the_page_is_and_ends_when_told(graded):
    process = subprocess.Popen(
        [sys.executable, "-m", "coursekit", "mark", "-o", str(graded)],
        stdout=subprocess.PIPE,
        text=True,
    )
    address = process.stdout.readline()
    process.terminate()
    assert re.fullmatch(r"open   http://127\.0\.0\.1:\d+/[\w-]{16}/\n", address)
    process.wait(DEADLINE)
