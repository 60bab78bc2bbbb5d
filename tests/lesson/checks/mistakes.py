"""What each file of tests of checks does with its (exercise, misconception, wrong answer)."""

import pytest

from coursekit.lesson import checks


def named(mistakes, check=checks.check):
    """A test for each mistake: the check calls it by its own name, on whatever inputs.

    With the check of hidden tests only where there are hidden cases: elsewhere it is the same
    check.
    """
    if check != checks.check:
        mistakes = [mistake for mistake in mistakes if checks.find(mistake[0]).stored]
    ids = [f"{name} {misconception}" for name, misconception, _ in mistakes]

    @pytest.mark.parametrize(("name", "misconception", "answer"), mistakes, ids=ids)
    def test(name, misconception, answer):
        for seed in range(5):
            result = check(name, answer, seed)
            assert (result.status, result.misconception) == (checks.NOT_YET, misconception), result

    return test


def enough(part, mistakes):
    """A test that no exercise of a lesson was forgotten: two mistakes each, of different names."""

    def test():
        of = {
            name: [m for n, m, _ in mistakes if n == name]
            for name in checks.names()
            if name.startswith(part)
        }
        assert of and all(len(set(found)) >= 2 for found in of.values()), of

    return test
