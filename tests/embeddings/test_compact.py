import hashlib

import numpy as np
import pytest

from coursekit import weights
from coursekit.embeddings import compact


def test_the_weights_are_small_and_those_of_the_card():
    data = compact.WEIGHTS.read_bytes()
    assert len(data) == compact.facts()["bytes"] < 6_000_000
    assert hashlib.sha256(data).hexdigest() == compact.checksum()
    assert compact.classifier().count_params() == compact.facts()["weights"]


def test_damaged_weights_are_refused(tmp_path):
    data = bytearray(compact.WEIGHTS.read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "w.npz").write_bytes(data)
    with pytest.raises(ValueError, match="w.npz: damaged.*install coursekit again"):
        weights.load(compact.network(2), tmp_path / "w.npz", compact.checksum())


def test_an_oblong_photo_keeps_its_shape():
    seen = compact.prepare(np.zeros((1, 100, 200, 1), np.float32))
    assert seen.shape == (1, 64, 128, 1)
    assert compact.prepare(np.zeros((1, 32, 48, 1), np.float32)).shape == (1, 64, 96, 1)
