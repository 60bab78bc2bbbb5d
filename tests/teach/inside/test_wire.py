"""Plain data comes through the wire as it went in, and what is no message ends the conversation."""

import io
import struct

import numpy as np
import pytest

judge = pytest.importorskip("coursekit.teach.judge")
wire = pytest.importorskip("coursekit.teach.inside.wire")
sandbox = pytest.importorskip("coursekit.teach.sandbox")


@pytest.mark.parametrize(
    "value",
    [
        *(None, True, 3, -(10**400), 0.1, "ü\ud800", b"x", 2 + 1j, ..., slice(1, None, 2)),
        *((1, [2, {3, 4}]), {"a": {1: 2}, (1, 2): None}, range(3), frozenset({1})),
    ],
)
def test_plain_data_comes_back_as_it_went(value, submission):
    submission.ask("cell", source="def answer(x): return x")
    back = submission.ask("name", name="answer")(value)
    assert back == value and type(back) is type(value)


@pytest.mark.parametrize(
    "dtype", ["uint8", "float32", "float64", "bool", "complex64", "<U3", "M8[s]"]
)
def test_arrays_come_back_as_they_went(submission, dtype):
    submission.ask("cell", source="def answer(x): return x")
    array = np.arange(6).reshape(2, 3).astype(dtype)
    back = submission.ask("name", name="answer")(array)
    assert back.dtype == array.dtype and np.array_equal(back, array)
    one = submission.ask("name", name="answer")(array[0, 1])
    assert type(one) is type(array[0, 1]) and one == array[0, 1]


def test_an_array_of_objects_is_one_of_objects_here(submission):
    submission.ask("cell", source="import fractions, numpy as np")
    submission.ask("cell", source="half = np.array([[fractions.Fraction(1, 2), [1]]], object)")
    found = submission.ask("name", name="half")
    assert found.shape == (1, 2) and found[0, 0].numerator == 1 and found[0, 1] == [1]
    with pytest.raises((TypeError, ValueError)):
        found.astype(float)


class _Deaf:
    def write(self, part):
        return len(part)

    def flush(self):
        pass


def heard(content):
    """What a judge makes of bytes that come out of a box."""
    watch = sandbox.Watch(None, sandbox.Limits())
    return judge.Submission(io.BytesIO(content), _Deaf(), watch).ask("name", name="x")


def message(text, *buffers):
    head = struct.pack("!QI", len(text), len(buffers))
    return head + struct.pack(f"!{len(buffers)}Q", *map(len, buffers)) + text + b"".join(buffers)


@pytest.mark.parametrize(
    "content",
    [
        struct.pack("!QI", 1 << 60, 0),
        struct.pack("!QI", 2, 1 << 31),
        message(b"{}"),
        message(b"[1]"),
        message(b"no JSON"),
        message(b"[" * 100_000),
        message(b'{"dict": [["answer", {"array": 0, "dtype": "|O", "shape": [1]}]]}', b"12345678"),
        message(
            b'{"dict": [["answer", {"array": 0, "dtype": "<f8", "shape": [99]}]]}', b"12345678"
        ),
        message(b'{"dict": [["answer", {"array": 7, "dtype": "<f8", "shape": [1]}]]}'),
        message(b'{"dict": [["answer", {"yours": 1}]]}'),
        message(b'{"dict": [["answer", {"generator": "bytes", "state": [1]}]]}'),
        message(b'{"dict": [["answer", {"__reduce__": ["os.system", "true"]}]]}'),
        # A state of PCG64 that is no number of 128 bits: NumPy has an error of its own for it.
        message(
            b'{"dict": [["answer", {"generator": "PCG64", "state": [{"dict": [["bit_generator", '
            b'"PCG64"], ["has_uint32", 0], ["uinteger", 0], ["state", {"dict": [["inc", 5], '
            b'["state", {"int": "0x1%s"}]]}]]}]}]]}' % (b"0" * 80)
        ),
        message(b'{"dict": [["error", 5]]}'),
        message(b'{"dict": [["what", "_send"], ["of", 1]]}'),
        message(b'{"dict": [["what", "raised"]]}'),
        *(b"", b"\x00" * 12, b"\x00\x01"),
    ],
)
def test_what_is_no_message_ends_the_conversation(content):
    with pytest.raises(wire.Gone):
        heard(content)


@pytest.mark.parametrize(
    "made_up",
    [
        {"type": "a\0b", "message": "x" * 1_000_000, "file": "Cell In[1]", "line": "z"},
        {"type": "E" * 1_000_000, "message": 7, "file": ["Cell In[1]"], "line": 1},
        {"type": "Exception", "file": "Cell In[1]", "line": 10**9, "text": "\ud800" * 1_000_000},
    ],
)
def test_whatever_an_error_is_said_to_be_it_is_one_and_short(made_up):
    box = judge.Submission(io.BytesIO(), _Deaf(), sandbox.Watch(None, sandbox.Limits()))
    error = box.raised(made_up)
    assert isinstance(error, Exception)
    assert len(type(error).__name__) <= 100 and len(str(error)) <= 10_000


def test_a_box_that_asks_back_reaches_only_what_it_was_given():
    """A call of something that was never handed in is no call."""
    asked = message(
        b'{"dict": [["what", "call"], ["of", {"yours": 5}], ["arguments", []], '
        b'["named", {"dict": []}]]}'
    )
    with pytest.raises(wire.Gone):
        heard(asked)
