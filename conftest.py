"""For pytest everywhere: examples in docstrings print numbers alike under every NumPy."""

from collections.abc import Iterator

import numpy as np
import pytest


@pytest.fixture(autouse=True)
def printed_as_by_numpy_1(request: pytest.FixtureRequest) -> Iterator[None]:
    """Print 0.5 in a docstring's example, and not np.float64(0.5) as from NumPy 2 on."""
    example = isinstance(request.node, pytest.DoctestItem)
    if not example or np.lib.NumpyVersion(np.__version__) < "2.0.0":
        yield
        return
    with np.printoptions(legacy="1.25"):
        yield
