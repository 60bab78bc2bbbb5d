"""The addresses: nobody guesses them, and what is no points of a person's is refused."""

import asyncio
import json

import httpx
import pytest

app = pytest.importorskip("coursekit.teach.marking.app")
desks = pytest.importorskip("coursekit.teach.marking.desk")


@pytest.fixture
def ask(graded):
    made = app.application(desks.Desk(graded), "token")

    def ask(method, path, content=None, kind="application/json"):
        async def asking():
            transport = httpx.ASGITransport(made)
            async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
                headers = {"Content-Type": kind} if content is not None else {}
                return await client.request(method, path, content=content, headers=headers)

        return asyncio.run(asking())

    return ask


def test_the_page_runs_only_what_the_server_has(ask):
    page = ask("GET", "/token/")
    assert "Points by hand" in page.text
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert ask("GET", "/token/static/mark.js").headers["Content-Type"].startswith("text/javascript")


@pytest.mark.parametrize(
    "path", ["/", "/questions", "/wrong/questions", "/token/static/answers.json", "/token/../x"]
)
def test_nothing_is_found_without_the_token(ask, path):
    assert ask("GET", path).status_code == 404


def test_points_are_saved_and_names_left_out(ask):
    (first, *_) = ask("GET", "/token/questions/0").json()
    assert "student" not in first
    message = json.dumps({"lines": [10, 5], "comment": "\ud800 fine"})
    saved = ask("POST", f"/token/answers/{first['id']}", message)
    assert saved.json()["points"] == 15 and saved.json()["comment"] == "? fine"
    assert ask("GET", "/token/questions").json()[0]["done"] == 1


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        ("{}", "text/plain", 415),
        ("[]", "application/json", 400),
        ('{"lines": "all", "comment": ""}', "application/json", 400),
        ('{"lines": [99, 5], "comment": ""}', "application/json", 400),
        ('{"lines": [10, 5]}', "application/json", 400),
        ("{" + " " * 100_000, "application/json", 413),
    ],
)
def test_what_is_no_message_of_the_page_is_refused(ask, content, kind, status):
    (first, *_) = ask("GET", "/token/questions/0").json()
    answer = ask("POST", f"/token/answers/{first['id']}", content, kind)
    assert answer.status_code == status and answer.json()["error"]


def test_a_table_with_other_columns_is_named(ask, graded):
    (graded / "manual.csv").write_text("a,b\n1,2\n")
    answer = ask("GET", "/token/questions")
    assert answer.status_code == 503 and "the columns must be" in answer.json()["error"]
