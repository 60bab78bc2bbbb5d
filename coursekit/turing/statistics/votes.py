"""Choosing, counting and timing votes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..protocol import TEST, VIGILANCE

VIGILANT = 0.75  # share of the random-colour fakes that who looks sees through


def only_test(votes: Sequence[dict]) -> list[dict]:
    """Keep the votes of the test proper.

    Parameters
    ----------
    votes : sequence of dict
        Votes, as of `Store.votes`.

    Returns
    -------
    list of dict
        Those that are neither practice nor vigilance.
    """
    return [vote for vote in votes if vote["kind"] == TEST]


def counts(votes: Sequence[dict], by: str = "participant") -> tuple[np.ndarray, np.ndarray]:
    """Count votes by participant, or by room.

    Parameters
    ----------
    votes : sequence of dict
        Votes, as of `Store.votes`, of any kind. Those without a room are of one more.
    by : {"participant", "room"}, optional
        Whose votes to add up.

    Returns
    -------
    fooled : ndarray
        How often each participant was fooled, or each room, int (P,), in the order of their first
        votes.
    trials : ndarray
        In how many pairs, int (P,).
    """
    of = _numbered([vote.get(by) for vote in votes])
    fooled = np.array([vote["fooled"] for vote in votes], int)
    return np.bincount(of, fooled).astype(int), np.bincount(of)


def rooms(votes: Sequence[dict]) -> np.ndarray:
    """Say who was in which room.

    Parameters
    ----------
    votes : sequence of dict
        Votes, as of `Store.votes`, of any kind. Those without a room are of one more.

    Returns
    -------
    ndarray
        A number from 0 for each participant, int (P,), in the order of `counts`.
    """
    of = {vote["participant"]: vote.get("room") for vote in votes}
    return _numbered(list(of.values()))


def _numbered(names: list) -> np.ndarray:
    """Give equal names one number, from 0, in the order in which they come first."""
    numbers = {name: i for i, name in enumerate(dict.fromkeys(names))}
    return np.array([numbers[name] for name in names], int)


def vigilant(votes: Sequence[dict], least: float = VIGILANT) -> tuple[list[dict], list[str]]:
    """Keep the votes of those who looked.

    Parameters
    ----------
    votes : sequence of dict
        Votes, as of `Store.votes`.
    least : float, optional
        Share of the random-colour fakes, 0…1, that one must have seen through. Choose it before
        you look at the votes.

    Returns
    -------
    kept : list of dict
        The votes of those who reached that share, and of those who had no such pair.
    left_out : list of str
        Codes of the other participants.
    """
    fooled: dict[str, list[bool]] = {}
    for vote in votes:
        if vote["kind"] == VIGILANCE:
            fooled.setdefault(vote["participant"], []).append(vote["fooled"])
    left_out = [name for name, each in fooled.items() if 1 - np.mean(each) < least]
    return [vote for vote in votes if vote["participant"] not in left_out], left_out


def reaction_times(votes: Sequence[dict]) -> dict[str, dict[str, float]]:
    """Compute the median time to a vote in the test, for each colorizer.

    Parameters
    ----------
    votes : sequence of dict
        Votes, as of `Store.votes`; those without a time do not count.

    Returns
    -------
    dict of str to dict
        For each colorizer seconds when the vote was "right" and when it was "fooled"; NaN where
        there is no such vote.
    """
    test = [vote for vote in only_test(votes) if vote["seconds"] is not None]

    def median(name: str, fooled: bool) -> float:
        chosen = [
            vote["seconds"]
            for vote in test
            if (vote["colorizer"], vote["fooled"]) == (name, fooled)
        ]
        return float(np.median(chosen)) if chosen else float("nan")

    return {
        name: {"right": median(name, False), "fooled": median(name, True)}
        for name in dict.fromkeys(vote["colorizer"] for vote in test)
    }
