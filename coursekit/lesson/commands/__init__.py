"""What a learner types, and an instructor with a class."""

from coursekit.cli import Command

from . import colorize, data, lab, turing

COMMANDS = [
    Command(
        "colorize",
        "learners",
        "colour photos, or whole folders of them, with a trained network",
        colorize.arguments,
    ),
    Command("lab", "learners", "open JupyterLab on notebooks/", lab.arguments),
    Command("data", "learners", "list, fetch and check data sets", data.arguments),
    Command(
        "turing",
        "instructors",
        "run a colorization Turing test with a class",
        turing.arguments,
        "serve",
    ),
]
