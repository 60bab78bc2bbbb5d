"""Fetching one archive: checked, retried, never half."""

import logging
import shutil
import time
from pathlib import Path
from urllib.parse import urlsplit

from coursekit import files

from . import registry
from .registry import Card, DatasetError

CONNECT, STALL = 10, 30  # seconds to connect, and between two pieces
TRIES, PAUSE = 4, 2.0  # the pause doubles each time


def reachable(card: Card) -> bool:
    """True if the network is allowed, the card's server answers soon, and the cache can be written."""
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
    """Download the card's archive into `folder`; call it under the set's lock.

    Returns the path of a whole file whose SHA-256 is the card's (if it has one). A file is renamed into place
    only then, so a name in `folder` is never half a file. Raises DatasetError, naming what works without it.
    """
    import pooch
    import requests
    from tqdm.auto import tqdm

    if files.offline():
        raise DatasetError(
            f"{card.name} is not cached, and COURSEKIT_OFFLINE is set; {_else(card)}"
        )
    files.writable(folder)
    for left in folder.glob("tmp*"):  # of a download that was killed
        left.unlink()
    free = shutil.disk_usage(folder).free
    if card.bytes and free < 1.3 * card.bytes:
        raise DatasetError(
            f"{card.name} needs {1.3 * card.bytes / 1e6:,.0f} MB and {folder} has {free / 1e6:,.0f} MB free; "
            "make room, or set COURSEKIT_DATA to a larger disk"
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
                if 400 <= status < 500 and status not in (408, 429):  # asking again will not help
                    break
            except ValueError as error:  # pooch: not the file whose checksum we know
                reason = f"it is not the file that the card describes: {error}"
            except OSError as error:  # the disk, not the network
                raise DatasetError(
                    f"{folder}: {error}; free it, or set COURSEKIT_DATA elsewhere"
                ) from error
    raise DatasetError(
        f"{card.name} could not be fetched from {card.url} ({reason}); {_else(card)}"
    )


def _else(card: Card) -> str:
    from .loading import available

    ready = ", ".join(name for name in registry.names() if available(name))
    way = f"get the file another way and run `coursekit data get {card.name} --from FILE`"
    return f"ready without a network: {ready}; or {way}"
