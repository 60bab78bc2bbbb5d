"""ResNet: the encoder that the compact classifier and the U-shaped colour network share."""

from __future__ import annotations

from keras import KerasTensor, layers

# Filters of the stem, then filters and blocks of each stage; all start with a stride of 2.
STEM, STAGES = 32, ((64, 2), (128, 2), (192, 1))


def encode(L: KerasTensor) -> list[KerasTensor]:
    """Encode a photo at four levels, finest first: 1/2, 1/4, 1/8 and 1/16 of its sides.

    The blocks are those of residual networks [1]_.

    Parameters
    ----------
    L : keras.KerasTensor
        Scaled to −1…1, (N, H, W, 1).

    Returns
    -------
    list of keras.KerasTensor
        Of 32, 64, 128 and 192 channels.

    References
    ----------
    .. [1] K. He et al., "Deep Residual Learning" (CVPR 2016), arXiv 1512.03385.
    """

    def conv(x: KerasTensor, filters: int, kernel: int, strides: int = 1) -> KerasTensor:
        # No bias: batch norm, which follows, has one.
        options = {"padding": "same", "use_bias": False, "kernel_initializer": "he_normal"}
        x = layers.Conv2D(filters, kernel, strides, **options)(x)
        return layers.BatchNormalization(momentum=0.98)(x)

    x = layers.ReLU()(conv(L, STEM, 3, 2))
    levels = [x]
    for filters, blocks in STAGES:
        for block in range(blocks):
            # A stage's first block halves the sides, so its shortcut has to as well.
            halved = None if block else layers.AveragePooling2D(2, padding="same")(x)
            shortcut = x if block else conv(halved, filters, 1)
            x = layers.ReLU()(conv(x, filters, 3, 1 if block else 2))
            x = layers.ReLU()(layers.Add()([conv(x, filters, 3), shortcut]))
        levels.append(x)
    return levels
