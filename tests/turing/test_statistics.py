import numpy as np
import pytest
from scipy import stats

from coursekit.turing import Session, TuringError, simulate, statistics

TRUE = (0.32, 0.25)


def votes(kind="test", colorizer="beta", participant="A", photo="p", **fields):
    """Votes from lists of equal length: fooled, seconds, side …"""
    rows = [dict(zip(fields, values, strict=True)) for values in zip(*fields.values(), strict=True)]
    return [
        {
            "participant": participant,
            "number": number,
            "kind": kind,
            "colorizer": colorizer,
            "photo": photo,
            "real": "left",
            "side": "left" if row.get("fooled") else "right",
            "seconds": None,
            **row,
        }
        for number, row in enumerate(rows, start=1)
    ]


@pytest.mark.parametrize(
    "fooled, trials, low, high",
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilsons_interval_agrees_with_newcombes_table(fooled, trials, low, high):
    # R. G. Newcombe, Statistics in Medicine 17 (1998) 857–872, table I, method 3.
    assert np.allclose(statistics.wilson(fooled, trials), (low, high), atol=5e-5)


def test_wilsons_interval_agrees_with_scipys():
    for fooled, trials in [(0, 1), (1, 1), (3, 7), (20, 36), (36, 36), (466, 1440)]:
        for level in (0.8, 0.95, 0.99):
            theirs = stats.binomtest(fooled, trials).proportion_ci(level, "wilson")
            assert np.allclose(statistics.wilson(fooled, trials, level), theirs)


def test_a_difference_agrees_with_newcombes_example():
    # The same journal, 873–890: 56/70 − 48/80, method 10.
    found = statistics.difference_interval(([56], [70]), ([48], [80]))
    assert np.allclose(found, (0.0524, 0.3339), atol=5e-5)


def covered(interval, truth):
    return np.mean((interval[0] <= truth) & (truth <= interval[1]))


@pytest.mark.parametrize("spread", [0, 0.3, 0.6])
@pytest.mark.parametrize("rate", [0.32, 0.1, 0.5])
def test_95_percent_intervals_cover_the_truth_in_93_to_97_percent_of_2000_experiments(rate, spread):
    (fooled,) = simulate.counts(
        [rate], participants=40, trials=18, experiments=2000, spread=spread, seed=11
    )
    assert (
        0.93 <= covered(statistics.fooling_interval(fooled, np.full_like(fooled, 18)), rate) <= 0.97
    )


@pytest.mark.parametrize("spread", [0, 0.3, 0.6])
def test_so_do_intervals_of_differences(spread):
    one, other = simulate.counts(
        TRUE, participants=40, trials=18, experiments=2000, spread=spread, seed=12
    )
    shown = np.full_like(one, 18)
    found = statistics.difference_interval((one, shown), (other, shown))
    assert 0.93 <= covered(found, TRUE[0] - TRUE[1]) <= 0.97


def test_wilsons_interval_covers_too_seldom_where_people_differ():
    (alike,) = simulate.counts([0.32], 40, 18, 2000, spread=0, seed=13)
    (differing,) = simulate.counts([0.32], 40, 18, 2000, spread=0.3, seed=13)
    assert 0.93 <= covered(statistics.wilson(alike.sum(axis=-1), 40 * 18), 0.32) <= 0.97
    assert covered(statistics.wilson(differing.sum(axis=-1), 40 * 18), 0.32) < 0.9


def test_the_two_level_bootstrap_is_too_wide_where_people_are_alike_and_right_where_they_differ():
    for spread, low, high in ((0, 0.975, 1), (0.6, 0.93, 0.975)):
        (fooled,) = simulate.counts([0.32], 40, 18, 1000, spread, seed=14)
        found = [
            statistics.bootstrap(each, np.full(40, 18), repeats=400, seed=i)
            for i, each in enumerate(fooled)
        ]
        assert low < covered(np.transpose(found), 0.32) < high


def test_the_bootstrap_agrees_with_drawing_participants_and_then_votes_one_by_one():
    rng = np.random.default_rng(1)
    people = [rng.random(12) < rate for rate in rng.uniform(0.1, 0.6, 20)]
    means = []
    for _ in range(4000):
        again = [rng.choice(people[i], 12) for i in rng.integers(20, size=20)]
        means.append(np.mean(again))
    found = statistics.bootstrap(
        np.array([each.sum() for each in people]), np.full(20, 12), repeats=4000
    )
    assert np.allclose(found, np.quantile(means, (0.025, 0.975)), atol=0.015)


def test_the_interval_is_never_narrower_than_wilsons_and_one_participant_gets_wilsons():
    (fooled,) = simulate.counts([0.3], 12, 10, 500, spread=0.2, seed=2)
    low, high = statistics.fooling_interval(fooled, np.full_like(fooled, 10))
    plain = statistics.wilson(fooled.sum(axis=-1), 120)
    assert (low <= plain[0] + 1e-9).all() and (high >= plain[1] - 1e-9).all()
    assert np.allclose(statistics.fooling_interval([7], [20]), statistics.wilson(7, 20))
    assert (
        statistics.fooling_interval([0, 0, 0], [9, 9, 9])[1] > 0.1
    )  # nobody was fooled, which is not certainty


def test_made_up_participants_have_the_mean_rate_that_was_asked_for():
    people = np.random.default_rng(0).standard_normal(200_000)
    for spread in (0.3, 1.0):
        assert simulate.personal(0.32, people, spread).mean() == pytest.approx(0.32, abs=0.003)


def test_rates_count_test_votes_only_and_the_most_convincing_comes_first():
    given = (
        votes(fooled=[True, False, False, False])
        + votes(fooled=[True, True], participant="B")
        + votes(fooled=[True] * 5, kind="practice")
        + votes(fooled=[True] * 4, kind="vigilance")
        + votes(fooled=[True, True, False], colorizer="full")
    )
    full, beta = statistics.rates(given)
    assert (full.name, full.fooled, full.trials, full.participants) == ("full", 2, 3, 1)
    assert (beta.name, beta.fooled, beta.trials, beta.participants, beta.rate) == (
        "beta",
        3,
        6,
        2,
        0.5,
    )
    assert full.p == pytest.approx(stats.binomtest(2, 3).pvalue) and beta.p == 1
    assert statistics.rates(votes(fooled=[True], kind="practice")) == []


def test_rates_by_photo_rank_the_photos():
    given = (
        votes(fooled=[True, True], photo="lawn")
        + votes(fooled=[False, True], photo="rose")
        + votes(fooled=[False, False, False], photo="clown")
    )
    assert [(each.name, each.rate) for each in statistics.rates(given, by="photo")] == [
        ("lawn", 1),
        ("rose", 0.5),
        ("clown", 0),
    ]


def test_a_class_that_takes_the_test_by_the_public_calls_gives_its_true_rates_back(
    experiment, store
):
    true = {"dull": 0.2, "vivid": 0.45, "random": 0.05}
    simulate.classroom(
        experiment, store, lambda trial: true[trial.colorizer], 40, spread=0.3, seed=4
    )
    given = store.votes()
    assert [(each["voted"], each["total"]) for each in store.participants()] == [(12, 12)] * 40
    for each in statistics.rates(given):
        assert each.participants == 40 and each.trials == 160
        assert (
            each.low < true[each.name] < each.high
            and each.bootstrap[0] < true[each.name] < each.bootstrap[1]
        )
        assert each.standard_error == pytest.approx(
            (each.bootstrap[1] - each.bootstrap[0]) / 4, rel=0.2
        )
    found = statistics.compare(given, "vivid", "dull")
    assert found.low < 0.25 < found.high and found.low > 0
    assert statistics.compare(given, "dull", "vivid").difference == pytest.approx(-found.difference)
    assert all(found.low < 0 < found.high for found in [statistics.learning(given)])
    assert statistics.side_bias(given).low < 0.5 < statistics.side_bias(given).high


def test_the_same_seed_makes_the_same_class(experiment, tmp_path):
    from coursekit.turing import Store

    classes = []
    for name in "ab":
        store = Store(tmp_path / f"{name}.sqlite")
        simulate.classroom(experiment, store, lambda trial: 0.3, 3, seed=9)
        classes.append([{**vote, "participant": None} for vote in store.votes()])
    assert classes[0] == classes[1]


def test_a_made_up_participant_goes_on_with_a_session_that_was_left(experiment, store):
    session = Session.start(experiment, store)
    session.vote(1, "left")
    simulate.take(session, lambda trial: 0.0, np.random.default_rng(0))
    assert session.done and session.result().rate == 0 and session.result().vigilance_right == 2


def test_colorizers_without_votes_cannot_be_compared():
    with pytest.raises(TuringError, match="no test vote on 'full'; there are votes on beta"):
        statistics.compare(votes(fooled=[True]), "beta", "full")


def test_learning_shows_as_a_falling_rate_and_tiring_as_a_rising_one():
    people = [votes(fooled=[True] * 8 + [False] * 8, participant=name) for name in "ABCD"]
    learnt = statistics.learning(sum(people, []))
    assert learnt.difference == -1 and learnt.high < 0
    tired = [{**vote, "fooled": not vote["fooled"]} for vote in sum(people, [])]
    assert statistics.learning(tired).low > 0
    with pytest.raises(TuringError, match="nobody has two test votes"):
        statistics.learning(votes(fooled=[True]))


def test_somebody_who_always_clicks_left_shows_a_side_bias():
    biased = votes(side=["left"] * 36, fooled=[True, False] * 18)
    assert statistics.side_bias(biased).rate == 1 and statistics.side_bias(biased).p < 1e-9
    with pytest.raises(TuringError, match="no test vote"):
        statistics.side_bias([])


def test_the_vigilance_filter_leaves_out_who_did_not_look():
    asleep = votes(
        kind="vigilance", colorizer="random", participant="S", fooled=[True, True, False, False]
    ) + votes(participant="S", fooled=[True])
    awake = votes(
        kind="vigilance", colorizer="random", participant="W", fooled=[True, False, False, False]
    ) + votes(participant="W", fooled=[True])
    unchecked = votes(participant="N", fooled=[True])
    kept, out = statistics.vigilant(asleep + awake + unchecked)
    assert out == ["S"] and kept == awake + unchecked
    assert statistics.vigilant(asleep + awake, least=1.0)[1] == ["S", "W"]


def test_reaction_times_are_medians_of_right_and_of_fooled_votes():
    given = (
        votes(fooled=[False] * 3 + [True] * 2, seconds=[1.0, 2.0, 9.0, 4.0, 6.0])
        + votes(colorizer="paper", fooled=[True], seconds=[None])
        + votes(colorizer="quick", fooled=[True], seconds=[0.5])
    )
    found = statistics.reaction_times(given)
    assert found["beta"] == {"right": 2.0, "fooled": 5.0} and "paper" not in found
    assert found["quick"]["fooled"] == 0.5 and np.isnan(found["quick"]["right"])


def test_power_agrees_with_rs_power_prop_test():
    # The examples of R's help page: n = 50, p .50 and .75 give 0.740; power .90 for the same needs n = 76.7.
    assert statistics.power(0.5, 0.75, 50) == pytest.approx(0.7401659, abs=1e-7)
    assert statistics.trials_needed(0.5, 0.75, power=0.9) == 77
    assert statistics.power(*TRUE, statistics.trials_needed(*TRUE)) == pytest.approx(0.8, abs=1e-3)


def test_as_many_trials_as_it_says_find_the_difference_in_four_of_five_experiments():
    needed = statistics.trials_needed(*TRUE)
    one, other = simulate.counts(TRUE, participants=needed, trials=1, experiments=1000, seed=4)
    shown = np.ones_like(one)
    low, _ = statistics.difference_interval((one, shown), (other, shown))
    assert 0.76 < np.mean(low > 0) < 0.84


@pytest.mark.parametrize("rates", [(0.3, 0.3), (0, 0.3), (0.3, 1.2)])
def test_power_needs_two_rates(rates):
    with pytest.raises(TuringError, match="give two different ones between 0 and 1"):
        statistics.trials_needed(*rates)
