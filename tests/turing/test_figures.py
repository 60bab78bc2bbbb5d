import matplotlib.pyplot as plt
import numpy as np
import pytest

from coursekit.turing import Session, figures, simulate, statistics, words


@pytest.fixture
def votes(experiment, store):
    rates = {"dull": 0.2, "vivid": 0.4, "random": 0.05}
    simulate.classroom(experiment, store, lambda trial: rates[trial.colorizer], 8, seed=3)
    return store.votes()


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_a_pair_shows_the_pictures_as_they_are(experiment, store):
    session = Session.start(experiment, store, seed=2)
    left, right = figures.pair(session.current.left, session.current.right).axes
    trial = session.trials[0]
    real, fake = (left, right) if trial.real == "left" else (right, left)
    assert np.array_equal(real.images[0].get_array(), experiment.picture(trial.photo, "real"))
    assert np.array_equal(
        fake.images[0].get_array(), experiment.picture(trial.photo, trial.colorizer)
    )


def test_a_forest_of_too_few_rooms_says_above_what_its_intervals_do_not_cover(votes):
    (plain,) = figures.forest(statistics.rates(votes), "made up").axes
    people = sorted({vote["participant"] for vote in votes})
    half = [{**vote, "room": "AB"[people.index(vote["participant"]) % 2]} for vote in votes]
    (axis,) = figures.forest(statistics.rates(half), "made up").axes
    assert plain.get_title(loc="left") == "made up"
    assert axis.get_title(loc="left").replace("\n", " ") == f"made up {statistics.caveat(2)}"


def test_a_forest_has_a_row_for_each_rate_with_its_interval_and_a_line_where_nobody_can_tell(votes):
    found = statistics.rates(votes)
    (axis,) = figures.forest(found, "made up", {"published": 0.323}).axes
    names = [label.get_text() for label in axis.get_yticklabels()]
    assert names == [f"{each.name} ({each.fooled} of {each.trials})" for each in found] + [
        "published"
    ]
    lines = [np.ravel(line.get_xdata()).tolist() for line in axis.lines]
    for each in found:
        assert [100 * each.low, 100 * each.high] in lines and [100 * each.rate] in lines
    assert [100 * 0.323] in lines and [50, 50] in lines


def test_a_ranking_shows_the_most_and_the_least_convincing_photos(experiment, votes):
    fig = figures.ranking(experiment, votes, "vivid", "made up")
    assert fig.get_suptitle() == "made up"
    ranked = statistics.rates([vote for vote in votes if vote["colorizer"] == "vivid"], by="photo")
    for column, rate in enumerate([ranked[0], ranked[1], ranked[-2], ranked[-1]]):
        assert fig.axes[column].get_title() == f"fooled {rate.fooled} of {rate.trials}"
        assert np.array_equal(
            fig.axes[column].images[0].get_array(), experiment.picture(rate.name, "real")
        )
        assert np.array_equal(
            fig.axes[4 + column].images[0].get_array(), experiment.picture(rate.name, "vivid")
        )


def test_a_ranking_needs_two_photos(experiment, votes):
    one = [vote for vote in votes if vote["kind"] == "test"][:1]
    with pytest.raises(ValueError, match="a ranking needs at least two"):
        figures.ranking(experiment, one, one[0]["colorizer"], "made up")


def test_the_steps_of_a_pair_hide_it_for_the_question_and_show_it_again_with_the_answer(
    experiment, store
):
    session = Session.start(experiment, store, seed=2)
    shown = session.current
    told = words.verdict(session.vote(1, "left"))
    fig = figures.steps(shown.left, shown.right, told, experiment.protocol)
    first, hidden, last = fig.axes[0], fig.axes[2], fig.axes[4]
    assert "for 1 s" in first.get_title(loc="left") and told in last.get_title(loc="left")
    assert words.QUESTION in hidden.get_title(loc="left")
    pictures = [np.asarray(axis.images[0].get_array()) for axis in (first, hidden, last)]
    assert np.array_equal(pictures[0], pictures[2]) and np.ptp(pictures[1]) == 0
