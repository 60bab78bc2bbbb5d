"""EfficientNet-Lite0 with ImageNet's weights: what it says of well-known photos, from L alone."""

import hashlib

import numpy as np
import pytest
import skimage.data

from coursekit import color, embeddings, photos
from coursekit.embeddings import efficientnet_lite0


def seen(rgb):
    return color.split(photos.center_crop(rgb, 224)[None])[0]


@pytest.mark.parametrize(
    ("photo", "expected"),
    [
        ("chelsea", {"tabby", "tiger cat", "Egyptian cat"}),
        ("coffee", {"espresso", "cup", "coffee mug"}),
        ("rocket", {"missile", "projectile"}),
    ],
)
def test_it_knows_well_known_photos_from_L_alone(photo, expected, cache):
    numbers = embeddings.embed(seen(getattr(skimage.data, photo)()), "efficientnet_lite0").vectors
    first = [embeddings.names("efficientnet_lite0")[i] for i in numbers[0].argsort()[:-4:-1]]
    assert expected & {*first}, first


def test_in_colour_and_in_grey_a_grey_photo_is_the_same_to_it():
    L = seen(skimage.data.chelsea())
    from_L = efficientnet_lite0.network()(color.scale_L(L))
    from_rgb = efficientnet_lite0.network(channels=3)(np.repeat(color.scale_L(L), 3, axis=-1))
    for level in from_L:
        one, other = np.array(from_L[level]), np.array(from_rgb[level])
        assert np.abs(one - other).max() < 1e-3 * np.abs(other).max()


def test_features_come_at_five_levels_of_any_size():
    levels = efficientnet_lite0.network()(np.zeros((2, 64, 96, 1), np.float32))
    assert {name: tuple(each.shape) for name, each in levels.items()} == {
        "1/2": (2, 32, 48, 16),
        "1/4": (2, 16, 24, 24),
        "1/8": (2, 8, 12, 40),
        "1/16": (2, 4, 6, 112),
        "1/32": (2, 2, 3, 320),
        "logits": (2, 1000),
    }


def test_the_file_is_small_and_what_its_card_says():
    data = efficientnet_lite0.WEIGHTS.read_bytes()
    facts, card = (
        efficientnet_lite0.facts(),
        efficientnet_lite0.FACTS.with_suffix(".md").read_text("utf-8"),
    )
    assert len(data) == facts["bytes"] < 9_000_000
    assert hashlib.sha256(data).hexdigest() == facts["sha256"] and facts["sha256"] in card
    assert len({*facts["classes"]}) > 990 and len({*facts["wordnet"]}) == 1000
    licence = efficientnet_lite0.FACTS.with_name("LICENSE-efficientnet_lite0.txt")
    assert "Apache License" in licence.read_text("utf-8")


def test_from_L_alone_it_tells_imagenettes_ten_classes_apart(real, monkeypatch):
    monkeypatch.setenv("COURSEKIT_DATA", str(real("imagenette")))
    from coursekit.tools.shipping import imagenet_classifier

    assert imagenet_classifier.measure()["L"]["of ten"] > 0.9


def test_the_classes_are_those_of_both_classifiers_of_imagenet():
    names = embeddings.names("efficientnet_lite0")
    assert names == embeddings.names("inception_resnet_v2") and len(names) == 1000
    assert (names[0], names[281], names[999]) == ("tench", "tabby", "toilet tissue")
    with pytest.raises(ValueError, match="no model 'vgg'"):
        embeddings.names("vgg")
