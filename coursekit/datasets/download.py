"""Fetching one archive: checked, retried, never half.

Requests and pooch are imported where they are used: most loads need no network, and they take a
tenth of a second.
"""

from __future__ import annotations

import logging
import shutil
import time
from pathlib import Path
from urllib.parse import urlsplit

from tqdm.auto import tqdm

from coursekit import files

from .registry import CARDS, Card, DatasetError
from .sources import open_folder

CONNECT, STALL = 10, 30  # seconds to connect, and between two pieces
TRIES, PAUSE = 4, 2.0  # the pause doubles each time


def ready(card: Card) -> bool:
    """Say whether a set can be had without a network.

    Parameters
    ----------
    card : Card
        Its card.

    Returns
    -------
    bool
        True if it is built in, or prepared in the cache.
    """
    return card.fetch == "built in" or open_folder(files.location() / card.name) is not None


def reachable(card: Card) -> bool:
    """Say whether a set can be fetched now.

    Parameters
    ----------
    card : Card
        Its card.

    Returns
    -------
    bool
        True if the network is allowed, the card's server answers soon, and the cache can be
        written.
    """
    import requests

    if files.offline():
        return False
    try:
        files.writable(files.location() / card.name)
        with requests.get(card.url, stream=True, timeout=4) as answer:
            return answer.ok
    except (files.FolderError, requests.RequestException):
        return False


def fetch(card: Card, folder: Path, progress: bool = True) -> Path:
    """Download a set's archive; call it under the set's lock.

    A file is renamed into place only when it is whole, so a name in the folder is never half a
    file.

    Parameters
    ----------
    card : Card
        Says where from, and what it must be.
    folder : Path
        Where to; it is made if need be, in one that can be written.
    progress : bool
        Whether to show a bar.

    Returns
    -------
    Path
        The archive; its SHA-256 is the card's, if that has one.

    Raises
    ------
    DatasetError
        If it cannot be fetched or kept; the message names what works without it.
    """
    import pooch
    import requests

    others = [other.name for other in CARDS.values() if other is not card and ready(other)]
    instead = (
        f"ready without a network: {', '.join(others)}; or get the file another way and run "
        f"`coursekit data get {card.name} --from PATH`"
    )
    if files.offline():
        raise DatasetError(f"{card.name} is not cached, and COURSEKIT_OFFLINE is set; {instead}")
    folder.mkdir(exist_ok=True)
    # Left by a download that was killed.
    for left in folder.glob("tmp*"):
        left.unlink()
    free = shutil.disk_usage(folder).free
    if card.bytes and free < 1.3 * card.bytes:
        raise DatasetError(
            f"{card.name} needs {1.3 * card.bytes / 1e6:,.0f} MB and {folder} has "
            f"{free / 1e6:,.0f} MB free; make room, or set COURSEKIT_DATA to a larger disk"
        )
    pooch.get_logger().setLevel(logging.WARNING)
    known = f"sha256:{card.sha256}" if card.sha256 else None
    name = Path(urlsplit(card.url).path).name
    for attempt in range(TRIES):
        if attempt:
            time.sleep(PAUSE * 2 ** (attempt - 1))
        with tqdm(
            desc=card.name, total=card.bytes or 1, unit="B", unit_scale=True, disable=not progress
        ) as bar:
            get = pooch.HTTPDownloader(progressbar=bar, timeout=(CONNECT, STALL))
            try:
                return Path(pooch.retrieve(card.url, known, name, folder, downloader=get))
            except requests.RequestException as error:
                reason = f"{type(error).__name__}: {error}"
                status = getattr(error.response, "status_code", 0)
                # Asking again helps after a time-out or too many requests, not after another
                # refusal.
                if 400 <= status < 500 and status not in (408, 429):
                    break
            except ValueError as error:  # pooch: not the file whose checksum we know
                reason = f"it is not the file that the card describes: {error}"
            except OSError as error:  # the disk, not the network
                raise DatasetError(
                    f"{folder}: {error}; free it, or set COURSEKIT_DATA elsewhere"
                ) from error
    raise DatasetError(f"{card.name} could not be fetched from {card.url} ({reason}); {instead}")
