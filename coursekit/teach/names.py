"""Names of files as people can read them, whatever bytes they are made of."""

from __future__ import annotations

import re

# What moves a terminal's cursor, or turns the direction in which a line is read.
UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def shown(name: object) -> str:
    r"""Write a name so that every file and terminal takes it.

    Parameters
    ----------
    name : object
        A path, or a text with parts of one.

    Returns
    -------
    str
        The same, but for bytes that are no text and characters that steer a terminal: these are
        written as ``\xff``.

    Examples
    --------
    >>> shown("J\udcf6rg.ipynb")
    'J\\xf6rg.ipynb'
    """
    text = str(name)
    try:
        raw = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half a character, which no file name has
        raw = text.encode("utf-8", "replace")
    text = raw.decode("utf-8", "backslashreplace")
    return UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
