"""Colorful: the network that chooses among in-gamut bins, in full and small enough for two cores."""

from __future__ import annotations

from keras import Model, layers, regularizers

# A block is: filters of its convolutions, stride of the last one, dilation.
_BLOCKS = (
    ((64, 64), 2, 1),
    ((128, 128), 2, 1),
    ((256, 256, 256), 2, 1),
    ((512, 512, 512), 1, 1),
    ((512, 512, 512), 1, 2),
    ((512, 512, 512), 1, 2),
    ((512, 512, 512), 1, 1),
)
_SMALL_BLOCKS = (
    ((32,), 2, 1),
    ((64,), 2, 1),
    ((128,), 2, 1),
    ((128, 128), 1, 2),
    ((128, 128), 1, 2),
)


def colorful(
    outputs: int = 313,
    activation: str = "linear",
    size: int | None = None,
    reduction: int = 4,
    depth: int = 3,
    dropout: float = 0.0,
    l2: float = 0.0,
) -> Model:
    """The network of *Colorful Image Colorization*: 32 million weights, dilation instead of a fourth stride.

    Parameters: ``outputs``, numbers a pixel: 313 bins, or 2 for regression; ``activation`` of the last layer:
    "linear" gives logits (the softmax is the loss's), "tanh" suits ab / 128; ``size``, the photo's side in
    pixels, a multiple of 8; None accepts any such size. The rest are modifications to experiment with:
    ``reduction`` 2, 4 or 8, the output has 1/reduction of the input's sides; ``depth``, convolutions a block
    at most, the last block aside (1 or 2: fewer layers); ``dropout``, the share of activations dropped after
    each of those blocks, 0…1; ``l2`` times the sum of all squared kernel weights joins the loss (half of what
    Caffe calls ``weight_decay``: 5e-4 here is the released training's 1e-3).
    Returns: a model from L scaled to −1…1, (N, H, W, 1), to (N, H / reduction, W / reduction, outputs).
    Raises: ValueError for another reduction or depth.
    Source: R. Zhang, P. Isola, A. A. Efros, "Colorful Image Colorization" (ECCV 2016), arXiv 1603.08511.
    """
    return _network(
        "colorful", _BLOCKS, (256, 2), outputs, activation, size, reduction, depth, dropout, l2
    )


def small_colorful(
    outputs: int = 313,
    activation: str = "linear",
    size: int | None = None,
    reduction: int = 4,
    depth: int = 2,
    dropout: float = 0.0,
    l2: float = 0.0,
) -> Model:
    """The ideas of `colorful` at 1/30 of its weights, for photos of 64 pixels on two cores.

    Blocks that batch norm closes, three strides, dilation in the middle, a transposed convolution. The widths
    are ours: few filters where the planes are large, for that is where a small machine spends its time.

    Parameters, returns, raises: as for `colorful`, but ``depth`` is 2, and 1 means fewer layers.
    """
    return _network(
        "small_colorful",
        _SMALL_BLOCKS,
        (128, 0),
        outputs,
        activation,
        size,
        reduction,
        depth,
        dropout,
        l2,
    )


def _network(name, blocks, head, outputs, activation, size, reduction, depth, dropout, l2) -> Model:
    doublings = {8: 0, 4: 1, 2: 2}
    if reduction not in doublings:
        raise ValueError(f"reduction must be 2, 4 or 8, got {reduction}")
    if depth < 1:
        raise ValueError(f"depth must be at least 1, got {depth}")
    decay = regularizers.L2(l2) if l2 else None
    options = {"padding": "same", "kernel_initializer": "he_normal", "kernel_regularizer": decay}

    def conv(name, filters, strides=1, dilation=1):
        return layers.Conv2D(
            filters, 3, strides, dilation_rate=dilation, activation="relu", name=name, **options
        )

    L = x = layers.Input((size, size, 1), name="L")
    for block, (widths, stride, dilation) in enumerate(blocks, start=1):
        *widths, last = widths[-depth:]
        for number, filters in enumerate(widths, start=1):
            x = conv(f"conv{block}_{number}", filters, 1, dilation)(x)
        x = conv(f"conv{block}_{len(widths) + 1}", last, stride, dilation)(x)
        # Momentum 0.9, not 0.99: the statistics for prediction must keep up with runs of a few hundred steps.
        x = layers.BatchNormalization(momentum=0.9, name=f"norm{block}")(x)
        x = layers.Dropout(dropout, name=f"dropout{block}")(x) if dropout else x
    filters, convolutions = head
    for number in range(1, doublings[reduction] + 1):
        x = layers.Conv2DTranspose(filters, 4, 2, activation="relu", name=f"up{number}", **options)(
            x
        )
    for number in range(1, convolutions + 1):
        x = conv(f"head{number}", filters)(x)
    output = layers.Conv2D(
        outputs, 1, activation=activation, name="output", kernel_regularizer=decay
    )
    return Model(L, output(x), name=name)
