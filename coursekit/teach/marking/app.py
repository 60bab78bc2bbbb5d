"""The addresses of the page for points by hand, and serving it on this computer."""

from __future__ import annotations

import secrets
import socket
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from coursekit.teach.marking.desk import LONGEST, Desk, MarkError
from coursekit.turing.server import guard

PAGES = Path(__file__).parent / "pages"
KINDS = {".js": "text/javascript", ".css": "text/css", ".html": "text/html"}
BODY = 8 * LONGEST  # bytes of a message: a letter may take several


def application(desk: Desk, token: str) -> Starlette:
    """Make the application.

    Parameters
    ----------
    desk : Desk
        What is to be marked.
    token : str
        The first part of every address. Others who work on this computer cannot guess it.

    Returns
    -------
    starlette.applications.Starlette
        For any ASGI server.
    """
    pages = {
        path.name: Response(path.read_bytes(), media_type=KINDS[path.suffix])
        for path in PAGES.iterdir()
        if path.suffix in KINDS
    }

    async def show(request: Request) -> Response:
        return pages["mark.html"]

    async def static(request: Request) -> Response:
        if request.path_params["name"] not in pages:
            raise guard.Refusal(404, "there is nothing here")
        return pages[request.path_params["name"]]

    async def questions(request: Request) -> Response:
        return JSONResponse(await run_in_threadpool(desk.overview))

    async def answers(request: Request) -> Response:
        place = request.path_params["place"]
        if place >= len(desk.questions):
            raise guard.Refusal(404, "there is no such question any more; load the page again")
        with_names = request.query_params.get("names") == "1"
        return JSONResponse(await run_in_threadpool(desk.answers, place, with_names))

    async def save(request: Request) -> Response:
        message = await guard.message(request, BODY)
        lines, comment = message.get("lines"), message.get("comment")
        if (
            not isinstance(lines, list)
            or not all(line is None or isinstance(line, int | float) for line in lines)
            or not isinstance(comment, str)
        ):
            raise guard.Refusal(400, "this is not the JSON of this page; load it again")
        # Half a surrogate pair, which JSON can hold, cannot be written.
        comment = comment.encode(errors="replace").decode()
        answer = request.path_params["answer"]
        return JSONResponse(await run_in_threadpool(desk.save, answer, lines, comment))

    return Starlette(
        routes=[
            Mount(
                f"/{token}",
                routes=[
                    Route("/", show),
                    Route("/static/{name}", static),
                    Route("/questions", questions),
                    Route("/questions/{place:int}", answers),
                    Route("/answers/{answer}", save, methods=["POST"]),
                ],
            )
        ],
        middleware=[Middleware(guard.Headers)],
        exception_handlers={
            guard.Refusal: guard.refused,
            ClientDisconnect: guard.gone,
            MarkError: _refused,
            ValueError: _failed,
            OSError: _failed,
        },
    )


async def _refused(request: Request, exception: Exception) -> Response:
    return guard.error(400, str(exception))


async def _failed(request: Request, exception: Exception) -> Response:
    """Say what is wrong with the file of points, which is the teacher's own."""
    return guard.error(503, f"not saved: {exception}")


def serve(out: Path, port: int = 0) -> None:
    """Serve the page on this computer until Ctrl+C, and print its address.

    Parameters
    ----------
    out : Path
        The folder for results of grading.
    port : int
        To listen on; 0 for any that is free.

    Raises
    ------
    FileNotFoundError
        If nothing was graded there.
    ValueError
        If no answer waits for a person.
    OSError
        If the port is taken.
    """
    desk = Desk(out)
    if not desk.questions:
        raise ValueError(f"no answer in {out}/ is for a person to mark")
    try:
        listening = socket.create_server(("127.0.0.1", port))
    except OSError as error:
        raise OSError(f"cannot listen on port {port} ({error.strerror}); choose another") from error
    with listening:
        token = secrets.token_urlsafe(12)
        print(
            f"open   http://127.0.0.1:{listening.getsockname()[1]}/{token}/\n"
            f"points {out / 'manual.csv'}, saved at each click\n"
            "Ctrl+C ends it; then run the same `coursekit grade` again, and tables and feedback "
            "pages follow.",
            flush=True,
        )
        settings = {"log_level": "warning", "access_log": False, "server_header": False}
        config = uvicorn.Config(
            application(desk, token), timeout_graceful_shutdown=2, proxy_headers=False, **settings
        )
        uvicorn.Server(config).run(sockets=[listening])
