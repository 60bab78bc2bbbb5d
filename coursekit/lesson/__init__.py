"""What a notebook calls: its set-up, figures with alt text, widgets that leave a sentence, source shown.

Loaded when first used: the command line registers its commands from here and must start at once.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    ["checks", "profile", "widgets"],
    {"notebook": ["backend_version", "quiet_start", "show", "source", "start", "widget"]},
)
