"""The six models of a student study: one small network and three switches."""

from __future__ import annotations

from keras import KerasTensor, Model, layers

# Models 2 and 3 are one network: what sets 3 to 6 apart from 2 is class weights, and those live in
# the loss.
SIX_MODELS = {
    1: {"classify": False, "transposed": False, "regularised": False},
    2: {"classify": True, "transposed": False, "regularised": False},
    3: {"classify": True, "transposed": False, "regularised": False},
    4: {"classify": True, "transposed": True, "regularised": False},
    5: {"classify": True, "transposed": False, "regularised": True},
    6: {"classify": True, "transposed": True, "regularised": True},
}


def study(
    classify: bool = True,
    transposed: bool = False,
    regularised: bool = False,
    activation: str | None = None,
    size: int | None = None,
) -> Model:
    """Build a model of the six-model study, a course project after [1]_.

    ``study(**SIX_MODELS[4])`` is its fourth.

    Parameters
    ----------
    classify : bool
        Give 32 outputs a pixel: the logits of 16 bins of a, then of 16 bins of b; else ab / 128.
    transposed : bool
        Put a 3×3 transposed convolution (as many filters as it gets channels, ReLU) in place of
        each upsampling.
    regularised : bool
        Put batch norm and dropout 0.25 after each hidden convolution.
    activation : str, optional
        Of the last layer. None means as the study was meant, "linear" for logits and "tanh" for
        ab / 128, where its code had "sigmoid" over all 32 outputs and "relu" on 8-bit a and b.
    size : int, optional
        Side of the photo in pixels, a multiple of 8; None accepts any such size.

    Returns
    -------
    keras.Model
        From L scaled to −1…1, (N, H, W, 1), to (N, H, W, 32) or (N, H, W, 2), in
        float32.

    References
    ----------
    .. [1] R. Zhang, P. Isola, A. A. Efros, "Colorful Image Colorization" (ECCV 2016),
       arXiv 1603.08511.
    """

    def hidden(layer: layers.Layer, x: KerasTensor) -> KerasTensor:
        x = layer(x)
        if regularised:
            # Momentum 0.9: the statistics for prediction must keep up with runs of a few hundred
            # steps.
            x = layers.Dropout(0.25)(layers.BatchNormalization(momentum=0.9)(x))
        return x

    def conv(filters: int, x: KerasTensor, strides: int = 1) -> KerasTensor:
        return hidden(layers.Conv2D(filters, 3, strides, padding="same", activation="relu"), x)

    def double(x: KerasTensor) -> KerasTensor:
        if not transposed:
            return layers.UpSampling2D()(x)
        filters = x.shape[-1]
        return hidden(layers.Conv2DTranspose(filters, 3, 2, padding="same", activation="relu"), x)

    L = x = layers.Input((size, size, 1), name="L")
    for filters, strides in [(8, 2), (8, 1), (16, 1), (16, 2), (32, 1), (32, 2)]:
        x = conv(filters, x, strides)
    x = conv(32, double(x))
    x = conv(16, double(x))
    outputs, meant = (32, "linear") if classify else (2, "tanh")
    # In float32 where the rest is in half precision: a loss and SciPy's filters need it.
    output = layers.Conv2D(
        outputs, 3, padding="same", name="output", activation=activation or meant, dtype="float32"
    )
    return Model(L, output(double(x)), name="study")
