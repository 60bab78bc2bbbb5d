import re

import ipywidgets
import numpy as np
import pytest

from coursekit import color, turing
from coursekit.datasets import scenes
from coursekit.turing import plain, widget

from ..conftest import DEADLINE


class Faded:
    """A colorizer that gives a photo's own colours with another chroma."""

    def __init__(self, factor):
        self.factor = factor

    def colorize(self, rgb):
        L, ab = color.split(rgb)
        return color.lab_to_rgb(np.concatenate([L, self.factor * ab], axis=-1))  # clips


def parts(box):
    """All widgets in a box."""
    return [box, *(part for child in getattr(box, "children", ()) for part in parts(child))]


class Person:
    """Looks at what the browser was sent, and answers as pair.js does."""

    def __init__(self, experiment, store, code=None, loaded=True):
        self.box = widget.take(experiment, store, code)
        (self.pair,) = (part for part in parts(self.box) if isinstance(part, widget.Pair))
        (self.plain,) = (part for part in parts(self.box) if isinstance(part, plain.PlainPair))
        if loaded:
            self.say(kind="ready", code="")

    def say(self, **message):
        data = {"method": "custom", "content": message}
        self.pair._handle_msg({"content": {"data": data}, "buffers": []})

    def press(self, name):
        (button,) = (part for part in parts(self.box) if name in part._dom_classes)
        button.click()

    def vote(self, side="left", **times):
        number = self.pair.pair["number"]
        self.say(kind="vote", number=number, side=side, **times)
        if self.pair.feedback.get("number") == number:
            self.say(kind="next", number=number)

    @property
    def code(self):
        (field,) = (part for part in parts(self.box) if isinstance(part, ipywidgets.Text))
        return field

    @property
    def text(self):
        """What can be read on the open page."""
        message, *pages = self.box.children
        texts = [
            part.value
            for page in pages
            if page.layout.display != "none"
            for part in parts(page)
            if isinstance(part, ipywidgets.HTML)
        ]
        return " ".join(re.sub("<[^>]+>", " ", " ".join([message.value, *texts])).split())


PROTOCOL = turing.Protocol(size=32, practice=2, trials=10, vigilance=0.2)


@pytest.fixture(scope="session")
def photos():
    drawn = scenes.draw(14, 40, seed=3).rgb
    return {f"photo {i}": rgb for i, rgb in enumerate(drawn)}


@pytest.fixture(scope="session")
def colorizers():
    return {"dull": Faded(0.3), "vivid": Faded(3)}


@pytest.fixture(scope="session")
def experiment(tmp_path_factory, photos, colorizers):
    """12 pairs of 32 pixels from 14 drawn scenes and 2 colorizers."""
    return turing.build(
        tmp_path_factory.mktemp("turing") / "experiment", photos, colorizers, PROTOCOL
    )


@pytest.fixture
def store(tmp_path):
    return turing.Store(tmp_path / "votes.sqlite")


@pytest.fixture
def page(browser):
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        page.set_default_timeout(DEADLINE * 1000)
        yield page


def phase(page, name):
    # At every frame: a selector is looked for every half second, and photos are there for less.
    page.wait_for_function(
        """name => {
            const pair = document.querySelector('.ck-pair');
            return pair?.dataset.phase === name && pair.checkVisibility();
        }""",
        arg=name,
    )
