"""What participants read, in a notebook, on the page of a class, and on paper."""

from __future__ import annotations

from .protocol import Protocol
from .session import Feedback, Result

TITLE = "Colorization Turing test"
# The one question: on the page, in the widget, on paper and in figures. Whoever answered another,
# or the opposite one, would turn every vote around.
QUESTION = "Which of the two has colours made by a computer?"
ON_PAPER = (
    "In each pair, one picture has its true colours, the other has colours made by a computer.\n"
    "Write the side of the computer's: L for left or R for right. Guess where you cannot tell."
)


def spaced(code: str) -> str:
    """Write a code as people read it out.

    Parameters
    ----------
    code : str
        A participant's code.

    Returns
    -------
    str
        In two halves.
    """
    return f"{code[:4]} {code[4:]}"


def part(protocol: Protocol, number: int) -> str:
    """Say where in the test a pair stands.

    Parameters
    ----------
    protocol : Protocol
        The rules of the test.
    number : int
        The pair, from 1.

    Returns
    -------
    str
        Practice is counted apart.

    Examples
    --------
    >>> part(Protocol(), 12)
    'Pair 2 of 40'
    """
    if number <= protocol.practice:
        return f"Practice pair {number} of {protocol.practice}"
    return f"Pair {number - protocol.practice} of {protocol.trials}"


def verdict(feedback: Feedback) -> str:
    """Say whether a practice vote was right.

    Parameters
    ----------
    feedback : Feedback
        What the session says about it.

    Returns
    -------
    str
        A sentence.
    """
    told = "Correct" if feedback.right else "Not so"
    return f"{told}: the {feedback.fake} one has colours made by a computer."


def instructions(protocol: Protocol) -> str:
    """Write what a participant must know, and agrees to.

    Parameters
    ----------
    protocol : Protocol
        The rules of the test.

    Returns
    -------
    str
        HTML.
    """
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


def thanks(result: Result, code: str, again: str) -> str:
    """Write the participant's result beside those of all others.

    Parameters
    ----------
    result : Result
        Both counts.
    code : str
        The participant's code.
    again : str
        What another person at this browser has to do.

    Returns
    -------
    str
        HTML, without styles of its own: a page may forbid them.
    """

    def row(who: str, rate: float, note: str) -> str:
        return (
            f"<tr><th scope='row'>{who}</th><td><meter min='0' max='1' value='{rate:.4f}' "
            f"aria-label='{who}'></meter></td><td><b>{rate:.0%}</b> {note}</td></tr>"
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
        f"<h3>Thank you!</h3><p>All your answers are saved under the code {spaced(code)}.</p>"
        "<p>How often the computer's colours were taken for the real ones:</p>"
        f"<table class='ck-result'>{''.join(rows)}</table>{checks}"
        f"<p>If another person wants to try, {again}.</p>"
    )
