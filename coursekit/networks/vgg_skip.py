"""VGG skip: a classifier's own layers become the encoder, and its high layers help to decode."""

from __future__ import annotations

import numpy as np
from keras import KerasTensor, Model, applications, initializers, layers, ops

from coursekit.networks.imagenet import imagenet_weights

# VGG-19, by the names of its layers: filters and convolutions of each block.
_BLOCKS = ((64, 2), (128, 2), (256, 4), (512, 4), (512, 4))


def vgg_skip(
    weights: str | None = "imagenet",
    frozen: bool = False,
    skips: tuple[str, ...] = ("pool4", "pool3"),
    size: int | None = None,
    width: float = 1.0,
    initializer: str = "glorot_uniform",
    gain: float | None = None,
) -> Model:
    """Build a colour network around VGG-19 [2]_, after [1]_.

    L goes through its own convolution, then through VGG-19 from conv1_2 to relu5_4, then through
    transposed convolutions that sum with pool4 and pool3. No non-linearity follows a transposed
    convolution. The last one answers at a quarter of the photo's sides (a 3×3 kernel would leave
    gaps at a larger stride); bilinear enlargement, which has no weights, does the rest. Train it
    with MSE and Adam at 1e-4, halved about every 3 epochs:
    ``keras.optimizers.schedules.ExponentialDecay(1e-4, 3 * len(batches), 0.5, staircase=True)``.

    Parameters
    ----------
    weights : {"imagenet", None}
        How to start: as VGG-19 trained on ImageNet, fetched once by Keras (80 MB), its own
        convolution as what conv1_1 makes of a grey photo; or, with None, from chance.
    frozen : bool
        Whether ``encoder``, all of VGG, stays as it is.
    skips : tuple of str
        Which pooling layers are summed in.
    size : int, optional
        Side of the photo in pixels, a multiple of 16; None accepts any such size.
    width : float
        Share of VGG-19's filters, without ImageNet weights: 1/4 is what two cores can train.
    initializer : str
        How convolutions start where no weights are given: Keras' usual one halves the signal's
        power at each of sixteen ReLUs, "he_normal" [3]_ keeps it.
    gain : float, optional
        Normalise each pool (batch norm) before it is summed in, map by map, with a gain that starts
        here and is learnt; by default pools are summed as loud as they are.

    Returns
    -------
    keras.Model
        From L scaled to −1…1, (N, H, W, 1), to ab / 128, (N, H, W, 2), linear.

    Raises
    ------
    ValueError
        For weights or skips that do not fit.
    WeightsError
        Where the weights cannot be had.

    References
    ----------
    .. [1] R. Dahl, "Automatic Colorization" (2016), https://tinyclouds.org/colorize.
    .. [2] K. Simonyan, A. Zisserman, "Very Deep Convolutional Networks for Large-Scale Image
       Recognition" (ICLR 2015), arXiv 1409.1556.
    .. [3] K. He et al., "Delving Deep into Rectifiers" (ICCV 2015), arXiv 1502.01852.
    """
    if weights not in ("imagenet", None) or (weights and width != 1):
        raise ValueError(
            f"weights={weights!r} with width={width}: "
            '"imagenet" weights need width=1, else pass None'
        )
    if unknown := set(skips) - {"pool3", "pool4"}:
        raise ValueError(f"no skip {sorted(unknown)}; choose among pool3 and pool4")

    def conv(name: str, filters: int) -> layers.Layer:
        filters = round(filters * width)
        options = {"padding": "same", "activation": "relu", "kernel_initializer": initializer}
        return layers.Conv2D(filters, 3, **options, name=name)

    def transposed(name: str, filters: int, strides: int, x: KerasTensor) -> KerasTensor:
        return layers.Conv2DTranspose(filters, 3, strides, padding="same", name=name)(x)

    L = layers.Input((size, size, 1), name="L")
    first = conv("own_convolution", 64)
    own = first(L)
    taken = x = layers.Input(own.shape[1:], name="taken")
    pools = {}
    for block, (filters, convolutions) in enumerate(_BLOCKS, start=1):
        # VGG's first convolution sees RGB: L has its own in its place.
        for number in range(2 if block == 1 else 1, convolutions + 1):
            x = conv(f"block{block}_conv{number}", filters)(x)
        if block < len(_BLOCKS):
            x = pools[f"pool{block}"] = layers.MaxPooling2D(2, name=f"block{block}_pool")(x)
    said = {"pool3": pools["pool3"], "pool4": pools["pool4"], "relu5_4": x}
    encoder = Model(taken, said, name="encoder")
    if weights:
        vgg = applications.VGG19(include_top=False, weights=imagenet_weights("vgg19"))
        _start_as(vgg, encoder, first)
    encoder.trainable = not frozen

    known = encoder(own)

    def summand(pool: str) -> KerasTensor:
        if gain is None:
            return known[pool]
        start = initializers.Constant(gain)
        # Its running statistics forget soon: a lesson trains for a hundred steps.
        norm = layers.BatchNormalization(momentum=0.9, gamma_initializer=start, name=f"norm_{pool}")
        return norm(known[pool])

    x = known["relu5_4"]
    for number, (pool, strides) in enumerate([("pool4", 1), ("pool3", 2)], start=1):
        x = transposed(f"transposed{number}", known[pool].shape[-1], strides, x)
        if pool in skips:
            x = layers.Add(name=f"sum_{pool}")([x, summand(pool)])
    x = transposed("transposed3", 2, 2, x)
    ab = layers.UpSampling2D(4, interpolation="bilinear", name="enlarge")(x)
    return Model(L, ab, name="vgg_skip")


def _start_as(vgg: Model, encoder: Model, first: layers.Layer) -> None:
    """Copy VGG-19's weights; the own convolution starts as conv1_1 on a grey photo."""
    conv1_1 = vgg.get_layer("block1_conv1").weights
    kernel, bias = (ops.convert_to_numpy(weight) for weight in conv1_1)
    # VGG's input is blue, green and red less their means. In a grey photo all three are
    # v = 127.5 (L + 1): the factor of L goes into the kernel, and what is constant into the bias.
    mean = np.array([103.939, 116.779, 123.68])[:, None]
    constant = bias + (kernel * (127.5 - mean)).sum(axis=(0, 1, 2))
    first.set_weights([127.5 * kernel.sum(axis=2, keepdims=True), constant])
    for layer in encoder.layers:
        if layer.weights:
            layer.set_weights(vgg.get_layer(layer.name).get_weights())
