"""Alpha: the smallest network that can learn one photo by heart."""

from __future__ import annotations

from keras import Model, layers


def alpha(size: int | None = None) -> Model:
    """Build the 8–16–32 network of the alpha version [1]_.

    Parameters
    ----------
    size : int, optional
        Side of the photo in pixels, a multiple of 8; None accepts any such size.

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
    for filters, strides in [(8, 2), (8, 1), (16, 1), (16, 2), (32, 1), (32, 2)]:
        x = conv(filters, strides)(x)
    x = conv(32)(layers.UpSampling2D()(x))
    x = conv(16)(layers.UpSampling2D()(x))
    ab = conv(2, activation="tanh")(layers.UpSampling2D()(x))
    return Model(L, ab, name="alpha")
