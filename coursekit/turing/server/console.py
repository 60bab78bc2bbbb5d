"""The teacher's page: who takes part, what comes out so far; pause, close, export."""

from __future__ import annotations

import hmac
import io
import threading
import time
from collections.abc import Awaitable, Callable

import segno
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .. import statistics
from ..protocol import TEST, VIGILANCE
from ..store import Store
from . import guard
from .desk import STATUSES, Desk

FRESH = 1.0  # seconds for which what was counted is shown to all who look


def live(store: Store) -> dict:
    """Count what the votes say by now.

    Parameters
    ----------
    store : Store
        The votes.

    Returns
    -------
    dict
        "progress", how many pairs each participant has voted on, without codes, for the page may
        hang on a wall; the pairs in "total"; number of "votes"; how many are "left_out", as of
        `statistics.vigilant`; and "rates", for each colorizer its "name", "fooled", "trials",
        "participants", "rate", and its `statistics.fooling_interval` from "low" to "high", most
        convincing first.
    """
    people, tally = store.participants(), store.tally()
    checks = {each.participant: each for each in tally if each.kind == VIGILANCE}
    left_out = {
        name for name, each in checks.items() if 1 - each.fooled / each.trials < statistics.VIGILANT
    }
    test = [each for each in tally if each.kind == TEST and each.participant not in left_out]
    rates = []
    for name in sorted({each.colorizer for each in test}):
        fooled, trials = zip(
            *[(each.fooled, each.trials) for each in test if each.colorizer == name], strict=True
        )
        low, high = statistics.fooling_interval(fooled, trials)
        rates.append(
            {
                "name": name,
                "fooled": sum(fooled),
                "trials": sum(trials),
                "participants": len(trials),
                "rate": sum(fooled) / sum(trials),
                "low": float(low),
                "high": float(high),
            }
        )
    return {
        "progress": [each["voted"] for each in people],
        "total": max((each["total"] for each in people), default=0),
        "votes": sum(each["voted"] for each in people),
        "left_out": len(left_out),
        "rates": sorted(rates, key=lambda each: each["rate"], reverse=True),
    }


def routes(desk: Desk, page: bytes, url: str | None) -> list[Route]:
    """Put the console on addresses that cannot be guessed.

    Parameters
    ----------
    desk : Desk
        What participants are served from.
    page : bytes
        HTML.
    url : str or None
        The address that participants are given, if it is known.

    Returns
    -------
    list of starlette.routing.Route
        For the application.
    """
    # A connection of its own: counting does not hold up votes.
    store = Store(desk.store.path)
    lock, counted = threading.Lock(), {"until": 0.0}

    def count() -> dict:
        with lock:  # many who look count once
            if time.monotonic() >= counted["until"]:
                counted.update(live=live(store), until=time.monotonic() + FRESH)
            return {**counted["live"], "status": desk.status, "url": url}

    async def show(request: Request) -> Response:
        return Response(page, media_type="text/html")

    async def now(request: Request) -> Response:
        return JSONResponse(await run_in_threadpool(count))

    async def status(request: Request) -> Response:
        wanted = (await guard.message(request)).get("status")
        if wanted not in STATUSES:
            raise guard.Refusal(400, f"say one of {', '.join(STATUSES)}")
        await run_in_threadpool(store.note, "status", wanted)
        return JSONResponse(await run_in_threadpool(count))

    async def votes(request: Request) -> Response:
        stream = io.StringIO(newline="")
        await run_in_threadpool(store.export, stream)
        return Response(
            stream.getvalue(),
            media_type="text/csv",
            headers={"Content-Disposition": 'attachment; filename="votes.csv"'},
        )

    async def code(request: Request) -> Response:
        of = request.query_params.get("of", "")
        if not 0 < len(of) <= 300:
            raise guard.Refusal(400, "give an address of at most 300 letters")
        stream = io.BytesIO()
        segno.make(of, error="m", micro=False).save(stream, kind="svg", border=4, scale=8)
        return Response(stream.getvalue(), media_type="image/svg+xml")

    def private(answer: Callable[[Request], Awaitable[Response]]) -> Callable:
        async def checked(request: Request) -> Response:
            given = request.path_params["token"].encode()
            if not hmac.compare_digest(given, desk.console.encode()):
                raise guard.Refusal(404, "there is nothing here")
            return await answer(request)

        return checked

    return [
        Route("/console/{token}/", private(show)),
        Route("/console/{token}/live", private(now)),
        Route("/console/{token}/status", private(status), methods=["POST"]),
        Route("/console/{token}/votes.csv", private(votes)),
        Route("/console/{token}/qr.svg", private(code)),
    ]
