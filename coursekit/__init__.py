"""A course in automatic image colorization: the tested package that the notebooks import."""

from coursekit import device

__version__ = "0.1.0"

# Before anything of the course imports Keras, which takes TensorFlow if it is told nothing.
device.choose_backend()
