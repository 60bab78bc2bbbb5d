"""Any network becomes a graph that ONNX Runtime runs with weights from elsewhere."""

import keras
import numpy as np
import onnx
import pytest
from packaging.version import Version

from coursekit.colorizer import light
from coursekit.tools.shipping import graphs

pytest.importorskip("tf2onnx", reason="graphs are made by tf2onnx, on TensorFlow")
pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow" or Version(keras.__version__) < Version("3.15"),
    reason="graphs are made by Keras 3.15 or newer, on TensorFlow",
)


@pytest.fixture(scope="module")
def network():
    """A network with what those of the course are made of, and a layer whose state is no weight."""
    keras.utils.set_random_seed(0)
    layers = keras.layers
    L = layers.Input((None, None, 1), name="L")
    x = layers.Conv2D(8, 3, 2, padding="same", use_bias=False)(L)
    x = layers.ReLU(6.0)(layers.BatchNormalization(moving_variance_initializer="he_normal")(x))
    low = layers.Dropout(0.5)(layers.DepthwiseConv2D(3, 2, padding="same")(x))
    known = layers.Dense(8, activation="relu")(layers.GlobalAveragePooling2D()(low))
    low = layers.Add()([low, layers.Reshape((1, 1, 8))(known)])
    up = layers.UpSampling2D(interpolation="bilinear")(low)
    beside = layers.Concatenate()([up, x, layers.Conv2DTranspose(4, 4, 2, padding="same")(low)])
    network = keras.Model(L, layers.Conv2D(2, 1)(beside))
    for weight in network.weights:  # of chance, and above 0 as variances are
        weight.assign(
            np.random.default_rng(0).uniform(0.1, 0.9, weight.shape)
            - 0.3 * ("kernel" in weight.path)
        )
    return network


@pytest.fixture(scope="module")
def exported(network):
    return graphs.graph(network)


@pytest.mark.parametrize("shape", [(1, 32, 48), (2, 64, 16), (1, 20, 28)])
def test_it_answers_as_keras_does_at_any_size(network, exported, shape):
    session = light.session(exported, network.get_weights())
    L = np.random.default_rng(1).uniform(-1, 1, (*shape, 1)).astype(np.float32)
    (got,) = session.run(None, {session.get_inputs()[0].name: L})
    expected = keras.ops.convert_to_numpy(network(L))
    np.testing.assert_allclose(got, expected, rtol=1e-4)
    assert expected.std() > 0.01  # something to differ by


def test_other_weights_of_the_same_network_need_no_other_graph(network, exported):
    other = [each * 0.5 for each in network.get_weights()]
    session = light.session(exported, other)
    L = np.zeros((1, 16, 16, 1), np.float32)
    (got,) = session.run(None, {session.get_inputs()[0].name: L})
    before = network.get_weights()
    network.set_weights(other)
    np.testing.assert_allclose(got, keras.ops.convert_to_numpy(network(L)), rtol=1e-4)
    network.set_weights(before)


def test_the_graph_holds_no_weights_but_where_they_lie_one_behind_the_other(network, exported):
    model = onnx.load_from_string(exported)
    placed = [each for each in model.graph.initializer if each.data_location == each.EXTERNAL]
    assert [tuple(each.dims) for each in placed] == [each.shape for each in network.get_weights()]
    places = [{entry.key: entry.value for entry in each.external_data} for each in placed]
    ends = np.cumsum([int(place["length"]) for place in places])
    assert [int(place["offset"]) for place in places] == [0, *ends[:-1]]
    assert sum(each.size * 4 for each in network.get_weights()) == ends[-1]
    assert len(exported) < 40_000


def test_an_enlargement_that_cannot_be_exported_is_named():
    L = keras.layers.Input((None, None, 1))
    up = keras.layers.UpSampling2D(3, interpolation="bilinear", name="threefold")(L)
    with pytest.raises(ValueError, match=r"threefold enlarges by \(3, 3\)"):
        graphs.graph(keras.Model(L, up))
