"""Pages of feedback have names that every system takes."""

import pytest

report = pytest.importorskip("coursekit.teach.report")


@pytest.mark.parametrize(
    ("student", "name"),
    [
        ("Zoë Ångström", "Zoë Ångström"),
        ("../anna\n", ".._anna_"),
        ("CON", "CON_"),
        ("nul.x", "nul.x_"),
        ("Ü" * 255, "Ü" * 100),
    ],
)
def test_a_page_is_called_as_its_student_as_far_as_systems_allow(student, name):
    assert report._plain(student) == name
