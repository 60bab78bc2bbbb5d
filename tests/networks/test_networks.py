import keras
import numpy as np
import pytest

from coursekit import networks


def convolution_parameters(inputs: int, widths: list[int]) -> int:
    """Weights and biases of a chain of 3×3 convolutions, counted from the published widths."""
    return sum(
        (9 * before + 1) * after for before, after in zip([inputs, *widths], widths, strict=False)
    )


def chain(model) -> list:
    """What a model does, layer by layer, in the words of the published recipes.

    Filters, T before them for a transposed convolution, /2 for stride 2, d2 for dilation 2, the
    kernel's side where it is not 3; up, pool, norm, drop.
    """
    words = []
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D | keras.layers.Conv2DTranspose):
            side = layer.kernel_size[0]
            assert layer.kernel_size == (side, side)
            assert layer.padding == "same" or side == 1
            words.append(
                "".join(
                    [
                        "T" if isinstance(layer, keras.layers.Conv2DTranspose) else "",
                        str(layer.filters),
                        f"/{layer.strides[0]}" if layer.strides != (1, 1) else "",
                        f"d{layer.dilation_rate[0]}" if layer.dilation_rate != (1, 1) else "",
                        f"({side})" if side != 3 else "",
                    ]
                )
            )
        elif isinstance(layer, keras.layers.UpSampling2D):
            words.append("up")
        elif isinstance(layer, keras.layers.MaxPooling2D):
            words.append("pool")
        elif isinstance(layer, keras.layers.BatchNormalization):
            words.append("norm")
        elif isinstance(layer, keras.layers.Dropout):
            words.append("drop")
        else:
            assert isinstance(layer, keras.layers.InputLayer)
    return words


def predict(model, height: int, width: int, training: bool = False) -> np.ndarray:
    """The model's output for two grey noise photos."""
    L = np.random.default_rng(0).uniform(-1, 1, (2, height, width, 1)).astype("float32")
    return keras.ops.convert_to_numpy(model(L, training=training))


def test_alpha_is_the_published_network():
    model = networks.alpha()
    assert chain(model) == "8/2 8 16 16/2 32 32/2 up 32 up 16 up 2".split()
    assert model.count_params() == convolution_parameters(1, [8, 8, 16, 16, 32, 32, 32, 16, 2])


def test_beta_is_the_published_network():
    model = networks.beta(256)
    assert chain(model) == "64 64/2 128 128/2 256 256/2 512 256 128 up 64 up 32 2 up".split()
    widths = [64, 64, 128, 128, 256, 256, 512, 256, 128, 64, 32, 2]
    assert model.count_params() == convolution_parameters(1, widths)
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
    assert chain(model) == "32 64/2 64 128/2 128 drop up 64 drop up 32 2".split()
    assert [layer.rate for layer in model.layers if isinstance(layer, keras.layers.Dropout)] == [
        0.3,
        0.3,
    ]


@pytest.mark.parametrize("make", [networks.alpha, networks.beta, networks.small_cnn])
def test_output_has_the_size_of_the_input_and_the_range_of_tanh(make):
    ab = keras.ops.convert_to_numpy(make()(np.zeros((2, 24, 40, 1), "float32")))
    assert ab.shape == (2, 24, 40, 2)
    assert np.abs(ab).max() <= 1
    assert make().layers[-1 if make is not networks.beta else -2].activation.__name__ == "tanh"


# The published network, and the number of convolution parameters that its authors' weights have.
COLORFUL = """64 64/2 norm 128 128/2 norm 256 256 256/2 norm 512 512 512 norm 512d2 512d2 512d2 norm
              512d2 512d2 512d2 norm 512 512 512 norm T256/2(4) 256 256 313(1)""".split()
COLORFUL_PARAMETERS = 32_230_393


@pytest.fixture(scope="module")
def colorful():
    return networks.colorful()


def test_colorful_is_the_published_network(colorful):
    assert chain(colorful) == COLORFUL
    assert colorful.compute_output_shape((1, 256, 256, 1)) == (1, 64, 64, 313)


def test_colorful_has_the_published_number_of_convolution_parameters(colorful):
    blocks = convolution_parameters(1, [64] * 2 + [128] * 2 + [256] * 3 + [512] * 12)
    transposed = 4 * 4 * 512 * 256 + 256
    published = blocks + transposed + convolution_parameters(256, [256, 256]) + (256 + 1) * 313
    built = sum(
        layer.count_params() for layer in colorful.layers if not layer.name.startswith("norm")
    )
    assert published == built == COLORFUL_PARAMETERS


def test_colorful_gives_logits_every_other_layer_is_rectified(colorful):
    activations = [
        layer.activation.__name__ for layer in colorful.layers if hasattr(layer, "activation")
    ]
    assert activations == ["relu"] * (len(activations) - 1) + ["linear"]
    logits = predict(colorful, 16, 16)
    assert np.isfinite(logits).all()
    assert logits.min() < 0 < logits.max()


SMALL = "32/2 norm 64/2 norm 128/2 norm 128d2 128d2 norm 128d2 128d2 norm T128/2(4) 313(1)".split()


def test_small_colorful_keeps_the_ideas_of_the_full_one():
    model = networks.small_colorful(size=64)
    assert chain(model) == SMALL
    assert model.output_shape == (None, 16, 16, 313)
    assert model.count_params() < COLORFUL_PARAMETERS / 25


@pytest.mark.parametrize(
    "make, published", [(networks.colorful, COLORFUL), (networks.small_colorful, SMALL)]
)
def test_a_modification_changes_what_it_says_and_nothing_else(make, published):
    transposed = next(word for word in published if word.startswith("T"))
    at = published.index(transposed)
    assert chain(make(reduction=8)) == published[:at] + published[at + 1 :]
    assert chain(make(reduction=2)) == published[: at + 1] + published[at:]
    with_dropout = make(dropout=0.3)
    assert chain(with_dropout) == " ".join(published).replace("norm", "norm drop").split()
    assert {
        layer.rate for layer in with_dropout.layers if isinstance(layer, keras.layers.Dropout)
    } == {0.3}
    assert chain(make(l2=0.01)) == published


@pytest.mark.parametrize("reduction", [2, 4, 8])
def test_the_output_is_smaller_by_the_reduction(reduction):
    logits = predict(networks.small_colorful(outputs=20, reduction=reduction), 24, 40)
    assert logits.shape == (2, 24 // reduction, 40 // reduction, 20)


def test_less_depth_takes_convolutions_out_of_blocks_but_neither_strides_nor_dilation():
    short = "32/2 norm 64/2 norm 128/2 norm 128d2 norm 128d2 norm T128/2(4) 313(1)"
    assert chain(networks.small_colorful(depth=1)) == short.split()
    fewer = networks.colorful(depth=2)
    assert chain(fewer).count("512d2") == 4
    assert [word for word in chain(fewer) if "/2" in word] == [
        word for word in COLORFUL if "/2" in word
    ]


def test_l2_adds_the_squared_kernels_to_the_loss():
    model = networks.small_colorful(l2=0.01)
    kernels = [
        keras.ops.convert_to_numpy(layer.kernel)
        for layer in model.layers
        if hasattr(layer, "kernel")
    ]
    expected = 0.01 * sum((kernel.astype(float) ** 2).sum() for kernel in kernels)
    assert float(sum(model.losses)) == pytest.approx(expected, rel=1e-5)
    assert networks.small_colorful().losses == []


def test_regression_and_classification_start_from_the_same_body():
    def body(**options):
        keras.utils.set_random_seed(3)
        model = networks.small_colorful(**options)
        return [
            keras.ops.convert_to_numpy(weight)
            for layer in model.layers[:-1]
            for weight in layer.weights
        ]

    classifier, regression = body(), body(outputs=2, activation="tanh")
    assert any(weight.std() > 0 for weight in classifier)
    for one, other in zip(classifier, regression, strict=True):
        np.testing.assert_array_equal(one, other)


def test_small_colorful_serves_regression():
    ab = predict(networks.small_colorful(outputs=2, activation="tanh"), 16, 16)
    assert ab.shape == (2, 4, 4, 2)
    assert np.abs(ab).max() <= 1


@pytest.mark.parametrize("bad", [{"reduction": 3}, {"reduction": 1}, {"depth": 0}])
def test_an_impossible_modification_is_named(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        networks.small_colorful(**bad)


STUDY = "8/2 8 16 16/2 32 32/2 up 32 up 16 up".split()


def study(number: int, **options):
    return networks.study(**networks.SIX_MODELS[number], **options)


def test_the_first_model_of_the_study_is_a_regression_on_its_base_network():
    model = study(1)
    assert chain(model) == [*STUDY, "2"]
    assert model.count_params() == convolution_parameters(1, [8, 8, 16, 16, 32, 32, 32, 16, 2])
    assert np.abs(predict(model, 16, 24)).max() <= 1


@pytest.mark.parametrize("number", [2, 3])
def test_its_second_and_third_put_two_times_sixteen_bins_on_the_same_network(number):
    assert chain(study(number)) == [*STUDY, "32"]
    assert study(number).layers[-1].activation.__name__ == "linear"


def test_its_fourth_swaps_each_upsampling_for_a_transposed_convolution():
    model = study(4)
    assert chain(model) == "8/2 8 16 16/2 32 32/2 T32/2 32 T32/2 16 T16/2 32".split()
    more = convolution_parameters(32, [32, 32]) + convolution_parameters(16, [16])
    assert model.count_params() - study(3).count_params() == more


@pytest.mark.parametrize("number, plain", [(5, 3), (6, 4)])
def test_its_fifth_and_sixth_regularise_each_hidden_convolution(number, plain):
    expected = [
        word
        for layer in chain(study(plain))[:-1]
        for word in ([layer] if layer == "up" else [layer, "norm", "drop"])
    ]
    assert chain(study(number)) == [*expected, "32"]
    assert {
        layer.rate for layer in study(number).layers if isinstance(layer, keras.layers.Dropout)
    } == {0.25}


@pytest.mark.parametrize("number", networks.SIX_MODELS)
def test_every_model_of_the_study_answers_each_pixel_with_finite_numbers(number):
    assert study(number, size=64).output_shape == (None, 64, 64, 2 if number == 1 else 32)
    answer = predict(study(number), 16, 24)
    assert answer.shape == (2, 16, 24, 2 if number == 1 else 32)
    assert np.isfinite(answer).all()


def test_the_study_can_be_built_as_its_code_was():
    assert predict(study(1, activation="relu"), 16, 16).min() >= 0
    a_and_b = predict(study(2, activation="sigmoid"), 16, 16)
    assert 0 < a_and_b.min() < a_and_b.max() < 1


SAVED_AND_TRAINED = {
    "small_colorful": networks.small_colorful,
    "its regression": lambda: networks.small_colorful(2, "tanh"),
    "modified": lambda: networks.small_colorful(reduction=2, depth=1, dropout=0.2, l2=1e-3),
    "study 1": lambda: study(1),
    "study 6": lambda: study(6),
}


@pytest.mark.parametrize("make", SAVED_AND_TRAINED.values(), ids=SAVED_AND_TRAINED)
def test_a_network_comes_back_from_disk_as_it_was(make, tmp_path):
    model = make()
    model.save(tmp_path / "network.keras")
    loaded = keras.saving.load_model(tmp_path / "network.keras", safe_mode=True)
    assert chain(loaded) == chain(model)
    np.testing.assert_array_equal(predict(loaded, 16, 16), predict(model, 16, 16))


@pytest.mark.parametrize("make", SAVED_AND_TRAINED.values(), ids=SAVED_AND_TRAINED)
def test_training_reaches_every_kernel_of_a_network(make, step_by_step):
    model = make()
    model.compile("sgd", "mse", jit_compile=False)
    before = {
        layer.name: keras.ops.convert_to_numpy(layer.kernel)
        for layer in model.layers
        if hasattr(layer, "kernel")
    }
    L = np.random.default_rng(0).uniform(-1, 1, (2, 16, 16, 1)).astype("float32")
    model.train_on_batch(L, np.ones(model(L).shape, "float32"))
    still = [
        name
        for name, kernel in before.items()
        if np.array_equal(kernel, keras.ops.convert_to_numpy(model.get_layer(name).kernel))
    ]
    assert not still
    assert np.isfinite(predict(model, 16, 16)).all()


def test_efficientnet_lite0_has_the_weights_of_its_published_table():
    # Kernel, expansion, filters and repeats of the stages of EfficientNet-B0, without squeeze-and-
    # excite; four numbers a channel for each batch norm.
    before, by_hand = 32, 9 * 32 + 4 * 32
    for kernel, expansion, filters, repeats in [
        (3, 1, 16, 1),
        (3, 6, 24, 2),
        (5, 6, 40, 2),
        (3, 6, 80, 3),
        (5, 6, 112, 3),
        (5, 6, 192, 4),
        (3, 6, 320, 1),
    ]:
        for _ in range(repeats):
            wide = expansion * before
            by_hand += (before * wide + 4 * wide) * (expansion > 1)
            by_hand += (kernel**2 + 4) * wide + wide * filters + 4 * filters
            before = filters
    by_hand += 320 * 1280 + 4 * 1280 + (1280 + 1) * 1000
    assert networks.efficientnet_lite0().count_params() == by_hand
    assert networks.efficientnet_lite0(channels=3).count_params() == by_hand + 2 * 9 * 32
    with pytest.raises(ValueError, match="channels must be 1"):
        networks.efficientnet_lite0(channels=2)


def random(*shape) -> np.ndarray:
    return np.random.default_rng(1).uniform(-1, 1, shape).astype("float32")


def test_fusion_is_the_published_network_in_its_parts():
    model = networks.fusion(size=256)
    encoder, fused, decoder = (model.get_layer(name) for name in ("encoder", "fusion", "decoder"))
    assert chain(encoder) == "64/2 128 128/2 256 256/2 512 512 256".split()
    assert encoder.output_shape == (None, 32, 32, 256)
    assert fused.get_layer("fuse").output.shape == (None, 32, 32, 1256)
    assert fused.output_shape == (None, 32, 32, 256)
    assert chain(decoder) == "128 up 64 up 32 16 2 up".split()
    assert model.output_shape == (None, 256, 256, 2)


def test_fusion_has_the_weights_of_its_recipe_and_the_size_on_disk_that_was_published():
    by_hand = (
        convolution_parameters(1, [64, 128, 128, 256, 256, 512, 512, 256])
        + (1256 + 1) * 256
        + convolution_parameters(256, [128, 64, 32, 16, 2])
    )
    assert networks.fusion().count_params() == by_hand
    with_both_moments_of_adam = 3 * 4 * by_hand
    assert round(with_both_moments_of_adam / 2**20, 1) == 74.9


def test_fusion_repeats_the_embedding_at_every_place_beside_the_features():
    model = networks.fusion(embedding=5, width=1 / 8)
    features, embedding = random(2, 3, 4, 32), random(2, 5)
    fused = keras.ops.convert_to_numpy(
        model.get_layer("fusion").get_layer("fuse")(features, embedding)
    )
    np.testing.assert_array_equal(fused[..., :32], features)
    np.testing.assert_array_equal(
        fused[..., 32:], np.broadcast_to(embedding[:, None, None], (2, 3, 4, 5))
    )


@pytest.mark.parametrize("height, width", [(8, 8), (24, 40), (64, 64)])
def test_fusion_takes_any_size_divisible_by_8_and_embeddings_of_any_width(height, width):
    model = networks.fusion(embedding=7, width=1 / 8)
    ab = model([random(2, height, width, 1), random(2, 7)])
    assert ab.shape == (2, height, width, 2)
    assert np.abs(keras.ops.convert_to_numpy(ab)).max() <= 1


def test_fusion_at_half_width_has_half_the_filters_everywhere_but_in_the_output():
    model = networks.fusion(width=1 / 2)
    assert chain(model.get_layer("encoder")) == "32/2 64 64/2 128 128/2 256 256 128".split()
    assert chain(model.get_layer("decoder")) == "64 up 32 up 16 8 2 up".split()
    assert model.get_layer("fusion").output_shape[-1] == 128


def test_a_signal_keeps_its_size_through_the_encoder_of_fusion():
    keras.utils.set_random_seed(0)
    encoder = networks.fusion(embedding=3, width=1 / 4).get_layer("encoder")
    seen = random(4, 64, 64, 1)
    features = keras.ops.convert_to_numpy(encoder(seen))
    # Started with Keras' own choice, eight ReLUs leave a hundredth of it.
    assert (features**2).mean() ** 0.5 > 0.1 * (seen**2).mean() ** 0.5


def test_training_reaches_every_part_of_fusion_and_it_comes_back_from_disk_as_it_was(
    tmp_path, step_by_step
):
    model = networks.fusion(embedding=3, width=1 / 8)
    model.compile("sgd", "mse", jit_compile=False)
    before = model.get_weights()
    inputs = [random(2, 16, 16, 1), random(2, 3)]
    model.train_on_batch(inputs, np.ones((2, 16, 16, 2), "float32"))
    assert not [
        w.shape
        for w, was in zip(model.get_weights(), before, strict=True)
        if np.array_equal(w, was)
    ]
    model.save(tmp_path / "fusion.keras")
    loaded = keras.saving.load_model(tmp_path / "fusion.keras", safe_mode=True)
    np.testing.assert_array_equal(*map(keras.ops.convert_to_numpy, (model(inputs), loaded(inputs))))


VGG = "64 pool 128 128 pool 256 256 256 256 pool 512 512 512 512 pool 512 512 512 512"


def test_vgg_skip_is_vgg_19_between_its_own_convolution_and_transposed_ones():
    model = networks.vgg_skip(weights=None)
    encoder, vgg = (
        model.get_layer("encoder"),
        keras.applications.VGG19(include_top=False, weights=None),
    )
    assert chain(encoder) == VGG.split()
    assert (
        encoder.count_params() == vgg.count_params() - vgg.get_layer("block1_conv1").count_params()
    )
    own = model.get_layer("own_convolution")
    assert (own.filters, own.kernel_size, own.activation.__name__) == (64, (3, 3), "relu")
    transposed = [
        layer for layer in model.layers if isinstance(layer, keras.layers.Conv2DTranspose)
    ]
    assert [(layer.filters, layer.kernel_size) for layer in transposed] == [
        (512, (3, 3)),
        (256, (3, 3)),
        (2, (3, 3)),
    ]
    assert {layer.activation.__name__ for layer in transposed} == {"linear"}
    assert own.count_params() == convolution_parameters(1, [64])
    assert sum(layer.count_params() for layer in transposed) == convolution_parameters(
        512, [512, 256, 2]
    )


def test_vgg_skip_sums_with_pool4_and_pool3_unless_told_not_to():
    L = random(2, 32, 48, 1)
    model = networks.vgg_skip(None, width=1 / 8)
    known = model.get_layer("encoder")(model.get_layer("own_convolution")(L))
    assert [tuple(known[name].shape[1:3]) for name in ("pool3", "pool4", "relu5_4")] == [
        (4, 6),
        (2, 3),
        (2, 3),
    ]
    x = model.get_layer("transposed1")(known["relu5_4"]) + known["pool4"]
    x = model.get_layer("transposed2")(x) + known["pool3"]
    expected = model.get_layer("enlarge")(model.get_layer("transposed3")(x))
    assert expected.shape == (2, 32, 48, 2)
    np.testing.assert_allclose(*map(keras.ops.convert_to_numpy, (model(L), expected)), atol=1e-6)
    without = networks.vgg_skip(None, skips=("pool4",), width=1 / 8)
    assert [layer.name for layer in without.layers if isinstance(layer, keras.layers.Add)] == [
        "sum_pool4"
    ]
    assert without.count_params() == model.count_params()


def test_a_gain_of_vgg_skip_normalises_each_pool_and_scales_it():
    L = random(4, 32, 32, 1)
    loud, scaled, off = (networks.vgg_skip(None, width=1 / 8, gain=gain) for gain in (None, 2, 0))
    known = scaled.get_layer("encoder")(scaled.get_layer("own_convolution")(L))
    found = keras.ops.convert_to_numpy(
        scaled.get_layer("norm_pool3")(100 * known["pool3"], training=True)
    )
    np.testing.assert_allclose(found.mean(axis=(0, 1, 2)), 0, atol=1e-3)
    assert found.std(axis=(0, 1, 2)).max() == pytest.approx(2, abs=0.01)
    # Off, the answer is that of a network without skips.
    without = networks.vgg_skip(None, skips=(), width=1 / 8)
    without.set_weights(loud.get_weights())
    for part in ("own_convolution", "encoder", "transposed1", "transposed2", "transposed3"):
        off.get_layer(part).set_weights(loud.get_layer(part).get_weights())
    np.testing.assert_allclose(
        *(keras.ops.convert_to_numpy(network(L)) for network in (off, without)), atol=1e-6
    )


def test_he_initialisation_keeps_the_signal_of_vgg_skip_that_the_usual_one_loses():
    L = random(2, 32, 32, 1)

    def kept(initializer):
        keras.utils.set_random_seed(0)
        network = networks.vgg_skip(None, width=1 / 4, initializer=initializer)
        own = network.get_layer("own_convolution")(L)
        return float(
            keras.ops.std(network.get_layer("encoder")(own)["relu5_4"]) / keras.ops.std(own)
        )

    assert kept("glorot_uniform") < 1 / 100
    assert kept("he_normal") > 1 / 10


@pytest.mark.parametrize("frozen", [False, True])
def test_a_frozen_encoder_stays_as_it_is_while_all_else_learns(frozen, step_by_step):
    model = networks.vgg_skip(None, frozen=frozen, width=1 / 8)
    model.compile("sgd", "mse", jit_compile=False)
    before = {layer.name: layer.get_weights() for layer in model.layers if layer.weights}
    model.train_on_batch(random(2, 32, 32, 1), np.ones((2, 32, 32, 2), "float32"))
    learnt = {
        name
        for name, was in before.items()
        if not all(map(np.array_equal, model.get_layer(name).get_weights(), was))
    }
    others = {"own_convolution", "transposed1", "transposed2", "transposed3"}
    assert learnt == (others if frozen else others | {"encoder"})


@pytest.mark.parametrize(
    "bad, message",
    [
        ({"weights": "imagenet", "width": 0.5}, "need width=1"),
        ({"weights": "places"}, "places"),
        ({"skips": ("pool5",)}, "pool5"),
    ],
)
def test_vgg_skip_names_what_does_not_fit(bad, message):
    with pytest.raises(ValueError, match=message):
        networks.vgg_skip(**{"weights": None, **bad})
