"""Beta: a regression network that generalises to photos it has not seen."""

from __future__ import annotations

from keras import Model, layers


def beta(size: int | None = None, interpolation: str = "nearest") -> Model:
    """Build the beta network [1]_: strides instead of pooling, all convolutions 3×3.

    Parameters
    ----------
    size : int, optional
        Side of the photo in pixels, a multiple of 8 (256 in [1]_); None accepts any such size.
    interpolation : {"nearest", "bilinear"}
        Of the last upsampling: "nearest" as published, "bilinear" for colours without blocks.

    Returns
    -------
    keras.Model
        From L scaled to −1…1, (N, H, W, 1), to ab / 128, (N, H, W, 2), in −1…1 (tanh).

    References
    ----------
    .. [1] E. Wallner, "Colorizing B&W photos with neural networks" (FloydHub, 2017).
    """

    def conv(filters: int, strides: int = 1, activation: str = "relu") -> layers.Layer:
        return layers.Conv2D(filters, 3, strides=strides, padding="same", activation=activation)

    L = x = layers.Input((size, size, 1), name="L")
    for filters, strides in [(64, 1), (64, 2), (128, 1), (128, 2), (256, 1), (256, 2)]:
        x = conv(filters, strides)(x)
    for filters in (512, 256, 128):
        x = conv(filters)(x)
    x = conv(64)(layers.UpSampling2D()(x))
    x = conv(32)(layers.UpSampling2D()(x))
    ab = layers.UpSampling2D(interpolation=interpolation)(conv(2, activation="tanh")(x))
    return Model(L, ab, name="beta")
