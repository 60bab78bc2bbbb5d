"""Starting the application: the port, the processes, the addresses to hand out."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import threading
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from ..pairs import Experiment
from ..store import Store
from .app import application
from .desk import Desk

# How a worker, a process of its own, is told what to serve.
EXPERIMENT, STORE, URL = (f"COURSEKIT_TURING_{name}" for name in ("EXPERIMENT", "STORE", "URL"))
WORKER = "coursekit.turing.server.running:worker"
BACKLOG = 2048  # connections that wait to be taken: a class that opens the link at once


def serve(
    experiment: str | Path,
    store: str | Path,
    address: str = "127.0.0.1",
    port: int = 8866,
    workers: int = 1,
    url: str | None = None,
) -> None:
    """Serve a test until Ctrl+C; print where participants go, and where the console is.

    There is no password: whoever reaches the address can take part. The console has an address that
    cannot be guessed, and the pictures of the experiment, the votes and this computer's files have
    none.

    Parameters
    ----------
    experiment : path-like
        A folder that `build` made.
    store : path-like
        The file of votes, made if missing.
    address : str, optional
        To listen on, by default only for this computer.
    port : int, optional
        To listen on; 0 for any that is free.
    workers : int, optional
        Number of processes that answer.
    url : str, optional
        The address that participants are given, where they come by another than this computer's,
        as behind a proxy.

    Raises
    ------
    TuringError
        If the experiment or the store is missing or wrong.
    OSError
        If the port is taken.
    """
    test, votes = Experiment(experiment), Store(store)
    with _listen(address, port) as listening:
        port = listening.getsockname()[1]
        desk = Desk(test, votes)
        everywhere = address in ("0.0.0.0", "::", "")
        if url is None and everywhere:
            url = f"http://{_own_address()}:{port}/"
        own = f"http://127.0.0.1:{port}/" if everywhere else f"http://{_host(address)}:{port}/"
        url = url and f"{url.rstrip('/')}/"
        print(
            f"participants  {url or own}\n"
            f"console       {own}console/{desk.console}/  (only for you)\n"
            f"votes         {votes.path}\n"
            "Ctrl+C ends it; started again with the same files, everybody's code goes on.",
            flush=True,
        )
        # What a worker cannot know by itself; they do not inherit arguments.
        os.environ |= {EXPERIMENT: str(test.folder), STORE: str(votes.path), URL: url or ""}
        votes.close()  # each worker opens its own
        settings = {
            "factory": True,
            "backlog": BACKLOG,
            "log_level": "warning",
            "access_log": False,  # codes and times of day are nobody's business
            "server_header": False,
            # A proxy's word on who asks would make rate limits a matter of trust.
            "proxy_headers": False,
            "timeout_graceful_shutdown": 5,
        }
        if workers == 1:
            uvicorn.Server(uvicorn.Config(WORKER, **settings)).run(sockets=[listening])
            return
    # Several bind the port themselves.
    uvicorn.run(WORKER, host=address, port=port, workers=workers, **settings)


def worker() -> Starlette:
    """Make the application of one process, from what `serve` wrote into the environment.

    Returns
    -------
    starlette.applications.Starlette
        The application.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:

        def follow() -> None:
            parent.join()
            os.kill(os.getpid(), signal.SIGTERM)

        # Killed, the first process cannot end the others: they would keep the port.
        threading.Thread(target=follow, daemon=True).start()
    experiment, store = Experiment(os.environ[EXPERIMENT]), Store(os.environ[STORE])
    return application(experiment, store, os.environ[URL] or None)


def _listen(address: str, port: int) -> socket.socket:
    """Take the port before anything else happens, or say why it cannot be had."""
    try:
        family = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0][0]
        listening = socket.create_server((address, port), family=family, backlog=BACKLOG)
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or error
        raise OSError(
            f"cannot listen on {address}, port {port} ({why}); "
            "choose another with --address or --port"
        ) from error
    listening.set_inheritable(True)
    return listening


def _own_address() -> str:
    """Return the address by which others in the room find this computer, as far as it can tell."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Nothing is sent: the system only says from where it would be. The address is one that
            # stands in documents and leads nowhere.
            probe.connect(("192.0.2.1", 9))
            return probe.getsockname()[0]
        except OSError:
            return socket.gethostname()


def _host(address: str) -> str:
    return f"[{address}]" if ":" in address else address
