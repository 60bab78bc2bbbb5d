"""The application where a proxy takes a path off each request, as jupyter-server-proxy does."""

import asyncio
import re
from urllib.parse import urljoin

import pytest

httpx = pytest.importorskip("httpx")
server = pytest.importorskip("coursekit.turing.server.app", reason="no Starlette")
desks = pytest.importorskip("coursekit.turing.server.desk")

BASE = "http://hub/user/ada/turing/"


@pytest.fixture
def ask(experiment, store):
    app = server.application(experiment, store)

    async def proxy(scope, receive, send):
        path = scope["path"].removeprefix("/user/ada/turing")
        assert path != scope["path"], f"{scope['path']} leads past the app"
        await app({**scope, "path": path, "raw_path": path.encode()}, receive, send)

    def request(method, address, **how):
        async def answer():
            transport = httpx.ASGITransport(proxy)
            async with httpx.AsyncClient(transport=transport) as client:
                return await client.request(method, address, **how)

        return asyncio.run(answer())

    return request


def parts(ask, page):
    """The addresses in a page, and the scripts among what they lead to."""
    answer = ask("GET", page)
    assert answer.status_code == 200
    named = re.findall(r'(?:href|src)="([^"#]+)"', answer.text)
    found = {name: ask("GET", urljoin(page, name)) for name in named if ":" not in name}
    assert found and {each.status_code for each in found.values()} == {200}
    return [each.text for name, each in found.items() if name.endswith(".js")]


def test_pages_and_scripts_name_nothing_from_the_root(ask, experiment, store):
    console = desks.Desk(experiment, store).console
    for page in (BASE, f"{BASE}console/{console}/"):
        for script in parts(ask, page):
            assert re.findall(r"""["'`]/\w""", script) == []
            for name in re.findall(r'from "(\./[^"]+)"', script):
                assert ask("GET", urljoin(f"{BASE}static/", name)).status_code == 200


def test_one_begins_and_comes_back_through_the_proxy(ask):
    begun = ask("POST", urljoin(BASE, "api/begin"), json={})
    assert begun.status_code == 201
    code = {"code": begun.json()["code"]}
    assert ask("POST", urljoin(BASE, "api/resume"), json=code).status_code == 200
