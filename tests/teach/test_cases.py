"""The stored cases are what the references give, the same each time."""

import numpy as np
import pytest

from coursekit.lesson import checks
from coursekit.lesson.checks.cases import Case, file
from coursekit.teach import cases
from coursekit.teach.references import (
    assignment1,
    assignment2,
    assignment3,
    assignment4,
    assignment5,
)


@pytest.fixture(scope="module")
def remade():
    made = {}

    def of(seed):
        if seed not in made:
            made[seed] = cases.make(seed)
        return made[seed]

    return of


@pytest.fixture
def only(monkeypatch):
    """Makes cases of the exercises that it is given, and of no other."""

    def replace(found):
        for module in (assignment1, assignment2, assignment3, assignment4, assignment5):
            monkeypatch.setattr(module, "CASES", found if module is assignment1 else {})

    return replace


@pytest.mark.parametrize("folder", [cases.VISIBLE, cases.HIDDEN], ids=["visible", "hidden"])
@pytest.mark.parametrize("assignment", ["A1", "A2", "A3", "A4", "A5"])
def test_stored_cases_are_those_that_the_references_give(folder, assignment, remade):
    with np.load(file(assignment, folder)) as stored:
        made = remade(int(stored["seed"]))[assignment]
        assert set(stored.files) == set(made)
        for key, array in made.items():
            assert (stored[key].dtype, stored[key].shape) == (array.dtype, array.shape), key
            np.testing.assert_allclose(stored[key], array, rtol=1e-6, atol=1e-6, err_msg=key)


def test_every_exercise_that_compares_with_cases_has_a_reference(remade):
    made = {key.split("/")[0] for of in remade(0).values() for key in of if "/" in key}
    assert made == {name for name in checks.names() if checks.find(name).stored}


def test_another_seed_gives_other_cases(remade):
    assert not np.array_equal(
        remade(0)["A1"]["A1.1/given/first"], remade(1)["A1"]["A1.1/given/first"]
    )


def test_the_command_writes_both_folders_with_the_seed_that_is_asked_for(
    tmp_path, monkeypatch, capsys, only
):
    folders = tmp_path / "visible", tmp_path / "hidden"
    monkeypatch.setattr(cases, "VISIBLE", folders[0])
    monkeypatch.setattr(cases, "HIDDEN", folders[1])
    only({"A1.1": assignment1.CASES["A1.1"]})
    assert cases.main(["--hidden-seed", "77"]) == 0
    found = [int(np.load(folder / "assignment1.npz")["seed"]) for folder in folders]
    assert found == [0, 77] and "assignment1.npz" in capsys.readouterr().out


def test_a_case_in_which_two_mistakes_look_the_same_is_drawn_again(only):
    def of(rng):
        """A9.1: a digit and its double."""
        digit = rng.integers(3)
        return Case({"digit": digit}, {"digit": digit}, {"digit": {"doubled": 2 * digit}})

    only({"A9.1": of})
    assert set(cases.make(0)["A9"]["A9.1/given/digit"]) == {1, 2}


def test_mistakes_that_always_look_the_same_are_refused(only):
    def of(rng):
        """A9.1: one, and one."""
        return Case({}, {"one": 1}, {"one": {"also one": 1.0}})

    only({"A9.1": of})
    with pytest.raises(ValueError, match=r"A9\.1: .* the same result"):
        cases.make(0)


def test_cases_that_cannot_be_stored_together_are_refused(only):
    shapes = iter(range(2, 9))
    only({"A9.1": lambda rng: Case({"x": np.zeros(next(shapes))}, {})})
    with pytest.raises(ValueError, match=r"A9\.1: given/x has another shape"):
        cases.make(0)


def test_what_is_stored_is_small_and_needs_no_pickle():
    for folder in (cases.VISIBLE, cases.HIDDEN):
        assert sum(path.stat().st_size for path in folder.glob("*.npz")) < 400_000
        for path in folder.glob("*.npz"):
            with np.load(path, allow_pickle=False) as stored:
                assert all(stored[key].dtype.kind in "biuf" for key in stored.files)
