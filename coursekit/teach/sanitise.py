"""Takes out of a page what a student could have put there to change what others see.

Two layers: what a notebook shows is reduced to texts, tables and pictures before it becomes a page
(`outputs`, `sanitise`), and the page forbids scripts and everything from elsewhere (`protect`).
"""

from __future__ import annotations

import base64
import binascii
import re

import bleach
from bleach.css_sanitizer import CSSSanitizer
from nbformat import NotebookNode

# No script, no frame, no form; pictures only if they stand in the page itself. Styles may be
# written, for the pages have their own; nothing in them may load anything.
POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:; "
    "form-action 'none'; base-uri 'none'"
)
TAGS = (
    {"a", "abbr", "b", "blockquote", "br", "caption", "code", "dd", "details", "div", "dl", "dt"}
    | {"em", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "kbd"}
    | {"li", "ol", "p", "pre", "s", "span", "strong", "sub", "summary", "sup", "table", "tbody"}
    | {"td", "tfoot", "th", "thead", "tr", "ul"}
)
LINK = re.compile(r"(?i)(https?:|mailto:|#)")
# A property and a value that is no text and no function but a colour's: nothing to be fetched.
DECLARATION = re.compile(r"(?i)\s*[a-z-]+\s*:\s*((rgb|hsl)a?\([\d\s.,%/]*\)|[#\w.%!+-]|\s|,|/)*\s*")
PICTURE = re.compile(r"data:image/(png|jpeg|gif);base64,[A-Za-z0-9+/=\s]*$")
ATTRIBUTES = {
    "*": ["style", "title", "role"],
    "a": lambda tag, name, value: name == "href" and LINK.match(value),
    "img": lambda tag, name, value: (
        name in ("alt", "width", "height") or (name == "src" and PICTURE.match(value))
    ),
    "td": ["colspan", "rowspan", "align"],
    "th": ["colspan", "rowspan", "align", "scope"],
}
# None of them can move a thing out of its place.
STYLES = (
    {"background", "background-color", "color", "font-style", "font-weight", "text-align"}
    | {"border", "border-left-width", "border-color", "border-style", "border-width", "padding"}
    | {"white-space", "max-width", "vertical-align", "text-decoration"}
)


class _Styles(CSSSanitizer):
    """Leaves out what a background may fetch too: a page that is passed on may lose its policy."""

    def sanitize_css(self, style: str) -> str:
        """Keep harmless properties with harmless values."""
        kept = super().sanitize_css(style)
        return " ".join(
            f"{part.strip()};" for part in kept.split(";") if DECLARATION.fullmatch(part)
        )


_CLEANER = bleach.Cleaner(
    tags=TAGS,
    attributes=ATTRIBUTES,
    protocols={"http", "https", "mailto", "data"},  # data for pictures; links see to themselves
    css_sanitizer=_Styles(allowed_css_properties=STYLES),
    strip=True,
)


def sanitise(html: str) -> str:
    """Reduce a piece of a page to texts, tables and pictures.

    Parameters
    ----------
    html : str
        Whatever a student wrote, or made a cell show.

    Returns
    -------
    str
        HTML without scripts, frames, forms, names, and styles that lay one thing over another.

    Examples
    --------
    >>> sanitise('<p style="position: fixed; color: red" onclick="x()">86<script>y()</script></p>')
    '<p style="color: red;">86</p>'
    """
    # The cleaner keeps what stands in a tag that it takes out; a style sheet is no text to read.
    return _CLEANER.clean(re.sub(r"(?is)<(script|style)\b.*?</\1\s*>", "", html))


def outputs(cell: NotebookNode) -> None:
    """Keep of what a cell showed only what is a text, a table or a picture.

    Parameters
    ----------
    cell : NotebookNode
        A code cell; its outputs are changed.
    """
    for output in cell.get("outputs", []):
        data = output.get("data")
        if data is None:
            continue
        kept = {}
        if isinstance(data.get("text/html"), str):
            kept["text/html"] = sanitise(data["text/html"])
        for mime in ("image/png", "image/jpeg"):
            try:
                raw = base64.b64decode(data[mime], validate=False) if mime in data else b""
            except (binascii.Error, TypeError, ValueError):
                raw = b""
            if raw:
                kept[mime] = base64.b64encode(raw).decode()
        if isinstance(data.get("text/plain"), str):
            kept["text/plain"] = data["text/plain"]
        output["data"] = kept
        output["metadata"] = {
            mime: {
                name: value
                for name, value in about.items()
                if name in ("width", "height") and isinstance(value, (int, float))
            }
            for mime, about in output.get("metadata", {}).items()
            if mime in kept and isinstance(about, dict)
        }


def protect(page: str) -> str:
    """Forbid a page to run scripts and to load anything from elsewhere.

    Parameters
    ----------
    page : str
        A whole page, HTML, whose own parts are sound.

    Returns
    -------
    str
        The page with a Content-Security-Policy at its head, and without scripts.
    """
    page = re.sub(r"(?is)<script\b.*?</script\s*>", "", page)
    meta = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    return re.sub(r"(?i)(<head[^>]*>)", lambda head: f"{head[0]}\n{meta}", page, count=1)
