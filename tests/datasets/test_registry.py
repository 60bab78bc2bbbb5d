"""The cards, and the page that people read."""

import re
from pathlib import Path

import pytest

from coursekit import datasets
from coursekit.datasets import registry

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "datasets.md").read_text(encoding="utf-8")
LESSONS = {path.name[:2] for path in (ROOT / "notebooks").glob("*.ipynb")}

# Bytes and SHA-256 as published by the sets' own pages and by TensorFlow Datasets.
PUBLISHED = {
    "flowers": (228_813_984, "4c54ace7911aaffe13a365c34f650e71dd5bf1be0a58b464e5a7183e3e595d9c"),
    "cifar10": (170_498_071, "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"),
    "cifar100": (169_001_437, "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7"),
    "imagenette": (99_003_388, "64d0c4859f35a461889e0147755a999a48b49bf38a7e0f9bd27003f10db02fe5"),
    "oxford_pets": (
        791_918_971,
        "67195c5e1c01f1ab5f9b6a5d22b8c27a580d896ece458917e61d459337fa318d",
    ),
    "pets": (824_887_076, "b7974bd00a84a99921f36ee4403f089853777b5ae8d151c76a86e64900334af9"),
    "coco": (815_585_330, "4f7e2ccb2866ec5041993c9cf2a952bbed69647b115d0f74da7ce8f4bef82f05"),
}


@pytest.mark.parametrize("name", datasets.list())
def test_the_page_says_what_the_card_says(name):
    assert str(datasets.card(name)) in PAGE, f"put this into datasets.md:\n\n{datasets.card(name)}"


def test_the_page_has_no_card_that_the_registry_has_not():
    assert re.findall(r"^## (\w+)$", PAGE, re.MULTILINE) == datasets.list()


@pytest.mark.parametrize("name", PUBLISHED)
def test_sizes_and_checksums_are_the_published_ones(name):
    card = datasets.card(name)
    assert (card.bytes, card.sha256) == PUBLISHED[name]


@pytest.mark.parametrize("name", datasets.list())
def test_every_card_is_complete(name):
    card = datasets.card(name)
    assert card.name == name
    assert all(
        (card.title, card.what, card.photos, card.licence, card.bad_at, card.lessons, card.home)
    )
    assert card.fetch in ("built in", "download", "by hand")
    assert bool(card.url) == (card.fetch == "download")
    assert bool(card.steps) == (card.fetch == "by hand")
    assert bool(card.pattern or card.arrays) == (card.fetch != "built in")
    assert set(card.lessons) <= LESSONS


def test_what_needs_no_network_comes_first():
    assert datasets.list()[:2] == ["scenes", "skimage"]


def test_an_unknown_name_gets_the_closest():
    with pytest.raises(datasets.DatasetError, match="did you mean 'imagenette'"):
        datasets.card("ImageNete")


def test_a_card_cannot_be_changed():
    with pytest.raises(AttributeError):
        registry.card("flowers").licence = "mine"
