"""What a check answers: a box in a notebook, a plain paragraph elsewhere; never by colour alone."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

NOT_ATTEMPTED, CORRECT, NOT_YET = "not attempted", "correct", "not yet"
_SIGNS = {NOT_ATTEMPTED: "…", CORRECT: "✓", NOT_YET: "✗"}
_EDGES = {NOT_ATTEMPTED: "dotted", CORRECT: "solid", NOT_YET: "dashed"}


@dataclass(frozen=True)
class Message:
    """A title and a text, which a notebook shows in a box.

    Attributes
    ----------
    title : str
        Plain text.
    text : str
        May hold `code` between backticks and *what matters* between asterisks.
    edge : str
        The box's border as CSS calls it: "solid", "dashed" or "dotted".
    """

    title: str
    text: str
    edge: str = "solid"

    def __str__(self) -> str:
        """Say it in one paragraph."""
        return f"{self.title}. {self.text}"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        # Every other part stood between backticks: asterisks mean something in the others only.
        parts = html.escape(self.text, quote=False).split("`")
        parts[::2] = [re.sub(r"\*(\w[^*]*)\*", r"<em>\1</em>", part) for part in parts[::2]]
        parts[1::2] = [
            f"<code style='background: none; color: inherit'>{part}</code>" for part in parts[1::2]
        ]
        # Dark text on a light ground of its own reads well in dark themes too.
        style = (
            f"background: #f8f8f8; color: #222; border: 1px {self.edge} #555; "
            "border-left-width: 6px; padding: 0.5em 0.8em; max-width: 46em"
        )
        return (
            f'<div role="status" style="{style}">'
            f"<strong>{html.escape(self.title)}</strong><br>{''.join(parts)}</div>"
        )


@dataclass(frozen=True)
class Result:
    """How an answer did.

    Attributes
    ----------
    exercise : str
        The exercise's name.
    status : str
        "not attempted", "correct" or "not yet".
    message : str
        What was seen.
    misconception : str or None
        The likely one in a few words.
    """

    exercise: str
    status: str
    message: str
    misconception: str | None = None

    def _message(self) -> Message:
        named = f" ({self.misconception})" if self.misconception else ""
        title = f"{_SIGNS[self.status]} {self.exercise}: {self.status}{named}"
        offer = "" if self.status == CORRECT else f" For a hint: `checks.hint({self.exercise!r})`."
        return Message(title, self.message + offer, _EDGES[self.status])

    def __str__(self) -> str:
        """Say it in one paragraph, without backticks."""
        return str(self._message()).replace("`", "")

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return self._message()._repr_html_()
