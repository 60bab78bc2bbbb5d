"""Tests run without a network beyond this machine, without a screen, on the smallest profile."""

import contextlib
import os
from pathlib import Path

import pytest

REAL = os.environ.get("COURSEKIT_DATA", "")  # before tests get caches of their own

os.environ |= {
    "COURSEKIT_OFFLINE": "1",
    "COURSEKIT_PROFILE": "smoke",
    "MPLBACKEND": "Agg",
    "TF_CPP_MIN_LOG_LEVEL": "2",
}


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache folder; nothing of the user's own is read or written."""
    for variable in ("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(variable, str(tmp_path / "home"))
    monkeypatch.setenv("COURSEKIT_DATA", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def killed():
    """A context in which a training that notes its seconds is killed as its second epoch begins."""
    from coursekit import training

    begins = training.Seconds.on_epoch_begin

    def kill(self, epoch, logs=None):
        if epoch == 1:
            raise KeyboardInterrupt
        begins(self, epoch, logs)

    @contextlib.contextmanager
    def context():
        with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(training.Seconds, "on_epoch_begin", kill)
            yield

    return context


@pytest.fixture(scope="session")
def real():
    """The cache with real sets, of those who have one; skips for a set that is not in it."""

    def location(name: str) -> Path:
        if not REAL or not (Path(REAL) / name / "manifest.csv").is_file():
            pytest.skip(f"COURSEKIT_DATA has no {name}")
        return Path(REAL)

    return location
