"""The kernel of a submission, inside its box: `python -m coursekit.teach.inside.agent`.

It runs the cells of the submission in IPython, and calls the functions that they define when the
judge outside asks for it. It decides nothing: all that a submission could make it say is what its
functions could as well have returned.
"""

from __future__ import annotations

import base64
import builtins
import json
import os
import signal
import sys
import traceback
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import StdinNotImplementedError
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

from coursekit.teach.inside import SETTINGS, attempts, fence
from coursekit.teach.inside.wire import Gone, Peer, Proxy

# Those that Python brings: libraries add names of their own among them (pybind11 does).
BUILTINS = tuple(vars(builtins))
LARGEST_FILE = 2_000_000_000  # bytes
# What sockets hold is memory of the system's, which is in no process; a pair has 400 kB at most.
MOST_FILES = 1024
# What is kept of a cell's output; the rest is counted.
MOST_TEXT, MOST_DATA, MOST_OUTPUTS = 100_000, 10_000_000, 500
SHOWN = ("text/html", "image/png", "image/jpeg", "text/plain")


class Outputs:
    """What a cell shows, up to a limit."""

    def __init__(self):
        self.clear()
        self.refused: list[str] = []

    def clear(self) -> None:
        """Begin a cell."""
        self.found: list[dict] = []
        self.named: dict[str, dict] = {}
        self.text = self.data = self.dropped = 0

    def write(self, name: str, text: str) -> None:
        """Add text to a stream.

        Parameters
        ----------
        name : str
            "stdout" or "stderr".
        text : str
            What is written.
        """
        room = max(0, MOST_TEXT - self.text)
        kept = text[:room]
        self.text += len(kept)
        self.dropped += len(text) - len(kept)
        last = self.found[-1] if self.found else {}
        if kept and last.get("name") == name:
            last["text"] += kept
        elif kept:
            self._add({"output_type": "stream", "name": name, "text": kept})

    def show(self, kind: str, data: dict, metadata: dict | None, name: str | None = None) -> None:
        """Add a picture, a table or a result.

        Parameters
        ----------
        kind : str
            "display_data" or "execute_result".
        data : dict of str to str or bytes
            MIME type → content.
        metadata : dict or None
            MIME type → sizes and the like.
        name : str or None
            By which a later one may replace it.
        """
        kept = {}
        for mime in SHOWN:
            content = data.get(mime)
            if content is None:
                continue
            if isinstance(content, bytes):
                content = base64.b64encode(content).decode()
            size = len(str(content))
            if self.data + size > MOST_DATA:
                self.dropped += size
                continue
            self.data += size
            kept[mime] = str(content)
        output = {"output_type": kind, "data": kept, "metadata": _plain(metadata or {})}
        if name in self.named:
            self.named[name].update(output)
        else:
            self._add(output)
            if name is not None:
                self.named[name] = output

    def error(self, kind: str, value: str, lines: list[str]) -> None:
        """Add an error.

        Parameters
        ----------
        kind : str
            The name of its type.
        value : str
            What it says.
        lines : list of str
            The traceback.
        """
        lines = [line[:20_000] for line in lines[:50]]
        self._add(
            {"output_type": "error", "ename": kind, "evalue": value[:10_000], "traceback": lines},
            most=MOST_OUTPUTS + 1,
        )

    def refuse(self, text: str) -> None:
        """Remember what the submission was refused.

        Parameters
        ----------
        text : str
            In words.
        """
        if len(self.refused) < 100 and text[:300] not in self.refused:
            self.refused.append(text[:300])

    def _add(self, output: dict, most: int = MOST_OUTPUTS) -> None:
        if len(self.found) < most:
            self.found.append(output)
        else:
            self.dropped += 1


OUTPUTS = Outputs()


class Stream:
    """A text file that adds to the output of the cell.

    Parameters
    ----------
    name : str
        "stdout" or "stderr".
    """

    encoding, errors = "utf-8", "replace"

    def __init__(self, name: str):
        self.name = name

    def write(self, text: str) -> int:
        """Write.

        Parameters
        ----------
        text : str
            What to add.

        Returns
        -------
        int
            Its length.
        """
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        OUTPUTS.write(self.name, text)
        return len(text)

    def writelines(self, lines: list[str]) -> None:
        """Write several texts.

        Parameters
        ----------
        lines : list of str
            What to add.
        """
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Do nothing: all is written at once."""

    def isatty(self) -> bool:
        """Say that nobody sits there.

        Returns
        -------
        bool
            False.
        """
        return False

    def writable(self) -> bool:
        """Say that it can be written.

        Returns
        -------
        bool
            True.
        """
        return True


class Publisher(DisplayPublisher):
    """Puts what a cell displays into its output."""

    def publish(
        self,
        data: dict,
        metadata: dict | None = None,
        source: object = None,
        *,
        transient: dict | None = None,
        update: bool = False,
        **named: Any,
    ) -> None:
        """Show something.

        Parameters
        ----------
        data : dict
            MIME type → content.
        metadata : dict, optional
            MIME type → sizes and the like.
        source : object
            Of no meaning any more.
        transient : dict, optional
            May hold the ``display_id``.
        update : bool
            Whether it replaces what was shown under this name.
        **named : Any
            Not used.
        """
        name = (transient or {}).get("display_id")
        if not update or name in OUTPUTS.named:
            OUTPUTS.show("display_data", data, metadata, name)

    def clear_output(self, wait: bool = False) -> None:
        """Forget what the cell showed so far.

        Parameters
        ----------
        wait : bool
            Whether to wait for the next output; nobody looks, so it is the same.
        """
        OUTPUTS.found.clear()
        OUTPUTS.named.clear()


class Hook(DisplayHook):
    """Puts the value of a cell's last line into its output."""

    def write_output_prompt(self) -> None:
        """Write no prompt."""

    def write_format_data(self, format_dict: dict, md_dict: dict | None = None) -> None:
        """Show the value.

        Parameters
        ----------
        format_dict, md_dict : dict
            MIME type → content, and → sizes and the like.
        """
        OUTPUTS.show("execute_result", format_dict, md_dict)

    def finish_displayhook(self) -> None:
        """Write nothing after it."""
        self._is_active = False


class Shell(InteractiveShell):
    """IPython without a terminal."""

    display_pub_class = Type(Publisher)
    displayhook_class = Type(Hook)

    def _showtraceback(self, etype: type, evalue: BaseException, stb: list[str]) -> None:
        """Put an error into the output of the cell."""
        OUTPUTS.error(etype.__name__, str(evalue), list(stb))

    def ask_exit(self) -> None:
        """End, as a notebook's kernel does at ``exit()``."""
        os._exit(0)


class Agent(Peer):
    """The side of the conversation that has the submission.

    Parameters
    ----------
    reader, writer : binary file
        From and to the judge.
    """

    def __init__(self, reader: Any, writer: Any):
        super().__init__(reader, writer, lambda peer, number, kind: Proxy(peer, number))
        # No file of history: it needs a thread, and nobody reads it.
        self.shell = Shell.instance(config=Config({"HistoryManager": {"enabled": False}}))
        self.busy = False
        # IPython puts names of its own among the builtins when it first runs a cell.
        self.shell.run_cell("None", silent=True)
        self.before = _workings(self.shell)

    def serve(self) -> None:
        """Answer until the judge has gone."""
        while True:
            message = self._receive()
            try:
                self.busy = True
                answer = self.answered(message)
            except Gone:
                raise
            except BaseException as stopped:  # SystemExit among others
                answer = {"error": self.described(stopped)}
            finally:
                self.busy = False
            try:
                self._send(answer)
            except (ValueError, TypeError, RecursionError) as unsayable:
                self._send({"error": self.described(unsayable)})

    def stop(self, *_: Any) -> None:
        """Interrupt what runs, if something does (a handler of SIGINT).

        Parameters
        ----------
        *_ : Any
            Number and frame of the signal.
        """
        if self.busy:
            raise KeyboardInterrupt

    def do_cell(self, source: str) -> dict:
        """Run a cell.

        Parameters
        ----------
        source : str
            What it says.

        Returns
        -------
        dict
            Its outputs, its number, how much output was dropped, and which workings of the kernel
            it changed.
        """
        OUTPUTS.clear()
        number = self.shell.execution_count
        try:
            self.shell.run_cell(source, store_history=True)
        except KeyboardInterrupt as stopped:
            OUTPUTS.error("KeyboardInterrupt", str(stopped), ["KeyboardInterrupt"])
        now = _workings(self.shell)
        # The checks are not there before somebody imports them.
        changed = [name for name, was in self.before.items() if was and now[name] != was]
        self.before = now
        return {
            "outputs": OUTPUTS.found,
            "number": number,
            "dropped": OUTPUTS.dropped,
            "changed": changed,
        }

    def do_refused(self) -> list[str]:
        """Say what was refused since the last time.

        Returns
        -------
        list of str
            In words, each once.
        """
        refused, OUTPUTS.refused = OUTPUTS.refused, []
        return list(dict.fromkeys(refused))

    def do_name(self, name: str) -> Any:
        """Look a variable up.

        Parameters
        ----------
        name : str
            What it is called.

        Returns
        -------
        Any
            Its value.

        Raises
        ------
        NameError
            If there is none.
        """
        try:
            return self.shell.user_ns[name]
        except KeyError:
            raise NameError(f"name {name!r} is not defined") from None

    def do_part(self, of: Any, kind: str, key: Any) -> Any:
        """Look into an object.

        Parameters
        ----------
        of : Any
            The object.
        kind : str
            "attribute", "item", "length", "items" or "array".
        key : Any
            Which attribute or item.

        Returns
        -------
        Any
            What is there.
        """
        import numpy as np

        if kind == "attribute":
            return getattr(of, key)
        if kind == "item":
            return of[key]
        if kind == "length":
            return len(of)
        if kind == "array":
            return np.asarray(of)
        return [each for each, _ in zip(of, range(1_000_000), strict=False)]

    def described(self, error: BaseException) -> dict:
        """Say what was raised, and in which line of the submission.

        Parameters
        ----------
        error : BaseException
            What was raised.

        Returns
        -------
        dict
            Plain data.
        """
        said = super().described(error)
        for frame in reversed(traceback.extract_tb(error.__traceback__)):
            named = self.shell.compile.format_code_name(frame.filename)
            if named:
                where = {"file": " ".join(named), "line": frame.lineno, "text": frame.line or ""}
                return said | where
        return said


def nobody(*_: Any, **__: Any) -> str:
    """Refuse what would wait for somebody who types.

    Parameters
    ----------
    *_ : Any
        What `input` takes.
    **__ : Any
        What `input` takes.

    Returns
    -------
    str
        Never.

    Raises
    ------
    StdinNotImplementedError
        Always.
    """
    raise StdinNotImplementedError("nobody answers input() when a notebook is graded")


def main() -> None:
    """Become the kernel."""
    settings = json.loads(os.environ.pop(SETTINGS))
    reader, writer = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    # What libraries write past Python goes nowhere, as in a notebook; the judge has its own way.
    empty = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(empty, number)
    _limit()
    sys.stdout, sys.stderr = Stream("stdout"), Stream("stderr")
    # What a notebook writes into its folder must not stand for a module.
    sys.path[:] = [path for path in sys.path if path not in ("", os.getcwd())]
    builtins.input = nobody
    reported = attempts.report(settings["report"])
    agent = Agent(reader, writer)
    for name in ("SIGINT", "SIGBREAK"):  # Windows has the second for a process of its own group
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), agent.stop)
    agent._send({"answer": reported})
    sys.addaudithook(fence.fence(settings["folder"], settings["hidden"], OUTPUTS.refuse))
    try:
        agent.serve()
    except Gone:
        os._exit(0)


def _limit() -> None:
    """Ask the system for the limits that it can hold itself."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
        most = min(MOST_FILES, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    except (ImportError, OSError, ValueError):
        pass  # Windows and macOS lack these limits; the watch on memory and time is everywhere


def _workings(shell: InteractiveShell) -> dict[str, list]:
    """Take what honest cells leave alone: how the kernel reads cells, builtins, the checks."""
    manager = shell.input_transformer_manager
    checks = sys.modules.get("coursekit.lesson.checks")
    return {
        "how the kernel reads cells (an input transformer)": [
            *map(id, manager.cleanup_transforms),
            *map(id, manager.line_transforms),
            *map(id, manager.token_transformers),
            *map(id, shell.input_transformers_post),
            *map(id, shell.ast_transformers),
            id(getattr(shell.run_cell, "__func__", None)),
        ],
        "Python's builtins": [(name, id(vars(builtins).get(name))) for name in BUILTINS],
        "the checks (require, check)": [
            id(getattr(checks, name)) for name in ("require", "check") if checks
        ],
    }


def _plain(metadata: dict) -> dict:
    """Keep of metadata what a picture needs, as far as it is numbers and texts."""
    kept = {}
    for mime, about in metadata.items():
        if mime in SHOWN and isinstance(about, dict):
            kept[mime] = {
                name: value
                for name, value in about.items()
                if name in ("width", "height", "alt") and isinstance(value, (int, float, str))
            }
    return kept


if __name__ == "__main__":
    main()
