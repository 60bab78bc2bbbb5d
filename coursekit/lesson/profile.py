"""The three profiles: which data each lesson uses, how much of it, and how long it trains.

Set ``COURSEKIT_PROFILE``: ``smoke`` runs in seconds on drawn scenes (for checks), ``laptop`` in minutes on two cores
(the default), ``gpu`` at the sizes of the original systems on a small GPU.
"""

from __future__ import annotations

import os
from types import SimpleNamespace

PROFILES = ("smoke", "laptop", "gpu")

# For each lesson: what holds in every profile, then what each profile sets. `datasets` are tried in turn.
_LESSONS = {
    "00_start_here": {
        "all": {"datasets": ("historic", "old_photographs"), "photos": 5},
        "smoke": {"datasets": ("old_photographs",)},
        "laptop": {},
        "gpu": {},
    },
    "01_lab_color_space": {
        "all": {"seed": 1},
        "smoke": {"datasets": ("scenes",), "photos": 60, "size": 64},
        "laptop": {"datasets": ("flowers", "scenes"), "photos": 600, "size": 64},
        "gpu": {"datasets": ("flowers", "scenes"), "photos": 800, "size": 128},
    },
    "02_beta_cnn": {
        # One class whose colours hang together, for each data set; the mix is all classes.
        "all": {"seed": 2, "one_class": {"flowers": "sunflowers", "scenes": "meadow"}},
        "smoke": {
            "datasets": ("scenes",),
            "size": 32,
            "photos": 30,
            "held_back": 12,
            "epochs": 2,
            "alpha_epochs": 2,
            "scenes": 24,
            "scene_size": 32,
            "scene_epochs": 2,
            "short_epochs": 2,
            "small_epochs": 2,
            "small_cnn": (("scenes", 32),),
        },
        "laptop": {
            "datasets": ("flowers", "scenes"),
            "size": 32,
            "photos": 400,
            "held_back": 60,
            "epochs": 12,
            "alpha_epochs": 15,
            "scenes": 400,
            "scene_size": 64,
            "scene_epochs": 6,
            "short_epochs": 4,
            "small_epochs": 8,
            "small_cnn": (("flowers", 32),),
        },
        "gpu": {
            "datasets": ("flowers", "scenes"),
            "size": 128,
            "photos": 400,
            "held_back": 100,
            "epochs": 100,
            "alpha_epochs": 20,
            "scenes": 1000,
            "scene_size": 128,
            "scene_epochs": 30,
            "short_epochs": 6,
            "small_epochs": 60,
            "small_cnn": (("cifar10", 32), ("landscapes", 64), ("landscapes", 128)),
        },
    },
    "03_fusion_network": {
        # `mix`: of these, all that are at hand, so that there are many kinds of photos.
        "all": {"seed": 3, "mix": ("flowers", "landscapes", "urban", "imagenette")},
        "smoke": {
            "datasets": ("scenes",),
            "mix": (),
            "embedding": "compact",
            "size": 32,
            "width": 1 / 8,
            "photos": 32,
            "held_back": 24,
            "epochs": 1,
            "seeds": (0, 1),
            "scenes": 32,
            "new_scenes": 12,
            "scene_epochs": 1,
            "few": 12,
            "few_epochs": 2,
            "eager": True,  # compiling costs more than these runs
        },
        "laptop": {
            "datasets": ("flowers", "scenes"),
            "embedding": "compact",
            "size": 64,
            "width": 1 / 4,
            "photos": 1000,
            "held_back": 400,
            "epochs": 6,
            "seeds": (0, 1, 2),
            "scenes": 480,
            "new_scenes": 90,
            "scene_epochs": 3,
            "few": 60,
            "few_epochs": 80,
            "eager": False,
        },
        "gpu": {
            "datasets": ("flowers", "scenes"),
            "embedding": "inception_resnet_v2",
            "size": 128,
            "width": 1,
            "photos": 4000,
            "held_back": 400,
            "epochs": 20,
            "seeds": (0, 1, 2),
            "scenes": 4000,
            "new_scenes": 90,
            "scene_epochs": 6,
            "few": 60,
            "few_epochs": 1000,
            "eager": False,
        },
    },
    "04_vgg_skip_network": {
        # `mix`: the labels to pretrain on, of all these that are at hand. Width is the share of VGG-19's filters.
        "all": {
            "seed": 4,
            "mix": ("flowers", "landscapes", "urban"),
            "weights": None,
            "eager": False,
        },
        "smoke": {
            "datasets": ("scenes",),
            "mix": (),
            "size": 32,
            "width": 1 / 16,
            "labelled": 32,
            "photos": 32,
            "held_back": 12,
            "mute_epochs": 1,
            "label_epochs": 1,
            "rate": 3e-3,
            "epochs": 1,
            "trial_epochs": 1,
            "seeds": [0, 1],
            "eager": True,  # compiling costs more than these runs
        },
        "laptop": {
            "datasets": ("landscapes", "flowers", "scenes"),
            "size": 64,
            "width": 1 / 8,
            "labelled": 1800,
            "photos": 1000,
            "held_back": 300,
            "mute_epochs": 2,
            "label_epochs": 5,
            "rate": 3e-3,
            "epochs": 6,
            "trial_epochs": 2,
            "seeds": [0, 1, 2],
        },
        "gpu": {
            "datasets": ("flowers", "scenes"),
            "weights": "imagenet",
            "size": 256,
            "width": 1,
            "labelled": 1800,
            "photos": 2000,
            "held_back": 300,
            "mute_epochs": 2,
            "label_epochs": 20,
            "rate": 1e-4,
            "epochs": 24,
            "trial_epochs": 6,
            "seeds": [0, 1, 2],
        },
    },
    "05_classification_rebalancing": {
        "all": {"seed": 5, "eager": False},
        "smoke": {
            "datasets": ("scenes",),
            "network": "small_colorful",
            "size": 32,
            "photos": 64,
            "held_back": 24,
            "epochs": 1,
            "seeds": (0, 1),
            "scenes": 24,
            "eager": True,  # compiling costs more than these runs
        },
        "laptop": {
            "datasets": ("flowers", "scenes"),
            "network": "small_colorful",
            "size": 64,
            "photos": 2800,
            "held_back": 400,
            "epochs": 1,
            "seeds": (0, 1, 2),
            "scenes": 1500,
        },
        "gpu": {
            "datasets": ("flowers", "scenes"),
            "network": "colorful",
            "size": 128,
            "photos": 2800,
            "held_back": 400,
            "epochs": 20,
            "seeds": (0, 1, 2),
            "scenes": 10_000,
        },
    },
    "06_experiments": {
        # Half of the study's photos at half its size, for as many epochs as minutes allow; gpu: the study's own.
        "all": {"seed": 6, "one_class": {"flowers": "sunflowers", "scenes": "meadow"}},
        "smoke": {
            "datasets": ("scenes",),
            "size": 32,
            "photos": 8,
            "held_back": 8,
            "batch": 8,
            "seeds": [0, 1],
            "epochs": 1,
            "few_photos": 4,
            "few_epochs": 1,
            "colorful_epochs": 1,
            "eager": True,  # compiling costs more than these runs
        },
        "laptop": {
            "datasets": ("flowers", "scenes"),
            "size": 32,
            "photos": 200,
            "held_back": 100,
            "batch": 8,
            "seeds": [0, 1, 2],
            "epochs": 10,
            "few_photos": 40,
            "few_epochs": 40,
            "colorful_epochs": 5,
            "eager": False,
        },
        "gpu": {
            "datasets": ("flowers", "scenes"),
            "size": 64,
            "photos": 400,
            "held_back": 200,
            "batch": 32,
            "seeds": [0, 1, 2, 3, 4],
            "epochs": 100,
            "few_photos": 40,
            "few_epochs": 600,
            "colorful_epochs": 60,
            "eager": False,
        },
    },
    "07_turing_test": {
        # The photos of the cache have 128 pixels; with larger photos of your own, show the paper's 256.
        "all": {"seed": 7, "network": "small_colorful"},
        "smoke": {
            "datasets": ("scenes",),
            "size": 32,
            "photos": 96,
            "epochs": 1,
            "shown": 16,
            "shown_size": 64,
            "practice": 2,
            "trials": 12,
            "vigilance": 0.2,
            "people": 8,
            "on_paper": 10,
        },
        "laptop": {
            "datasets": ("flowers", "scenes"),
            "size": 64,
            "photos": 2800,
            "epochs": 5,
            "shown": 60,
            "shown_size": 128,
            "practice": 10,
            "trials": 40,
            "vigilance": 0.1,
            "people": 40,
            "on_paper": 20,
        },
        "gpu": {
            "datasets": ("flowers", "scenes"),
            "size": 128,
            "photos": 2800,
            "epochs": 20,
            "shown": 60,
            "shown_size": 128,
            "practice": 10,
            "trials": 40,
            "vigilance": 0.1,
            "people": 40,
            "on_paper": 20,
            "network": "colorful",
        },
    },
}


def name() -> str:
    """The profile in force. Raises: ValueError if ``COURSEKIT_PROFILE`` names none of the three."""
    chosen = os.environ.get("COURSEKIT_PROFILE", "laptop")
    if chosen not in PROFILES:
        raise ValueError(
            f"COURSEKIT_PROFILE={chosen!r} is unknown; choose one of {', '.join(PROFILES)}"
        )
    return chosen


def settings(lesson: str) -> SimpleNamespace:
    """A lesson's numbers in the profile in force. ``lesson``: the notebook's name without ``.ipynb``.

    Raises: KeyError naming the lessons there are.
    """
    if lesson not in _LESSONS:
        raise KeyError(f"no lesson {lesson!r}; there are {', '.join(_LESSONS)}")
    return SimpleNamespace(**{**_LESSONS[lesson]["all"], **_LESSONS[lesson][name()]})
