"""Colorful: the network that chooses among in-gamut bins, in full and small."""

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
    """Build the network of *Colorful Image Colorization* [1]_, of 32 million weights.

    It dilates where others would stride a fourth time. From ``reduction`` on, parameters are
    modifications to experiment with.

    Parameters
    ----------
    outputs : int
        Numbers a pixel: 313 bins, or 2 for regression.
    activation : str
        Of the last layer: "linear" gives logits (the softmax is the loss's), "tanh" suits ab / 128.
    size : int, optional
        Side of the photo in pixels, a multiple of 8; None accepts any such size.
    reduction : {2, 4, 8}
        The output has 1/reduction of the input's sides.
    depth : int
        Convolutions a block at most, the head aside (1 or 2: fewer layers).
    dropout : float
        Share of activations dropped after each block, 0…1.
    l2 : float
        This times the sum of all squared kernel weights joins the loss: half of what Caffe calls
        ``weight_decay``, so 5e-4 here is the released training's 1e-3.

    Returns
    -------
    keras.Model
        From L scaled to −1…1, (N, H, W, 1), to (N, H / reduction, W / reduction, outputs).

    Raises
    ------
    ValueError
        For another reduction or depth.

    References
    ----------
    .. [1] R. Zhang, P. Isola, A. A. Efros, "Colorful Image Colorization" (ECCV 2016),
       arXiv 1603.08511.
    """
    options = (outputs, activation, size, reduction, depth, dropout, l2)
    return _network("colorful", _BLOCKS, (256, 2), *options)


def small_colorful(
    outputs: int = 313,
    activation: str = "linear",
    size: int | None = None,
    reduction: int = 4,
    depth: int = 2,
    dropout: float = 0.0,
    l2: float = 0.0,
) -> Model:
    """Build the ideas of `colorful` at 1/30 of its weights, for photos of 64 pixels on two cores.

    Blocks that batch norm closes, three strides, dilation in the middle, a transposed convolution.
    The widths are ours: few filters where the planes are large, for that is where a small machine
    spends its time.

    Parameters
    ----------
    outputs : int
        Numbers a pixel: 313 bins, or 2 for regression.
    activation : str
        Of the last layer: "linear" for logits, "tanh" for ab / 128.
    size : int, optional
        Side of the photo in pixels, a multiple of 8; None accepts any such size.
    reduction : {2, 4, 8}
        The output has 1/reduction of the input's sides.
    depth : int
        Convolutions a block at most, the head aside; 1 means fewer layers.
    dropout : float
        Share of activations dropped after each block, 0…1.
    l2 : float
        This times the sum of all squared kernel weights joins the loss.

    Returns
    -------
    keras.Model
        From L scaled to −1…1, (N, H, W, 1), to (N, H / reduction, W / reduction, outputs).

    Raises
    ------
    ValueError
        For another reduction or depth.
    """
    options = (outputs, activation, size, reduction, depth, dropout, l2)
    return _network("small_colorful", _SMALL_BLOCKS, (128, 0), *options)


def _network(
    name: str,
    blocks: tuple,
    head: tuple[int, int],
    outputs: int,
    activation: str,
    size: int | None,
    reduction: int,
    depth: int,
    dropout: float,
    l2: float,
) -> Model:
    """Build blocks, then a head: its filters, and convolutions after it is enlarged."""
    doublings = {8: 0, 4: 1, 2: 2}
    if reduction not in doublings:
        raise ValueError(f"reduction must be 2, 4 or 8, got {reduction}")
    if depth < 1:
        raise ValueError(f"depth must be at least 1, got {depth}")
    decay = regularizers.L2(l2) if l2 else None
    options = {"padding": "same", "kernel_initializer": "he_normal", "kernel_regularizer": decay}

    def conv(name: str, filters: int, strides: int = 1, dilation: int = 1) -> layers.Layer:
        return layers.Conv2D(
            filters, 3, strides, dilation_rate=dilation, activation="relu", name=name, **options
        )

    L = x = layers.Input((size, size, 1), name="L")
    for block, (widths, stride, dilation) in enumerate(blocks, start=1):
        *widths, last = widths[-depth:]
        for number, filters in enumerate(widths, start=1):
            x = conv(f"conv{block}_{number}", filters, 1, dilation)(x)
        x = conv(f"conv{block}_{len(widths) + 1}", last, stride, dilation)(x)
        # Momentum 0.9, not 0.99: the statistics for prediction must keep up with runs of a few
        # hundred steps.
        x = layers.BatchNormalization(momentum=0.9, name=f"norm{block}")(x)
        x = layers.Dropout(dropout, name=f"dropout{block}")(x) if dropout else x
    filters, convolutions = head
    for number in range(1, doublings[reduction] + 1):
        up = layers.Conv2DTranspose(filters, 4, 2, activation="relu", name=f"up{number}", **options)
        x = up(x)
    for number in range(1, convolutions + 1):
        x = conv(f"head{number}", filters)(x)
    output = layers.Conv2D(
        outputs, 1, activation=activation, name="output", kernel_regularizer=decay
    )
    return Model(L, output(x), name=name)
