"""The test as a web page for a class: a kernel a visitor, by Voilà, and one store for all votes."""

from __future__ import annotations

import html
import secrets
import socket
import tempfile
from pathlib import Path

import nbformat.v4
import tornado.web
from traitlets.config import Config
from voila.app import Voila

from . import statistics
from .pairs import Experiment
from .protocol import TuringError
from .store import Store

REFRESH = 5  # seconds between two looks at the results
# Seconds after which the kernel of a page that vanished without a word is ended; its code stays
# good.
IDLE = 3600


def serve(
    experiment: str | Path, store: str | Path, address: str = "127.0.0.1", port: int = 8866
) -> None:
    """Serve a test until Ctrl+C; print where participants go, and where the results are.

    There is no password: whoever reaches the address can take part. The results have an address
    that cannot be guessed, and the pictures of the experiment, the votes and this computer's files
    have none.

    Parameters
    ----------
    experiment : path-like
        A folder that `build` made.
    store : path-like
        The file of votes, made if missing.
    address : str, optional
        To listen on, by default only for this computer.
    port : int, optional
        To listen on.

    Raises
    ------
    TuringError
        If the experiment or the store is missing or wrong.
    OSError
        If the port is taken.
    """
    test, votes = Experiment(experiment), Store(store)
    _probe(address, port)
    votes.check(test.id)
    token = secrets.token_urlsafe(12)
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "Which colours are real.ipynb")
        # The kernels start in that empty folder, so they need whole paths.
        page.write_text(_notebook(test.folder.resolve(), votes.path.resolve()), encoding="utf-8")
        server = _Server(
            results=(rf"/results/{token}", _Results, {"store": votes}),
            config=Config(
                {
                    "Voila": {
                        "ip": address,
                        "port": port,
                        "port_retries": 0,
                        "open_browser": False,
                        "log_level": "ERROR",
                        "notebook_path": str(page),
                        "root_dir": folder,
                        # A page that closes says so in a request to which Voilà gives no token;
                        # nobody here logs in.
                        "tornado_settings": {"disable_check_xsrf": True},
                    },
                    "VoilaConfiguration": {
                        "file_allowlist": [],  # these two want a whole JupyterLab around them
                        "extension_denylist": [
                            "@jupyter/nbgrader",
                            "@jupyter-notebook/lab-extension",
                        ],
                    },
                    "MappingKernelManager": {"cull_idle_timeout": IDLE, "cull_interval": 60},
                }
            ),
        )
        server.initialize([])
        host = socket.gethostname() if address in ("0.0.0.0", "::") else address
        print(
            f"participants  http://{host}:{port}/\n"
            f"results       http://{host}:{port}/results/{token}  (only for you)\n"
            f"votes         {votes.path}\n"
            "Ctrl+C ends it; started again with the same files, everybody's code goes on.",
            flush=True,
        )
        server.start()


class _Server(Voila):
    """Voilà with one more address."""

    def __init__(self, results: tuple, **settings: object) -> None:
        self._results = results
        super().__init__(**settings)

    def init_handlers(self) -> list:
        return [self._results, *super().init_handlers()]


class _Results(tornado.web.RequestHandler):
    def initialize(self, store: Store) -> None:
        self.store = store

    def get(self) -> None:
        self.set_header("Cache-Control", "no-store")
        self.write(results_page(self.store))


def results_page(store: Store) -> str:
    """Write what the votes say by now, as a page that loads itself anew every few seconds.

    Parameters
    ----------
    store : Store
        The votes.

    Returns
    -------
    str
        HTML.
    """
    try:
        participants, votes = store.participants(), store.votes()
    except TuringError as error:
        return _page(f"<p><b>{html.escape(str(error))}</b></p>")
    kept, left_out = statistics.vigilant(votes)
    done = sum(each["voted"] == each["total"] for each in participants)
    people = (
        f"<p>{len(participants)} began, {done} finished, {len(votes)} votes. Not counted below, "
        f"because they missed too many pairs with random colours: {len(left_out)}.</p>"
    )
    rows = "".join(
        f"<tr><th scope='row'>{html.escape(each.name)}</th><td>{each.rate:.0%}</td>"
        f"<td>{each.low:.0%} to {each.high:.0%}</td><td>{each.trials}</td>"
        f"<td>{each.participants}</td></tr>"
        for each in statistics.rates(kept)
    )
    table = (
        "<table><caption>How often its colours were taken for the real ones "
        "(pure guessing: 50%)</caption><tr><th>colorizer</th><th>fooled</th>"
        f"<th>95% interval</th><th>votes</th><th>people</th></tr>{rows}</table>"
        if rows
        else "<p>No vote after practice yet.</p>"
    )
    return _page(people + table)


def _page(body: str) -> str:
    return (
        "<!doctype html><html lang='en'><meta charset='utf-8'>"
        f"<meta http-equiv='refresh' content='{REFRESH}'>"
        "<meta name='viewport' content='width=device-width'>"
        "<title>Results of the Turing test</title><style>"
        "body { font: 1.25rem/1.5 sans-serif; max-width: 50rem; margin: 2rem auto; "
        "padding: 0 1rem }"
        " table { border-collapse: collapse } caption { text-align: left; padding: 0.5rem 0 }"
        " th, td { text-align: left; padding: 0.3rem 1.2rem 0.3rem 0; "
        "border-bottom: 1px solid #999 }"
        "</style>"
        f"<h1>Results so far</h1>{body}</html>"
    )


def _notebook(experiment: Path, store: Path) -> str:
    cell = nbformat.v4.new_code_cell(
        f"from coursekit.turing import widget\nwidget.take({str(experiment)!r}, {str(store)!r})"
    )
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.writes(nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": kernel}))


def _probe(address: str, port: int) -> None:
    """Refuse a port that cannot be had; Voilà would only say that there is none."""
    try:
        family = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0][0]
        socket.create_server((address, port), family=family).close()
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or error
        raise OSError(
            f"cannot listen on {address}, port {port} ({why}); "
            "choose another with --address or --port"
        ) from error
