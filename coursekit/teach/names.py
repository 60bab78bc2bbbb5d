"""Names of files as people can read them, whatever bytes they are made of."""

from __future__ import annotations


def shown(name: object) -> str:
    r"""Write a name so that every file and terminal takes it.

    Parameters
    ----------
    name : object
        A path, or a text with parts of one.

    Returns
    -------
    str
        The same, but for bytes that are no text: these are written as ``\xff``.

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
    return raw.decode("utf-8", "backslashreplace")
