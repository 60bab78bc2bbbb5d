"""U-Net: a classifier's encoder, global features at its end, and a decoder that sees every level again."""

from __future__ import annotations

from keras import Model, layers

from coursekit.networks.fusion import Fuse
from coursekit.networks.resnet import encode

_FILTERS = (128, 96, 64)


def unet(
    outputs: int = 313,
    activation: str = "linear",
    size: int | None = None,
    skips: bool = True,
    global_features: bool = True,
) -> Model:
    """The network of the colorizers that come with the course: 2 million weights, half of the photo's sides.

    On the way down it is the compact classifier, whose weights it can take over; on the way up, each level is
    laid beside the one of its size, so that fine lines come back, and the photo's mean features say everywhere what it
    shows.

    Parameters: ``outputs``, numbers a pixel: 313 bins, or 2 for regression; ``activation`` of the last layer, "linear"
    for logits, "tanh" for ab / 128; ``size``, the photo's side in pixels, a multiple of 16; None accepts any such size;
    ``skips=False`` and ``global_features=False`` leave either out.
    Returns: a model from L scaled to −1…1, (N, H, W, 1), to (N, H / 2, W / 2, outputs).
    Source: O. Ronneberger et al., "U-Net" (MICCAI 2015), arXiv 1505.04597; global features as in S. Iizuka et al.,
    "Let there be Color!" (SIGGRAPH 2016).
    """
    L = layers.Input((size, size, 1), name="L")
    *levels, x = encode(L)
    if global_features:
        known = layers.Dense(x.shape[-1], activation="relu", name="global")(
            layers.GlobalAveragePooling2D()(x)
        )
    for number, filters in enumerate(_FILTERS, start=1):
        level = levels.pop()
        x = layers.UpSampling2D(name=f"up{number}")(x)
        x = layers.Concatenate(name=f"beside{number}")([x, level]) if skips else x
        x = Fuse(name=f"fuse{number}")(x, known) if global_features and number == 1 else x
        x = layers.Conv2D(
            filters,
            3,
            padding="same",
            use_bias=False,
            kernel_initializer="he_normal",
            name=f"decode{number}",
        )(x)
        x = layers.ReLU()(layers.BatchNormalization(momentum=0.98, name=f"norm{number}")(x))
    return Model(
        L,
        layers.Conv2D(outputs, 1, activation=activation, dtype="float32", name="output")(x),
        name="unet",
    )
