"""The three profiles: which data each lesson uses, how much of it, and how long it trains.

Set ``COURSEKIT_PROFILE``: ``smoke`` runs in seconds on drawn scenes (for checks), ``laptop`` in
minutes on two cores (the default), ``gpu`` at the sizes of the original systems on a small GPU.
"""

from __future__ import annotations

import os
from types import SimpleNamespace

PROFILES = ("smoke", "laptop", "gpu")


def _table(**rows: tuple) -> dict[str, dict]:
    """Turn rows, a value for each profile in their order, into the settings of each profile."""
    columns = zip(*rows.values(), strict=True)
    return {
        profile: dict(zip(rows, column, strict=True))
        for profile, column in zip(PROFILES, columns, strict=True)
    }


# What lessons try in turn: the first that is at hand or can be fetched.
_DRAWN, _FLOWERS = ("scenes",), ("flowers", "scenes")
_LABELLED = ("flowers", "landscapes", "urban")

# For each lesson: what holds in every profile, then a table, a setting a row: smoke, laptop, gpu.
LESSONS = {
    "00_start_here": {
        "all": {"datasets": ("historic", "old_photographs"), "photos": 4},
        "smoke": {"datasets": ("old_photographs",)},
        "laptop": {},
        "gpu": {},
    },
    "01_lab_color_space": {
        "all": {"seed": 1},
        **_table(datasets=(_DRAWN, _FLOWERS, _FLOWERS), photos=(60, 600, 800), size=(64, 64, 128)),
    },
    "02_beta_cnn": {
        # One class whose colours hang together, for each data set; the mix is all classes.
        "all": {"seed": 2, "one_class": {"flowers": "sunflowers", "scenes": "meadow"}},
        **_table(
            datasets=(_DRAWN, _FLOWERS, _FLOWERS),
            size=(32, 32, 128),
            photos=(30, 400, 400),
            held_back=(12, 60, 100),
            epochs=(2, 12, 100),
            alpha_epochs=(2, 15, 20),
            scenes=(24, 400, 1000),
            scene_size=(32, 64, 128),
            scene_epochs=(2, 6, 30),
            short_epochs=(2, 4, 6),
            small_epochs=(2, 8, 60),
            small_cnn=(
                (("scenes", 32),),
                (("flowers", 32),),
                (("cifar10", 32), ("landscapes", 64), ("landscapes", 128)),
            ),
        ),
    },
    "03_fusion_network": {
        "all": {"seed": 3},
        **_table(
            datasets=(_DRAWN, _FLOWERS, _FLOWERS),
            # Of these, all that are at hand, so that there are many kinds of photos.
            mix=((), (*_LABELLED, "imagenette"), (*_LABELLED, "imagenette")),
            embedding=("efficientnet_lite0", "efficientnet_lite0", "inception_resnet_v2"),
            size=(32, 64, 128),
            width=(1 / 8, 1 / 4, 1),
            photos=(32, 1000, 4000),
            held_back=(24, 400, 400),
            epochs=(1, 6, 20),
            seeds=((0, 1), (0, 1, 2), (0, 1, 2)),
            scenes=(32, 480, 4000),
            new_scenes=(12, 90, 90),
            scene_epochs=(1, 3, 6),
            few=(12, 60, 60),
            few_epochs=(2, 80, 1000),
            # Compiling costs more than the runs of smoke, here and below.
            eager=(True, False, False),
        ),
    },
    "04_vgg_skip_network": {
        "all": {"seed": 4},
        **_table(
            datasets=(_DRAWN, ("landscapes", *_FLOWERS), _FLOWERS),
            # The labels to pretrain on, of all these that are at hand.
            mix=((), _LABELLED, _LABELLED),
            weights=(None, None, "imagenet"),
            size=(32, 64, 256),
            # The share of VGG-19's filters.
            width=(1 / 16, 1 / 8, 1),
            labelled=(32, 1800, 1800),
            photos=(32, 1000, 2000),
            held_back=(12, 300, 300),
            mute_epochs=(1, 2, 2),
            label_epochs=(1, 5, 20),
            rate=(3e-3, 3e-3, 1e-4),
            epochs=(1, 6, 24),
            trial_epochs=(1, 2, 6),
            seeds=([0, 1], [0, 1, 2], [0, 1, 2]),
            eager=(True, False, False),
        ),
    },
    "05_classification_rebalancing": {
        "all": {"seed": 5},
        **_table(
            datasets=(_DRAWN, _FLOWERS, _FLOWERS),
            # What networks see, and what the photos are shown at: the cache of flowers holds 128.
            size=(32, 96, 96),
            shown_size=(64, 128, 128),
            photos=(64, 2800, 2800),
            held_back=(40, 400, 400),
            # The share of the filters that the decoder of the shipped colorizers has.
            width=(1 / 16, 1 / 2, 1),
            batch=(16, 32, 32),
            epochs=(2, 6, 12),
            seeds=((0,), (0,), (0, 1, 2)),
            # A held-back photo, and two places of the answer, row and column, in it.
            petal_and_leaf=(
                (1, ((2, 2), (6, 4))),
                (67, ((8, 8), (18, 14))),
                (67, ((8, 8), (18, 14))),
            ),
            scenes=(24, 1500, 10_000),
            # Networks that learn everything from colour alone, timed beside the decoder.
            scratch=(
                ("small_colorful",),
                ("small_colorful", "colorful"),
                ("small_colorful", "colorful"),
            ),
            eager=(True, False, False),
        ),
    },
    "06_experiments": {
        "all": {"seed": 6, "one_class": {"flowers": "sunflowers", "scenes": "meadow"}},
        # laptop: half of the study's photos at half its size, for as many epochs as minutes allow;
        # gpu: the study's own.
        **_table(
            datasets=(_DRAWN, _FLOWERS, _FLOWERS),
            size=(32, 32, 64),
            photos=(8, 200, 400),
            held_back=(8, 100, 200),
            batch=(8, 8, 32),
            seeds=([0, 1], [0, 1, 2], [0, 1, 2, 3, 4]),
            epochs=(1, 10, 100),
            few_photos=(4, 40, 40),
            few_epochs=(1, 40, 600),
            colorful_epochs=(1, 5, 60),
            eager=(True, False, False),
        ),
    },
    "07_turing_test": {
        "all": {"seed": 7},
        **_table(
            datasets=(_DRAWN, _FLOWERS, _FLOWERS),
            network=("small_colorful", "small_colorful", "colorful"),
            size=(32, 64, 128),
            photos=(96, 2800, 2800),
            epochs=(1, 5, 20),
            shown=(16, 60, 60),
            # The photos of the cache have 128 pixels; with larger photos of your own, show the
            # paper's 256.
            shown_size=(64, 128, 128),
            practice=(2, 10, 10),
            trials=(12, 40, 40),
            vigilance=(0.2, 0.1, 0.1),
            people=(8, 40, 40),
            on_paper=(10, 20, 20),
        ),
    },
}


def name() -> str:
    """Name the profile in force.

    Returns
    -------
    str
        One of `PROFILES`.

    Raises
    ------
    ValueError
        If ``COURSEKIT_PROFILE`` names none of the three.
    """
    chosen = os.environ.get("COURSEKIT_PROFILE", "laptop")
    if chosen not in PROFILES:
        raise ValueError(
            f"COURSEKIT_PROFILE={chosen!r} is unknown; choose one of {', '.join(PROFILES)}"
        )
    return chosen


def settings(lesson: str) -> SimpleNamespace:
    """Look up a lesson's numbers in the profile in force.

    Parameters
    ----------
    lesson : str
        The notebook's name without ``.ipynb``.

    Returns
    -------
    SimpleNamespace
        Its settings, by name.

    Raises
    ------
    ValueError
        If there is no such lesson; the lessons are told.
    """
    if lesson not in LESSONS:
        raise ValueError(f"no lesson {lesson!r}; there are {', '.join(LESSONS)}")
    return SimpleNamespace(**{**LESSONS[lesson]["all"], **LESSONS[lesson][name()]})


def seeds(text: str) -> tuple[int, ...]:
    """Read seeds that take the place of the profile's.

    Parameters
    ----------
    text : str
        Such as "0,1,2".

    Returns
    -------
    tuple of int
        The seeds.

    Raises
    ------
    ValueError
        For another text.
    """
    try:
        return tuple(int(each) for each in text.split(","))
    except ValueError:
        raise ValueError(
            f"COURSEKIT_SEEDS={text!r}: whole numbers with commas between them, such as 0,1,2"
        ) from None
