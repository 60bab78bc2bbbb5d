"""The test in a notebook or a web page: ipywidgets for the frame, anywidget for the pair of photos.

Everything happens in callbacks; the kernel stays free. The browser gets two pictures and, after a
practice vote, which of them was the fake: nothing else in the page tells.
"""

from __future__ import annotations

import html
import os
from collections.abc import Callable
from pathlib import Path

import anywidget
import ipywidgets
import traitlets

from . import words
from .pairs import Experiment
from .plain import PlainPair
from .protocol import TuringError
from .session import Session, measured
from .store import Store, VoteError

_HERE = Path(__file__).parent


class Pair(anywidget.AnyWidget):
    """Show two photos in the browser, timed by its clock; `pair.js` is its other half.

    Attributes
    ----------
    pair : dict
        The pair to show: its "number", two "photos" as PNG files, "seconds" of exposure or None,
        and whether it waits at a "gate" until it is wanted; empty for none.
    feedback : dict
        What to say about a practice vote: the pair's "number", the side of the "fake", a "text".
    seen : int
        Number of the last pair that the browser has shown, from which it is told.
    question : str
        What is asked.
    experiment : str
        The id of the pictures, by which a browser's tab knows its code again.
    code : str
        The participant's code, for the tab to remember; empty for nobody's.
    """

    _esm = (_HERE / "pair.js").read_text(encoding="utf-8")
    _css = (_HERE / "pair.css").read_text(encoding="utf-8")
    pair = traitlets.Dict().tag(sync=True)
    feedback = traitlets.Dict().tag(sync=True)
    seen = traitlets.Int(0).tag(sync=True)
    question = traitlets.Unicode(words.QUESTION).tag(sync=True)
    experiment = traitlets.Unicode().tag(sync=True)
    code = traitlets.Unicode().tag(sync=True)

    def on_answer(self, callback: Callable[[dict], None]) -> None:
        """Say who hears what the browser says.

        Parameters
        ----------
        callback : callable
            Is called as ``callback(message)`` with each "ready", "vote" and "next".
        """
        self.on_msg(lambda _, message, buffers: callback(message))


def take(
    experiment: Experiment | str | os.PathLike,
    store: Store | str | os.PathLike,
    code: str | None = None,
) -> ipywidgets.VBox:
    """Make the test a widget, for a notebook's cell or a page.

    Running the cell again, with the code that it shows, goes on where it stopped. Each vote is on
    the disk before the next pair is sent. Where the browser cannot load the pair's own widget,
    plain buttons stand in for it, and times are not measured.

    Parameters
    ----------
    experiment : Experiment or path-like
        The pictures, or the folder in which they lie.
    store : Store or path-like
        Where votes go, or its file.
    code : str, optional
        The code of a participant who comes back.

    Returns
    -------
    ipywidgets.VBox
        What to display. If something is missing or wrong, it says in a sentence what, and the way
        out.
    """
    try:
        experiment = experiment if isinstance(experiment, Experiment) else Experiment(experiment)
        store = store if isinstance(store, Store) else Store(store)
    except (TuringError, OSError) as error:
        return ipywidgets.VBox(
            [ipywidgets.HTML(f"<b>The test cannot begin.</b> {html.escape(str(error))}")]
        )
    return _Frame(experiment, store, code).box


class _Frame:
    """The pages around the pair: start, pairs, pause, thanks."""

    def __init__(self, experiment: Experiment, store: Store, code: str | None) -> None:
        self.experiment, self.store, self.session = experiment, store, None
        # The message that counts now: ("vote" or "next", number of the pair).
        self.expected: tuple[str, int] | None = None
        self.loaded = False  # whether the browser has the pair's own widget
        self.custom, self.plain = Pair(experiment=experiment.id), PlainPair(words.QUESTION)
        for view in (self.custom, self.plain):
            view.on_answer(self._on_message)

        self.code = ipywidgets.Text(
            code or "", placeholder="your code", layout={"width": "14em"}
        ).add_class("ck-code")
        self.where = ipywidgets.HTML().add_class("ck-where")
        self.bar = ipywidgets.IntProgress(layout={"width": "auto", "height": "0.75rem"})
        self.pause = ipywidgets.ToggleButton(False, description="Pause after this pair")
        self.rest, self.go_on = ipywidgets.HTML(), _button("Go on", self._unpause, "ck-unpause")
        self.pages = {
            "start": ipywidgets.VBox(
                [
                    ipywidgets.HTML(words.instructions(experiment.protocol)),
                    _button("Start", self._start, "ck-start"),
                    ipywidgets.HTML("Have you begun before? Enter the code that you were shown."),
                    ipywidgets.HBox([self.code, _button("Go on", self._resume, "ck-resume")]),
                ]
            ),
            "pairs": ipywidgets.VBox(
                [self.where, self.bar, self.custom, self.plain, self.pause.add_class("ck-pause")]
            ),
            "pause": ipywidgets.VBox([self.rest, self.go_on]),
            "thanks": ipywidgets.HTML(),
        }
        self.message = ipywidgets.HTML().add_class("ck-message")
        self.box = ipywidgets.VBox([self.message, *self.pages.values()]).add_class("ck-turing")
        self._open("start")
        if code:
            self._resume()

    def _open(self, page: str, message: str = "") -> None:
        for name, box in self.pages.items():
            box.layout.display = "" if name == page else "none"
        self.message.value = message and f"<p role='alert'><b>{html.escape(message)}</b></p>"

    def _start(self, _: object = None) -> None:
        self._begin(lambda: Session.start(self.experiment, self.store))

    def _resume(self, _: object = None) -> None:
        self._begin(lambda: Session.resume(self.experiment, self.store, self.code.value))

    def _begin(self, open_session: Callable[[], Session]) -> None:
        def step() -> None:
            self.session = open_session()
            self.custom.code, self.custom.seen = self.session.code, 0
            self._show(gate=True)

        if self.session is None:  # a double click begins once
            self._try(step)

    def _unpause(self, _: object = None) -> None:
        self._try(lambda: self._show(gate=True))

    def _try(self, step: Callable[[], None]) -> None:
        """Take one step; what goes wrong is said on the start page, which takes the code again."""
        try:
            step()
        except (TuringError, OSError) as error:
            if self.session is not None:
                self.code.value, self.session = self.session.code, None
            self._open("start", str(error))

    def _show(self, gate: bool = False) -> None:
        """Send the browser the next pair, or thanks."""
        shown = self.session.current
        if shown is None:
            self._thank()
            return
        part = words.part(self.session.protocol, shown.number)
        self.where.value = f"{part} · your code: <b>{words.spaced(self.session.code)}</b>"
        self.bar.max, self.bar.value = self.session.total, shown.number - 1
        self.expected = ("vote", shown.number)
        view, other = (self.custom, self.plain) if self.loaded else (self.plain, self.custom)
        view.layout.display, other.layout.display = "", "none"
        self._open("pairs")
        view.pair = other.pair = {}  # so that the same pair again is sent again
        view.pair = {
            "number": shown.number,
            "photos": [shown.left, shown.right],
            "seconds": self.session.protocol.exposure,
            "gate": gate,
        }

    def _on_message(self, message: dict) -> None:
        """Hear what the browser says; it may be late or made up: only what is expected counts."""
        kind = message.get("kind")
        if kind == "ready":
            self.loaded = True
            if self.plain.waiting:  # the pair has not been shown: the better widget takes over
                self._try(lambda: self._show(gate=True))
            if self.session is None and not self.code.value:
                self.code.value = str(message.get("code", ""))
        elif self.session is not None and (kind, message.get("number")) == self.expected:
            self._try((lambda: self._vote(message)) if kind == "vote" else self._advance)

    def _vote(self, message: dict) -> None:
        number, hidden = message["number"], message.get("hidden")
        try:
            feedback = self.session.vote(
                number,
                message.get("side"),
                measured(message.get("reaction")),
                measured(message.get("exposure")),
                hidden if isinstance(hidden, bool) else None,
            )
        except VoteError:
            # It has its vote from another page with the same code, or the side is made up.
            self._show(gate=True)
            return
        if feedback is None:
            self._advance()
            return
        self.expected = ("next", number)
        view = self.custom if self.custom.pair else self.plain
        view.feedback = {"number": number, "fake": feedback.fake, "text": words.verdict(feedback)}

    def _advance(self) -> None:
        if not self.pause.value or self.session.done:
            self._show()
            return
        self.pause.value, self.expected, self.custom.pair, self.plain.pair = False, None, {}, {}
        self.rest.value = (
            f"<p><b>Pause.</b> {self.session.voted} of {self.session.total} pairs are done and "
            "saved. You may close this page: "
            f"the code <b>{words.spaced(self.session.code)}</b> goes on here.</p>"
        )
        self._open("pause")
        if hasattr(self.go_on, "focus"):  # from ipywidgets 8 on
            self.go_on.focus()

    def _thank(self) -> None:
        self.expected, self.custom.pair, self.plain.pair = None, {}, {}
        again = "run the cell again, or load the page again"
        self.pages["thanks"].value = words.thanks(self.session.result(), self.session.code, again)
        self.custom.code = ""  # the next person at this browser begins anew
        self._open("thanks")


def _button(text: str, on_click: Callable, name: str) -> ipywidgets.Button:
    button = ipywidgets.Button(description=text, button_style="primary")
    button.on_click(on_click)
    return button.add_class(name)
