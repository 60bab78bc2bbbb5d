"""The test in a notebook or a web page: ipywidgets for the frame, anywidget for the pair of photos.

Everything happens in callbacks; the kernel stays free. The browser gets two pictures and, after a
practice vote, which of them was the fake: nothing else in the page tells.
"""

from __future__ import annotations

import html
import math
import os
from collections.abc import Callable
from pathlib import Path

import anywidget
import ipywidgets
import traitlets

from .pairs import Experiment
from .plain import PlainPair
from .protocol import Protocol, TuringError
from .session import Result, Session
from .store import Store, VoteError

QUESTION = "Which of the two has colours made by a computer?"
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
    question = traitlets.Unicode(QUESTION).tag(sync=True)
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
        self.custom, self.plain = Pair(experiment=experiment.id), PlainPair(QUESTION)
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
                    ipywidgets.HTML(_instructions(experiment.protocol)),
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
        shown, protocol = self.session.current, self.session.protocol
        if shown is None:
            self._thank()
            return
        if shown.practice:
            part = f"Practice pair {shown.number} of {protocol.practice}"
        else:
            practice = protocol.practice
            part = f"Pair {shown.number - practice} of {self.session.total - practice}"
        self.where.value = f"{part} · your code: <b>{_spaced(self.session.code)}</b>"
        self.bar.max, self.bar.value = self.session.total, shown.number - 1
        self.expected = ("vote", shown.number)
        view, other = (self.custom, self.plain) if self.loaded else (self.plain, self.custom)
        view.layout.display, other.layout.display = "", "none"
        self._open("pairs")
        view.pair = other.pair = {}  # so that the same pair again is sent again
        view.pair = {
            "number": shown.number,
            "photos": [shown.left, shown.right],
            "seconds": protocol.exposure,
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
        number = message["number"]
        try:
            feedback = self.session.vote(
                number,
                message.get("side"),
                _seconds(message.get("reaction")),
                _seconds(message.get("exposure")),
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
        verdict = "Correct" if feedback.right else "Not so"
        text = f"{verdict}: the {feedback.fake} one has colours made by a computer."
        view.feedback = {"number": number, "fake": feedback.fake, "text": text}

    def _advance(self) -> None:
        if not self.pause.value or self.session.done:
            self._show()
            return
        self.pause.value, self.expected, self.custom.pair, self.plain.pair = False, None, {}, {}
        self.rest.value = (
            f"<p><b>Pause.</b> {self.session.voted} of {self.session.total} pairs are done and "
            "saved. You may close this page: "
            f"the code <b>{_spaced(self.session.code)}</b> goes on here.</p>"
        )
        self._open("pause")
        self.go_on.focus()

    def _thank(self) -> None:
        self.expected, self.custom.pair, self.plain.pair = None, {}, {}
        self.pages["thanks"].value = _thanks(self.session.result(), self.session.code)
        self.custom.code = ""  # the next person at this browser begins anew
        self._open("thanks")


def _button(text: str, on_click: Callable, name: str) -> ipywidgets.Button:
    button = ipywidgets.Button(description=text, button_style="primary")
    button.on_click(on_click)
    return button.add_class(name)


def _seconds(milliseconds: object) -> float | None:
    """Convert a time that a browser measured; None if it is none."""
    measured = isinstance(milliseconds, int | float) and 0 <= milliseconds < math.inf
    return milliseconds / 1000 if measured else None


def _spaced(code: str) -> str:
    """Write a code as people read it out."""
    return f"{code[:4]} {code[4:]}"


def _instructions(protocol: Protocol) -> str:
    """Write what a participant must know, and agrees to, as HTML."""
    looks, practice = "They stay until you answer", ""
    if protocol.exposure is not None:
        unit = "second" if protocol.exposure == 1 else "seconds"
        looks = f"After {protocol.exposure:g} {unit} they are hidden; then take the time you need"
    if protocol.practice:
        practice = (
            f" First comes practice, with {protocol.practice} pairs: "
            "after each you are told the answer."
        )
    return (
        f"<p>You will see {protocol.total} pairs of pictures. Both are the same photo: one with "
        "its true colours, one with colours made by a computer.</p>"
        f"<p><b>{QUESTION}</b> {looks}, and answer with a click, with the keys ← and →, or with 1 "
        f"and 2. Guess where you cannot tell.{practice}</p>"
        "<p>By starting you agree that your answers, and how long they take, are stored under a "
        "random code; nothing else about you is. You may stop at any time, and the code lets you "
        "go on later.</p>"
    )


def _thanks(result: Result, code: str) -> str:
    """Write the participant's result beside those of all others, as HTML."""

    def row(who: str, rate: float, note: str) -> str:
        return (
            f"<tr><td>{who}</td><td style='width: 10em; padding: 0 1em'>"
            f"<div style='height: 1em; width: {rate:.0%}; background: #0b62d6'></div></td>"
            f"<td><b>{rate:.0%}</b> {note}</td></tr>"
        )

    rows = []
    if result.trials:
        rows.append(row("you", result.rate, f"({result.fooled} of {result.trials} pairs)"))
    if result.group_trials:
        who = "person" if result.group_participants == 1 else "people"
        note = f"({result.group_participants} {who}, {result.group_trials} pairs)"
        rows.append(row("the others", result.group_rate, note))
    rows.append(row("pure guessing", 0.5, ""))
    checks = (
        "<p>Some pairs had random colours, to see whether people look closely: you found "
        f"{result.vigilance_right} of {result.vigilance_trials}.</p>"
        if result.vigilance_trials
        else ""
    )
    return (
        f"<h3>Thank you!</h3><p>All your answers are saved under the code {_spaced(code)}.</p>"
        "<p>How often the computer's colours were taken for the real ones:</p>"
        f"<table style='line-height: 1.8'>{''.join(rows)}</table>{checks}"
        "<p>If another person wants to try, run the cell again, or load the page again.</p>"
    )
