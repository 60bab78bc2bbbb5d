import keras
import numpy as np
import pytest

from coursekit import color, training
from coursekit.datasets import scenes
from coursekit.training import FeatureBatches, Features, View


class Halves:
    """An encoder that halves L once and twice, and counts how often it is asked."""

    def __init__(self):
        self.asked = 0

    def compute_output_shape(self, shape):
        n, h, w, _ = shape
        return [(n, h // 2, w // 2, 1), (n, h // 4, w // 4, 1)]

    def predict_on_batch(self, L):
        self.asked += 1
        once = L.reshape(len(L), L.shape[1] // 2, 2, L.shape[2] // 2, 2, 1).mean((2, 4))
        return [once, once[:, ::2, ::2]]


@pytest.fixture(scope="module")
def rgb():
    return scenes.draw(70, 32, seed=1).rgb


def test_features_are_those_of_the_encoder_beside_the_true_colours(rgb):
    encoder = Halves()
    found = Features(encoder, rgb)
    L, ab = color.split(rgb)
    wanted = encoder.predict_on_batch(color.scale_L(L))
    for level, other in zip(found.levels, wanted, strict=True):
        np.testing.assert_allclose(level, other, atol=1e-3)
    np.testing.assert_allclose(found.ab, ab, atol=0.05)
    assert len(found) == 70


def test_a_view_of_a_photo_does_not_depend_on_the_photos_beside_it(rgb):
    view = View(crop=0.5, film=0.5, seed=3)
    together = view.show(rgb[:8], 0, 16)
    np.testing.assert_array_equal(together[5:], view.show(rgb[5:8], 5, 16))
    assert together.shape == (8, 16, 16, 3)
    other = View(crop=0.5, film=0.5, seed=4).show(rgb[:8], 0, 16)
    assert not np.array_equal(together, other)


def test_film_changes_what_is_seen_and_not_the_truth(rgb):
    plain, old = (View(film=share, seed=1).show(rgb[:8], 0, 32) for share in (0.0, 1.0))
    assert abs(plain[..., 0] - old[..., 0]).mean() > 2
    # Chance goes on differently after a film was drawn: other parts, of the same photos.
    np.testing.assert_allclose(plain[..., 1:].mean((1, 2)), old[..., 1:].mean((1, 2)), atol=8)


def test_features_on_disk_go_on_where_they_were_killed_and_are_not_computed_twice(rgb, tmp_path):
    class Killed(Exception):
        pass

    class Dies(Halves):
        def predict_on_batch(self, L):
            if self.asked:
                raise Killed
            return super().predict_on_batch(L)

    view = View(crop=0.5, film=0.5, seed=3)
    with pytest.raises(Killed):
        Features(Dies(), rgb, 16, view, tmp_path)
    encoder = Halves()
    resumed, whole = Features(encoder, rgb, 16, view, tmp_path), Features(Halves(), rgb, 16, view)
    assert encoder.asked == 2, "the first 32 photos were done"
    for level, other in zip(resumed.levels, whole.levels, strict=True):
        np.testing.assert_array_equal(level, other)
    np.testing.assert_array_equal(resumed.ab, whole.ab)
    Features(encoder, rgb, 16, view, tmp_path)
    assert encoder.asked == 2


def test_a_folder_with_other_features_is_refused(rgb, tmp_path):
    Features(Halves(), rgb, 16, View(seed=1), tmp_path)
    with pytest.raises(ValueError, match="other photos, or another view"):
        Features(Halves(), rgb, 16, View(seed=2), tmp_path)


def test_photos_that_are_no_squares_of_that_size_are_refused(rgb):
    with pytest.raises(ValueError, match="must be \\(N, 16, 16, 3\\)"):
        Features(Halves(), rgb, 16)


def test_batches_take_every_photo_once_an_epoch_and_each_batch_from_one_view(rgb):
    views = [Features(Halves(), rgb), Features(Halves(), 255 - rgb)]
    batches = FeatureBatches(views, 32, ["first", "second"], seed=1)
    assert len(batches) == 2
    levels, answers = batches[0]
    assert [level.shape for level in levels] == [(32, 16, 16, 1), (32, 8, 8, 1)]
    assert answers.keys() == {"first", "second"} and answers["first"].dtype == np.float32
    seen = [ab.tobytes() for index in range(2) for ab in batches[index][1]["first"]]
    assert len(set(seen)) == 64
    again = FeatureBatches(views, 32, ["first", "second"], seed=1)[0][0][0]
    np.testing.assert_array_equal(again, levels[0])
    drawn = set()
    for _ in range(12):
        _, answers = batches[0]
        of_view = [
            any(np.array_equal(ab, other) for other in view.ab.astype(np.float32))
            for view in views
            for ab in answers["first"][:1]
        ]
        drawn.add(tuple(of_view))
        batches.on_epoch_end()
    assert drawn == {(True, False), (False, True)}


def test_a_decoder_of_one_answer_gets_ab_itself(rgb):
    _, ab = FeatureBatches([Features(Halves(), rgb)], 8)[0]
    assert ab.shape == (8, 32, 32, 2)


def test_views_of_different_photos_are_refused(rgb):
    with pytest.raises(ValueError, match="views of \\[70, 69\\] photos"):
        FeatureBatches([Features(Halves(), rgb), Features(Halves(), rgb[:69])])


def test_a_network_learns_from_features(rgb):
    features = Features(Halves(), rgb)
    inputs = [keras.Input(level.shape[1:]) for level in features.levels]
    # Both levels: Keras 3.13 refuses an input that leads to no output.
    x = keras.layers.Concatenate()([keras.layers.AveragePooling2D(2)(inputs[0]), inputs[1]])
    x = keras.layers.Conv2D(2, 1, kernel_initializer="zeros")(x)
    network = keras.Model(inputs, x)
    network.compile("adam", _at_size, jit_compile=False)
    training.seed_everything(0)
    history = network.fit(FeatureBatches([features], 16), epochs=3, verbose=0).history["loss"]
    assert history[-1] < history[0]


def _at_size(true, predicted):
    return keras.ops.mean(keras.ops.square(true[:, ::4, ::4] - 100 * predicted), axis=-1)
