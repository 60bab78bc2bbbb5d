"""The checker names exactly the fault that a fixture is named for, and no fault in any lesson."""

from pathlib import Path

import checker
import pytest

ROOT = Path(__file__).parents[2]
FIXTURES = {
    path.stem: path for path in sorted((Path(__file__).parent / "fixtures").glob("*.ipynb"))
}
FAULTLESS = FIXTURES.pop("faultless")
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def test_a_faultless_notebook_has_no_fault():
    assert checker.check(FAULTLESS, ROOT) == []


@pytest.mark.parametrize("name", FIXTURES)
def test_a_fixture_has_the_one_fault_that_it_is_named_for(name):
    assert [fault.name for fault in checker.check(FIXTURES[name], ROOT)] == [name]


def test_every_rule_has_a_fixture():
    assert {rule.__name__ for rule in checker.RULES} == set(FIXTURES)


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_has_no_fault(path):
    faults = checker.check(path, ROOT)
    assert not faults, "\n".join(
        f"cell {fault.cell}: {fault.name}: {fault.message}" for fault in faults
    )


def test_the_checker_says_where_a_fault_is():
    (fault,) = checker.check(FIXTURES["broken_link"], ROOT)
    assert fault.cell == 2 and "../chequer.py" in fault.message
