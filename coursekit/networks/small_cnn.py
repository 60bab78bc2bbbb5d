"""A small convolutional network with dropout, for photos of 32 to 128 pixels."""

from __future__ import annotations

from keras import Model, layers


def small_cnn(size: int | None = None, dropout: float = 0.2) -> Model:
    """Build a network in the style of first projects on CIFAR: strides, dropout, no pooling.

    All convolutions are 3×3. Train it as such projects do: MSE, Adam at 3e-4, 10 % of the photos
    kept for validation. Their layer widths vary; these are ours.

    Parameters
    ----------
    size : int, optional
        Side of the photo in pixels, a multiple of 4; None accepts any such size.
    dropout : float
        Share of activations dropped in the middle, 0…1.

    Returns
    -------
    keras.Model
        From L scaled to −1…1, (N, H, W, 1), to ab / 128, (N, H, W, 2), in −1…1 (tanh).
    """

    def conv(filters: int, strides: int = 1, activation: str = "relu") -> layers.Layer:
        return layers.Conv2D(filters, 3, strides=strides, padding="same", activation=activation)

    L = x = layers.Input((size, size, 1), name="L")
    for filters, strides in [(32, 1), (64, 2), (64, 1), (128, 2), (128, 1)]:
        x = conv(filters, strides)(x)
    x = layers.Dropout(dropout)(x)
    x = conv(64)(layers.UpSampling2D()(x))
    x = layers.Dropout(dropout)(x)
    x = conv(32)(layers.UpSampling2D()(x))
    return Model(L, conv(2, activation="tanh")(x), name="small_cnn")
