"""The networks of the course, one file each; every one is a function that returns a plain ``keras.Model``."""

from coursekit.networks.alpha import alpha
from coursekit.networks.beta import beta
from coursekit.networks.colorful import colorful, small_colorful
from coursekit.networks.small_cnn import small_cnn
from coursekit.networks.study import SIX_MODELS, study

__all__ = ["SIX_MODELS", "alpha", "beta", "colorful", "small_cnn", "small_colorful", "study"]
