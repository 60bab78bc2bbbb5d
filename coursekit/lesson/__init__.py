"""What a notebook calls: its set-up, figures with alt text, widgets with a sentence, source shown.

Loaded when first used: the command line registers its commands from here and must start at once.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    ["checks", "profile", "widgets"],
    {"notebook": ["quiet_start", "show", "source", "start", "widget"]},
)
