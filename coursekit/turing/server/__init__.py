"""The test as a web page for a class: a small ASGI application, one store for all votes.

`desk` holds what a participant may do, `guard` what keeps others out, `app` puts them on addresses,
`console` is the teacher's page, `running` starts it all. What the browser gets lies in `pages/`,
and pair.js beside the widget, which shows the same pair.
"""

from .app import application
from .running import serve

__all__ = ["application", "serve"]
