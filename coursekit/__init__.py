"""A course in automatic image colorization: the tested package that the notebooks import."""

__version__ = "0.1.0"
