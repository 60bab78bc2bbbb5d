"""One line that says how far something is: trainings and experiments share it.

IPython is imported where a line is shown: importing the course must be quick.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.display import Pretty

BAR = 20  # characters of the bar in a notebook
LINES = 10  # about as many in a log


class Line:
    """Say how far something is, in one line.

    In a notebook the line is rewritten in place, with a bar and the time left. In a log, about ten
    lines are printed. The one that stays has no timings, so that a notebook executed twice holds
    the same output.

    Parameters
    ----------
    total : int
        How many steps there are.
    text : str
        What the line says before the first step.

    Examples
    --------
    >>> line = Line(2, "photos: 0 of 2")
    >>> line.step(2, "photos: 2 of 2")
    photos: 2 of 2
    >>> line.end("photos: 2 of 2")
    """

    def __init__(self, total: int, text: str):
        from IPython import get_ipython

        self._total, self._timed, self._started, self._handle = total, 0, time.monotonic(), None
        if get_ipython() is not None:
            from IPython.display import display

            self._handle = display(_pretty(text), display_id=True)

    def step(self, done: int, text: str, timed: bool = True) -> None:
        """Say that another step is done.

        Parameters
        ----------
        done : int
            How many steps are done, those of an earlier run included.
        text : str
            What the line says now.
        timed : bool
            Whether the step took its time: False for one that was found done. By the others the
            time left is judged, and before the first of them nothing is said.
        """
        self._timed += timed
        if not self._timed:
            return
        left = (time.monotonic() - self._started) / self._timed * (self._total - done)
        if self._handle is not None:
            bar = round(BAR * done / self._total)
            drawn = "█" * bar + "░" * (BAR - bar)
            self._handle.update(_pretty(f"{text}\n{drawn} about {left:.0f} s left"))
        elif done == self._total:
            print(text, flush=True)
        elif done % -(-self._total // LINES) == 0:
            print(f"{text} · about {left:.0f} s left", flush=True)

    def end(self, text: str) -> None:
        """Leave a line without timings where it was rewritten; a log has its last one already.

        Parameters
        ----------
        text : str
            What stays.
        """
        if self._handle is not None:
            self._handle.update(_pretty(text))


def _pretty(text: str) -> Pretty:
    """Text that Jupyter shows as it is, without quotes."""
    from IPython.display import Pretty

    return Pretty(text)
