"""The application without a network, and a server of its own process, as a teacher starts it."""

import asyncio
import json
import socket
import subprocess
import sys
import threading

import httpx
import pytest
import uvicorn

from coursekit import turing
from coursekit.turing.server import application

BROWSED = turing.Protocol(size=32, exposure=0.4, practice=2, trials=5, vigilance=0.2)


@pytest.fixture(scope="package")
def browsed(tmp_path_factory, photos, colorizers):
    """The pictures of a test of 7 pairs, shown for 0.4 seconds."""
    folder = tmp_path_factory.mktemp("browsed") / "pictures"
    return turing.build(folder, photos, colorizers, BROWSED)


class Client:
    """Ask an application, one question after the other."""

    def __init__(self, app):
        self.app = app

    def get(self, path, **how):
        return self._ask("GET", path, **how)

    def post(self, path, message=None, headers=None, **how):
        if message is not None:
            how["content"] = json.dumps(message)  # which can hold what is no text, as \ud800
            headers = {"Content-Type": "application/json", **(headers or {})}
        return self._ask("POST", path, headers=headers, **how)

    def _ask(self, method, path, **how):
        async def ask():
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://class") as client:
                return await client.request(method, path, **how)

        return asyncio.run(ask())


class Inside:
    """The application on a port of this machine, served by a thread of this process."""

    def __init__(self, experiment, path):
        self.experiment, self.store = experiment, turing.Store(path)
        listening = socket.create_server(("127.0.0.1", 0))
        self.port = listening.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}/"
        app = application(experiment, turing.Store(path))
        settings = {"log_level": "warning", "timeout_graceful_shutdown": 5}
        self._server = uvicorn.Server(uvicorn.Config(app, **settings))
        # Whoever asks before it runs waits: the port is open already.
        self._thread = threading.Thread(target=self._server.run, args=([listening],))
        self._thread.start()

    def stop(self):
        self._server.should_exit = True
        self._thread.join()


class Serving:
    """`coursekit turing serve`, which can be killed and started again on the same port."""

    def __init__(self, experiment, store, *arguments):
        self.experiment, self.path, self.arguments, self.port = experiment, store, arguments, 0
        self.start()

    def start(self):
        """Start it, and read where it is once it says so."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "coursekit", "turing", "serve", str(self.experiment.folder)]
            + ["--store", str(self.path), "--port", str(self.port), *self.arguments],
            stdout=subprocess.PIPE,
            text=True,
        )
        said = dict(
            line.split()[:2] for line in (self.process.stdout.readline() for _ in range(3)) if line
        )
        assert "console" in said, self.process.wait()
        self.address, self.console = said["participants"], said["console"]
        self.port = int(self.console.split("/")[2].rpartition(":")[2])

    def kill(self):
        self.process.kill()
        self.process.wait()

    @property
    def store(self):
        return turing.Store(self.path)


@pytest.fixture
def serving():
    """Start servers that end with the test."""
    started = []

    def start(*arguments):
        started.append(Serving(*arguments))
        return started[-1]

    yield start
    for each in started:
        each.process.terminate()
        each.process.wait()
        each.process.stdout.close()
