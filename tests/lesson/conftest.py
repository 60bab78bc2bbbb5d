import pytest

from coursekit.lesson import notebook


@pytest.fixture
def shown(monkeypatch):
    """What would be displayed: a list of (data, metadata)."""
    calls = []
    monkeypatch.setattr(
        notebook, "display", lambda data, metadata=None, raw=0: calls.append((data, metadata))
    )
    return calls
