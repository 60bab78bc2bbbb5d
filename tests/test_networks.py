import keras
import numpy as np
import pytest

from coursekit import networks


def convolution_parameters(inputs: int, widths: list[int]) -> int:
    """Weights and biases of a chain of 3×3 convolutions, counted from the published list of widths."""
    return sum((9 * before + 1) * after for before, after in zip([inputs, *widths], widths, strict=False))


def chain(model) -> list:
    """What a model does, layer by layer, in the words of the published recipes: filters, /2 for stride 2, up."""
    words = []
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D):
            assert layer.kernel_size == (3, 3)
            words.append(f"{layer.filters}/2" if layer.strides == (2, 2) else str(layer.filters))
        elif isinstance(layer, keras.layers.UpSampling2D):
            words.append("up")
        else:
            assert isinstance(layer, keras.layers.InputLayer | keras.layers.Dropout)
    return words


def test_alpha_is_the_published_network():
    model = networks.alpha()
    assert chain(model) == "8/2 8 16 16/2 32 32/2 up 32 up 16 up 2".split()
    assert model.count_params() == convolution_parameters(1, [8, 8, 16, 16, 32, 32, 32, 16, 2])


def test_beta_is_the_published_network():
    model = networks.beta(256)
    assert chain(model) == "64 64/2 128 128/2 256 256/2 512 256 128 up 64 up 32 2 up".split()
    assert model.count_params() == convolution_parameters(1, [64, 64, 128, 128, 256, 256, 512, 256, 128, 64, 32, 2])
    assert model.output_shape == (None, 256, 256, 2)


def test_beta_ends_in_blocks_of_two_by_two_unless_told_to_interpolate():
    L = np.random.default_rng(0).uniform(-1, 1, (1, 16, 16, 1)).astype("float32")

    def first_block_is_flat(model):
        ab = keras.ops.convert_to_numpy(model(L))[0, 6:8, 6:8, 0]
        return np.ptp(ab) == 0

    assert first_block_is_flat(networks.beta())
    assert not first_block_is_flat(networks.beta(interpolation="bilinear"))


def test_small_cnn_strides_drops_out_and_never_pools():
    model = networks.small_cnn(dropout=0.3)
    assert chain(model) == "32 64/2 64 128/2 128 up 64 up 32 2".split()
    assert [layer.rate for layer in model.layers if isinstance(layer, keras.layers.Dropout)] == [0.3, 0.3]


@pytest.mark.parametrize("make", [networks.alpha, networks.beta, networks.small_cnn])
def test_output_has_the_size_of_the_input_and_the_range_of_tanh(make):
    ab = keras.ops.convert_to_numpy(make()(np.zeros((2, 24, 40, 1), "float32")))
    assert ab.shape == (2, 24, 40, 2)
    assert np.abs(ab).max() <= 1
    assert make().layers[-1 if make is not networks.beta else -2].activation.__name__ == "tanh"
