"""EfficientNet-Lite0: a classifier of ImageNet's 1,000 classes that two cores can run."""

from __future__ import annotations

from keras import KerasTensor, Model, layers

# Kernel, stride of the first block, expansion, filters, blocks.
_STAGES = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)


def efficientnet_lite0(size: int | None = None, channels: int = 1) -> Model:
    """Build EfficientNet-Lite0, from a grey or a colour photo to features and 1,000 classes.

    Mobile inverted bottlenecks as in EfficientNet-B0, without squeeze-and-excite and with ReLU6,
    so that small processors and half precision take it well. The weights of the published network,
    trained on ImageNet, come with the package: `coursekit.embeddings.efficientnet_lite0`.

    Parameters
    ----------
    size : int, optional
        The photo's side in pixels; None accepts any. It was trained on 224.
    channels : {1, 3}
        1 for L, 3 for RGB. A first convolution of one channel is that of three with the kernels
        added up, which sees a grey photo as the published one does.

    Returns
    -------
    keras.Model
        From (N, H, W, channels), scaled to −1…1 (L / 50 − 1, or (RGB − 127) / 128), to a dict:
        ``"1/2"``, ``"1/4"``, ``"1/8"``, ``"1/16"``, ``"1/32"``, features of 16, 24, 40, 112 and
        320 channels at that part of the sides (rounded up), and ``"logits"``, (N, 1000).

    Raises
    ------
    ValueError
        For another number of channels.

    References
    ----------
    .. [1] M. Tan, Q. V. Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural
       Networks" (ICML 2019), arXiv 1905.11946.
    .. [2] R. Liu, "Higher accuracy on vision models with EfficientNet-Lite" (TensorFlow blog,
       2020), which says what Lite leaves out.
    """
    if channels not in (1, 3):
        raise ValueError(f"channels must be 1 (L) or 3 (RGB), got {channels}")

    def norm(x: KerasTensor, activation: bool = True) -> KerasTensor:
        x = layers.BatchNormalization(epsilon=1e-3)(x)
        return layers.ReLU(6.0)(x) if activation else x

    def conv(x: KerasTensor, filters: int, activation: bool = True) -> KerasTensor:
        return norm(layers.Conv2D(filters, 1, use_bias=False)(x), activation)

    photo = layers.Input((size, size, channels), name="L" if channels == 1 else "rgb")
    x = norm(layers.Conv2D(32, 3, 2, padding="same", use_bias=False, name="stem")(photo))
    levels = {}
    for kernel, first_stride, expansion, filters, blocks in _STAGES:
        for block in range(blocks):
            stride = 1 if block else first_stride
            if stride == 2:  # the last features of this size, before they are reduced
                levels[f"1/{2 ** (len(levels) + 1)}"] = x
            before = x
            x = conv(x, expansion * x.shape[-1]) if expansion > 1 else x
            depthwise = layers.DepthwiseConv2D(kernel, stride, padding="same", use_bias=False)
            # No activation after the projection: it would throw half of the few channels away.
            x = conv(norm(depthwise(x)), filters, activation=False)
            x = layers.Add()([before, x]) if before.shape == x.shape and stride == 1 else x
    levels["1/32"] = x
    x = layers.GlobalAveragePooling2D()(conv(x, 1280))
    logits = layers.Dense(1000, name="logits")(x)
    return Model(photo, {**levels, "logits": logits}, name="efficientnet_lite0")
