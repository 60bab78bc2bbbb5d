from functools import partialmethod

import keras
import pytest


@pytest.fixture(autouse=True)
def eager(monkeypatch):
    """Nothing is compiled into a graph: that takes longer than the few steps of these tests."""
    compiled = partialmethod(keras.Model.compile, run_eagerly=True)
    monkeypatch.setattr(keras.Model, "compile", compiled)
