"""What a participant may do: begin, see the next pair and its pictures, vote, come back."""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import secrets

from .. import words
from ..pairs import Experiment
from ..protocol import SIDES, Trial
from ..session import Session, measured
from ..store import Store, VoteError

OPEN, PAUSED, CLOSED = STATUSES = ("open", "paused", "closed")
# Plans kept in memory, some kilobytes each, and pictures, 200 kB each with 256 pixels.
SESSIONS, PICTURES = 2000, 100


class Desk:
    """Serve participants from one experiment and one store; any number of processes may do so.

    Nothing that matters is kept here: a process that is killed loses nothing, and what one of them
    began another goes on with.

    Parameters
    ----------
    experiment : Experiment
        The pictures.
    store : Store
        Where votes go.

    Attributes
    ----------
    experiment : Experiment
        The pictures.
    store : Store
        Where votes go.
    console : str
        What makes the address of the teacher's page, the same for all processes and after a
        restart.

    Raises
    ------
    StoreError
        If the store belongs to another experiment.
    """

    def __init__(self, experiment: Experiment, store: Store) -> None:
        store.check(experiment.id)
        self.experiment, self.store = experiment, store
        # Whoever can read the file of votes knows both anyway.
        self._secret = store.note("secret", secrets.token_hex(32), replace=False).encode()
        self.console = store.note("console", secrets.token_urlsafe(12), replace=False)
        self._sessions: dict[str, Session] = {}
        self._pair = functools.lru_cache(PICTURES // 2)(experiment.pair)

    @property
    def status(self) -> str:
        """Say whether the test is open.

        Returns
        -------
        {"open", "paused", "closed"}
            As the teacher set it.
        """
        return self.store.fact("status") or OPEN

    def begin(self) -> dict:
        """Begin with a new participant.

        Returns
        -------
        dict
            The first step, as of `step`.

        Raises
        ------
        VoteError
            If the test is closed.
        """
        if self.status == CLOSED:
            raise VoteError("the test is closed; nobody can begin any more")
        return self.step(self._keep(Session.start(self.experiment, self.store)))

    def session(self, code: str) -> Session:
        """Find a participant.

        Parameters
        ----------
        code : str
            The participant's code, however it is typed.

        Returns
        -------
        Session
            At the first pair without a vote.

        Raises
        ------
        VoteError
            If nobody here has the code.
        """
        return self.known(code) or self._keep(Session.resume(self.experiment, self.store, code))

    def known(self, code: str) -> Session | None:
        """Find a participant without asking the store.

        Parameters
        ----------
        code : str
            The participant's code, as it is stored.

        Returns
        -------
        Session or None
            None if this process has not met the participant yet.
        """
        return self._sessions.get(code)

    def step(self, session: Session) -> dict:
        """Say what a participant's page is to show now.

        Parameters
        ----------
        session : Session
            The participant's session.

        Returns
        -------
        dict
            Always the "code", the pairs "voted" and in "total". Then a pair, with its "number",
            its "part" of the test, "seconds" of exposure, the names of its "pictures" and the
            "ticket" that its vote must show; or "paused", a sentence; or "thanks", HTML.
        """
        code, voted, status = session.code, session.voted, self.status
        common = {"code": code, "voted": voted, "total": session.total}
        if voted == session.total or status == CLOSED:
            again = "load the page again"
            return {**common, "thanks": words.thanks(session.result(), code, again)}
        if status == PAUSED:
            return {**common, "paused": "Your teacher has paused the test. It goes on by itself."}
        number = session.trials[voted].number
        return {
            **common,
            "number": number,
            "part": words.part(session.protocol, number),
            "seconds": session.protocol.exposure,
            "pictures": [self._name(code, number, side) for side in SIDES],
            "ticket": self._name(code, number),
        }

    def picture(self, session: Session, name: str) -> bytes | None:
        """Find a picture of the pair that a participant is at.

        Parameters
        ----------
        session : Session
            The participant's session.
        name : str
            The picture's name, as `step` gave it.

        Returns
        -------
        bytes or None
            A PNG file, as long as that of the pair's other picture; None if the name is another
            participant's, another pair's or made up.
        """
        voted = session.voted
        if voted == session.total:
            return None
        trial = session.trials[voted]
        for at, side in enumerate(SIDES):
            if _same(name, self._name(session.code, trial.number, side)):
                return self._pictures(trial)[at]
        return None

    def vote(self, session: Session, message: dict) -> dict:
        """Take a vote; it is on the disk when this returns.

        Parameters
        ----------
        session : Session
            The participant's session.
        message : dict
            What the page says: the pair's "number" and "ticket", the "side" taken for the fake;
            milliseconds of "reaction" and of "exposure" and whether the page was "hidden", where it
            measured them.

        Returns
        -------
        dict
            "feedback" in practice, else None, and the "next" step, as of `step`.

        Raises
        ------
        VoteError
            For a pair that was not shown, or has its vote, and for what makes no sense.
        """
        number, hidden = message.get("number"), message.get("hidden")
        if not isinstance(number, int) or isinstance(number, bool):
            raise VoteError(f"pair {number!r}: say its number")
        # Who did not get the pair cannot know its ticket.
        if not _same(message.get("ticket"), self._name(session.code, number)):
            raise VoteError(
                f"pair {number} was not shown under this code; load the page again to go on"
            )
        if self.status == CLOSED:
            raise VoteError("the test is closed; this answer came too late and is not counted")
        feedback = session.vote(
            number,
            message.get("side"),
            measured(message.get("reaction")),
            measured(message.get("exposure")),
            hidden if isinstance(hidden, bool) else None,
        )
        told = feedback and {
            "number": number,
            "fake": feedback.fake,
            "text": words.verdict(feedback),
        }
        return {"feedback": told, "next": self.step(session)}

    def _keep(self, session: Session) -> Session:
        if len(self._sessions) >= SESSIONS:
            self._sessions.clear()  # they are read again from the store
        self._sessions[session.code] = session
        return session

    def _pictures(self, trial: Trial) -> tuple[bytes, bytes]:
        # By content and not by participant: a class sees the same pictures again and again.
        return self._pair(trial._replace(number=0))

    def _name(self, *what: object) -> str:
        """Return what nobody can guess, and every process of this store knows again."""
        text = " ".join(map(str, what)).encode()
        digest = hmac.new(self._secret, text, hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest[:15]).decode()


def _same(given: object, name: str) -> bool:
    # Replacing: JSON can hold half a surrogate pair, which has no bytes.
    return isinstance(given, str) and hmac.compare_digest(
        given.encode(errors="replace"), name.encode()
    )
