"""`--check` tells a box from none."""

import os

import boxes
import pytest

escapes = pytest.importorskip("coursekit.teach.escapes")


@pytest.mark.skipif(bool(boxes.MISSING), reason=str(boxes.MISSING))
def test_the_check_finds_all_ways_out_of_the_box_shut():
    assert [*escapes.tried(boxes.bubblewrap.Bubblewrap).values()] == [False] * 6


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a program to leave running")
def test_the_check_finds_the_ways_out_of_no_box_open():
    """Else it would say that a box is shut whose walls are not there."""
    assert [*escapes.tried(boxes.unwalled.Unwalled).values()] == [True] * 6
