"""The colorizers as a browser reads them: every weight as it is, shared ones once."""

import json

import numpy as np
import pytest

from coursekit.colorizer import shipped
from coursekit.tools.site import models


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Three colorizers with one array in common, and the folder that they are written to."""
    rng = np.random.default_rng(0)
    shared = rng.normal(size=(3, 5)).astype(np.float16).astype(np.float32)
    arrays = {
        name: [
            shared,
            rng.normal(size=(7,)).astype(np.float32),  # full precision
            rng.normal(size=(2, 2)).astype(np.float16).astype(np.float32),
        ]
        for name in shipped.NAMES
    }
    monkeypatch.setattr(shipped, "arrays", arrays.get)
    models.write(tmp_path)
    return tmp_path, arrays


def read(folder, file, offset, count, size):
    data = (folder / f"{file}.bin").read_bytes()[offset : offset + count * size]
    return np.frombuffer(data, {2: "<f2", 4: "<f4"}[size]).astype(np.float32)


def test_every_weight_is_read_back_as_it_was(written):
    folder, arrays = written
    described = json.loads((folder / "models.json").read_text())["models"]
    for name, given in arrays.items():
        assert described[name]["temperature"] == shipped.facts(name)["temperature"]
        for array, place in zip(given, described[name]["arrays"], strict=True):
            np.testing.assert_array_equal(read(folder, *place), array.ravel())
            assert place[1] % place[3] == 0  # a browser reads numbers only where they are aligned


def test_what_all_have_in_common_is_stored_once(written):
    folder, arrays = written
    described = json.loads((folder / "models.json").read_text())["models"]
    assert {name: [place[0] for place in each["arrays"]] for name, each in described.items()} == {
        name: [models.SHARED, name, name] for name in shipped.NAMES
    }
    assert (folder / "shared.bin").stat().st_size == 2 * 15  # in half precision


def test_the_graphs_are_those_that_ship(written):
    for name in shipped.NAMES:
        assert (written[0] / f"{name}.onnx").read_bytes() == shipped.graph(name)
