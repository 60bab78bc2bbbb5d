import numpy as np

from coursekit import color
from coursekit.training import film


def test_an_emulsion_sees_red_and_blue_otherwise_than_the_eye():
    patches = np.zeros((32, 64, 3), np.uint8)
    patches[:, :32], patches[:, 32:] = (200, 30, 30), (30, 30, 200)
    red, blue = [], []
    for seed in range(200):
        L = film.expose(patches, np.random.default_rng(seed))
        assert L.shape == (32, 64, 1) and L.dtype == np.float32
        assert L.min() >= 0 and L.max() <= 100
        red.append(L[8:24, 8:24].mean())
        blue.append(L[8:24, 40:56].mean())
    # To the eye this red is lighter than this blue; to an early film hardly ever.
    L = color.split(patches)[0]
    assert L[0, 0] > L[0, -1]
    assert 0.5 < np.mean(np.less(red, blue)) < 0.95


def test_light_becomes_lightness_as_cielab_has_it(monkeypatch):
    class Plain:
        """Chance that leaves everything as it is, on a film of the eye's own sensitivity."""

        def dirichlet(self, alpha):
            return np.array([0.2126, 0.7152, 0.0722])

        def uniform(self, low, high):
            return {(-0.3, 0.3): 0.0, (0.7, 1.15): 1.0, (-6, 8): 0.0}[low, high]

        def random(self):
            return 1.0

    rgb = np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    np.testing.assert_allclose(film.expose(rgb, Plain()), color.split(rgb)[0], atol=0.05)
