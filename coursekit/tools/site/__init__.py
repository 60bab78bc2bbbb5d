"""The site: docs/, the lessons and the package's docstrings, brought together and built by Sphinx.

Nothing is executed and nothing is fetched. What pages run in the browser is copied from
docs/node_modules, which ``npm ci --prefix docs`` fills.
"""

from .building import build

__all__ = ["build"]
