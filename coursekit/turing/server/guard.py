"""What keeps a class's server decent: headers, limits, and errors that are a sentence."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..protocol import TuringError
from ..store import VoteError

BODY = 4096  # bytes that a message may have; a vote has about 150
HEADERS = {
    # Everything comes from this server; data: because pair.js shows pictures so, as notebooks must.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",  # or the console's address would travel
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Refusal(Exception):
    """What is not done, why, and when to try again.

    Parameters
    ----------
    status : int
        Of HTTP.
    sentence : str
        For the participant.
    wait : float, optional
        Seconds after which it may be done.
    """

    def __init__(self, status: int, sentence: str, wait: float | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.headers = {} if wait is None else {"Retry-After": str(max(1, round(wait)))}


class Limit(NamedTuple):
    """How often something may be done: ``burst`` times at once, then ``rate`` times a second.

    Attributes
    ----------
    burst : int
        Times at once.
    rate : float
        Times a second.
    """

    burst: int
    rate: float


# A class of 300 stands behind one address and begins in the same seconds; a person gives a vote
# with two pictures in about three.
BEGIN = Limit(1000, 20)  # an address
STRANGE = Limit(300, 5)  # codes that nobody has, an address
PERSON = Limit(300, 20)  # requests, a code


class Meter:
    """Count what is done against a limit, by token buckets.

    Parameters
    ----------
    limit : Limit
        The limit.
    clock : callable, optional
        Gives seconds.
    """

    KEPT = 10_000  # buckets; full ones say nothing and go

    def __init__(self, limit: Limit, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._clock = limit, clock
        self._buckets: dict[str, tuple[float, float]] = {}  # tokens left, and when

    def take(self, key: str) -> None:
        """Do it once more.

        Parameters
        ----------
        key : str
            Who does it.

        Raises
        ------
        Refusal
            If that is too often.
        """
        now, (burst, rate) = self._clock(), self._limit
        if len(self._buckets) >= self.KEPT:
            self._buckets = {
                key: (left, since)
                for key, (left, since) in self._buckets.items()
                if left + rate * (now - since) < burst
            }
        left, since = self._buckets.get(key, (burst, now))
        left = min(burst, left + rate * (now - since))
        if left < 1:
            wait = (1 - left) / rate
            raise Refusal(429, "too many requests at once; wait a moment and try again", wait)
        self._buckets[key] = left - 1, now


async def message(request: Request, most: int = BODY) -> dict:
    """Read the JSON that a page sent.

    Parameters
    ----------
    request : starlette.requests.Request
        The request.
    most : int
        Bytes that it may have.

    Returns
    -------
    dict
        What it says.

    Raises
    ------
    Refusal
        If it is something else, or too long.
    """
    # A form of another site could send text, but not JSON.
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise Refusal(415, "send JSON")
    content = b""
    async for chunk in request.stream():
        content += chunk
        if len(content) > most:
            raise Refusal(413, f"a message of more than {most} bytes is none of this page's")
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Refusal(400, "this is not the JSON of this page; load it again")
    return found


def error(status: int, sentence: str, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with a sentence.

    Parameters
    ----------
    status : int
        Of HTTP.
    sentence : str
        For the participant.
    headers : mapping of str to str, optional
        Further headers.

    Returns
    -------
    starlette.responses.Response
        JSON, with the sentence as "error".
    """
    return JSONResponse({"error": sentence[:1].upper() + sentence[1:]}, status, headers)


async def refused(request: Request, exception: Exception) -> Response:
    """Answer what was raised.

    Parameters
    ----------
    request : starlette.requests.Request
        The request.
    exception : Refusal, VoteError or TuringError
        What was raised.

    Returns
    -------
    starlette.responses.Response
        A sentence. What is wrong with files is for the teacher: it is printed here.
    """
    if isinstance(exception, Refusal):
        return error(exception.status, str(exception), exception.headers)
    if isinstance(exception, VoteError):
        return error(409, f"{exception}.")
    print(exception, file=sys.stderr, flush=True)
    return error(503, "the test cannot go on just now; tell your teacher", {"Retry-After": "5"})


async def gone(request: Request, exception: Exception) -> Response:
    """Answer somebody whose connection dropped in the middle of a message.

    Parameters
    ----------
    request : starlette.requests.Request
        The request.
    exception : starlette.requests.ClientDisconnect
        What was raised.

    Returns
    -------
    starlette.responses.Response
        That nobody hears.
    """
    return Response(status_code=400)


EXCEPTIONS = {Refusal: refused, TuringError: refused, OSError: refused, ClientDisconnect: gone}


class Headers:
    """Put the headers on every answer.

    Parameters
    ----------
    app : ASGI application
        That answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request.

        Parameters
        ----------
        scope : dict
            Of ASGI.
        receive : callable
            Of ASGI.
        send : callable
            Of ASGI.
        """

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, sending)
