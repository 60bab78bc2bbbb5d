"""A U-shaped network on a classifier's features: what a thing is says which colours it may have."""

from __future__ import annotations

from collections.abc import Mapping

from keras import KerasTensor, Model, layers

from coursekit.networks.efficientnet import efficientnet_lite0

FEATURES = {"1/4": 24, "1/8": 40, "1/16": 112, "1/32": 320}  # channels of the encoder's levels
ENLARGED = 2  # the classifier's photos were larger than those that a colour network is shown


def unet_encoder(size: int | None = None) -> Model:
    """Build the way down: EfficientNet-Lite0 without its classes, shown the photo enlarged twice.

    Its weights are those of chance; `coursekit.embeddings.efficientnet_lite0.load_encoder` brings
    ImageNet's.

    Parameters
    ----------
    size : int, optional
        Side of the photo in pixels, a multiple of 16; None accepts any such size.

    Returns
    -------
    keras.Model
        From L scaled to −1…1, (N, H, W, 1), to four levels of features, finest first: 24 and 40
        channels at a quarter of the sides, 112 at an eighth, 320 at a sixteenth.
    """
    classifier = efficientnet_lite0()
    L = layers.Input((size, size, 1), name="L")
    levels = Model(classifier.input, [classifier.output[name] for name in FEATURES], name="levels")
    fine, *coarse = levels(layers.UpSampling2D(ENLARGED, interpolation="bilinear")(L))
    return Model(L, [layers.AveragePooling2D(2)(fine), *coarse], name="encoder")


def unet_decoder(
    outputs: Mapping[str, int], size: int | None = None, dropout: float = 0.1, width: float = 1.0
) -> Model:
    """Build the way up: from the encoder's features to one or more answers a place.

    As in [1]_, each level is laid beside the one of its size; as in [2]_, the photo's mean features
    say everywhere what it shows. All answers come from the same features: they differ in their last
    layer only, and in what that is asked.

    Parameters
    ----------
    outputs : mapping of str to int
        Numbers a place of each answer, by its name: 313 logits of bins, or 2 for ab / 128.
    size : int, optional
        Side of the photo in pixels, a multiple of 16; None accepts any such size.
    dropout : float
        The share of maps that a batch goes without, after each level.
    width : float
        The share of the filters that the colorizers of the course have: 1 is 1.1 million weights,
        1/2 a third of them, for a lesson's minutes on two cores.

    Returns
    -------
    keras.Model
        From what `unet_encoder` gives to a dict of answers, float32 (N, H / 4, W / 4, numbers).

    References
    ----------
    .. [1] O. Ronneberger et al., "U-Net" (MICCAI 2015), arXiv 1505.04597.
    .. [2] S. Iizuka et al., "Let there be Color!" (SIGGRAPH 2016), doi 10.1145/2897824.2925974.
    """

    def share(filters: int) -> int:
        return max(1, round(width * filters))

    def conv(x: KerasTensor, filters: int, kernel: int) -> KerasTensor:
        # No bias: batch norm, which follows, has one.
        options = {"padding": "same", "use_bias": False, "kernel_initializer": "he_normal"}
        x = layers.Conv2D(share(filters), kernel, **options)(x)
        return layers.ReLU()(layers.BatchNormalization(momentum=0.97)(x))

    def enlarged(x: KerasTensor) -> KerasTensor:
        return layers.UpSampling2D(interpolation="bilinear")(layers.SpatialDropout2D(dropout)(x))

    sides = [size and size // reduced for reduced in (4, 4, 8, 16)]
    features = [
        layers.Input((side, side, channels), name=f"level{number}")
        for number, (side, channels) in enumerate(
            zip(sides, FEATURES.values(), strict=True), start=1
        )
    ]
    quarter, quarter_deep, eighth, sixteenth = features
    known = layers.Dropout(0.2)(layers.GlobalAveragePooling2D(keepdims=True)(sixteenth))
    x = layers.Add()([conv(sixteenth, 192, 1), layers.Dense(share(192), activation="relu")(known)])
    x = enlarged(conv(x, 192, 3))
    x = conv(layers.Concatenate()([x, conv(eighth, 96, 1)]), 160, 3)
    x = enlarged(conv(x, 96, 1))
    x = layers.Concatenate()([x, conv(quarter_deep, 48, 1), conv(quarter, 32, 1)])
    x = layers.SpatialDropout2D(dropout)(conv(x, 96, 3))
    # In float32 where the rest is in half precision: a softmax needs it.
    answers = {
        name: layers.Conv2D(
            numbers,
            1,
            # ab / 128 starts from grey: noise would spoil what the levels learn at first.
            kernel_initializer="zeros" if numbers == 2 else "glorot_uniform",
            dtype="float32",
            name=name,
        )(x)
        for name, numbers in outputs.items()
    }
    return Model(features, answers, name="decoder")


def unet(outputs: Mapping[str, int], size: int | None = None, dropout: float = 0.1) -> Model:
    """Build the network of the colorizers that come with the course: encoder and decoder.

    Parameters
    ----------
    outputs : mapping of str to int
        As for `unet_decoder`.
    size : int, optional
        Side of the photo in pixels, a multiple of 16; None accepts any such size.
    dropout : float
        As for `unet_decoder`.

    Returns
    -------
    keras.Model
        From L scaled to −1…1, (N, H, W, 1), to a dict of answers, float32
        (N, H / 4, W / 4, numbers).
    """
    way_down = unet_encoder(size)
    answers = unet_decoder(outputs, size, dropout)(way_down.output)
    return Model(way_down.input, answers, name="unet")
