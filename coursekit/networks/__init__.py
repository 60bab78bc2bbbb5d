"""The networks of the course, one file each; every one is a function that returns a plain ``keras.Model``."""

from coursekit.networks.alpha import alpha
from coursekit.networks.beta import beta
from coursekit.networks.small_cnn import small_cnn

__all__ = ["alpha", "beta", "small_cnn"]
