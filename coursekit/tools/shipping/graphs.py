"""The networks of the colorizers that ship, as ONNX graphs without weights: NAME.onnx.

``python -m coursekit.tools.shipping.graphs`` makes them and proves each against Keras. It is needed
when a network changes, not when its weights do.

Three ways were open. To write the graph by hand, node by node, is a second definition of each
network. To ship ONNX files with their weights beside those of Keras doubles what the package
weighs, or makes Keras read ONNX. The third keeps one file of weights: Keras exports the network as
a function of its weights, so that none is folded into another, and what was an input of that
function becomes an initializer that is stored elsewhere. ONNX Runtime gets its values when it
starts, and folds then. The places, should somebody read them as one file, are those of all weights
in float32, one behind the other.

It needs Keras 3.15 or newer on TensorFlow, and tf2onnx (``pip install "coursekit[test]"``).
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import keras
import numpy as np
import onnx
from keras import layers, ops

from coursekit import colorizer, files
from coursekit.colorizer import light, shipped

OPSET = 17
# Height and width in pixels: square, wide, high, and where levels are rounded up.
TRIED = ((96, 96), (64, 128), (160, 96), (112, 80))
# The largest difference from Keras, as a share of the largest answer.
ALLOWED = 1e-4


class _Function(keras.Model):
    """A network as a function of L and of its weights."""

    def __init__(self, network: keras.Model):
        super().__init__(name=network.name)
        self.network = network

    def call(self, given: list[keras.KerasTensor]) -> keras.KerasTensor:
        L, *values = given
        known = dict(zip(map(id, self.network.weights), values, strict=True))
        # The states of random generators are no weights: nothing is dropped in an answer.
        trainable, other = (
            [known.get(id(variable), variable.value) for variable in variables]
            for variables in (
                self.network.trainable_variables,
                self.network.non_trainable_variables,
            )
        )
        return self.network.stateless_call(trainable, other, L, training=False)[0]


class _Doubled(layers.Layer):
    """Bilinear `UpSampling2D` by 2: Keras' own refuses sizes that are not known."""

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        for axis in (1, 2):
            here = ops.moveaxis(x, axis, 1)
            before = ops.concatenate([here[:, :1], here[:, :-1]], axis=1)
            after = ops.concatenate([here[:, 1:], here[:, -1:]], axis=1)
            both = ops.stack([0.75 * here + 0.25 * before, 0.75 * here + 0.25 * after], axis=2)
            x = ops.reshape(both, (-1, 2 * ops.shape(here)[1], *ops.shape(here)[2:]))
            x = ops.moveaxis(x, 1, axis)
        return x

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        height, width = (side and 2 * side for side in shape[1:3])
        return (shape[0], height, width, shape[3])


def graph(network: keras.Model) -> bytes:
    """Export a network without its weights.

    Parameters
    ----------
    network : keras.Model
        From L scaled to −1…1, (N, H, W, 1), of any height and width.

    Returns
    -------
    bytes
        An ONNX model. Its initializers are named by their number in ``network.get_weights()``.
    """
    network = keras.models.clone_model(network, clone_function=_exportable, recursive=True)
    shapes = [tuple(weight.shape) for weight in network.weights]
    specs = [keras.InputSpec(shape=(None, None, None, 1), dtype="float32", name="L")]
    specs += [
        keras.InputSpec(shape=shape, dtype="float32", name=_name(number))
        for number, shape in enumerate(shapes)
    ]
    function = _Function(network)
    function([np.zeros((1, 64, 64, 1), np.float32), *network.get_weights()])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "network.onnx")
        function.export(
            path, format="onnx", input_signature=[specs], opset_version=OPSET, verbose=False
        )
        model = onnx.load(path)
    onnx.checker.check_model(model)
    _place(model, shapes)
    return model.SerializeToString()


def _exportable(layer: layers.Layer) -> layers.Layer:
    if isinstance(layer, layers.UpSampling2D) and layer.interpolation == "bilinear":
        if tuple(layer.size) != (2, 2):
            raise ValueError(f"{layer.name} enlarges by {layer.size}; only 2 can be exported")
        return _Doubled(name=layer.name)
    return layer


def _name(number: int) -> str:
    return f"{number:03}"


def _place(model: onnx.ModelProto, shapes: list[tuple[int, ...]]) -> None:
    """Make initializers without values of the inputs that are weights."""
    inputs = {each.name: each for each in model.graph.input}
    offset = 0
    for number, shape in enumerate(shapes):
        name, length = _name(number), 4 * int(np.prod(shape))
        model.graph.input.remove(inputs[name])
        places = {"location": "weights", "offset": offset, "length": length}
        model.graph.initializer.append(
            onnx.TensorProto(
                name=name,
                data_type=onnx.TensorProto.FLOAT,
                dims=shape,
                data_location=onnx.TensorProto.EXTERNAL,
                external_data=[
                    onnx.StringStringEntryProto(key=key, value=str(value))
                    for key, value in places.items()
                ],
            )
        )
        offset += length


def difference(network: keras.Model, data: bytes) -> float:
    """Compare a graph with its network in Keras, before anything is decoded or rounded.

    Parameters
    ----------
    network : keras.Model
        With its weights.
    data : bytes
        As `graph` gives it.

    Returns
    -------
    float
        The largest difference, as a share of the largest answer, over sizes of `TRIED`.
    """
    session = light.session(data, network.get_weights())
    rng, worst = np.random.default_rng(0), 0.0
    for size in TRIED:
        L = rng.uniform(-1, 1, (2, *size, 1)).astype(np.float32)
        expected = ops.convert_to_numpy(network(L))
        (got,) = session.run(None, {session.get_inputs()[0].name: L})
        worst = max(worst, float(np.abs(got - expected).max() / np.abs(expected).max()))
    return worst


def main() -> None:
    """Make the graphs of the names given, or of all, and compare them.

    Raises
    ------
    ValueError
        If a graph does not answer as Keras does; its file stays, to be looked at.
    """
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="such as vivid; all by default")
    for name in parser.parse_args().names or colorizer.NAMES:
        network = shipped.build(name).network
        data = graph(network)
        files.write(shipped.FOLDER / f"{name}.onnx", data)
        found = difference(network, data)
        print(f"{name}: {len(data):,} bytes, differs from Keras by {found:.1e}")
        if not found <= ALLOWED:
            raise ValueError(f"{name}: the graph differs from Keras by more than {ALLOWED}")


if __name__ == "__main__":
    main()
