"""The filter answers as it should, on every machine that it is written for."""

import struct

import pytest

attempts = pytest.importorskip("coursekit.teach.inside.attempts")

MACHINES = [*attempts.MACHINES]


def answer(code, architecture, number, first=0):
    """Run a filter as the system does: what it answers to a call."""
    data = {attempts.ARCHITECTURE: architecture, attempts.NUMBER: number, attempts.FIRST: first}
    instructions = [struct.unpack_from("HBBI", code, at) for at in range(0, len(code), 8)]
    at = loaded = 0
    while True:
        what, yes, no, value = instructions[at]
        at += 1
        if what == attempts.RETURN:
            return value
        if what == attempts.LOAD:
            loaded = data[value]
        else:
            met = loaded == value if what == attempts.EQUAL else loaded & value
            at += yes if met else no


@pytest.fixture(params=MACHINES)
def asked(request):
    """Tells what becomes of a call by its name."""
    architecture, column = attempts.MACHINES[request.param]

    def what(name, first=0, of="program"):
        numbers = (attempts.ASKED | attempts.ABSENT)[name]
        if numbers[column] is None:
            return None
        code = getattr(attempts, of)(request.param)
        return answer(code, architecture, numbers[column], first)

    what.machine, what.column = request.param, column
    return what


def test_each_call_of_the_lists_is_asked_about_or_absent(asked):
    by_first = {"clone", "socket", "sendmsg"}
    assert {asked(name) for name in attempts.ASKED if name not in by_first} <= {attempts.ASK, None}
    absent = attempts.REFUSE | attempts.NO_SUCH_CALL
    assert {asked(name) for name in attempts.ABSENT} == {absent}


def test_other_calls_are_let_through_and_other_machines_have_none(asked):
    used = {numbers[asked.column] for numbers in (attempts.ASKED | attempts.ABSENT).values()}
    code = attempts.program(asked.machine)
    architecture = attempts.MACHINES[asked.machine][0]
    others = {*range(450)} - used
    assert {answer(code, architecture, number) for number in others} == {attempts.ALLOW}
    assert answer(code, 1, 0) == attempts.REFUSE | attempts.NOT_PERMITTED


def test_a_thread_is_let_start_and_no_program(asked):
    assert asked("clone", attempts.THREAD) == attempts.ALLOW
    assert asked("clone", 0) == attempts.ASK
    assert asked("clone", attempts.THREAD | attempts.VFORK) == attempts.ASK


def test_a_socket_is_of_a_family_that_ends_in_the_box(asked):
    answers = {family: asked("socket", family) for family in range(50)}
    let = {family for family, said in answers.items() if said == attempts.ALLOW}
    assert let == {*attempts.OWN_SOCKETS}
    assert {answers[family] for family in {*answers} - let} == {attempts.ASK}


def test_the_door_is_open_for_the_filter_and_then_shut(asked):
    assert asked("sendmsg", attempts.DOOR) == attempts.ALLOW
    assert asked("sendmsg", 5) == attempts.ASK
    shut = attempts.REFUSE | attempts.NOT_PERMITTED
    assert asked("sendmsg", attempts.DOOR, of="shutting") == shut
    assert asked("sendmsg", 5, of="shutting") == attempts.ALLOW
    assert asked("ptrace", attempts.DOOR, of="shutting") == attempts.ALLOW
