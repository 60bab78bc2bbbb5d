"""The pages in a real browser: on a phone, by keyboard, through lost connections and reloads."""

import json
import re
from collections import Counter

import pytest

from coursekit import turing
from coursekit.turing import words

from ...conftest import DEADLINE
from ..conftest import phase
from .conftest import BROWSED, Inside

# A hasty person: chooses a side as soon as one can, always with two clicks.
PLAY = """() => {
    window.chosen = [];
    setInterval(() => {
        const phase = document.querySelector('.ck-pair')?.dataset.phase;
        if (phase === 'gate' || phase === 'feedback') document.querySelector('.ck-next').click();
        if (phase !== 'answer') return;
        const side = Math.random() < 0.5 ? 'left' : 'right';
        window.chosen.push(side);
        for (const _ of [1, 2]) document.querySelector(`.ck-tile.ck-${side}`).click();
    }, 50);
}"""

# A tab that says it is out of sight, as it does when another one is in front: from the moment when
# its first pair is there and noted, for which nobody outside could be quick enough.
HIDE = """() => {
    window.hide = hidden => {
        Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
    };
    const look = () => {
        const there = document.querySelector('.ck-pair[data-phase=shown]');
        const noted = localStorage.length && localStorage[localStorage.key(0)].includes(1);
        if (there && noted) window.hide(true);
        else requestAnimationFrame(look);
    };
    look();
}"""

PHONE = {"width": 360, "height": 640}


def code_in(page):
    return re.search("[A-Z0-9]{4} [A-Z0-9]{4}", page.inner_text("main"))[0].replace(" ", "")


def vote(page, side, number):
    """Answer a pair by tapping, and go on after practice."""
    phase(page, "answer")
    page.click(f".ck-tile.ck-{side}")
    if number <= BROWSED.practice:
        phase(page, "feedback")
        page.click(".ck-next")


@pytest.fixture
def served(browser, browsed, tmp_path):
    """A server for one test; a process of its own would take a second to start."""
    server = Inside(browsed, tmp_path / "votes.sqlite")
    yield server
    server.stop()


@pytest.fixture
def phone(browser):
    with browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True) as context:
        page = context.new_page()
        page.set_default_timeout(DEADLINE * 1000)
        yield page


def test_on_a_phone_one_takes_the_test_by_touch_and_nothing_needs_scrolling_sideways(phone, served):
    complaints = []
    phone.on("console", lambda said: complaints.append(said.text))
    phone.on("pageerror", lambda error: complaints.append(str(error)))
    asked = []
    phone.on("request", lambda request: asked.append(request.url))

    def fits():
        return phone.evaluate("document.documentElement.scrollWidth <= innerWidth")

    phone.goto(served.address)
    phone.wait_for_selector(".ck-start")
    assert fits()
    phone.tap(".ck-start")
    phase(phone, "gate")
    assert fits()
    phone.tap(".ck-next")
    given = ["right", "left", "left", "right", "right", "left", "left"]
    for number, side in enumerate(given, start=1):
        phase(phone, "shown")
        boxes = [phone.locator(f".ck-tile.ck-{side}").bounding_box() for side in ("left", "right")]
        assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]
        assert min(box["width"] for box in boxes) > 150 and fits()
        assert max(box["y"] + box["height"] for box in boxes) <= PHONE["height"]
        phase(phone, "answer")
        phone.tap(f".ck-tile.ck-{side}")
        if number <= BROWSED.practice:
            phase(phone, "feedback")
            assert fits()
            phone.tap(".ck-next")
    phone.wait_for_selector("text=Thank you!")
    assert fits()
    votes = served.store.votes()
    assert [each["side"] for each in votes] == given
    assert all(each["exposure"] >= BROWSED.exposure - 0.001 for each in votes)
    assert not any(each["hidden"] for each in votes)
    assert complaints == []  # the policy on contents and the scripts agree
    assert {url.split("/")[2] for url in asked if not url.startswith("data:")} == {
        f"127.0.0.1:{served.port}"
    }
    assert phone.context.cookies() == []


def test_by_keyboard_and_with_a_name_for_all_that_a_screen_reader_meets(page, served):
    page.goto(served.address)
    page.focus(".ck-start")
    page.keyboard.press("Enter")
    phase(page, "gate")
    page.keyboard.press("Space")
    for number, key in enumerate(["ArrowRight", "1", "2", "ArrowLeft", "1", "2", "1"], start=1):
        phase(page, "answer")
        if number == 1:
            for role, name in (
                ("progressbar", "pairs done"),
                ("group", "a pair of photos"),
                ("button", "left photo"),
                ("button", "right photo"),
                ("heading", words.TITLE),
            ):
                assert page.get_by_role(role, name=name).count() == 1, name
        page.keyboard.press(key)
        if number <= BROWSED.practice:
            phase(page, "feedback")
            page.keyboard.press("Enter")
    page.wait_for_selector("text=Thank you!")
    assert [each["side"][0] for each in served.store.votes()] == [*"rlrllrl"]
    assert page.evaluate("document.activeElement.innerText").startswith("Thank you!")
    assert not page.evaluate(
        "[...document.querySelectorAll('input, button, img, meter, progress, svg')].filter(each => "
        "!(each.labels?.length || each.textContent.trim() || each.alt || each.ariaLabel))"
    )


def test_a_page_loaded_anew_and_a_server_killed_go_on_at_the_same_pair(
    page, browsed, tmp_path, serving
):
    served = serving(browsed, tmp_path / "votes.sqlite")
    page.goto(served.address)
    page.click(".ck-start")
    page.click(".ck-next")
    vote(page, "left", 1)
    phase(page, "answer")
    code = code_in(page)
    page.reload()  # the photos do not come a second time
    phase(page, "answer")
    assert code_in(page) == code and "Practice pair 2 of 2" in page.inner_text("main")
    served.kill()
    page.click(".ck-tile.ck-right")
    page.wait_for_selector(".ck-connection:has-text('No connection')")
    served.start()
    phase(page, "feedback")
    page.click(".ck-next")
    phase(page, "gate")  # the first pair in a page loaded anew waits for its person
    page.context.set_offline(True)
    page.click(".ck-next")
    vote(page, "left", 3)
    page.wait_for_selector(".ck-connection:has-text('No connection')")
    page.context.set_offline(False)
    for number in range(4, 8):
        vote(page, "right", number)
    page.wait_for_selector("text=Thank you!")
    votes = served.store.votes()
    assert {each["participant"] for each in votes} == {code}
    assert [each["side"][0] for each in votes] == [*"lrlrrrr"]
    assert votes[1]["seconds"] is None  # nobody knows how long the page was away


def test_another_device_goes_on_with_the_code(page, phone, served):
    page.goto(served.address)
    page.click(".ck-start")
    page.click(".ck-next")
    vote(page, "left", 1)
    phase(page, "shown")
    code = code_in(page)
    phone.goto(served.address)
    phone.fill(".ck-code", "nobody")
    phone.tap(".ck-resume button")
    phone.wait_for_selector(".ck-message:has-text('obody here has the code')")
    phone.fill(".ck-code", f"{code[:4]} {code[4:].lower()}")
    phone.tap(".ck-resume button")
    phone.tap(".ck-next")
    vote(phone, "right", 2)
    phase(page, "answer")
    page.click(".ck-tile.ck-left")  # the pair has its vote by now
    page.wait_for_selector(".ck-message:has-text('Pair 2 has its vote already')")
    page.wait_for_selector("text=Pair 1 of 5")
    assert [each["side"] for each in served.store.votes()] == ["left", "right"]


def test_where_the_tab_is_hidden_the_photos_end_and_the_vote_says_so(page, served):
    page.goto(served.address)
    page.click(".ck-start")
    page.evaluate(HIDE)
    page.click(".ck-next")
    phase(page, "answer")
    page.evaluate("window.hide(false)")
    assert page.locator(".ck-tile img:visible").count() == 0
    vote(page, "left", 1)
    vote(page, "left", 2)
    phase(page, "shown")
    hidden, seen = served.store.votes()
    assert (hidden["hidden"], seen["hidden"]) == (True, False)
    assert hidden["exposure"] < BROWSED.exposure <= seen["exposure"] + 0.001


def test_who_is_not_the_one_before_begins_anew_on_the_same_device(page, served):
    page.goto(served.address)
    page.click(".ck-start")
    page.click(".ck-next")
    vote(page, "left", 1)
    first = code_in(page)
    page.click("summary")
    page.click(".ck-anew")
    page.click(".ck-start")
    phase(page, "gate")
    assert code_in(page) != first and "Practice pair 1" in page.inner_text("main")
    assert len(served.store.participants()) == 2


def test_the_console_shows_the_class_and_pauses_closes_and_exports(
    page, phone, photos, colorizers, tmp_path, serving
):
    # Without vigilance pairs, in which a person who answers by lot may fail, and not count.
    protocol = turing.Protocol(size=32, exposure=0.4, practice=2, trials=5, vigilance=0)
    pictures = turing.build(tmp_path / "pictures", photos, colorizers, protocol)
    served = serving(pictures, tmp_path / "votes.sqlite")
    page.goto(served.console)
    page.wait_for_selector("text=0 began")
    assert page.inner_text(".address") == served.address
    assert page.get_by_role("img", name=f"QR code of {served.address}").count() == 1
    assert page.evaluate("document.querySelector('.qr').decode().then(() => true)")
    phone.goto(served.address)
    phone.evaluate(PLAY)
    phone.tap(".ck-start")
    page.wait_for_selector("text=1 began, 1 voted in the last 30 seconds")
    page.click("button:has-text('Pause')")
    phone.wait_for_selector("text=Your teacher has paused the test")
    waiting = len(served.store.votes())
    page.click("button:has-text('Open')")
    phone.wait_for_selector("text=Thank you!")
    page.wait_for_selector("text=1 finished; 7 votes")
    assert waiting < 7 == len(served.store.votes())
    label = page.get_attribute(".plot", "aria-label")
    rows = page.locator("tbody tr").all_inner_texts()
    assert len(rows) == 2 and all(f"{row.split()[0]} {row.split()[1]} %" in label for row in rows)
    with page.expect_download() as download:
        page.click(".export")
    lines = download.value.path().read_text().splitlines()
    assert len(lines) == 8 and lines[0].startswith("participant,number,kind")
    page.click("button:has-text('Close')")
    page.wait_for_selector("text=The test is closed.")
    phone.goto(served.address)
    phone.click(".ck-start")
    phone.wait_for_selector(".ck-message:has-text('The test is closed')")
    codes = {each["participant"] for each in served.store.participants()}
    assert not [code for code in codes if code in page.content()]  # it may hang on a wall


# A class of 40, and of 300, which ask without a browser, are in test_running and the benchmarks.
def test_thirty_people_take_the_test_at_once_in_thirty_browsers(browser, served):
    contexts = [browser.new_context(viewport=PHONE) for _ in range(30)]
    pages = [context.new_page() for context in contexts]
    for page in pages:
        page.set_default_timeout(DEADLINE * 1000)
        page.goto(served.address, wait_until="commit")
    for page in pages:
        page.wait_for_selector(".ck-start")
    for page in pages:
        page.evaluate(PLAY)
        page.click(".ck-start")
    given = {}
    for page in pages:
        page.wait_for_selector("text=Thank you!")
        given[code_in(page)] = page.evaluate("window.chosen")
    for context in contexts:
        context.close()
    votes = served.store.votes()
    assert len(given) == 30 and len(votes) == 30 * BROWSED.total
    assert {
        code: [each["side"] for each in votes if each["participant"] == code] for code in given
    } == given
    assert Counter(each["hidden"] for each in votes)[None] == 0


def test_the_page_keeps_its_code_and_the_last_pair_and_nothing_else(page, served):
    page.goto(served.address)
    page.click(".ck-start")
    page.click(".ck-next")
    phase(page, "answer")
    (kept,) = page.evaluate("Object.entries(localStorage)")
    assert kept[0] == f"coursekit-turing-{served.experiment.id}"
    assert json.loads(kept[1]) == {"code": code_in(page), "seen": 1}
