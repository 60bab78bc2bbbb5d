"""Residual: the encoder that the compact classifier and the U-shaped colour network share."""

from __future__ import annotations

from keras import layers

_STEM, _STAGES = (
    32,
    ((64, 2), (128, 2), (192, 1)),
)  # filters, then filters and blocks of each stage; all start with /2


def encode(L) -> list:
    """What the encoder's four levels say of a photo, finest first: 1/2, 1/4, 1/8 and 1/16 of its sides.

    Parameters: ``L``, a Keras tensor (N, H, W, 1), scaled to −1…1.
    Returns: Keras tensors of 32, 64, 128 and 192 channels.
    Source: the blocks of K. He et al., "Deep Residual Learning" (CVPR 2016), arXiv 1512.03385.
    """

    def conv(x, filters, kernel, strides=1):
        x = layers.Conv2D(
            filters, kernel, strides, padding="same", use_bias=False, kernel_initializer="he_normal"
        )(x)
        return layers.BatchNormalization(momentum=0.98)(x)

    x = layers.ReLU()(conv(L, _STEM, 3, 2))
    levels = [x]
    for filters, blocks in _STAGES:
        for block in range(blocks):
            shortcut = (
                x if block else conv(layers.AveragePooling2D(2, padding="same")(x), filters, 1)
            )
            x = layers.ReLU()(conv(x, filters, 3, 1 if block else 2))
            x = layers.ReLU()(layers.Add()([conv(x, filters, 3), shortcut]))
        levels.append(x)
    return levels
