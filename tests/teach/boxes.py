"""The box that tests grade in: with walls where the system allows them."""

import os

import pytest

bubblewrap = pytest.importorskip("coursekit.teach.sandbox.bubblewrap")
unwalled = pytest.importorskip("coursekit.teach.sandbox.unwalled")

MISSING = bubblewrap.missing()
# Continuous integration says where the box has to be.
assert not (MISSING and os.environ.get("COURSEKIT_BOX")), MISSING
BOX = unwalled.Unwalled if MISSING else bubblewrap.Bubblewrap
