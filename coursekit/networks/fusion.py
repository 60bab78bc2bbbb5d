"""Fusion: a colour network that is told, at every place, what the whole photo shows."""

from __future__ import annotations

import keras
from keras import Model, layers, ops


@keras.saving.register_keras_serializable(package="coursekit")
class Fuse(layers.Layer):
    """Repeat a vector at each place of a feature map, beside the features that are there.

    Call it with features (N, H, W, C) and an embedding (N, E); returns (N, H, W, C + E).
    """

    def call(self, features: keras.KerasTensor, embedding: keras.KerasTensor) -> keras.KerasTensor:
        """Lay one beside the other; Keras calls it."""
        height, width = ops.shape(features)[1:3]
        everywhere = ops.tile(embedding[:, None, None, :], (1, height, width, 1))
        return ops.concatenate([features, everywhere], axis=-1)

    def compute_output_shape(self, features_shape: tuple, embedding_shape: tuple) -> tuple:
        """Tell Keras the shape of the result."""
        return (*features_shape[:-1], features_shape[-1] + embedding_shape[-1])


def fusion(embedding: int = 1000, size: int | None = None, width: float = 1.0) -> Model:
    """Build the final network [1]_, after [2]_, in three parts: encoder, fusion, decoder.

    The parts are models in their own right. The fourth, the classifier, stands outside: its answer
    for a photo never changes, so it is computed once (`coursekit.embeddings`) and comes in as the
    second input. Bring it to the length of the features beside it: scores as they come are twenty
    times as long and drown them.

    Parameters
    ----------
    embedding : int
        Numbers a photo: 1,000 of Inception-ResNet-v2 as published, fewer of a smaller classifier.
    size : int, optional
        Side of the photo in pixels, a multiple of 8 (256 in [1]_); None accepts any such size.
    width : float
        Share of the published filters; with a quarter two cores train it in seconds an epoch.

    Returns
    -------
    keras.Model
        From L scaled to −1…1, (N, H, W, 1), and the embedding, (N, embedding), to ab / 128,
        (N, H, W, 2), in −1…1 (tanh). Kernels before a ReLU start as [3]_ has it.

    References
    ----------
    .. [1] E. Wallner, "Colorizing B&W photos with neural networks" (FloydHub, 2017).
    .. [2] F. Baldassarre et al., "Deep Koalarization" (2017), arXiv 1712.03400.
    .. [3] K. He et al., "Delving deep into rectifiers" (2015), arXiv 1502.01852.
    """

    def conv(filters: int, strides: int = 1, kernel: int = 3) -> layers.Layer:
        # Started as usual, a signal would lose half of its variance at each of the 13 ReLUs.
        return layers.Conv2D(
            round(filters * width),
            kernel,
            strides,
            padding="same",
            activation="relu",
            kernel_initializer="he_normal",
        )

    L = layers.Input((size, size, 1), name="L")
    classified = layers.Input((embedding,), name="embedding")
    reduced = size and size // 8
    features = layers.Input((reduced, reduced, round(256 * width)), name="features")
    down = [(64, 2), (128, 1), (128, 2), (256, 1), (256, 2), (512, 1), (512, 1), (256, 1)]
    convolutions = [conv(filters, strides) for filters, strides in down]
    encoder = keras.Sequential([L, *convolutions], name="encoder")
    both = Fuse(name="fuse")(features, classified)
    fused = Model([features, classified], conv(256, kernel=1)(both), name="fusion")
    decoder = keras.Sequential(
        [
            layers.Input(features.shape[1:]),
            conv(128),
            layers.UpSampling2D(),
            conv(64),
            layers.UpSampling2D(),
            conv(32),
            conv(16),
            layers.Conv2D(2, 3, padding="same", activation="tanh"),
            layers.UpSampling2D(),
        ],
        name="decoder",
    )
    return Model([L, classified], decoder(fused([encoder(L), classified])), name="fusion_network")
