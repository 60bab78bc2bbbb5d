import numpy as np
import pytest

from coursekit import color, turing
from coursekit.datasets import scenes


class Faded:
    """A colorizer that gives a photo's own colours with another chroma."""

    def __init__(self, factor):
        self.factor = factor

    def colorize(self, rgb):
        L, ab = color.split(rgb)
        return color.lab_to_rgb(np.concatenate([L, self.factor * ab], axis=-1))  # clips


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
