"""Every page of the site: it loads, its links lead somewhere, everybody can use it."""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest

ROOT = Path(__file__).parents[2]
AXE = ROOT / "docs/node_modules/axe-core/axe.min.js"
# One of each kind: what axe-core takes its time for differs in nothing else.
KINDS = ("", "colour/", "sliders/", "notebooks/01_lab_color_space/", "api/color/", "datasets/")


class Links(HTMLParser):
    """What a page points to, and the places in it that can be pointed to."""

    def __init__(self, text):
        super().__init__()
        self.out, self.ids, self.without_alt = [], set(), []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.ids |= {given.get("id"), given.get("name")}
        if tag in ("a", "link") and "href" in given:
            self.out.append(given["href"])
        if tag in ("img", "script") and given.get("src"):
            self.out.append(given["src"])
        if tag == "img" and not given.get("alt"):
            self.without_alt.append(given.get("src"))


@pytest.fixture(scope="module")
def found(folder):
    """Page -> what it holds, by its address from the site's top."""
    paths = [path for path in folder.rglob("*.html") if "_static" not in path.parts]
    return {
        re.sub(r"(^|/)index\.html$", r"\1", path.relative_to(folder).as_posix()): Links(
            path.read_text(encoding="utf-8")
        )
        for path in paths
    }


def test_lessons_reference_and_pages_are_there(found):
    for page in ("", "404.html", "search/", "colour/", "sliders/", "datasets/", "changelog/"):
        assert page in found
    lessons = {f"notebooks/{path.stem}/" for path in ROOT.glob("notebooks/0*.ipynb")}
    assert len(lessons) == 8 and lessons <= {*found}
    assert {"api/color/", "api/colorizer/", "api/turing/", "api/lesson/"} <= {*found}
    assert not [page for page in found if "assignments/a" in page]  # they hold the solutions


def test_no_link_of_any_page_is_broken(found, folder):
    broken = []
    for page, links in found.items():
        if page == "404.html":  # it stands at any depth, so its links begin at the site's top
            continue
        for link in {*links.out}:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc or not (parts.path or parts.fragment):
                continue
            target = unquote(urlsplit(urljoin(f"http://x/{page}", link)).path).lstrip("/")
            if target in found:
                if parts.fragment and unquote(parts.fragment) not in found[target].ids:
                    broken.append(f"{page}: {link} (no such place)")
            elif not (folder / target).is_file():
                broken.append(f"{page}: {link}")
    assert broken == []


def test_every_picture_has_an_alt_text(found):
    assert {page: links.without_alt for page, links in found.items() if links.without_alt} == {}


def test_no_address_stands_there_that_nobody_has_set(folder):
    named = [
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*.html")
        if re.search(r'href="[^"]*OWNER/', path.read_text(encoding="utf-8"))
    ]
    assert named == []


def test_the_reference_has_the_docstrings(found, folder):
    assert "coursekit.color.join" in found["api/color/"].ids
    assert "coursekit.metrics.auc" in found["api/metrics/"].ids
    text = (folder / "api/color/index.html").read_text(encoding="utf-8")
    assert "whose L is the one given" in text and "ndarray of uint8" in text


def test_every_page_loads_without_an_error(page, address, found):
    for each in sorted(found):
        page.goto(address + each, wait_until="load")
        assert page.faults == [], each


@pytest.mark.parametrize("each", KINDS)
def test_no_page_has_a_critical_fault_of_accessibility(page, address, each):
    if not AXE.is_file():
        pytest.skip("npm has not fetched axe-core: npm ci --prefix docs")
    page.goto(address + each)
    if each == "colour/":  # with all its controls
        page.evaluate(
            "document.querySelectorAll('#ck-controls, #ck-result').forEach(e => e.hidden = false)"
        )
    page.add_script_tag(path=AXE)
    faults = page.evaluate("axe.run().then(({violations}) => violations)")
    worst = {
        fault["id"]: [node["html"][:100] for node in fault["nodes"]]
        for fault in faults
        if fault["impact"] == "critical"
    }
    assert worst == {}


@pytest.mark.parametrize("each", KINDS)
def test_no_page_is_wider_than_a_phone(page, address, each):
    page.goto(address + each)
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


BROKEN = """() => {
    const broken = [], range = document.createRange();
    for (const cell of document.querySelectorAll("article td, article th")) {
        const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
        for (let text; (text = texts.nextNode()); ) {
            if (text.parentElement.closest("code")) continue;
            for (const word of text.data.matchAll(/\\p{L}+/gu)) {
                range.setStart(text, word.index);
                range.setEnd(text, word.index + word[0].length);
                const lines = new Set([...range.getClientRects()].map(({ top }) => top));
                if (lines.size > 1) broken.push(word[0]);
            }
        }
    }
    return broken;
}"""


@pytest.mark.parametrize("each", ["guides/quality/", "guides/speed/"])
def test_no_word_of_a_table_is_broken_on_a_phone(page, address, each):
    page.goto(address + each)
    assert page.locator("article table").count() > 0
    assert page.evaluate(BROKEN) == []


def test_search_finds_a_lesson(page, address):
    page.goto(f"{address}search/?q=rebalancing")
    page.wait_for_selector("#search-results li a")
    assert "rebalancing" in page.text_content("#search-results").lower()


def test_the_sliders_show_what_they_say(page, address):
    page.goto(f"{address}sliders/")
    for name, first, last in (("gamut", "L = 2", "L = 98"), ("temperature", "T = 0", "T = 1")):
        slider = page.locator(f"#ck-{name}")
        slider.wait_for()
        picture = page.locator(f"[data-frames={name}] .ck-frame")
        seen = []
        for key, said in (("Home", first), ("End", last)):
            slider.press(key)
            assert slider.get_attribute("aria-valuetext") == said
            assert said.split(" = ")[1] in picture.get_attribute("aria-label")
            seen.append(picture.screenshot())
        assert seen[0] != seen[1]
    assert page.faults == []
