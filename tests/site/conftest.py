"""The site, built once and served on this machine; a real browser that looks at it."""

import functools
import http.server
import threading
from pathlib import Path

import pytest
from filelock import FileLock

from ..conftest import DEADLINE, absent

ROOT = Path(__file__).parents[2]


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        """Say nothing."""


@pytest.fixture(scope="session")
def folder():
    """The built site; what is unchanged since the last time is not built again."""
    for module in ("sphinx", "myst_nb", "sphinx_book_theme"):
        pytest.importorskip(module, reason="the extra 'site' is not installed")
    if not (ROOT / "docs/node_modules/onnxruntime-web").is_dir():
        absent("npm has not fetched what pages run: npm ci --prefix docs")
    from coursekit.tools import site

    with FileLock(ROOT / "build/site.lock"):  # two processes may want it
        return site.build(ROOT, ROOT / "build/site")


@pytest.fixture(scope="session")
def address(folder):
    handler = functools.partial(Quiet, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture
def page(browser, address):
    """A page as wide as a phone; what it complains of, and whom it asks, is in `faults`."""
    with browser.new_context(
        viewport={"width": 400, "height": 800}, accept_downloads=True
    ) as context:
        page = context.new_page()
        page.set_default_timeout(DEADLINE * 1000)
        page.faults = []
        page.on("pageerror", lambda error: page.faults.append(f"error: {error}"))
        page.on(
            "console", lambda said: page.faults.append(said.text) if said.type == "error" else None
        )
        page.on(
            "response",
            lambda answer: (
                page.faults.append(f"{answer.status} {answer.url}")
                if answer.status >= 400
                else None
            ),
        )
        page.on(
            "request",
            lambda request: (
                page.faults.append(f"leaves the site: {request.method} {request.url}")
                if not request.url.startswith((address, "data:", "blob:"))
                else None
            ),
        )
        yield page
