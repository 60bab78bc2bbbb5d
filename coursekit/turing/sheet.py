"""The test on paper: a printed sheet of numbered pairs, its sealed key, answers into the store.

Matplotlib is imported where a sheet is drawn, so that recording answers starts at once.
"""

from __future__ import annotations

import base64
import json
import os
import zlib
from dataclasses import replace
from pathlib import Path

from .pairs import Experiment
from .protocol import SIDES, Trial, TuringError, plan
from .store import Store, VoteError

PER_PAGE = 10
# The side that a letter means; a word processor may have made a dash of the hyphen.
_LETTERS = {"L": SIDES[0], "R": SIDES[1], "-": None, "–": None}


def make(
    experiment: Experiment, folder: str | os.PathLike, pairs: int = 20, seed: int = 0
) -> tuple[Path, Path]:
    """Make a sheet for the class, ten pairs to an A4 page, and its key.

    On paper there is no practice, for nobody gives feedback, and no exposure time. All who get the
    sheet see the same pairs; make several, with other seeds, so that neighbours see different ones.

    Parameters
    ----------
    experiment : Experiment
        The pictures.
    folder : path-like
        Where to write both files; made if missing.
    pairs : int, optional
        How many pairs.
    seed : int, optional
        Of the plan.

    Returns
    -------
    printed : pathlib.Path
        The sheet, ``sheet-SEED.pdf``.
    key : pathlib.Path
        Its key, ``sheet-SEED.key``. It is sealed: not secret, but nobody reads it by accident.

    Raises
    ------
    TuringError
        For too few photos.
    """
    from matplotlib import pyplot as plt
    from matplotlib.backends.backend_pdf import PdfPages

    from . import figures

    protocol = replace(experiment.protocol, practice=0, trials=pairs, exposure=None)
    trials = plan(experiment.photos, experiment.colorizers, protocol, seed)
    Path(folder).mkdir(parents=True, exist_ok=True)
    printed, key = (Path(folder) / f"sheet-{seed}.{end}" for end in ("pdf", "key"))
    # Without a date and versions in it, the same sheet is the same file.
    anonymous = {"CreationDate": None, "Creator": None, "Producer": None}
    with PdfPages(printed, metadata=anonymous) as pdf:
        for start in range(0, len(trials), PER_PAGE):
            shown = [
                (trial.number, *experiment.pair(trial))
                for trial in trials[start : start + PER_PAGE]
            ]
            page = figures.sheet(shown, f"sheet {seed}, page {start // PER_PAGE + 1}")
            pdf.savefig(page, dpi=200)
            plt.close(page)
    sealed = zlib.compress(
        json.dumps({"experiment": experiment.id, "seed": seed, "trials": trials}).encode()
    )
    key.write_text(
        f"Key of sheet {seed}, sealed. `coursekit.turing.sheet.record` opens it.\n"
        f"{base64.b64encode(sealed).decode()}\n",
        encoding="utf-8",
    )
    return printed, key


def record(answers: str, key: str | os.PathLike, store: Store) -> str:
    """Put one person's answers into the store, all or none.

    Parameters
    ----------
    answers : str
        One letter for each pair: L or R, the side that was taken for the fake, or - where there is
        no answer; spaces and commas between them do not matter.
    key : path-like
        The sheet's key.
    store : Store
        Where votes go.

    Returns
    -------
    str
        The new participant's code. It may be written on the sheet, so that the sheet is not
        recorded twice.

    Raises
    ------
    VoteError
        For another letter or number of letters.
    TuringError
        For a damaged key.
    """
    experiment, seed, trials = _unseal(Path(key))
    letters = [letter for letter in answers.upper() if not letter.isspace() and letter != ","]
    for number, letter in enumerate(letters, start=1):
        if letter not in _LETTERS:
            raise VoteError(f"answer {number} is {letter!r}; write L, R, or - for none")
    if len(letters) != len(trials):
        raise VoteError(
            f"{len(letters)} answers to {len(trials)} pairs; write - for a pair without an answer"
        )
    given = [
        (trial, _LETTERS[letter])
        for trial, letter in zip(trials, letters, strict=True)
        if _LETTERS[letter]
    ]
    if not given:
        raise VoteError("no answer at all; nothing was recorded")
    return store.begin(experiment, [trial for trial, _ in given], seed, [side for _, side in given])


def _unseal(key: Path) -> tuple[str, int, list[Trial]]:
    """Read the experiment's id, the seed and the trials of a sheet from its key."""
    try:
        content = json.loads(
            zlib.decompress(base64.b64decode(key.read_text(encoding="utf-8").splitlines()[1]))
        )
        return (
            content["experiment"],
            content["seed"],
            [Trial(*trial) for trial in content["trials"]],
        )
    except (ValueError, IndexError, KeyError, TypeError, zlib.error) as error:
        raise TuringError(
            f"{key}: not the key of a sheet, or damaged; make the same sheet again"
        ) from error
