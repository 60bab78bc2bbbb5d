"""For pytest everywhere: a thread a process, and docstrings' numbers alike under every NumPy."""

import os
from collections.abc import Iterator

# Several processes share the cores: threads of each, on all of them, would wait for one another.
# Before NumPy and TensorFlow are there; kernels that tests start inherit it.
os.environ |= {
    name: "1"
    for name in (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "TF_NUM_INTRAOP_THREADS",
        "TF_NUM_INTEROP_THREADS",
    )
}

import numpy as np  # noqa: E402
import pytest  # noqa: E402


@pytest.fixture(autouse=True)
def printed_as_by_numpy_1(request: pytest.FixtureRequest) -> Iterator[None]:
    """Print 0.5 in a docstring's example, and not np.float64(0.5) as from NumPy 2 on."""
    example = isinstance(request.node, pytest.DoctestItem)
    if not example or np.lib.NumpyVersion(np.__version__) < "2.0.0":
        yield
        return
    with np.printoptions(legacy="1.25"):
        yield
