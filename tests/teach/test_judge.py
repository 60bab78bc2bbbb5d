"""Tests see what answers do, through a wire that carries plain data only."""

import io
import struct
import threading

import nbformat
import numpy as np
import pytest
from small_assignment import cell

judge = pytest.importorskip("coursekit.teach.judge")
wire = pytest.importorskip("coursekit.teach.inside.wire")
unwalled = pytest.importorskip("coursekit.teach.sandbox.unwalled")
sandbox = pytest.importorskip("coursekit.teach.sandbox")


@pytest.fixture(scope="module")
def submission(tmp_path_factory):
    """A kernel to talk to; walls do not matter here."""
    box = unwalled.Unwalled(tmp_path_factory.mktemp("box"), [], sandbox.Limits(60, 2e9))
    found = judge.Submission(*box.start(), sandbox.Watch(box, box.limits))
    found._receive()
    yield found
    box.close()


@pytest.fixture
def tested(submission):
    """Runs a test on an answer: what it says, and its points."""

    def run(answer, test, given="import numpy as np", solution="def answer(*a): return 1"):
        source = nbformat.v4.new_notebook(
            cells=[
                cell(given),
                cell(solution, "x-answer", solution=True),
                cell(test, "x-tests", points=10),
            ]
        )
        submission.ask("cell", source=answer)
        verdict = judge.Judge(source, submission).run("x-tests")
        errors = [output.evalue for output in verdict.outputs if output.output_type == "error"]
        return verdict.points, "".join(errors)

    return run


@pytest.mark.parametrize(
    "value",
    [
        *(None, True, 3, -(10**400), 0.1, "ü\ud800", b"x", 2 + 1j, ..., slice(1, None, 2)),
        *((1, [2, {3, 4}]), {"a": {1: 2}, (1, 2): None}, range(3), frozenset({1})),
    ],
    ids=repr,
)
def test_plain_data_comes_back_as_it_went(tested, value, submission):
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


def test_a_function_that_changes_its_arguments_changes_those_of_the_test(tested):
    answer = """def answer(array, cache, words, rng):
    array += 1
    cache['a'] = array
    words.append('x')
    return rng.random()"""
    test = """array, cache, words, rng = np.zeros(2), {}, [], np.random.default_rng(1)
drawn = answer(array, cache, words, rng)
assert (array == 1).all() and (cache['a'] == 1).all() and words == ['x']
again = np.random.default_rng(1)
assert drawn == again.random() and rng.random() == again.random()"""
    assert tested(answer, test) == (10, "")


def test_a_function_of_the_test_is_called_where_it_is(tested):
    answer = "def answer(ask): return [ask(x) for x in (1, 2)]"
    test = "asked = []\ndef ask(x):\n    asked.append(x)\n    return 2 * x\n"
    assert tested(answer, test + "assert answer(ask) == [2, 4] and asked == [1, 2]") == (10, "")


def test_an_error_of_the_answer_has_its_class_and_its_line(tested):
    answer = "def answer(x):\n    x += 1\n    return 1 / (x - 1)"
    test = """import traceback
try:
    answer(0)
except ZeroDivisionError as error:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    raise AssertionError(f'{frame.filename.split("[")[0]} {frame.lineno} {frame.line}')"""
    points, said = tested(answer, test)
    assert points == 0 and said == "Cell In 3 return 1 / (x - 1)"


@pytest.mark.parametrize(
    "answer", ["raise SystemExit", "raise KeyboardInterrupt", "import os; os.x"]
)
def test_whatever_an_answer_raises_is_no_point_and_no_end(tested, answer):
    assert tested(f"def answer(): {answer}", "answer()")[0] == 0


def test_the_last_line_of_a_test_may_be_points_within_those_of_its_cell(tested):
    for said, points in (("4", 4), ("1e9", 10), ("-3", 0), ("float('nan')", 0), ("None", 10)):
        assert tested("answer = 1", said)[0] == points


def test_points_are_not_what_an_answer_says_they_are(tested):
    assert tested("answer = print", "assert answer is not print\nanswer")[0] == 10
    assert tested("answer = 1e9", "answer")[0] == 10


@pytest.mark.parametrize("name", ["np", "len", "given"])
def test_only_answers_come_out_of_the_box(tested, name):
    """A test's own names are the instructor's, whatever a submission calls so."""
    test = f"assert {name} is not None and {name}.__class__ is not str"
    assert tested(f"{name} = 'mine'\nanswer = 1", test, "import numpy as np\ngiven = 1") == (10, "")


def test_a_module_that_the_solution_imports_is_not_the_students(tested):
    solution = "import numpy as np\ndef answer(): return 1"
    answer = "class np:\n    allclose = lambda *a: True\ndef answer(): return 0"
    test = "assert np.allclose(answer(), 1), 'not one'"
    assert tested(answer, test, "1", solution) == (0, "not one")


def test_an_object_cannot_say_that_it_equals_a_result(tested):
    answer = """class Equal:
    def __eq__(self, other): return True
    def __array__(self, dtype=None, copy=None): return np.zeros(2)
import numpy as np
def answer(): return Equal()"""
    assert tested(answer, "assert answer() == 1")[0] == 0
    assert tested(answer, "assert np.allclose(answer(), 1)")[0] == 0
    assert tested(answer, "assert np.allclose(answer(), 0)")[0] == 10


def test_given_cells_run_only_if_a_test_needs_them(tested):
    given = "import numpy as np\nneeded = 2"
    assert tested("answer = 2", "assert answer == needed", given) == (10, "")
    assert tested("answer = 2", "assert answer == 2", "unused = 1 / 0") == (10, "")


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
        message(b'{"dict": [["what", "_send"], ["of", 1]]}'),
        message(b'{"dict": [["what", "raised"]]}'),
        *(b"", b"\x00" * 12, b"\x00\x01"),
    ],
)
def test_what_is_no_message_ends_the_conversation(content):
    with pytest.raises(wire.Gone):
        heard(content)


def test_a_box_that_asks_back_reaches_only_what_it_was_given():
    """A call of something that was never handed in is no call."""
    asked = message(
        b'{"dict": [["what", "call"], ["of", {"yours": 5}], ["arguments", []], '
        b'["named", {"dict": []}]]}'
    )
    with pytest.raises(wire.Gone):
        heard(asked)


def test_a_watch_counts_what_a_box_computes_or_sleeps_and_interrupts_it(tmp_path):
    box = unwalled.Unwalled(tmp_path, [], sandbox.Limits(3, 2e9))
    watch = sandbox.Watch(box, box.limits)
    try:
        submission = judge.Submission(*box.start(), watch)
        submission._receive()
        watch.start()
        watch.begin("cell 1")
        answer = submission.ask("cell", source="import time\ntime.sleep(60)")
        assert answer["outputs"][-1]["ename"] == "KeyboardInterrupt"
        assert watch.stopped == ["cell 1"] and watch.broken is None
    finally:
        watch.stop()
        box.close()


def test_time_in_which_others_have_the_cores_does_not_count(monkeypatch):
    """A box that wants a core and gets none, for ten of its limits."""
    watching = pytest.importorskip("coursekit.teach.sandbox.watch")
    ended, looks = threading.Event(), []

    class Starved:
        def processes(self):
            looks.append(1)
            if len(looks) > 30:
                ended.set()
            return [type("Process", (), {"pid": 1})()]

        def interrupt(self):
            raise AssertionError("it did nothing")

        kill = interrupt

    monkeypatch.setattr(watching, "EACH", 0.001)
    monkeypatch.setattr(watching, "_seconds", lambda process: 7.0)
    monkeypatch.setattr(watching, "_resident", lambda process: 0)
    monkeypatch.setattr(watching, "_wants_a_core", lambda process: True)
    watch = sandbox.Watch(Starved(), sandbox.Limits(0.003, 1))
    watch.start()
    with watch.waiting():
        assert ended.wait(30)
    watch.stop()
    assert watch.broken is None and watch.stopped == []
