"""How exercises are found."""

import subprocess
import sys

import pytest

from coursekit.lesson import checks

# In a process of its own, since exercises once found stay.
ADDED = """
import sys
from coursekit.lesson import checks
checks.__path__.append(sys.argv[1])
print(checks.check("98.1", lambda: None).message, "98.1" in checks.names())
"""


def test_the_exercises_of_a_lesson_are_added_by_adding_their_file(tmp_path):
    (tmp_path / "lesson98.py").write_text(
        "from coursekit.lesson.checks.exercise import exercise\n"
        "@exercise('98.1', hint='Think.')\n"
        "def check(answer, rng): return 'So it is.'\n"
    )
    command = [sys.executable, "-c", ADDED, str(tmp_path)]
    assert subprocess.run(command, capture_output=True, text=True).stdout == "So it is. True\n"


def test_an_unknown_exercise_is_refused_with_the_closest():
    with pytest.raises(ValueError, match=r"no exercise '05\.9'; did you mean.*05\."):
        checks.check("05.9", 1)
    with pytest.raises(ValueError, match="did you mean"):
        checks.hint("nothing of the kind")
