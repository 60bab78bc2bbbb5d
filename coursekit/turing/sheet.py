"""The test on paper: a printed sheet of numbered pairs, its sealed key, and the answers back into the store."""

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
_LETTERS = {"L": SIDES[0], "R": SIDES[1], "-": None, "–": None}


def make(
    experiment: Experiment, folder: str | os.PathLike, pairs: int = 20, seed: int = 0
) -> tuple[Path, Path]:
    """Write a sheet for the class as ``sheet-SEED.pdf``, ten pairs to an A4 page, and its key as ``sheet-SEED.key``.

    On paper there is no practice, for nobody gives feedback, and no exposure time. All who get the sheet see the same
    pairs; make several, with other seeds, so that neighbours see different ones.

    Parameters: ``experiment``; ``folder``, made if missing; ``pairs``, how many; ``seed`` of the plan.
    Returns: the two paths. The key is sealed: not secret, but nobody reads it by accident.
    Raises: TuringError for too few photos.
    """
    from matplotlib import pyplot as plt
    from matplotlib.backends.backend_pdf import PdfPages

    from . import figures

    protocol = replace(experiment.protocol, practice=0, trials=pairs, exposure=None)
    trials = plan(experiment.photos, experiment.colorizers, protocol, seed)
    Path(folder).mkdir(parents=True, exist_ok=True)
    printed, key = (Path(folder) / f"sheet-{seed}.{end}" for end in ("pdf", "key"))
    with PdfPages(
        printed, metadata={"CreationDate": None, "Creator": None, "Producer": None}
    ) as pdf:
        for start in range(0, len(trials), PER_PAGE):
            shown = [
                (trial.number, *experiment.pair(trial))
                for trial in trials[start : start + PER_PAGE]
            ]
            page = figures.sheet(
                shown, f"Which colours are real?  Sheet {seed}, page {start // PER_PAGE + 1}"
            )
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

    Parameters: ``answers``, one letter for each pair: L or R, the side that was taken for the fake, or - where there
    is no answer; spaces and commas between them do not matter; ``key``, the path of the sheet's key; ``store``.
    Returns: the new participant's code. It may be written on the sheet, so that the sheet is not recorded twice.
    Raises: VoteError for another letter or number of letters; TuringError for a damaged key.
    """
    experiment, seed, trials = _unseal(Path(key))
    letters = [letter for letter in answers.upper() if not letter.isspace() and letter != ","]
    for place, letter in enumerate(letters, start=1):
        if letter not in _LETTERS:
            raise VoteError(f"answer {place} is {letter!r}; write L, R, or - for none")
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
