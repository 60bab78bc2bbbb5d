"""A cache for each test, photos made by code, and a loopback server that misbehaves as told."""

import hashlib
import io
import tarfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from PIL import Image

from coursekit.datasets import registry


@pytest.fixture(autouse=True)
def _own_cache(cache):
    """Every test here has a cache of its own."""


@pytest.fixture
def made_up(monkeypatch):
    """A registered set that one gets by hand: folders are classes."""
    card = registry.Card(
        name="made_up",
        title="Made up",
        what="",
        photos="",
        licence="yours",
        bad_at="",
        fetch="by hand",
        home="",
        steps="Draw it.",
        pattern=registry.FOLDER,
    )
    monkeypatch.setitem(registry.CARDS, "made_up", card)
    return "made_up"


def _draw(seed: int, height: int = 90, width: int = 120) -> Image.Image:
    """A colourful picture that looks like no other seed's: large soft blobs and some grain."""
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(0, 256, (5, 6, 3), dtype=np.uint8))
    rgb = np.asarray(small.resize((width, height), Image.Resampling.BICUBIC), int) + rng.integers(
        -9, 9, (height, width, 1)
    )
    return Image.fromarray(rgb.clip(0, 255).astype(np.uint8))


def _encoded(image: Image.Image, form: str = "JPEG", **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def _tgz(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


@pytest.fixture(scope="session")
def draw():
    return _draw


@pytest.fixture(scope="session")
def encoded():
    return _encoded


@pytest.fixture(scope="session")
def tgz():
    return _tgz


@pytest.fixture(scope="session")
def archive_bytes() -> bytes:
    """tiny.tgz: 12 photos each of red and blue things, and a licence."""
    files = {
        f"tiny/{kind}/{i}.jpg": _encoded(_draw(100 * n + i))
        for n, kind in enumerate(("red", "blue"))
        for i in range(12)
    }
    return _tgz({"tiny/LICENSE.txt": b"yours", **files})


@pytest.fixture
def tiny(server, archive_bytes, monkeypatch):
    """A registered set `tiny` on the loopback server, and the network allowed."""
    monkeypatch.setenv("COURSEKIT_OFFLINE", "0")
    monkeypatch.setattr("coursekit.datasets.download.PAUSE", 0.01)
    monkeypatch.setattr("coursekit.datasets.download.STALL", 0.8)
    card = registry.Card(
        name="tiny",
        title="Tiny",
        what="",
        photos="24",
        licence="yours",
        bad_at="",
        lessons=("01",),
        fetch="download",
        home="",
        url=f"{server.url}/tiny.tgz",
        bytes=len(archive_bytes),
        sha256=hashlib.sha256(archive_bytes).hexdigest(),
        pattern=registry.FOLDER,
    )
    monkeypatch.setitem(registry.CARDS, "tiny", card)
    server.body = archive_bytes
    return card


class Server(ThreadingHTTPServer):
    """Answers request n with `script[n]`, and well once the script is over."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.script, self.asked, self.body = [], [], b""
        self.half_sent, self.go_on = threading.Event(), threading.Event()

    def handle_error(self, request, client_address):  # a client that went away is part of the tests
        pass


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        server, body = self.server, self.server.body
        server.asked.append(self.path)
        deed = server.script.pop(0) if server.script else "well"
        if isinstance(deed, int):
            return self.send_error(deed)
        if deed == "redirect":
            self.send_response(302)
            # another host
            self.send_header("Location", f"http://localhost:{server.server_port}/elsewhere.tgz")
            return self.end_headers()
        if deed == "corrupt":
            body = body[:500] + bytes([body[500] ^ 1]) + body[501:]
        if deed == "wrong":
            body = b"<html>Please log in</html>"
        self.send_response(200)
        if deed != "cut":  # cut: ends early, and no Content-Length by which to notice
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if deed in ("corrupt", "wrong", "well"):
            return self.wfile.write(body)
        self.wfile.write(body[: len(body) // 2])
        self.wfile.flush()
        server.half_sent.set()
        if deed == "stall":
            time.sleep(1.5)
        if deed == "wait":
            server.go_on.wait(10)
            self.wfile.write(body[len(body) // 2 :])
        if deed == "drop":
            self.connection.shutdown(2)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with Server() as server:
        threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()
        yield server
        server.go_on.set()
        server.shutdown()
