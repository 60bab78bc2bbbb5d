"""The three profiles: which data each lesson uses, how much of it, and how long it trains.

Set ``COURSEKIT_PROFILE``: ``smoke`` runs in seconds on drawn scenes (for checks), ``laptop`` in
minutes on two cores (the default), ``gpu`` longer and on larger photos, within 15 minutes and 4 GB
of a small GPU (``make gpu-budget`` says what it costs).
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
# Photos of at least 256 pixels in colours of their own, on which no colorizer was trained.
_PLATES = ("prokudin_color",)
_LARGE = (
    (("photos",), "val", None, 45),
    (("historic", "old_photographs"), "val", _PLATES, 10),
    (("skimage",), "train", ("everyday",), None),
    (("skimage",), "val", ("everyday",), None),
)

# For each lesson: what holds in every profile, then a table, a setting a row: smoke, laptop, gpu.
LESSONS = {
    "00_start_here": {
        # What every reader has, so that the text is about the pictures above it.
        "all": {"datasets": ("old_photographs",)},
        "smoke": {},
        "laptop": {},
        "gpu": {},
    },
    "01_lab_color_space": {
        "all": {"seed": 1},
        **_table(
            datasets=(_DRAWN, _FLOWERS, _FLOWERS),
            # Kinds of photos to take statistics from: of these, all at hand.
            mix=(_DRAWN, (*_LABELLED, "photos"), (*_LABELLED, "photos")),
            photos=(30, 100, 100),
            size=(64, 64, 128),
        ),
    },
    "02_beta_cnn": {
        # One class whose colours hang together, for each data set.
        "all": {
            "seed": 2,
            "seeds": (0,),
            "one_class": {"flowers": "sunflowers", "scenes": "meadow"},
        },
        **_table(
            datasets=(_DRAWN, _FLOWERS, _FLOWERS),
            # Photos are judged and shown at `size`, and looked at by networks at `train_size`.
            size=(32, 96, 128),
            train_size=(32, 32, 64),
            photos=(24, 2800, 2800),
            held_back=(8, 400, 400),
            # Of the held-back photos those that are shown: a sunflower, roses, a daisy, peonies.
            some=([0, 1, 2, 3], [2, 31, 43, 52], [2, 31, 43, 52]),
            one_photos=(24, 400, 400),
            one_held_back=(8, 120, 120),
            epochs=(1, 5, 25),
            # In the time of beta's epochs.
            small_epochs=(1, 12, 60),
            all_epochs=(1, 4, 25),
            # Of the published recipe; in laptop they come with the course.
            milestones=((1, 2), (), (10, 30, 100, 300, 1000)),
            alpha_epochs=(2, 15, 20),
            scenes=(16, 400, 1000),
            new_scenes=(8, 60, 100),
            scene_size=(32, 48, 128),
            scene_epochs=(1, 6, 20),
            # Compiling costs more than the runs of smoke, here and below.
            eager=(True, False, False),
        ),
    },
    "03_fusion_network": {
        "all": {"seed": 3},
        **_table(
            datasets=(_DRAWN, _FLOWERS, _FLOWERS),
            # Of these, all that are at hand, so that there are many kinds of photos.
            mix=((), (*_LABELLED, "imagenette"), (*_LABELLED, "imagenette")),
            embedding=("efficientnet_lite0", "efficientnet_lite0", "inception_resnet_v2"),
            # What the classifier sees, and what the colour networks do.
            photo_size=(64, 128, 128),
            size=(32, 48, 96),
            width=(1 / 8, 1 / 4, 1 / 2),
            photos=(24, 1000, 1600),
            held_back=(12, 400, 400),
            epochs=(1, 5, 5),
            # Runs of each network that is compared; seeds are those of the rung on the ladder.
            starts=(2, 4, 4),
            seeds=((0,), (0,), (0, 1, 2)),
            scenes=(12, 300, 600),
            new_scenes=(6, 60, 90),
            scene_size=(32, 32, 64),
            scene_epochs=(1, 6, 6),
            shipped_size=(32, 96, 128),
            # The ladder's photos, those that its mean colour is taken from, and those trained on.
            rung_size=(32, 96, 128),
            rung_photos=(12, 2800, 2800),
            rung_held_back=(8, 400, 400),
            taught=(12, 1000, 2800),
            rung_epochs=(1, 5, 5),
            eager=(True, False, False),
        ),
    },
    "04_vgg_skip_network": {
        "all": {"seed": 4},
        **_table(
            datasets=(_DRAWN, _FLOWERS, _FLOWERS),
            # The ladder: as in the other lessons that climb it.
            size=(32, 96, 128),
            shown=(64, 128, 128),
            photos=(32, 2800, 2800),
            held_back=(16, 400, 400),
            filmed=(16, 200, 400),
            epochs=(1, 5, 20),
            seeds=((0,), (0,), (0, 1, 2)),
            # The network as published, at a share of VGG-19's filters, on drawn scenes.
            width=(1 / 16, 1 / 8, 1 / 4),
            scenes=(16, 320, 2000),
            new_scenes=(12, 90, 240),
            scene_size=(32, 64, 128),
            scene_epochs=(1, 3, 4),
            rate=(3e-3, 3e-3, 1e-3),
            trial_seeds=((0,), (0, 1, 2), (0, 1, 2)),
            # What each skip buys, and a moving encoder: small, for it takes many trainings.
            trial_size=(32, 48, 96),
            trial_photos=(16, 400, 800),
            trial_epochs=(1, 4, 6),
            more_epochs=(1, 2, 2),
            slow_rate=(1e-4, 1e-4, 1e-4),
            families=(50, 1000, 1000),
            eager=(True, False, False),
        ),
    },
    "05_classification_rebalancing": {
        "all": {"seed": 5},
        **_table(
            datasets=(_DRAWN, _FLOWERS, _FLOWERS),
            # What networks see, and what the photos are shown at: the cache of flowers holds 128.
            size=(32, 96, 128),
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
                (67, ((11, 11), (24, 19))),
            ),
            scenes=(24, 1500, 3000),
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
        # The six models' own settings stand beside them (six_models.RECIPE); size, photos and
        # held_back are the ladder's.
        "all": {"seed": 6},
        **_table(
            datasets=(_DRAWN, _FLOWERS, _FLOWERS),
            size=(32, 96, 96),
            photos=(24, 2800, 2800),
            held_back=(12, 400, 400),
        ),
    },
    "07_turing_test": {
        "all": {"seed": 7},
        **_table(
            datasets=(_DRAWN, ("photos", "skimage"), ("photos", "skimage")),
            # The photos of the test: the first of these sets at hand, split, classes, how many.
            sources=(((("scenes",), "val", None, 16),), _LARGE, _LARGE),
            shown_size=(64, 256, 256),
            practice=(2, 10, 10),
            trials=(12, 40, 40),
            vigilance=(0.2, 0.1, 0.1),
            people=(8, 40, 40),
            on_paper=(10, 20, 20),
            # The ladder's photos, as in the lessons before.
            ladder=(_DRAWN, _FLOWERS, _FLOWERS),
            size=(32, 96, 96),
            photos=(64, 2800, 2800),
            held_back=(24, 400, 400),
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
