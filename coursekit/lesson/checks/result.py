"""What a check answers: a card in a notebook, one plain paragraph elsewhere; words and signs, never colour alone."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

NOT_ATTEMPTED, CORRECT, NOT_YET = "not attempted", "correct", "not yet"
_SIGNS = {NOT_ATTEMPTED: "…", CORRECT: "✓", NOT_YET: "✗"}
_EDGES = {NOT_ATTEMPTED: "dotted", CORRECT: "solid", NOT_YET: "dashed"}


@dataclass(frozen=True)
class Card:
    """A title and a text, in which `code` stands between backticks and *what matters* between asterisks."""

    title: str
    text: str
    edge: str = "solid"

    def __str__(self) -> str:
        return f"{self.title}. {self.text}"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        parts = html.escape(self.text, quote=False).split("`")
        parts[::2] = [re.sub(r"\*(\w[^*]*)\*", r"<em>\1</em>", part) for part in parts[::2]]
        parts[1::2] = [
            f"<code style='background: none; color: inherit'>{part}</code>" for part in parts[1::2]
        ]
        # Dark text on a light ground of its own reads well in dark themes too.
        return (
            f'<div role="status" style="background: #f8f8f8; color: #222; border: 1px {self.edge} #555; '
            'border-left-width: 6px; padding: 0.5em 0.8em; max-width: 46em">'
            f"<strong>{html.escape(self.title)}</strong><br>{''.join(parts)}</div>"
        )


@dataclass(frozen=True)
class Result:
    """How an answer did.

    Attributes: ``exercise``, its name; ``status``, "not attempted", "correct" or "not yet"; ``message``, what
    was seen; ``misconception``, the likely one in a few words, or None; ``hint``, how to get one.
    """

    exercise: str
    status: str
    message: str
    misconception: str | None = None

    @property
    def hint(self) -> str | None:
        return None if self.status == CORRECT else f"For a hint: `checks.hint({self.exercise!r})`."

    def _card(self) -> Card:
        named = f" ({self.misconception})" if self.misconception else ""
        title = f"{_SIGNS[self.status]} {self.exercise}: {self.status}{named}"
        return Card(title, " ".join(filter(None, [self.message, self.hint])), _EDGES[self.status])

    def __str__(self) -> str:
        return str(self._card()).replace("`", "")

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return self._card()._repr_html_()
