"""Colorizers: grey photo in, colour photo out. Some come with the course, others you train.

Use one as ``colorizer.load("vivid").colorize(photos.read("grandmother.jpg"))``. Parts are loaded
when first used: those that come with the course colour photos without Keras too.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    ["light", "shipped"],
    {
        "files": ["colorize_files"],
        "light": ["LightColorizer"],
        "loading": ["load"],
        "model": ["Colorizer"],
        "painter": ["DivergedError", "Painter"],
        "shipped": ["NAMES", "facts"],
    },
)
