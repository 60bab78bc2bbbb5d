"""The addresses of the application."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .. import words
from ..pairs import Experiment
from ..session import Session
from ..store import Store, VoteError
from . import guard
from .console import routes
from .desk import Desk

PAGES = Path(__file__).parent / "pages"
KINDS = {".js": "text/javascript", ".css": "text/css"}


def application(
    experiment: Experiment,
    store: Store,
    url: str | None = None,
    begin: guard.Limit = guard.BEGIN,
    strange: guard.Limit = guard.STRANGE,
    person: guard.Limit = guard.PERSON,
) -> Starlette:
    """Make the application; several processes may run it on one store.

    Parameters
    ----------
    experiment : Experiment
        The pictures.
    store : Store
        Where votes go.
    url : str, optional
        The address that participants are given; by default the one by which the teacher's browser
        found the console.
    begin : Limit, optional
        How often an address may begin.
    strange : Limit, optional
        How often an address may come with a code that nobody has.
    person : Limit, optional
        How often a participant may ask for anything.

    Returns
    -------
    starlette.applications.Starlette
        For any ASGI server.

    Raises
    ------
    StoreError
        If the store belongs to another experiment.
    """
    desk = Desk(experiment, store)
    begins, strangers, people = map(guard.Meter, (begin, strange, person))
    page = _page(experiment)

    async def known(request: Request, code: object) -> Session:
        # Blocking work goes to threads, here and below, so that nobody else waits.
        # Half a surrogate pair, which JSON can hold, is no text that a store could look for.
        code = str(code or "")[:64].encode(errors="replace").decode()
        people.take(code)
        try:
            return desk.known(code) or await run_in_threadpool(desk.session, code)
        except VoteError as error:
            strangers.take(_address(request))
            raise guard.Refusal(404, f"{error}.") from error

    async def show(request: Request) -> Response:
        return Response(page, media_type="text/html")

    async def start(request: Request) -> Response:
        await guard.message(request)
        begins.take(_address(request))
        return JSONResponse(await run_in_threadpool(desk.begin), 201)

    async def resume(request: Request) -> Response:
        session = await known(request, (await guard.message(request)).get("code"))
        return JSONResponse(await run_in_threadpool(desk.step, session))

    async def pair(request: Request) -> Response:
        session = await known(request, request.headers.get("x-code"))
        return JSONResponse(await run_in_threadpool(desk.step, session))

    async def vote(request: Request) -> Response:
        session = await known(request, request.headers.get("x-code"))
        message = await guard.message(request)
        return JSONResponse(await run_in_threadpool(desk.vote, session, message))

    async def picture(request: Request) -> Response:
        session = await known(request, request.headers.get("x-code"))
        png = await run_in_threadpool(desk.picture, session, request.path_params["name"])
        if png is None:
            raise guard.Refusal(404, "there is no such picture in the pair that you are at")
        return Response(png, media_type="image/png")

    return Starlette(
        routes=[
            Route("/", show),
            Route("/api/begin", start, methods=["POST"]),
            Route("/api/resume", resume, methods=["POST"]),
            Route("/api/pair", pair),
            Route("/api/vote", vote, methods=["POST"]),
            Route("/picture/{name}", picture),
            Route("/static/{name}", _static()),
            *routes(desk, (PAGES / "console.html").read_bytes(), url),
        ],
        middleware=[Middleware(guard.Headers)],
        exception_handlers=guard.EXCEPTIONS,
    )


def _page(experiment: Experiment) -> bytes:
    """Fill in what differs from test to test; the rest of the page is static."""
    text = (PAGES / "take.html").read_text(encoding="utf-8")
    for name, value in {
        "instructions": words.instructions(experiment.protocol),
        "question": words.QUESTION,
        "title": words.TITLE,
        "experiment": experiment.id,
    }.items():
        text = text.replace(f"{{{{ {name} }}}}", value)
    return text.encode()


def _static() -> Callable:
    """Serve scripts and styles, pair.js and pair.css of the notebook's widget among them."""
    folders = (PAGES, PAGES.parents[1])
    files = {
        path.name: Response(path.read_bytes(), media_type=KINDS[path.suffix])
        for folder in folders
        for path in folder.iterdir()
        if path.suffix in KINDS
    }

    async def static(request: Request) -> Response:
        if request.path_params["name"] not in files:
            raise guard.Refusal(404, "there is nothing here")
        return files[request.path_params["name"]]

    return static


def _address(request: Request) -> str:
    return request.client.host if request.client else ""
