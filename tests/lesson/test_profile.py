from pathlib import Path

import pytest

from coursekit import datasets
from coursekit.lesson import profile

LESSONS = [path.stem for path in (Path(__file__).parents[2] / "notebooks").glob("*.ipynb")]


def test_laptop_is_the_default(monkeypatch):
    monkeypatch.delenv("COURSEKIT_PROFILE", raising=False)
    assert profile.name() == "laptop"


def test_an_unknown_profile_is_named_with_the_choices(monkeypatch):
    monkeypatch.setenv("COURSEKIT_PROFILE", "desktop")
    with pytest.raises(ValueError, match="'desktop'.*smoke, laptop, gpu"):
        profile.name()


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_lesson_has_the_same_settings_in_every_profile_and_a_built_in_set_to_fall_back_on(
    lesson, monkeypatch
):
    names = set()
    for chosen in profile.PROFILES:
        monkeypatch.setenv("COURSEKIT_PROFILE", chosen)
        settings = profile.settings(lesson)
        names.add(tuple(sorted(vars(settings))))
        built_in = [datasets.card(name).fetch == "built in" for name in settings.datasets]
        assert all(built_in) if chosen == "smoke" else built_in[-1]
    assert len(names) == 1


def test_the_lessons_are_those_that_have_a_notebook():
    assert sorted(profile.LESSONS) == sorted(LESSONS)


def test_an_unknown_lesson_is_told_the_known_ones():
    with pytest.raises(ValueError, match="'99_nothing'; there are 00_start_here, .*02_beta_cnn"):
        profile.settings("99_nothing")


def test_seeds_may_be_chosen_from_outside():
    assert profile.seeds("0,1, 2") == (0, 1, 2)
    with pytest.raises(ValueError, match="COURSEKIT_SEEDS='one'"):
        profile.seeds("one")
