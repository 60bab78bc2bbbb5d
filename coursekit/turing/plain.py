"""The pair where the browser cannot load its own widget: pictures and buttons of ipywidgets."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable

import ipywidgets
import traitlets

SHOW = "Show the photos"
# Seconds after a pair was sent in which no answer counts: a double click ends here.
BLANK = 0.7


class PlainPair(ipywidgets.VBox):
    """Show a pair, and take the answer, without measuring times.

    It takes and gives the same as `widget.Pair`.

    Parameters
    ----------
    question : str
        What is asked.

    Attributes
    ----------
    pair : dict
        The pair to show: its "number", two "photos" as PNG files, "seconds" of exposure or None,
        and whether it waits at a "gate" until it is wanted; empty for none.
    feedback : dict
        What to say about a practice vote: the pair's "number", the side of the "fake", a "text".
    """

    pair = traitlets.Dict()
    feedback = traitlets.Dict()

    def __init__(self, question: str) -> None:
        self._question, self._callback = question, None
        self._timer = None  # that will hide the photos
        self._since = 0.0  # when the photos appeared, by the clock of the kernel's event loop
        self._prompt, self._photos = (
            ipywidgets.HTML(),
            ipywidgets.HTML(layout={"min_height": "17rem"}),
        )
        self._sides = {
            side: ipywidgets.Button(description=f"the {side} one").add_class(f"ck-plain-{side}")
            for side in ("left", "right")
        }
        self._next = ipywidgets.Button(button_style="primary").add_class("ck-plain-next")
        super().__init__(
            [self._prompt, self._photos, ipywidgets.HBox([*self._sides.values()]), self._next]
        )
        for side, button in self._sides.items():
            button.on_click(lambda _, side=side: self._vote(side))
        self._next.on_click(self._proceed)
        self.observe(self._arrive, names="pair")
        self.observe(self._tell, names="feedback")

    def on_answer(self, callback: Callable[[dict], None]) -> None:
        """Say who hears the answers.

        Parameters
        ----------
        callback : callable
            Is called as ``callback(message)`` with each "vote" and "next".
        """
        self._callback = callback

    @property
    def waiting(self) -> bool:
        """Whether a pair is here that has not been shown.

        Returns
        -------
        bool
            True while it waits at its gate.
        """
        return bool(self.pair) and self._next.description == SHOW

    def _arrive(self, _: object = None) -> None:
        self._stop()
        self._photos.value = ""
        if not self.pair:
            return
        if self.pair["gate"]:
            self._set("Two photos will appear here.", next_text=SHOW)
        else:
            self._present()

    def _present(self) -> None:
        self._set(self._question, asking=True)
        self._photos.value = self._pictures()
        # The kernel's own loop, which runs on while the photos are there; sleeping would stop it.
        loop = asyncio.get_running_loop()
        self._since = loop.time()
        if self.pair["seconds"] is not None:
            self._timer = loop.call_later(self.pair["seconds"], self._hide)

    def _hide(self) -> None:
        self._photos.value = ""

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None

    def _vote(self, side: str) -> None:
        if asyncio.get_running_loop().time() - self._since > BLANK:
            self._stop()
            self._callback({"kind": "vote", "number": self.pair.get("number"), "side": side})

    def _tell(self, _: object = None) -> None:
        self._photos.value = self._pictures()
        self._set(self.feedback["text"], next_text="Next pair")

    def _proceed(self, _: object = None) -> None:
        if self._next.description == "Next pair":
            self._callback({"kind": "next", "number": self.pair.get("number")})
        elif self.pair:
            self._present()

    def _set(self, prompt: str, asking: bool = False, next_text: str = "") -> None:
        self._prompt.value = f"<p role='status'>{prompt}</p>"
        for button in self._sides.values():
            button.disabled = not asking
        self._next.description = next_text
        self._next.layout.display = "" if next_text else "none"

    def _pictures(self) -> str:
        return (
            "<div style='display: flex; gap: 1rem'>"
            + "".join(
                f"<img alt='{side} photo' style='flex: 0 1 16rem; min-width: 0' "
                f"src='data:image/png;base64,{base64.b64encode(photo).decode()}'>"
                for side, photo in zip(("left", "right"), self.pair["photos"], strict=True)
            )
            + "</div>"
        )
