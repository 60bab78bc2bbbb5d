"""The cards, and the page that people read."""

import collections
import csv
import json
import re
from pathlib import Path

import pytest

from coursekit import datasets
from coursekit.datasets import registry
from coursekit.lesson import profile

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "datasets.md").read_text(encoding="utf-8")
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

# Bytes and SHA-256 as published by the sets' own pages and by TensorFlow Datasets.
PUBLISHED = {
    "flowers": (228_813_984, "4c54ace7911aaffe13a365c34f650e71dd5bf1be0a58b464e5a7183e3e595d9c"),
    "cifar10": (170_498_071, "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"),
    "imagenette": (99_003_388, "64d0c4859f35a461889e0147755a999a48b49bf38a7e0f9bd27003f10db02fe5"),
    "pets": (824_887_076, "b7974bd00a84a99921f36ee4403f089853777b5ae8d151c76a86e64900334af9"),
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
    assert all((card.title, card.what, card.photos, card.licence, card.bad_at, card.home))
    assert card.lessons or card.tools
    assert card.fetch in ("built in", "download", "by hand")
    assert bool(card.url) == (card.fetch == "download")
    assert bool(card.steps) == (card.fetch == "by hand")
    assert bool(card.pattern or card.arrays) == (card.fetch != "built in")


@pytest.mark.parametrize("name", [name for name in datasets.list() if datasets.card(name).counts])
def test_photos_of_the_classes_are_as_many_as_the_card_says_of_all(name):
    card = datasets.card(name)
    train, val = map(sum, zip(*card.counts.values(), strict=True))
    told = {int(number.replace(",", "")) for number in re.findall(r"[\d,]*\d", card.photos)}
    if name == "flowers":  # what is grey or there twice is left out, and the split is the course's
        assert 0.97 < (train + val) / told.pop() < 1
    else:
        assert {train, val} <= told


def test_flowers_are_counted_as_they_are_kept(real):
    folder = real("flowers") / "flowers"
    with open(folder / "manifest.csv", newline="", encoding="utf-8") as file:
        found = collections.Counter((row["class"], row["split"]) for row in csv.DictReader(file))
    counts = datasets.card("flowers").counts
    assert found == {
        (kind, split): count
        for kind, both in counts.items()
        for split, count in zip(("train", "val"), both, strict=True)
    }


def test_every_set_that_lessons_fetch_is_counted():
    fetched = [card for card in map(datasets.card, datasets.list()) if card.fetch != "built in"]
    # Old photographs are as many as one collects.
    assert {card.name for card in fetched if card.lessons and not card.counts} == {"historic"}


def named_by(notebook: Path) -> set[str]:
    """The sets that a lesson names, in the profile, its code or its exercises."""
    named = set()
    for chosen in profile.PROFILES:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("COURSEKIT_PROFILE", chosen)
            settings = profile.settings(notebook.stem)
        named |= {*settings.datasets, *getattr(settings, "mix", ())}
        named |= {*getattr(settings, "ladder", ())}
        named |= {name for sets, *_ in getattr(settings, "sources", ()) for name in sets}
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        named |= {*re.findall(r"datasets\.load\(\s*[\"'](\w+)", "".join(cell["source"]))}
    return named


def test_the_lessons_on_a_card_use_the_set():
    used = {path.stem[:2]: named_by(path) for path in NOTEBOOKS}
    for name in datasets.list():
        for lesson in datasets.card(name).lessons:
            assert name in used[lesson], f"lesson {lesson} does not use {name}"


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_set_that_a_lesson_names_has_a_card(notebook):
    assert named_by(notebook) <= {*datasets.list()}


@pytest.mark.parametrize("tool, wing", [("train", "shipping"), ("quality", "quality")])
def test_tools_name_the_sets_whose_cards_name_them(tool, wing):
    source = "".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "coursekit" / "tools" / wing).glob("*.py")
    )
    for name in datasets.list():
        assert tool not in datasets.card(name).tools or f'"{name}"' in source, name


def test_what_needs_no_network_comes_first():
    assert datasets.list()[:3] == ["scenes", "skimage", "old_photographs"]


def test_an_unknown_name_gets_the_closest():
    with pytest.raises(datasets.DatasetError, match="did you mean 'imagenette'"):
        datasets.card("ImageNete")


def test_a_card_cannot_be_changed():
    with pytest.raises(AttributeError):
        registry.card("flowers").licence = "mine"
