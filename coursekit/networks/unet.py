"""U-Net: a classifier's encoder, global features, a decoder that sees every level again."""

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
    """Build the network of the colorizers that come with the course: 2 million weights.

    On the way down it is the compact classifier, whose weights it can take over; on the way up, as
    in [1]_, each level is laid beside the one of its size, so that fine lines come back, and the
    photo's mean features say everywhere what it shows, as in [2]_.

    Parameters
    ----------
    outputs : int
        Numbers a pixel: 313 bins, or 2 for regression.
    activation : str
        Of the last layer: "linear" for logits, "tanh" for ab / 128.
    size : int, optional
        Side of the photo in pixels, a multiple of 16; None accepts any such size.
    skips : bool
        Whether to lay levels beside each other.
    global_features : bool
        Whether to say everywhere what the photo shows.

    Returns
    -------
    keras.Model
        From L scaled to −1…1, (N, H, W, 1), to (N, H / 2, W / 2, outputs).

    References
    ----------
    .. [1] O. Ronneberger et al., "U-Net" (MICCAI 2015), arXiv 1505.04597.
    .. [2] S. Iizuka et al., "Let there be Color!" (SIGGRAPH 2016), doi 10.1145/2897824.2925974.
    """
    # No bias: batch norm, which follows, has one.
    options = {"padding": "same", "use_bias": False, "kernel_initializer": "he_normal"}
    L = layers.Input((size, size, 1), name="L")
    *levels, x = encode(L)
    if global_features:
        mean = layers.GlobalAveragePooling2D()(x)
        known = layers.Dense(x.shape[-1], activation="relu", name="global")(mean)
    for number, filters in enumerate(_FILTERS, start=1):
        level = levels.pop()
        x = layers.UpSampling2D(name=f"up{number}")(x)
        x = layers.Concatenate(name=f"beside{number}")([x, level]) if skips else x
        x = Fuse(name=f"fuse{number}")(x, known) if global_features and number == 1 else x
        x = layers.Conv2D(filters, 3, name=f"decode{number}", **options)(x)
        x = layers.ReLU()(layers.BatchNormalization(momentum=0.98, name=f"norm{number}")(x))
    # In float32 where the rest is in half precision: a softmax needs it.
    output = layers.Conv2D(outputs, 1, activation=activation, dtype="float32", name="output")
    return Model(L, output(x), name="unet")
