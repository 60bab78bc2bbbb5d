"""Which box there is."""

from __future__ import annotations

from coursekit.teach.sandbox import bubblewrap, container
from coursekit.teach.sandbox.box import Box
from coursekit.teach.sandbox.bubblewrap import Bubblewrap
from coursekit.teach.sandbox.container import Container
from coursekit.teach.sandbox.unwalled import Unwalled

BOXES = {kind.name: kind for kind in (Bubblewrap, Container, Unwalled)}


class NoBox(ValueError):
    """There are no walls to grade behind, and nobody said that the work is trusted."""


def choose(trust: bool = False) -> type[Box]:
    """Choose the best box that there is.

    Parameters
    ----------
    trust : bool
        Whether to go on without walls where there are none.

    Returns
    -------
    type of Box
        What makes one.

    Raises
    ------
    NoBox
        That says why each box is missing, and the way out.
    """
    reasons = []
    for room, kind in ((bubblewrap, Bubblewrap), (container, Container)):
        why = room.missing()
        if why is None:
            return kind
        reasons.append(f"- {kind.name}: {why}")
    if trust:
        return Unwalled
    raise NoBox(
        "There are no walls here to run submissions behind, so a submission could read and change "
        "whatever you can:\n" + "\n".join(reasons) + "\nInstall one of them, grade in a virtual "
        "machine, or, for work that you trust, add --trust."
    )
