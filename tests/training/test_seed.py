import numpy as np

from coursekit import networks, training


def test_the_same_seed_gives_the_same_weights():
    training.seed_everything(5)
    first = networks.alpha().get_weights()
    training.seed_everything(5)
    for one, two in zip(first, networks.alpha().get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
