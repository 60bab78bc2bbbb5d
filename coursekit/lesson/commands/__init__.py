"""What a learner types, and an instructor with a class."""

from coursekit.cli import Command

from . import colorize, data, lab, lessons, turing

COMMANDS = [
    Command(
        "colorize",
        "learners",
        "colour photos, or whole folders of them, with a trained network",
        colorize.arguments,
    ),
    Command("lab", "learners", "open JupyterLab on your copy of the lessons", lab.arguments),
    Command(
        "lessons",
        "learners",
        "put the lessons into a folder; again, bring them up to date, your work kept",
        lessons.arguments,
    ),
    Command("data", "learners", "list, fetch and check data sets", data.arguments),
    Command(
        "turing",
        "instructors",
        "run a colorization Turing test with a class",
        turing.arguments,
        "serve",
    ),
]
