"""Fusion: a colour network that is told, at every place, what the whole photo shows."""

from __future__ import annotations

import keras
from keras import Model, layers, ops


@keras.saving.register_keras_serializable(package="coursekit")
class Fuse(layers.Layer):
    """Repeats a vector at each place of a feature map, beside the features that are there.

    Call it with features (N, H, W, C) and an embedding (N, E); returns (N, H, W, C + E).
    """

    def call(self, features, embedding):
        height, width = ops.shape(features)[1:3]
        everywhere = ops.tile(embedding[:, None, None, :], (1, height, width, 1))
        return ops.concatenate([features, everywhere], axis=-1)

    def compute_output_shape(self, features_shape, embedding_shape):
        return (*features_shape[:-1], features_shape[-1] + embedding_shape[-1])


def fusion(embedding: int = 1000, size: int | None = None, width: float = 1.0) -> Model:
    """The final network in three parts, models in their own right: ``encoder``, ``fusion``, ``decoder``.

    The fourth part, the classifier, stands outside: its answer for a photo never changes, so it is computed once
    (`coursekit.embeddings`) and comes in as the second input.

    Parameters: ``embedding``, numbers a photo: 1,000 of Inception-ResNet-v2 as published, fewer of a smaller
    classifier; ``size``, the photo's side in pixels, a multiple of 8 (256 in the source); None accepts any such size;
    ``width``, the share of the published filters: 1/2 is what two cores can train.
    Returns: a model from L scaled to −1…1, (N, H, W, 1), and the embedding, (N, embedding), to ab / 128,
    (N, H, W, 2), in −1…1 (tanh).
    Source: E. Wallner, "Colorizing B&W photos with neural networks" (FloydHub, 2017), after F. Baldassarre et al.,
    "Deep Koalarization", arXiv 1712.03400.
    """

    def conv(filters, strides=1, kernel=3):
        return layers.Conv2D(
            round(filters * width), kernel, strides, padding="same", activation="relu"
        )

    L = layers.Input((size, size, 1), name="L")
    classified = layers.Input((embedding,), name="embedding")
    reduced = size and size // 8
    features = layers.Input((reduced, reduced, round(256 * width)), name="features")
    encoder = keras.Sequential(
        [
            L,
            *(
                conv(filters, strides)
                for filters, strides in [
                    (64, 2),
                    (128, 1),
                    (128, 2),
                    (256, 1),
                    (256, 2),
                    (512, 1),
                    (512, 1),
                    (256, 1),
                ]
            ),
        ],
        name="encoder",
    )
    fused = Model(
        [features, classified],
        conv(256, kernel=1)(Fuse(name="fuse")(features, classified)),
        name="fusion",
    )
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
