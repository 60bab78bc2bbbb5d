"""A page keeps a student's texts, tables and pictures, and nothing that acts."""

import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_output

sanitise = pytest.importorskip("coursekit.teach.sanitise")


@pytest.mark.parametrize(
    "html",
    [
        "<script>evil()</script>",
        "<scr<script>ipt>evil()</scr</script>ipt>",
        "<img src=x onerror=evil()>",
        '<img src="data:image/png;base64,AA" onload=evil()>',
        "<svg onload=evil()><a xlink:href='javascript:evil()'>x</a></svg>",
        "<math><mtext><table><mglyph><style><img src onerror=evil()></style></mglyph></table>",
        "<a href='java\nscript:evil()'>x</a>",
        "<a title=x href='data:text/html,<script>evil()</script>'>x</a>",
        "<iframe srcdoc='<script>evil()</script>'></iframe>",
        "<form action='https://evil'><input name=q><button>Go</button></form>",
        "<div style='position:fixed; inset:0; z-index:9'>100 of 100</div>",
        "<div style='margin-top:-900px; transform:scale(9)'>x</div>",
        "<b id=score name=score class=score>x</b>",
        "<meta http-equiv=refresh content='0;url=https://evil'>",
        "<base href='https://evil'><link rel=stylesheet href='https://evil'>",
        "</div></div></body><body onload=evil()>",
        "<!--><img src=x onerror=evil()>-->",
        "<img src='https://evil/x.png'>",
        "<img src='data:image/svg+xml;base64,AAAA'>",
        "<p style='background:url(https://evil/x.png) red'>x</p>",
        "<p style='background: u\\72l(https://evil/x.png)'>x</p>",
        "<p style='background:image-set(\"https://evil/x.png\" 1x)'>x</p>",
    ],
)
def test_what_acts_is_taken_out(html):
    found = BeautifulSoup(sanitise.sanitise(html), "html.parser")
    assert not found.select(
        "script, svg, math, iframe, form, input, button, meta, base, link, style"
    )
    for element in found.find_all(True):
        assert not {*element.attrs} - {"href", "src", "style", "title", "alt", "role"}
        assert "script" not in element.get("href", "") and "data:" not in element.get("href", "")
        assert element.get("src", "data:image/png;").startswith("data:image/png;")
        for word in ("position", "margin", "transform", "z-index", "evil"):
            assert word not in element.get("style", "")


def test_tables_links_and_the_boxes_of_checks_stay():
    html = (
        '<div role="status" style="background: #f8f8f8; color: #222; border: 1px solid #555; '
        'padding: 0.5em 0.8em; max-width: 46em;"><strong>A1.1</strong><br>Light.</div>'
        '<table><tbody><tr><td colspan="2">1 &lt; 2</td></tr></tbody></table>'
        '<a href="https://example.org">here</a> <img src="data:image/png;base64,iVBORw0KGgo=">'
    )
    assert sanitise.sanitise(html) == html


def test_pictures_are_only_what_base64_can_be():
    cell = new_code_cell()
    for png in ("iVBORw0KGgo=", 'AAAA"><script>evil()</script>', "", 7):
        cell.outputs.append(new_output("display_data"))
        cell.outputs[-1]["data"] = {"image/png": png, "application/javascript": "evil()"}
        cell.outputs[-1]["metadata"] = {"image/png": {"width": '1"onload=evil()', "height": 9}}
    sanitise.outputs(cell)
    assert cell.outputs[0].data == {"image/png": "iVBORw0KGgo="}
    assert cell.outputs[0].metadata == {"image/png": {"height": 9}}
    for output in cell.outputs[1:]:
        assert set("".join(output.data.values())) <= set(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
        )


def test_a_page_forbids_what_it_does_not_hold():
    page = sanitise.protect("<html><head><script>mine()</script></head><body>x</body></html>")
    (policy,) = BeautifulSoup(page, "html.parser").select("meta[http-equiv]")
    assert policy["http-equiv"] == "Content-Security-Policy"
    assert policy["content"].startswith("default-src 'none'; ") and "<script" not in page
