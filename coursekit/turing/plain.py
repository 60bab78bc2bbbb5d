"""The pair where the browser cannot load its own widget: two pictures and buttons of core ipywidgets."""

from __future__ import annotations

import asyncio
import base64
import time

import ipywidgets
import traitlets

SHOW = "Show the photos"
BLANK = 0.7  # seconds after a pair was sent in which no answer counts: a double click ends here


class PlainPair(ipywidgets.VBox):
    """Takes the same ``pair`` and ``feedback`` as the widget with a clock of its own, and answers alike, without times.

    Parameters: ``question`` to ask.
    """

    pair = traitlets.Dict()
    feedback = traitlets.Dict()

    def __init__(self, question: str):
        self._question, self._callback, self._timer, self._since = question, None, None, 0.0
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

    def on_answer(self, callback) -> None:
        """Call ``callback(message)`` with each "vote" and "next"."""
        self._callback = callback

    @property
    def waiting(self) -> bool:
        """Whether a pair is here, but has not been shown."""
        return bool(self.pair) and self._next.description == SHOW

    def _arrive(self, _=None) -> None:
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
        self._since = time.monotonic()
        if self.pair["seconds"] is not None:  # a callback of the kernel's own loop, which runs on
            self._timer = asyncio.get_running_loop().call_later(self.pair["seconds"], self._hide)

    def _hide(self) -> None:
        self._photos.value = ""

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None

    def _vote(self, side: str) -> None:
        if time.monotonic() - self._since > BLANK:
            self._stop()
            self._callback({"kind": "vote", "number": self.pair.get("number"), "side": side})

    def _tell(self, _=None) -> None:
        self._photos.value = self._pictures()
        self._set(self.feedback["text"], next_text="Next pair")

    def _proceed(self, _=None) -> None:
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
