"""Messages between the two sides of a box: JSON with arrays behind it, and never a pickle.

Whatever comes out of a box was made by a stranger. What is read here becomes plain data (numbers,
texts, arrays, containers of these) or a proxy, which is nothing but a number that the other side
knows an object by. No message can run code on the side that reads it.
"""

from __future__ import annotations

import json
import struct
import sys
from collections.abc import Callable
from typing import Any, BinaryIO

import numpy as np

LARGEST, MOST_TEXT = 400_000_000, 20_000_000  # bytes of a message, of its JSON
DEEPEST = 60  # containers inside each other
KINDS = "biufcSUmM"  # NumPy's kinds of dtype that hold numbers, texts and times, and no object
RANDOM = {"PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"}


class Gone(BaseException):
    """The other side has ended.

    No `Exception`, so that a test that catches those does not go on without its answers.
    """


class Nonsense(Gone):
    """The other side says what no message of its can be."""


class Proxy:
    """Stands for an object of the other side.

    Parameters
    ----------
    peer : Peer
        Who knows the other side.
    number : int
        What the other side knows the object by.
    """

    def __init__(self, peer: Peer, number: int):
        self._peer, self._number = peer, number

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Call the object where it is, and copy what it did to its arguments.

        Parameters
        ----------
        *arguments : Any
            Passed on by value.
        **named : Any
            Passed on by value.

        Returns
        -------
        Any
            Plain data, or a proxy.
        """
        answer = self._peer.ask("call", of=self, arguments=list(arguments), named=named)
        for at, value in answer["changed"].items():
            put(value, (*arguments, *named.values())[at])
        return answer["value"]


class Peer:
    """One side of a conversation, in which each side may ask while it is asked.

    Parameters
    ----------
    reader, writer : binary file
        From and to the other side.
    proxy : callable
        ``proxy(peer, number, kind)`` makes what stands here for an object of the other side; `kind`
        is the name of its type.
    """

    def __init__(self, reader: BinaryIO, writer: BinaryIO, proxy: Callable[..., Proxy]):
        self._reader, self._writer, self._proxy = reader, writer, proxy
        self._known: dict[int, Any] = {}

    def ask(self, what: str, **fields: Any) -> Any:
        """Ask the other side, and answer what it asks meanwhile.

        Parameters
        ----------
        what : str
            Which request.
        **fields : Any
            What belongs to it.

        Returns
        -------
        Any
            The answer.

        Raises
        ------
        Gone
            If the other side has ended.
        """
        self._send({"what": what, **fields})
        while "what" in (message := self._receive()):
            self._send(self.answered(message))
        if "error" in message:
            raise self.raised(message["error"])
        return message["answer"]

    def answered(self, message: dict) -> dict:
        """Answer a request.

        Parameters
        ----------
        message : dict
            The request.

        Returns
        -------
        dict
            The answer, or the error that came of it.
        """
        fields = {key: value for key, value in message.items() if key != "what"}
        handler = getattr(self, f"do_{message['what']}", None)
        if handler is None:
            raise Nonsense(f"no request {message['what']!r:.50}")
        try:
            return {"answer": handler(**fields)}
        except Exception as error:
            return {"error": self.described(error)}

    def do_call(self, of: Callable, arguments: list, named: dict) -> dict:
        """Call an object of this side.

        Parameters
        ----------
        of : callable
            The object.
        arguments : list
            Those without names.
        named : dict
            Those with names.

        Returns
        -------
        dict
            "value", and "changed": number of an argument → what the call made of it.
        """
        given = [*arguments, *named.values()]
        before = [snapshot(value) for value in given]
        value = of(*arguments, **named)
        changed = {
            at: after
            for at, (was, after) in enumerate(zip(before, given, strict=True))
            if was is not None and not same(was, after)
        }
        return {"value": value, "changed": changed}

    def described(self, error: BaseException) -> dict:
        """Say what was raised, for the other side.

        Parameters
        ----------
        error : BaseException
            What was raised.

        Returns
        -------
        dict
            Plain data.
        """
        return {"type": type(error).__name__, "message": str(error)[:10_000]}

    def raised(self, error: dict) -> BaseException:
        """Make an exception of what the other side says of one.

        Parameters
        ----------
        error : dict
            As `described` made it there.

        Returns
        -------
        BaseException
            To raise here.
        """
        return RuntimeError(f"{error.get('type')}: {error.get('message')}")

    def _send(self, message: dict) -> None:
        buffers = []
        text = json.dumps(self._packed(message, buffers)).encode()
        try:
            self._writer.write(struct.pack("!QI", len(text), len(buffers)))
            self._writer.write(struct.pack(f"!{len(buffers)}Q", *map(len, buffers)))
            for part in (text, *buffers):
                self._writer.write(part)
            self._writer.flush()
        except (OSError, ValueError) as error:
            raise Gone("it does not listen any more") from error

    def _receive(self) -> dict:
        length, count = struct.unpack("!QI", self._exactly(12))
        if count > 100_000:
            raise Nonsense("a message of more parts than there can be")
        lengths = struct.unpack(f"!{count}Q", self._exactly(8 * count))
        # A text of this length can become objects of thirty times its size.
        if length > MOST_TEXT or length + sum(lengths) > LARGEST:
            raise Nonsense(f"a message of {(length + sum(lengths)) / 1e6:g} MB")
        text = self._exactly(length)
        buffers = [self._exactly(each) for each in lengths]
        try:
            message = self._unpacked(json.loads(text), buffers)
        except Exception as bad:  # a stranger made it, and NumPy has many words for no
            raise Nonsense("a message that cannot be read") from bad
        if not isinstance(message, dict) or not {"what", "answer", "error"} & {*message}:
            raise Nonsense("a message that is none")
        return message

    def _exactly(self, count: int) -> bytes:
        try:
            found = self._reader.read(count)
        except OSError as error:
            raise Gone("it has ended") from error
        if len(found or b"") < count:
            raise Gone("it has ended")
        return found

    def _packed(self, value: Any, buffers: list, depth: int = 0) -> Any:
        """Lay a value out as JSON; bytes and arrays go behind it."""
        if depth > DEEPEST:
            raise ValueError("a result of containers inside each other without an end")

        def inner(values: Any) -> list:
            return [self._packed(each, buffers, depth + 1) for each in values]

        def behind(content: bytes) -> int:
            buffers.append(content)
            return len(buffers) - 1

        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, np.generic | np.ndarray):
            array = np.asarray(value)
            if array.dtype.kind in KINDS:
                content = behind(np.ascontiguousarray(array).tobytes())
                kind = "scalar" if isinstance(value, np.generic) else "array"
                return {kind: content, "dtype": array.dtype.str, "shape": list(array.shape)}
            if array.dtype.kind == "O":
                return {"objects": inner(array.ravel().tolist()), "shape": list(array.shape)}
        if isinstance(value, str):
            return str(value)
        if isinstance(value, int):
            # JSON's numbers are read as texts of digits, which Python limits.
            return int(value) if abs(value) < 2**63 else {"int": hex(value)}
        if isinstance(value, float):
            return float(value)
        if value is ...:
            return {"...": None}
        if isinstance(value, list):
            return inner(value)
        for kind in (tuple, set, frozenset):
            if isinstance(value, kind):
                return {kind.__name__: inner(value)}
        if isinstance(value, dict):
            return {"dict": [inner(pair) for pair in value.items()]}
        if isinstance(value, (bytes, bytearray)):
            return {"bytes": behind(bytes(value))}
        if isinstance(value, complex):
            return {"complex": [value.real, value.imag]}
        if isinstance(value, (slice, range)):
            return {type(value).__name__: inner([value.start, value.stop, value.step])}
        if isinstance(value, np.random.Generator):
            bits = value.bit_generator
            if type(bits).__name__ in RANDOM:
                return {"generator": type(bits).__name__, "state": inner([bits.state])}
        if isinstance(value, Proxy):
            return {"yours": value._number}
        if hasattr(type(value), "__array__"):
            array = _of_tensor(value)
            if array is not None:
                return self._packed(array, buffers, depth)
        self._known[id(value)] = value  # kept, so that no other object gets its number
        return {"mine": id(value), "kind": type(value).__name__[:100]}

    def _unpacked(self, value: Any, buffers: list[bytes]) -> Any:
        if isinstance(value, list):
            return [self._unpacked(each, buffers) for each in value]
        if not isinstance(value, dict):
            return value
        kind, content = next(iter(value.items()), (None, None))
        if kind in ("scalar", "array"):
            dtype = np.dtype(value["dtype"])
            if dtype.kind not in KINDS:
                raise ValueError(f"an array of {dtype}")
            # A copy, for what is made of bytes cannot be written.
            array = np.frombuffer(buffers[content], dtype).reshape(value["shape"]).copy()
            return array[()] if kind == "scalar" else array
        if kind == "yours":
            return self._known[content]
        if kind == "mine":
            return self._proxy(self, int(content), str(value["kind"]))
        if kind == "int":
            return int(content, 16)
        if kind == "...":
            return ...
        if kind == "bytes":
            return buffers[content]
        found = self._unpacked(content, buffers)
        if kind == "dict":
            return dict(found)
        if kind == "objects":
            array = np.empty(len(found), object)
            for at, each in enumerate(found):  # all at once, NumPy would look into each
                array[at] = each
            return array.reshape(value["shape"])
        if kind == "generator":
            if content not in RANDOM:
                raise ValueError(f"a generator {content}")
            bits = getattr(np.random, content)()
            (bits.state,) = self._unpacked(value["state"], buffers)
            return np.random.Generator(bits)
        makers = {"tuple": tuple, "set": set, "frozenset": frozenset}
        if kind in makers:
            return makers[kind](found)
        return {"complex": complex, "slice": slice, "range": range}[kind](*found)


def snapshot(value: Any) -> Any:
    """Keep what an argument is, if a function can change it.

    Parameters
    ----------
    value : Any
        An argument.

    Returns
    -------
    Any
        A copy that `same` compares; None for what cannot be changed.
    """
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, np.random.Generator):
        return repr(value.bit_generator.state)
    if isinstance(value, (list, set, dict)):
        return [*map(_identity, value.items() if isinstance(value, dict) else value)]
    return None


def same(before: Any, after: Any) -> bool:
    """Tell whether an argument is what it was.

    Parameters
    ----------
    before : Any
        What `snapshot` kept.
    after : Any
        The argument.

    Returns
    -------
    bool
        Whether it is; containers by the objects in them.
    """
    now = snapshot(after)
    if not isinstance(before, np.ndarray):
        return before == now
    return before.shape == now.shape and before.tobytes() == now.tobytes()


def put(value: Any, into: Any) -> None:
    """Make an argument what it is on the other side.

    Parameters
    ----------
    value : Any
        What came back.
    into : Any
        The argument here.

    Raises
    ------
    Nonsense
        If the two are not of one kind.
    """
    if type(value) is not type(into):
        raise Nonsense("an argument that became another kind of thing")
    if isinstance(into, np.ndarray):
        if value.shape != into.shape or value.dtype != into.dtype:
            raise Nonsense("an array that became another one")
        into[...] = value
    elif isinstance(into, np.random.Generator):
        into.bit_generator.state = value.bit_generator.state
    elif isinstance(into, list):
        into[:] = value
    elif isinstance(into, (set, dict)):
        into.clear()
        into.update(value)


def _identity(value: Any) -> Any:
    """Say by what an element is compared: its value where that is plain, else the object."""
    if isinstance(value, (bool, int, float, str, bytes)) or value is None:
        return value
    if isinstance(value, (tuple, list)):
        return [_identity(each) for each in value]
    if isinstance(value, dict):
        return [[_identity(each) for each in pair] for pair in value.items()]
    return id(value)


def _of_tensor(value: Any) -> np.ndarray | None:
    """Take a backend's tensor, or the like, as an array; None for what has no numbers."""
    try:
        keras = sys.modules.get("keras")
        array = np.asarray(keras.ops.convert_to_numpy(value) if keras else value)
        return array.astype(np.float32) if array.dtype.kind == "V" else array
    except Exception:  # a symbolic tensor, among others; each backend has its own error
        return None
