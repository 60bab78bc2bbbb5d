"""What the processes that grade have in common, imported once: each is a copy of one that did."""

import importlib.util

import skimage.color  # noqa: F401

import coursekit.color
import coursekit.lesson.checks
import coursekit.teach.worker  # noqa: F401
from coursekit import device

# Tests of networks need Keras. TensorFlow starts no threads before it computes, so a copy of it
# works; JAX's and PyTorch's threads would not survive.
if importlib.util.find_spec("tensorflow") and device.backend() == "tensorflow":
    with device.quiet_start():
        import keras  # noqa: F401
